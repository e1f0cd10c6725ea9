//! An extended isolation forest (Hariri, Kind and Brunner, 2018): seeded, flat arrays, f32.

use std::hint::select_unpredictable;

use super::build::Builder;

/// Trees that a point is led through at once.
const AT_ONCE: usize = 5;

/// Size of a forest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Number of trees.
    pub trees: usize,
    /// Points that each tree is built on.
    pub sample: usize,
    /// Dimensions that a cut depends on, less one: 0 cuts along the axes.
    pub extension: usize,
}

/// A trained forest over points of `D` dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest<const D: usize> {
    /// One after the other, each tree's nodes. What lies below a cut follows it.
    pub(super) nodes: Vec<Node<D>>,
    /// Index of each tree's root.
    pub(super) roots: Vec<u32>,
    /// No leaf lies deeper.
    pub(super) depth: u32,
    /// Mean path length in a tree of a random sample of this size: the scale of the score.
    pub(super) scale: f32,
}

/// A cut or a leaf. Both have one shape, so that no processor guesses which it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Node<const D: usize> {
    normal: [f32; D],
    /// Points with `normal · point` below it go to the next node, all others to `other`.
    offset: f32,
    other: u32,
}

impl<const D: usize> Node<D> {
    /// A cut with the points below it in the nodes that follow, those above from `other` on.
    pub(super) fn cut(normal: [f32; D], offset: f32, other: u32) -> Self {
        Self { normal, offset, other }
    }

    /// The leaf at index `at`: no point is below its offset, so that all stay. `depth` is its
    /// own, plus what the points in it would need to be told apart.
    pub(super) fn leaf(at: u32, depth: f32) -> Self {
        Self { normal: [0.0; D], offset: -depth, other: at }
    }

    /// The depth of a leaf.
    fn depth(&self) -> f32 {
        -self.offset
    }
}

impl<const D: usize> Forest<D> {
    /// Trains a forest; the same points, shape and seed give the same forest.
    /// `None` when there are fewer than two points or one is not finite.
    #[must_use]
    pub fn train(points: &[[f32; D]], shape: Shape, seed: u64) -> Option<Self> {
        let finite = points.iter().flatten().all(|x| x.is_finite());
        (points.len() >= 2 && finite && shape.trees > 0)
            .then(|| Builder::new(points, shape, seed).build())
    }

    /// The anomaly score of a point, 0 (deep inside the usual) to 1 (alone); about
    /// 0.5 for a point like all others.
    #[must_use]
    pub fn score(&self, point: &[f32; D]) -> f32 {
        let (some, rest) = self.roots.as_chunks::<AT_ONCE>();
        let depths = some.iter().flat_map(|roots| self.depths(*roots, point));
        let total: f32 =
            depths.chain(rest.iter().flat_map(|root| self.depths([*root], point))).sum();
        let mean = total / self.roots.len() as f32;
        libm::exp2f(-mean / self.scale)
    }

    /// The path lengths of a point in some trees. Leaves lead to themselves: with one number of
    /// steps for all, nothing is guessed, and no tree waits for what another is read from.
    #[inline]
    fn depths<const N: usize>(&self, roots: [u32; N], point: &[f32; D]) -> [f32; N] {
        let mut at = roots.map(|root| root as usize);
        for _ in 0..self.depth {
            for at in &mut at {
                let node = &self.nodes[*at];
                let is_below = dot(&node.normal, point) < node.offset;
                *at = select_unpredictable(is_below, *at + 1, node.other as usize);
            }
        }
        at.map(|at| self.nodes[at].depth())
    }
}

pub(super) fn dot<const D: usize>(a: &[f32; D], b: &[f32; D]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Mean path length of an unsuccessful search in a binary tree of `n` points
/// (Liu, Ting and Zhou, 2008, equation 1).
pub(super) fn mean_path(n: usize) -> f32 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let m = n as f64 - 1.0;
            (2.0 * (libm::log(m) + EULER) - 2.0 * m / n as f64) as f32
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHAPE: Shape = Shape { trees: 64, sample: 128, extension: 1 };

    #[test]
    fn a_point_far_away_stands_out() {
        let points: Vec<[f32; 2]> = (0..200).map(|i| [(i % 14) as f32, (i % 13) as f32]).collect();
        let forest = Forest::train(&points, SHAPE, 7).expect("enough points");
        let (inside, outside) = (forest.score(&[6.0, 6.0]), forest.score(&[60.0, 60.0]));
        assert!(inside < 0.5 && outside > 0.6, "{inside} {outside}");
    }

    #[test]
    fn the_same_seed_gives_the_same_forest() {
        let points: Vec<[f32; 2]> = (0..200).map(|i| [(i % 14) as f32, (i % 13) as f32]).collect();
        let train = |seed| Forest::train(&points, SHAPE, seed).expect("enough points");
        assert_eq!(train(1), train(1));
        assert_ne!(train(1), train(2));
    }

    #[test]
    fn points_that_are_all_the_same_are_survived() {
        let forest = Forest::train(&[[1.0, 2.0]; 50], SHAPE, 1).expect("enough points");
        assert!(forest.score(&[1.0, 2.0]).is_finite());
    }

    #[test]
    fn what_is_not_finite_is_not_learned() {
        assert!(Forest::train(&[[1.0, f32::NAN], [0.0, 0.0]], SHAPE, 1).is_none());
        assert!(Forest::<2>::train(&[], SHAPE, 1).is_none());
    }

    proptest! {
        #[test]
        fn scores_lie_between_0_and_1(
            points in prop::collection::vec(prop::array::uniform3(-1e6_f32..1e6), 2..60),
            asked in prop::array::uniform3(-1e9_f32..1e9),
            seed in any::<u64>(),
        ) {
            let forest = Forest::train(&points, SHAPE, seed).expect("finite points");
            let score = forest.score(&asked);
            prop_assert!((0.0..=1.0).contains(&score), "{}", score);
        }
    }
}
