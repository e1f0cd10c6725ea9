//! The last half hour of a channel, drawn. Pure.

use askama::Template;
use cliphound_twitch::ChannelLogin;

use crate::{
    board::{
        history::{Point, SPAN_MS, STEP_MS},
        noted::Noted,
        state::State,
    },
    web::{
        chart::{Chart, Line, Mark, Stretch},
        words::{self, rate},
        zone::Zone,
    },
};

/// Steps further apart than this are not joined: chat slept, or was not heard.
const GAP_MS: i64 = 3 * STEP_MS;
/// Mood is smoothed over so many steps.
const MOOD_STEPS: usize = 12;
/// The least range of mood: less is noise.
const LEAST_MOOD: f32 = 0.3;
const MINUTE_MS: i64 = 60_000;

#[derive(Template)]
#[template(path = "channel/charts.html")]
struct Charts {
    charts: Vec<String>,
}

/// The charts of a channel at `now_ms`, with times of a zone.
pub fn drawn(login: &ChannelLogin, state: &State, now_ms: i64, zone: &Zone) -> String {
    let points: Vec<Point> = state.history.since(now_ms).copied().collect();
    let charts = match points.is_empty() {
        true => Vec::new(),
        false => {
            let half_hour = HalfHour { login, state, points: &points, now_ms, zone };
            let charts = [half_hour.scores(), half_hour.busyness(), half_hour.mood()];
            charts.iter().map(Chart::html).collect()
        }
    };
    Charts { charts }.render().unwrap_or_default()
}

/// A minute of the half hour, for those who would rather read a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Minute {
    /// Its start, Unix milliseconds.
    pub at_ms: i64,
    /// Messages a second.
    pub rate: f32,
    /// Most people in five seconds.
    pub chatters: u32,
    /// Highest score.
    pub score: f32,
    /// Threshold at its end.
    pub threshold: f32,
    /// Mean sentiment of its messages, -1 to 1.
    pub mood: f32,
}

impl Minute {
    fn words(&self, zone: &Zone) -> String {
        let (at, rate) = (zone.minute(self.at_ms), rate(self.rate));
        let Self { chatters, score, threshold, mood, .. } = self;
        format!(
            "{at}: {rate} messages/s, up to {chatters} people in 5 s, score up to {score:.2} of {threshold:.2}, mood {mood:.2}"
        )
    }
}

/// The minutes of the half hour of which something is known, the newest first.
pub fn minutes(state: &State, now_ms: i64) -> Vec<Minute> {
    let points: Vec<Point> = state.history.since(now_ms).copied().collect();
    let mut minutes = by_minute(&points);
    minutes.reverse();
    minutes
}

fn by_minute(points: &[Point]) -> Vec<Minute> {
    let minute = |point: &Point| (point.end_ms - 1).div_euclid(MINUTE_MS);
    let chunks = points.chunk_by(|a, b| minute(a) == minute(b));
    let summed = chunks.filter_map(|chunk| {
        let last = chunk.last()?;
        Some(Minute {
            at_ms: minute(last) * MINUTE_MS,
            rate: chunk.iter().map(Point::rate).sum::<f32>() / chunk.len() as f32,
            chatters: chunk.iter().map(|point| point.chatters).max().unwrap_or_default(),
            score: chunk.iter().map(|point| point.score).fold(0.0, f32::max),
            threshold: last.threshold,
            mood: mean_mood(chunk),
        })
    });
    summed.collect()
}

/// Of no messages it is neither.
fn mean_mood(points: &[Point]) -> f32 {
    let messages: u32 = points.iter().map(|point| point.messages).sum();
    let sum: f32 = points.iter().map(|point| point.sentiment * point.messages as f32).sum();
    if messages == 0 { 0.0 } else { sum / messages as f32 }
}

/// What is drawn, for whom.
struct HalfHour<'a> {
    login: &'a ChannelLogin,
    state: &'a State,
    points: &'a [Point],
    now_ms: i64,
    zone: &'a Zone,
}

impl HalfHour<'_> {
    fn scores(&self) -> Chart {
        let Self { login, state, points, now_ms, zone } = *self;
        let highest = points.iter().max_by(|a, b| a.score.total_cmp(&b.score));
        let highest = highest.map_or_else(String::new, |point| {
            format!("highest {:.2} at {}", point.score, zone.minute(point.end_ms))
        });
        let threshold = points.last().map_or(0.0, |point| point.threshold);
        let moments: Vec<&Noted> =
            state.moments.newest().filter(|noted| noted.trigger_ms > now_ms - SPAN_MS).collect();
        let label = format!(
            "Score of {login} in the last 30 minutes: {highest}, threshold {threshold:.2}, moments: {}",
            moments.len()
        );
        let limit = line("threshold", "", Some(1.0), false, points, |point| point.threshold);
        Chart {
            label,
            lines: vec![
                line("score", "", Some(1.0), true, points, |point| point.score),
                Line { is_limit: true, ..limit },
            ],
            marks: moments.iter().map(|noted| mark(noted, zone)).collect(),
            stretches: moments.iter().map(|noted| stretch(noted)).collect(),
            hovers: self.hovers(),
            ..self.empty()
        }
    }

    fn busyness(&self) -> Chart {
        let points = self.points;
        let busiest = points.iter().map(Point::rate).fold(0.0, f32::max);
        let people = points.iter().map(|point| point.chatters).max().unwrap_or_default();
        Chart {
            label: format!(
                "Chat in the last 30 minutes: up to {} messages a second, up to {people} people in 5 seconds",
                rate(busiest)
            ),
            lines: vec![
                line("messages", " a second", None, true, points, Point::rate),
                line("people", " in 5 s", None, false, points, |point| point.chatters as f32),
            ],
            hovers: self.hovers(),
            ..self.empty()
        }
    }

    fn mood(&self) -> Chart {
        let points = self.points;
        let smooth: Vec<(i64, f32)> = (0..points.len())
            .map(|at| {
                let near = &points[at.saturating_sub(MOOD_STEPS - 1)..=at];
                (points[at].end_ms, mean_mood(near))
            })
            .collect();
        let top = smooth.iter().map(|(_, mood)| mood.abs()).fold(LEAST_MOOD, f32::max);
        let last = smooth.last().map_or(0.0, |(_, mood)| *mood);
        let line = Line {
            name: "mood",
            unit: " (-1 sad or angry, 1 glad)",
            top: Some(top),
            bottom: -top,
            points: joined(smooth.into_iter()),
            ..Line::default()
        };
        Chart {
            label: format!("Mood of the chat in the last 30 minutes, from -1 to 1: now {last:.2}"),
            lines: vec![line],
            is_low: true,
            ..self.empty()
        }
    }

    fn hovers(&self) -> Vec<Stretch> {
        let over = |minute: &Minute| Stretch {
            from_ms: minute.at_ms,
            to_ms: minute.at_ms + MINUTE_MS,
            class: "",
            text: minute.words(self.zone),
        };
        by_minute(self.points).iter().map(over).collect()
    }

    fn empty(&self) -> Chart {
        let (from_ms, zone) = (self.now_ms - SPAN_MS, self.zone.clone());
        Chart { from_ms, to_ms: self.now_ms, zone, ..Chart::default() }
    }
}

fn line(
    name: &'static str,
    unit: &'static str,
    top: Option<f32>,
    is_area: bool,
    points: &[Point],
    value: impl Fn(&Point) -> f32,
) -> Line {
    let points = joined(points.iter().map(|point| (point.end_ms, value(point))));
    Line { name, unit, top, is_area, points, ..Line::default() }
}

/// The values, with breaks where nothing was seen for a while.
fn joined(values: impl Iterator<Item = (i64, f32)>) -> Vec<(i64, Option<f32>)> {
    let (mut points, mut last_ms) = (Vec::new(), None);
    for (at_ms, value) in values {
        if last_ms.is_some_and(|last_ms| at_ms - last_ms > GAP_MS) {
            points.push((at_ms - STEP_MS, None));
        }
        last_ms = Some(at_ms);
        points.push((at_ms, Some(value)));
    }
    points
}

fn mark(noted: &Noted, zone: &Zone) -> Mark {
    let fate = words::fate(&noted.fate, zone);
    let class = match fate.class {
        class @ ("good" | "bad") => class,
        _ => "other",
    };
    let at = zone.clock(noted.trigger_ms);
    let text = format!("{at}: {}, score {:.2} ({})", noted.why(), noted.score, fate.text);
    Mark { at_ms: noted.trigger_ms, class, text }
}

fn stretch(noted: &Noted) -> Stretch {
    Stretch { from_ms: noted.start_ms, to_ms: noted.end_ms, class: "", text: noted.why() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokyo() -> Zone {
        Zone::named("Asia/Tokyo").unwrap()
    }

    fn point(step: i64, messages: u32) -> Point {
        let (score, threshold, sentiment) = (0.25, 0.5, 0.1);
        let end_ms = step * STEP_MS;
        Point { end_ms, messages, chatters: 3, score, threshold, sentiment, viewers: None }
    }

    #[test]
    fn a_gap_breaks_the_lines() {
        let mut state = State::default();
        for step in (1..=20).chain(60..=70) {
            state.history.push(point(step, 10));
        }
        let html = drawn(&ChannelLogin::parse("ann").unwrap(), &state, 70 * STEP_MS, &tokyo());
        assert_eq!(
            html.matches("class=\"c1 area\" points").count(),
            4,
            "two lines in two pieces: {html}"
        );
        assert!(html.contains("role=\"img\""), "{html}");
        let minutes = minutes(&state, 70 * STEP_MS);
        assert_eq!(minutes.len(), 4);
        assert_eq!(minutes[0].at_ms, 300_000, "the newest first");
        assert_eq!(minutes[0].rate, 2.0);
    }

    #[test]
    fn times_are_those_of_the_zone() {
        let mut state = State::default();
        state.history.push(point(12, 10));
        let html = drawn(&ChannelLogin::parse("ann").unwrap(), &state, 70 * STEP_MS, &tokyo());
        for part in ["<title>09:00: 2.0 messages/s", "highest 0.25 at 09:01,", ">09:05</time>"] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains("UTC"), "{html}");
    }

    #[test]
    fn a_minute_has_the_mood_of_its_messages() {
        let mut state = State::default();
        for (step, messages, sentiment) in [(1, 30, 0.5), (2, 10, -0.5), (13, 0, 0.9)] {
            state.history.push(Point { sentiment, ..point(step, messages) });
        }
        let moods: Vec<f32> =
            minutes(&state, 70 * STEP_MS).iter().map(|minute| minute.mood).collect();
        assert_eq!(moods, [0.0, 0.25]);
    }

    #[test]
    fn a_page_of_the_busiest_chat_stays_small() {
        let mut state = State::default();
        for step in 1..=1_000 {
            let mut busy = point(step, 900 + (step * 7919 % 100) as u32);
            busy.score = (step * 31 % 97) as f32 / 97.0;
            busy.chatters = (step * 13 % 89) as u32;
            state.history.push(busy);
        }
        let ann = ChannelLogin::parse("ann").unwrap();
        let html = drawn(&ann, &state, 1_000 * STEP_MS, &tokyo());
        assert!(html.len() < 40_000, "{}", html.len());
    }
}
