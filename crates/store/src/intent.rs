//! An intent, the durable promise to clip a moment, and how one step changes it.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::{
    chat::Words,
    error::StoreError,
    review::Review,
    rows::IntentKey,
    state::{
        DRY_RUN,
        IntentState::{
            self, Confirmed, Created, Missed, Refused, Rejected, Requested, Unconfirmed, Unknown,
            Vod, Waiting,
        },
    },
};

/// A promise to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewIntent {
    /// Channel and trigger.
    pub key: IntentKey,
    /// The channel's login.
    pub login: String,
    /// Start of the moment.
    pub start_ms: i64,
    /// End of the moment as it was at the trigger, not before its start.
    pub end_ms: i64,
    /// Found by the engine: must not overlap another such one of the channel.
    pub automatic: bool,
    /// When Twitch is to be asked.
    pub due_ms: i64,
    /// Title of the clip.
    pub title: String,
    /// Whose words it is.
    pub words: Words,
    /// Length of the clip in seconds, 5 to 60.
    pub duration_s: f32,
    /// Nothing is asked of Twitch until somebody says yes.
    pub in_review: bool,
    /// Why no clip is to be asked for, now or after a restart; `None`: one is.
    pub dry: Option<String>,
    /// Now.
    pub now_ms: i64,
}

/// What became of a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promise {
    /// It is on the disk.
    Made,
    /// It had been made before, in whatever state it is now; nothing was changed.
    Repeated,
    /// The stretch belongs to this other automatic intent; nothing was changed.
    Overlaps(IntentKey),
}

/// A promise as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, FromRow)]
pub struct Intent {
    /// Channel and trigger.
    #[sqlx(flatten)]
    pub key: IntentKey,
    /// The channel's login.
    pub login: String,
    /// Start of the moment.
    pub start_ms: i64,
    /// End of the moment; it grows with the moment while the intent waits.
    pub end_ms: i64,
    /// Found by the engine.
    pub automatic: bool,
    /// How far it has come.
    #[sqlx(try_from = "String")]
    pub state: IntentState,
    /// When Twitch is to be asked.
    pub due_ms: i64,
    /// Title of the clip.
    pub title: String,
    /// Whose words it is.
    #[sqlx(flatten)]
    pub words: Words,
    /// Length of the clip in seconds.
    pub duration_s: f32,
    /// Calls begun.
    pub attempts: u32,
    /// Why it is where it is, in words; kept from the last step that gave one.
    pub reason: Option<String>,
    /// Twitch's id of the clip.
    pub clip_id: Option<String>,
    /// Public address of the clip, once it can be seen.
    pub clip_url: Option<String>,
    /// Address of the clip's editor.
    pub edit_url: Option<String>,
    /// When the last call began, on Twitch's clock.
    pub called_ms: Option<i64>,
    /// When it was promised.
    pub created_ms: i64,
    /// When it was last changed.
    pub updated_ms: i64,
    /// User id at Twitch of who called last; `None`: not yet, or not known.
    pub called_by: Option<String>,
    /// The clip is made from the VOD: the live one was certainly not made.
    pub from_vod: bool,
    /// No clip is, or was, to be asked for: a dry run, or no account.
    pub dry: bool,
    /// Whether somebody has to say yes first, and what was said.
    #[sqlx(try_from = "String")]
    pub review: Review,
}

/// A step in the life of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateChange {
    /// The call begins now. Write it before the request leaves.
    Requested {
        /// The instant of the call on Twitch's clock, as the records tell it.
        called_ms: i64,
        /// User id at Twitch of who calls, where that is known.
        called_by: Option<String>,
    },
    /// The call certainly did nothing (it never left, or Twitch said 429):
    /// it may be repeated at `due_ms`.
    Again {
        /// When to ask again.
        due_ms: i64,
        /// Why, in words.
        reason: String,
    },
    /// Twitch answered with an id, or a lost one was found that can't be seen yet.
    Created {
        /// Twitch's id of the clip.
        clip_id: String,
        /// Address of the clip's editor; a clip found later has none.
        edit_url: Option<String>,
    },
    /// The clip can be seen.
    Confirmed {
        /// Twitch's id of the clip.
        clip_id: String,
        /// Public address of the clip.
        clip_url: String,
    },
    /// The clip did not appear in all the time it was given.
    Unconfirmed {
        /// Why, in words.
        reason: String,
    },
    /// The answer was lost: the clip may exist.
    Unknown {
        /// Why, in words.
        reason: String,
    },
    /// No clip was made of the live stream, for certain, or nobody asked for one: it is to
    /// be made from the VOD. Also the way back from a call for it that did nothing.
    Vod {
        /// When to look for the VOD.
        due_ms: i64,
        /// Why, in words.
        reason: String,
    },
    /// Twitch will not make this clip.
    Refused {
        /// Why, in words.
        reason: String,
    },
    /// No clip is to be asked for: a dry run, or no account.
    DryRun {
        /// Why, in words.
        reason: String,
    },
    /// Too late, or nothing came of an unknown call.
    Missed {
        /// Why, in words.
        reason: String,
    },
    /// Somebody said no, in review or before a call.
    Rejected {
        /// Why, in words.
        reason: String,
    },
}

impl StateChange {
    /// The state that the step leads to.
    #[must_use]
    pub const fn target(&self) -> IntentState {
        match self {
            Self::Requested { .. } => Requested,
            Self::Again { .. } => Waiting,
            Self::Created { .. } => Created,
            Self::Confirmed { .. } => Confirmed,
            Self::Unconfirmed { .. } => Unconfirmed,
            Self::Unknown { .. } => Unknown,
            // The database has no state of its own for a dry run.
            Self::Refused { .. } | Self::DryRun { .. } => Refused,
            Self::Missed { .. } => Missed,
            Self::Vod { .. } => Vod,
            Self::Rejected { .. } => Rejected,
        }
    }
}

impl StateChange {
    /// The clip that the step is about.
    #[must_use]
    pub(crate) fn clip_id(&self) -> Option<&str> {
        match self {
            Self::Created { clip_id, .. } | Self::Confirmed { clip_id, .. } => Some(clip_id),
            _ => None,
        }
    }
}

impl Intent {
    /// It ended as no clip was wanted: a dry run, or no account.
    #[must_use]
    pub fn is_dry(&self) -> bool {
        self.dry && self.state == Refused
    }

    /// The word for how far it has come: its state's, or `dry_run`, as in moments.tsv.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.is_dry() { DRY_RUN } else { self.state.as_str() }
    }

    /// The intent after one step at `now_ms`.
    ///
    /// # Errors
    /// [`StoreError::Impossible`] when the step can't follow, confirms another clip than the
    /// one that was created, makes a second call where the first may have worked, or is not
    /// what was said in review.
    pub fn after(mut self, change: &StateChange, now_ms: i64) -> Result<Self, StoreError> {
        let target = change.target();
        let may = self.state.may_become(target)
            && self.keeps_its_way(target)
            && self.keeps_its_review(target);
        if !may || !self.keeps_its_clip(change) {
            return Err(StoreError::Impossible { key: self.key, from: self.state, to: target });
        }
        self.state = target;
        self.updated_ms = now_ms;
        match change {
            StateChange::Requested { called_ms, called_by } => {
                self.attempts = self.attempts.saturating_add(1);
                self.called_ms = Some(*called_ms);
                self.called_by.clone_from(called_by);
            }
            StateChange::Again { due_ms, reason } => {
                self.due_ms = *due_ms;
                self.reason = Some(reason.clone());
            }
            StateChange::Vod { due_ms, reason } => {
                self.from_vod = true;
                self.due_ms = *due_ms;
                self.reason = Some(reason.clone());
            }
            StateChange::Created { clip_id, edit_url } => {
                self.clip_id = Some(clip_id.clone());
                self.edit_url.clone_from(edit_url);
            }
            StateChange::Confirmed { clip_id, clip_url } => {
                self.clip_id = Some(clip_id.clone());
                self.clip_url = Some(clip_url.clone());
            }
            StateChange::DryRun { reason } => {
                self.dry = true;
                self.reason = Some(reason.clone());
            }
            StateChange::Unconfirmed { reason }
            | StateChange::Unknown { reason }
            | StateChange::Refused { reason }
            | StateChange::Missed { reason }
            | StateChange::Rejected { reason } => self.reason = Some(reason.clone()),
        }
        Ok(self)
    }

    /// Of a moment that is on the way of the VOD no live clip is made any more; and a call for
    /// a clip from the VOD whose answer was lost is not followed by another.
    fn keeps_its_way(&self, target: IntentState) -> bool {
        !self.from_vod || !matches!((self.state, target), (Requested, Waiting) | (Unknown, Vod))
    }

    /// Of a moment in review no clip is asked for without a yes, and none is turned down
    /// without a no: what was said may have changed since it was read.
    fn keeps_its_review(&self, target: IntentState) -> bool {
        match (self.state, target, self.review) {
            (Waiting, Requested | Vod, review) => matches!(review, Review::None | Review::Accepted),
            (Waiting, Rejected, review) => matches!(review, Review::None | Review::Rejected),
            _ => true,
        }
    }

    /// A confirmation must be about the clip that was created.
    fn keeps_its_clip(&self, change: &StateChange) -> bool {
        match (change, &self.clip_id) {
            (StateChange::Confirmed { clip_id, .. }, Some(ours)) => clip_id == ours,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn waiting() -> Intent {
        Intent {
            key: IntentKey { broadcaster_id: "1".into(), trigger_ms: 10 },
            login: "ninja".into(),
            start_ms: 0,
            end_ms: 10,
            automatic: true,
            state: Waiting,
            due_ms: 7_010,
            title: String::new(),
            words: Words::default(),
            duration_s: 60.0,
            attempts: 0,
            reason: None,
            clip_id: None,
            clip_url: None,
            edit_url: None,
            called_ms: None,
            created_ms: 10,
            updated_ms: 10,
            called_by: None,
            from_vod: false,
            dry: false,
            review: Review::None,
        }
    }

    const REQUESTED: StateChange = StateChange::Requested { called_ms: 50, called_by: None };

    fn why() -> String {
        "why".into()
    }

    fn created(id: &str) -> StateChange {
        StateChange::Created { clip_id: id.into(), edit_url: None }
    }

    fn confirmed(id: &str) -> StateChange {
        StateChange::Confirmed { clip_id: id.into(), clip_url: "u".into() }
    }

    fn steps() -> Vec<StateChange> {
        vec![
            REQUESTED,
            StateChange::Again { due_ms: 9, reason: why() },
            created("a"),
            confirmed("a"),
            StateChange::Unconfirmed { reason: why() },
            StateChange::Unknown { reason: why() },
            StateChange::Refused { reason: why() },
            StateChange::DryRun { reason: why() },
            StateChange::Missed { reason: why() },
            vod(),
            StateChange::Rejected { reason: why() },
        ]
    }

    fn vod() -> StateChange {
        StateChange::Vod { due_ms: 9, reason: why() }
    }

    fn check(life: &[StateChange], expected: Option<IntentState>) {
        let end = life.iter().try_fold(waiting(), |intent, step| intent.after(step, 99));
        assert_eq!(end.ok().map(|intent| intent.state), expected, "{life:?}");
    }

    #[test]
    fn lives_that_are_possible() {
        let lost = || StateChange::Unknown { reason: why() };
        check(&[REQUESTED, created("a"), confirmed("a")], Some(Confirmed));
        check(&[REQUESTED, lost(), confirmed("a")], Some(Confirmed));
        check(&[REQUESTED, lost(), created("a"), confirmed("a")], Some(Confirmed));
        check(&[REQUESTED, lost(), StateChange::Missed { reason: why() }], Some(Missed));
        check(&[StateChange::Refused { reason: why() }], Some(Refused));
        let again = StateChange::Again { due_ms: 1, reason: why() };
        check(&[REQUESTED, again, REQUESTED], Some(Requested));
        check(&[vod(), REQUESTED, vod(), REQUESTED, created("a"), confirmed("a")], Some(Confirmed));
        check(&[REQUESTED, lost(), vod(), REQUESTED, lost()], Some(Unknown));
        check(&[StateChange::Rejected { reason: why() }], Some(Rejected));
        check(&[vod(), StateChange::Rejected { reason: why() }], Some(Rejected));
    }

    #[test]
    fn lives_that_are_not() {
        let lost = || StateChange::Unknown { reason: why() };
        check(&[REQUESTED, REQUESTED], None);
        check(&[REQUESTED, lost(), REQUESTED], None);
        check(&[REQUESTED, lost(), StateChange::Again { due_ms: 1, reason: why() }], None);
        check(&[created("a")], None);
        check(&[REQUESTED, created("a"), confirmed("b")], None);
        check(&[REQUESTED, confirmed("a")], None);
        let again = StateChange::Again { due_ms: 1, reason: why() };
        check(&[vod(), REQUESTED, again], None);
        check(&[vod(), REQUESTED, lost(), vod()], None);
        check(&[REQUESTED, created("a"), vod()], None);
        check(&[REQUESTED, StateChange::Rejected { reason: why() }], None);
    }

    #[test]
    fn a_step_follows_what_was_said_in_review() {
        let rejected = || StateChange::Rejected { reason: why() };
        let check = |review: Review, step: StateChange, expected: bool| {
            let after = Intent { review, ..waiting() }.after(&step, 99);
            assert_eq!(after.is_ok(), expected, "{review:?} {step:?}");
        };
        for (review, yes, no) in [
            (Review::None, true, true),
            (Review::Asked, false, false),
            (Review::Accepted, true, false),
            (Review::Rejected, false, true),
        ] {
            check(review, vod(), yes);
            check(review, REQUESTED, yes);
            check(review, rejected(), no);
            check(review, StateChange::Missed { reason: why() }, true);
        }
        let on_its_way = Intent { review: Review::Accepted, ..waiting() }.after(&vod(), 99);
        assert!(on_its_way.unwrap().after(&REQUESTED, 99).is_ok());
    }

    #[test]
    fn a_dry_run_was_not_refused() {
        let word = |life: &[StateChange]| {
            life.iter().fold(waiting(), |intent, step| intent.after(step, 50).unwrap()).word()
        };
        let (refused, dry) =
            (StateChange::Refused { reason: why() }, StateChange::DryRun { reason: why() });
        assert_eq!(word(&[]), "waiting");
        assert_eq!(word(std::slice::from_ref(&dry)), "dry_run");
        assert_eq!(word(&[vod(), dry.clone()]), "dry_run", "also where a clip was wanted before");
        assert_eq!(word(&[REQUESTED, dry]), "dry_run");
        assert_eq!(word(std::slice::from_ref(&refused)), "refused");
        assert_eq!(word(&[REQUESTED, refused]), "refused");
    }

    #[test]
    fn a_step_leaves_its_marks() {
        let asked = waiting().after(&REQUESTED, 50).unwrap();
        assert_eq!((asked.attempts, asked.called_ms, asked.updated_ms), (1, Some(50), 50));
        let again = asked.after(&StateChange::Again { due_ms: 90, reason: why() }, 60).unwrap();
        assert_eq!((again.due_ms, again.called_ms, again.reason), (90, Some(50), Some(why())));
    }

    proptest! {
        /// Whatever the shell tries, a second call comes only after a step that says
        /// the first one did nothing (or that its clip is certainly not there), and a final
        /// state stays. Of a lost answer there is at most one more call: for the VOD.
        #[test]
        fn no_life_asks_twice(tried in vec(proptest::sample::select(steps()), 0..40)) {
            let mut intent = waiting();
            let (mut may_ask, mut lost) = (true, 0);
            for step in tried {
                let before = intent.clone();
                match intent.after(&step, 1) {
                    Ok(next) => {
                        prop_assert!(before.state.is_open());
                        if step == REQUESTED {
                            prop_assert!(may_ask);
                            may_ask = false;
                        }
                        may_ask |= matches!(step, StateChange::Again { .. } | StateChange::Vod { .. });
                        lost += i32::from(next.state == Unknown && before.state != Unknown);
                        prop_assert!(lost <= 2);
                        intent = next;
                    }
                    Err(_) => intent = before,
                }
            }
        }
    }
}
