//! A moment whose live clip came too late: all that is said of it fits together.

use cliphound_store::Span;

use super::*;
use crate::{
    analytics::{Fate, Item},
    board::noted::Noted,
};

const LATE: &str = "it was too late for a clip of the live stream";

/// One that is on the way of the VOD for being late, and as far as these steps.
async fn late(steps: &[StateChange]) -> Rig {
    let rig = Rig::new().await;
    let row = sample::moment("7", key(1).trigger_ms);
    rig.app.store.record_moment(&row).await.unwrap();
    rig.app.store.promise(&sample::promise(&row)).await.unwrap();
    let turned = StateChange::Vod { due_ms: 0, reason: LATE.to_owned() };
    for step in [turned].iter().chain(steps) {
        rig.app.store.set_state(&key(1), step, NOW_MS).await.unwrap();
    }
    rig
}

/// What is said of it, and whether figures count a clip.
async fn check(steps: &[StateChange], tag: &str, says: &str, has_clip: bool) {
    let (rig, ann) = (late(steps).await, Viewer::owner("ann"));
    let page = rig.get(&ann, &format!("/review/{}", key(1))).await.text;
    assert_eq!(page.matches(&format!(">{tag}</span>")).count(), 2, "line and card: {page}");
    assert!(page.contains(&says.replace('\'', "&#39;")), "{says} in {page}");
    let is_none = ["missed", "never shown by Twitch"].contains(&tag);
    assert_eq!(page.contains("it can&#39;t be played"), is_none, "{page}");
    let (_, whole) = api(&rig, &ann, "GET", &format!("/{}", key(1)), &Value::Null).await;
    assert_eq!(whole["stands"], json!(says));

    let store = &rig.app.store;
    let outcome = store.outcomes(&Span::new(None, 0, NOW_MS), 9).await.unwrap().remove(0);
    assert_eq!(
        (outcome.has_clip(), Item::of(&outcome).fate == Fate::Clipped),
        (has_clip, has_clip)
    );
    let noted = Noted::stored(&outcome.moment, &[outcome.intent.clone().unwrap()]);
    let live = crate::web::words::fate(&noted.fate, &ann.zone);
    assert_eq!((live.text.as_str(), noted.fate.text.as_str()), (tag, says));
    let export = rig.get(&ann, "/api/v1/export/clips.json?from=2026-11-20&to=2026-11-22").await;
    assert_eq!(export.text.contains("\"clip_url\""), has_clip, "{}", export.text);
    for (filter, is_in) in [("made", has_clip), ("none", is_none)] {
        let (_, list) = api(&rig, &ann, "GET", &format!("?clip={filter}"), &Value::Null).await;
        assert_eq!(!list["moments"].as_array().unwrap().is_empty(), is_in, "{filter}");
    }
}

#[tokio::test]
async fn a_late_moment_is_told_of_in_one_way_wherever_it_is() {
    let aside = format!("({LATE}).");
    check(
        &[],
        "will be made from the VOD",
        &format!("Its clip will be made from the VOD, once Twitch has that part of it {aside}"),
        false,
    )
    .await;
    let missed = format!("{LATE}; from the VOD it can't be made: there is no VOD of that time");
    let gone = StateChange::Missed { reason: missed.clone() };
    check(&[gone], "missed", &format!("No clip: {missed}."), false).await;
    let made = [
        StateChange::Requested { called_ms: NOW_MS, called_by: None },
        StateChange::Created { clip_id: "A".to_owned(), edit_url: None },
    ];
    let says = "Its clip is made, from the VOD; Twitch does not show it yet.";
    check(&made, "clip made", says, true).await;
    let never = StateChange::Unconfirmed { reason: "not shown".to_owned() };
    let steps: Vec<_> = made.iter().cloned().chain([never]).collect();
    let says = "No clip: Twitch said that it made one, and never showed it.";
    check(&steps, "never shown by Twitch", says, false).await;
    let shown =
        StateChange::Confirmed { clip_id: "A".to_owned(), clip_url: "https://x".to_owned() };
    let steps: Vec<_> = made.into_iter().chain([shown]).collect();
    check(&steps, "clip", &format!("Its clip was made from the VOD {aside}"), true).await;
}

#[tokio::test]
async fn a_clip_that_twitch_never_showed_is_offered_nowhere() {
    let steps = |id: &str| {
        [
            StateChange::Requested { called_ms: NOW_MS, called_by: None },
            StateChange::Created {
                clip_id: id.to_owned(),
                edit_url: Some("https://clips.twitch.tv/Lost/edit".to_owned()),
            },
            StateChange::Unconfirmed { reason: "not shown".to_owned() },
        ]
    };
    let (rig, ann) = (late(&steps("Lost")).await, Viewer::owner("ann"));
    let vod = VodRow {
        vod_id: "335".to_owned(),
        broadcaster_id: "7".to_owned(),
        login: "ninja".to_owned(),
        started_ms: key(1).trigger_ms - 3_600_000,
        length_s: 7_200,
    };
    rig.app.store.keep_vods(&[vod]).await.unwrap();
    let own = format!("/{}", key(1));
    let (_, asked) =
        api(&rig, &ann, "POST", &format!("{own}/recut"), &json!({"start_s": -30, "end_s": 5}))
            .await;
    let recut: IntentKey = asked["key"].as_str().unwrap().parse().unwrap();
    for step in steps("LostToo") {
        rig.app.store.set_state(&recut, &step, NOW_MS).await.unwrap();
    }
    let page = rig.get(&ann, &format!("/review{own}")).await.text;
    for part in ["clips.twitch.tv", "data-key=\"d\"", "Edit it at Twitch</a>", "Clip at Twitch"] {
        assert!(!page.contains(part), "{part} in {page}");
    }
    assert!(page.contains("data-player=\"https://player.twitch.tv/?video=335&#38;"), "{page}");
    let (_, whole) = api(&rig, &ann, "GET", &own, &Value::Null).await;
    let nothing = [&whole["clip_id"], &whole["clip_url"], &whole["edit_url"]];
    assert_eq!((nothing, &whole["recuts"][0]["clip_url"]), ([&Value::Null; 3], &Value::Null));
    assert_eq!(api(&rig, &ann, "POST", &format!("{own}/download"), &Value::Null).await.0, 409);
}

#[tokio::test]
async fn a_player_is_a_link_until_the_page_is_painted() {
    let created = [
        StateChange::Requested { called_ms: NOW_MS, called_by: None },
        StateChange::Created { clip_id: "Brave".to_owned(), edit_url: None },
    ];
    let (rig, ann) = (late(&created).await, Viewer::owner("ann"));
    let page = rig.get(&ann, &format!("/review/{}", key(1))).await.text;
    assert!(!page.contains("<iframe"), "it would hold the page up");
    assert!(page.contains("href=\"https://clips.twitch.tv/Brave\""), "without the script");
    assert!(page.contains("data-player=\"https://clips.twitch.tv/embed?clip=Brave&#38;parent="));
}
