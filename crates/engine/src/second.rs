//! One second of chat as the engine sees it: levels, what is usual, and the score.

use crate::{
    effect::{Cause, Moment, Reason},
    forest::Voter,
    model::Model,
    score::{
        features::{self, FEATURES, Vector, index},
        hybrid::{self, Unusual},
        reasons::{self, reasons},
        rules,
        surroundings::Surroundings,
    },
    settings::{Part, Settings},
    time::EventTime,
    window::Trailing,
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
    levels: Vector,
    usual: Vector,
    trust: f32,
    /// Nats of loudness above the usual.
    sound: f32,
}

/// What the score of a second needs besides the chat.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// What the user set.
    pub settings: &'a Settings,
    /// What was learned.
    pub model: &'a Model,
    /// The forest, once it is trained.
    pub voter: Option<&'a Voter<FEATURES>>,
    /// Viewers, where known.
    pub viewers: Option<u32>,
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
        let trust = if settings.has(Part::Trust) { model.baseline.trust() } else { 1.0 };
        let seen = Self {
            end,
            messages: 0,
            unusual: Unusual::default(),
            threshold: now.threshold,
            triggered: false,
            levels: features::levels(&counts),
            usual: model.baseline.means(),
            trust,
            sound: 0.0,
        };
        let people = if settings.has(Part::Brevity) { index::REACTIONS } else { index::CHATTERS };
        let nats = trust * features::people(seen.levels[people], seen.usual[people]);
        let by_rules = if nats > 0.0 {
            let least = rules::least_people(now.viewers, seen.usual[index::CHATTERS]);
            rules::unusual(nats, counts.chatters, least)
        } else {
            0.0
        };
        let point = || hybrid::point(&seen.normalised());
        let chat = hybrid::join(settings, by_rules, now.voter, point);
        let total = now.surroundings.strengthen(chat.total);
        Self { unusual: Unusual { total, ..chat }, sound: now.surroundings.sound, ..seen }
    }

    /// How far each level is above the usual.
    #[must_use]
    pub fn normalised(&self) -> Vector {
        features::normalise(&self.levels, &self.usual, self.trust)
    }

    /// The levels of the window.
    #[must_use]
    pub fn levels(&self) -> Vector {
        self.levels
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
            chatters: self.levels[index::CHATTERS] as u32,
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
        let on_emote = self.levels[index::EMOTE];
        // Half of the people on one emote is a moment of that emote.
        let cause = match emote {
            Some(name) if on_emote >= 3.0 && on_emote * 2.0 >= self.levels[index::CHATTERS] => {
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
        let mut told = reasons(&self.levels, &self.usual, &normalised, emote, self.unusual.vote);
        told.extend(reasons::sound(self.sound));
        told
    }
}
