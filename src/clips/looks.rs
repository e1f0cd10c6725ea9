//! When Get Clips is asked for a clip: by a schedule, and with growing pauses while it
//! can't be asked. All times are Unix milliseconds on our own clock.

/// When Get Clips is asked after an answer (or after the end of a call without one).
pub const LOOKS_MS: [i64; 8] = [2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000];
/// Pause after a look that could not be made; doubled each time, up to five minutes.
const PAUSE_MS: i64 = 2_000;
const MAX_PAUSE_MS: i64 = 300_000;
/// So long it is tried to look at all: network and accounts come back within a day.
pub const GIVE_UP_MS: i64 = 24 * 3_600_000;

/// How the looks for one clip have gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looks {
    from_ms: i64,
    next: usize,
    answered: u32,
    failed: u32,
    not_before_ms: i64,
}

impl Looks {
    /// No look yet; the schedule begins at `from_ms`.
    #[must_use]
    pub fn starting(from_ms: i64) -> Self {
        Self { from_ms, ..Self::default() }
    }

    /// After a restart: looks whose time has passed are made up for by one.
    #[must_use]
    pub fn resumed(from_ms: i64, now_ms: i64) -> Self {
        let looks = Self::starting(from_ms);
        Self { next: looks.passed(now_ms).min(LOOKS_MS.len() - 1), ..looks }
    }

    /// When the schedule began: the call had ended.
    #[must_use]
    pub fn from_ms(&self) -> i64 {
        self.from_ms
    }

    /// When to look.
    #[must_use]
    pub fn due_ms(&self) -> i64 {
        let planned = self.from_ms + LOOKS_MS[self.next.min(LOOKS_MS.len() - 1)];
        planned.max(self.not_before_ms)
    }

    /// Looks that were answered.
    #[must_use]
    pub fn answered(&self) -> u32 {
        self.answered
    }

    /// After a look that showed nothing; `None` when it was the last.
    #[must_use]
    pub fn nothing_seen(self, now_ms: i64) -> Option<Self> {
        let next = (self.next + 1).max(self.passed(now_ms));
        let answered = self.answered.saturating_add(1);
        (next < LOOKS_MS.len()).then_some(Self { next, answered, failed: 0, ..self })
    }

    /// After a look that could not be made; `None` when that went on for too long.
    #[must_use]
    pub fn not_made(self, now_ms: i64) -> Option<Self> {
        let pause_ms = (PAUSE_MS << self.failed.min(10)).min(MAX_PAUSE_MS);
        let failed = self.failed.saturating_add(1);
        let looks = Self { failed, not_before_ms: now_ms + pause_ms, ..self };
        (now_ms < self.from_ms + GIVE_UP_MS).then_some(looks)
    }

    fn passed(&self, now_ms: i64) -> usize {
        LOOKS_MS.iter().filter(|after| self.from_ms + **after < now_ms).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_looked_for_by_the_schedule() {
        let (mut looks, mut at) = (Some(Looks::starting(1_000)), Vec::new());
        while let Some(now) = looks {
            at.push(now.due_ms() - 1_000);
            looks = now.nothing_seen(now.due_ms());
        }
        assert_eq!(at, LOOKS_MS);
    }

    #[test]
    fn a_look_that_could_not_be_made_uses_up_none_for_a_day() {
        let (mut looks, mut last_ms, mut pauses) = (Looks::starting(0), 0, Vec::new());
        while let Some(next) = looks.not_made(looks.due_ms()) {
            assert_eq!((next.answered(), next.next), (0, 0));
            pauses.push(next.due_ms() - looks.due_ms());
            (looks, last_ms) = (next, next.due_ms());
        }
        assert_eq!(pauses[..3], [2_000, 4_000, 8_000]);
        assert_eq!(pauses.iter().max(), Some(&MAX_PAUSE_MS));
        assert!((GIVE_UP_MS..GIVE_UP_MS + MAX_PAUSE_MS).contains(&last_ms), "{last_ms}");
    }

    #[test]
    fn what_was_slept_through_is_made_up_for_by_one_look() {
        assert_eq!(Looks::starting(0).nothing_seen(11_000).map(|l| l.due_ms()), Some(15_000));
        assert_eq!(Looks::starting(0).nothing_seen(301_000), None);
        let late = Looks::resumed(0, 9_000_000);
        assert_eq!((late.due_ms(), late.nothing_seen(9_000_000)), (300_000, None));
        assert_eq!(Looks::resumed(0, 6_000).due_ms(), 10_000);
    }
}
