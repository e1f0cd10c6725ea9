//! The forest's vote on a window: 0 for a usual one, 1 for one as rare as the rarest tenth learned.

use super::{Forest, Shape, random::Random};

/// 25 trees on 128 windows each: half the windows a tree vote less sharply, more trees hardly
/// sharper. Cuts over two features at a time: the published middle way.
const SHAPE: Shape = Shape { trees: 25, sample: 128, extension: 1 };
/// Made-up windows beside the learned ones: all that is known in a channel's first minutes,
/// and a ninth of a full reservoir.
const INVENTED: usize = 64;
/// Training windows that the vote is calibrated on: scoring them is much of a training's cost.
const CALIBRATED_ON: usize = 128;
/// The vote of a window far outside of what was learned.
const MOST: f32 = 5.0;

/// A trained forest, calibrated on what it learned.
#[derive(Debug, Clone)]
pub struct Voter<const D: usize> {
    forest: Forest<D>,
    /// Score of a window with nothing unusual in it, as most are.
    usual: f32,
    /// Median score of the training windows.
    middle: f32,
    /// 90th percentile of the training windows' scores.
    rare: f32,
}

impl<const D: usize> Voter<D> {
    /// Trains on a reservoir's windows, none at first, beside invented ones: of each feature the
    /// positive half of a standard normal, 0 in half of them. `None` when a window is not finite.
    #[must_use]
    pub fn train(learned: &[[f32; D]], seed: u64) -> Option<Self> {
        let mut random = Random::new(seed);
        let mut points = learned.to_vec();
        points.extend((0..INVENTED).map(|_| {
            let point: [f32; D] = std::array::from_fn(|_| random.gaussian().max(0.0));
            point
        }));
        let forest = Forest::train(&points, SHAPE, seed)?;
        let usual = forest.score(&[0.0; D]);
        let mut voter = Self { forest, usual, middle: 0.0, rare: 0.0 };
        let every = points.len().div_ceil(CALIBRATED_ON);
        let mut scores: Vec<f32> = points.iter().step_by(every).map(|p| voter.score(p)).collect();
        scores.sort_unstable_by(f32::total_cmp);
        voter.middle = scores[scores.len() / 2];
        voter.rare = scores[scores.len() * 9 / 10];
        Some(voter)
    }

    /// The vote, 0 to 5: 0 at the median of what was learned and below, 1 at their 90th percentile.
    #[must_use]
    pub fn vote(&self, point: &[f32; D]) -> f32 {
        let spread = (self.rare - self.middle).max(0.02);
        ((self.score(point) - self.middle) / spread).clamp(0.0, MOST)
    }

    fn score(&self, point: &[f32; D]) -> f32 {
        if *point == [0.0; D] { self.usual } else { self.forest.score(point) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_windows_get_no_vote_and_rare_ones_do() {
        let points: Vec<[f32; 2]> =
            (0..400).map(|i| [(i % 19) as f32 / 19.0, (i % 7) as f32 / 7.0]).collect();
        let voter = Voter::train(&points, 3).expect("finite windows");
        assert!(voter.vote(&[0.5, 0.5]) < 0.7, "{}", voter.vote(&[0.5, 0.5]));
        assert!(voter.vote(&[5.0, 5.0]) > 1.5, "{}", voter.vote(&[5.0, 5.0]));
    }

    #[test]
    fn it_votes_before_it_has_learned() {
        let voter = Voter::<2>::train(&[], 3).expect("invented windows");
        assert!(voter.vote(&[0.0, 0.0]) < 0.7, "{}", voter.vote(&[0.0, 0.0]));
        assert!(voter.vote(&[5.0, 0.0]) > 1.0, "{}", voter.vote(&[5.0, 0.0]));
        assert!(Voter::train(&[[f32::NAN]], 3).is_none());
    }
}
