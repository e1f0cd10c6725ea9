//! Of which channels the account is known to be an editor. Twitch has no call that says so; it
//! shows in what it lets the account do. Pure.

use std::collections::BTreeMap;

/// What is known is asked about again after this long: a streamer may have changed it.
const FRESH_MS: i64 = 600_000;
/// Channels of all accounts that are kept; then they are asked about anew.
const KEPT: usize = 4_096;

/// The account and the channel, by their user ids: another account may be logged in tomorrow.
pub type Pair = (String, String);

/// What Twitch has shown since the start.
#[derive(Debug, Default)]
pub struct Editors(BTreeMap<Pair, Known>);

#[derive(Debug, Default)]
struct Known {
    is_editor: bool,
    asked_ms: i64,
}

impl Editors {
    /// Whether the account is an editor, where that was asked lately.
    pub fn lately(&self, pair: &Pair, now_ms: i64) -> Option<bool> {
        let known = self.0.get(pair)?;
        (now_ms - known.asked_ms < FRESH_MS).then_some(known.is_editor)
    }

    /// What Twitch has shown, or that it could not be asked: then what was known before stays.
    /// Says whether the account is an editor, as far as is known.
    pub fn heard(&mut self, pair: Pair, shown: Option<bool>, now_ms: i64) -> bool {
        if self.0.len() >= KEPT && !self.0.contains_key(&pair) {
            self.0.clear();
        }
        let known = self.0.entry(pair).or_default();
        known.is_editor = shown.unwrap_or(known.is_editor);
        known.asked_ms = now_ms;
        known.is_editor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_holds_for_a_while_and_for_one_account() {
        let pair = |user: &str| (user.to_owned(), "7".to_owned());
        let mut editors = Editors::default();
        assert_eq!(editors.lately(&pair("1"), 0), None);
        assert!(!editors.heard(pair("1"), None, 0), "nobody is one by default");
        assert!(editors.heard(pair("1"), Some(true), 1));
        assert_eq!(editors.lately(&pair("1"), FRESH_MS), Some(true));
        assert_eq!(editors.lately(&pair("2"), 2), None);
        assert_eq!(editors.lately(&pair("1"), FRESH_MS + 1), None);
        assert!(editors.heard(pair("1"), None, FRESH_MS + 1), "it stays while nobody answers");
        assert!(!editors.heard(pair("1"), Some(false), FRESH_MS + 2));
    }
}
