//! Whether people asked for quiet: a pause until somebody ends it, or a mute for a while.

use serde::{Deserialize, Serialize};

use crate::time::EventTime;

/// Pause and mute of a channel; no moment is triggered meanwhile, learning goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quiet {
    paused: bool,
    until: Option<EventTime>,
}

impl Quiet {
    /// No moments until [`Quiet::resume`].
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// No moments for so many minutes.
    pub fn mute(&mut self, now: EventTime, minutes: u32) {
        self.until = Some(now + i64::from(minutes) * 60_000);
    }

    /// Moments again.
    pub fn resume(&mut self) {
        *self = Self::default();
    }

    /// Whether somebody paused.
    #[must_use]
    pub fn is_paused(self) -> bool {
        self.paused
    }

    /// Minutes that a mute still lasts, rounded up; `None` without one.
    #[must_use]
    pub fn muted_for_m(self, now: EventTime) -> Option<u32> {
        let left = self.until?.ms_since(now);
        (left > 0).then(|| u32::try_from(left.saturating_add(59_999) / 60_000).unwrap_or(u32::MAX))
    }

    /// Whether a stored one can be used.
    #[must_use]
    pub fn is_sound(self) -> bool {
        self.until.is_none_or(|until| until == until.within_bounds())
    }

    /// Whether moments are held back.
    #[must_use]
    pub fn covers(self, now: EventTime) -> bool {
        self.paused || self.until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutes_end_by_themselves_and_pauses_do_not() {
        let at = EventTime::from_secs;
        let mut quiet = Quiet::default();
        quiet.mute(at(0), 10);
        assert!(quiet.covers(at(599)) && !quiet.covers(at(600)));
        assert_eq!((quiet.muted_for_m(at(541)), quiet.muted_for_m(at(600))), (Some(1), None));
        quiet.pause();
        assert!(quiet.covers(at(10_000)));
        quiet.resume();
        assert!(!quiet.covers(at(10_000)));
    }
}
