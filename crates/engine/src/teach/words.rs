//! What was taught, in words.

use serde::Serialize;

use super::{kind::Kind, lesson::Lesson, verdicts::Verdicts};

/// What a channel was taught, for people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Teaching {
    /// Moments kept, of those that count.
    pub kept: u32,
    /// Moments rejected, of those that count.
    pub rejected: u32,
    /// The share of the budget that the threshold aims at, 0.5 to 1.
    pub aim: f32,
    /// What is added to the threshold now, on the score's scale from 0 to 1.
    pub threshold_shift: f32,
    /// The threshold in a sentence; empty while there is no verdict.
    pub text: String,
    /// What each kind's verdicts changed, the strongest change first.
    pub reasons: Vec<Taught>,
}

/// What the verdicts on moments of one kind changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Taught {
    /// The reason that led them: a name from the list of reasons.
    pub name: String,
    /// Moments of this kind kept.
    pub kept: u32,
    /// Moments of this kind rejected.
    pub rejected: u32,
    /// The share that is added to the score's nats of such windows; below 0: taken away.
    pub weight: f32,
    /// "Moments led by one emote were kept 1 of 9 times: they now need a higher score."
    pub text: String,
}

impl Default for Teaching {
    /// Of no verdict.
    fn default() -> Self {
        let (text, reasons) = (String::new(), Vec::new());
        Self { kept: 0, rejected: 0, aim: 1.0, threshold_shift: 0.0, text, reasons }
    }
}

impl Teaching {
    /// Tells what follows from `verdicts`.
    #[must_use]
    pub fn of(verdicts: &Verdicts, lesson: &Lesson, threshold_shift: f32) -> Self {
        let counts = verdicts.counts();
        if counts.all() == 0 {
            return Self::default();
        }
        let mut reasons: Vec<Taught> =
            Kind::ALL.into_iter().filter_map(|kind| taught(verdicts, lesson, kind)).collect();
        reasons.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
        let kept = format!("{} of {} moments were kept", counts.kept, counts.all());
        let text = if lesson.aim < 1.0 {
            let percent = libm::roundf(lesson.aim * 100.0);
            format!("{kept}: the threshold is higher, at what is reached {percent} % as often.")
        } else {
            format!("{kept}: the threshold stays where the budget puts it.")
        };
        let (kept, rejected, aim) = (counts.kept, counts.rejected, lesson.aim);
        Self { kept, rejected, aim, threshold_shift, text, reasons }
    }
}

/// A smaller change is none to people.
const LEAST_TOLD: f32 = 0.01;

fn taught(verdicts: &Verdicts, lesson: &Lesson, kind: Kind) -> Option<Taught> {
    let counts = verdicts.counts_of(kind);
    if counts.all() == 0 {
        return None;
    }
    let weight = lesson.weight(kind);
    let now = match weight {
        w if w <= -LEAST_TOLD => "they now need a higher score",
        w if w >= LEAST_TOLD => "they now need a lower score",
        _ => "they need the score that others need",
    };
    let text = format!(
        "{} were kept {} of {} times: {now}.",
        capitalised(kind.moments()),
        counts.kept,
        counts.all(),
    );
    let name = kind.name().to_owned();
    Some(Taught { name, kept: counts.kept, rejected: counts.rejected, weight, text })
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::{
        super::verdicts::tests::{after, verdict},
        *,
    };
    use crate::input::Verdict;

    fn told(verdicts: &Verdicts) -> Vec<String> {
        let teaching = Teaching::of(verdicts, &Lesson::of(verdicts), 0.0);
        let reasons = teaching.reasons.into_iter().map(|taught| taught.text);
        std::iter::once(teaching.text).chain(reasons).collect()
    }

    #[test]
    fn it_is_told_in_sentences() {
        let mut verdicts = after(1, 8, Kind::Emote);
        for at in 100..109 {
            verdicts.take(&verdict(at, Kind::Laughter, Some(Verdict::Kept)));
        }
        assert_eq!(
            told(&verdicts),
            [
                "10 of 18 moments were kept: the threshold stays where the budget puts it.",
                "Moments led by laughter were kept 9 of 9 times: they now need a lower score.",
                "Moments led by one emote were kept 1 of 9 times: they now need a higher score.",
            ]
        );
        assert_eq!(
            told(&after(1, 30, Kind::Chatters))[0],
            "1 of 31 moments were kept: the threshold is higher, at what is reached 50 % as often."
        );
        assert_eq!(told(&Verdicts::default()), [""]);
    }
}
