//! The figures of a part of a stream, thinned to what can be told apart on a screen. Pure.

use cliphound_store::WindowRow;
use serde::Serialize;

/// Points at most: more can't be told apart.
const POINTS: i64 = 300;
/// Without a window for so long, a line is broken.
const BREAK_MS: i64 = 30_000;
/// Length of a window.
const WINDOW_MS: i64 = 5_000;

/// The highest values of a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Point {
    /// The step, ms since 1970.
    pub at_ms: i64,
    /// Its figures; `null`: nothing is known from here to the next one.
    pub figures: Option<Figures>,
}

/// What chat was like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Figures {
    /// How unusual it was, 0 to 1.
    pub score: f32,
    /// What the score had to reach, 0 to 1.
    pub threshold: f32,
    /// Messages a second.
    pub messages_per_second: f32,
}

impl Figures {
    fn of(window: &WindowRow) -> Self {
        Self {
            score: window.score,
            threshold: window.threshold,
            messages_per_second: window.messages as f32 / (WINDOW_MS / 1000) as f32,
        }
    }

    fn highest(self, other: Self) -> Self {
        Self {
            score: self.score.max(other.score),
            threshold: self.threshold.max(other.threshold),
            messages_per_second: self.messages_per_second.max(other.messages_per_second),
        }
    }
}

/// The length of a step between two instants, ms.
#[must_use]
pub fn step_ms(from_ms: i64, to_ms: i64) -> i64 {
    ((to_ms - from_ms) / POINTS).max(WINDOW_MS)
}

/// What there is between two instants; `windows` are by time.
#[must_use]
pub fn points(windows: &[WindowRow], from_ms: i64, to_ms: i64) -> Vec<Point> {
    let step_ms = step_ms(from_ms, to_ms);
    let mut points: Vec<Point> = Vec::new();
    let mut before_ms: Option<i64> = None;
    for window in windows.iter().filter(|row| (from_ms..=to_ms).contains(&row.end_ms)) {
        let at_ms = window.end_ms.div_euclid(step_ms) * step_ms;
        let is_far = |before_ms| window.end_ms - before_ms > BREAK_MS.max(2 * step_ms);
        if before_ms.is_some_and(is_far) {
            points.push(Point { at_ms, figures: None });
        }
        before_ms = Some(window.end_ms);
        let now = Figures::of(window);
        match points.last_mut() {
            Some(Point { at_ms: at, figures: Some(highest) }) if *at == at_ms => {
                *highest = highest.highest(now);
            }
            _ => points.push(Point { at_ms, figures: Some(now) }),
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(end_ms: i64, score: f32) -> WindowRow {
        WindowRow {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            end_ms,
            messages: 10,
            chatters: 1,
            score,
            threshold: 0.5,
            sentiment: 0.0,
            viewers: None,
        }
    }

    #[test]
    fn peaks_stay_and_gaps_show() {
        let rows = [
            window(5_000, 0.1),
            window(10_000, 0.9),
            window(15_000, 0.2),
            window(30_000, 0.3),
            window(900_000, 0.4),
            window(6_000_001, 1.0),
        ];
        let found = points(&rows, 0, 6_000_000);
        let scores: Vec<_> =
            found.iter().map(|one| (one.at_ms, one.figures.map(|own| own.score))).collect();
        assert_eq!(
            scores,
            [(0, Some(0.9)), (20_000, Some(0.3)), (900_000, None), (900_000, Some(0.4))]
        );
        assert_eq!(found[0].figures.map(|own| own.messages_per_second), Some(2.0));
        assert_eq!(step_ms(0, 60_000), 5_000, "a short part has all of it");
    }
}
