//! A circuit breaker a channel: where Twitch's clip service fails again and again (503), it
//! is left alone for a while, and one call finds out whether it works again. Pure; times in
//! Unix milliseconds on our clock.

use std::collections::BTreeMap;

use cliphound_twitch::helix::{CreatedClip, HelixError};

/// Answers of 503 in a row that open it.
const OPENS_AFTER: u32 = 3;
/// So long it stays open; doubled after each call that failed again, up to the other.
const OPEN_MS: i64 = 300_000;
const MAX_OPEN_MS: i64 = 2_400_000;
/// A call that finds out, and of which nothing is heard, is followed by another after this.
const PROBE_MS: i64 = 60_000;

/// What an answer says of the clip service of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// 503.
    Down,
    /// A clip, or a refusal that it gave itself.
    Works,
    /// No answer of its own.
    Nothing,
}

impl Verdict {
    /// What came of Create Clip. Too many requests and a bad token are answered before the clip
    /// service; a server error other than 503 may be of anything in between, and a clip may have
    /// come of it.
    #[must_use]
    pub fn of(answer: &Result<CreatedClip, HelixError>) -> Self {
        match answer {
            Err(HelixError::Unavailable { status: 503, .. }) => Self::Down,
            Ok(_)
            | Err(HelixError::BadRequest(_) | HelixError::Forbidden(_) | HelixError::NotFound(_)) => {
                Self::Works
            }
            Err(
                HelixError::Unavailable { .. }
                | HelixError::RateLimited { .. }
                | HelixError::Unauthorized(_)
                | HelixError::Unexpected(_)
                | HelixError::NoToken(_)
                | HelixError::NotSent(_)
                | HelixError::AnswerLost(_),
            ) => Self::Nothing,
        }
    }
}

/// What people are told, once each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// No clip is asked for from now on.
    Opened,
    /// Clips are asked for again.
    Closed,
}

/// The breakers of all channels, by broadcaster id; those that are shut have no entry.
#[derive(Debug, Clone, Default)]
pub struct Breakers(BTreeMap<String, Breaker>);

impl Breakers {
    /// Whether a clip of this channel may be asked for. A yes while it is open is for this
    /// one call: its answer must be told to [`Breakers::heard`].
    pub fn may_call(&mut self, channel: &str, now_ms: i64) -> bool {
        self.0.get_mut(channel).is_none_or(|breaker| breaker.may_call(now_ms))
    }

    /// What came of a call.
    pub fn heard(&mut self, channel: &str, now_ms: i64, verdict: Verdict) -> Option<Change> {
        match verdict {
            Verdict::Works => {
                let was_open = self.0.remove(channel).is_some_and(|breaker| breaker.open.is_some());
                was_open.then_some(Change::Closed)
            }
            Verdict::Down => self.0.entry(channel.to_owned()).or_default().is_down(now_ms),
            Verdict::Nothing => {
                if let Some(open) = self.0.get_mut(channel).and_then(|b| b.open.as_mut()) {
                    open.until_ms = now_ms;
                }
                None
            }
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Breaker {
    in_a_row: u32,
    open: Option<Open>,
}

#[derive(Debug, Clone)]
struct Open {
    until_ms: i64,
    pause_ms: i64,
    is_probing: bool,
}

impl Breaker {
    fn may_call(&mut self, now_ms: i64) -> bool {
        match &mut self.open {
            None => true,
            Some(open) if now_ms < open.until_ms => false,
            Some(open) => {
                (open.is_probing, open.until_ms) = (true, now_ms + PROBE_MS);
                true
            }
        }
    }

    fn is_down(&mut self, now_ms: i64) -> Option<Change> {
        self.in_a_row = self.in_a_row.saturating_add(1);
        if let Some(open) = &mut self.open {
            // A call from before it opened is no probe.
            if open.is_probing {
                let pause_ms = (open.pause_ms * 2).min(MAX_OPEN_MS);
                *open = Open { until_ms: now_ms + pause_ms, pause_ms, is_probing: false };
            }
            return None;
        }
        if self.in_a_row < OPENS_AFTER {
            return None;
        }
        self.open = Some(Open { until_ms: now_ms + OPEN_MS, pause_ms: OPEN_MS, is_probing: false });
        Some(Change::Opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Breakers {
        let mut breakers = Breakers::default();
        assert_eq!(breakers.heard("a", 0, Verdict::Down), None);
        assert_eq!(breakers.heard("a", 0, Verdict::Down), None);
        assert!(breakers.may_call("a", 0));
        assert_eq!(breakers.heard("a", 0, Verdict::Down), Some(Change::Opened));
        breakers
    }

    #[test]
    fn it_opens_for_one_channel_and_is_told_once() {
        let mut breakers = opened();
        assert!(!breakers.may_call("a", OPEN_MS - 1));
        assert!(breakers.may_call("b", 0), "another channel");
        assert_eq!(breakers.heard("a", 1, Verdict::Down), None, "an earlier call");
        assert!(breakers.may_call("a", OPEN_MS), "one call finds out");
        assert!(!breakers.may_call("a", OPEN_MS), "and only one");
    }

    #[test]
    fn it_shuts_when_a_call_works() {
        let mut breakers = opened();
        assert!(breakers.may_call("a", OPEN_MS));
        assert_eq!(breakers.heard("a", OPEN_MS, Verdict::Works), Some(Change::Closed));
        assert!(breakers.may_call("a", OPEN_MS));
        assert_eq!(breakers.heard("a", OPEN_MS, Verdict::Works), None);
    }

    #[test]
    fn only_the_clip_services_own_answers_count() {
        let words = String::new;
        let unavailable = |status| HelixError::Unavailable { status, message: words() };
        let of = |error| Verdict::of(&Err(error));
        assert_eq!(of(unavailable(503)), Verdict::Down);
        for error in [HelixError::Forbidden, HelixError::BadRequest, HelixError::NotFound] {
            assert_eq!(of(error(words())), Verdict::Works);
        }
        let clip = CreatedClip { id: words(), edit_url: words() };
        assert_eq!(Verdict::of(&Ok(clip)), Verdict::Works);
        let none = [unavailable(500), unavailable(502), unavailable(504)];
        let limited = HelixError::RateLimited { reset_ms: 0 };
        for error in none.into_iter().chain([limited, HelixError::Unauthorized(words())]) {
            let mut breakers = opened();
            assert!(breakers.may_call("a", OPEN_MS));
            let told = breakers.heard("a", OPEN_MS, of(error.clone()));
            assert_eq!(told, None, "{error} does not shut it");
            let mut counting = Breakers::default();
            for verdict in [Verdict::Down, Verdict::Down, of(error.clone())] {
                assert_eq!(counting.heard("a", 0, verdict), None);
            }
            assert_eq!(counting.heard("a", 0, Verdict::Down), Some(Change::Opened), "{error}");
        }
    }

    #[test]
    fn it_stays_open_for_longer_each_time() {
        let (mut breakers, mut now_ms, mut pauses) = (opened(), 0, Vec::new());
        for _ in 0..5 {
            let from_ms = now_ms;
            while !breakers.may_call("a", now_ms) {
                now_ms += 60_000;
            }
            pauses.push((now_ms - from_ms) / 60_000);
            assert_eq!(breakers.heard("a", now_ms, Verdict::Down), None);
        }
        assert_eq!(pauses, [5, 10, 20, 40, 40]);
    }

    #[test]
    fn a_call_that_was_not_answered_says_nothing() {
        let mut breakers = opened();
        assert!(breakers.may_call("a", OPEN_MS));
        assert_eq!(breakers.heard("a", OPEN_MS, Verdict::Nothing), None);
        assert!(breakers.may_call("a", OPEN_MS), "the next one finds out");
        assert!(breakers.may_call("a", OPEN_MS + PROBE_MS), "that one was never made");
        breakers.heard("c", 0, Verdict::Down);
        breakers.heard("c", 0, Verdict::Works);
        breakers.heard("c", 0, Verdict::Down);
        assert_eq!(breakers.heard("c", 0, Verdict::Down), None, "not in a row");
    }
}
