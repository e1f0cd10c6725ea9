//! What follows from the verdicts: how often the threshold may be reached, and how much each kind
//! of moment counts.
//!
//! Shares with a strong prior (Beta-Bernoulli), one below the other: what is usual everywhere,
//! the channel, its kinds of moments. Few verdicts change next to nothing, many are bounded.

use super::{kind::Kind, verdicts::Verdicts};

/// Share of the moments that is usually kept: of those found on labelled streams, so many are
/// right (0.57).
const USUALLY_KEPT: f32 = 0.57;
/// It counts as so many verdicts: an evening's at the default budget of eight an hour is two or
/// three times as many.
const USUAL_WEIGHT: f32 = 10.0;
/// What the channel keeps counts as so many verdicts of each kind. With 10, four verdicts moved
/// single streams for the worse; with 20 they move nothing, and forty do.
const CHANNEL_WEIGHT: f32 = 20.0;
/// Nothing changes while this share is kept. Below, the threshold aims at as much less.
const ENOUGH_KEPT: f32 = 0.5;
/// The threshold aims at this share of the budget at least, so that no channel falls silent:
/// half as many moments are what a third of a nat more lets through.
pub const LEAST_AIM: f32 = 0.5;
/// What e times better odds of being kept add to the nats of a kind, as a share.
const SHARE_A_LOGIT: f32 = 0.25;
/// No kind counts more or less than this share: its strongest moments are found all the same.
pub const MOST_WEIGHT: f32 = 0.25;

/// What the verdicts change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lesson {
    /// The share of the budget that the threshold aims at, 0.5 to 1.
    pub aim: f32,
    /// Added to 1, what the nats of a window of each kind are multiplied with.
    weights: [f32; Kind::ALL.len()],
}

impl Lesson {
    /// Works out what follows from `verdicts`.
    #[must_use]
    pub fn of(verdicts: &Verdicts) -> Self {
        let channel = verdicts.counts().share_kept(USUALLY_KEPT, USUAL_WEIGHT);
        let weights = Kind::ALL.map(|kind| {
            let counts = verdicts.counts_of(kind);
            if counts.all() == 0 {
                return 0.0;
            }
            let share = counts.share_kept(channel, CHANNEL_WEIGHT);
            let better = logit(share) - logit(channel);
            (SHARE_A_LOGIT * better).clamp(-MOST_WEIGHT, MOST_WEIGHT)
        });
        Self { aim: (channel / ENOUGH_KEPT).clamp(LEAST_AIM, 1.0), weights }
    }

    /// Whether any kind counts more or less than the others.
    #[must_use]
    pub fn weighs(&self) -> bool {
        self.weights.iter().any(|weight| *weight != 0.0)
    }

    /// What is added to 1 for a window of this kind.
    #[must_use]
    pub fn weight(&self, kind: Kind) -> f32 {
        self.weights[kind as usize]
    }
}

/// ln(p / (1 - p)); a share with a prior is never 0 nor 1.
fn logit(share: f32) -> f32 {
    libm::logf(share / (1.0 - share))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::verdicts::tests::{after, verdict},
        *,
    };
    use crate::input::Verdict;

    /// What follows from so many kept and rejected moments of one kind, and others of laughter.
    fn lesson(of_emotes: (i64, i64), others: (i64, i64)) -> Lesson {
        let mut verdicts = after(of_emotes.0, of_emotes.1, Kind::Emote);
        for at in 0..others.0 + others.1 {
            let told = if at < others.0 { Verdict::Kept } else { Verdict::Rejected };
            verdicts.take(&verdict(1_000 + at, Kind::Laughter, Some(told)));
        }
        Lesson::of(&verdicts)
    }

    #[test]
    fn who_says_nothing_changes_nothing() {
        let lesson = Lesson::of(&Verdicts::default());
        assert_eq!(lesson.aim, 1.0);
        assert!(!lesson.weighs());
    }

    #[test]
    fn the_bar_rises_where_much_is_rejected_and_never_to_silence() {
        for (kept, rejected, expected) in
            [(0, 1, 1.0), (5, 5, 1.0), (30, 0, 1.0), (2, 10, 0.7), (0, 8, 0.633), (0, 200, 0.5)]
        {
            let aim = lesson((kept, rejected), (0, 0)).aim;
            assert!((aim - expected).abs() < 0.001, "{kept} of {}: {aim}", kept + rejected);
        }
    }

    #[test]
    fn a_kind_that_is_seldom_kept_counts_less_and_the_others_a_little_more() {
        let few = lesson((0, 3), (3, 0));
        assert!((-0.08..-0.06).contains(&few.weight(Kind::Emote)), "{few:?}");
        let many = lesson((2, 40), (40, 2));
        assert_eq!(many.weight(Kind::Emote), -MOST_WEIGHT);
        assert!(many.weight(Kind::Laughter) > 0.15, "{many:?}");
        assert_eq!(many.weight(Kind::Repetition), 0.0, "nobody said anything of these");
    }

    #[test]
    fn where_all_kinds_fare_alike_none_counts_more() {
        let alike = lesson((50, 50), (50, 50));
        assert!(Kind::ALL.iter().all(|kind| alike.weight(*kind).abs() < 0.02), "{alike:?}");
    }

    proptest! {
        #[test]
        fn everything_is_bounded(kept in 0_i64..300, rejected in 0_i64..300, others in 0_i64..90) {
            let lesson = lesson((kept, rejected), (others, others / 3));
            prop_assert!((LEAST_AIM..=1.0).contains(&lesson.aim));
            for kind in Kind::ALL {
                prop_assert!(lesson.weight(kind).abs() <= MOST_WEIGHT);
            }
        }
    }
}
