//! The last half hour of a channel in steps of five seconds. Pure.

use std::collections::VecDeque;

use cliphound_engine::Window;
use cliphound_store::WindowRow;

/// How far back it goes.
pub const SPAN_MS: i64 = 30 * 60_000;
/// Length of a step: the engine's windows.
pub const STEP_MS: i64 = 5_000;
/// Steps kept.
pub const KEPT: usize = (SPAN_MS / STEP_MS) as usize;

/// The figures of five seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Their end, on Twitch's clock, Unix milliseconds.
    pub end_ms: i64,
    /// Messages in them.
    pub messages: u32,
    /// Distinct people in them.
    pub chatters: u32,
    /// Highest score in them, 0 to 1.
    pub score: f32,
    /// Threshold at their end, 0 to 1.
    pub threshold: f32,
    /// Mean sentiment of their messages, -1 to 1.
    pub sentiment: f32,
    /// Viewers, where known.
    pub viewers: Option<u32>,
}

impl Point {
    /// A window of the engine's.
    #[must_use]
    pub fn of(window: &Window) -> Self {
        Self {
            end_ms: window.end.0,
            messages: window.messages,
            chatters: window.chatters,
            score: window.score,
            threshold: window.threshold,
            sentiment: window.sentiment,
            viewers: window.viewers,
        }
    }

    /// A window of the database.
    #[must_use]
    pub fn stored(row: &WindowRow) -> Self {
        Self {
            end_ms: row.end_ms,
            messages: row.messages,
            chatters: row.chatters,
            score: row.score,
            threshold: row.threshold,
            sentiment: row.sentiment,
            viewers: row.viewers,
        }
    }

    /// Messages a second.
    #[must_use]
    pub fn rate(&self) -> f32 {
        self.messages as f32 * 1_000.0 / STEP_MS as f32
    }
}

/// The steps of the last half hour, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct History(VecDeque<Point>);

impl History {
    /// The newest step. One that is not newer than the last (Twitch's clock was set back) takes
    /// the place of what came after it.
    pub fn push(&mut self, point: Point) {
        while self.0.back().is_some_and(|last| last.end_ms >= point.end_ms) {
            self.0.pop_back();
        }
        self.0.push_back(point);
        self.drop_old();
    }

    /// Puts stored steps before those that are there.
    pub fn fill(&mut self, stored: impl IntoIterator<Item = Point>) {
        let first_ms = self.0.front().map_or(i64::MAX, |first| first.end_ms);
        let mut old: VecDeque<Point> =
            stored.into_iter().filter(|point| point.end_ms < first_ms).collect();
        old.append(&mut self.0);
        self.0 = old;
        self.drop_old();
    }

    /// The steps, the oldest first.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = &Point> + ExactSizeIterator {
        self.0.iter()
    }

    /// The steps of the half hour before `now_ms`.
    pub fn since(&self, now_ms: i64) -> impl Iterator<Item = &Point> {
        self.0.iter().filter(move |point| point.end_ms > now_ms - SPAN_MS)
    }

    fn drop_old(&mut self) {
        let Some(newest_ms) = self.0.back().map(|last| last.end_ms) else { return };
        let is_old = |point: &Point| point.end_ms <= newest_ms - SPAN_MS;
        while self.0.len() > KEPT || self.0.front().is_some_and(is_old) {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(end_ms: i64) -> Point {
        let (score, threshold, sentiment) = (0.0, 0.5, 0.0);
        Point { end_ms, messages: 0, chatters: 0, score, threshold, sentiment, viewers: None }
    }

    fn ends(history: &History) -> Vec<i64> {
        history.points().map(|point| point.end_ms).collect()
    }

    #[test]
    fn half_an_hour_is_kept_and_no_more() {
        let mut history = History::default();
        for step in 1..=2 * KEPT as i64 {
            history.push(at(step * STEP_MS));
        }
        assert_eq!(history.points().len(), KEPT);
        history.push(at(4 * SPAN_MS));
        assert_eq!(ends(&history), [4 * SPAN_MS], "what is older is gone after a gap, too");
    }

    #[test]
    fn what_was_stored_comes_before_what_was_seen() {
        let mut history = History::default();
        history.push(at(20_000));
        history.fill([at(5_000), at(15_000), at(20_000), at(25_000)]);
        assert_eq!(ends(&history), [5_000, 15_000, 20_000]);
        history.push(at(10_000));
        assert_eq!(ends(&history), [5_000, 10_000], "a clock that was set back begins there");
        history.fill([at(5_000)]);
        assert_eq!(ends(&history), [5_000, 10_000]);
    }
}
