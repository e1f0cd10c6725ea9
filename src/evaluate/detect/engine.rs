//! The engine over one stream's chat, with every second that it saw.

use cliphound_engine::{Effect, Engine, EventTime, Input, Moment, Part, Second, Settings};

use rayon::prelude::*;

use super::{Decided, Found};
use crate::{
    evaluate::metrics::{BUDGETS, DEFAULT, Hit},
    replay::{
        event::Fed,
        runner::{Detector, Runner},
    },
};

/// Peaks asked for.
const PEAKS: usize = 10;

/// What a run came to.
#[derive(Debug, Default)]
pub struct Run {
    /// Every second that the engine ended.
    pub seconds: Vec<Second>,
    /// Moments by time, as they were in the end.
    pub moments: Vec<Moment>,
    /// The highest peaks, best first.
    pub peaks: Vec<Moment>,
}

/// Runs a fresh engine over `chat`, some parts left out.
#[must_use]
pub fn run(chat: &[Fed], seed: u64, without: &[Part], budget_per_hour: f32) -> Run {
    run_from(EventTime(0), chat, seed, without, budget_per_hour)
}

/// The same, with moments and peaks counted only from `from` on; it triggers before, too.
#[must_use]
pub fn run_from(
    from: EventTime,
    chat: &[Fed],
    seed: u64,
    without: &[Part],
    budget_per_hour: f32,
) -> Run {
    let settings = Settings { without: without.to_vec(), budget_per_hour, ..Settings::default() };
    let mut engine = Engine::new(settings, seed);
    engine.start_at(EventTime(0));
    let mut seconds = Vec::new();
    let watched = Watched { engine, seconds: &mut seconds };
    let mut runner = Runner::new(watched, Some(PEAKS), None);
    runner.set_zero(from);
    for fed in chat {
        runner.feed(fed.at, &fed.input);
    }
    runner.wake_for_tail();
    let outcome = runner.finish();
    Run { seconds, moments: moments(outcome.effects, from), peaks: outcome.moments }
}

impl Run {
    /// What was decided.
    #[must_use]
    pub fn decided(&self) -> Decided {
        let hits = |moments: &[Moment]| moments.iter().map(hit).collect();
        Decided { peaks: hits(&self.peaks), triggers: hits(&self.moments) }
    }
}

/// What the engine decides at the default budget, some parts left out.
#[must_use]
pub fn decided(chat: &[Fed], seed: u64, without: &[Part]) -> Decided {
    run(chat, seed, without, BUDGETS[DEFAULT]).decided()
}

/// A run at each of [`BUDGETS`].
#[must_use]
pub fn runs(chat: &[Fed], seed: u64, without: &[Part]) -> Vec<Run> {
    BUDGETS.par_iter().map(|budget| run(chat, seed, without, *budget)).collect()
}

/// The peaks at the default budget, and the triggers at each, of [`runs`].
#[must_use]
pub fn found(runs: &[Run]) -> Found {
    let mut found = Found::default();
    for (at, Decided { peaks, triggers }) in runs.iter().map(Run::decided).enumerate() {
        if at == DEFAULT {
            found.peaks = peaks;
        }
        if let Some(live) = found.live.get_mut(at) {
            *live = triggers;
        }
    }
    found
}

/// A moment as it is measured.
#[must_use]
pub fn hit(moment: &Moment) -> Hit {
    Hit { trigger_s: moment.trigger.as_secs_f64(), start_s: moment.start.as_secs_f64() }
}

fn moments(effects: Vec<Effect>, from: EventTime) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for effect in effects {
        match effect {
            Effect::Moment(moment) => moments.push(moment),
            Effect::Extended(longer) => {
                if let Some(last) = moments.last_mut().filter(|m| m.trigger == longer.trigger) {
                    *last = longer;
                }
            }
            Effect::Window(_) | Effect::Learned | Effect::Answer(_) => {}
        }
    }
    moments.retain(|moment| moment.trigger >= from);
    moments
}

/// An engine whose seconds are kept.
struct Watched<'a> {
    engine: Engine,
    seconds: &'a mut Vec<Second>,
}

impl Detector for Watched<'_> {
    fn handle(&mut self, at: EventTime, input: &Input) -> Vec<Effect> {
        self.engine.handle(at, input)
    }
    fn deadline(&self) -> Option<EventTime> {
        self.engine.deadline()
    }
    fn wake(&mut self, at: EventTime) -> Vec<Effect> {
        let effects = self.engine.wake(at);
        self.seconds.extend(self.engine.second());
        effects
    }
    fn second(&self) -> Option<Second> {
        self.engine.second()
    }
    fn candidate(&self) -> Option<Moment> {
        self.engine.candidate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_do_not_know_how_the_score_is_made() {
        let default = serde_json::to_string(&Settings::default()).unwrap();
        assert!(!default.contains("without"), "{default}");
        let read: Settings = serde_json::from_str(&default).unwrap();
        assert_eq!(read.without, []);
        let rules = Settings { without: vec![Part::Forest], ..Settings::default() };
        let text = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), rules);
    }
}
