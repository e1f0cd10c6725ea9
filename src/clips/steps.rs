//! A clip's life as steps of the database, and back after a restart.

use cliphound_store::{Intent, IntentState, Review, StateChange};
use cliphound_twitch::helix::CreatedClip;

use super::{
    life::{LATE_MS, Life, WAIT_MS},
    looks::Looks,
    state::State,
};

/// The next step that takes an intent from what is stored to `wanted`, and the state that
/// it leads to; `None` when nothing is left to store. States in between may have failed
/// to be stored, so it may take several.
#[must_use]
pub fn next_step(stored: &State, life: &Life) -> Option<(StateChange, State)> {
    let wanted = life.state();
    let next = match (stored, wanted) {
        // A clip that was found keeps its editor's address.
        (
            State::Requested { .. } | State::Unknown { .. },
            State::Confirmed { clip, called_ms, .. } | State::Unconfirmed { clip, called_ms, .. },
        ) => State::Created { clip: clip.clone(), called_ms: *called_ms, looks: Looks::default() },
        // A call has to be over before it is missed. Cut off in between, it is looked up.
        (State::Requested { called_ms, .. }, State::Missed { .. }) => {
            let (looks, is_vod) = (Looks::default(), life.why_vod().is_some());
            State::Unknown { called_ms: *called_ms, looks, down: None, is_vod }
        }
        // Another call: the one before it did nothing.
        (
            State::Requested { called_ms: before, place, .. },
            State::Requested { called_ms, tries, .. }
            | State::Unknown { called_ms, down: Some(tries), .. },
        ) if before != called_ms || place.is_some() != life.why_vod().is_some() => {
            match life.why_vod() {
                Some(_) => State::Vod { at_ms: *called_ms },
                None => State::Waiting { at_ms: *called_ms, tries: *tries },
            }
        }
        // The first call for a clip from the VOD.
        (
            State::Waiting { .. } | State::InReview | State::Unknown { .. },
            State::Requested { called_ms, place: Some(_), .. },
        ) => State::Vod { at_ms: *called_ms },
        _ if stored.word() == wanted.word() => return None,
        _ => wanted.clone(),
    };
    Some((step_to(&next, life.why_vod()), next))
}

fn step_to(state: &State, why_vod: Option<&str>) -> StateChange {
    match state {
        State::Vod { at_ms } => StateChange::Vod {
            due_ms: *at_ms,
            reason: why_vod.unwrap_or("no live clip was made").to_owned(),
        },
        State::Rejected { reason } => StateChange::Rejected { reason: reason.clone() },
        // A moment in review is promised so, and never comes back to it.
        State::InReview => StateChange::Again { due_ms: 0, reason: String::new() },
        State::Waiting { at_ms, .. } => {
            StateChange::Again { due_ms: *at_ms, reason: "the call did nothing".to_owned() }
        }
        State::Requested { called_ms, .. } => {
            StateChange::Requested { called_ms: *called_ms, called_by: None }
        }
        State::Unknown { .. } => {
            StateChange::Unknown { reason: "no usable answer came to the call".to_owned() }
        }
        State::Created { clip, .. } => {
            StateChange::Created { clip_id: clip.id.clone(), edit_url: Some(clip.edit_url.clone()) }
        }
        State::Unconfirmed { reason, .. } => StateChange::Unconfirmed { reason: reason.clone() },
        State::Confirmed { clip, url, .. } => {
            StateChange::Confirmed { clip_id: clip.id.clone(), clip_url: url.clone() }
        }
        // What another clip has was promised there: there is no promise to change.
        State::Refused { reason } | State::Covered { reason, .. } => {
            StateChange::Refused { reason: reason.clone() }
        }
        State::DryRun { reason } => StateChange::DryRun { reason: reason.clone() },
        State::Missed { reason } => StateChange::Missed { reason: reason.clone() },
    }
}

/// What is stored of an intent that is open; `None` when it has ended.
#[must_use]
pub fn stored(intent: &Intent) -> Option<State> {
    let called_ms = intent.called_ms.unwrap_or(intent.due_ms);
    // Later than the call, but on our clock.
    let looks = Looks::starting(intent.updated_ms);
    Some(match intent.state {
        IntentState::Waiting if intent.review != Review::None => State::InReview,
        IntentState::Waiting => State::Waiting { at_ms: intent.due_ms, tries: 0 },
        IntentState::Requested => State::Requested { called_ms, tries: 0, place: None },
        IntentState::Unknown => {
            State::Unknown { called_ms, looks, down: None, is_vod: intent.from_vod }
        }
        IntentState::Vod => State::Vod { at_ms: intent.due_ms },
        IntentState::Created => State::Created { clip: clip(intent)?, called_ms, looks },
        _ => return None,
    })
}

/// The life of a stored intent after a restart at `now_ms`; `None` when it has ended.
#[must_use]
pub fn resume(intent: &Intent, now_ms: i64) -> Option<Life> {
    // A repeated call moves its time; how late it may be is counted from the promise.
    let due_ms = intent.due_ms.min(intent.created_ms + WAIT_MS);
    // The machine's clock went back meanwhile: nobody knows how late it is, so it counts as too
    // late for a live clip, which would show another moment.
    let is_set_back = intent.created_ms > now_ms + LATE_MS;
    let due_ms = if is_set_back { now_ms - LATE_MS - 1 } else { due_ms };
    let state = match stored(intent)? {
        State::Waiting { .. } if intent.dry => {
            State::DryRun { reason: intent.reason.clone().unwrap_or_default() }
        }
        State::Waiting { at_ms, tries } => {
            State::Waiting { at_ms: at_ms.min(now_ms + LATE_MS), tries }
        }
        other => other,
    };
    // Our clock may have been behind when it was stored (a machine that begins with an old time), and
    // right by now. Twitch's times are not: to look for too long does no harm, to stop too early may
    // make a second clip.
    let twitch_ms = intent.called_ms.unwrap_or(intent.key.trigger_ms);
    let since_ms = intent.updated_ms.max(twitch_ms).min(now_ms);
    let why = intent.from_vod.then(|| intent.reason.clone().unwrap_or_default());
    Some(Life::resumed(due_ms, state, since_ms, now_ms, why))
}

fn clip(intent: &Intent) -> Option<CreatedClip> {
    let edit_url = intent.edit_url.clone().unwrap_or_default();
    Some(CreatedClip { id: intent.clip_id.clone()?, edit_url })
}

#[cfg(test)]
mod tests {
    use cliphound_twitch::helix::HelixError;
    use proptest::prelude::*;

    use super::super::{
        life::Event,
        links::{clip_url, edit_url},
        sample::intent,
        vod::Place,
    };
    use super::*;

    fn clip() -> CreatedClip {
        CreatedClip { id: "A".to_owned(), edit_url: edit_url("ninja", "A") }
    }

    const DUE: Event = Event::Due { twitch_ms: 0 };

    fn events() -> impl Strategy<Value = Event> {
        let error = |error| Just(Event::Answer(Err(error)));
        let words = String::new;
        let place = Place { vod_id: String::new(), end_s: 60, duration_s: 60.0 };
        prop_oneof![
            3 => Just(DUE),
            1 => Just(Event::NotAsked),
            2 => Just(Event::NotFound),
            1 => Just(Event::Found { clip: clip(), url: clip_url("A"), thumbnail: None }),
            1 => Just(Event::Answer(Ok(clip()))),
            2 => Just(Event::Placed { place, twitch_ms: 0 }),
            1 => Just(Event::VodTooShort),
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
        /// Whatever happens and however often the database fails (but not when a call is
        /// begun), it accepts each step once it works again; and a restart finds the same
        /// state (or takes a call under way for one of unknown end).
        #[test]
        fn every_life_can_be_stored_and_taken_up(
            happened in prop::collection::vec((events(), 0..20_000_i64, any::<bool>()), 0..60),
            may_vod in any::<bool>(),
        ) {
            let (mut life, mut row, mut now) = (Life::promised(7_000).allowing_vod(may_vod), intent("7", 0, IntentState::Waiting), 0);
            let mut known = life.state().clone();
            for (event, pause, fails) in happened {
                now += pause;
                let event = match event {
                    Event::Due { .. } => Event::Due { twitch_ms: now },
                    Event::Placed { place, .. } => Event::Placed { place, twitch_ms: now },
                    other => other,
                };
                life = life.on(now, event);
                if fails && !matches!(life.state(), State::Requested { .. }) {
                    continue;
                }
                while let Some((step, state)) = next_step(&known, &life) {
                    row = row.after(&step, now).expect("the database takes the step");
                    known = state;
                }
                let word = life.state().word();
                let resumed = resume(&row, 0).map(|life| life.state().word());
                match word {
                    "requested" => prop_assert_eq!(resumed, Some("unknown")),
                    "waiting" | "created" | "unknown" | "vod" => prop_assert_eq!(resumed, Some(word)),
                    _ => prop_assert_eq!(resumed, None),
                }
                if let Some(called_ms) = life.state().called_ms() {
                    prop_assert_eq!(row.called_ms, Some(called_ms));
                }
            }
        }
    }

    /// A machine that begins with an old time is an hour behind; at the next start it is not.
    #[test]
    fn looks_go_on_where_our_clock_was_behind_when_they_began() {
        let hour_ms = 3_600_000;
        let mut row = intent("7", hour_ms, IntentState::Unknown);
        (row.created_ms, row.due_ms, row.updated_ms) = (0, 7_000, 8_000);
        row.called_ms = Some(hour_ms + 7_000);
        let now_ms = hour_ms + 17_000;
        let life = resume(&row, now_ms).unwrap();
        let State::Unknown { looks, .. } = life.state() else { panic!("{life:?}") };
        assert_eq!(looks.from_ms(), hour_ms + 7_000);
        assert!(looks.nothing_seen(now_ms).is_some(), "it is looked again");
    }
}
