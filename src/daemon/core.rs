//! What a channel task does, without tasks: stragglers put in place, the engine fed
//! and woken in the order of Twitch's time.

use cliphound_engine::{Effect, Engine, EventTime, Input, Model};

use super::lateness::{LATENESS_MS, Lateness};

/// One channel's engine behind its waiting room for stragglers.
#[derive(Debug)]
pub struct Core {
    engine: Engine,
    waiting: Lateness<Input>,
    messages: u64,
}

impl Core {
    /// A channel whose engine has been told nothing since it was made.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine, waiting: Lateness::default(), messages: 0 }
    }

    /// Takes what Twitch sent at `sent` (or what became known at that time), at Twitch's
    /// time `now`. What claims to be from the future counts as now.
    pub fn push(&mut self, sent: EventTime, now: EventTime, input: Input) {
        if matches!(input, Input::Message(_)) {
            self.messages += 1;
        }
        self.waiting.push(sent.min(now), input);
    }

    /// Feeds what is safely past at Twitch's time `now`; gives each input with its time to
    /// `fed` before the engine sees it.
    pub fn advance(
        &mut self,
        now: EventTime,
        mut fed: impl FnMut(EventTime, &Input),
    ) -> Vec<(EventTime, Effect)> {
        self.waiting.pass(now - LATENESS_MS);
        let mut effects = Vec::new();
        while let Some((at, input)) = self.waiting.pop() {
            self.wake_until(at, &mut effects);
            fed(at, &input);
            effects.extend(self.engine.handle(at, &input).into_iter().map(|effect| (at, effect)));
        }
        self.wake_until(self.waiting.horizon(), &mut effects);
        effects
    }

    /// Twitch's time at which there is something to do; `None` when only an input can change that.
    #[must_use]
    pub fn next_at(&self) -> Option<EventTime> {
        let next = [self.waiting.next_at(), self.engine.deadline()].into_iter().flatten().min();
        next.map(|at| at + LATENESS_MS)
    }

    /// The instant until which the engine knows everything.
    #[must_use]
    pub fn horizon(&self) -> EventTime {
        self.waiting.horizon()
    }

    /// Messages taken so far.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// What the engine has learned.
    #[must_use]
    pub fn model(&self) -> Model {
        self.engine.model()
    }

    /// Deadlines come before inputs of the same instant.
    fn wake_until(&mut self, at: EventTime, effects: &mut Vec<(EventTime, Effect)>) {
        while let Some(deadline) = self.engine.deadline().filter(|deadline| *deadline <= at) {
            let told = self.engine.wake(deadline);
            effects.extend(told.into_iter().map(|effect| (deadline, effect)));
            if self.engine.deadline() == Some(deadline) {
                return;
            }
        }
    }
}
