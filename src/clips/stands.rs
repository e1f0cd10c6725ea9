//! How the clip of a moment stands, in words. Pure.
//!
//! Pages, API, streams of events and figures ask here, so that no two of them say different
//! things of the same moment.

use cliphound_store::{Intent, IntentState, Listed, Review, Verdict};

use super::state::State;

/// How the clip of a moment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Nobody promised one.
    Unpromised,
    /// Nobody asked Twitch: a dry run, or no account.
    Noted,
    /// The clip of another moment has its stretch.
    Covered,
    /// It waits for somebody's yes.
    InReview,
    /// Somebody said yes, which is about to be acted upon.
    Accepted,
    /// Somebody said no before Twitch was asked, which is about to be acted upon.
    Declined,
    /// It is about to be asked for, or was a moment ago.
    Coming,
    /// It is to be made from the VOD.
    ToBeMadeFromVod,
    /// Twitch made it, and does not show it yet.
    Created,
    /// It can be seen.
    Confirmed,
    /// Twitch said that it made it, and never showed it.
    Unconfirmed,
    /// Twitch's answer was lost.
    Unknown,
    /// Twitch would not make it.
    Refused,
    /// There is none, for another reason.
    Missed,
    /// Somebody said no.
    Rejected,
}

impl Stands {
    /// By what the database knows: the promise's state, whether it ended without anybody asking
    /// Twitch, and what was said in review.
    #[must_use]
    pub fn of(state: Option<IntentState>, is_dry: bool, review: Review) -> Self {
        let Some(state) = state else { return Self::Unpromised };
        match (state, review) {
            (IntentState::Waiting, Review::Asked) => Self::InReview,
            (IntentState::Waiting, Review::Accepted) => Self::Accepted,
            (IntentState::Waiting, Review::Rejected) => Self::Declined,
            (IntentState::Waiting | IntentState::Requested, _) => Self::Coming,
            (IntentState::Vod, _) => Self::ToBeMadeFromVod,
            (IntentState::Created, _) => Self::Created,
            (IntentState::Confirmed, _) => Self::Confirmed,
            (IntentState::Unconfirmed, _) => Self::Unconfirmed,
            (IntentState::Unknown, _) => Self::Unknown,
            (IntentState::Refused, _) if is_dry => Self::Noted,
            (IntentState::Refused, _) => Self::Refused,
            (IntentState::Missed, _) => Self::Missed,
            (IntentState::Rejected, _) => Self::Rejected,
        }
    }

    /// Of a promise, or of a moment without one.
    #[must_use]
    pub fn of_intent(intent: Option<&Intent>) -> Self {
        intent.map_or(Self::Unpromised, |own| Self::of(Some(own.state), own.is_dry(), own.review))
    }

    /// Of a moment of a list.
    #[must_use]
    pub fn of_listed(row: &Listed) -> Self {
        if row.covered_by_ms.is_some() {
            return Self::Covered;
        }
        let stands = Self::of(row.state, row.is_dry, row.review);
        stands.judged(row.state, row.verdict)
    }

    /// The same where that verdict holds: a no lets go of what Twitch was not asked for.
    fn judged(self, state: Option<IntentState>, verdict: Option<Verdict>) -> Self {
        let is_uncalled = state.is_some_and(IntentState::is_uncalled);
        if is_uncalled && verdict == Some(Verdict::Rejected) { Self::Declined } else { self }
    }

    /// How the clip of a promise stands, in a sentence, and what a no does not change any more:
    /// no program can delete a clip.
    #[must_use]
    pub fn tell(intent: Option<&Intent>, verdict: Option<Verdict>) -> String {
        let state = intent.map(|intent| intent.state);
        let stands = Self::of_intent(intent).judged(state, verdict);
        let reason = intent.and_then(|intent| intent.reason.as_deref());
        let told = stands.sentence(reason, intent.is_some_and(|intent| intent.from_vod));
        match verdict.filter(|verdict| *verdict == Verdict::Rejected).and(stands.despite_a_no()) {
            Some(too_late) => format!("{told} {too_late}"),
            None => told,
        }
    }

    /// Of a moment that somebody said no to while its clip could not be stopped any more: that, in
    /// a sentence. A clip that is there already needs no words.
    #[must_use]
    pub fn not_stopped(row: &Listed) -> Option<&'static str> {
        let stands = Self::of_listed(row);
        let is_no = row.verdict == Some(Verdict::Rejected);
        stands.despite_a_no().filter(|_| is_no && stands.is_coming())
    }

    const fn despite_a_no(self) -> Option<&'static str> {
        match self {
            Self::Coming => {
                Some("The no came once Twitch was asked: its clip is made all the same.")
            }
            Self::Unknown => {
                Some("The no came once Twitch was asked: its clip may be made all the same.")
            }
            Self::Created | Self::Confirmed => Some(
                "A no does not delete it: it is public at Twitch, until somebody deletes it there.",
            ),
            _ => None,
        }
    }

    /// Of a clip's life as it goes on.
    #[must_use]
    pub fn of_life(state: &State) -> Self {
        match state {
            State::Waiting { .. } | State::Requested { .. } => Self::Coming,
            State::InReview => Self::InReview,
            State::Vod { .. } => Self::ToBeMadeFromVod,
            State::Created { .. } => Self::Created,
            State::Unknown { .. } => Self::Unknown,
            State::Confirmed { .. } => Self::Confirmed,
            State::Unconfirmed { .. } => Self::Unconfirmed,
            State::Refused { .. } => Self::Refused,
            State::Missed { .. } => Self::Missed,
            State::Rejected { .. } => Self::Rejected,
            State::Covered { .. } => Self::Covered,
            State::DryRun { .. } => Self::Noted,
        }
    }

    /// There is a clip: the one thing that figures count as one.
    #[must_use]
    pub const fn has_clip(self) -> bool {
        matches!(self, Self::Created | Self::Confirmed)
    }

    /// There is none yet, and there may be one without anybody's word.
    #[must_use]
    pub const fn is_coming(self) -> bool {
        matches!(self, Self::Accepted | Self::Coming | Self::ToBeMadeFromVod | Self::Unknown)
    }

    /// A word or two, and the class of their tag: nothing, `good`, `warn` or `bad`.
    #[must_use]
    pub const fn tag(self) -> (&'static str, &'static str) {
        match self {
            Self::Unpromised => ("no clip", ""),
            Self::Noted => ("noted only", ""),
            Self::Covered => ("in another clip", ""),
            Self::InReview => ("waits for a yes", "warn"),
            Self::Accepted | Self::ToBeMadeFromVod => ("will be made from the VOD", ""),
            Self::Declined => ("will not be made", ""),
            Self::Coming => ("clip on its way", ""),
            Self::Created => ("clip made", "good"),
            Self::Confirmed => ("clip", "good"),
            Self::Unconfirmed => ("never shown by Twitch", "warn"),
            Self::Unknown => ("answer lost, looking", "warn"),
            Self::Refused => ("refused", "bad"),
            Self::Missed => ("missed", "bad"),
            Self::Rejected => ("turned down", ""),
        }
    }

    /// The same in a sentence. `reason`: the one that the promise keeps, which may be of a step
    /// before; `from_vod`: it went, or goes, the way of the VOD.
    #[must_use]
    pub fn sentence(self, reason: Option<&str>, from_vod: bool) -> String {
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        let because = |text: &str| match reason {
            Some(reason) => format!("{text}: {reason}."),
            None => format!("{text}."),
        };
        let aside = |text: &str| match reason {
            Some(reason) => format!("{text} ({reason})."),
            None => format!("{text}."),
        };
        match self {
            Self::Unpromised => "No clip of it was asked for.".to_owned(),
            Self::Noted => because("Noted only, no clip was asked for"),
            Self::Covered => because("It gets no clip of its own"),
            Self::InReview => {
                "Its clip is made from the VOD once somebody says yes; nothing is public before."
                    .to_owned()
            }
            Self::Accepted => "Somebody said yes: its clip will be made from the VOD.".to_owned(),
            Self::Declined => "Somebody said no: no clip will be made.".to_owned(),
            Self::Coming if from_vod => aside("Its clip is being made from the VOD"),
            Self::Coming => "Its clip is on its way.".to_owned(),
            Self::ToBeMadeFromVod => {
                aside("Its clip will be made from the VOD, once Twitch has that part of it")
            }
            Self::Created if from_vod => {
                "Its clip is made, from the VOD; Twitch does not show it yet.".to_owned()
            }
            Self::Created => "Its clip is made; Twitch does not show it yet.".to_owned(),
            Self::Confirmed if from_vod => match reason.map(in_the_past) {
                Some(reason) => format!("Its clip was made from the VOD ({reason})."),
                None => "Its clip was made from the VOD.".to_owned(),
            },
            Self::Confirmed => "Its clip is there.".to_owned(),
            Self::Unconfirmed => {
                "No clip: Twitch said that it made one, and never showed it.".to_owned()
            }
            Self::Unknown => {
                "Twitch's answer was lost: it is looked whether there is a clip.".to_owned()
            }
            Self::Refused | Self::Missed => because("No clip"),
            Self::Rejected => "No clip: somebody said no.".to_owned(),
        }
    }

    /// What stands where a moment would be played, while nothing can play it.
    #[must_use]
    pub const fn nothing_to_play(self) -> &'static str {
        match self {
            _ if self.is_coming() => "It can be played here once there is a clip of it.",
            Self::InReview => {
                "It can be played here once Twitch has its VOD, or a clip of it was made."
            }
            _ => "There is no clip of it and no VOD is known that has it: it can't be played.",
        }
    }
}

/// What reasons say of now, and how it is said once that is over.
const PAST: [(&str, &str); 3] = [
    (" is not ", " was not "),
    ("no longer accepts", "no longer accepted"),
    ("can't", "could not"),
];

/// A reason of a clip that is there: it was so then, and nothing is to be done about it.
fn in_the_past(reason: &str) -> String {
    let told = reason.split(": run `").next().unwrap_or(reason).to_owned();
    PAST.iter().fold(told, |told, (now, then)| told.replace(now, then))
}

#[cfg(test)]
mod tests {
    use cliphound_store::state::ALL_STATES;

    use super::*;
    use crate::clips::sample::intent;

    const REVIEWS: [Review; 4] = [Review::None, Review::Asked, Review::Accepted, Review::Rejected];

    /// The reason that a promise keeps from a step before.
    const LATE: &str = "it was too late for a clip of the live stream";

    #[test]
    fn no_two_parts_of_a_card_contradict_each_other() {
        for state in ALL_STATES {
            for review in REVIEWS {
                for from_vod in [false, true] {
                    let stands = Stands::of(Some(state), false, review);
                    let told = stands.sentence(Some(LATE), from_vod);
                    let (tag, class) = stands.tag();
                    let says_none = told.starts_with("No clip") || tag == "will not be made";
                    assert_eq!(stands.has_clip(), class == "good", "{tag}");
                    assert!(!(stands.has_clip() && says_none), "{tag}: {told}");
                    assert!(!(stands.is_coming() && says_none), "{tag}: {told}");
                    let is_late = told.contains("too late");
                    let may_be_late = says_none || told.contains("VOD");
                    assert!(!is_late || may_be_late, "{tag}: {told}");
                    let waits = stands.nothing_to_play().contains("once");
                    assert_eq!(waits, stands.is_coming() || stands == Stands::InReview, "{tag}");
                }
            }
        }
    }

    #[test]
    fn a_late_moment_is_no_clip_before_it_is_made() {
        let stands = |state| Stands::of_intent(Some(&intent("7", 0, state)));
        let check = |state, has_clip, expected: &str| {
            let told = stands(state).sentence(Some(LATE), true);
            assert_eq!((stands(state).has_clip(), told.as_str()), (has_clip, expected));
        };
        check(
            IntentState::Vod,
            false,
            "Its clip will be made from the VOD, once Twitch has that part of it (it was too late for a clip of the live stream).",
        );
        check(
            IntentState::Confirmed,
            true,
            "Its clip was made from the VOD (it was too late for a clip of the live stream).",
        );
        check(
            IntentState::Missed,
            false,
            "No clip: it was too late for a clip of the live stream.",
        );
        assert!(!stands(IntentState::Unconfirmed).has_clip());
    }

    #[test]
    fn a_clip_that_is_there_tells_why_as_what_was() {
        let check = |reason: &str, expected: &str| {
            let told = Stands::Confirmed.sentence(Some(reason), true);
            assert_eq!(told, format!("Its clip was made from the VOD ({expected})."));
            let coming = Stands::ToBeMadeFromVod.sentence(Some(reason), true);
            assert!(coming.contains(reason), "{coming}");
        };
        check(
            "Twitch no longer accepts the token, and it can't be renewed any more: run `cliphound login`",
            "Twitch no longer accepted the token, and it could not be renewed any more",
        );
        check(crate::clips::refusal::NOT_LIVE, "the channel was not live");
        check("it was cut by hand", "it was cut by hand");
    }

    #[test]
    fn a_no_says_what_it_changes_and_what_it_does_not() {
        let check = |state, says: &str| {
            let own = intent("7", 0, state);
            let told = Stands::tell(Some(&own), Some(Verdict::Rejected));
            assert!(told.contains(says), "{state}: {told}");
            let kept = Stands::tell(Some(&own), Some(Verdict::Kept));
            assert_eq!(kept, Stands::tell(Some(&own), None));
            assert!(!kept.contains("no does not") && !kept.contains("all the same"), "{kept}");
        };
        for state in [IntentState::Waiting, IntentState::Vod] {
            check(state, "Somebody said no: no clip will be made.");
        }
        check(IntentState::Requested, "its clip is made all the same");
        check(IntentState::Unknown, "may be made all the same");
        check(IntentState::Created, "until somebody deletes it there");
        check(IntentState::Confirmed, "Its clip is there. A no does not delete it");
        check(IntentState::Rejected, "No clip: somebody said no.");
        let missed = Stands::tell(Some(&intent("7", 0, IntentState::Missed)), None);
        check(IntentState::Missed, &missed);
    }

    #[test]
    fn a_no_that_came_too_late_says_so_where_no_clip_is_there_yet() {
        let check = |state, verdict, expected: bool| {
            let row = Listed { verdict, state: Some(state), ..listed() };
            assert_eq!(Stands::not_stopped(&row).is_some(), expected, "{state} {verdict:?}");
        };
        let no = Some(Verdict::Rejected);
        check(IntentState::Requested, no, true);
        check(IntentState::Unknown, no, true);
        check(IntentState::Requested, Some(Verdict::Kept), false);
        for state in [IntentState::Waiting, IntentState::Vod, IntentState::Confirmed] {
            check(state, no, false);
        }
    }

    fn listed() -> Listed {
        Listed {
            moment: crate::clips::sample::moment("7", 0),
            verdict: None,
            change: 0,
            by: None,
            state: None,
            covered_by_ms: None,
            is_dry: false,
            review: Review::None,
            title: None,
        }
    }

    #[test]
    fn what_nobody_asked_twitch_for_was_not_refused() {
        let refused = |is_dry| Stands::of(Some(IntentState::Refused), is_dry, Review::None);
        assert_eq!((refused(true), refused(false)), (Stands::Noted, Stands::Refused));
        assert_eq!(Stands::of_intent(None), Stands::Unpromised);
    }
}
