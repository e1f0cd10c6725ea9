//! The life of one clip as a state machine: what happened in, the next state out.
//!
//! ```text
//! waiting --due--> requested --202--> created --seen by Get Clips--> confirmed
//!    ^                |  |                `---never seen-----------> unconfirmed
//!    `--never sent----'  `--answer lost--> unknown --found by time--> created
//!                                              `-----not found-----> missed
//! ```
//! and `refused`, `missed`, `dry_run` as ends without a clip. Create Clip is asked for
//! again only when the request before it can't have worked: it never left, Twitch
//! counted it as too many, or Twitch said that its clip service is down (503) and
//! two looks by time found no clip.
//! All times are Unix milliseconds on our own clock; only the instant of a call is on
//! Twitch's, as it stands in the records.

use cliphound_twitch::helix::{CreatedClip, HelixError};

use super::{looks::Looks, state::State};

/// From the trigger to the call: what people react to lies before the trigger, and
/// what follows belongs to it. Asked for by the users; Twitch keeps about 85 s.
pub const WAIT_MS: i64 = 7_000;
/// How late a call may be: later, the moment's start falls out of Twitch's 85 s.
pub const LATE_MS: i64 = 20_000;
/// Looks that find nothing after a 503 before the clip is asked for again.
const LOOKS_WHEN_DOWN: u32 = 2;
/// Pause before a request that never left is sent again; doubled each time, up to 4 s.
const RETRY_MS: i64 = 500;

/// What happened to a clip.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The time that was waited for has come, and a clip may be asked for.
    Due {
        /// The same instant on Twitch's clock.
        twitch_ms: i64,
    },
    /// The time has come, but no clip shall be asked for: why.
    DueDry(String),
    /// The time has come, but the channel is known to be off line.
    DueOffline,
    /// What came of Create Clip.
    Answer(Result<CreatedClip, HelixError>),
    /// Get Clips shows it.
    Found {
        /// The clip.
        clip: CreatedClip,
        /// Its public address.
        url: String,
    },
    /// Get Clips does not show it.
    NotFound,
    /// Get Clips could not be asked, or the answer not be used: that says nothing.
    NotAsked,
    /// The new state could not be made durable: nothing was sent.
    NotSaved,
}

/// What to do next for a clip.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Wait until then; then say [`Event::Due`] when waiting, or ask again what to do.
    Wait {
        /// Until when.
        until_ms: i64,
    },
    /// Call Create Clip.
    Create,
    /// Ask Get Clips for this id.
    FindById(String),
    /// Ask Get Clips for our own clip of about this time.
    FindByTime {
        /// Instant of the call on Twitch's clock.
        called_ms: i64,
    },
    /// Nothing: this is the end.
    Done,
}

/// The life of one clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Life {
    due_ms: i64,
    state: State,
}

impl Life {
    /// A promise to call at `due_ms`.
    #[must_use]
    pub fn promised(due_ms: i64) -> Self {
        Self { due_ms, state: State::Waiting { at_ms: due_ms, tries: 0 } }
    }

    /// A life that goes on after a restart; `since_ms`: when its state was stored. What was
    /// under way has an unknown end; looks whose time has passed are made up for by one.
    #[must_use]
    pub fn resumed(due_ms: i64, state: State, since_ms: i64, now_ms: i64) -> Self {
        let looks = Looks::resumed(since_ms, now_ms);
        let state = match state {
            State::Requested { called_ms, .. } | State::Unknown { called_ms, .. } => {
                State::Unknown { called_ms, looks, down: None }
            }
            State::Created { clip, called_ms, .. } => State::Created { clip, called_ms, looks },
            State::Waiting { .. } if now_ms > due_ms + LATE_MS => {
                missed("Cliphound was not running when the clip was due")
            }
            other => other,
        };
        Self { due_ms, state }
    }

    /// Where the clip is.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What to do at `now_ms`.
    #[must_use]
    pub fn action(&self, now_ms: i64) -> Action {
        match &self.state {
            State::Waiting { at_ms, .. } => Action::Wait { until_ms: *at_ms },
            State::Requested { .. } => Action::Create,
            State::Created { looks, .. } | State::Unknown { looks, .. }
                if now_ms < looks.due_ms() =>
            {
                Action::Wait { until_ms: looks.due_ms() }
            }
            State::Created { clip, .. } => Action::FindById(clip.id.clone()),
            State::Unknown { called_ms, .. } => Action::FindByTime { called_ms: *called_ms },
            _ => Action::Done,
        }
    }

    /// The life after `event`. What makes no sense in a state changes nothing.
    #[must_use]
    pub fn on(self, now_ms: i64, event: Event) -> Self {
        let due_ms = self.due_ms;
        let state = match (self.state, event) {
            (State::Waiting { at_ms, tries }, event) => due(due_ms, (at_ms, tries), now_ms, event),
            (State::Requested { called_ms, .. }, Event::Answer(Ok(clip))) => {
                State::Created { clip, called_ms, looks: Looks::starting(now_ms) }
            }
            (State::Requested { called_ms, tries }, Event::Answer(Err(error))) => {
                failed(error, called_ms, &Again { due_ms, now_ms, tries: tries + 1 })
            }
            (State::Requested { tries, .. }, Event::NotSaved) => {
                let again = Again { due_ms, now_ms, tries: tries + 1 };
                again.at(now_ms + again.pause_ms(), "the database can't be written")
            }
            (State::Created { called_ms, clip, .. }, Event::Found { url, .. }) => {
                State::Confirmed { clip, url, called_ms }
            }
            // First it is claimed and recorded; the next look confirms it.
            (State::Unknown { called_ms, .. }, Event::Found { clip, .. }) => {
                State::Created { clip, called_ms, looks: Looks::starting(now_ms) }
            }
            (State::Created { clip, called_ms, looks }, event) => {
                match after_look(looks, now_ms, &event) {
                    Some(looks) => State::Created { clip, called_ms, looks },
                    None => State::Unconfirmed { clip, called_ms },
                }
            }
            (State::Unknown { looks, down: Some(tries), .. }, Event::NotFound)
                if looks.answered() + 1 >= LOOKS_WHEN_DOWN =>
            {
                Again { due_ms, now_ms, tries }.at(now_ms, "Twitch's clip service is down (503)")
            }
            (State::Unknown { called_ms, looks, down }, event) => {
                match after_look(looks, now_ms, &event) {
                    Some(looks) => State::Unknown { called_ms, looks, down },
                    None if event == Event::NotAsked => missed(
                        "the answer to the clip request was lost, and for a day Twitch could not be asked for the clip",
                    ),
                    None => missed(
                        "Twitch gave no usable answer to the clip request, and no clip of that time appeared within five minutes",
                    ),
                }
            }
            (state, _) => state,
        };
        Self { due_ms, state }
    }
}

/// The looks after one of them; `None` when there will be no other.
fn after_look(looks: Looks, now_ms: i64, event: &Event) -> Option<Looks> {
    match event {
        Event::NotFound => looks.nothing_seen(now_ms),
        Event::NotAsked => looks.not_made(now_ms),
        _ => Some(looks),
    }
}

/// A waiting clip whose time has come (anything else changes nothing).
fn due(due_ms: i64, (at_ms, tries): (i64, u32), now_ms: i64, event: Event) -> State {
    match event {
        Event::DueDry(reason) => State::DryRun { reason },
        Event::DueOffline => refused("the channel went off line before the clip could be made"),
        Event::Due { twitch_ms } if now_ms <= due_ms + LATE_MS => {
            State::Requested { called_ms: twitch_ms, tries }
        }
        Event::Due { .. } => missed("it was too late for the clip when it could be asked for"),
        _ => State::Waiting { at_ms, tries },
    }
}

/// What a Create Clip that gave no clip means: done nothing, refused, or perhaps done.
fn failed(error: HelixError, called_ms: i64, again: &Again) -> State {
    match error {
        HelixError::NotSent(words) => {
            again.at(again.now_ms + again.pause_ms(), &format!("Twitch can't be reached ({words})"))
        }
        HelixError::RateLimited { reset_ms } => again.at(
            reset_ms.max(again.now_ms + 1_000),
            "Twitch takes no more requests for now (too many)",
        ),
        HelixError::NoToken(words) => {
            State::DryRun { reason: format!("there is no account that may make clips ({words})") }
        }
        HelixError::Unauthorized(words) => {
            refused(&format!("Twitch does not accept the account's token: log in again ({words})"))
        }
        HelixError::Forbidden(words) => refused(&format!(
            "the channel does not let this account make clips: they are off, or for followers or subscribers only, or the account is banned there ({words})"
        )),
        HelixError::NotFound(_) => refused("the channel is not live"),
        HelixError::BadRequest(words) => {
            refused(&format!("Twitch does not take the request for this clip ({words})"))
        }
        HelixError::Unavailable { status: 503, .. } => {
            let looks = Looks::starting(again.now_ms);
            State::Unknown { called_ms, looks, down: Some(again.tries) }
        }
        HelixError::Unavailable { .. } | HelixError::AnswerLost(_) | HelixError::Unexpected(_) => {
            State::Unknown { called_ms, looks: Looks::starting(again.now_ms), down: None }
        }
    }
}

/// Another call after one that did nothing.
struct Again {
    due_ms: i64,
    now_ms: i64,
    tries: u32,
}

impl Again {
    fn pause_ms(&self) -> i64 {
        RETRY_MS << self.tries.saturating_sub(1).min(3)
    }

    /// Calls again at `at_ms` if that is in time; otherwise the clip is missed because of `why`.
    fn at(&self, at_ms: i64, why: &str) -> State {
        if at_ms <= self.due_ms + LATE_MS {
            State::Waiting { at_ms, tries: self.tries }
        } else {
            missed(why)
        }
    }
}

fn missed(reason: &str) -> State {
    State::Missed { reason: reason.to_owned() }
}

fn refused(reason: &str) -> State {
    State::Refused { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::looks::GIVE_UP_MS, *};

    fn clip(id: &str) -> CreatedClip {
        CreatedClip { id: id.to_owned(), edit_url: String::new() }
    }

    fn found(id: &str) -> Event {
        Event::Found { clip: clip(id), url: format!("https://clips.twitch.tv/{id}") }
    }

    fn due(twitch_ms: i64) -> Event {
        Event::Due { twitch_ms }
    }

    fn called(answer: Result<CreatedClip, HelixError>) -> Life {
        let life = Life::promised(10_000).on(10_000, due(10_000));
        assert_eq!(life.action(10_000), Action::Create);
        life.on(10_000, Event::Answer(answer))
    }

    #[test]
    fn a_clip_is_confirmed_when_get_clips_shows_it() {
        let life = Life::promised(10_000);
        assert_eq!(life.action(3_000), Action::Wait { until_ms: 10_000 });
        let life = called(Ok(clip("A")));
        assert_eq!(life.action(10_000), Action::Wait { until_ms: 12_000 });
        assert_eq!(life.action(12_000), Action::FindById("A".to_owned()));
        let life = life.on(12_100, Event::NotFound);
        assert_eq!(life.action(12_100), Action::Wait { until_ms: 15_000 });
        let life = life.on(15_000, found("A"));
        assert_eq!(life.state().word(), "confirmed");
        assert_eq!(life.action(15_000), Action::Done);
    }

    #[test]
    fn every_answer_has_its_consequence() {
        let check = |error: HelixError, word: &str| {
            let life = called(Err(error.clone()));
            assert_eq!(life.state().word(), word, "{error:?}");
        };
        let words = || "x".to_owned();
        check(HelixError::NotSent(words()), "waiting");
        check(HelixError::RateLimited { reset_ms: 20_000 }, "waiting");
        check(HelixError::RateLimited { reset_ms: 60_000 }, "missed");
        check(HelixError::NoToken(words()), "dry_run");
        check(HelixError::Unauthorized(words()), "refused");
        check(HelixError::Forbidden(words()), "refused");
        check(HelixError::NotFound(words()), "refused");
        check(HelixError::BadRequest(words()), "refused");
        check(HelixError::Unavailable { status: 503, message: words() }, "requested");
        check(HelixError::Unavailable { status: 500, message: words() }, "unknown");
        check(HelixError::AnswerLost(words()), "unknown");
        check(HelixError::Unexpected(words()), "unknown");
    }

    #[test]
    fn a_clip_service_that_is_down_is_asked_again_when_no_clip_shows_up() {
        let down =
            || Event::Answer(Err(HelixError::Unavailable { status: 503, message: String::new() }));
        let looked = |life: Life| life.on(12_000, Event::NotFound).on(15_000, Event::NotFound);
        let life = Life::promised(10_000).on(10_000, due(10_000)).on(10_000, down());
        assert_eq!(life.action(12_000), Action::FindByTime { called_ms: 10_000 });
        assert_eq!(life.clone().on(12_000, found("A")).state().word(), "created");
        let life = looked(life).on(15_000, due(15_000));
        assert_eq!(life.action(15_000), Action::Create);
        let life = life.on(31_000, down()).on(33_000, Event::NotFound).on(36_000, Event::NotFound);
        assert_eq!(life.state().reason(), Some("Twitch's clip service is down (503)"));
    }

    #[test]
    fn a_clip_found_by_time_is_claimed_before_it_is_confirmed() {
        let life = called(Err(HelixError::AnswerLost(String::new()))).on(12_000, found("A"));
        assert_eq!(life.state().clip(), Some(&clip("A")));
        assert_eq!(life.action(14_000), Action::FindById("A".to_owned()));
        assert_eq!(life.on(14_000, found("A")).state().word(), "confirmed");
    }

    #[test]
    fn a_look_that_could_not_be_made_says_nothing() {
        for answer in [Ok(clip("A")), Err(HelixError::AnswerLost(String::new()))] {
            let (mut life, mut now) = (called(answer), 10_000);
            for _ in 0..20 {
                now = now.max(12_000) + 400_000;
                life = life.on(now, Event::NotAsked);
                assert!(!life.state().is_end(), "{life:?}");
            }
            assert_eq!(life.clone().on(now + 400_000, found("A")).state().clip(), Some(&clip("A")));
            assert!(life.on(10_000 + GIVE_UP_MS, Event::NotAsked).state().is_end());
        }
    }

    #[test]
    fn an_unreachable_twitch_is_tried_until_it_is_too_late() {
        let (mut life, mut now, mut calls) = (Life::promised(0), 0, 0);
        loop {
            match life.action(now) {
                Action::Wait { until_ms } => {
                    now = until_ms;
                    life = life.on(now, due(now));
                }
                Action::Create => {
                    calls += 1;
                    life = life.on(now, Event::Answer(Err(HelixError::NotSent("x".to_owned()))));
                }
                _ => break,
            }
        }
        assert_eq!((calls, life.state().word()), (8, "missed"));
        assert!(now <= LATE_MS, "{now}");
    }

    #[test]
    fn a_restart_goes_on_where_it_can() {
        let check = |state: State, now: i64, word: &str, action: Action| {
            let life = Life::resumed(10_000, state, 10_000, now);
            assert_eq!((life.state().word(), life.action(now)), (word, action));
        };
        let waiting = || State::Waiting { at_ms: 10_000, tries: 0 };
        check(waiting(), 12_000, "waiting", Action::Wait { until_ms: 10_000 });
        check(waiting(), 31_000, "missed", Action::Done);
        let requested = || State::Requested { called_ms: 10_000, tries: 0 };
        let by_time = Action::FindByTime { called_ms: 10_000 };
        check(requested(), 16_000, "unknown", Action::Wait { until_ms: 20_000 });
        check(requested(), 9_000_000, "unknown", by_time);
        let created =
            State::Created { clip: clip("A"), called_ms: 10_000, looks: Looks::default() };
        check(created, 9_000_000, "created", Action::FindById("A".to_owned()));
    }

    #[test]
    fn a_clip_that_is_due_can_be_held_back() {
        let at_due = |event| Life::promised(0).on(0, event).state().word();
        assert_eq!(at_due(Event::DueDry("dry run".to_owned())), "dry_run");
        assert_eq!(at_due(Event::DueOffline), "refused");
        assert_eq!(Life::promised(0).on(LATE_MS + 1, due(LATE_MS + 1)).state().word(), "missed");
    }

    fn events() -> impl Strategy<Value = Event> {
        let error = prop_oneof![
            Just(HelixError::NotSent(String::new())),
            Just(HelixError::AnswerLost(String::new())),
            Just(HelixError::Unexpected(String::new())),
            Just(HelixError::Unavailable { status: 500, message: String::new() }),
            (0..60_000_i64).prop_map(|reset_ms| HelixError::RateLimited { reset_ms }),
            Just(HelixError::NotFound(String::new())),
        ];
        prop_oneof![
            Just(due(8_000)),
            Just(Event::NotAsked),
            Just(Event::NotFound),
            Just(Event::NotSaved),
            Just(found("B")),
            Just(Event::Answer(Ok(clip("A")))),
            error.prop_map(|error| Event::Answer(Err(error))),
        ]
    }

    /// An answer after which a clip may exist.
    fn may_have_worked(event: &Event) -> bool {
        match event {
            Event::Answer(Ok(_)) => true,
            Event::Answer(Err(error)) => matches!(
                error,
                HelixError::AnswerLost(_)
                    | HelixError::Unexpected(_)
                    | HelixError::Unavailable { .. }
            ),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_call_is_never_repeated_when_it_may_have_worked(
            steps in prop::collection::vec((events(), 0..5_000_i64, prop::bool::weighted(0.1)), 1..60),
        ) {
            let (mut life, mut now, mut worked) = (Life::promised(7_000), 0, false);
            for (event, pause, restart) in steps {
                now += pause;
                if restart {
                    // What was under way when Cliphound ended may have worked.
                    worked |= matches!(life.state(), State::Requested { .. });
                    life = Life::resumed(7_000, life.state().clone(), now, now);
                }
                let calling = life.action(now) == Action::Create;
                prop_assert!(!(calling && worked), "a second call");
                if let Action::Wait { until_ms } = life.action(now) {
                    now = now.max(until_ms);
                }
                worked |= calling && may_have_worked(&event);
                let next = life.clone().on(now, event);
                let begins = next.action(now) == Action::Create && !calling;
                prop_assert!(!begins || (7_000..=7_000 + LATE_MS).contains(&now), "not in time");
                life = next;
            }
        }
    }
}
