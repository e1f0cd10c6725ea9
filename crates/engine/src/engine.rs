//! One channel's engine: inputs with their times in, effects out.

use crate::{
    effect::{Effect, Moment},
    input::Input,
    model::Model,
    settings::Settings,
    time::EventTime,
};

/// Finds the moments of one channel.
#[derive(Debug)]
pub struct Engine {
    next: Option<EventTime>,
}

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

impl Engine {
    /// An engine for a channel never seen before. `seed` makes its randomness repeatable.
    #[must_use]
    pub fn new(settings: Settings, seed: u64) -> Self {
        let _ = (settings, seed);
        Self { next: None }
    }

    /// An engine that goes on with what was learned before.
    #[must_use]
    pub fn with_model(settings: Settings, model: Model) -> Self {
        let _ = (settings, model);
        Self { next: None }
    }

    /// Takes one input at its time. Times before the newest one seen count as that one.
    pub fn handle(&mut self, now: EventTime, input: &Input) -> Vec<Effect> {
        let _ = (now, input);
        Vec::new()
    }

    /// When the engine wants to be woken; `None` before the first input.
    #[must_use]
    pub fn deadline(&self) -> Option<EventTime> {
        self.next
    }

    /// Lets the engine do what is due at `now` or before. Call it when `deadline() <= now`,
    /// before inputs of the same instant.
    pub fn wake(&mut self, now: EventTime) -> Vec<Effect> {
        let _ = now;
        Vec::new()
    }

    /// The second that ended last, for timelines.
    #[must_use]
    pub fn second(&self) -> Option<Second> {
        None
    }

    /// The moment that a trigger at the end of the last second would have been.
    #[must_use]
    pub fn candidate(&self) -> Option<Moment> {
        None
    }

    /// What has been learned, to be stored.
    #[must_use]
    pub fn model(&self) -> Model {
        Model::default()
    }
}
