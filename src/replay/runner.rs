//! Drives one engine over one stream: deadlines, inputs, and what comes of them. Pure.

use cliphound_engine::{Effect, Engine, EventTime, Input, Moment, Second};

use super::{
    timeline::{MAX_SILENCE_MS, Timeline},
    topk::TopK,
};

/// How long after the last message the engine is still woken: its trailing window, so
/// that a burst at the very end counts.
pub const TAIL_MS: i64 = 15_000;

/// What the runner needs of an engine.
pub trait Detector {
    /// See [`Engine::handle`].
    fn handle(&mut self, at: EventTime, input: &Input) -> Vec<Effect>;
    /// See [`Engine::deadline`].
    fn deadline(&self) -> Option<EventTime>;
    /// See [`Engine::wake`].
    fn wake(&mut self, at: EventTime) -> Vec<Effect>;
    /// See [`Engine::second`].
    fn second(&self) -> Option<Second>;
    /// See [`Engine::candidate`].
    fn candidate(&self) -> Option<Moment>;
}

impl Detector for Engine {
    fn handle(&mut self, at: EventTime, input: &Input) -> Vec<Effect> {
        Self::handle(self, at, input)
    }
    fn deadline(&self) -> Option<EventTime> {
        Self::deadline(self)
    }
    fn wake(&mut self, at: EventTime) -> Vec<Effect> {
        Self::wake(self, at)
    }
    fn second(&self) -> Option<Second> {
        Self::second(self)
    }
    fn candidate(&self) -> Option<Moment> {
        Self::candidate(self)
    }
}

/// One engine's run.
pub struct Runner<D = Engine> {
    detector: D,
    top: Option<TopK>,
    timeline: Option<Timeline>,
    zero: Option<EventTime>,
    last_second: Option<EventTime>,
    last_message: Option<EventTime>,
    messages: u64,
    effects: Vec<Effect>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// Moments with their last known end and score, or the peaks, best first.
    pub moments: Vec<Moment>,
    /// Moments and extensions as the engine told them, one by one.
    pub effects: Vec<Effect>,
    /// Chat lines fed.
    pub messages: u64,
    /// Time of the last chat line.
    pub last_message: Option<EventTime>,
    /// Whether the timeline could be written.
    pub timeline: std::io::Result<()>,
}

impl<D: Detector> Runner<D> {
    /// A run of `detector`: `top` asks for peaks instead of triggers.
    pub fn new(detector: D, top: Option<usize>, timeline: Option<Timeline>) -> Self {
        Self {
            detector,
            top: top.map(TopK::new),
            timeline,
            zero: None,
            last_second: None,
            last_message: None,
            messages: 0,
            effects: Vec::new(),
        }
    }

    /// Sets the zero of the file's clock. Seconds that end before it are known have no row
    /// and are no peak.
    pub fn set_zero(&mut self, zero: EventTime) {
        self.zero = Some(zero);
    }

    /// Takes one input, after waking the engine for what was due until then: deadlines come
    /// before messages of the same instant.
    pub fn feed(&mut self, at: EventTime, input: &Input) {
        self.wake_until(at);
        if input.is_line() {
            self.messages += 1;
            self.last_message = Some(self.last_message.map_or(at, |last| last.max(at)));
        }
        let effects = self.detector.handle(at, input);
        self.keep(effects);
    }

    /// Wakes the engine at each of its deadlines up to `until`.
    pub fn wake_until(&mut self, until: EventTime) {
        while let Some(deadline) = self.detector.deadline().filter(|due| *due <= until) {
            let effects = self.detector.wake(deadline);
            self.keep(effects);
            self.observe();
            if self.detector.deadline().is_some_and(|next| next <= deadline) {
                return; // An engine that asks for the past again must not hang the replay.
            }
        }
    }

    /// Wakes the engine for what the last messages left to be seen.
    pub fn wake_for_tail(&mut self) {
        if let Some(last) = self.last_message {
            let second = last.0.saturating_add(999).div_euclid(1000).saturating_mul(1000);
            self.wake_until(EventTime(second) + TAIL_MS);
        }
    }

    /// Ends the run.
    #[must_use]
    pub fn finish(self) -> Outcome {
        Outcome {
            moments: match self.top {
                Some(top) => top.peaks(),
                None => merged(&self.effects),
            },
            effects: self.effects,
            messages: self.messages,
            last_message: self.last_message,
            timeline: self.timeline.map_or(Ok(()), Timeline::finish),
        }
    }

    fn keep(&mut self, effects: Vec<Effect>) {
        let is_moment = |effect: &Effect| matches!(effect, Effect::Moment(_) | Effect::Extended(_));
        self.effects.extend(effects.into_iter().filter(is_moment));
    }

    fn observe(&mut self) {
        let (Some(second), Some(zero)) = (self.detector.second(), self.zero) else { return };
        let before = self.last_second.replace(second.end);
        if before == Some(second.end) {
            return;
        }
        if let Some(timeline) = &mut self.timeline {
            timeline.row(&second, zero);
        }
        let Some(top) = &mut self.top else { return };
        for end in before.map(|before| slept_through(before, second.end)).into_iter().flatten() {
            if end >= zero {
                top.second(0.0, end, || {
                    self.detector.candidate().map(|moment| silent(moment, end))
                });
            }
        }
        if second.end >= zero {
            top.second(second.score, second.end, || self.detector.candidate());
        }
    }
}

/// The ends of the seconds between two that an engine has seen: it sleeps while nobody says
/// anything. None of a silence that is longer than any stream's.
fn slept_through(before: EventTime, after: EventTime) -> impl Iterator<Item = EventTime> {
    let ms = after.ms_since(before);
    let seconds = if ms > MAX_SILENCE_MS { 0 } else { ms.saturating_sub(1) / 1000 };
    (1..=seconds).map(move |nth| before + nth * 1000)
}

/// A moment like this one, in a second of which there is nothing to say.
fn silent(like: Moment, trigger: EventTime) -> Moment {
    let later = trigger.ms_since(like.trigger);
    let (start, end) = (like.start + later, like.end + later);
    Moment { trigger, start, end, score: 0.0, reasons: Vec::new(), ..like }
}

/// Moments as they were in the end: each extension replaces what it extends.
fn merged(effects: &[Effect]) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for effect in effects {
        match effect {
            Effect::Moment(moment) => moments.push(moment.clone()),
            Effect::Extended(longer) => {
                if let Some(known) = moments.iter_mut().rev().find(|m| m.trigger == longer.trigger)
                {
                    known.clone_from(longer);
                }
            }
            Effect::Window(_) | Effect::Learned | Effect::Answer(_) => {}
        }
    }
    moments
}

#[cfg(test)]
pub(crate) mod tests {
    use cliphound_engine::{Cause, Message, Settings};

    use super::*;

    /// As many as were asked for, where the length allows.
    #[test]
    fn silence_has_peaks_too() {
        let mut runner = Runner::new(Engine::new(Settings::default(), 1), Some(10), None);
        runner.set_zero(EventTime(0));
        for quarter in 0..13 {
            let message = Message { text: "hi".to_owned(), ..Message::default() };
            runner.feed(EventTime(quarter * 900_000), &Input::Message(message));
        }
        let moments = runner.finish().moments;
        assert_eq!(moments.len(), 10);
        assert!(moments.iter().all(|moment| moment.start < moment.trigger), "{moments:?}");
    }

    /// Ticks at whole seconds; its score is the messages of the second over ten. From a
    /// half on it triggers; the second after that extends.
    #[derive(Default)]
    pub(crate) struct Fake {
        pub(crate) log: Vec<String>,
        next: Option<EventTime>,
        messages: u32,
        second: Option<Second>,
        open: Option<Moment>,
    }

    pub(crate) fn moment(trigger: EventTime, score: f32) -> Moment {
        let (start, end, threshold) = (trigger - 20_000, trigger, 0.5);
        let (cause, reasons, learning) = (Cause::Hype, Vec::new(), false);
        Moment { trigger, start, end, score, threshold, cause, reasons, learning, title: None }
    }

    impl Detector for Fake {
        fn handle(&mut self, at: EventTime, input: &Input) -> Vec<Effect> {
            self.log.push(format!("handle {}", at.0));
            self.messages += u32::from(matches!(input, Input::Message(_)));
            self.next.get_or_insert(EventTime(at.0.div_euclid(1000) * 1000 + 1000));
            Vec::new()
        }
        fn deadline(&self) -> Option<EventTime> {
            self.next
        }
        fn wake(&mut self, at: EventTime) -> Vec<Effect> {
            self.log.push(format!("wake {}", at.0));
            self.next = Some(at + 1000);
            let (messages, score) = (self.messages, self.messages as f32 / 10.0);
            let triggered = score >= 0.5;
            self.messages = 0;
            self.second =
                Some(Second { end: at, messages, chatters: 1, score, threshold: 0.5, triggered });
            if triggered {
                self.open = Some(moment(at, score));
                return vec![Effect::Moment(moment(at, score)), Effect::Learned];
            }
            let extended = self.open.take().map(|open| Moment { end: at, ..open });
            extended.map(Effect::Extended).into_iter().collect()
        }
        fn second(&self) -> Option<Second> {
            self.second
        }
        fn candidate(&self) -> Option<Moment> {
            self.second.map(|second| moment(second.end, second.score))
        }
    }

    fn run(messages: &[(i64, usize)], top: Option<usize>) -> (Vec<String>, Outcome) {
        let mut runner = Runner::new(Fake::default(), top, None);
        runner.set_zero(EventTime(0));
        for (at, count) in messages {
            for _ in 0..*count {
                runner.feed(EventTime(*at), &Input::Message(Message::default()));
            }
        }
        runner.wake_for_tail();
        let log = std::mem::take(&mut runner.detector.log);
        (log, runner.finish())
    }

    #[test]
    fn deadlines_come_before_messages_of_the_same_instant() {
        let (log, outcome) = run(&[(500, 1), (2000, 1)], None);
        assert_eq!(log[..4], ["handle 500", "wake 1000", "wake 2000", "handle 2000"]);
        assert_eq!(log.last().map(String::as_str), Some("wake 17000"));
        assert_eq!((outcome.messages, outcome.last_message), (2, Some(EventTime(2000))));
    }

    #[test]
    fn extensions_replace_the_moment() {
        let (_, outcome) = run(&[(500, 6)], None);
        let expected = Moment { end: EventTime(2000), ..moment(EventTime(1000), 0.6) };
        assert_eq!(outcome.moments, [expected]);
        assert_eq!(outcome.effects.len(), 2);
    }

    #[test]
    fn peaks_lie_after_the_zero() {
        let (_, outcome) = run(&[(-5000, 9), (500, 2), (200_500, 3)], Some(2));
        let triggers: Vec<_> = outcome.moments.iter().map(|m| m.trigger.0).collect();
        assert_eq!(triggers, [201_000, 1000]);
    }
}
