//! Why a highlight was missed, and which setting would have caught it. Pure.

use cliphound_store::{StretchRow, WindowRow};

use super::{Highlight, Ours};

/// Chat reacts up to so long after what it reacts to.
const REACTS_WITHIN_MS: i64 = 40_000;
/// The highest budget that settings take, clips an hour.
const HIGHEST_BUDGET: f32 = 60.0;
/// Peaks of a stream closer than the default cooldown would be one moment.
const APART_MS: i64 = 120_000;

/// What held in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Known {
    /// Its length.
    pub hours: f64,
    /// Clips an hour that were wanted.
    pub budget_per_hour: f32,
    /// Least time between two moments, seconds.
    pub cooldown_s: u32,
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
    /// `clips.cooldown_s`.
    Cooldown(u32),
}

impl Remedy {
    /// The key of the setting.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Budget(_) => "clips.budget_per_hour",
            Self::Cooldown(_) => "clips.cooldown_s",
        }
    }

    /// Its value, as one writes it.
    #[must_use]
    pub fn value(self) -> String {
        match self {
            Self::Budget(budget) => budget.to_string(),
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
    let peak = windows
        .iter()
        .filter(|window| (from_ms..=to_ms).contains(&window.end_ms))
        .max_by(|a, b| a.score.total_cmp(&b.score));
    let nothing = |text: String| Advice {
        text,
        remedy: None,
        score: peak.map(|peak| peak.score),
        threshold: peak.map(|peak| peak.threshold),
    };
    let covers = |kind: &str| {
        let overlaps = |row: &&StretchRow| row.start_ms < to_ms && row.end_ms > from_ms;
        stretches.iter().filter(|row| row.kind == kind).find(overlaps)
    };
    if covers("gap").is_some() {
        return nothing("Chat was not heard then (see the gaps of the stream).".to_owned());
    }
    if covers("held").is_some() {
        return nothing("Moments were held back then by a pause or a mute.".to_owned());
    }
    let Some(peak) = peak else {
        return nothing(
            "Nothing is known of that time: its figures were deleted, or chat was silent."
                .to_owned(),
        );
    };
    if peak.score >= peak.threshold {
        return reached(peak, ours, known, nothing);
    }
    lower(peak, windows, known, nothing)
}

/// The score was high enough: something else was in the way.
fn reached(
    peak: &WindowRow,
    ours: &[Ours],
    known: Known,
    nothing: impl Fn(String) -> Advice,
) -> Advice {
    let since_ms = ours
        .iter()
        .map(|own| peak.end_ms - own.trigger_ms)
        .filter(|since_ms| (0..i64::from(known.cooldown_s) * 1000).contains(since_ms))
        .min();
    match since_ms {
        // Ten seconds is the least that the setting takes.
        Some(since_ms) if since_ms >= 11_000 => {
            let cooldown_s = u32::try_from(since_ms / 1000 - 1).unwrap_or(10);
            Advice {
                remedy: Some(Remedy::Cooldown(cooldown_s)),
                ..nothing(format!(
                    "Chat reacted {} s after another moment, and {} s have to go by between two. A cooldown of {cooldown_s} s would have let it through.",
                    since_ms / 1000,
                    known.cooldown_s,
                ))
            }
        }
        Some(_) => nothing("It came within seconds of another moment, and counts as part of it.".to_owned()),
        None => nothing(
            "The score was high enough, but it was no time for moments: a raid, gifts, ads, a poll, a channel just joined, or chat that stayed high since the moment before.".to_owned(),
        ),
    }
}

/// The score was too low: with a budget that has room for every peak of this height, the
/// threshold would have been there.
fn lower(
    peak: &WindowRow,
    windows: &[WindowRow],
    known: Known,
    nothing: impl Fn(String) -> Advice,
) -> Advice {
    let as_high = peaks(windows, peak.score);
    let budget = (as_high as f64 / known.hours.max(0.1)).ceil().max(1.0) as f32;
    let (score, threshold) = (peak.score, peak.threshold);
    if score <= 0.0 {
        return nothing("Chat did not react more than usual: no setting would have found it. A clip by hand (!clip) does.".to_owned());
    }
    if budget > HIGHEST_BUDGET {
        return nothing(format!(
            "Chat reacted a little (score {score:.2} where {threshold:.2} was needed), as it did {as_high} times in this stream: no budget would have found it among these."
        ));
    }
    if budget <= known.budget_per_hour {
        return nothing(format!(
            "The score was {score:.2} where {threshold:.2} was needed: within the budget of an hour, others were higher. What editors keep and reject moves this."
        ));
    }
    let with = match as_high {
        0 | 1 => format!(
            "No other peak of this stream was as high: a budget of {budget} clips an hour would have caught it."
        ),
        _ => format!(
            "{as_high} peaks of this stream were as high: a budget of {budget} clips an hour would have caught it, and these others, too."
        ),
    };
    Advice {
        remedy: Some(Remedy::Budget(budget)),
        ..nothing(format!("The score was {score:.2} where {threshold:.2} was needed. {with}"))
    }
}

/// Separate peaks that reach `score`.
fn peaks(windows: &[WindowRow], score: f32) -> usize {
    let (mut count, mut last_ms) = (0, None);
    for window in windows.iter().filter(|window| window.score >= score) {
        if last_ms.is_none_or(|last_ms| window.end_ms - last_ms >= APART_MS) {
            count += 1;
            last_ms = Some(window.end_ms);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(end_s: i64, score: f32) -> WindowRow {
        WindowRow {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            end_ms: end_s * 1000,
            messages: 5,
            chatters: 4,
            score,
            threshold: 0.7,
            sentiment: 0.0,
            viewers: None,
        }
    }

    fn check(windows: &[WindowRow], ours: &[Ours], remedy: Option<Remedy>, words: &str) {
        let highlight = Highlight {
            start_ms: 1_000_000,
            end_ms: 1_030_000,
            clips: Vec::new(),
            first_made_ms: 0,
        };
        let known = Known { hours: 2.0, budget_per_hour: 4.0, cooldown_s: 120 };
        let advice = advise(&highlight, ours, windows, &[], known);
        assert_eq!(advice.remedy, remedy, "{}", advice.text);
        assert!(advice.text.contains(words), "{}", advice.text);
    }

    fn ours(trigger_s: i64) -> Ours {
        Ours {
            trigger_ms: trigger_s * 1000,
            start_ms: (trigger_s - 20) * 1000,
            end_ms: trigger_s * 1000,
            score: 0.9,
            state: None,
            called_ms: None,
            clip_id: None,
        }
    }

    #[test]
    fn a_higher_budget_would_have_caught_what_was_a_little_too_low() {
        let mut windows: Vec<WindowRow> = (0..11).map(|nth| window(nth * 200, 0.65)).collect();
        check(&windows, &[], Some(Remedy::Budget(6.0)), "0.65 where 0.70");
        windows.truncate(6);
        check(&windows, &[], None, "others were higher");
    }

    #[test]
    fn a_shorter_cooldown_would_have_caught_what_came_too_soon() {
        check(
            &[window(1_040, 0.8)],
            &[ours(980)],
            Some(Remedy::Cooldown(59)),
            "60 s after another",
        );
        check(&[window(1_040, 0.8)], &[ours(1_035)], None, "part of it");
        check(&[window(1_040, 0.8)], &[ours(500)], None, "no time for moments");
    }

    #[test]
    fn where_chat_is_silent_no_setting_helps() {
        check(&[window(1_040, 0.0)], &[], None, "no setting");
        check(&[window(900, 0.9)], &[], None, "Nothing is known");
    }

    #[test]
    fn what_was_not_heard_says_so() {
        let highlight = Highlight {
            start_ms: 1_000_000,
            end_ms: 1_030_000,
            clips: Vec::new(),
            first_made_ms: 0,
        };
        for (kind, words) in [("gap", "not heard"), ("held", "held back")] {
            let row = StretchRow {
                broadcaster_id: "7".to_owned(),
                login: "ninja".to_owned(),
                kind: kind.to_owned(),
                start_ms: 1_010_000,
                end_ms: 1_020_000,
                word: "connection".to_owned(),
            };
            let advice = advise(&highlight, &[], &[window(1_040, 0.9)], &[row], Known::default());
            assert!(advice.text.contains(words) && advice.remedy.is_none(), "{}", advice.text);
        }
    }
}
