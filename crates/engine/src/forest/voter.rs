//! The forest's vote on a window: 0 for a usual one, 1 for one as rare as the rarest learned.

use super::{Forest, Shape};

/// 64 trees on 128 windows each take 0.7 MB; more of either did not change the vote's
/// ranking in our measurements. Cuts over two features at a time: the published middle way.
const SHAPE: Shape = Shape { trees: 64, sample: 128, extension: 1 };
/// Windows that must be known before the forest is trained: 15 minutes at one in five seconds.
pub const LEAST_POINTS: usize = 180;
/// Learned windows that the vote is calibrated on: scoring them is most of a training's cost.
const CALIBRATED_ON: usize = 128;
/// The vote of a window far outside of what was learned.
const MOST: f32 = 2.0;

/// A trained forest, calibrated on what it learned.
#[derive(Debug, Clone)]
pub struct Voter<const D: usize> {
    forest: Forest<D>,
    /// Median score of the learned windows.
    middle: f32,
    /// 98th percentile of the learned windows' scores.
    rare: f32,
}

impl<const D: usize> Voter<D> {
    /// Trains on a reservoir's windows; `None` while there are too few.
    #[must_use]
    pub fn train(points: &[[f32; D]], seed: u64) -> Option<Self> {
        if points.len() < LEAST_POINTS {
            return None;
        }
        let forest = Forest::train(points, SHAPE, seed)?;
        let every = points.len().div_ceil(CALIBRATED_ON);
        let mut scores: Vec<f32> = points.iter().step_by(every).map(|p| forest.score(p)).collect();
        scores.sort_by(f32::total_cmp);
        let middle = scores[scores.len() / 2];
        let rare = scores[scores.len() * 98 / 100];
        Some(Self { forest, middle, rare })
    }

    /// The vote, 0 to 2: 0 at the median of what was learned and below, 1 at their 98th percentile.
    #[must_use]
    pub fn vote(&self, point: &[f32; D]) -> f32 {
        let spread = (self.rare - self.middle).max(0.01);
        ((self.forest.score(point) - self.middle) / spread).clamp(0.0, MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_windows_get_no_vote_and_rare_ones_do() {
        let points: Vec<[f32; 2]> =
            (0..400).map(|i| [(i % 19) as f32 / 19.0, (i % 7) as f32 / 7.0]).collect();
        let voter = Voter::train(&points, 3).expect("enough windows");
        assert!(voter.vote(&[0.5, 0.5]) < 0.7);
        assert!(voter.vote(&[5.0, 5.0]) > 1.2);
        assert!(Voter::train(&points[..100], 3).is_none());
    }
}
