//! A clip's life as steps of the database, and back after a restart.

use cliphound_store::{Intent, IntentState, StateChange};
use cliphound_twitch::helix::CreatedClip;

use super::{
    life::{Life, WAIT_MS},
    state::State,
};

/// The steps that take an intent from `before` to `after`, in their order.
#[must_use]
pub fn steps(before: &State, after: &State) -> Vec<StateChange> {
    let created = |clip: &CreatedClip| StateChange::Created {
        clip_id: clip.id.clone(),
        edit_url: Some(clip.edit_url.clone()),
    };
    let step = match after {
        State::Waiting { at_ms, .. } => {
            StateChange::Again { due_ms: *at_ms, reason: "the call did nothing".to_owned() }
        }
        State::Requested { .. } => StateChange::Requested,
        State::Unknown { .. } => {
            StateChange::Unknown { reason: "the answer to the call was lost".to_owned() }
        }
        State::Created { clip, .. } => created(clip),
        State::Unconfirmed { .. } => StateChange::Unconfirmed {
            reason: "Twitch did not show the clip within five minutes".to_owned(),
        },
        State::Confirmed { clip, url, .. } => {
            StateChange::Confirmed { clip_id: clip.id.clone(), clip_url: url.clone() }
        }
        State::Refused { reason } | State::DryRun { reason } => {
            StateChange::Refused { reason: reason.clone() }
        }
        State::Missed { reason } => StateChange::Missed { reason: reason.clone() },
    };
    match (before, after) {
        _ if before.word() == after.word() => Vec::new(),
        // A clip that was found keeps its editor's address; a call that did nothing ends by way of waiting.
        (State::Unknown { .. }, State::Confirmed { clip, .. }) => vec![created(clip), step],
        (
            State::Requested { called_ms, .. } | State::Unknown { called_ms, down: Some(_), .. },
            State::Missed { reason },
        ) => {
            vec![StateChange::Again { due_ms: *called_ms, reason: reason.clone() }, step]
        }
        _ => vec![step],
    }
}

/// The life of a stored intent after a restart at `now_ms`; `None` when it has ended.
#[must_use]
pub fn resume(intent: &Intent, now_ms: i64) -> Option<Life> {
    let called_ms = intent.called_ms.unwrap_or(intent.due_ms);
    let state = match intent.state {
        IntentState::Waiting => State::Waiting { at_ms: intent.due_ms, tries: 0 },
        IntentState::Requested => State::Requested { called_ms, tries: 0 },
        IntentState::Unknown => State::Unknown { called_ms, looks: 0, down: None },
        IntentState::Created => State::Created { clip: clip(intent)?, called_ms, looks: 0 },
        _ => return None,
    };
    // A repeated call moves its time; how late it may be is counted from the promise.
    let due_ms = intent.due_ms.min(intent.created_ms + WAIT_MS);
    Some(Life::resumed(due_ms, state, now_ms))
}

fn clip(intent: &Intent) -> Option<CreatedClip> {
    let edit_url = intent.edit_url.clone().unwrap_or_default();
    Some(CreatedClip { id: intent.clip_id.clone()?, edit_url })
}

/// The editor's address of a clip whose answer was lost, as Twitch makes it.
#[must_use]
pub fn edit_url(login: &str, clip_id: &str) -> String {
    format!("https://www.twitch.tv/{login}/clip/{clip_id}")
}

/// A clip's public address.
#[must_use]
pub fn clip_url(clip_id: &str) -> String {
    format!("https://clips.twitch.tv/{clip_id}")
}

#[cfg(test)]
mod tests {
    use cliphound_store::IntentKey;
    use cliphound_twitch::helix::HelixError;
    use proptest::prelude::*;

    use super::super::life::Event;
    use super::*;

    fn intent() -> Intent {
        Intent {
            key: IntentKey { broadcaster_id: "7".to_owned(), trigger_ms: 0 },
            login: "ninja".to_owned(),
            start_ms: 0,
            end_ms: 0,
            automatic: true,
            state: IntentState::Waiting,
            due_ms: 7_000,
            title: String::new(),
            duration_s: 60.0,
            attempts: 0,
            reason: None,
            clip_id: None,
            clip_url: None,
            edit_url: None,
            called_ms: None,
            created_ms: 0,
            updated_ms: 0,
        }
    }

    fn clip() -> CreatedClip {
        CreatedClip { id: "A".to_owned(), edit_url: edit_url("ninja", "A") }
    }

    fn events() -> impl Strategy<Value = Event> {
        let error = |error| Just(Event::Answer(Err(error)));
        let words = String::new;
        prop_oneof![
            3 => Just(Event::Due),
            2 => Just(Event::NotFound),
            1 => Just(Event::Found { clip: clip(), url: clip_url("A") }),
            1 => Just(Event::Answer(Ok(clip()))),
            1 => error(HelixError::NotSent(words())),
            1 => error(HelixError::AnswerLost(words())),
            1 => error(HelixError::Unavailable { status: 503, message: words() }),
            1 => error(HelixError::NoToken(words())),
            1 => error(HelixError::NotFound(words())),
            1 => (0..60_000_i64)
                .prop_map(|reset_ms| Event::Answer(Err(HelixError::RateLimited { reset_ms }))),
        ]
    }

    proptest! {
        /// Whatever happens, the database accepts each step, and a restart finds the
        /// same state again (or takes a call under way for one of unknown end).
        #[test]
        fn every_life_can_be_stored_and_taken_up(
            happened in prop::collection::vec((events(), 0..20_000_i64), 0..40),
        ) {
            let (mut life, mut stored, mut now) = (Life::promised(7_000), intent(), 0);
            for (event, pause) in happened {
                now += pause;
                let next = life.clone().on(now, event);
                for step in steps(life.state(), next.state()) {
                    stored = stored.after(&step, now).expect("the database takes the step");
                }
                life = next;
                let word = life.state().word();
                let resumed = resume(&stored, 0).map(|life| life.state().word());
                match word {
                    "requested" => prop_assert_eq!(resumed, Some("unknown")),
                    "waiting" | "created" | "unknown" => prop_assert_eq!(resumed, Some(word)),
                    _ => prop_assert_eq!(resumed, None),
                }
            }
        }
    }
}
