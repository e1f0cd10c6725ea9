//! What other settings would have made of chat whose scores are known: threshold and trigger alone.

use crate::{
    model::fresh_after,
    score::{
        threshold::{Sources, Threshold},
        trigger::{Limits, Reading, Trigger},
    },
    settings::Settings,
    time::EventTime,
};

/// The deciding part of an engine, for seconds that another one scored.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    threshold: Threshold,
    trigger: Trigger,
    limits: Limits,
    /// What the threshold aims at.
    aim_per_hour: f32,
    /// What has to be reached now, nats.
    now: f32,
}

/// What chat was like in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chat {
    /// As always.
    Usual,
    /// Somebody held moments back: it is learned from, and triggers nothing.
    Held,
    /// No time for moments (a raid, a gap, too young): neither.
    Masked,
}

impl Rehearsal {
    /// Of a channel never seen before. `taught` is the share of the aim that verdicts left.
    #[must_use]
    pub fn new(settings: &Settings, taught: f32) -> Self {
        let aim_per_hour = settings.aim_per_hour() * taught;
        let threshold = Threshold::default();
        let now = threshold.at(aim_per_hour, Sources::ALL);
        let (trigger, limits) = (Trigger::default(), Limits::of(settings));
        Self { threshold, trigger, limits, aim_per_hour, now }
    }

    /// Chat goes on after so many milliseconds without a line.
    pub fn resume(&mut self, pause_ms: i64) {
        if let Some(fresh) = fresh_after(pause_ms) {
            self.threshold.age(fresh);
            self.trigger = Trigger::default();
        }
    }

    /// A signal that the streamer named forced a moment.
    pub fn forced(&mut self, now: EventTime) {
        self.trigger.force(now, self.limits);
    }

    /// What a second has to reach now, nats.
    #[must_use]
    pub fn threshold(&self) -> f32 {
        self.now
    }

    /// Takes a second with its score in nats; true: a moment begins. Called once a second, in order.
    pub fn second(&mut self, now: EventTime, nats: f32, chat: Chat) -> bool {
        let muted = chat != Chat::Usual;
        let reading = Reading { now, value: nats, threshold: self.now, muted };
        let triggered = self.trigger.step(reading, self.limits);
        if chat != Chat::Masked && self.threshold.learn(nats) {
            self.now = self.threshold.at(self.aim_per_hour, Sources::ALL);
        }
        triggered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::Engine,
        input::{Input, Message},
    };

    /// Chat of two hours that laughs every ten minutes, by more people each time.
    fn chat() -> Vec<(EventTime, Input)> {
        let mut lines = Vec::new();
        for second in 0..7_200_i64 {
            let burst = if second % 600 < 6 { 1 + second / 600 } else { 0 };
            let talk = i64::from(second % 3 == 0);
            for nth in 0..talk + burst {
                let user = format!("user{}", (second * 7 + nth * 31) % 97);
                let message = Message {
                    user: Some(user),
                    text: if nth < talk { "well then".into() } else { "LUL".into() },
                    ..Message::default()
                };
                lines.push((EventTime(second * 1000 + nth), Input::Message(message)));
            }
        }
        lines
    }

    /// Scores of an engine, rehearsed with the engine's own settings, trigger where it did.
    #[test]
    fn it_decides_as_the_engine_did() {
        for budget_per_hour in [2.0, 8.0, 20.0] {
            let settings = Settings { budget_per_hour, ..Settings::default() };
            let mut engine = Engine::new(settings.clone(), 1);
            let mut rehearsal = Rehearsal::new(&settings, 1.0);
            let mut triggered = (Vec::new(), Vec::new());
            for (at, input) in chat() {
                while let Some(due) = engine.deadline().filter(|due| *due <= at) {
                    engine.wake(due);
                    let Some(second) = engine.second() else { continue };
                    let nats = crate::score::hybrid::nats(second.score);
                    let young = second.end < EventTime::from_secs(60);
                    let chat = if young { Chat::Masked } else { Chat::Usual };
                    if second.triggered {
                        triggered.0.push(second.end);
                    }
                    if rehearsal.second(second.end, nats, chat) {
                        triggered.1.push(second.end);
                    }
                }
                engine.handle(at, &input);
            }
            assert_eq!(triggered.0, triggered.1, "{budget_per_hour}");
            assert!(!triggered.0.is_empty(), "{budget_per_hour}");
        }
    }

    #[test]
    fn another_evening_begins_with_a_fresh_trigger() {
        let mut rehearsal = Rehearsal::new(&Settings::default(), 1.0);
        let mut second = 0;
        let mut burst = |rehearsal: &mut Rehearsal| {
            second += 10;
            rehearsal.second(EventTime::from_secs(second), 0.0, Chat::Usual);
            rehearsal.second(EventTime::from_secs(second + 1), 3.0, Chat::Usual)
        };
        assert!(burst(&mut rehearsal) && !burst(&mut rehearsal), "the cooldown holds");
        rehearsal.resume(60_000);
        assert!(!burst(&mut rehearsal), "the same evening");
        rehearsal.resume(86_400_000);
        assert!(burst(&mut rehearsal));
    }
}
