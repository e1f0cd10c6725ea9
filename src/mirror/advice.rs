//! Why a highlight was missed, and which setting would have caught it. Pure.

use cliphound_engine::{
    Settings,
    score::{hybrid, threshold},
};
use cliphound_store::{StretchRow, WindowRow};

use super::{
    By, Highlight, Ours,
    remedy::{Found, Remedy, Tries},
};

/// Chat reacts up to so long after what it reacts to.
const REACTS_WITHIN_MS: i64 = 40_000;
/// What comes so soon after another moment counts as part of it: the shortest cooldown, ms.
const PART_OF_IT_MS: i64 = 10_000;
/// The budget is told by the hour.
const HOUR_MS: i64 = 3_600_000;

/// What is known of a stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct Record<'a> {
    /// Our moments, by time.
    pub ours: &'a [Ours],
    /// The windows of the channel's hour before it, by time.
    pub before: &'a [WindowRow],
    /// Its windows, by time.
    pub windows: &'a [WindowRow],
    /// When it was not heard or held.
    pub stretches: &'a [StretchRow],
    /// What held in it.
    pub known: Known,
}

/// What held in a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
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
    /// What holds where nobody set anything.
    fn default() -> Self {
        let Settings { budget_per_hour, sensitivity, cooldown_s, .. } = Settings::default();
        Self { budget_per_hour, sensitivity, taught: 1.0, cooldown_s }
    }
}

/// Why it was missed, and what would have caught it.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// For people.
    pub text: String,
    /// The setting that would probably have caught it; `None` where none would.
    pub remedy: Option<Remedy>,
    /// The highest score around it, 0 to 1; `None` where nothing was seen.
    pub score: Option<f32>,
    /// What that had to reach, 0 to 1.
    pub threshold: Option<f32>,
}

/// Looks at what was seen around a highlight, the plainest cause first.
pub(super) fn advise(highlight: &Highlight, record: &Record<'_>, tries: &mut Tries) -> Advice {
    let (from_ms, to_ms) = (highlight.start_ms, highlight.end_ms + REACTS_WITHIN_MS);
    let covers = |kind: &str| {
        let overlaps = |row: &&StretchRow| row.start_ms < to_ms && row.end_ms > from_ms;
        record.stretches.iter().filter(|row| row.kind == kind).any(|row| overlaps(&row))
    };
    let peak = record
        .windows
        .iter()
        .filter(|window| (from_ms..=to_ms).contains(&window.end_ms))
        .max_by(|a, b| a.score.total_cmp(&b.score));
    let (text, remedy) = if covers("gap") {
        without("Chat was not heard then (see the gaps of the stream).")
    } else if covers("held") {
        without("Moments were held back then by a pause or a mute.")
    } else if let Some(peak) = peak {
        let case = Case { highlight, peak, record };
        if peak.score >= peak.threshold { case.reached(tries) } else { case.too_low(tries) }
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
    highlight: &'a Highlight,
    /// The highest it reacted.
    peak: &'a WindowRow,
    record: &'a Record<'a>,
}

impl Case<'_> {
    /// The score was high enough: something else was in the way.
    fn reached(&self, tries: &mut Tries) -> Said {
        let since_ms = self.since_the_last_ms();
        if since_ms.is_some_and(|since_ms| self.stayed_high(since_ms)) {
            return without(
                "Chat had stayed high since the moment before, and it counts as part of that.",
            );
        }
        if since_ms.is_some_and(|since_ms| since_ms <= PART_OF_IT_MS) {
            return without("It came within seconds of another moment, and counts as part of it.");
        }
        let known = self.record.known;
        let cooldown_ms = i64::from(known.cooldown_s) * 1000;
        let cause = if let Some(since_ms) = since_ms.filter(|since_ms| *since_ms < cooldown_ms) {
            format!(
                "Chat reacted {} s after another moment, while {} s have to go by between two.",
                since_ms / 1000,
                known.cooldown_s,
            )
        } else if tries.is_masked(self.peak.end_ms) || tries.is_caught_now(self.highlight) {
            return without(
                "The score was high enough, but it was no time for moments (a raid, gifts, ads, a poll, or a channel just joined), or something else was set then.",
            );
        } else {
            format!(
                "The score was high enough, but the budget of {} clips an hour was spent: there were {} moments in the hour before.",
                known.budget_per_hour,
                self.paid_in_the_hour(),
            )
        };
        self.remedied(&cause, tries)
    }

    /// The score was too low.
    fn too_low(&self, tries: &mut Tries) -> Said {
        let WindowRow { score, threshold, .. } = *self.peak;
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
        let low = format!("The score was {score:.2} where {threshold:.2} was needed.");
        if tries.is_caught_now(self.highlight) {
            return (format!("{low} What is set now would probably have caught it."), None);
        }
        let (text, remedy) = self.remedied(&low, tries);
        let verdicts = if self.record.known.taught < 1.0 {
            " What editors rejected makes the channel stricter, too."
        } else {
            ""
        };
        (text + verdicts, remedy)
    }

    /// What is known of the cause, and what would have helped.
    fn remedied(&self, cause: &str, tries: &mut Tries) -> Said {
        let Some(Found { remedy, moments, now }) = tries.least(self.highlight) else {
            return (
                format!(
                    "{cause} Neither budget nor sensitivity nor cooldown alone would have caught it."
                ),
                None,
            );
        };
        let what = match remedy {
            Remedy::Budget(budget) => format!("A budget of {budget} clips an hour"),
            Remedy::Sensitivity(times) => format!("A sensitivity of {times}"),
            Remedy::Cooldown(seconds) => format!("A cooldown of {seconds} s"),
        };
        let text = format!(
            "{cause} {what} would probably have caught it, with about {moments} moments in this stream instead of {now}."
        );
        (text, Some(remedy))
    }

    /// How long before the peak the last moment was that began a cooldown.
    fn since_the_last_ms(&self) -> Option<i64> {
        let began = self.record.ours.iter().filter(|own| own.by != By::Hand);
        began.map(|own| self.peak.end_ms - own.trigger_ms).filter(|since_ms| *since_ms >= 0).min()
    }

    /// Whether the score never fell below the threshold since so long ago: what is no rise is no
    /// moment.
    fn stayed_high(&self, since_ms: i64) -> bool {
        let between = self.peak.end_ms - since_ms + 1..self.peak.end_ms;
        let rows = self.record.windows.iter();
        let mut there = rows.filter(|row| between.contains(&row.end_ms)).peekable();
        there.peek().is_some() && there.all(|row| row.score >= row.threshold)
    }

    /// How many moments cost a clip of the budget in the hour before.
    fn paid_in_the_hour(&self) -> usize {
        let hour = self.peak.end_ms - HOUR_MS..self.peak.end_ms;
        let paid = self.record.ours.iter().filter(|own| own.by == By::Chat);
        paid.filter(|own| hour.contains(&own.trigger_ms)).count()
    }
}

#[cfg(test)]
mod tests;
