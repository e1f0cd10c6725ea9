//! One channel's engine: inputs with their times in, effects out.

mod told;

use crate::{
    command::{Asked, Command},
    effect::{About, Answer, Cause, Effect, Moment},
    gist::Gist,
    growth::{Growth, Step},
    hash::{fnv1a, quick},
    input::{Input, Live, Quieting, Role},
    learner::Learner,
    model::Model,
    score::{
        bounds, hybrid,
        mask::Mask,
        surroundings::{Raised, Surroundings},
        threshold::Sources,
        trigger::{Limits, Reading},
    },
    second::{Circumstances, Seen},
    settings::{Part, Settings},
    tally::{TALLY_MS, Tally},
    teach::Lesson,
    text::{ChannelEmotes, bots::is_known_bot, prompts::Prompts},
    time::EventTime,
    window::{Known, Lasting, Line, Trailing, Wording},
};

/// Length of the window that the score looks at.
pub const WINDOW_MS: i64 = 15_000;
/// Messages an hour below which chat alone shows few moments: on labelled streams the share
/// of right triggers falls from two in three to less than half.
pub const SMALL_CHAT: f32 = 300.0;
/// The engine looks at the chat once a second.
const SECOND_MS: i64 = 1000;
/// Nothing triggers in a channel's first minute: nothing is usual yet.
const YOUNG_MS: i64 = 60_000;
/// A silent chat is not looked at any more after so long.
const SLEEP_AFTER_MS: i64 = 600_000;

/// Who wrote a line, its id, and what was typed, where that is still there.
#[derive(Debug, Clone, Copy)]
struct Heard<'a> {
    id: Option<&'a str>,
    user: Option<&'a str>,
    role: Role,
    typed: &'a str,
}

/// Finds the moments of one channel.
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    model: Model,
    learner: Learner,
    window: Trailing,
    known: Known,
    lasting: Lasting,
    tally: Tally,
    mask: Mask,
    raised: Raised,
    asked: Asked,
    emotes: ChannelEmotes,
    prompts: Prompts,
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
    /// What follows from the verdicts.
    lesson: Lesson,
    seen: Option<Seen>,
    growing: Option<Growth>,
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
        let lesson = Lesson::of(&model.verdicts);
        let learner = Learner::new(&model.reservoir, model.seed ^ model.trainings);
        let mut engine = Self {
            settings,
            model,
            learner,
            window: Trailing::new(WINDOW_MS),
            known: Known::default(),
            lasting: Lasting::default(),
            tally: Tally::default(),
            mask: Mask::default(),
            raised: Raised::default(),
            asked: Asked::default(),
            emotes: ChannelEmotes::default(),
            prompts: Prompts::default(),
            live: Live::Unknown,
            viewers: None,
            connected: true,
            now: None,
            next: None,
            ripe: None,
            nameless: 0,
            threshold: 0.0,
            lesson,
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
        let mut effects = Vec::new();
        // Of a lively chat's lines most come within a second.
        if self.next.is_some_and(|end| end <= now) {
            self.end_seconds(now, &mut effects);
        }
        self.now = Some(now);
        match input {
            Input::Message(message) => {
                let mut gist = Gist::default();
                gist.read(message, &self.emotes);
                let (id, user) = (message.id.as_deref(), message.user.as_deref());
                let heard = Heard { id, user, role: message.role, typed: &message.text };
                self.heard(now, heard, gist, &mut effects);
            }
            Input::Erased(line) => {
                let (id, user) = (line.id.as_deref(), line.user.as_deref());
                let gist = line.gist.clone();
                let heard = Heard { id, user, role: line.role, typed: "" };
                self.heard(now, heard, gist, &mut effects);
            }
            Input::MessageDeleted { id } => {
                self.window.forget(quick(id.as_bytes()));
            }
            Input::UserCleared { user } => {
                self.window.forget_person(fnv1a(user.as_bytes()));
            }
            Input::ChatCleared => self.window.clear(),
            Input::Raid { .. } => {
                self.mask.raid(now);
                self.model.baseline.skip();
            }
            Input::Subscription => self.mask.subscription(now),
            Input::Gift { count } => self.mask.gifts(now, *count),
            Input::AdBreak { seconds } => self.mask.ads(now, *seconds),
            Input::Poll => self.mask.poll(now),
            Input::Signal { name, forces } => effects.extend(self.signal(now, name, *forces)),
            Input::Quiet(quieting) => self.quieten(now, *quieting),
            Input::Asked { by, title } => {
                if self.asked.is_free(now, &self.settings) {
                    let moment = self.forced(now, Cause::Manual(by.clone()));
                    effects.push(Effect::Moment(Moment { title: title.clone(), ..moment }));
                }
            }
            Input::Verdict(verdict) => {
                self.model.verdicts.take(verdict);
                self.learn_lesson();
            }
            Input::Verdicts(verdicts) => {
                self.model.verdicts.replace(verdicts);
                self.learn_lesson();
            }
            Input::Sound { level_db } => self.model.sound.hear(now, *level_db),
            Input::Evidence { start, end } => {
                self.model.delay.learn(start.within_bounds(), end.within_bounds());
            }
            Input::Viewers(viewers) => self.viewers = *viewers,
            Input::Live(live) => self.live = *live,
            Input::Emotes(set) => self.emotes = ChannelEmotes::new(set),
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
        let mut effects = Vec::new();
        self.end_seconds(now.within_bounds(), &mut effects);
        effects
    }

    #[inline(never)]
    fn end_seconds(&mut self, now: EventTime, effects: &mut Vec<Effect>) {
        while let Some(end) = self.next.filter(|end| *end <= now) {
            self.second_ends(end, effects);
        }
    }

    fn heard(&mut self, now: EventTime, heard: Heard<'_>, gist: Gist, effects: &mut Vec<Effect>) {
        self.awake(now);
        let Heard { id, user, role, typed } = heard;
        if let (Some(command), Some(login)) = (gist.command, user)
            && self.asked.may(now, login, role, &command, &self.settings)
        {
            effects.push(self.commanded(now, login, command));
            return;
        }
        self.window.advance(now);
        self.prompts.announced(now, &gist.announced, |key| self.window.is_going_around(key));
        if user.is_some_and(|login| self.is_ignored(login)) || gist.is_command {
            return;
        }
        let person = user.map_or_else(|| self.nameless_person(), |login| fnv1a(login.as_bytes()));
        let mut text = gist.text;
        if gist.is_vote || self.prompts.asked_for(now, text.key) {
            text.brevity = 0.0;
        }
        self.tally.message(person, text.sentiment);
        let id = id.map_or(0, |id| quick(id.as_bytes()));
        // Who has no name can't be told to be heard for the first time.
        let first = user.is_some() && self.known.meet(person);
        let joins = text.is_plain() && self.lasting.says(now, text.key, person);
        let wording = Wording::default();
        self.window.add(Line { at: now, person, first, joins, id, text, wording }, typed);
    }

    fn commanded(&mut self, now: EventTime, login: &str, command: Command) -> Effect {
        let about = match command {
            Command::Clip { title } => {
                let moment = self.forced(now, Cause::Manual(login.to_owned()));
                return Effect::Moment(Moment { title, ..moment });
            }
            Command::Status => About::Status(self.status(now)),
            Command::Pause => {
                self.quieten(now, Quieting::Pause);
                About::Paused
            }
            Command::Resume => {
                self.quieten(now, Quieting::Resume);
                // Moments do not come again: what holds them is told instead.
                if self.settings.paused { About::Status(self.status(now)) } else { About::Resumed }
            }
            Command::Mute { minutes } => {
                self.quieten(now, Quieting::Mute(minutes));
                About::Muted(minutes)
            }
            Command::Unknown => About::Usage,
        };
        Effect::Answer(Answer { to: login.to_owned(), about })
    }

    fn quieten(&mut self, now: EventTime, quieting: Quieting) {
        match quieting {
            Quieting::Pause => self.model.quiet.pause(),
            Quieting::Mute(minutes) => self.model.quiet.mute(now, minutes),
            Quieting::Resume => self.model.quiet.resume(),
        }
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

    /// What the streamer named happened: raises the score, or forces a moment unless one
    /// was just triggered.
    fn signal(&mut self, now: EventTime, name: &str, forces: bool) -> Option<Effect> {
        self.raised.signal(now);
        let free = forces && self.live != Live::Offline && !self.is_held(now);
        (free && self.model.trigger.force(now, self.limits()))
            .then(|| Effect::Moment(self.forced(now, Cause::Signal(name.to_owned()))))
    }

    fn forced(&self, now: EventTime, cause: Cause) -> Moment {
        Moment {
            trigger: now,
            start: now - i64::from(self.settings.clip_s) * 1000,
            end: now,
            score: self.seen.as_ref().map_or(0.0, Seen::score),
            threshold: hybrid::score(self.threshold),
            cause,
            reasons: Vec::new(),
            learning: self.is_learning(),
            title: None,
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
            muted: !usual_chat || !ripe || self.is_held(end),
        };
        seen.triggered = self.model.trigger.step(reading, self.limits());
        self.grow(&seen, effects);
        if seen.triggered {
            self.triggered(&seen, effects);
        }
        if usual_chat {
            self.learn(&seen, ripe, effects);
        }
        if end.0.rem_euclid(TALLY_MS) == 0 {
            let threshold = hybrid::score(seen.threshold);
            effects.push(Effect::Window(self.tally.take(end, threshold, self.viewers)));
        }
        self.seen = Some(seen);
        let silent = self.model.last.is_none_or(|last| end.ms_since(last) >= SLEEP_AFTER_MS);
        self.next = (!silent).then(|| end + SECOND_MS);
    }

    fn look(&mut self, end: EventTime) -> Seen {
        let circumstances = Circumstances {
            settings: &self.settings,
            model: &self.model,
            learner: &self.learner,
            viewers: self.viewers,
            lesson: self.lesson().filter(|lesson| lesson.weighs()),
            surroundings: Surroundings {
                sound: self.model.sound.unusual(end),
                raised: self.raised.covers(end),
            },
            threshold: self.threshold,
        };
        let mut seen = Seen::look(end, &self.window, circumstances);
        seen.messages = self.tally.second(seen.unusual.total);
        seen
    }

    fn triggered(&mut self, seen: &Seen, effects: &mut Vec<Effect>) {
        let bounds = bounds::from_edge(seen.end, self.model.delay.ms());
        let moment = seen.moment(bounds, &self.window, self.is_learning());
        self.learner.moment(seen.end);
        self.model.delay.triggered(seen.end);
        effects.push(Effect::Moment(moment.clone()));
        self.growing = Some(Growth::of(moment));
    }

    /// What editors taught, unless it is left out.
    fn lesson(&self) -> Option<&Lesson> {
        self.settings.has(Part::Teaching).then_some(&self.lesson)
    }

    fn learn_lesson(&mut self) {
        self.lesson = Lesson::of(&self.model.verdicts);
        self.set_threshold();
    }

    fn set_threshold(&mut self) {
        self.threshold = self.threshold_at(self.lesson().map_or(1.0, |lesson| lesson.aim));
    }

    /// The threshold that aims at this share of what the user wants, nats.
    fn threshold_at(&self, share: f32) -> f32 {
        let sources = Sources {
            prior: self.settings.has(Part::Prior),
            own: self.settings.has(Part::History),
        };
        self.model.threshold.at(self.settings.aim_per_hour() * share, sources)
    }

    fn limits(&self) -> Limits {
        Limits::of(&self.settings)
    }

    /// Follows the burst of the last moment; tells once, at the end, if it grew.
    fn grow(&mut self, seen: &Seen, effects: &mut Vec<Effect>) {
        let learning = self.is_learning();
        let Some(growing) = self.growing.take() else { return };
        match growing.step(seen, &self.window, learning) {
            Step::Goes(growing) => self.growing = Some(growing),
            Step::Over(grown) => effects.extend(grown.map(Effect::Extended)),
        }
    }

    fn learn(&mut self, seen: &Seen, ripe: bool, effects: &mut Vec<Effect>) {
        self.model.baseline.learn(seen.levels());
        if !ripe {
            return;
        }
        if self.model.threshold.learn(seen.unusual.total) {
            self.set_threshold();
        }
        let was_learning = self.is_learning();
        let seed = self.model.seed ^ (self.model.trainings.wrapping_add(1));
        let rules = seen.unusual.rules;
        let reservoir = &mut self.model.reservoir;
        if self.learner.second(seen.end, &seen.counts, rules, reservoir, seed) {
            self.model.trainings = self.model.trainings.wrapping_add(1);
        }
        if was_learning && !self.is_learning() {
            effects.push(Effect::Learned);
        }
    }
}
