//! Why a highlight was missed, and which setting would have caught it. Pure.

use cliphound_engine::{
    SENSITIVITY, Settings,
    score::{hybrid, threshold},
};
use cliphound_store::{StretchRow, WindowRow};

use super::{By, Highlight, Ours, budget::has_room};

/// Chat reacts up to so long after what it reacts to.
const REACTS_WITHIN_MS: i64 = 40_000;
/// The highest budget that settings take, clips an hour.
const HIGHEST_BUDGET: f32 = 60.0;
/// The shortest cooldown that settings take, seconds.
const SHORTEST_COOLDOWN_S: i64 = 10;
/// Peaks of a stream closer than the default cooldown would be one moment.
const APART_MS: i64 = 120_000;
/// The threshold follows the last hour.
const HOUR_MS: i64 = 3_600_000;

/// What held in a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    /// When it began.
    pub start_ms: i64,
    /// Its length.
    pub hours: f64,
    /// Clips an hour that were wanted.
    pub budget_per_hour: f32,
    /// How many times that the threshold aimed at.
    pub sensitivity: f32,
    /// What share of that editors' verdicts left, 0.5 to 1.
    pub taught: f32,
    /// Least time between two moments, seconds.
    pub cooldown_s: u32,
}

impl Default for Known {
    /// What holds where nobody set anything, of a stream of no length.
    fn default() -> Self {
        let Settings { budget_per_hour, sensitivity, cooldown_s, .. } = Settings::default();
        Self { start_ms: 0, hours: 0.0, budget_per_hour, sensitivity, taught: 1.0, cooldown_s }
    }
}

/// Why it was missed, and what would have caught it.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// For people.
    pub text: String,
    /// The setting that would have caught it; `None` where none would.
    pub remedy: Option<Remedy>,
    /// The highest score around it, 0 to 1; `None` where nothing was seen.
    pub score: Option<f32>,
    /// What that had to reach, 0 to 1.
    pub threshold: Option<f32>,
}

/// A setting of the channel that can be changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Remedy {
    /// `clips.budget_per_hour`.
    Budget(f32),
    /// `clips.sensitivity`.
    Sensitivity(f32),
    /// `clips.cooldown_s`.
    Cooldown(u32),
}

impl Remedy {
    /// The key of the setting.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Budget(_) => "clips.budget_per_hour",
            Self::Sensitivity(_) => "clips.sensitivity",
            Self::Cooldown(_) => "clips.cooldown_s",
        }
    }

    /// Its value, as one writes it.
    #[must_use]
    pub fn value(self) -> String {
        match self {
            Self::Budget(number) | Self::Sensitivity(number) => number.to_string(),
            Self::Cooldown(seconds) => seconds.to_string(),
        }
    }
}

/// Looks at what was seen around a highlight, the plainest cause first.
pub(super) fn advise(
    highlight: &Highlight,
    ours: &[Ours],
    windows: &[WindowRow],
    stretches: &[StretchRow],
    known: Known,
) -> Advice {
    let (from_ms, to_ms) = (highlight.start_ms, highlight.end_ms + REACTS_WITHIN_MS);
    let covers = |kind: &str| {
        let overlaps = |row: &&StretchRow| row.start_ms < to_ms && row.end_ms > from_ms;
        stretches.iter().filter(|row| row.kind == kind).any(|row| overlaps(&row))
    };
    let peak = windows
        .iter()
        .filter(|window| (from_ms..=to_ms).contains(&window.end_ms))
        .max_by(|a, b| a.score.total_cmp(&b.score));
    let (text, remedy) = if covers("gap") {
        without("Chat was not heard then (see the gaps of the stream).")
    } else if covers("held") {
        without("Moments were held back then by a pause or a mute.")
    } else if let Some(peak) = peak {
        let case = Case { peak, ours, windows, known };
        if peak.score >= peak.threshold { case.reached() } else { case.too_low() }
    } else {
        without("Nothing is known of that time: its figures were deleted, or chat was silent.")
    };
    Advice {
        text,
        remedy,
        score: peak.map(|peak| peak.score),
        threshold: peak.map(|peak| peak.threshold),
    }
}

/// What is said, and the setting that would have helped.
type Said = (String, Option<Remedy>);

fn without(text: &str) -> Said {
    (text.to_owned(), None)
}

/// A highlight that chat reacted to.
struct Case<'a> {
    /// The highest it reacted.
    peak: &'a WindowRow,
    ours: &'a [Ours],
    windows: &'a [WindowRow],
    known: Known,
}

impl Case<'_> {
    /// The score was high enough: something else was in the way.
    fn reached(&self) -> Said {
        let since_ms = self.since_the_last_ms();
        if since_ms.is_some_and(|since_ms| self.stayed_high(since_ms)) {
            return without(
                "Chat had stayed high since the moment before, and it counts as part of that.",
            );
        }
        let cooldown_ms = i64::from(self.known.cooldown_s) * 1000;
        let too_soon = since_ms.filter(|since_ms| *since_ms < cooldown_ms);
        let has_room = self.has_room(self.known.budget_per_hour, &self.paid());
        match (too_soon, has_room) {
            (Some(since_ms), true) => self.cooled(since_ms),
            (Some(since_ms), false) => (
                format!(
                    "Chat reacted {} s after another moment, while {} s have to go by between two, and the budget was spent: neither a shorter cooldown nor a higher budget alone would have caught it.",
                    since_ms / 1000,
                    self.known.cooldown_s,
                ),
                None,
            ),
            (None, false) => self.spent(),
            (None, true) => without(
                "The score was high enough, but it was no time for moments: a raid, gifts, ads, a poll, or a channel just joined.",
            ),
        }
    }

    fn cooled(&self, since_ms: i64) -> Said {
        let since_s = since_ms / 1000;
        if since_s <= SHORTEST_COOLDOWN_S {
            return without("It came within seconds of another moment, and counts as part of it.");
        }
        let cooldown_s = u32::try_from(since_s - 1).unwrap_or(self.known.cooldown_s);
        let text = format!(
            "Chat reacted {since_s} s after another moment, and {} s have to go by between two. A cooldown of {cooldown_s} s would have let it through.",
            self.known.cooldown_s,
        );
        (text, Some(Remedy::Cooldown(cooldown_s)))
    }

    fn spent(&self) -> Said {
        let paid = self.paid();
        let hour = self.peak.end_ms - HOUR_MS..self.peak.end_ms;
        let count = paid.iter().filter(|paid_ms| hour.contains(paid_ms)).count();
        let now = format!(
            "The score was high enough, but the budget of {} clips an hour was spent: there were {count} moments in the hour before.",
            self.known.budget_per_hour,
        );
        match self.least_budget(self.known.budget_per_hour, &paid) {
            Some(budget) => (
                format!("{now} A budget of {budget} clips an hour would have had room for it."),
                Some(Remedy::Budget(budget)),
            ),
            None => (now, None),
        }
    }

    /// The score was too low: with a threshold that aims at every peak of this height, it would
    /// have been there.
    fn too_low(&self) -> Said {
        let Known { budget_per_hour, sensitivity, taught, .. } = self.known;
        let (score, threshold) = (self.peak.score, self.peak.threshold);
        // However high the budget is, the threshold is no lower.
        let least = hybrid::score(threshold::LEAST);
        if score < least {
            return (
                format!(
                    "Chat hardly reacted (score {score:.2}; below {least:.2} nothing is a moment): no setting would have found it, only somebody who clips by hand (Clip now on the channel's page, !clip in chat)."
                ),
                None,
            );
        }
        let others = self.peaks(score);
        let wanted = self.as_many_an_hour(&others);
        let low = format!("The score was {score:.2} where {threshold:.2} was needed.");
        let verdicts = if taught < 1.0 {
            " What editors rejected makes the channel stricter, too."
        } else {
            ""
        };
        if wanted <= budget_per_hour * sensitivity * taught {
            return (
                format!(
                    "{low} The budget of an hour has room for one as high as this, but others were higher and held the threshold up: there is nothing to set, it comes down by itself.{verdicts}"
                ),
                None,
            );
        }
        let aimed = up(wanted / (budget_per_hour * taught), 20.0);
        let has_room = wanted <= budget_per_hour && self.has_room(budget_per_hour, &others);
        if has_room && aimed <= *SENSITIVITY.end() {
            return (
                format!(
                    "{low} The budget had room: with a sensitivity of {aimed} it would have been found.{verdicts}"
                ),
                Some(Remedy::Sensitivity(aimed)),
            );
        }
        let (as_many, and_these) = match others.len() {
            0 | 1 => ("No other peak of this stream was as high".to_owned(), ""),
            count => {
                (format!("{count} peaks of this stream were as high"), ", and these others, too")
            }
        };
        let least = up(wanted / (sensitivity * taught), 1.0).max(up(wanted, 1.0)) - 1.0;
        match self.least_budget(least, &others) {
            Some(budget) => (
                format!(
                    "{low} {as_many}: a budget of {budget} clips an hour would have caught it{and_these}.{verdicts}"
                ),
                Some(Remedy::Budget(budget)),
            ),
            None => (format!("{low} {as_many}: no budget has room for so many."), None),
        }
    }

    /// How long before the peak the last moment was that began a cooldown.
    fn since_the_last_ms(&self) -> Option<i64> {
        let began = self.ours.iter().filter(|own| own.by != By::Hand);
        began.map(|own| self.peak.end_ms - own.trigger_ms).filter(|since_ms| *since_ms >= 0).min()
    }

    /// Whether the score never fell below the threshold since so long ago: what is no rise is no
    /// moment.
    fn stayed_high(&self, since_ms: i64) -> bool {
        let between = self.peak.end_ms - since_ms + 1..self.peak.end_ms;
        let mut there = self.windows.iter().filter(|row| between.contains(&row.end_ms)).peekable();
        there.peek().is_some() && there.all(|row| row.score >= row.threshold)
    }

    /// The triggers of the moments that cost a clip of the budget, by time.
    fn paid(&self) -> Vec<i64> {
        let paid = self.ours.iter().filter(|own| own.by == By::Chat);
        paid.map(|own| own.trigger_ms).collect()
    }

    fn has_room(&self, budget_per_hour: f32, paid: &[i64]) -> bool {
        has_room(budget_per_hour, self.known.start_ms, paid, self.peak.end_ms)
    }

    /// The least whole budget above `above` that has room for it after `paid`.
    fn least_budget(&self, above: f32, paid: &[i64]) -> Option<f32> {
        let mut budget = above.floor() + 1.0;
        while budget <= HIGHEST_BUDGET {
            if self.has_room(budget, paid) {
                return Some(budget);
            }
            budget += 1.0;
        }
        None
    }

    /// Separate peaks that reach `score`, the highest second of each.
    fn peaks(&self, score: f32) -> Vec<i64> {
        let mut found: Vec<i64> = Vec::new();
        for window in self.windows.iter().filter(|window| window.score >= score) {
            if found.last().is_none_or(|last_ms| window.end_ms - last_ms >= APART_MS) {
                found.push(window.end_ms);
            }
        }
        found
    }

    /// How many of these there were an hour: in the hour before, which the threshold follows, or
    /// in the whole stream, whichever was livelier.
    fn as_many_an_hour(&self, peaks: &[i64]) -> f32 {
        let hour = self.peak.end_ms - HOUR_MS..=self.peak.end_ms;
        let lately = peaks.iter().filter(|at_ms| hour.contains(at_ms)).count() as f32;
        let whole = (peaks.len() as f64 / self.known.hours.max(1.0)) as f32;
        lately.max(whole).max(1.0)
    }
}

/// Rounded up to so many steps of one.
fn up(number: f32, steps: f32) -> f32 {
    // What is a hair above a step is on it.
    ((number * steps) - 1e-3).ceil() / steps
}

#[cfg(test)]
mod tests;
