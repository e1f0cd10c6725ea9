//! What time it is at Twitch, whose clock can jump. Pure.
//!
//! The simulator's own time goes on: the truth, clips and limits are told in it. A jump changes
//! what clients are shown of it, from that instant on.

use std::collections::VecDeque;

/// Jumps that are remembered; the oldest go first.
const MAX_JUMPS: usize = 1_000;

/// Twitch's clock as clients see it.
#[derive(Debug, Default)]
pub(crate) struct TwitchTime {
    /// From which instant on it is how far ahead, ms.
    jumps: VecDeque<(i64, i64)>,
}

impl TwitchTime {
    /// It jumps ahead (or back) now.
    pub fn jump(&mut self, by_ms: i64, now_ms: i64) {
        let ahead_ms = self.jumps.back().map_or(0, |(_, ahead_ms)| *ahead_ms);
        if self.jumps.len() == MAX_JUMPS {
            self.jumps.pop_front();
        }
        self.jumps.push_back((now_ms, ahead_ms + by_ms));
    }

    /// What it showed, or shows, at an instant of the simulator's time.
    pub fn shown(&self, at_ms: i64) -> i64 {
        let before = self.jumps.iter().rev().find(|(from_ms, _)| *from_ms <= at_ms);
        at_ms + before.map_or(0, |(_, ahead_ms)| *ahead_ms)
    }

    /// It goes right again from now on.
    pub fn set_right(&mut self, now_ms: i64) {
        let ahead_ms = self.jumps.back().map_or(0, |(_, ahead_ms)| *ahead_ms);
        if ahead_ms != 0 {
            self.jump(-ahead_ms, now_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stays_as_it_was_shown() {
        let mut time = TwitchTime::default();
        time.jump(30_000, 1_000);
        time.jump(-5_000, 2_000);
        assert_eq!([0, 999, 1_000, 2_000].map(|at| time.shown(at)), [0, 999, 31_000, 27_000]);
        time.set_right(3_000);
        time.set_right(4_000);
        assert_eq!([2_999, 3_000, 9_000].map(|at| time.shown(at)), [27_999, 3_000, 9_000]);
    }
}
