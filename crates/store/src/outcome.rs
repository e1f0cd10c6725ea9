//! Moments with what became of them, for figures and exports.

use std::collections::BTreeMap;

use crate::{
    intent::Intent,
    rows::{IntentKey, MomentRow},
    verdict::Verdict,
};

/// A moment, and the promise to clip it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The moment.
    pub moment: MomentRow,
    /// What became of it; `None`: nobody promised to clip it.
    pub intent: Option<Intent>,
    /// What editors said of it.
    pub verdict: Option<Verdict>,
}

/// Which moments. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Only this channel (broadcaster's id); every channel without it.
    pub broadcaster_id: Option<String>,
    /// Triggered here or later …
    pub from_ms: i64,
    /// … and before this.
    pub to_ms: i64,
    /// Only those after this one: the last of the part before.
    pub after: Option<IntentKey>,
}

impl Span {
    /// What there is from one instant to another.
    #[must_use]
    pub fn new(broadcaster_id: Option<&str>, from_ms: i64, to_ms: i64) -> Self {
        Self { broadcaster_id: broadcaster_id.map(str::to_owned), from_ms, to_ms, after: None }
    }
}

/// Joins both lists, each by trigger and channel; intents of moments that are not there are left
/// out.
pub(crate) fn join(
    moments: Vec<MomentRow>,
    intents: Vec<Intent>,
    verdicts: &BTreeMap<IntentKey, Verdict>,
) -> Vec<Outcome> {
    let mut intents = intents.into_iter().peekable();
    let order = |key: &IntentKey| (key.trigger_ms, key.broadcaster_id.clone());
    moments
        .into_iter()
        .map(|moment| {
            let at = order(&moment.key);
            while intents.peek().is_some_and(|intent| order(&intent.key) < at) {
                intents.next();
            }
            let intent = intents.next_if(|intent| intent.key == moment.key);
            let verdict = verdicts.get(&moment.key).copied();
            Outcome { moment, intent, verdict }
        })
        .collect()
}
