//! Baseline "log ratio": S = ln((u + 3) / (mu + 3)), distinct chatters against their mean. Pure.

use super::{peaks::Values, series::Series};

/// Added to both sides of the ratio, people.
const SOFTENING: f64 = 3.0;
/// Half-life of the mean, seconds.
const HALF_LIFE_S: f64 = 1200.0;
/// The newest seconds are left out of the mean.
const GUARD_S: usize = 30;
/// A value counts at most as so many times the mean (winsorised), both softened.
const WINSOR: f64 = 3.0;

/// Its value at each second, in nats.
#[must_use]
pub fn values(series: &Series) -> Values {
    let keep = 0.5_f64.powf(1.0 / HALF_LIFE_S);
    let (mut sum, mut weight) = (0.0, 0.0);
    let mut values = Vec::with_capacity(series.chatters.len());
    for (at, &chatters) in series.chatters.iter().enumerate() {
        if let Some(old) = at.checked_sub(GUARD_S).map(|old| f64::from(series.chatters[old])) {
            let most = if weight > 0.0 { WINSOR * (sum / weight + SOFTENING) } else { old };
            sum = sum * keep + old.min(most);
            weight = weight * keep + 1.0;
        }
        let usual = if weight > 0.0 { sum / weight } else { f64::from(chatters) };
        values.push(((f64::from(chatters) + SOFTENING) / (usual + SOFTENING)).ln() as f32);
    }
    Values { first_s: series.first_s, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_held_against_what_came_before() {
        let mut chatters = vec![2; 200];
        chatters[150..165].fill(17);
        let values = values(&Series { chatters, ..Series::default() }).values;
        assert_eq!(values[149], 0.0);
        // ln((17 + 3) / (2 + 3)), for the whole burst: the newest 30 s are left out.
        assert!((values[150] - 4_f32.ln()).abs() < 1e-6 && (values[164] - 4_f32.ln()).abs() < 1e-6);
        assert!(values[190] < 0.0);
    }
}
