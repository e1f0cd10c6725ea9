//! The largest states of pages: with all that it takes each stays below 100 KB.

use cliphound_engine::{Cause, EventTime, Moment, Reason, Window};
use cliphound_store::{Around, ChatLine, NewAlert, OutboxStep, access::NewSession};
use cliphound_twitch::chat::{ChatEvent, ChatMessage};

use super::*;
use crate::{
    board::{Place, noted::Fate},
    clips::{ClipOrder, OfflineFlag, Said, stands::Stands},
    web::{access::secret, alerts::Target},
};

const DAY_MS: i64 = 86_400_000;
/// The longest title that Twitch takes of a stream, and of which a clip's may be made.
const TITLE: usize = 140;

async fn small(rig: &Rig, path: &str) -> String {
    let page = rig.get(&Viewer::owner("ann"), path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.text);
    let size = page.text.len() + taken();
    println!("{path}: {size} bytes");
    assert!(size < 100_000, "{path} has {size} bytes with all that it takes");
    page.text
}

/// As many reasons as a moment has, in the longest words.
fn reasons() -> Vec<Reason> {
    let names = ["emote:catJAMcatJAMcatJAM", "laughter", "unison", "caps", "chatters", "taught"];
    let reason = |name: &&str| Reason {
        name: (*name).to_owned(),
        value: 31.5,
        usual: 6.25,
        text: format!("1,234 people on {name} “{}”, usually 123", "a".repeat(20)),
    };
    names.iter().map(reason).collect()
}

/// A moment with all its reasons; of the longest title where there is a promise.
async fn told(rig: &Rig, id: &str, login: &str, trigger_ms: i64, cause: &str) {
    let row = MomentRow {
        login: login.to_owned(),
        cause: cause.to_owned(),
        reasons: serde_json::to_string(&reasons()).unwrap(),
        ..sample::moment(id, trigger_ms)
    };
    rig.app.store.record_moment(&row).await.unwrap();
}

#[tokio::test]
async fn figures_of_two_years_are_a_small_page() {
    let rig = Rig::new().await;
    let logins = ["ninja", "mossykettle", "aaaaaaaaaaaaaaaaaaaaaaaaa"];
    for nth in 0..730 {
        let login = logins[nth as usize % 3];
        let cause = match nth % 4 {
            0 => format!("emote:{}", format!("catJAM{}", nth % 100).repeat(4)),
            1 => "signal:ace".to_owned(),
            2 => format!("manual:{login}"),
            _ => "hype".to_owned(),
        };
        told(&rig, &(nth % 3).to_string(), login, NOW_MS - nth * DAY_MS, &cause).await;
    }
    let check = async |from: &str, to: &str, words: &str, rows: usize| {
        let page = small(&rig, &format!("/analytics?zone=UTC&from={from}&to={to}")).await;
        assert!(page.contains(&format!("<h2>By {words}</h2>")), "{page}");
        let bars = page.matches("<meter").count();
        assert_eq!(bars, rows, "from {from} to {to}: {page}");
        assert!(page.contains("By channel") && page.contains("Best emotes"), "{page}");
    };
    check("2026-08-24", "2026-11-21", "day", 90).await;
    check("2026-08-23", "2026-11-21", "week", 14).await;
    check("2025-11-22", "2026-11-21", "week", 53).await;
    check("2024-11-22", "2026-11-21", "month", 25).await;
    let owner = Viewer::owner("ann");
    let api = rig.get(&owner, "/api/v1/analytics?zone=UTC&from=2024-11-22&to=2026-11-21").await;
    let api: serde_json::Value = serde_json::from_str(&api.text).unwrap();
    assert_eq!(api["days"].as_object().unwrap().len(), 730, "programs have the days");
}

#[tokio::test]
async fn a_stream_of_very_much_is_small_pages_that_have_all() {
    let rig = evening().await;
    // Two minutes apart: each is a highlight of its own, with three clips of the longest titles.
    let clips: Vec<ViewerClip> = (0..150)
        .map(|nth| ViewerClip {
            views: 1_000 + nth,
            title: "<".repeat(TITLE),
            creator: "a".repeat(25),
            ..viewer_clip(&format!("{}{nth}", "BraveOtter".repeat(6)), 60 + nth / 3 * 120)
        })
        .collect();
    rig.app.store.add_viewer_clips(&clips).await.unwrap();
    // Every other one of ours is of a highlight; the others are of none.
    for nth in 0..58 {
        let at_s = nth * 120 + if nth % 2 == 0 { 85 } else { 125 };
        told(&rig, "7", "ninja", START_MS + at_s * 1_000, "emote:catJAMcatJAM").await;
    }
    let path = format!("/streams/ninja/{START_MS}");
    let lists = |page: &str| {
        let rows = page.split("id=\"moments\"").nth(1).unwrap().matches("<tr><td>").count();
        (page.matches("<h3><time").count(), rows)
    };
    let first = small(&rig, &path).await;
    assert_eq!(lists(&first).0, 15);
    let link = format!("href=\"{path}?highlights=2#highlights\"");
    assert!(first.contains(&link) && first.contains("1 to 15 of"), "{first}");
    let (mut highlights, mut moments) = (0, 0);
    for page in 1..=4 {
        let page = small(&rig, &format!("{path}?highlights={page}&moments={page}")).await;
        let (some, others) = lists(&page);
        (highlights, moments) = (highlights + some, moments + others);
        assert!(some > 0 && some <= 15 && others <= 15, "{some} and {others}");
    }
    let mirror = rig.get(&Viewer::owner("ann"), &format!("/api/v1{path}/mirror")).await.text;
    let mirror: serde_json::Value = serde_json::from_str(&mirror).unwrap();
    assert_eq!(highlights, mirror.as_array().unwrap().len(), "each on one of the pages");
    let caught = mirror.as_array().unwrap().iter().filter(|one| one["became"] != "missed").count();
    assert!(caught > 10 && moments > 20, "{caught} of ours beside theirs, {moments} alone");
    let second = small(&rig, &format!("{path}?moments=2&zone=UTC")).await;
    let back = format!("href=\"{path}?zone=UTC#moments\" rel=\"prev\"");
    assert!(second.contains(&back), "{second}");
    let further = format!("href=\"{path}?zone=UTC&#38;highlights=2&#38;moments=2#highlights\"");
    assert!(second.contains(&further), "{second}");
}

/// A line of chat of the greatest length that Twitch takes.
fn line() -> String {
    "а".repeat(250) + &"a".repeat(250)
}

/// What a page shows of it.
fn shown() -> String {
    "а".repeat(200) + "…"
}

#[tokio::test]
async fn a_channel_with_long_chat_and_many_moments_is_a_small_page() {
    let rig = Rig::new().await;
    let login = ChannelLogin::parse(&"a".repeat(25)).unwrap();
    let place = rig.app.board.enter(&login);
    place.about(&"g".repeat(60), &"t".repeat(TITLE));
    busy(&rig, &place, &login);
    let page = small(&rig, &format!("/channels/{login}")).await;
    assert_eq!(page.matches("<td class=\"reasons text\">").count(), 24, "{page}");
    assert_eq!(page.matches(&shown()).count(), 30, "{page}");
}

fn busy(rig: &Rig, place: &Place, login: &ChannelLogin) {
    for nth in 0..360 {
        place.window(&Window {
            end: EventTime(NOW_MS - (360 - nth) * 5_000),
            messages: 1_000 + u32::try_from(nth * 7 % 500).unwrap(),
            chatters: 31,
            score: (nth % 10) as f32 / 10.0,
            threshold: 0.6,
            sentiment: (nth % 7) as f32 / 7.0,
            viewers: Some(1_234_567),
        });
    }
    for nth in 0..50 {
        let message = ChatMessage { text: line(), login: "b".repeat(25), ..ChatMessage::default() };
        place.hear(&ChatEvent::Message(message), NOW_MS - 50 + nth);
    }
    for nth in 0..30 {
        let at = EventTime(NOW_MS - nth * 60_000);
        let moment = Moment {
            trigger: at,
            start: at,
            end: at,
            score: 0.9,
            threshold: 0.6,
            cause: Cause::Hype,
            reasons: reasons(),
            learning: false,
            title: None,
        };
        let order = ClipOrder {
            login: login.clone(),
            broadcaster_id: Some("7".to_owned()),
            moment,
            title: "t".repeat(TITLE),
            duration_s: 30.0,
            said: Said::default(),
            offline: OfflineFlag::default(),
            publish: crate::config::Publish::Auto,
        };
        place.moment(&order);
        let clip_url = Some(format!("https://clips.twitch.tv/{}", "BraveOtter".repeat(6)));
        let fate = Fate { clip_url, stands: Stands::Confirmed, ..Fate::default() };
        rig.app.board.clip(login, &order.key(), fate);
    }
}

#[tokio::test]
async fn a_full_review_with_the_most_chat_is_a_small_page() {
    let rig = Rig::new().await;
    let (store, login) = (&rig.app.store, "a".repeat(25));
    for nth in 0..60 {
        let trigger_ms = NOW_MS - nth * 60_000;
        told(&rig, "7", &login, trigger_ms, "emote:catJAMcatJAM").await;
        let row = MomentRow { login: login.clone(), ..sample::moment("7", trigger_ms) };
        let title = "t".repeat(TITLE);
        store
            .promise(&NewIntent { title, automatic: false, ..sample::promise(&row) })
            .await
            .unwrap();
    }
    let at = IntentKey { broadcaster_id: "7".to_owned(), trigger_ms: NOW_MS };
    let chat = (0..60)
        .map(|nth| ChatLine {
            sent_ms: NOW_MS - 30_000 + nth * 500,
            message_id: nth.to_string(),
            login: "b".repeat(25),
            text: line(),
        })
        .collect();
    store
        .keep_chat(&[Around { key: at.clone(), login: login.clone(), lines: chat }])
        .await
        .unwrap();
    for _ in 0..20 {
        store.judge(&at, Verdict::Kept, "ann", NOW_MS).await.unwrap();
        store.judge(&at, Verdict::Rejected, "ann", NOW_MS).await.unwrap();
    }
    let page = small(&rig, "/review?verdict=any").await;
    assert_eq!(page.matches("data-item").count(), 50, "{page}");
    assert_eq!(page.matches(&shown()).count(), 60, "{page}");
}

#[tokio::test]
async fn alerts_of_which_much_failed_are_a_small_page() {
    let rig = Rig::new().await;
    let target = |nth: i32| Target {
        name: format!("alert-{nth:02}-{}", "n".repeat(20)),
        kind: "discord",
        to: format!("discord at {}.example.org", "d".repeat(50)),
        events: vec!["clip", "failed", "review", "online", "trouble"],
        channels: (0..5).map(|nth| format!("{nth}{}", "a".repeat(24))).collect(),
        min_score: 0.8,
        quiet: Some("quiet 23:00-08:00 America/Argentina/ComodRivadavia".to_owned()),
        has_template: true,
        is_private: true,
    };
    let targets: Vec<_> = (0..20).map(target).collect();
    let store = &rig.app.store;
    for nth in 0..60 {
        let alert = targets[nth % 20].name.clone();
        let new = NewAlert {
            alert: alert.clone(),
            event: "clip".to_owned(),
            key: nth.to_string(),
            broadcaster_id: "7".to_owned(),
            login: "a".repeat(25),
            payload: serde_json::json!({ "title": "あ".repeat(TITLE) }).to_string(),
            now_ms: NOW_MS,
        };
        store.post_alerts(&[new]).await.unwrap();
        let row = store.next_alert(&alert).await.unwrap().unwrap();
        let failed = OutboxStep::Failed(format!("the receiver says 404: {}", "w".repeat(200)));
        store.step_alert(row.id, &failed, NOW_MS).await.unwrap();
    }
    *rig.wood.targets.lock().unwrap() = targets;
    let page = small(&rig, "/settings/alerts").await;
    assert_eq!(page.matches("Send a test").count(), 20);
    assert_eq!(page.matches("the receiver says 404: ").count(), 50 + 20, "and each its trouble");
}

#[tokio::test]
async fn many_sessions_and_many_roles_are_a_small_page() {
    let rig = Rig::new().await;
    let ann = rig.browser("ann", Role::Viewer).await;
    let person = rig.app.access.id_of("ann").await.unwrap();
    for nth in 0..300 {
        let login = format!("{:a>25}", format!("_{nth:03}"));
        rig.app.access.grant(person, &login, Some(Role::Editor)).await.unwrap();
        let new = NewSession {
            hash: &secret::hash(&format!("s{nth}")),
            person,
            now_ms: NOW_MS,
            agent: &"Mozilla/5.0 (X11; Linux x86_64) ".repeat(10),
            address: "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
            password: None,
        };
        rig.app.store.add_session(&new).await.unwrap();
    }
    let page = ann.get("/settings").await;
    let size = page.text.len() + taken();
    println!("/settings: {size} bytes");
    assert!(page.status == 200 && size < 100_000, "{size} bytes with all that it takes");
}

#[tokio::test]
async fn settings_that_were_often_changed_are_a_small_page() {
    let (rig, title) = (Rig::new().await, "<".repeat(TITLE));
    for nth in 0..50 {
        let new = NewSetting {
            login: "ninja",
            key: "clips.title",
            value: Some(&title),
            by: &"b".repeat(25),
            at_ms: NOW_MS + nth,
        };
        rig.app.store.change_settings(&[new]).await.unwrap();
    }
    *rig.wood.learned.lock().unwrap() = Some(Learned {
        is_learning: false,
        samples: 512,
        trainings: 7,
        since_ms: Some(NOW_MS),
        saved_ms: Some(NOW_MS),
        last_ms: Some(NOW_MS),
        messages_per_hour: 900.0,
        delay_s: 6.0,
        usual: (0..40).map(|nth| (format!("feature number {nth}"), 6.0)).collect(),
    });
    let page = small(&rig, "/channels/ninja/settings").await;
    assert!(page.contains("feature number 39") && page.contains("Undo"), "{page}");
}
