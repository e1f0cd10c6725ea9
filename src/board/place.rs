//! A channel's own place on the board: its task writes there and never waits for a reader.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use cliphound_engine::{EventTime, Live, Popular, Reason, Second, Settings, Status, Window};
use cliphound_twitch::{ChannelLogin, chat::ChatEvent};

use super::{Board, history::Point, noted::Noted, state::State};
use crate::clips::ClipOrder;

/// How often a quiet channel is looked at, event time.
const LOOK_MS: i64 = 1_000;
/// The emotes of so many seconds are counted at once: the length of the engine's window.
const EMOTES_EVERY_MS: i64 = 15_000;
/// What a channel shows, and whether somebody looks.
#[derive(Debug, Default)]
pub(super) struct Shown {
    state: Mutex<State>,
    wants_reasons: AtomicBool,
}

impl Shown {
    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn write<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn want_reasons(&self) {
        self.wants_reasons.store(true, Relaxed);
    }
}

/// How an engine is.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The second that ended last.
    pub second: Option<Second>,
    /// How it goes.
    pub status: Status,
    /// Windows that its model holds.
    pub samples: usize,
    /// What is unusual about the last second, if that is wanted.
    pub reasons: Option<Vec<Reason>>,
    /// The emotes of the last 15 s, if they are wanted.
    pub emotes: Option<Vec<Popular>>,
}

/// What is wanted of an engine besides what costs nothing.
#[derive(Debug, Clone, Copy)]
pub struct Wants {
    /// Somebody reads the reasons.
    pub reasons: bool,
    /// A window of emotes has ended.
    pub emotes: bool,
}

/// A channel's place on the board.
#[derive(Debug)]
pub struct Place {
    board: Board,
    login: ChannelLogin,
    shown: Arc<Shown>,
    looked: EventTime,
}

impl Place {
    pub(super) fn new(board: Board, login: ChannelLogin, shown: Arc<Shown>) -> Self {
        Self { board, login, shown, looked: EventTime(i64::MIN) }
    }

    /// The channel goes by this id in the database (its login while the id is not known), and
    /// whether its model goes on from an earlier run.
    pub fn begun(&self, key: String, goes_on: bool, settings: &Settings) {
        self.shown.write(|state| {
            state.is_filled &= state.key.as_ref() == Some(&key);
            state.key = Some(key);
            state.goes_on = goes_on;
            take_settings(state, settings);
        });
        self.board.0.known.notify_one();
    }

    /// Other settings hold.
    pub fn settings(&self, settings: &Settings) {
        self.shown.write(|state| take_settings(state, settings));
    }

    /// Takes what is shown of an event of chat: lines, deletions, whether chat is heard.
    pub fn hear(&self, event: &ChatEvent, at_ms: i64) {
        self.shown.write(|state| match event {
            ChatEvent::Message(message) => {
                state.pace.add(at_ms);
                state.chat.said(message, at_ms);
            }
            ChatEvent::MessageDeleted { id } => state.chat.delete(id),
            ChatEvent::ChatCleared { user: Some(user) } => state.chat.clear_user(user),
            ChatEvent::ChatCleared { user: None } => state.chat.clear(),
            ChatEvent::Joined => state.is_heard = true,
            ChatEvent::Lost(_) => state.is_heard = false,
            _ => {}
        });
    }

    /// The channel's task has come to what somebody asked for outside of chat; its engine follows.
    pub fn heard_quieting(&self) {
        let now_ms = self.board.now_ms();
        self.shown.write(|state| state.heard(now_ms));
    }

    /// What is known of the stream.
    pub fn stream(&self, live: Live, viewers: Option<u32>) {
        self.shown.write(|state| (state.live, state.viewers) = (live, viewers));
    }

    /// The stream began or ended.
    pub fn live(&self, live: Live) {
        self.shown.write(|state| state.live = live);
    }

    /// What the stream is called.
    pub fn about(&self, game: &str, title: &str) {
        self.shown.write(|state| {
            game.clone_into(&mut state.game);
            title.clone_into(&mut state.title);
        });
    }

    /// A moment was found or asked for.
    pub fn moment(&self, order: &ClipOrder) {
        let noted = Noted::of(order);
        self.shown.write(|state| state.moments.add(noted.clone()));
        self.board.moment(&self.login, &order.key(), noted);
    }

    /// A moment's burst went on.
    pub fn extended(&self, order: &ClipOrder) {
        self.shown.write(|state| state.moments.extend(order));
    }

    /// Five seconds have passed.
    pub fn window(&self, window: &Window) {
        self.shown.write(|state| state.history.push(Point::of(window)));
    }

    /// Shows how the engine is at `now`, at most once a second of its time: `look` tells.
    pub fn show(&mut self, now: EventTime, look: impl FnOnce(Wants) -> Seen) {
        if now.0 < self.looked.0.saturating_add(LOOK_MS) {
            return;
        }
        // Words are only made for who reads them.
        let reasons = self.shown.wants_reasons.swap(false, Relaxed);
        let seen = look(Wants { reasons, emotes: is_due(self.looked, now) });
        self.looked = now;
        self.shown.write(|state| {
            state.take(now.0, seen.second, &seen.status);
            state.samples = seen.samples;
            if let Some(reasons) = seen.reasons {
                state.reasons = reasons;
            }
            if let Some(emotes) = seen.emotes {
                state.emotes.count(now.0, &emotes);
            }
        });
    }
}

fn take_settings(state: &mut State, settings: &Settings) {
    state.budget_per_hour = settings.budget_per_hour;
    state.paused_by_settings = settings.paused;
}

/// Whether another window of emotes has ended.
fn is_due(before: EventTime, now: EventTime) -> bool {
    before.0.div_euclid(EMOTES_EVERY_MS) != now.0.div_euclid(EMOTES_EVERY_MS)
}

impl Drop for Place {
    fn drop(&mut self) {
        self.board.write(|channels| {
            if channels.get(&self.login).is_some_and(|shown| Arc::ptr_eq(shown, &self.shown)) {
                channels.remove(&self.login);
            }
        });
    }
}
