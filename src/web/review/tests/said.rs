//! What is said after each deed, and the fields that keys lead to.

use super::*;

fn told(answer: &Answer) -> &str {
    let (_, rest) = answer.text.split_once("<output>").unwrap();
    rest.split_once("</output>").unwrap().0
}

/// What was said before is of something else: nothing stays for want of words.
#[tokio::test]
async fn each_deed_says_its_own_words() {
    let (rig, ann) = (evening(3).await, Viewer::owner("ann"));
    let at = |n: i64, deed: &str| format!("/review/{}/{deed}?until=0.0~{}", key(n), key(3));
    for (path, form, expected) in [
        (at(1, "verdict"), "verdict=kept", "Kept: ninja, <time "),
        (at(1, "undo"), "", "Taken back: “kept” of ninja, <time "),
        (at(1, "verdict"), "verdict=rejected", "Rejected: ninja, <time "),
        (at(2, "title"), "title=A+leap", "The title is saved."),
    ] {
        let answer = script(&rig, &ann, &path, form).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert!(told(&answer).starts_with(expected), "{path}: {}", answer.text);
    }
}

/// Enter in a field asks for the cut, and on a slider for nothing: sliders are of no form.
#[tokio::test]
async fn the_key_for_a_cut_leads_to_the_field_of_its_start() {
    let (rig, ann) = (evening(1).await, Viewer::owner("ann"));
    let page = rig.get(&ann, &format!("/review/{}", key(1))).await.text;
    let cut = between(&page, "<div class=\"cut\">", "</details>").unwrap();
    let (form, sliders) = cut.split_once("</form>").unwrap();
    let start = between(form, "<input id=\"start\"", ">").unwrap();
    assert!(start.contains("type=\"number\"") && start.contains("data-key=\"r\""), "{start}");
    assert!(!form.contains("type=\"range\""), "{form}");
    assert_eq!(sliders.matches("type=\"range\"").count(), 2, "{sliders}");
    for name in ["Slide the start", "Slide the end"] {
        assert!(sliders.contains(&format!("<label class=\"slider\">{name}<input ")), "{sliders}");
    }
    assert_eq!(page.matches("data-key=\"r\"").count(), 1, "{page}");
}
