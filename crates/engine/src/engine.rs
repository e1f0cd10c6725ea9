//! One channel's engine: inputs with their times in, effects out.

use crate::{
    command::{self, Testclip},
    effect::{Cause, Effect, Moment},
    hash::fnv1a,
    input::{Input, Live, Message},
    learner::{self, Learner},
    model::Model,
    score::{
        bounds,
        features::{self, Vector, index},
        hybrid::{self, Unusual},
        mask::Mask,
        reasons::reasons,
        rules,
        threshold::Sources,
        trigger::{Limits, Reading},
    },
    settings::{Part, Settings},
    tally::{TALLY_MS, Tally},
    text::{self, bots::is_known_bot},
    time::EventTime,
    window::{Counts, Known, Line, Trailing},
};

/// Length of the window that the score looks at.
pub const WINDOW_MS: i64 = 15_000;
/// The engine looks at the chat once a second.
const SECOND_MS: i64 = 1000;
/// Nothing triggers in a channel's first minute: nothing is usual yet.
const YOUNG_MS: i64 = 60_000;
/// A silent chat is not looked at any more after so long.
const SLEEP_AFTER_MS: i64 = 600_000;
/// A burst that grows so long after its trigger makes the moment stronger; shorter
/// than the seven seconds until the call.
const GROWS_FOR_MS: i64 = 5_000;

/// Finds the moments of one channel.
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    model: Model,
    learner: Learner,
    window: Trailing,
    known: Known,
    tally: Tally,
    mask: Mask,
    testclip: Testclip,
    live: Live,
    viewers: Option<u32>,
    connected: bool,
    /// The newest instant seen.
    now: Option<EventTime>,
    /// End of the current second; `None` before the first message and while chat is silent.
    next: Option<EventTime>,
    /// Nothing triggers before.
    ripe: Option<EventTime>,
    /// Messages without a user so far: each is a person of its own.
    nameless: u64,
    threshold: f32,
    seen: Option<Seen>,
    growing: Option<Growing>,
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

/// The last second with what led to its score.
#[derive(Debug)]
struct Seen {
    second: Second,
    counts: Counts,
    levels: Vector,
    usual: Vector,
    normalised: Vector,
    unusual: Unusual,
}

/// A moment whose burst goes on.
#[derive(Debug)]
struct Growing {
    moment: Moment,
    grew: bool,
}

impl Engine {
    /// An engine for a channel never seen before. `seed` makes its randomness repeatable.
    #[must_use]
    pub fn new(settings: Settings, seed: u64) -> Self {
        Self::with_model(settings, Model::new(seed))
    }

    /// An engine that goes on with what was learned before.
    #[must_use]
    pub fn with_model(settings: Settings, model: Model) -> Self {
        let learner = Learner::new(&model.reservoir, model.seed ^ model.trainings);
        let mut engine = Self {
            settings,
            model,
            learner,
            window: Trailing::new(WINDOW_MS),
            known: Known::default(),
            tally: Tally::default(),
            mask: Mask::default(),
            testclip: Testclip::default(),
            live: Live::Unknown,
            viewers: None,
            connected: true,
            now: None,
            next: None,
            ripe: None,
            nameless: 0,
            threshold: 0.0,
            seen: None,
            growing: None,
        };
        engine.set_threshold();
        engine
    }

    /// Lets nothing trigger before `start`: what comes earlier warms up.
    pub fn start_at(&mut self, start: EventTime) {
        self.ripe = self.ripe.max(Some(start));
    }

    /// Takes one input at its time, after all seconds that ended at that time or before.
    /// Times before the newest one seen count as that one.
    pub fn handle(&mut self, now: EventTime, input: &Input) -> Vec<Effect> {
        let now = now.within_bounds();
        let now = self.now.map_or(now, |newest| newest.max(now));
        let mut effects = self.wake(now);
        self.now = Some(now);
        match input {
            Input::Message(message) => effects.extend(self.heard(now, message)),
            Input::MessageDeleted { id } => {
                let id = fnv1a(id.as_bytes());
                self.window.forget(|line| line.id == id);
            }
            Input::UserCleared { user } => {
                let person = fnv1a(user.as_bytes());
                self.window.forget(|line| line.person == person);
            }
            Input::ChatCleared => self.window.clear(),
            Input::Raid { .. } => {
                self.mask.raid(now);
                self.model.baseline.skip();
            }
            Input::Subscription => {}
            Input::Gift { count } => self.mask.gifts(now, *count),
            Input::Viewers(viewers) => self.viewers = *viewers,
            Input::Live(live) => self.live = *live,
            Input::Disconnected => self.connected = false,
            Input::Reconnected => self.reconnected(now),
            Input::Settings(settings) => {
                self.settings = settings.clone();
                self.set_threshold();
            }
        }
        effects
    }

    /// When the engine wants to be woken; `None` while there is nothing to wait for.
    #[must_use]
    pub fn deadline(&self) -> Option<EventTime> {
        self.next
    }

    /// Ends all seconds that are due at `now` or before.
    pub fn wake(&mut self, now: EventTime) -> Vec<Effect> {
        let (mut effects, now) = (Vec::new(), now.within_bounds());
        while let Some(end) = self.next.filter(|end| *end <= now) {
            self.second_ends(end, &mut effects);
        }
        effects
    }

    /// The second that ended last, for timelines.
    #[must_use]
    pub fn second(&self) -> Option<Second> {
        self.seen.as_ref().map(|seen| seen.second)
    }

    /// The moment whose peak the last second would be.
    #[must_use]
    pub fn candidate(&self) -> Option<Moment> {
        let seen = self.seen.as_ref()?;
        Some(self.moment(seen, bounds::from_peak(seen.second.end)))
    }

    /// What has been learned, to be stored.
    #[must_use]
    pub fn model(&self) -> Model {
        self.model.clone()
    }

    /// Whether little of the channel is known yet.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        !learner::is_known(&self.model.reservoir)
    }

    fn heard(&mut self, now: EventTime, message: &Message) -> Option<Effect> {
        self.awake(now);
        if let Some(login) = self.testclip.asked(now, message, &self.settings) {
            return Some(Effect::Moment(self.forced(now, login)));
        }
        let user = message.user.as_deref();
        if user.is_some_and(|login| self.is_ignored(login)) || command::is_command(&message.text) {
            return None;
        }
        let person = user.map_or_else(|| self.nameless_person(), |login| fnv1a(login.as_bytes()));
        let text = text::read(&message.text, &message.emotes);
        self.tally.message(person, text.sentiment);
        let id = message.id.as_deref().map_or(0, |id| fnv1a(id.as_bytes()));
        self.window.advance(now);
        let first = self.known.meet(person);
        self.window.add(Line { at: now, person, first, id, text });
        None
    }

    fn is_ignored(&self, login: &str) -> bool {
        is_known_bot(login) || self.settings.ignored_users.iter().any(|user| user == login)
    }

    fn nameless_person(&mut self) -> u64 {
        self.nameless += 1;
        self.nameless
    }

    /// A message was heard: the seconds run again, if they did not.
    fn awake(&mut self, now: EventTime) {
        let before = self.model.last.replace(now);
        if self.next.is_some() {
            return;
        }
        self.next = Some(EventTime((now.0.div_euclid(SECOND_MS) + 1) * SECOND_MS));
        self.model.resume(before, now);
        // What is known already only needs a full window.
        let young = if before.is_some() { 2 * WINDOW_MS } else { YOUNG_MS };
        self.ripe = self.ripe.max(Some(now + young));
    }

    fn reconnected(&mut self, now: EventTime) {
        if !self.connected {
            self.connected = true;
            self.mask.gap(now);
            self.window.clear();
            self.model.baseline.skip();
        }
    }

    fn forced(&self, now: EventTime, login: &str) -> Moment {
        let second = self.second();
        Moment {
            trigger: now,
            start: now - i64::from(self.settings.clip_s) * 1000,
            end: now,
            score: second.map_or(0.0, |second| second.score),
            threshold: hybrid::score(self.threshold),
            cause: Cause::Manual(login.to_owned()),
            reasons: Vec::new(),
            learning: self.is_learning(),
        }
    }

    fn second_ends(&mut self, end: EventTime, effects: &mut Vec<Effect>) {
        self.now = self.now.max(Some(end));
        self.window.advance(end);
        let mut seen = self.look(end);
        let usual_chat = !self.mask.covers(end) && self.live != Live::Offline && self.connected;
        let ripe = self.ripe.is_some_and(|ripe| end >= ripe);
        let reading = Reading {
            now: end,
            value: seen.unusual.total,
            threshold: self.threshold,
            muted: !usual_chat || !ripe,
        };
        seen.second.triggered = self.model.trigger.step(reading, self.limits());
        self.grow(&seen, effects);
        if seen.second.triggered {
            let moment = self.moment(&seen, bounds::from_edge(end));
            self.learner.moment(end);
            effects.push(Effect::Moment(moment.clone()));
            self.growing = Some(Growing { moment, grew: false });
        }
        if usual_chat {
            self.learn(&seen, ripe, effects);
        }
        if end.0.rem_euclid(TALLY_MS) == 0 {
            let threshold = seen.second.threshold;
            effects.push(Effect::Window(self.tally.take(end, threshold, self.viewers)));
        }
        self.seen = Some(seen);
        let silent = self.model.last.is_none_or(|last| end.ms_since(last) >= SLEEP_AFTER_MS);
        self.next = (!silent).then(|| end + SECOND_MS);
    }

    /// Scores the window as it is at `end`.
    fn look(&mut self, end: EventTime) -> Seen {
        let counts = self.window.counts();
        let levels = features::levels(&counts);
        let usual = self.model.baseline.means();
        let has = |part| self.settings.has(part);
        let trust = if has(Part::Trust) { self.model.baseline.trust() } else { 1.0 };
        let normalised = features::normalise(&levels, &self.model.baseline, trust);
        let least = rules::least_people(self.viewers, usual[index::CHATTERS]);
        let people = if has(Part::Brevity) { index::REACTIONS } else { index::CHATTERS };
        let by_rules = rules::unusual(normalised[people], counts.chatters, least);
        let point = || self.learner.point(&counts);
        let unusual = hybrid::join(&self.settings, by_rules, self.learner.voter(), point);
        let score = hybrid::score(unusual.total);
        let second = Second {
            end,
            messages: self.tally.second(score),
            chatters: counts.chatters,
            score,
            threshold: hybrid::score(self.threshold),
            triggered: false,
        };
        Seen { second, counts, levels, usual, normalised, unusual }
    }

    fn set_threshold(&mut self) {
        let sources = Sources {
            prior: self.settings.has(Part::Prior),
            own: self.settings.has(Part::History),
        };
        self.threshold = self.model.threshold.at(self.settings.budget_per_hour, sources);
    }

    fn limits(&self) -> Limits {
        Limits {
            budget_per_hour: self.settings.budget_per_hour,
            cooldown_ms: i64::from(self.settings.cooldown_s) * 1000,
        }
    }

    /// Follows the burst of the last moment; tells once, at the end, if it grew.
    fn grow(&mut self, seen: &Seen, effects: &mut Vec<Effect>) {
        let Some(mut growing) = self.growing.take() else { return };
        let trigger = growing.moment.trigger;
        if seen.second.score > growing.moment.score {
            // What people still react to may last as much longer as they do.
            let (start, end) = bounds::from_edge(trigger);
            let longer = seen.second.end.ms_since(trigger);
            let stronger = self.moment(seen, (start, end + longer));
            growing = Growing { moment: Moment { trigger, ..stronger }, grew: true };
        }
        if seen.second.end.ms_since(trigger) < GROWS_FOR_MS {
            self.growing = Some(growing);
        } else if growing.grew {
            effects.push(Effect::Extended(growing.moment));
        }
    }

    fn learn(&mut self, seen: &Seen, ripe: bool, effects: &mut Vec<Effect>) {
        self.model.baseline.learn(seen.levels);
        if !ripe {
            return;
        }
        if self.model.threshold.learn(seen.unusual.total) {
            self.set_threshold();
        }
        let was_learning = self.is_learning();
        let seed = self.model.seed ^ (self.model.trainings.wrapping_add(1));
        let (end, rules) = (seen.second.end, seen.unusual.rules);
        if self.learner.second(end, &seen.counts, rules, &mut self.model.reservoir, seed) {
            self.model.trainings = self.model.trainings.wrapping_add(1);
        }
        if was_learning && !self.is_learning() {
            effects.push(Effect::Learned);
        }
    }

    fn moment(&self, seen: &Seen, (start, end): (EventTime, EventTime)) -> Moment {
        let emote = self.window.top_emote();
        let on_emote = seen.levels[index::EMOTE];
        // Half of the people on one emote is a moment of that emote.
        let cause = match emote {
            Some(name) if on_emote >= 3.0 && on_emote * 2.0 >= seen.levels[index::CHATTERS] => {
                Cause::Emote(name.to_owned())
            }
            _ => Cause::Hype,
        };
        Moment {
            trigger: seen.second.end,
            start,
            end,
            score: seen.second.score,
            threshold: seen.second.threshold,
            cause,
            reasons: reasons(&seen.levels, &seen.usual, &seen.normalised, emote, seen.unusual.vote),
            learning: self.is_learning(),
        }
    }
}
