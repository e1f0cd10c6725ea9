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
    /// What editors call it; `None`: what its promise says.
    pub title: Option<String>,
    /// It is a clip that was cut anew of the moment with this trigger.
    pub recut_of_ms: Option<i64>,
}

impl Outcome {
    /// There is a clip of it.
    #[must_use]
    pub fn has_clip(&self) -> bool {
        self.intent.as_ref().is_some_and(|intent| intent.state.has_clip())
    }

    /// What it is called: as editors say, else as it was promised.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        let promised = || self.intent.as_ref().map(|intent| intent.title.as_str());
        self.title.as_deref().or_else(promised)
    }
}

/// Moments of which something became known. Neither list is complete without the other: a
/// moment may have no promise, and a promise be kept before its moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changed {
    /// The moments.
    pub moments: Vec<MomentRow>,
    /// The promises that were made or changed.
    pub intents: Vec<Intent>,
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
    /// Clips that were cut anew, too: each stands beside the moment that it is of.
    pub with_recuts: bool,
}

impl Span {
    /// What there is from one instant to another.
    #[must_use]
    pub fn new(broadcaster_id: Option<&str>, from_ms: i64, to_ms: i64) -> Self {
        let broadcaster_id = broadcaster_id.map(str::to_owned);
        Self { broadcaster_id, from_ms, to_ms, after: None, with_recuts: false }
    }

    /// Where reading goes on: of many parts none begins at the first moment again.
    pub(crate) fn first_ms(&self) -> i64 {
        self.after.as_ref().map_or(self.from_ms, |after| after.trigger_ms.max(self.from_ms))
    }
}

/// What editors made of a moment.
#[derive(Debug, Default)]
pub(crate) struct Edited {
    pub verdict: Option<Verdict>,
    pub title: Option<String>,
    pub recut_of_ms: Option<i64>,
}

/// Joins both lists, each by trigger and channel; intents of moments that are not there are left
/// out.
pub(crate) fn join(
    moments: Vec<MomentRow>,
    intents: Vec<Intent>,
    mut edited: BTreeMap<IntentKey, Edited>,
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
            let Edited { verdict, title, recut_of_ms } =
                edited.remove(&moment.key).unwrap_or_default();
            Outcome { moment, intent, verdict, title, recut_of_ms }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each part of a hundred thousand moments was looked for from the first one on: a minute of a
    /// processor for all.
    #[test]
    fn the_next_part_begins_where_the_last_one_ended() {
        let after = |trigger_ms| Some(IntentKey { broadcaster_id: "7".to_owned(), trigger_ms });
        let first_ms = |after| Span { after, ..Span::new(None, 100, 900) }.first_ms();
        assert_eq!(first_ms(None), 100);
        assert_eq!(first_ms(after(500)), 500, "others of that instant may follow");
        assert_eq!(first_ms(after(50)), 100);
    }
}
