//! Intents and moments as tests of several rooms need them.

use cliphound_store::{Intent, IntentKey, IntentState, MomentRow, NewIntent, Review};

/// An automatic one of no length, due 7 s after its trigger, of which nothing else is known.
pub fn intent(broadcaster_id: &str, trigger_ms: i64, state: IntentState) -> Intent {
    Intent {
        key: IntentKey { broadcaster_id: broadcaster_id.to_owned(), trigger_ms },
        login: "ninja".to_owned(),
        start_ms: trigger_ms,
        end_ms: trigger_ms,
        automatic: true,
        state,
        due_ms: trigger_ms + 7_000,
        title: String::new(),
        words: cliphound_store::Words::default(),
        duration_s: 30.0,
        attempts: 0,
        reason: None,
        clip_id: None,
        clip_url: None,
        edit_url: None,
        called_ms: None,
        created_ms: trigger_ms,
        updated_ms: trigger_ms,
        called_by: None,
        from_vod: false,
        dry: false,
        review: Review::None,
    }
}

/// A moment of 20 s up to its trigger, found by the engine, of which nothing else is known.
pub fn moment(broadcaster_id: &str, trigger_ms: i64) -> MomentRow {
    MomentRow {
        key: IntentKey { broadcaster_id: broadcaster_id.to_owned(), trigger_ms },
        login: "ninja".to_owned(),
        start_ms: trigger_ms - 20_000,
        end_ms: trigger_ms,
        score: 0.9,
        threshold: 0.7,
        cause: "hype".to_owned(),
        reasons: "[]".to_owned(),
        learning: false,
        automatic: true,
    }
}

/// The promise to clip a moment, made at its trigger and due 7 s later.
pub fn promise(moment: &MomentRow) -> NewIntent {
    let trigger_ms = moment.key.trigger_ms;
    NewIntent {
        key: moment.key.clone(),
        login: moment.login.clone(),
        start_ms: moment.start_ms,
        end_ms: moment.end_ms,
        automatic: moment.automatic,
        due_ms: trigger_ms + 7_000,
        title: String::new(),
        words: cliphound_store::Words::default(),
        duration_s: 30.0,
        in_review: false,
        dry: None,
        now_ms: trigger_ms,
    }
}
