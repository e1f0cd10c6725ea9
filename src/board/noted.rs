//! The newest moments of a channel, and what became of them. Pure.

use std::collections::VecDeque;

use cliphound_engine::Reason;
use cliphound_store::{Intent, MomentRow};
use serde::Serialize;

use crate::clips::{
    ClipOrder, links::clip_url, order::covered_by, stands::Stands, state::State as ClipState,
};

/// Moments kept; the oldest go first.
pub const KEPT: usize = 24;
/// The state of a moment that waits for somebody's yes.
const IN_REVIEW: &str = "review";

/// A moment as it is shown. Times are Twitch's, in Unix milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted {
    /// The decision.
    pub trigger_ms: i64,
    /// Estimated start of what chat reacted to.
    pub start_ms: i64,
    /// Its estimated end.
    pub end_ms: i64,
    /// How unusual it was, 0 to 1.
    pub score: f32,
    /// What the score had to reach, 0 to 1.
    pub threshold: f32,
    /// `hype`, `emote:NAME`, `manual:LOGIN`, `signal:NAME`.
    pub cause: String,
    /// What was unusual, in words.
    pub reasons: Vec<Reason>,
    /// The clip's title.
    pub title: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Fate {
    /// `waiting`, `review`, `created`, `confirmed` … as the records tell it; `overlaps` where the
    /// promise of another moment has its stretch; `missed` where no promise could be kept.
    pub state: String,
    /// The clip's address, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_url: Option<String>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How it stands and why, in a sentence for people.
    pub text: String,
    /// The same as what it means.
    #[serde(skip)]
    pub stands: Stands,
    /// The trigger of the moment whose promise has its stretch.
    #[serde(skip)]
    pub covered_by_ms: Option<i64>,
}

impl Default for Fate {
    fn default() -> Self {
        Self::standing(Stands::Coming, "waiting", None)
    }
}

impl Fate {
    /// What a clip's life tells.
    #[must_use]
    pub fn of(state: &ClipState) -> Self {
        let word = if *state == ClipState::InReview { IN_REVIEW } else { state.word() };
        let clip_url = state.clip().map(|clip| clip_url(&clip.id));
        let covered_by_ms =
            if let ClipState::Covered { by_ms, .. } = state { Some(*by_ms) } else { None };
        let told = Self::standing(Stands::of_life(state), word, state.reason());
        Self { clip_url, covered_by_ms, ..told }
    }

    fn standing(stands: Stands, word: &str, reason: Option<&str>) -> Self {
        Self {
            state: word.to_owned(),
            clip_url: None,
            reason: reason.map(str::to_owned),
            text: stands.sentence(reason, false),
            stands,
            covered_by_ms: None,
        }
    }

    /// The promise of the moment at `by_ms` has its stretch.
    fn covered(by_ms: i64) -> Self {
        Self::of(&ClipState::Covered { by_ms, reason: covered_by(by_ms) })
    }

    /// What the database tells.
    #[must_use]
    pub fn stored(intent: &Intent) -> Self {
        let stands = Stands::of_intent(Some(intent));
        let clip_url = intent.clip_url.clone().or(intent.clip_id.as_deref().map(clip_url));
        let reason = intent.reason.clone().filter(|_| clip_url.is_none());
        let state = if stands == Stands::InReview { IN_REVIEW } else { intent.word() };
        let text = stands.sentence(intent.reason.as_deref(), intent.from_vod);
        Self { state: state.to_owned(), clip_url, reason, text, stands, covered_by_ms: None }
    }
}

impl Noted {
    /// A moment that is to be clipped.
    #[must_use]
    pub fn of(order: &ClipOrder) -> Self {
        let moment = &order.moment;
        Self {
            trigger_ms: moment.trigger.0,
            start_ms: moment.start.0,
            end_ms: moment.end.0,
            score: moment.score,
            threshold: moment.threshold,
            cause: moment.cause.to_string(),
            reasons: moment.reasons.clone(),
            title: order.title.clone(),
            fate: Fate::default(),
        }
    }

    /// A moment of the database, with what became of it by the promises of its channel.
    #[must_use]
    pub fn stored(row: &MomentRow, intents: &[Intent]) -> Self {
        let intent = intents.iter().find(|intent| intent.key == row.key);
        let none = || match intents.iter().find(|intent| covers(intent, row)) {
            Some(other) => Fate::covered(other.key.trigger_ms),
            None => Fate::standing(Stands::Unpromised, "missed", None),
        };
        Self {
            trigger_ms: row.key.trigger_ms,
            start_ms: row.start_ms,
            end_ms: row.end_ms,
            score: row.score,
            threshold: row.threshold,
            cause: row.cause.clone(),
            reasons: serde_json::from_str(&row.reasons).unwrap_or_default(),
            title: intent.map(|intent| intent.title.clone()).unwrap_or_default(),
            fate: intent.map_or_else(none, Fate::stored),
        }
    }

    /// Why, in words.
    #[must_use]
    pub fn why(&self) -> String {
        let first = self.reasons.first().map(|reason| reason.text.clone());
        match self.cause.split_once(':') {
            Some(("manual", login)) => format!("asked for by {login}"),
            Some(("signal", name)) => format!("signal {name}"),
            Some(("emote", name)) => first.unwrap_or_else(|| format!("many on {name}")),
            _ => first.unwrap_or_else(|| "hype".to_owned()),
        }
    }
}

/// Whether a promise has the stretch of a moment, as it was looked at when the moment came: what
/// became of it since changes nothing.
fn covers(intent: &Intent, row: &MomentRow) -> bool {
    let is_of = intent.key.broadcaster_id == row.key.broadcaster_id;
    let is_there = intent.end_ms >= row.start_ms && intent.start_ms <= row.end_ms;
    row.automatic && intent.automatic && is_of && is_there
}

/// The newest moments.
#[derive(Debug, Clone, Default)]
pub struct Moments(VecDeque<Noted>);

impl Moments {
    /// A new moment.
    pub fn add(&mut self, noted: Noted) {
        let at = self.0.partition_point(|other| other.trigger_ms < noted.trigger_ms);
        if self.0.get(at).is_some_and(|other| other.trigger_ms == noted.trigger_ms) {
            return;
        }
        self.0.insert(at, noted);
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    /// A moment went on; the title that tells of it grows with it, words of who asked stay.
    pub fn extend(&mut self, order: &ClipOrder) {
        let moment = &order.moment;
        if let Some(noted) = self.find(moment.trigger.0) {
            (noted.end_ms, noted.score) = (moment.end.0, moment.score);
            noted.reasons.clone_from(&moment.reasons);
            if !order.is_manual() {
                noted.title.clone_from(&order.title);
            }
        }
    }

    /// Something became of a moment.
    pub fn fate(&mut self, trigger_ms: i64, fate: &Fate) {
        if let Some(noted) = self.find(trigger_ms) {
            noted.fate.clone_from(fate);
        }
    }

    /// Takes a cause, in whichever letters, and its titles out: who asked for them is nobody.
    pub fn forget(&mut self, cause: &str) {
        let is_it = |noted: &&mut Noted| noted.cause.eq_ignore_ascii_case(cause);
        for noted in self.0.iter_mut().filter(is_it) {
            "manual:deleted".clone_into(&mut noted.cause);
            noted.title.clear();
        }
    }

    /// A moment has another title.
    pub fn retitle(&mut self, trigger_ms: i64, title: &str) {
        if let Some(noted) = self.find(trigger_ms) {
            title.clone_into(&mut noted.title);
        }
    }

    /// The moments, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Noted> {
        self.0.iter().rev()
    }

    fn find(&mut self, trigger_ms: i64) -> Option<&mut Noted> {
        self.0.iter_mut().find(|noted| noted.trigger_ms == trigger_ms)
    }
}

/// Tests, and what those of others borrow.
#[cfg(test)]
pub mod tests {
    use cliphound_store::IntentState;

    use super::*;
    use crate::clips::sample::{intent, moment};

    /// One of which little is known.
    pub fn noted(trigger_ms: i64) -> Noted {
        Noted {
            trigger_ms,
            start_ms: trigger_ms - 1_000,
            end_ms: trigger_ms,
            score: 0.7,
            threshold: 0.6,
            cause: "hype".to_owned(),
            reasons: Vec::new(),
            title: String::new(),
            fate: Fate::default(),
        }
    }

    #[test]
    fn what_the_clip_of_another_has_says_so() {
        let row = |trigger_ms, automatic| MomentRow { automatic, ..moment("7", trigger_ms) };
        let check = |row: &MomentRow, state, expected: &str| {
            let fate = Noted::stored(row, &[intent("7", 100_000, state)]).fate;
            assert_eq!(fate.state, expected, "{fate:?}");
            assert_eq!(fate.reason.is_some(), expected == "overlaps");
        };
        check(&row(110_000, true), IntentState::Confirmed, "overlaps");
        check(&row(110_000, true), IntentState::Missed, "overlaps");
        check(&row(110_000, false), IntentState::Confirmed, "missed");
        check(&row(300_000, true), IntentState::Confirmed, "missed");
    }

    #[test]
    fn what_a_dry_run_ended_was_not_refused() {
        let state = |dry| {
            let own = Intent { dry, ..intent("7", 100_000, IntentState::Refused) };
            Fate::stored(&own).state
        };
        assert_eq!((state(true).as_str(), state(false).as_str()), ("dry_run", "refused"));
    }

    #[test]
    fn the_newest_stay_in_order_whenever_they_come() {
        let mut moments = Moments::default();
        for at in [50, 10, 30, 30].into_iter().chain(100..100 + KEPT as i64 - 1) {
            moments.add(noted(at));
        }
        let at: Vec<i64> = moments.newest().map(|noted| noted.trigger_ms).collect();
        assert_eq!(at.len(), KEPT);
        assert!(at.is_sorted_by(|a, b| a > b));
        assert_eq!(at.last(), Some(&50));
        let made = Fate { state: "confirmed".to_owned(), ..Fate::default() };
        moments.fate(50, &made);
        moments.fate(7, &made);
        moments.retitle(50, "plain");
        assert_eq!(moments.newest().last().unwrap().title, "plain");
        let of = |at| moments.newest().find(|noted| noted.trigger_ms == at).unwrap().fate.clone();
        assert_eq!((of(50), of(100)), (made, Fate::default()));
    }
}
