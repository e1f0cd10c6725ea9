//! Rows for the tests.

use cliphound_store::{IntentKey, MomentRow, NewIntent, ViewerClip, WindowRow};

pub fn key(broadcaster_id: &str, trigger_ms: i64) -> IntentKey {
    IntentKey { broadcaster_id: broadcaster_id.into(), trigger_ms }
}

/// An automatic moment of the 30 s before its trigger.
pub fn moment(broadcaster_id: &str, trigger_ms: i64) -> MomentRow {
    MomentRow {
        key: key(broadcaster_id, trigger_ms),
        login: "ninja".into(),
        start_ms: trigger_ms - 30_000,
        end_ms: trigger_ms,
        score: 0.1 + 0.2,
        threshold: 0.6,
        cause: "emote:Kappa".into(),
        reasons: r#"[{"name":"chatters","value":31.0,"usual":6.0,"text":"31 people"}]"#.into(),
        learning: true,
        automatic: true,
    }
}

/// A promise to clip [`moment`] seven seconds after its trigger.
pub fn intent(broadcaster_id: &str, trigger_ms: i64) -> NewIntent {
    NewIntent {
        key: key(broadcaster_id, trigger_ms),
        login: "ninja".into(),
        start_ms: trigger_ms - 30_000,
        end_ms: trigger_ms,
        automatic: true,
        due_ms: trigger_ms + 7_000,
        title: "Was für ein Zug! 🎉".into(),
        words: cliphound_store::Words::default(),
        duration_s: 60.0,
        in_review: false,
        dry: None,
        now_ms: trigger_ms,
    }
}

pub fn viewer_clip(clip_id: &str, created_ms: i64) -> ViewerClip {
    ViewerClip {
        clip_id: clip_id.into(),
        broadcaster_id: "1".into(),
        login: "ninja".into(),
        creator: "Ann".into(),
        created_ms,
        vod_offset: None,
        start_ms: None,
        duration_s: 28.5,
        title: "wow".into(),
        views: 3,
        found_ms: created_ms + 1,
    }
}

pub fn window(broadcaster_id: &str, end_ms: i64) -> WindowRow {
    WindowRow {
        broadcaster_id: broadcaster_id.into(),
        login: "ninja".into(),
        end_ms,
        messages: 40,
        chatters: 31,
        score: 0.875,
        threshold: 0.6,
        sentiment: -0.25,
        viewers: (broadcaster_id == "1").then_some(1_200),
    }
}
