//! An intent as tests of several rooms need one.

use cliphound_store::{Intent, IntentKey, IntentState, Review};

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
        from_vod: false,
        review: Review::None,
    }
}
