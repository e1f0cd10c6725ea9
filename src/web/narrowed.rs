//! Which moments of a time an export is about, as an address says it. Pure.

use cliphound_store::{Outcome, Verdict, state::OVERLAPS};
use serde::Deserialize;

use super::problem::Problem;

/// What earlier versions called [`OVERLAPS`]: addresses that were kept have it.
const RECORDED: &str = "recorded";
/// Words for how far a clip has come, and what they say to people.
pub const STATES: [(&str, &str); 12] = [
    ("confirmed", "clipped"),
    ("created", "made, not to be seen yet"),
    ("unconfirmed", "made, but never shown"),
    ("waiting", "waiting, also for a yes"),
    ("requested", "being asked for"),
    ("vod", "to be made from the VOD"),
    ("unknown", "answer lost, looked for"),
    ("refused", "refused"),
    ("missed", "missed"),
    ("rejected", "turned down"),
    ("dry_run", "noted only (dry run)"),
    (OVERLAPS, "in another clip"),
];

/// What an address asks for; what is left out or empty narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Narrowed {
    /// Moments and clips only: `kept`, `rejected` or `undecided`.
    pub verdict: String,
    /// Moments and clips only: a state as in the column of this name, which has the words of
    /// moments.tsv, and those of clips that are open: `confirmed`, `overlaps`, `waiting` …
    pub state: String,
}

impl Narrowed {
    /// Nothing is narrowed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Sees to it that the words mean something.
    ///
    /// # Errors
    /// One sentence on what does not.
    pub fn check(&self) -> Result<(), Problem> {
        let Self { verdict, state } = self;
        if !matches!(verdict.as_str(), "" | "undecided") && verdict.parse::<Verdict>().is_err() {
            return Err(Problem::bad(format!(
                "verdict must be kept, rejected or undecided, not “{verdict}”"
            )));
        }
        if !state.is_empty() && state != RECORDED && !STATES.iter().any(|(word, _)| word == state) {
            let words = STATES.map(|(word, _)| word).join(", ");
            return Err(Problem::bad(format!("state must be one of {words}, not “{state}”")));
        }
        Ok(())
    }

    /// Whether a moment in that state is meant.
    #[must_use]
    pub fn takes(&self, outcome: &Outcome, state: &str) -> bool {
        let judged = outcome.verdict.map_or("undecided", Verdict::as_str);
        let wanted = if self.state == RECORDED { OVERLAPS } else { &self.state };
        let fits = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        fits(&self.verdict, judged) && fits(wanted, state)
    }
}

#[cfg(test)]
mod tests {
    use cliphound_store::{IntentState, state::ALL_STATES};

    use super::*;
    use crate::clips::sample::intent;

    #[test]
    fn every_state_has_its_word() {
        let words = ALL_STATES.map(IntentState::as_str);
        let known = STATES.map(|(word, _)| word);
        assert!(words.iter().all(|word| known.contains(word)), "{words:?}");
        assert!(known.contains(&intent("7", 5, IntentState::Refused).word()), "a dry run");
        assert!(known.contains(&OVERLAPS));
        assert_eq!(known.len(), ALL_STATES.len() + 2);
    }

    #[test]
    fn what_means_nothing_is_told() {
        let check = |verdict: &str, state: &str, expected: Option<&str>| {
            let narrowed = Narrowed { verdict: verdict.to_owned(), state: state.to_owned() };
            let told = narrowed.check().err().map(|problem| problem.detail);
            assert_eq!(told.is_some(), expected.is_some(), "{told:?}");
            assert!(told.unwrap_or_default().contains(expected.unwrap_or_default()));
        };
        check("", "", None);
        check("undecided", "dry_run", None);
        check("kept", "recorded", None);
        check("", "overlaps", None);
        check("good", "", Some("must be kept, rejected or undecided"));
        check("", "done", Some("confirmed, created"));
    }
}
