//! The machine's clock beside ours, which does not follow when it is set: what is stored has to go by
//! the former, or it stands at the wrong time for as long as Cliphound runs. Pure.
//!
//! Many small machines have no clock that runs without power: after a power cut they start with the
//! time of the last shutdown, and the network tells them the right one some seconds later. Not every
//! clock that is set was wrong: of a virtual machine that stood still for an hour what it knew before
//! has its right time. Chat tells them apart, as it has Twitch's time.

/// The clock was set by more than this, in milliseconds; less is what every clock wanders.
const STEP_MS: i64 = 10_000;
/// For so long it is waited for a clock to be set that stands before what an earlier run has seen.
const PATIENCE_MS: i64 = 600_000;

/// What is believed of the machine's clock.
#[derive(Debug)]
pub struct Wall {
    /// When this run began, on our clock.
    start_ms: i64,
    /// How far the machine's clock is ahead of ours.
    set_ms: i64,
    /// The last sign of life of an earlier run: time has gone on since.
    last_ms: Option<i64>,
    /// How far Twitch's clock is ahead of ours, as chat told last.
    twitch_ms: Option<i64>,
}

impl Wall {
    /// A run that begins at `start_ms`, after one whose last sign of life was at `last_ms`.
    pub const fn new(start_ms: i64, last_ms: Option<i64>) -> Self {
        Self { start_ms, set_ms: 0, last_ms, twitch_ms: None }
    }

    /// How far the machine's clock is ahead of ours, as far as it is believed.
    pub const fn set_ms(&self) -> i64 {
        self.set_ms
    }

    /// Whether what is known may be stored: this run began after the one before ended. Else the clock
    /// stands wrong, and what that run has stored would be overwritten.
    pub fn is_credible(&self) -> bool {
        self.is_after(self.set_ms)
    }

    /// Looks at the machine's clock, which is `by_ms` ahead of ours, and Twitch's, which is `twitch_ms`
    /// ahead where that is known; true if the former was set, and ours was wrong all along, or if that
    /// is not waited for any more.
    pub fn look(&mut self, now_ms: i64, by_ms: i64, twitch_ms: Option<i64>) -> bool {
        self.twitch_ms = twitch_ms.or(self.twitch_ms);
        let was_credible = self.is_credible();
        if !was_credible && now_ms - self.start_ms > PATIENCE_MS {
            // Then that run had the wrong clock.
            self.last_ms = None;
        }
        let agrees = self.twitch_ms.is_none_or(|twitch_ms| (by_ms - twitch_ms).abs() <= STEP_MS);
        let was_set = (by_ms - self.set_ms).abs() > STEP_MS && agrees && self.is_after(by_ms);
        if was_set {
            self.set_ms = by_ms;
        }
        was_set || was_credible != self.is_credible()
    }

    /// How long before the last sign of life of an earlier run the clock stood at the start, if it did.
    pub fn behind_ms(&self) -> Option<i64> {
        let last_ms = self.last_ms.filter(|_| !self.is_credible())?;
        Some(last_ms - self.start_ms)
    }

    fn is_after(&self, set_ms: i64) -> bool {
        self.last_ms.is_none_or(|last_ms| self.start_ms.saturating_add(set_ms) >= last_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn a_clock_that_is_set_is_followed_and_one_that_wanders_is_not() {
        let mut wall = Wall::new(0, Some(-5));
        for (by_ms, was_set, set_ms) in [
            (0, false, 0),
            (9_000, false, 0),
            (HOUR_MS, true, HOUR_MS),
            (HOUR_MS + 9_000, false, HOUR_MS),
            (0, true, 0),
            // Before an earlier run: whoever set that is wrong.
            (-HOUR_MS, false, 0),
        ] {
            let looked = wall.look(1_000, by_ms, None);
            assert_eq!((looked, wall.set_ms()), (was_set, set_ms), "{by_ms}");
        }
    }

    #[test]
    fn twitch_knows_whether_our_clock_was_wrong() {
        for (twitch_ms, was_wrong) in [(HOUR_MS - 900, true), (-80, false)] {
            let mut wall = Wall::new(0, None);
            assert!(!wall.look(1_000, 0, Some(twitch_ms)));
            assert_eq!(wall.look(2_000, HOUR_MS, None), was_wrong, "{twitch_ms}");
            assert_eq!(wall.set_ms(), if was_wrong { HOUR_MS } else { 0 });
        }
    }

    #[test]
    fn a_clock_before_the_last_run_is_waited_for_and_not_for_ever() {
        let mut wall = Wall::new(0, Some(2 * HOUR_MS));
        assert!(!wall.is_credible() && !wall.look(1_000, HOUR_MS, None) && !wall.is_credible());
        assert!(wall.look(2_000, 3 * HOUR_MS, None) && wall.is_credible());

        let mut wall = Wall::new(0, Some(2 * HOUR_MS));
        assert!(!wall.look(PATIENCE_MS, 0, None) && !wall.is_credible());
        assert!(wall.look(PATIENCE_MS + 1, 0, None) && wall.is_credible());
        assert_eq!(wall.set_ms(), 0);
    }
}
