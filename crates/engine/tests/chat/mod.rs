//! A small chat to tell stories with: ordinary talk and bursts, always the same.

use cliphound_engine::{Effect, Engine, EventTime, Input, Message, Model, Moment, Settings};

/// Things that people say.
const TALK: [&str; 8] = [
    "does anyone know which song that was",
    "he should have gone to the left side there",
    "just got home from work, what did I miss",
    "I think the last patch changed that",
    "my cat is sitting on the keyboard again",
    "good evening everybody",
    "that reminds me of the game from yesterday",
    "who else is eating while watching this",
];

/// An engine and its clock.
pub struct Chat {
    pub engine: Engine,
    pub effects: Vec<Effect>,
    now: EventTime,
    spoken: usize,
}

impl Chat {
    pub fn new(settings: Settings) -> Self {
        Self {
            engine: Engine::new(settings, 1),
            effects: Vec::new(),
            now: EventTime(1_700_000_000_000),
            spoken: 0,
        }
    }

    /// A channel that goes on with what was learned, on another clock.
    pub fn with_model(model: Model, now: EventTime) -> Self {
        let engine = Engine::with_model(Settings::default(), model);
        Self { engine, effects: Vec::new(), now, spoken: 0 }
    }

    /// So many seconds of ordinary talk: a line in four seconds, by twenty people.
    pub fn talk(&mut self, seconds: usize) {
        for _ in 0..seconds / 4 {
            let user = format!("talker{}", self.spoken * 7 % 20);
            self.say(&user, TALK[self.spoken % TALK.len()]);
            self.spoken += 1;
            self.pass(4000);
        }
    }

    /// So many people, one line each, five a second, then thirty seconds of talk.
    pub fn burst(&mut self, people: usize, text: impl Fn(usize) -> String) {
        for i in 0..people {
            self.say(&format!("excited{i}"), &text(i));
            self.pass(200);
        }
        self.talk(30);
    }

    /// A line; an empty user is one that is not known.
    pub fn say(&mut self, user: &str, text: &str) {
        let user = (!user.is_empty()).then(|| user.to_owned());
        let message = Message { user, text: text.into(), ..Message::default() };
        self.tell(&Input::Message(message));
    }

    pub fn tell(&mut self, input: &Input) {
        let effects = self.engine.handle(self.now, input);
        self.effects.extend(effects);
    }

    /// The time now.
    pub fn now(&self) -> EventTime {
        self.now
    }

    /// Lets milliseconds pass.
    pub fn pass(&mut self, ms: i64) {
        self.now = self.now + ms;
        let effects = self.engine.wake(self.now);
        self.effects.extend(effects);
    }

    /// The moments so far.
    pub fn moments(&self) -> Vec<Moment> {
        let moment = |effect: &Effect| match effect {
            Effect::Moment(moment) => Some(moment.clone()),
            _ => None,
        };
        self.effects.iter().filter_map(moment).collect()
    }
}
