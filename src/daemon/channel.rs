//! One channel's task: owns its engine, feeds it in Twitch's time, hands on what it asks for.
//!
//! It waits for nothing but its own queue and clock: what it hands on goes into queues
//! that take it at once or not at all.

mod askers;
mod early;
mod ends;
mod shows;

use std::{collections::VecDeque, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use cliphound_clock::Stopwatch;
use cliphound_engine::{
    Answer, Effect, EmoteSet, Engine, EventTime, Input, Live, Model, Moment, SMALL_CHAT,
};
use cliphound_twitch::chat::{ChatEvent, Heard, Signal};
use futures_util::FutureExt as _;
use tokio::sync::mpsc;

pub use self::ends::{Outlets, Plan, Shape, ToChannel};

use self::{askers::Askers, early::Early};
use super::{
    answers::ToSay,
    core::Core,
    figures::Figure,
    lateness::LATENESS_MS,
    models::Snapshot,
    stats::{ChannelStats, Stats},
    witness::Witness,
};
use crate::{
    board::Place,
    clips::{ClipOrder, OfflineFlag, ToClips, row},
    crew::{Pauses, blocking, rest},
    feed,
    named_signals::Signals,
    records::{Loaded, model_file},
    replay::seed,
    time::TwitchTime,
};

/// Events waiting for a channel's task: ten seconds of the largest chats.
pub const INBOX: usize = 4_096;
/// Events taken before the engine is fed.
const BATCH: usize = 256;
/// Moments kept that found the clip worker's queue full, until they can be recorded as
/// missed; the oldest go first, and are rows of the database only.
const OWED: usize = 64;

/// One channel.
#[derive(Debug)]
pub struct Channel {
    plan: Plan,
    outlets: Outlets,
    time: TwitchTime,
    id: Option<String>,
    offline: OfflineFlag,
    /// Category and title of the stream, as last heard.
    about: (String, String),
    core: Option<Core>,
    /// The channel's emotes, as last told.
    emotes: Option<EmoteSet>,
    early: Early,
    owed: VecDeque<ClipOrder>,
    is_heard: bool,
    signals: Signals,
    /// Taken out of the queue and not looked at yet; the next one is the last.
    lines: Vec<ToChannel>,
    own: Arc<ChannelStats>,
    /// What is seen of it.
    place: Place,
    witness: Witness,
    askers: Askers,
}

impl Channel {
    /// A channel of which nothing has been heard.
    #[must_use]
    pub fn new(plan: Plan, outlets: Outlets, time: TwitchTime) -> Self {
        let signals = Signals::new(plan.shape.signals.clone());
        let own = outlets.stats.channel(&plan.login);
        let place = outlets.board.enter(&plan.login);
        let (witness, stats) = (outlets.witness.clone(), Arc::clone(&outlets.stats));
        let witness = Witness::new(plan.login.clone(), witness, outlets.keeps_chat, stats);
        Self {
            signals,
            own,
            place,
            witness,
            askers: Askers::default(),
            lines: Vec::with_capacity(BATCH),
            plan,
            outlets,
            time,
            id: None,
            offline: OfflineFlag::default(),
            about: Default::default(),
            core: None,
            emotes: None,
            early: Early::default(),
            owed: VecDeque::new(),
            is_heard: false,
        }
    }

    /// Runs until the queue is closed; gives what was learned. After a panic it goes on with
    /// the model that was saved last, as far as `restarts` lets it.
    pub async fn run(
        mut self,
        mut inbox: mpsc::Receiver<ToChannel>,
        mut restarts: Pauses,
    ) -> Snapshot {
        while AssertUnwindSafe(self.live(&mut inbox)).catch_unwind().await.is_err() {
            // What is left of the engine may be anything: it is not saved.
            self.begin_anew();
            let failed_ms = self.time.clock().now_ms();
            if !restarts.wait().await {
                break;
            }
            self.outlets.watched.failed(&self.plan.login, failed_ms);
        }
        self.snapshot()
    }

    /// As after a start, but for what waits to be taken or handed on.
    fn begin_anew(&mut self) {
        self.core = None;
        self.early = Early::default();
        self.signals = Signals::new(self.plan.shape.signals.clone());
        // Nobody tells them again before they change.
        if let Some(set) = &self.emotes {
            self.early.push(Input::Emotes(set.clone()));
        }
        self.outlets.verdicts.begins_anew(&self.plan.login);
    }

    async fn live(&mut self, inbox: &mut mpsc::Receiver<ToChannel>) {
        loop {
            // Each is taken out before it is looked at: what a panic meets is not met again.
            while let Some(line) = self.lines.pop() {
                self.take(line).await;
            }
            if let Some(now_ms) = self.time.now_ms() {
                self.advance(EventTime(now_ms));
            }
            let wake_ms = self.wake_ms();
            let more = rest(async {
                tokio::select! {
                    count = inbox.recv_many(&mut self.lines, BATCH) => count > 0,
                    () = wait(&self.time, wake_ms) => true,
                }
            });
            if !more.await {
                break;
            }
            self.lines.reverse();
        }
        // Nothing more will come: what is held goes on, stragglers or not.
        if let Some(now_ms) = self.time.now_ms() {
            self.advance(EventTime(now_ms) + LATENESS_MS);
        }
        self.pay();
        if let (Some(recorder), Some(core)) = (&self.outlets.recorder, &self.core) {
            recorder.end(&self.plan.login, core.horizon());
        }
    }

    async fn take(&mut self, line: ToChannel) {
        match line {
            ToChannel::Heard(heard) => self.hear(heard).await,
            ToChannel::Id(id) => self.know(id).await,
            ToChannel::Stream { live, viewers } => {
                self.offline.set(live == Live::Offline);
                self.place.stream(live, viewers);
                self.push(None, Input::Live(live));
                self.push(None, Input::Viewers(viewers));
            }
            ToChannel::Emotes(set) => {
                self.emotes = Some(set.clone());
                self.push(None, Input::Emotes(set));
            }
            ToChannel::About { game, title } => {
                self.place.about(&game, &title);
                self.about = (game, title);
            }
            ToChannel::Evidence { start_ms, end_ms } => {
                let (start, end) = (EventTime(start_ms), EventTime(end_ms));
                self.push(None, Input::Evidence { start, end });
            }
            ToChannel::Asked { by, title } => {
                self.askers.asked_elsewhere(&by, title.as_deref());
                self.push(None, Input::Asked { by, title });
            }
            ToChannel::Quiet(quieting) => self.quiet(quieting),
            ToChannel::Verdict(verdict) => self.push(None, Input::Verdict(*verdict)),
            ToChannel::Verdicts(verdicts) => self.push(None, Input::Verdicts(verdicts)),
            ToChannel::Teaching(answer) => {
                if let Some(core) = &self.core {
                    drop(answer.send(core.teaching()));
                }
            }
            ToChannel::Forget(user) => self.forget(user),
            ToChannel::Shape(shape) => self.take_shape(*shape),
            ToChannel::Model(answer) => drop(answer.send(self.snapshot())),
            ToChannel::Renew(model) => {
                self.begin_anew();
                self.begin_with(model.map(|model| *model));
            }
            #[cfg(test)]
            ToChannel::Panic => panic!("for the test"),
        }
    }

    /// The engine is told as of anything else that decides: so a replay does the same.
    fn take_shape(&mut self, shape: Shape) {
        let settings = shape.settings.clone();
        let is_new = settings != self.plan.shape.settings;
        if shape.signals != self.plan.shape.signals {
            self.signals = Signals::new(shape.signals.clone());
        }
        self.plan.shape = shape;
        self.place.settings(&settings);
        // One that has not begun will begin with them.
        if is_new && self.core.is_some() {
            self.push(None, Input::Settings(settings));
        }
    }

    async fn hear(&mut self, heard: Heard) {
        if let Some(id) = heard.room_id {
            self.know(id).await;
        }
        if let ChatEvent::Notice { msg_id, text } = &heard.event {
            let said = if text.trim().is_empty() { "nothing but this notice" } else { text };
            tracing::info!(channel = %self.plan.login, notice = %msg_id, "Twitch says: {said}");
        }
        if heard.event == ChatEvent::Joined && !std::mem::replace(&mut self.is_heard, true) {
            tracing::info!(channel = %self.plan.login, "chat is heard");
        }
        if let ChatEvent::Signal(signal) = &heard.event {
            self.note(signal);
        }
        let is_message = matches!(heard.event, ChatEvent::Message(_));
        if is_message && self.core.is_none() {
            // A message without the channel's id: it must do without.
            self.begin().await;
        }
        if is_message {
            Stats::add(&self.outlets.stats.messages);
            Stats::add(&self.own.messages);
        }
        let at_ms = heard.sent_ms.or_else(|| self.time.now_ms()).unwrap_or_default();
        self.place.hear(&heard.event, at_ms);
        let untitled = self.askers.hear(&heard.event);
        self.untitle(&untitled);
        self.witness.hear(&heard.event, at_ms, self.counts_ms(at_ms));
        let named = self.signals.hear(&heard.event, at_ms);
        for input in feed::input(heard.event).into_iter().chain(named) {
            self.push(heard.sent_ms, input);
        }
    }

    /// What Twitch tells beside chat; what it decides goes through [`feed::input`] and [`Signals`].
    fn note(&self, signal: &Signal) {
        tracing::debug!(channel = %self.plan.login, ?signal, "Twitch signals");
        match signal {
            Signal::Online => self.turn(Live::Online),
            Signal::Offline => self.turn(Live::Offline),
            _ => {}
        }
    }

    /// The channel's id is known: its model is the one of this id.
    async fn know(&mut self, id: String) {
        if self.id.is_none() {
            self.witness.know(&id);
            self.id = Some(id);
        }
        if self.core.is_none() {
            self.begin().await;
        }
    }

    /// Makes the engine, with what was learned before where there is something.
    async fn begin(&mut self) {
        let model = self.load().await;
        self.begin_with(model);
    }

    fn begin_with(&mut self, model: Option<Model>) {
        let settings = self.plan.shape.settings.clone();
        let seed = seed(self.plan.login.as_str());
        self.place.begun(self.key(), model.is_some(), &settings);
        if let Some(recorder) = &self.outlets.recorder {
            recorder.start(&self.plan.login, self.id.clone(), &settings, seed, model.clone());
        }
        let engine = match model {
            Some(model) => Engine::with_model(settings, model),
            None => Engine::new(settings, seed),
        };
        self.core = Some(Core::new(engine));
    }

    async fn load(&self) -> Option<Model> {
        let (folder, login, id) =
            (self.plan.models.clone(), self.plan.login.clone(), self.id.clone());
        let load = move || model_file::load(&folder, &login, id.as_deref());
        let login = &self.plan.login;
        match blocking("reading a model", load).await {
            Ok(Loaded::Found(model)) => {
                tracing::info!(channel = %login, "the channel goes on with what was learned before");
                Some(*model)
            }
            Ok(Loaded::None) => {
                tracing::info!(channel = %login, "the channel is new: learning");
                None
            }
            Ok(Loaded::SetAside { reason, .. }) => {
                tracing::warn!(channel = %login, "the channel starts anew: {reason}");
                None
            }
            Err(error) => {
                tracing::warn!(channel = %login, "the channel starts anew: {error}");
                None
            }
        }
    }

    /// When what was sent then counts for the engine.
    fn counts_ms(&self, sent_ms: i64) -> i64 {
        let now = self.time.now_ms().map(EventTime);
        let counts = |core: &Core| Some(core.counts_at(EventTime(sent_ms), now?).0);
        self.core.as_ref().and_then(counts).unwrap_or(sent_ms)
    }

    /// Gives an input to the engine's waiting room; before Twitch's time is known, it is kept.
    fn push(&mut self, sent_ms: Option<i64>, input: Input) {
        let now = self.time.now_ms().map(EventTime);
        let (Some(core), Some(now)) = (&mut self.core, now) else {
            self.early.push(input);
            return;
        };
        for early in self.early.drain() {
            core.push(now, now, early);
        }
        core.push(sent_ms.map_or(now, EventTime), now, input);
    }

    fn advance(&mut self, now: EventTime) {
        self.pay();
        self.witness.pay();
        let Some(core) = &mut self.core else { return };
        for early in self.early.drain() {
            core.push(now, now, early);
        }
        let (recorder, login) = (&self.outlets.recorder, &self.plan.login);
        let stopwatch = Stopwatch::start();
        let effects = core.advance(now, |at, input| {
            if let Some(recorder) = recorder {
                recorder.feed(login, at, input);
            }
        });
        self.outlets.stats.score.took(stopwatch.elapsed());
        for (at, effect) in effects {
            self.late_by(at);
            if let Some(recorder) = &self.outlets.recorder {
                recorder.told(&self.plan.login, at, &effect);
            }
            self.perform(effect);
        }
        if let Some(is_held) = self.core.as_mut().and_then(Core::held_anew) {
            self.outlets.watched.held(&self.plan.login, is_held);
        }
        self.show();
    }

    /// Twitch's time has gone so far since what an effect is about.
    fn late_by(&self, at: EventTime) {
        let late_ms = self.time.now_ms().map(|now_ms| now_ms.saturating_sub(at.0));
        if let Some(late_ms) = late_ms.and_then(|ms| u64::try_from(ms).ok()) {
            self.outlets.stats.decision_lag.took(Duration::from_millis(late_ms));
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Moment(moment) => self.clip(moment),
            Effect::Extended(moment) => {
                let order = self.order(moment);
                self.place.extended(&order);
                // A full queue loses no more than a longer end.
                let _ = self.outlets.clips.try_send(ToClips::Extended(order));
            }
            Effect::Window(window) => {
                self.place.window(&window);
                self.keep(Figure::Window(self.window_row(&window)));
            }
            Effect::Learned => self.tell_size(),
            Effect::Answer(answer) => self.answer(answer),
        }
    }

    fn tell_size(&self) {
        let channel = &self.plan.login;
        tracing::info!(%channel, "the channel has been learned: its own ordinary chat is known");
        let usual = self.core.as_ref().map_or(0.0, Core::messages_per_hour);
        if usual < SMALL_CHAT {
            tracing::info!(
                %channel,
                "a small chat (about {usual:.0} messages an hour): expect fewer moments"
            );
        }
    }

    /// Without the channel's id nothing can be said in its chat.
    fn answer(&self, answer: Answer) {
        if let Some(broadcaster_id) = self.id.clone() {
            let to_say = ToSay { login: self.plan.login.clone(), broadcaster_id, answer };
            if self.outlets.answers.try_send(to_say).is_err() {
                Stats::add(&self.outlets.stats.answers_lost);
                tracing::warn!(channel = %self.plan.login, "too much is asked in chat: an answer was left out");
            }
        }
    }

    fn clip(&mut self, moment: Moment) {
        Stats::add(&self.outlets.stats.moments);
        Stats::add(&self.own.moments);
        tracing::info!(
            channel = %self.plan.login,
            trigger_ms = moment.trigger.0,
            cause = %moment.cause,
            score = (f64::from(moment.score) * 1_000.0).round() / 1_000.0,
            learning = moment.learning,
            "moment: {}",
            row::in_words(&moment),
        );
        let order = self.order(moment);
        let order = self.said(order);
        self.place.moment(&order);
        self.witness.moment(&order);
        if let Err(error) = self.outlets.clips.try_send(ToClips::New(order)) {
            Stats::add(&self.outlets.stats.overflowed);
            let (mpsc::error::TrySendError::Full(order) | mpsc::error::TrySendError::Closed(order)) =
                error;
            tracing::error!(channel = %self.plan.login, "the clip worker does not keep up: no clip of this moment");
            if let ToClips::New(order) = order {
                self.keep(Figure::Moment(row::moment_row(&order)));
                self.owed.push_back(order);
                if self.owed.len() > OWED {
                    self.owed.pop_front();
                }
            }
        }
    }

    /// Hands on the moments that found the queue full, as far as there is room now.
    fn pay(&mut self) {
        while let Some(order) = self.owed.front() {
            if self.outlets.clips.try_send(ToClips::Missed(order.clone())).is_err() {
                return;
            }
            self.owed.pop_front();
        }
    }

    fn keep(&self, figure: Figure) {
        if self.outlets.figures.try_send(figure).is_err() {
            Stats::add(&self.outlets.stats.rows_lost);
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            login: self.plan.login.clone(),
            broadcaster_id: self.id.clone(),
            model: self.core.as_ref().map(Core::model),
        }
    }

    /// When there is something to do, on our clock.
    fn wake_ms(&self) -> Option<i64> {
        let next = self.core.as_ref().and_then(Core::next_at)?;
        self.time.is_known().then(|| self.time.to_ours(next.0))
    }
}

/// Waits until `at_ms`, but always for a moment, so that rounding can't make it spin.
async fn wait(time: &TwitchTime, at_ms: Option<i64>) {
    match at_ms {
        Some(at_ms) => time.clock().sleep_until_ms(at_ms.max(time.clock().now_ms() + 1)).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
