//! Two runs over the same chat, moment by moment: what one found and the other did not. Pure.

use std::{collections::BTreeSet, ops::AddAssign};

use cliphound_engine::{EventTime, Moment};

use super::report::thousandths;

/// Two triggers at most this far apart are about the same thing: shorter than the
/// shortest usual cooldown, longer than a burst takes to be noticed by either.
pub const SAME_MS: i64 = 30_000;

/// A trigger that differs by more than this has moved.
pub const MOVED_MS: i64 = 2_000;

/// What became of a moment between run A and run B.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change<'a> {
    /// Only A found it.
    Lost(&'a Moment),
    /// Only B found it.
    Gained(&'a Moment),
    /// Both did, but their triggers are more than [`MOVED_MS`] apart.
    Moved(&'a Moment, &'a Moment),
    /// Both did, at about the same time.
    Kept(&'a Moment, &'a Moment),
}

impl<'a> Change<'a> {
    fn of_both(a: &'a Moment, b: &'a Moment) -> Self {
        let apart = b.trigger.ms_since(a.trigger).abs();
        if apart > MOVED_MS { Self::Moved(a, b) } else { Self::Kept(a, b) }
    }

    /// The moment as A found it.
    #[must_use]
    pub fn a(self) -> Option<&'a Moment> {
        match self {
            Self::Lost(a) | Self::Moved(a, _) | Self::Kept(a, _) => Some(a),
            Self::Gained(_) => None,
        }
    }

    /// The moment as B found it.
    #[must_use]
    pub fn b(self) -> Option<&'a Moment> {
        match self {
            Self::Gained(b) | Self::Moved(_, b) | Self::Kept(_, b) => Some(b),
            Self::Lost(_) => None,
        }
    }

    /// The earliest trigger.
    #[must_use]
    pub fn time(self) -> EventTime {
        match self {
            Self::Lost(only) | Self::Gained(only) => only.trigger,
            Self::Moved(a, b) | Self::Kept(a, b) => a.trigger.min(b.trigger),
        }
    }

    /// Whether it was kept with the same cause and the same score, to three decimals.
    #[must_use]
    pub fn is_none(self) -> bool {
        let score = |moment: &Moment| thousandths(moment.score.into()).to_bits();
        matches!(self, Self::Kept(a, b) if score(a) == score(b) && a.cause == b.cause)
    }
}

/// What became of each moment, by time. Moments of A and B are matched one to one, the
/// nearest first, within [`SAME_MS`]; among equals the earlier ones.
#[must_use]
pub fn compare<'a>(a: &'a [Moment], b: &'a [Moment]) -> Vec<Change<'a>> {
    let (mut matched_a, mut matched_b) = (BTreeSet::new(), BTreeSet::new());
    let mut changes = Vec::with_capacity(a.len().max(b.len()));
    for Pair { a: (in_a, from), b: (in_b, to), .. } in near_pairs(a, b) {
        if !matched_a.contains(&in_a) && !matched_b.contains(&in_b) {
            matched_a.insert(in_a);
            matched_b.insert(in_b);
            changes.push(Change::of_both(from, to));
        }
    }
    changes.extend(others(a, &matched_a).map(Change::Lost));
    changes.extend(others(b, &matched_b).map(Change::Gained));
    // At the same instant a loss stands before a gain: sorting keeps that order.
    changes.sort_by_key(|change| change.time());
    changes
}

struct Pair<'a> {
    apart_ms: i64,
    a: (usize, &'a Moment),
    b: (usize, &'a Moment),
}

/// Every pair within reach, the nearest first.
fn near_pairs<'a>(a: &'a [Moment], b: &'a [Moment]) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    for a in a.iter().enumerate() {
        for b in b.iter().enumerate() {
            let apart_ms = b.1.trigger.ms_since(a.1.trigger).abs();
            if apart_ms <= SAME_MS {
                pairs.push(Pair { apart_ms, a, b });
            }
        }
    }
    pairs.sort_by_key(|Pair { apart_ms, a, b }| (*apart_ms, a.1.trigger, b.1.trigger, a.0, b.0));
    pairs
}

fn others<'a>(
    moments: &'a [Moment],
    matched: &BTreeSet<usize>,
) -> impl Iterator<Item = &'a Moment> {
    let left = moments.iter().enumerate().filter(|(place, _)| !matched.contains(place));
    left.map(|(_, moment)| moment)
}

/// How many moments changed how, over a time of chat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// In both, whatever changed about them.
    pub kept: usize,
    /// Of those, the ones that moved.
    pub moved: usize,
    /// Of those kept, the ones that did not move, but have another score or cause.
    pub altered: usize,
    /// In A only.
    pub lost: usize,
    /// In B only.
    pub gained: usize,
    /// Length of the chat in milliseconds.
    pub length_ms: i64,
}

impl Sum {
    /// The sum of `changes` in `length_ms` of chat.
    #[must_use]
    pub fn of(changes: &[Change<'_>], length_ms: i64) -> Self {
        let count =
            |is: fn(&Change<'_>) -> bool| changes.iter().filter(|change| is(change)).count();
        let (lost, gained) = (
            count(|change| matches!(change, Change::Lost(_))),
            count(|change| matches!(change, Change::Gained(_))),
        );
        Self {
            kept: changes.len() - lost - gained,
            moved: count(|change| matches!(change, Change::Moved(..))),
            altered: count(|change| matches!(change, Change::Kept(..)) && !change.is_none()),
            lost,
            gained,
            length_ms: length_ms.max(0),
        }
    }

    /// Moments of A and of B.
    #[must_use]
    pub fn moments(&self) -> [usize; 2] {
        [self.kept + self.lost, self.kept + self.gained]
    }

    /// `moments` as a rate an hour; `None` without chat.
    #[must_use]
    pub fn an_hour(&self, moments: usize) -> Option<f64> {
        let hours = self.length_ms as f64 / 3_600_000.0;
        (hours > 0.0).then(|| moments as f64 / hours)
    }
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.kept += other.kept;
        self.moved += other.moved;
        self.altered += other.altered;
        self.lost += other.lost;
        self.gained += other.gained;
        self.length_ms = self.length_ms.saturating_add(other.length_ms);
    }
}

#[cfg(test)]
mod tests {
    use cliphound_engine::Cause;
    use proptest::prelude::*;

    use super::*;
    use crate::replay::runner::tests::moment;

    fn at(seconds: &[f64]) -> Vec<Moment> {
        seconds.iter().map(|s| moment(EventTime((s * 1000.0) as i64), 0.5)).collect()
    }

    fn signs(changes: &[Change<'_>]) -> String {
        let word = |change: &Change<'_>| {
            let second = |moment: &Moment| moment.trigger.0 as f64 / 1000.0;
            match change {
                Change::Lost(a) => format!("-{}", second(a)),
                Change::Gained(b) => format!("+{}", second(b)),
                Change::Moved(a, b) => format!("~{}>{}", second(a), second(b)),
                Change::Kept(a, b) => format!("={}>{}", second(a), second(b)),
            }
        };
        changes.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn moments_are_matched_by_their_triggers() {
        let check = |a: &[f64], b: &[f64], expected: &str| {
            assert_eq!(signs(&compare(&at(a), &at(b))), expected, "{a:?} {b:?}");
        };
        check(&[], &[], "");
        check(&[100.0], &[], "-100");
        check(&[], &[100.0], "+100");
        check(&[100.0], &[102.0], "=100>102");
        check(&[100.0], &[102.001], "~100>102.001");
        check(&[100.0], &[130.0], "~100>130");
        check(&[100.0], &[130.001], "-100 +130.001");
        // The nearest first, though the first of A comes away empty.
        check(&[100.0, 120.0], &[121.0], "-100 =120>121");
        check(&[100.0, 120.0], &[110.0], "~100>110 -120");
        check(&[100.0], &[99.0, 101.0], "=100>99 +101");
        // Peaks come best first; told is by time.
        check(&[500.0, 100.0], &[100.0, 300.0, 500.0], "=100>100 +300 =500>500");
        check(&[100.0], &[131.0, 70.0], "~100>70 +131");
        check(&[200.0, 200.0], &[200.0], "=200>200 -200");
    }

    #[test]
    fn another_score_or_cause_is_a_change() {
        let a = moment(EventTime(0), 0.5);
        let check = |b: Moment, same: bool| assert_eq!(Change::of_both(&a, &b).is_none(), same);
        check(a.clone(), true);
        check(Moment { threshold: 0.1, ..a.clone() }, true);
        check(Moment { score: 0.5004, ..a.clone() }, true);
        check(Moment { score: 0.501, ..a.clone() }, false);
        check(Moment { cause: Cause::Emote("KEKW".into()), ..a.clone() }, false);
        check(Moment { trigger: EventTime(2001), ..a.clone() }, false);
    }

    #[test]
    fn sums_add_up() {
        let (mut a, b) =
            (at(&[100.0, 200.0, 300.0, 400.0]), at(&[100.0, 210.0, 300.0, 500.0, 600.0]));
        a[2].score = 0.6;
        let mut sum = Sum::of(&compare(&a, &b), 1_800_000);
        let expected =
            Sum { kept: 3, moved: 1, altered: 1, lost: 1, gained: 2, length_ms: 1_800_000 };
        assert_eq!((sum, sum.moments(), sum.an_hour(4)), (expected, [4, 5], Some(8.0)));
        sum += expected;
        assert_eq!((sum.kept, sum.moments(), sum.an_hour(8)), (6, [8, 10], Some(8.0)));
        assert_eq!(Sum::of(&[], -5).an_hour(3), None);
    }

    fn moments() -> impl Strategy<Value = Vec<Moment>> {
        let one = (0_i64..400, 0_u8..10)
            .prop_map(|(s, score)| moment(EventTime(s * 500), f32::from(score) / 10.0));
        proptest::collection::vec(one, 0..30)
    }

    fn sorted<'a>(moments: impl Iterator<Item = &'a Moment>) -> Vec<(EventTime, u32)> {
        let mut keys: Vec<_> = moments.map(|m| (m.trigger, m.score.to_bits())).collect();
        keys.sort_unstable();
        keys
    }

    proptest! {
        #[test]
        fn each_moment_appears_exactly_once(a in moments(), b in moments()) {
            let changes = compare(&a, &b);
            prop_assert_eq!(sorted(changes.iter().filter_map(|c| c.a())), sorted(a.iter()));
            prop_assert_eq!(sorted(changes.iter().filter_map(|c| c.b())), sorted(b.iter()));
            prop_assert!(changes.is_sorted_by_key(|change| change.time()));
            prop_assert_eq!(Sum::of(&changes, 0).moments(), [a.len(), b.len()]);
        }

        #[test]
        fn what_is_left_over_has_no_partner(a in moments(), b in moments()) {
            let changes = compare(&a, &b);
            let lost = changes.iter().filter(|change| change.b().is_none());
            for lost in lost {
                let gained = changes.iter().filter(|change| change.a().is_none());
                for gained in gained {
                    prop_assert!(gained.time().ms_since(lost.time()).abs() > SAME_MS);
                }
            }
        }

        #[test]
        fn a_run_is_like_itself(a in moments()) {
            let changes = compare(&a, &a);
            prop_assert!(changes.iter().all(|change| change.is_none()));
            prop_assert_eq!(changes.len(), a.len());
        }
    }
}
