//! The way of the VOD: what the live stream did not give, made from its recording.

use cliphound_twitch::helix::HelixError;

use super::{Event, Fallback, Life, missed, refused};
use crate::clips::{looks::GIVE_UP_MS, refusal, state::State};

/// Pause before the VOD is looked for again; doubled each time, up to ten minutes.
const RETRY_MS: i64 = 30_000;
pub(super) const MAX_RETRY_MS: i64 = 600_000;
/// So long it is waited for a VOD of which Twitch shows nothing: the streamer keeps none.
pub(super) const NO_VOD_MS: i64 = 1_800_000;

impl Life {
    pub(super) fn turn_to_vod(&mut self, now_ms: i64, why: String) -> State {
        self.fallback = Some(Fallback { why, since_ms: now_ms, tries: 0 });
        State::Vod { at_ms: now_ms }
    }

    /// What a look for the VOD showed.
    pub(super) fn placed(&mut self, at_ms: i64, now_ms: i64, event: Event) -> State {
        let waited_ms = now_ms - self.vod_since_ms().unwrap_or(now_ms);
        match event {
            Event::Placed { place, twitch_ms } => {
                State::Requested { called_ms: twitch_ms, tries: 0, place: Some(place) }
            }
            Event::DueDry(reason) => State::DryRun { reason },
            Event::NoToken(_) => self.until_log_in(now_ms),
            Event::VodGone => missed(&self.with_why("there is no VOD of that time")),
            Event::NoVodYet if waited_ms > NO_VOD_MS => {
                missed(&self.with_why("Twitch has shown no VOD of that time for half an hour"))
            }
            Event::NoVodYet | Event::VodTooShort | Event::NotAsked => {
                self.vod_again(now_ms, now_ms, "for a day the VOD could not be used")
            }
            _ => State::Vod { at_ms },
        }
    }

    /// What a Create Clip From VOD that gave no clip means.
    pub(super) fn vod_failed(
        &mut self,
        error: HelixError,
        called_ms: i64,
        now_ms: i64,
        tries: u32,
    ) -> State {
        match error {
            HelixError::NotSent(words) => {
                self.vod_again(now_ms, now_ms, &format!("Twitch could not be asked ({words})"))
            }
            HelixError::RateLimited { reset_ms } => {
                self.vod_again(reset_ms, now_ms, refusal::TOO_MANY)
            }
            HelixError::NoToken(words) => refused(&self.with_why(&words)),
            HelixError::Forbidden(words) => refused(&self.with_why(&format!(
                "Twitch lets only editors of the channel make clips from its VODs ({words})"
            ))),
            HelixError::NotFound(words) => {
                let waited_ms = now_ms - self.vod_since_ms().unwrap_or(now_ms);
                let why = format!("Twitch does not find the VOD ({words})");
                if waited_ms > NO_VOD_MS {
                    return refused(&self.with_why(&why));
                }
                self.vod_again(now_ms, now_ms, &why)
            }
            error => match self.unanswered(error, called_ms, now_ms, tries, true) {
                State::Refused { reason } => refused(&self.with_why(&reason)),
                state => state,
            },
        }
    }

    /// Looks for the VOD again, not before `at_ms`, for up to a day.
    pub(super) fn vod_again(&mut self, at_ms: i64, now_ms: i64, why: &str) -> State {
        let Some(fallback) = &mut self.fallback else { return missed(why) };
        let pause_ms = (RETRY_MS << fallback.tries.min(10)).min(MAX_RETRY_MS);
        fallback.tries = fallback.tries.saturating_add(1);
        if now_ms > fallback.since_ms + GIVE_UP_MS {
            return missed(&self.with_why(why));
        }
        State::Vod { at_ms: at_ms.max(now_ms + pause_ms) }
    }

    /// Waits for somebody to log in, for up to a day. Nobody is asked for that, so the pauses
    /// need not grow.
    pub(super) fn until_log_in(&self, now_ms: i64) -> State {
        if now_ms > self.vod_since_ms().unwrap_or(now_ms) + GIVE_UP_MS {
            return missed(&self.with_why("nobody logged in again for a day"));
        }
        State::Vod { at_ms: now_ms + RETRY_MS }
    }

    /// Why there was no live clip, and why there is none from the VOD.
    pub(super) fn with_why(&self, reason: &str) -> String {
        match self.why_vod() {
            Some(why) => format!("{why}; from the VOD it can't be made: {reason}"),
            None => reason.to_owned(),
        }
    }
}
