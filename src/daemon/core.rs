//! What a channel task does, without tasks: stragglers put in place, the engine fed
//! and woken in the order of Twitch's time.

use cliphound_engine::{
    Effect, Engine, EventTime, Input, Model, Moment, Popular, Second, Status, Teaching,
};

use super::lateness::{LATENESS_MS, Lateness};

/// One channel's engine behind its waiting room for stragglers.
#[derive(Debug)]
pub struct Core {
    engine: Engine,
    waiting: Lateness<Input>,
    is_held: bool,
}

impl Core {
    /// A channel whose engine has been told nothing since it was made.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine, waiting: Lateness::default(), is_held: false }
    }

    /// Takes what Twitch sent at `sent` (or what became known at that time), at Twitch's
    /// time `now`. What claims to be from the future counts as now.
    pub fn push(&mut self, sent: EventTime, now: EventTime, input: Input) {
        self.waiting.push(sent.min(now), input);
    }

    /// When what Twitch sent at `sent` counts for the engine: that of a straggler is not before
    /// what the engine knows already.
    #[must_use]
    pub fn counts_at(&self, sent: EventTime, now: EventTime) -> EventTime {
        sent.min(now).max(self.waiting.horizon())
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

    /// How much is usually written in the channel, messages an hour.
    #[must_use]
    pub fn messages_per_hour(&self) -> f32 {
        self.engine.messages_per_hour()
    }

    /// The second that ended last.
    #[must_use]
    pub fn second(&self) -> Option<Second> {
        self.engine.second()
    }

    /// The last second with its reasons, as if it were a moment's peak: also below the threshold.
    #[must_use]
    pub fn candidate(&self) -> Option<Moment> {
        self.engine.candidate()
    }

    /// How it goes.
    #[must_use]
    pub fn status(&self) -> Status {
        self.engine.status(self.waiting.horizon())
    }

    /// The emotes that most people of the last 15 s are on, at most `most`.
    #[must_use]
    pub fn top_emotes(&self, most: usize) -> Vec<Popular> {
        self.engine.top_emotes(most)
    }

    /// The short lines that most people wrote in the last 15 s, at most `most`. It is chat: what
    /// is deleted is gone from it, so show it as of now and keep it nowhere.
    #[must_use]
    pub fn top_words(&self, most: usize) -> Vec<Popular> {
        self.engine.top_words(most)
    }

    /// What the editors' verdicts taught the channel.
    #[must_use]
    pub fn teaching(&self) -> Teaching {
        self.engine.teaching()
    }

    /// Windows of the channel that its forest is trained on.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.engine.samples()
    }

    /// Whether moments are held back by a pause or a mute, if that has changed since this was
    /// last asked.
    pub fn held_anew(&mut self) -> Option<bool> {
        let is_held = self.engine.is_held(self.waiting.horizon());
        (std::mem::replace(&mut self.is_held, is_held) != is_held).then_some(is_held)
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

#[cfg(test)]
mod tests {
    use cliphound_engine::{Message, Role, Settings};
    use proptest::prelude::*;

    use super::*;

    fn message(user: u8, text: &str) -> Input {
        let user = Some(format!("user{user}"));
        Input::Message(Message { user, text: text.to_owned(), ..Message::default() })
    }

    fn engine() -> Engine {
        Engine::new(Settings::default(), 1)
    }

    /// What a replay does with what was fed: deadlines, then inputs of the same instant.
    fn replay(fed: &[(EventTime, Input)], until: EventTime) -> Vec<Effect> {
        let (mut engine, mut effects) = (engine(), Vec::new());
        let wake = |engine: &mut Engine, at, effects: &mut Vec<Effect>| {
            while let Some(deadline) = engine.deadline().filter(|deadline| *deadline <= at) {
                effects.extend(engine.wake(deadline));
            }
        };
        for (at, input) in fed {
            wake(&mut engine, *at, &mut effects);
            effects.extend(engine.handle(*at, input));
        }
        wake(&mut engine, until, &mut effects);
        effects
    }

    #[test]
    fn silence_passes_too() {
        let mut core = Core::new(engine());
        assert_eq!(core.next_at(), None);
        core.push(EventTime(0), EventTime(50), message(1, "hi"));
        assert_eq!(core.next_at(), Some(EventTime(LATENESS_MS)));
        let windows = core.advance(EventTime(61_000), |_, _| {});
        let is_window = |(_, effect): &&(EventTime, Effect)| matches!(effect, Effect::Window(_));
        assert!(windows.iter().filter(is_window).count() >= 11, "{windows:?}");
        assert_eq!(core.horizon(), EventTime(60_000));
    }

    #[test]
    fn what_claims_to_be_from_the_future_counts_as_now() {
        let mut core = Core::new(engine());
        core.push(EventTime(i64::MAX), EventTime(5_000), message(1, "hi"));
        let mut fed = Vec::new();
        core.advance(EventTime(6_000), |at, _| fed.push(at));
        assert_eq!(fed, [EventTime(5_000)]);
    }

    #[test]
    fn a_pause_and_its_end_are_told_once() {
        let mut core = Core::new(engine());
        let mut says = |at, text: &str| {
            let line = Message {
                user: Some("helper".to_owned()),
                text: text.to_owned(),
                role: Role::Moderator,
                ..Message::default()
            };
            core.push(EventTime(at), EventTime(at), Input::Message(line));
            core.advance(EventTime(at + 2_000), |_, _| {});
            core.held_anew()
        };
        assert_eq!(says(1_000, "hello"), None);
        assert_eq!(says(9_000, "!cliphound pause"), Some(true));
        assert_eq!(says(19_000, "hello"), None);
        assert_eq!(says(29_000, "!cliphound resume"), Some(false));
    }

    #[test]
    fn a_moderator_gets_a_moment() {
        let mut core = Core::new(engine());
        let asked = Message {
            user: Some("helper".to_owned()),
            text: "!testclip".to_owned(),
            role: Role::Moderator,
            ..Message::default()
        };
        core.push(EventTime(9_000), EventTime(9_100), Input::Message(asked));
        let effects = core.advance(EventTime(10_000), |_, _| {});
        assert!(matches!(&effects[0], (EventTime(9_000), Effect::Moment(_))), "{effects:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Whenever the engine is advanced and however late messages are, replaying what
        /// was fed gives what was told.
        #[test]
        fn a_replay_of_what_was_fed_tells_the_same(
            lines in prop::collection::vec(
                (0..3_000_i64, 0..2_500_i64, 0..40_u8, prop::bool::weighted(0.3), any::<bool>()),
                1..300,
            ),
        ) {
            let (mut core, mut now) = (Core::new(engine()), 0);
            let (mut fed, mut told) = (Vec::new(), Vec::new());
            for (gap, delay, user, hype, advance) in lines {
                now += if hype { gap / 50 } else { gap };
                let text = if hype { "WOW LETS GO" } else { "what a nice day" };
                core.push(EventTime(now - delay), EventTime(now), message(user, text));
                if advance {
                    told.extend(core.advance(EventTime(now), |at, input| fed.push((at, input.clone()))));
                }
            }
            told.extend(core.advance(EventTime(now + LATENESS_MS), |at, input| {
                fed.push((at, input.clone()));
            }));
            let told: Vec<Effect> = told.into_iter().map(|(_, effect)| effect).collect();
            prop_assert_eq!(told, replay(&fed, core.horizon()));
        }
    }
}
