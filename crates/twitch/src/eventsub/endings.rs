//! Subscriptions that are to be ended: each until Twitch has ended it. Pure.
//!
//! While one is on its way out, the same is not asked for: Twitch would say that it is there
//! already, and then end it.

use super::{kind::Kind, wants::pause_ms};

/// What is to be ended, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Endings(Vec<Ending>);

#[derive(Debug)]
struct Ending {
    id: String,
    /// What was subscribed to, of which channel; `None` of a session that is gone.
    of: Option<(Kind, String)>,
    cost: u32,
    /// Not before this time; `None` while it is asked.
    at_ms: Option<i64>,
    misses: u32,
}

impl Endings {
    /// One is to be ended, at once.
    pub(super) fn add(&mut self, id: String, of: Option<(Kind, String)>, cost: u32) {
        if self.0.iter().all(|ending| ending.id != id) {
            self.0.push(Ending { id, of, cost, at_ms: Some(i64::MIN), misses: 0 });
        }
    }

    /// The next one, which counts as asked.
    pub(super) fn ask_next(&mut self, now_ms: i64) -> Option<String> {
        let is_due = |ending: &&mut Ending| ending.at_ms.is_some_and(|at_ms| at_ms <= now_ms);
        let ending = self.0.iter_mut().find(is_due)?;
        ending.at_ms = None;
        Some(ending.id.clone())
    }

    /// When to look for the next one; `None` while nothing waits.
    pub(super) fn next_at_ms(&self) -> Option<i64> {
        self.0.iter().filter_map(|ending| ending.at_ms).min()
    }

    /// What came of one: it is over, or tried again.
    pub(super) fn answered(&mut self, id: &str, is_over: bool, now_ms: i64) {
        if is_over {
            self.0.retain(|ending| ending.id != id);
        } else if let Some(ending) = self.0.iter_mut().find(|ending| ending.id == id) {
            ending.misses = ending.misses.saturating_add(1);
            ending.at_ms = Some(now_ms + pause_ms(ending.misses));
        }
    }

    /// Whether one of this channel is on its way out.
    pub(super) fn holds(&self, kind: Kind, broadcaster_id: &str) -> bool {
        let is_it = |of: &(Kind, String)| of.0 == kind && of.1 == broadcaster_id;
        self.0.iter().any(|ending| ending.of.as_ref().is_some_and(is_it))
    }

    /// The session is gone, and with it all that it had; what costs may go on counting.
    pub(super) fn disconnect(&mut self) {
        self.0.retain(|ending| ending.cost > 0);
        for ending in &mut self.0 {
            (ending.of, ending.at_ms) = (None, Some(i64::MIN));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_tried_until_it_is_over_and_holds_back_the_same() {
        let mut endings = Endings::default();
        let of = |channel: &str| Some((Kind::ChatMessage, channel.to_owned()));
        endings.add("a".to_owned(), of("1"), 0);
        endings.add("b".to_owned(), of("2"), 1);
        endings.add("a".to_owned(), of("1"), 0);
        assert_eq!(endings.ask_next(0).as_deref(), Some("a"));
        assert_eq!(endings.ask_next(0).as_deref(), Some("b"));
        assert_eq!((endings.ask_next(0), endings.next_at_ms()), (None, None));
        endings.answered("a", false, 1_000);
        assert_eq!(endings.next_at_ms(), Some(1_000 + pause_ms(1)));
        assert!(endings.holds(Kind::ChatMessage, "1") && !endings.holds(Kind::ChatClear, "1"));
        assert_eq!(endings.ask_next(i64::MAX).as_deref(), Some("a"));
        endings.answered("a", true, 9_000);
        assert!(!endings.holds(Kind::ChatMessage, "1") && endings.holds(Kind::ChatMessage, "2"));

        endings.add("c".to_owned(), of("3"), 0);
        endings.disconnect();
        assert!(!endings.holds(Kind::ChatMessage, "2"), "it is another session's");
        assert_eq!(endings.ask_next(0).as_deref(), Some("b"));
        assert_eq!(endings.ask_next(0), None);
    }
}
