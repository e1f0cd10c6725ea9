//! Values as they stand in a table. Pure.

use crate::evaluate::{bootstrap::Estimate, paired::Difference};

/// What stands where nothing is defined.
pub const NONE: &str = "-";

/// Two decimals.
pub fn two(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| format!("{value:.2}"))
}

/// A mean and its interval.
pub fn share(value: Option<Estimate>) -> String {
    value.map_or_else(|| NONE.to_owned(), |e| format!("{:.2} {:.2}-{:.2}", e.mean, e.low, e.high))
}

/// A share and its interval in percent.
pub fn percent(share: f64, [low, high]: [f64; 2]) -> String {
    let [low, high] = [low, high].map(|share| share * 100.0);
    format!("{:.0} % {low:.0}-{high:.0}", share * 100.0)
}

/// A number of clips and its interval.
pub fn clips(value: f64, [low, high]: [f64; 2]) -> String {
    format!("{value:.1} {low:.1}-{high:.1}")
}

/// Seconds and their interval.
pub fn seconds(value: f64, [low, high]: [f64; 2]) -> String {
    format!("{} ({} to {})", whole(value), whole(low), whole(high))
}

/// A difference and its interval; `*` when it is beyond chance, and a blank in its place when not.
pub fn difference(value: Option<Difference>) -> String {
    let Some(Difference { estimate: e, beyond_chance }) = value else { return format!("{NONE} ") };
    let star = if beyond_chance { "*" } else { " " };
    format!("{:+.2} {:+.2}:{:+.2}{star}", e.mean, e.low, e.high)
}

/// Whole seconds; what is a little below 0 is 0.
fn whole(seconds: f64) -> String {
    format!("{:.0}", seconds.round() + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let e = Estimate { mean: 0.5, low: 0.25, high: 0.755, streams: 3 };
        assert_eq!(share(Some(e)), "0.50 0.25-0.76");
        assert_eq!(seconds(-0.3, [-2.0, 5.0]), "0 (-2 to 5)");
        assert_eq!(percent(0.125, [0.0, 0.3]), "12 % 0-30");
        assert_eq!(clips(7.55, [6.0, 9.04]), "7.5 6.0-9.0");
        assert_eq!(
            (share(None), two(None), two(Some(1.0))),
            ("-".into(), "-".into(), "1.00".into())
        );
    }

    #[test]
    fn differences() {
        let estimate = Estimate { mean: -0.034, low: -0.061, high: -0.004, streams: 9 };
        let check = |beyond_chance, expected: &str| {
            assert_eq!(difference(Some(Difference { estimate, beyond_chance })), expected);
        };
        check(true, "-0.03 -0.06:-0.00*");
        check(false, "-0.03 -0.06:-0.00 ");
        assert_eq!(difference(None), "- ");
    }
}
