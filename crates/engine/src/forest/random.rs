//! Draws that are the same on every processor.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// A seeded source of draws.
pub struct Random(Pcg64Mcg);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed))
    }

    /// Uniform in [0, 1), with the 24 bits that an f32 holds.
    pub fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / 16_777_216.0
    }

    /// Standard normal, by Box and Muller.
    pub fn gaussian(&mut self) -> f32 {
        let radius = libm::sqrtf(-2.0 * libm::logf(1.0 - self.unit()));
        radius * libm::cosf(std::f32::consts::TAU * self.unit())
    }

    /// Uniform below `n`, by the multiply-shift of Lemire (2019); the bias for small n is below 1e-6.
    fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.0.next_u32()) * n as u64) >> 32) as usize
    }

    /// Puts a random choice of `count` elements at the front (Fisher and Yates).
    pub fn shuffle_front(&mut self, items: &mut [u32], count: usize) {
        for i in 0..count.min(items.len()) {
            let j = i + self.below(items.len() - i);
            items.swap(i, j);
        }
    }
}
