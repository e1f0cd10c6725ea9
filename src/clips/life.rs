//! The life of one clip as a state machine: what happened in, the next state out.
//!
//! ```text
//! waiting --due--> requested --202--> created --seen by Get Clips--> confirmed
//!    ^                |  |                `---never seen-----------> unconfirmed
//!    `--never sent----'  `--answer lost--> unknown --found by time--> created
//!                                              `-----not found--+--> missed
//! too late, down, better placed there, dead token,
//! not found, accepted in review: `vod` <------------------------'
//! vod --it has that part--> requested (from the VOD), and on as above
//! ```
//! and `refused`, `missed`, `rejected`, `dry_run` as ends without a clip. A clip is asked
//! for again only when the request before it can't have worked: it never left, Twitch
//! counted it as too many or refused its title, Twitch said that its clip service is down
//! (503) and two looks by time found no clip, or a lost answer was looked up for five
//! minutes and its clip is not there: then, once, from the VOD.
//! All times are Unix milliseconds on our own clock; only the instant of a call is on
//! Twitch's, as it stands in the records.

mod from_vod;

use cliphound_twitch::helix::{CreatedClip, HelixError};

use super::{looks::Looks, refusal, state::State, vod::Place};

/// From the trigger to the call: what people react to lies before the trigger, and
/// what follows belongs to it. Asked for by the users; Twitch keeps about 85 s.
pub const WAIT_MS: i64 = 7_000;
/// How late a call may be: later, the moment's start falls out of Twitch's 85 s.
pub const LATE_MS: i64 = 20_000;
/// However short the clip, a call may be so late before the VOD is better.
const LEAST_LATE_MS: i64 = 5_000;
/// Looks that find nothing after a 503 before the clip is asked for again.
const LOOKS_WHEN_DOWN: u32 = 2;
/// Pause before a request that never left is sent again; doubled each time, up to 4 s.
const RETRY_MS: i64 = 500;
/// A stream that has just begun may be unknown to Twitch's clip service for some seconds.
const NOT_LIVE_RETRY_MS: i64 = 5_000;

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
    /// The time has come, but Twitch's clip service fails for this channel.
    DueBroken,
    /// The time has come, but the VOD shows the moment better: why.
    DueBetter(String),
    /// Twitch takes the account's token no more, and nothing was done: why.
    NoToken(String),
    /// What came of Create Clip, or of Create Clip From VOD.
    Answer(Result<CreatedClip, HelixError>),
    /// Create Clip was refused for its title; another one is there now.
    TitleRefused,
    /// Twitch said that the channel is not live, but it seems to be, and it was asked for
    /// the first time.
    NotLiveYet,
    /// Get Clips shows it.
    Found {
        /// The clip.
        clip: CreatedClip,
        /// Its public address.
        url: String,
        /// A picture of it.
        thumbnail: Option<String>,
    },
    /// Get Clips does not show it.
    NotFound,
    /// Twitch could not be asked, or the answer not be used: that says nothing.
    NotAsked,
    /// The new state could not be made durable: nothing was sent.
    NotSaved,
    /// The VOD has the moment.
    Placed {
        /// Where the clip is.
        place: Place,
        /// Now on Twitch's clock.
        twitch_ms: i64,
    },
    /// The VOD does not have that part yet, but will.
    VodTooShort,
    /// There is no VOD of that time yet.
    NoVodYet,
    /// There will be no VOD of that time.
    VodGone,
    /// Somebody said yes in review.
    Accepted,
    /// Somebody cut it by hand.
    Cut,
    /// Somebody said no, in review or to a clip that Twitch was not asked for yet.
    Rejected,
    /// Nobody said anything in review until the VOD was gone.
    Forgotten,
    /// It was to be cut anew, but the database is an older one by now: it may have been made.
    Distrusted,
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
    /// Call Create Clip From VOD.
    CreateFromVod(Place),
    /// Look whether the VOD has the moment.
    FindVod,
    /// Ask Get Clips for this id.
    FindById(String),
    /// Ask Get Clips for our own clip of about this time.
    FindByTime {
        /// Instant of the call on Twitch's clock.
        called_ms: i64,
        /// When it ended without an answer, on ours.
        ended_ms: i64,
    },
    /// Nothing: this is the end, or somebody else has to say something first.
    Done,
}

/// Why a clip is made from the VOD, and since when that is tried.
#[derive(Debug, Clone, PartialEq)]
struct Fallback {
    why: String,
    since_ms: i64,
    tries: u32,
}

/// The life of one clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Life {
    due_ms: i64,
    state: State,
    /// What the live stream did not give may be made from the VOD.
    may_vod: bool,
    /// So late, a live clip still shows the moment's beginning.
    shows_ms: i64,
    fallback: Option<Fallback>,
}

impl Life {
    /// A promise to call at `due_ms`.
    #[must_use]
    pub fn promised(due_ms: i64) -> Self {
        Self::of(due_ms, State::Waiting { at_ms: due_ms, tries: 0 })
    }

    /// A moment about which somebody has to say yes first.
    #[must_use]
    pub fn in_review(now_ms: i64) -> Self {
        Self::of(now_ms, State::InReview)
    }

    /// A life that is over before it began.
    #[must_use]
    pub fn ended(state: State) -> Self {
        Self::of(0, state)
    }

    fn of(due_ms: i64, state: State) -> Self {
        Self { due_ms, state, may_vod: false, shows_ms: LATE_MS, fallback: None }
    }

    /// Whether the clip may be made from the VOD when the live stream gave none.
    #[must_use]
    pub fn allowing_vod(self, may_vod: bool) -> Self {
        Self { may_vod, ..self }
    }

    /// A live clip that is later than this no longer shows the moment's beginning: the VOD,
    /// where it may be used, shows it better. A few seconds make no difference.
    #[must_use]
    pub fn showing_until(self, late_ms: i64) -> Self {
        Self { shows_ms: late_ms.clamp(LEAST_LATE_MS, LATE_MS), ..self }
    }

    /// The last instant for a live call.
    fn latest_ms(&self) -> i64 {
        self.due_ms + if self.may_vod { self.shows_ms } else { LATE_MS }
    }

    /// A life that goes on after a restart; `since_ms`: when its state was stored; `why`: the
    /// reason that is stored, of one that is on the way of the VOD. What was under way has
    /// an unknown end; looks whose time has passed are made up for by one.
    #[must_use]
    pub fn resumed(
        due_ms: i64,
        state: State,
        since_ms: i64,
        now_ms: i64,
        why: Option<String>,
    ) -> Self {
        let looks = Looks::resumed(since_ms, now_ms);
        let fallback = why.map(|why| Fallback { why, since_ms, tries: 0 });
        let is_vod = fallback.is_some();
        let state = match state {
            State::Requested { called_ms, .. } | State::Unknown { called_ms, .. } => {
                State::Unknown { called_ms, looks, down: None, is_vod }
            }
            State::Created { clip, called_ms, .. } => State::Created { clip, called_ms, looks },
            State::Vod { .. } => State::Vod { at_ms: now_ms },
            other => other,
        };
        Self { due_ms, state, may_vod: false, shows_ms: LATE_MS, fallback }
    }

    /// Where the clip is.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Why it is made from the VOD, if it is.
    #[must_use]
    pub fn why_vod(&self) -> Option<&str> {
        self.fallback.as_ref().map(|fallback| fallback.why.as_str())
    }

    /// Since when the VOD is looked for.
    #[must_use]
    pub fn vod_since_ms(&self) -> Option<i64> {
        self.fallback.as_ref().map(|fallback| fallback.since_ms)
    }

    /// What to do at `now_ms`.
    #[must_use]
    pub fn action(&self, now_ms: i64) -> Action {
        match &self.state {
            State::Waiting { at_ms, .. } => Action::Wait { until_ms: *at_ms },
            State::Requested { place: None, .. } => Action::Create,
            State::Requested { place: Some(place), .. } => Action::CreateFromVod(place.clone()),
            State::Vod { at_ms } if now_ms < *at_ms => Action::Wait { until_ms: *at_ms },
            State::Vod { .. } => Action::FindVod,
            State::Created { looks, .. } | State::Unknown { looks, .. }
                if now_ms < looks.due_ms() =>
            {
                Action::Wait { until_ms: looks.due_ms() }
            }
            State::Created { clip, .. } => Action::FindById(clip.id.clone()),
            State::Unknown { called_ms, looks, .. } => {
                Action::FindByTime { called_ms: *called_ms, ended_ms: looks.from_ms() }
            }
            _ => Action::Done,
        }
    }

    /// The life after `event`. What makes no sense in a state changes nothing.
    #[must_use]
    pub fn on(mut self, now_ms: i64, event: Event) -> Self {
        let state = self.state.clone();
        self.state = match (state, event) {
            (State::InReview, event) => self.reviewed(now_ms, &event),
            (State::Waiting { .. } | State::Vod { .. }, Event::Rejected) => {
                State::Rejected { reason: "somebody said no before it was made".to_owned() }
            }
            (State::Waiting { at_ms, tries }, event) => self.due((at_ms, tries), now_ms, event),
            (State::Vod { at_ms }, event) => self.placed(at_ms, now_ms, event),
            (State::Requested { called_ms, .. }, Event::Answer(Ok(clip))) => {
                State::Created { clip, called_ms, looks: Looks::starting(now_ms) }
            }
            (State::Requested { called_ms, tries, place: None }, Event::Answer(Err(error))) => {
                self.failed(error, called_ms, now_ms, tries + 1)
            }
            (State::Requested { called_ms, tries, .. }, Event::Answer(Err(error))) => {
                self.vod_failed(error, called_ms, now_ms, tries + 1)
            }
            (State::Requested { place: None, .. }, Event::NoToken(why)) => {
                self.turn_to_vod(now_ms, why)
            }
            (State::Requested { .. }, Event::NoToken(_)) => self.until_log_in(now_ms),
            (State::Requested { tries, .. }, Event::TitleRefused) => {
                self.again(now_ms, now_ms, tries + 1, "Twitch refuses the clip's title")
            }
            (State::Requested { tries, place: None, .. }, Event::NotLiveYet) => {
                let at_ms = now_ms + NOT_LIVE_RETRY_MS;
                self.again(at_ms, now_ms, tries + 1, refusal::NOT_LIVE)
            }
            (State::Requested { tries, .. }, Event::NotSaved) => {
                let at_ms = now_ms + pause_ms(tries + 1);
                self.again(at_ms, now_ms, tries + 1, "the database can't be written")
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
                    None => unconfirmed(clip, called_ms, &event),
                }
            }
            (State::Unknown { looks, down: Some(tries), .. }, Event::NotFound)
                if looks.answered() + 1 >= LOOKS_WHEN_DOWN =>
            {
                self.again(now_ms, now_ms, tries, "Twitch's clip service is down (503)")
            }
            (State::Unknown { called_ms, looks, down, is_vod }, event) => {
                match after_look(looks, now_ms, &event) {
                    Some(looks) => State::Unknown { called_ms, looks, down, is_vod },
                    None if event == Event::NotAsked => missed(
                        "the answer to the clip request was lost, and for a day Twitch could not be asked for the clip, or what it showed could be another's",
                    ),
                    None => self.lost(now_ms, is_vod),
                }
            }
            (state, _) => state,
        };
        self
    }

    /// Somebody decided, or nobody did. A yes that can't be followed yet waits.
    fn reviewed(&mut self, now_ms: i64, event: &Event) -> State {
        match event {
            Event::Accepted if self.may_vod => {
                self.turn_to_vod(now_ms, "it was accepted in review".to_owned())
            }
            Event::Cut if self.may_vod => self.turn_to_vod(now_ms, "it was cut by hand".to_owned()),
            Event::Rejected => State::Rejected { reason: "somebody said no in review".to_owned() },
            Event::Forgotten => missed("nobody decided in review while there could be a VOD"),
            Event::Distrusted => missed(
                "the database was restored or damaged, and the clip may have been made since: ask for it once more",
            ),
            _ => State::InReview,
        }
    }

    /// A waiting clip whose time has come (anything else changes nothing).
    fn due(&mut self, (at_ms, tries): (i64, u32), now_ms: i64, event: Event) -> State {
        match event {
            Event::DueDry(reason) => State::DryRun { reason },
            Event::DueOffline if self.may_vod => self.give_up(now_ms, refusal::WENT_OFFLINE),
            Event::DueOffline => refused(refusal::WENT_OFFLINE),
            Event::DueBroken => self.give_up(
                now_ms,
                "Twitch's clip service has failed for this channel for a while (503)",
            ),
            Event::DueBetter(why) => self.give_up(now_ms, &why),
            // What the account may after the next log-in is not known.
            Event::NoToken(why) => self.turn_to_vod(now_ms, why),
            Event::Due { twitch_ms } if now_ms <= self.latest_ms() => {
                State::Requested { called_ms: twitch_ms, tries, place: None }
            }
            Event::Due { .. } => {
                self.give_up(now_ms, "it was too late for a clip of the live stream")
            }
            _ => State::Waiting { at_ms, tries },
        }
    }

    /// What a Create Clip that gave no clip means: done nothing, refused, or perhaps done.
    fn failed(&mut self, error: HelixError, called_ms: i64, now_ms: i64, tries: u32) -> State {
        match error {
            HelixError::NotSent(words) => {
                let at_ms = now_ms + pause_ms(tries);
                self.again(at_ms, now_ms, tries, &format!("Twitch could not be asked ({words})"))
            }
            HelixError::RateLimited { reset_ms } => {
                self.again(reset_ms.max(now_ms + 1_000), now_ms, tries, refusal::TOO_MANY)
            }
            HelixError::NoToken(words) => {
                let reason = format!("there is no account that may make clips ({words})");
                State::DryRun { reason }
            }
            // The moment was on a stream that has ended since.
            HelixError::NotFound(_) if self.may_vod => self.give_up(now_ms, refusal::NOT_LIVE),
            error => self.unanswered(error, called_ms, now_ms, tries, false),
        }
    }

    /// A refusal is an end; after anything else the clip may exist.
    fn unanswered(
        &self,
        error: HelixError,
        called_ms: i64,
        now_ms: i64,
        tries: u32,
        is_vod: bool,
    ) -> State {
        let looks = Looks::starting(now_ms);
        match (refusal::in_words(&error), error) {
            (Some(reason), _) => refused(&reason),
            (None, HelixError::Unavailable { status: 503, .. }) => {
                State::Unknown { called_ms, looks, down: Some(tries), is_vod }
            }
            (None, _) => State::Unknown { called_ms, looks, down: None, is_vod },
        }
    }

    /// A lost answer whose clip was looked for, and is not there.
    fn lost(&mut self, now_ms: i64, is_vod: bool) -> State {
        let reason = "Twitch gave no usable answer to the clip request, and no clip of that time appeared within five minutes";
        if is_vod { missed(&self.with_why(reason)) } else { self.give_up(now_ms, reason) }
    }

    /// Calls again at `at_ms` if that is in time; otherwise there will be no live clip because of `why`.
    fn again(&mut self, at_ms: i64, now_ms: i64, tries: u32, why: &str) -> State {
        if self.fallback.is_some() {
            return self.vod_again(at_ms, now_ms, why);
        }
        if at_ms <= self.latest_ms() {
            return State::Waiting { at_ms, tries };
        }
        self.give_up(now_ms, why)
    }

    /// No live clip, for certain: it is made from the VOD, or missed.
    fn give_up(&mut self, now_ms: i64, why: &str) -> State {
        if self.may_vod { self.turn_to_vod(now_ms, why.to_owned()) } else { missed(why) }
    }

    /// The way of a promise that was not kept in time while Cliphound was not running.
    #[must_use]
    pub fn if_late(mut self, now_ms: i64) -> Self {
        if matches!(self.state, State::Waiting { .. }) && now_ms > self.latest_ms() {
            self.state = self.give_up(now_ms, "Cliphound was not running when the clip was due");
        }
        self
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

/// Pause before a request is repeated that did nothing.
fn pause_ms(tries: u32) -> i64 {
    RETRY_MS << tries.saturating_sub(1).min(3)
}

/// After the last look.
fn unconfirmed(clip: CreatedClip, called_ms: i64, event: &Event) -> State {
    let reason = match event {
        Event::NotAsked => {
            "for a day Twitch could not be asked whether it is there: its address tells"
        }
        _ => "Twitch did not show the clip within five minutes",
    };
    State::Unconfirmed { clip, called_ms, reason: reason.to_owned() }
}

fn missed(reason: &str) -> State {
    State::Missed { reason: reason.to_owned() }
}

fn refused(reason: &str) -> State {
    State::Refused { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests;
