//! Editors of stored streams: who keeps what is marked, and who has a taste. Pure.

use cliphound_engine::{EventTime, Input, Kind, Moment, Verdict, VerdictInput};

use super::super::{
    detect::engine::hit,
    labels::Label,
    metrics::{Hit, pairs},
};
use crate::replay::event::Fed;

/// Who judges moments.
#[derive(Debug, Clone, Copy)]
pub enum Editor<'a> {
    /// Keeps what hits a highlight that nobody else hit before.
    Labels(&'a [Label]),
    /// Keeps everything that is not led by this.
    Without(Kind),
}

impl Editor<'_> {
    /// Whether each of `moments`, which are in the order of time, is kept.
    #[must_use]
    pub fn keeps(self, moments: &[Moment]) -> Vec<bool> {
        match self {
            Self::Labels(labels) => {
                let hits: Vec<Hit> = moments.iter().map(hit).collect();
                pairs(&hits, labels).iter().map(Option::is_some).collect()
            }
            Self::Without(kind) => {
                moments.iter().map(|moment| Kind::of(&moment.reasons) != kind).collect()
            }
        }
    }

    /// The verdicts on `moments`, all told at `at`, as somebody would who goes through them in
    /// a break.
    #[must_use]
    pub fn verdicts(self, moments: &[Moment], at: EventTime) -> Vec<Fed> {
        let told = moments.iter().zip(self.keeps(moments)).map(|(moment, is_kept)| {
            let verdict = if is_kept { Verdict::Kept } else { Verdict::Rejected };
            let input = Input::Verdict(VerdictInput::of(moment, Some(verdict)));
            Fed { at, channel: None, input }
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evaluate::metrics::tests::labels, replay::runner::tests::moment};

    fn led_by(name: &str, trigger_s: i64) -> Moment {
        let mut moment = moment(EventTime::from_secs(trigger_s), 0.7);
        let reason = cliphound_engine::Reason {
            name: name.to_owned(),
            value: 9.0,
            usual: 1.0,
            text: String::new(),
        };
        moment.start = EventTime::from_secs(trigger_s - 20);
        moment.reasons = vec![reason];
        moment
    }

    #[test]
    fn each_keeps_what_it_likes() {
        let moments = [led_by("laughter", 120), led_by("emote", 125), led_by("emote", 500)];
        let labels = labels(&[(100.0, 130.0), (900.0, 930.0)]);
        assert_eq!(Editor::Labels(&labels).keeps(&moments), [true, false, false]);
        assert_eq!(Editor::Without(Kind::Laughter).keeps(&moments), [false, true, true]);
        let told = Editor::Labels(&labels).verdicts(&moments, EventTime(600_000));
        assert!(told.iter().all(|fed| fed.at == EventTime(600_000)));
        let Input::Verdict(first) = &told[0].input else { panic!("no verdict") };
        assert_eq!((first.trigger, first.verdict), (moments[0].trigger, Some(Verdict::Kept)));
    }
}
