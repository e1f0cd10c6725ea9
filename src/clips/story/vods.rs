//! Clips from the VOD, review, titles, breakers, markers.

use cliphound_store::Verdict;

use super::*;
use crate::clips::{
    life::Event,
    task::{ClipTask, Update},
};

/// A VOD that began long before these stories and holds all of them.
pub(super) fn vod() -> Vod {
    Vod { id: "335".to_owned(), started_ms: START_MS - 1_000_000, length_s: 100_000 }
}

pub(super) fn with_vod() -> Wishes {
    Wishes { vod: true, ..Wishes::default() }
}

fn down() -> Result<CreatedClip, HelixError> {
    Err(HelixError::Unavailable { status: 503, message: "down".to_owned() })
}

/// A fake Twitch with the VOD, which makes the clip V from it at that time.
pub(super) fn fake(live: Result<CreatedClip, HelixError>, made_ms: i64) -> Fake {
    let fake = Fake::answering(live);
    {
        let mut told = fake.0.lock().unwrap();
        told.vods.push(vod());
        told.vod_answers.push_back(created("V"));
    }
    fake.make("V", made_ms);
    fake
}

pub(super) fn asked_of_vods(fake: &Fake) -> Vec<VodClip> {
    fake.0.lock().unwrap().asked_of_vods.clone()
}

#[tokio::test]
async fn a_promise_that_came_too_late_is_made_from_the_vod() {
    let dir = folder();
    promised(dir.path()).await;

    let later = Clock::starting_at(START_MS + 60_000, SPEED);
    let fake = fake(created("never"), START_MS + 61_000);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), later).await;
    let turned = run.news.0.recv().await.unwrap();
    assert_eq!((turned.state.word(), turned.is_first), ("vod", false), "more is to come");
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;
    assert!(fake.asked().is_empty(), "no live clip of a minute ago");
    let asked = asked_of_vods(&fake);
    // It shows what the live clip would have shown: up to 12 s after the trigger.
    assert_eq!((asked.len(), asked[0].vod_id.as_str(), asked[0].end_s), (1, "335", 1_012));
    assert_eq!((asked[0].duration_s, asked[0].title.as_str()), (60.0, "A title"));
    assert_eq!(states(dir.path()), ["confirmed"]);
    assert_eq!(lines(dir.path(), "clip_urls.txt")[0][2], "https://clips.twitch.tv/V");
}

#[tokio::test]
async fn a_lost_answer_without_a_clip_ends_with_one_from_the_vod() {
    let dir = folder();
    let fast = Clock::starting_at(START_MS, FAST);
    let lost = Err(HelixError::AnswerLost("reset".to_owned()));
    let fake = fake(lost, START_MS + 340_000);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), fast.clone()).await;
    run.order(order(fast.now_ms(), Cause::Hype)).await;
    assert_eq!(run.news.0.recv().await.unwrap().state.word(), "vod");
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;
    assert_eq!((fake.asked().len(), asked_of_vods(&fake).len()), (1, 1));
    assert_eq!(lines(dir.path(), "clip_urls.txt").len(), 1);
}

#[tokio::test]
async fn a_crash_on_the_way_of_the_vod_makes_no_second_clip() {
    let dir = folder();
    let key = crashed(dir.path()).await;
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    for step in [
        StateChange::Unknown { reason: "cut".to_owned() },
        StateChange::Vod { due_ms: START_MS, reason: "it is not there".to_owned() },
        StateChange::Requested { called_ms: START_MS - 1_000, called_by: None },
    ] {
        store.set_state(&key, &step, START_MS - 1_000).await.unwrap();
    }
    store.close().await;
    let fake = fake(created("never"), START_MS);
    let mut run =
        Run::wishing(dir.path(), fake.clone(), with_vod(), Clock::starting_at(START_MS, SPEED))
            .await;
    assert_eq!(run.ended().await, ["created", "confirmed"], "it is found by its time");
    run.stop().await;
    assert!(fake.asked().is_empty() && asked_of_vods(&fake).is_empty());
    assert_eq!(lines(dir.path(), "clip_urls.txt")[0][2], "https://clips.twitch.tv/V");
}

#[tokio::test]
async fn a_dry_run_asks_for_nothing_that_an_earlier_run_meant_to() {
    let dir = folder();
    let key = crashed(dir.path()).await;
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    for step in [
        StateChange::Unknown { reason: "cut".to_owned() },
        StateChange::Vod { due_ms: START_MS, reason: "it is not there".to_owned() },
    ] {
        store.set_state(&key, &step, START_MS - 1_000).await.unwrap();
    }
    store.close().await;
    let fake = fake(created("never"), START_MS);
    let wishes = Wishes { dry_run: Some("dry run".to_owned()), ..with_vod() };
    let clock = Clock::starting_at(START_MS, SPEED);
    let mut run = Run::wishing(dir.path(), fake.clone(), wishes, clock).await;
    assert_eq!(run.ended().await, ["dry_run"]);
    let word = run.store.intent(&key).await.unwrap().unwrap().word();
    assert_eq!(word, "dry_run", "as in moments.tsv");
    run.stop().await;
    assert!(asked_of_vods(&fake).is_empty());
}

/// Killed while it waits, and started again to make clips.
#[tokio::test]
async fn what_was_promised_in_a_dry_run_stays_one() {
    let dir = folder();
    let moment = super::super::row::moment_row(&order(START_MS - 30_000, Cause::Hype));
    let dry = Some("dry run".to_owned());
    let promise = NewIntent { dry, ..crate::clips::sample::promise(&moment) };
    let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
    store.promise_moment(&moment, &promise).await.unwrap();
    store.close().await;
    let fake = fake(created("never"), START_MS);
    let clock = Clock::starting_at(START_MS, SPEED);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    assert_eq!(run.ended().await, ["dry_run"]);
    let intent = run.store.intent(&moment.key).await.unwrap().unwrap();
    assert_eq!((intent.word(), intent.reason.as_deref()), ("dry_run", Some("dry run")));
    run.stop().await;
    assert!(fake.asked().is_empty() && asked_of_vods(&fake).is_empty());
    assert_eq!(states(dir.path()), ["dry_run"]);
}

#[tokio::test]
async fn in_review_a_clip_is_made_when_somebody_says_yes() {
    let dir = folder();
    let fake = fake(created("never"), START_MS + 100_000);
    let clock = Clock::starting_at(START_MS, SPEED);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    let (yes, no) = (asking(START_MS, Cause::Hype), asking(START_MS + 60_000, Cause::Hype));
    run.order(yes.clone()).await;
    run.order(no.clone()).await;
    for _ in 0..2 {
        let news = run.news.recv().await.unwrap();
        assert_eq!((news.state.word(), &news.state), ("waiting", &State::InReview));
    }
    assert!(fake.asked().is_empty() && states(dir.path()).is_empty());
    run.store.decide(&no.key(), Verdict::Rejected, "ann", 1).await.unwrap();
    assert_eq!(run.ended().await, ["rejected"]);
    run.store.decide(&yes.key(), Verdict::Kept, "ann", 1).await.unwrap();
    let Some(news) = run.news.recv().await else { panic!("no clip") };
    let State::Created { called_ms, .. } = news.state else { panic!("{news:?}") };
    fake.make("V", called_ms);
    assert_eq!(run.ended().await, ["confirmed"]);
    run.stop().await;
    assert!(fake.asked().is_empty());
    assert_eq!((asked_of_vods(&fake).len(), asked_of_vods(&fake)[0].end_s), (1, 1_012));
    assert_eq!(states(dir.path()), ["rejected", "confirmed"]);
}

/// What tasks without a worker share, on a clock of this speed.
pub(super) async fn context(dir: &Path, fake: Fake, speed: f64) -> Arc<Context<Fake>> {
    let store = Store::open(&dir.join("cliphound.db")).await.unwrap();
    let records = Arc::new(Records::open(&dir.join("recordings"), &FullDisks::default()).unwrap());
    let time = TwitchTime::new(Clock::starting_at(START_MS, speed));
    time.set(0);
    let (news, _) = mpsc::channel(16);
    Arc::new(Context::new(fake, store, records, time, watch::channel(with_vod()).1, news))
}

/// A task of a moment in review of which the database has `verdict` by now, whatever it was when
/// it was last looked at. The task has not begun yet.
pub(super) async fn accepted(
    dir: &Path,
    fake: Fake,
    verdict: Verdict,
) -> (ClipTask<Fake>, Arc<Context<Fake>>) {
    let context = context(dir, fake, FAST).await;
    let order = order(START_MS, Cause::Hype);
    let intent = NewIntent {
        key: order.key(),
        login: "ninja".to_owned(),
        start_ms: order.moment.start.0,
        end_ms: order.moment.end.0,
        automatic: true,
        due_ms: START_MS + 7_000,
        title: "A title".to_owned(),
        words: cliphound_store::Words::default(),
        duration_s: 60.0,
        in_review: true,
        dry: None,
        now_ms: START_MS,
    };
    context.store.promise(&intent).await.unwrap();
    context.store.decide(&order.key(), verdict, "ann", 1).await.unwrap();
    let (_, updates) = watch::channel(Update::Order(Box::new(order.clone())));
    (ClipTask::new(Arc::clone(&context), order, updates, CancellationToken::new()), context)
}

#[tokio::test]
async fn a_no_that_comes_just_in_time_counts() {
    let (dir, fake) = (folder(), fake(created("never"), START_MS));
    let (task, context) = accepted(dir.path(), fake.clone(), Verdict::Rejected).await;
    task.decided(Event::Accepted).await;
    let kept = context.store.intent(&order(START_MS, Cause::Hype).key()).await.unwrap().unwrap();
    assert_eq!(
        (kept.state, kept.review),
        (IntentState::Waiting, cliphound_store::Review::Rejected)
    );
    assert!(asked_of_vods(&fake).is_empty() && states(dir.path()).is_empty());
}

#[tokio::test]
async fn a_call_for_the_vod_is_told_as_of_when_it_is_made() {
    let (dir, fake) = (folder(), fake(created("never"), START_MS));
    let (task, context) = accepted(dir.path(), fake.clone(), Verdict::Kept).await;
    let places = context.creating.available_permits();
    let all = context.creating.acquire_many(u32::try_from(places).unwrap()).await.unwrap();
    let clock = context.time.clock().clone();
    let crew = Crew::default();
    crew.spawn("clip", task.decided(Event::Accepted));
    while fake.0.lock().unwrap().vod_questions == 0 {
        tokio::task::yield_now().await;
    }
    let free_ms = clock.now_ms() + 60_000;
    clock.sleep_until_ms(free_ms).await;
    drop(all);
    let key = order(START_MS, Cause::Hype).key();
    let called_ms = loop {
        let kept = context.store.intent(&key).await.unwrap().unwrap();
        match kept.called_ms {
            Some(called_ms) => break called_ms,
            None => tokio::task::yield_now().await,
        }
    };
    assert!(called_ms >= free_ms, "{called_ms} {free_ms}");
}

/// A cut by hand is a promise of its own: it ends where it was cut, a lost answer is looked up,
/// and asking again makes no second one.
#[tokio::test]
async fn a_cut_by_hand_ends_where_it_was_cut_and_is_made_once() {
    let dir = folder();
    let clock = Clock::starting_at(START_MS, FAST);
    let fake = fake(Err(HelixError::NotSent("never asked".to_owned())), START_MS);
    fake.0.lock().unwrap().made.clear();
    let lost = Err(HelixError::AnswerLost("reset".to_owned()));
    fake.0.lock().unwrap().vod_answers = [lost].into();
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    let of = order(START_MS, Cause::Hype);
    run.store.record_moment(&crate::clips::row::moment_row(&of)).await.unwrap();
    let cut = cliphound_store::NewRecut {
        of: of.key(),
        start_ms: START_MS - 50_000,
        end_ms: START_MS - 29_500,
        title: "again".to_owned(),
        by: "ann".to_owned(),
        now_ms: START_MS,
    };
    let asked = run.store.ask_recut(&cut).await.unwrap();
    let cliphound_store::RecutAsked::Asked(key) = asked else { panic!("{asked:?}") };
    while asked_of_vods(&fake).is_empty() {
        tokio::task::yield_now().await;
    }
    fake.make("R", run.store.intent(&key).await.unwrap().unwrap().called_ms.unwrap());
    assert_eq!(run.ended().await, ["created", "confirmed"], "it is found by its time");
    let again = run.store.ask_recut(&cut).await.unwrap();
    assert_eq!(again, cliphound_store::RecutAsked::Repeated(key.clone()));
    run.stop().await;
    let asked = asked_of_vods(&fake);
    assert_eq!(asked.len(), 1);
    // The VOD began 1000 s before the moment's trigger.
    assert_eq!(
        (asked[0].end_s, asked[0].duration_s, asked[0].title.as_str()),
        (971, 20.5, "again")
    );
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn a_yes_waits_for_the_right_to_make_the_clip() {
    let dir = folder();
    let fake = fake(created("never"), START_MS + 100_000);
    fake.0.lock().unwrap().no_vods = true;
    let clock = Clock::starting_at(START_MS, SPEED);
    let mut run = Run::wishing(dir.path(), fake.clone(), with_vod(), clock).await;
    let (yes, no) = (asking(START_MS, Cause::Hype), asking(START_MS + 60_000, Cause::Hype));
    for moment in [&yes, &no] {
        run.order(moment.clone()).await;
        assert_eq!(run.news.recv().await.unwrap().state, State::InReview);
    }
    run.store.decide(&yes.key(), Verdict::Kept, "ann", 1).await.unwrap();
    run.store.decide(&no.key(), Verdict::Rejected, "ann", 1).await.unwrap();
    assert_eq!(run.ended().await, ["rejected"], "the yes was looked at before it");
    let kept = run.store.intent(&yes.key()).await.unwrap().unwrap();
    assert_eq!(
        (kept.state, kept.review),
        (IntentState::Waiting, cliphound_store::Review::Accepted)
    );
    fake.0.lock().unwrap().no_vods = false;
    let news = run.news.recv().await.unwrap();
    assert_eq!(news.state.word(), "created", "{news:?}");
    run.stop().await;
    assert_eq!(asked_of_vods(&fake).len(), 1);
}

#[tokio::test]
async fn a_refused_title_becomes_a_plain_one_once() {
    let dir = folder();
    let refused = || Err(HelixError::BadRequest("the title did not pass AutoMod".to_owned()));
    let fake = Fake::answering(refused());
    fake.0.lock().unwrap().answers.push_back(created("A"));
    fake.make("A", START_MS + 7_000);
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Hype)).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    let titles: Vec<String> = fake.asked().into_iter().map(|clip| clip.title).collect();
    assert_eq!(titles, ["A title", "ninja 1970-01-12 13:46 UTC"]);
    let key = order(START_MS, Cause::Hype).key();
    assert_eq!(run.store.intent(&key).await.unwrap().unwrap().title, titles[1]);
    assert_eq!(lines(dir.path(), "clip_urls.txt")[0][8], titles[1]);

    fake.0.lock().unwrap().answers.extend([refused(), refused()]);
    run.order(order(START_MS + 100_000, Cause::Manual("mod".to_owned()))).await;
    assert_eq!(run.ended().await, ["refused"]);
    run.stop().await;
    assert_eq!(fake.asked().len(), 4);
}

#[tokio::test]
async fn a_channel_that_fails_for_long_is_left_alone_and_marked() {
    let dir = folder();
    let fake = Fake::default();
    fake.0.lock().unwrap().answers.extend((0..20).map(|_| down()));
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Hype)).await;
    assert_eq!(run.ended().await, ["missed"]);
    assert_eq!(fake.asked().len(), 3, "then the breaker opens");
    run.order(order(run.time.clock().now_ms(), Cause::Hype)).await;
    let news = run.news.recv().await.unwrap();
    assert!(news.state.reason().unwrap().contains("has failed for this channel"), "{news:?}");
    assert_eq!(fake.asked().len(), 3);
    let other = ClipOrder {
        broadcaster_id: Some("8".to_owned()),
        ..order(run.time.clock().now_ms(), Cause::Manual("mod".to_owned()))
    };
    fake.0.lock().unwrap().answers.push_front(created("B"));
    run.order(other).await;
    assert_eq!(run.news.recv().await.unwrap().state.word(), "created", "another channel");
    run.stop().await;
    let markers = fake.0.lock().unwrap().markers.clone();
    assert_eq!(markers.len(), 2, "{markers:?}");
    assert!(markers[0].ends_with(" s before: hype"), "{markers:?}");
}
