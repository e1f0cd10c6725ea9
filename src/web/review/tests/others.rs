//! Two editors at the same moments.

use super::*;

/// The number in the form of a moment: up to which change its editor knows what was said.
fn seen(page: &str) -> String {
    within(page, "name=\"seen\" value=\"", "\"").to_owned()
}

fn within<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).and_then(|(_, rest)| rest.split_once(to)).unwrap().0
}

#[tokio::test]
async fn a_verdict_that_meets_the_opposite_is_asked_about() {
    let rig = evening(2).await;
    let (ann, bob) = (Viewer::owner("ann"), Viewer::owner("bob"));
    let form = format!("/review/{}/verdict", key(1));
    let before = seen(&rig.get(&ann, "/review").await.text);
    rig.post(&bob, &form, &format!("verdict=rejected&seen={before}")).await;
    let answer = script(&rig, &ann, &form, &format!("verdict=kept&seen={before}")).await;
    let told = "bob rejected this moment meanwhile, so your “kept” does not count";
    assert_eq!(answer.status, 200);
    assert!(answer.text.contains(told) && answer.text.contains("data-halt"), "{}", answer.text);
    assert!(answer.text.contains("rejected by bob") && !answer.text.contains("data-player"));
    assert_eq!(verdict(&rig, 1).await, Some(Verdict::Rejected), "nothing was overwritten");

    // Without the script the page of that moment says the same.
    let answer = rig.post(&ann, &form, &format!("verdict=kept&seen={before}")).await;
    assert_eq!(answer.status, 303);
    let page = rig.get(&ann, &answer.to).await.text;
    assert!(page.contains(told) && page.contains("Undo “rejected” by bob"), "{page}");
    // Who has seen it and says it again means it.
    let answer = rig.post(&ann, &form, &format!("verdict=kept&seen={}", seen(&page))).await;
    assert_eq!((answer.status.as_u16(), verdict(&rig, 1).await), (303, Some(Verdict::Kept)));
    let said = rig.app.store.verdicts(&key(1)).await.unwrap();
    let said: Vec<_> = said.iter().map(|one| (one.verdict, one.by.as_str())).collect();
    assert_eq!(said, [(Verdict::Kept, "ann"), (Verdict::Rejected, "bob")], "both are kept");
}

/// The form of U, or what stands in its place.
fn undo(page: &str, n: i64) -> String {
    let id = crate::web::review::words::id(&key(n));
    within(page, &format!(" id=\"undo-{id}\""), "</form>").to_owned()
}

#[tokio::test]
async fn undo_means_the_verdict_that_is_shown() {
    let rig = evening(3).await;
    let (ann, bob) = (Viewer::owner("ann"), Viewer::owner("bob"));
    let form = |n: i64| format!("/review/{}/verdict", key(n));
    let page = rig.get(&ann, "/review").await.text;
    let live = within(&page, "data-live=\"", "\"").replace("&#38;", "&");
    rig.post(&ann, &form(1), "verdict=kept").await;
    // Ann looks at the second one: U would take back what she said of the first.
    let page = rig.get(&ann, &format!("/review/{}", key(2))).await.text;
    let before = undo(&page, 2);
    assert!(before.contains(&format!("/review/{}/undo", key(1))), "{before}");
    assert!(
        before.contains("Undo “kept” of ninja, <time datetime=\"2026-11-21T11:59:00Z\""),
        "{before}"
    );
    rig.post(&bob, &form(2), "verdict=rejected&seen=0").await;
    let answer = script(&rig, &ann, &form(2), "verdict=kept&seen=0").await.text;
    let told = first_event(&rig, &ann, &live).await;
    for (text, said) in [(&answer, "data-halt"), (&told, "rejected by bob")] {
        let after = undo(text, 2);
        assert!(text.contains(said) && after.contains("Undo “rejected” by bob"), "{text}");
        assert!(after.contains(&format!("/review/{}/undo", key(2))), "{after}");
    }
    let mut guest = Viewer::owner("eve");
    guest.role = Some(Role::Viewer);
    let told = first_event(&rig, &guest, &live).await;
    assert!(told.contains("rejected by bob") && !told.contains("undo"), "{told}");
}

#[tokio::test]
async fn undo_says_what_it_took_back() {
    let (rig, ann) = (evening(2).await, Viewer::owner("ann"));
    let judge = format!("/review/{}/verdict", key(1));
    let path = format!("/review/{}/undo?channel=ninja", key(1));
    rig.post(&ann, &judge, "verdict=kept").await;
    let answer = script(&rig, &ann, &path, "").await.text;
    let told = within(&answer, "<output>", "</output>");
    assert!(told.starts_with("Taken back: “kept” of ninja, <time "), "{told}");
    assert!(answer.contains(&format!("data-of=\"{}\"", key(1))), "it is what is shown: {answer}");
    // Without the script the page shows that moment.
    rig.post(&ann, &judge, "verdict=kept").await;
    let page = rig.post(&ann, &path, "").await.to;
    assert!(page.contains("at=7%40"), "{page}");
    assert!(rig.get(&ann, &page).await.text.contains(&format!("data-of=\"{}\"", key(1))));
}

/// What can't be stopped any more is told where the next moment is shown already.
#[tokio::test]
async fn a_no_that_comes_too_late_is_told_at_once() {
    let (rig, ann) = (evening(3).await, Viewer::owner("ann"));
    let row = sample::moment("7", key(9).trigger_ms);
    rig.app.store.record_moment(&row).await.unwrap();
    rig.app.store.promise(&sample::promise(&row)).await.unwrap();
    let asked = StateChange::Requested { called_ms: NOW_MS, called_by: None };
    rig.app.store.set_state(&key(9), &asked, NOW_MS).await.unwrap();
    let until = format!("?until=0.0~{}", key(9));
    let judge = |n: i64| format!("/review/{}/verdict{until}", key(n));
    let answer = script(&rig, &ann, &judge(9), "verdict=rejected").await.text;
    let told = within(&answer, "<output>", "</output>");
    assert!(told.starts_with("ninja, <time ") && told.ends_with("made all the same."), "{told}");
    // Without the script the next page says it.
    let page = rig.post(&ann, &judge(9), "verdict=rejected").await.to;
    let page = rig.get(&ann, &page).await.text;
    let note = within(&page, "<p class=\"note warn\" role=\"status\">", "</p>");
    assert_eq!(note, told, "{page}");
    // One that is in time is told as what it is.
    let answer = script(&rig, &ann, &judge(1), "verdict=rejected").await.text;
    let told = within(&answer, "<output>", "</output>");
    assert!(told.starts_with("Rejected: ninja, <time ") && !told.contains("same"), "{told}");
    let page = rig.post(&ann, &judge(2), "verdict=rejected").await.to;
    assert!(!page.contains("late"), "{page}");
}

#[tokio::test]
async fn who_agrees_or_corrects_themselves_is_asked_nothing() {
    let rig = evening(2).await;
    let (ann, bob) = (Viewer::owner("ann"), Viewer::owner("bob"));
    let form = format!("/review/{}/verdict?until=0.602~{}", key(1), key(2));
    rig.post(&bob, &form, "verdict=kept&seen=0").await;
    let answer = script(&rig, &ann, &form, "verdict=kept&seen=0").await;
    assert!(answer.text.contains("moment 2") && !answer.text.contains("data-halt"));
    let answer = rig.post(&bob, &form, "verdict=rejected&seen=0").await;
    assert!(!answer.to.contains("crossed"), "bob has two tabs: {}", answer.to);
    assert_eq!(verdict(&rig, 1).await, Some(Verdict::Rejected));
}

#[tokio::test]
async fn programs_may_ask_that_nothing_is_overwritten() {
    let rig = evening(1).await;
    let (ann, bob) = (Viewer::owner("ann"), Viewer::owner("bob"));
    let (path, judge) = (format!("/{}", key(1)), format!("/{}/verdict", key(1)));
    let (_, whole) = api(&rig, &ann, "GET", &path, &Value::Null).await;
    assert_eq!((&whole["change"], &whole["by"]), (&json!(0), &Value::Null));
    let (_, whole) = api(&rig, &bob, "POST", &judge, &json!({"verdict": "rejected"})).await;
    assert_eq!(whole["by"], json!("bob"));
    let late = json!({"verdict": "kept", "seen": 0});
    let (status, problem) = api(&rig, &ann, "POST", &judge, &late).await;
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().starts_with("bob rejected this moment"));
    let now = json!({"verdict": "kept", "seen": whole["change"]});
    let (status, whole) = api(&rig, &ann, "POST", &judge, &now).await;
    assert_eq!((status, &whole["verdict"], &whole["by"]), (200, &json!("kept"), &json!("ann")));
}

#[tokio::test]
async fn what_others_say_comes_to_those_who_look() {
    let rig = evening(2).await;
    let mut guest = Viewer::owner("eve");
    guest.role = None;
    guest.grants.insert(ChannelLogin::parse("mossy").unwrap(), Role::Editor);
    let page = rig.get(&Viewer::owner("ann"), "/review?sort=best").await.text;
    let path = within(&page, "data-live=\"", "\"").replace("&#38;", "&");
    assert!(path.starts_with("/review/events?sort=best&until="), "{path}");
    rig.app.store.judge(&key(2), Verdict::Kept, "bob", 1).await.unwrap();
    let told = first_event(&rig, &Viewer::owner("ann"), &path).await;
    for part in ["id: 1\n", "kept by bob", "class=\"done\"", "sort=best", "1 to judge"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let id = crate::web::review::words::id(&key(2));
    assert!(told.contains(&format!("id=\"said-{id}\"")) && !told.contains("id=\"detail\""));
    assert!(!told.contains("aria-current"), "what somebody works on stays chosen");
    let told = first_event(&rig, &guest, &path).await;
    assert_eq!(told, ":\n\n", "it is no channel of theirs");
}

/// What a stream tells first, after its greeting.
async fn first_event(rig: &Rig, viewer: &Viewer, path: &str) -> String {
    use futures_util::StreamExt as _;
    let request = Request::get(path).extension(viewer.clone());
    let answer = rig.open(request.body(Body::empty()).unwrap()).await;
    let mut told = answer.into_body().into_data_stream().skip(1);
    String::from_utf8(told.next().await.unwrap().unwrap().to_vec()).unwrap()
}
