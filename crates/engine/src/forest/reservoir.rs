//! A bounded sample of the channel's ordinary windows, the newer ones more likely in it.

use serde::{Deserialize, Serialize};

/// Windows kept at most: at one in five seconds, the last 40 to 120 minutes.
pub const CAPACITY: usize = 512;

/// The sample. A full reservoir replaces a random member, so that old evenings fade.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reservoir<const D: usize>
where
    [f32; D]: Serialize + for<'a> Deserialize<'a>,
{
    points: Vec<[f32; D]>,
    /// State of the draw; a multiplicative congruential step (Knuth's MMIX constants).
    draw: u64,
}

impl<const D: usize> Reservoir<D>
where
    [f32; D]: Serialize + for<'a> Deserialize<'a>,
{
    /// An empty reservoir whose draws follow from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { points: Vec::new(), draw: seed }
    }

    /// Takes a window; what is not finite is left out.
    pub fn add(&mut self, point: [f32; D]) {
        if !point.iter().all(|x| x.is_finite()) {
            return;
        }
        if self.points.len() < CAPACITY {
            self.points.push(point);
        } else {
            let slot = self.next_draw() % CAPACITY;
            self.points[slot] = point;
        }
    }

    /// Keeps this share, 0 to 1, of the windows, drawn at random.
    pub fn age(&mut self, share: f32) {
        let keep = (self.points.len() as f32 * share.clamp(0.0, 1.0)) as usize;
        while self.points.len() > keep {
            let slot = self.next_draw() % self.points.len();
            self.points.swap_remove(slot);
        }
    }

    /// The windows in it.
    #[must_use]
    pub fn points(&self) -> &[[f32; D]] {
        &self.points
    }

    /// Whether a stored reservoir can be used.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.points.len() <= CAPACITY && self.points.iter().flatten().all(|x| x.is_finite())
    }

    fn next_draw(&mut self) -> usize {
        self.draw = self
            .draw
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.draw >> 33) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_and_forgets() {
        let mut reservoir = Reservoir::<1>::new(1);
        for i in 0..CAPACITY * 6 {
            reservoir.add([i as f32]);
        }
        reservoir.add([f32::NAN]);
        assert_eq!(reservoir.points().len(), CAPACITY);
        let old = reservoir.points().iter().filter(|p| p[0] < CAPACITY as f32).count();
        assert!(old < CAPACITY / 20, "{old} of the first are left");
    }
}
