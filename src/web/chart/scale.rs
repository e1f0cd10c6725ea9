//! From times and values to places in a drawing. Pure.

/// Width of the drawing, in its own units.
pub const WIDTH: f32 = 1000.0;
/// Height of the drawing, in its own units.
pub const HEIGHT: f32 = 100.0;

/// Places times.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    from_ms: i64,
    length_ms: i64,
}

impl Times {
    /// From one instant to another; at least a millisecond.
    #[must_use]
    pub fn new(from_ms: i64, to_ms: i64) -> Self {
        Self { from_ms, length_ms: to_ms.saturating_sub(from_ms).max(1) }
    }

    /// Where an instant is, kept within the drawing, with a tenth of a unit.
    #[must_use]
    pub fn x(self, at_ms: i64) -> f32 {
        let share = at_ms.saturating_sub(self.from_ms) as f32 / self.length_ms as f32;
        tenth(share.clamp(0.0, 1.0) * WIDTH)
    }

    /// Whether an instant is within the drawing.
    #[must_use]
    pub fn holds(self, at_ms: i64) -> bool {
        (0..=self.length_ms).contains(&at_ms.saturating_sub(self.from_ms))
    }

    /// The instant at a share of the whole, ms since 1970.
    #[must_use]
    pub fn at(self, share: f64) -> i64 {
        self.from_ms.saturating_add((self.length_ms as f64 * share) as i64)
    }
}

/// Where a value is when `bottom` is at the bottom and `top` at the top.
#[must_use]
pub fn y(value: f32, bottom: f32, top: f32) -> f32 {
    let height = top - bottom;
    let share = if height > 0.0 { ((value - bottom) / height).clamp(0.0, 1.0) } else { 0.0 };
    tenth((1.0 - share) * HEIGHT)
}

fn tenth(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}
