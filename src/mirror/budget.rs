//! Whether the budget had room for a moment, as the engine's trigger keeps it. Pure.

use cliphound_engine::score::trigger::{at_start, bucket};

/// Whether a clip may be spent at `at_ms`, of a stream that began at `start_ms` and of the
/// moments `paid` (their triggers, by time). What was left from the stream before is not known:
/// as little as a new channel has counts.
pub(super) fn has_room(budget_per_hour: f32, start_ms: i64, paid: &[i64], at_ms: i64) -> bool {
    let earned =
        |from_ms: i64, to_ms: i64| budget_per_hour * (to_ms - from_ms).max(0) as f32 / 3_600_000.0;
    let size = bucket(budget_per_hour);
    let (mut left, mut since_ms) = (at_start(budget_per_hour), start_ms);
    for paid_ms in paid.iter().copied().filter(|paid_ms| *paid_ms < at_ms) {
        // More than was thought to be there was.
        left = ((left + earned(since_ms, paid_ms)).min(size) - 1.0).max(0.0);
        since_ms = paid_ms;
    }
    (left + earned(since_ms, at_ms)).min(size) >= 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn a_burst_of_moments_spends_it_and_time_fills_it() {
        let paid = [5 * MINUTE, 10 * MINUTE, 15 * MINUTE];
        let room = |budget, at_min: i64| has_room(budget, 0, &paid, at_min * MINUTE);
        assert!(room(4.0, 4) && room(4.0, 9));
        assert!(!room(4.0, 16) && !room(4.0, 20) && room(4.0, 40));
        assert!(room(12.0, 20));
    }

    #[test]
    fn what_is_not_spent_has_an_end() {
        let day = 24 * 60 * MINUTE;
        let paid: Vec<i64> = (0..3).map(|nth| day + nth * 1_000).collect();
        assert!(has_room(4.0, 0, &paid[..2], day + 5_000));
        assert!(!has_room(4.0, 0, &paid, day + 5_000), "three at once");
    }
}
