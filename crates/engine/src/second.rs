//! One second of chat as the engine sees it: levels, what is usual, and the score.

use crate::{
    effect::{Cause, Moment, Reason},
    learner::Learner,
    model::Model,
    score::{
        features::{self, Vector, index},
        hybrid::{self, Unusual},
        reasons::{self, reasons},
        rules,
        surroundings::Surroundings,
        threshold,
    },
    settings::{Part, Settings},
    teach::{Kind, Lesson},
    time::EventTime,
    window::{Counts, Trailing},
};

/// What the engine saw in the second that ended last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Second {
    /// End of the second.
    pub end: EventTime,
    /// Messages in it.
    pub messages: u32,
    /// Distinct people in the trailing window.
    pub chatters: u32,
    /// Score, 0 to 1.
    pub score: f32,
    /// Threshold, 0 to 1.
    pub threshold: f32,
    /// A moment was triggered at its end.
    pub triggered: bool,
}

/// A second with what led to its score. What is rarely asked for (scores, normalised
/// features) is worked out when it is: most seconds of a day are quiet.
#[derive(Debug, Clone)]
pub struct Seen {
    /// End of the second.
    pub end: EventTime,
    /// Messages in it.
    pub messages: u32,
    /// How unusual it is.
    pub unusual: Unusual,
    /// What it had to reach, nats.
    pub threshold: f32,
    /// A moment was triggered at its end.
    pub triggered: bool,
    /// What was in the window.
    pub counts: Counts,
    usual: Vector,
    trust: f32,
    /// Nats of loudness above the usual.
    sound: f32,
    /// What editors taught about windows like this: its kind, and the share added to the nats.
    taught: Option<(Kind, f32)>,
}

/// What the score of a second needs besides the chat.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// What the user set.
    pub settings: &'a Settings,
    /// What was learned.
    pub model: &'a Model,
    /// The forest and what it compares with.
    pub(crate) learner: &'a Learner,
    /// Viewers, where known.
    pub viewers: Option<u32>,
    /// What editors taught, if it weighs anything.
    pub lesson: Option<&'a Lesson>,
    /// What else speaks for a moment now.
    pub surroundings: Surroundings,
    /// What has to be reached, nats.
    pub threshold: f32,
}

impl Seen {
    /// Scores the window as it is at `end`.
    #[must_use]
    pub fn look(end: EventTime, window: &Trailing, now: Circumstances<'_>) -> Self {
        let Circumstances { settings, model, .. } = now;
        let counts = window.counts();
        let levels = features::levels(&counts);
        let usual = model.baseline.means();
        let trust = if settings.has(Part::Trust) { model.baseline.trust() } else { 1.0 };
        let people = if settings.has(Part::Brevity) { index::REACTIONS } else { index::CHATTERS };
        let nats = trust * features::people(levels[people], usual[people]);
        let by_rules = if nats > 0.0 {
            let least = rules::least_people(now.viewers, usual[index::CHATTERS]);
            rules::unusual(nats, counts.chatters, least)
        } else {
            0.0
        };
        let point = || now.learner.point(&counts);
        let chat = hybrid::join(settings, by_rules, now.learner.voter(), point);
        // Quiet windows can't trigger: about them is not asked.
        let asked = now.lesson.filter(|_| chat.total >= threshold::LEAST);
        let taught = asked.map(|lesson| {
            let kind = kind(&chat, &levels, &features::normalise(&levels, &usual, trust));
            (kind, lesson.weight(kind))
        });
        let nats = chat.total * (1.0 + taught.map_or(0.0, |(_, weight)| weight));
        Self {
            end,
            messages: 0,
            unusual: Unusual { total: now.surroundings.strengthen(nats), ..chat },
            threshold: now.threshold,
            triggered: false,
            counts,
            usual,
            trust,
            sound: now.surroundings.sound,
            taught,
        }
    }

    /// How far each level is above the usual.
    #[must_use]
    pub fn normalised(&self) -> Vector {
        features::normalise(&self.levels(), &self.usual, self.trust)
    }

    /// The levels of the window.
    #[must_use]
    pub fn levels(&self) -> Vector {
        features::levels(&self.counts)
    }

    /// Score, 0 to 1.
    #[must_use]
    pub fn score(&self) -> f32 {
        hybrid::score(self.unusual.total)
    }

    /// For timelines.
    #[must_use]
    pub fn second(&self) -> Second {
        Second {
            end: self.end,
            messages: self.messages,
            chatters: self.counts.chatters,
            score: self.score(),
            threshold: hybrid::score(self.threshold),
            triggered: self.triggered,
        }
    }

    /// The moment at `start` to `end` whose trigger or peak this second is.
    #[must_use]
    pub fn moment(
        &self,
        (start, end): (EventTime, EventTime),
        window: &Trailing,
        learning: bool,
    ) -> Moment {
        let emote = window.top_emote();
        let on_emote = self.counts.top_emote;
        // Half of the people on one emote is a moment of that emote.
        let cause = match emote {
            Some(name) if on_emote >= 3 && on_emote * 2 >= self.counts.chatters => {
                Cause::Emote(name.to_owned())
            }
            _ => Cause::Hype,
        };
        Moment {
            trigger: self.end,
            start,
            end,
            score: self.score(),
            threshold: hybrid::score(self.threshold),
            cause,
            reasons: self.reasons(emote),
            learning,
            title: None,
        }
    }

    fn reasons(&self, emote: Option<&str>) -> Vec<Reason> {
        let normalised = self.normalised();
        let mut told = reasons(&self.levels(), &self.usual, &normalised, emote, self.unusual.vote);
        told.extend(reasons::sound(self.sound));
        told.extend(self.taught.and_then(|(kind, weight)| reasons::taught(kind, weight)));
        told
    }
}

/// What kind of window it is, for what was taught about such.
fn kind(chat: &Unusual, levels: &Vector, normalised: &Vector) -> Kind {
    if reasons::doubts(chat.vote) {
        Kind::Forest
    } else {
        Kind::of_feature(reasons::lead(levels, normalised))
    }
}
