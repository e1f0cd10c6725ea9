//! Our forest against the `extended-isolation-forest` crate: the same points must be told apart as well.

#![expect(clippy::expect_used, reason = "a test fails where it can not go on")]

use cliphound_engine::forest::{Forest, Shape};
use extended_isolation_forest::{Forest as Reference, ForestOptions};
use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

const DIMENSIONS: usize = 4;
type Point = [f32; DIMENSIONS];

/// Uniform in [0, 1).
fn unit(random: &mut Pcg64Mcg) -> f32 {
    (random.next_u32() >> 8) as f32 / 16_777_216.0
}

/// Near normal: the sum of twelve uniform draws, less six.
fn normal(random: &mut Pcg64Mcg) -> f32 {
    (0..12).map(|_| unit(random)).sum::<f32>() - 6.0
}

/// Usual points in two clouds along a diagonal, and outliers spread over the box around them.
fn points(seed: u64, usual: usize, outliers: usize) -> (Vec<Point>, Vec<Point>) {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let cloud = (0..usual).map(|i| {
        let centre = if i % 2 == 0 { 3.0 } else { -3.0 };
        let along = centre + normal(&mut random);
        std::array::from_fn(|_| along + 0.5 * normal(&mut random))
    });
    let cloud: Vec<Point> = cloud.collect();
    let far = (0..outliers).map(|_| std::array::from_fn(|_| 14.0 * unit(&mut random) - 7.0));
    (cloud, far.collect())
}

/// Probability that an outlier scores higher than a usual point (area under the ROC curve).
fn auc(usual: &[f64], outliers: &[f64]) -> f64 {
    let wins = |o: &f64| {
        usual
            .iter()
            .map(|u| if o > u { 1.0 } else { f64::from(u8::from(o == u)) / 2.0 })
            .sum::<f64>()
    };
    outliers.iter().map(wins).sum::<f64>() / (usual.len() * outliers.len()) as f64
}

fn check(extension: usize, seed: u64) {
    const TREES: usize = 200;
    const SAMPLE: usize = 128;
    let (usual, outliers) = points(seed, 1000, 200);
    let ours = Forest::train(&usual, Shape { trees: TREES, sample: SAMPLE, extension }, seed)
        .expect("finite points");
    let options = ForestOptions {
        n_trees: TREES,
        sample_size: SAMPLE,
        max_tree_depth: None,
        extension_level: extension,
    };
    let reference = Reference::from_slice(&usual, &options).expect("finite points");
    let our_scores = |points: &[Point]| -> Vec<f64> {
        points.iter().map(|p| f64::from(ours.score(p))).collect()
    };
    let their_scores =
        |points: &[Point]| -> Vec<f64> { points.iter().map(|p| reference.score(p)).collect() };
    let our_auc = auc(&our_scores(&usual), &our_scores(&outliers));
    let their_auc = auc(&their_scores(&usual), &their_scores(&outliers));
    assert!(our_auc > 0.8, "extension {extension}: ours {our_auc}");
    assert!(
        (our_auc - their_auc).abs() < 0.02,
        "extension {extension}, seed {seed}: ours {our_auc}, reference {their_auc}"
    );
}

#[test]
fn outliers_are_found_as_well_as_by_the_reference() {
    for extension in 0..DIMENSIONS {
        for seed in 1..=3 {
            check(extension, seed);
        }
    }
}
