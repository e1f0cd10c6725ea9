//! What each channel shows now, for whoever looks at it: written by the channels' tasks, read by
//! the pages. Nobody waits for anybody: a lock is held while some numbers are copied.
//!
//! A channel is on the board from [`Board::enter`] until its [`Place`] is dropped, so a renamed
//! one enters anew and [`refill`] brings back its last half hour. Kept of each channel are
//! [`history::KEPT`] points of 36 bytes, [`chat::KEPT`] lines of chat, [`noted::KEPT`] moments and
//! [`emotes::KEPT`] names: about 30 KB, at most 200 KB if every line is as long as Twitch lets it.

pub mod chat;
pub mod emotes;
pub mod happenings;
pub mod history;
pub mod noted;
mod place;
pub mod refill;
pub mod state;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use cliphound_engine::Quieting;
use cliphound_store::IntentKey;
use cliphound_twitch::ChannelLogin;
use tokio::sync::Notify;

use self::{
    happenings::{Happenings, What},
    noted::{Fate, Noted},
    place::Shown,
    state::State,
};
use crate::{
    forget::{Kind, Whom},
    time::TwitchTime,
    trouble,
};

pub use place::{Place, Seen, Wants};

/// All channels that are followed. Cheap to clone; clones agree.
#[derive(Debug, Clone)]
pub struct Board(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    time: TwitchTime,
    channels: RwLock<BTreeMap<ChannelLogin, Arc<Shown>>>,
    happenings: Happenings,
    /// Why nothing is clipped, if nothing is.
    unclipped: Mutex<Option<trouble::Kind>>,
    /// Told when a channel's id became known: its past can be looked up.
    known: Notify,
}

impl Board {
    /// An empty board in Twitch's time.
    #[must_use]
    pub fn new(time: TwitchTime) -> Self {
        let happenings = Happenings::since(time.clock().now_ms());
        let (channels, unclipped, known) = (RwLock::default(), Mutex::default(), Notify::new());
        Self(Arc::new(Inner { time, channels, happenings, unclipped, known }))
    }

    /// The place of a channel, for its task; gone from the board when it is dropped.
    #[must_use]
    pub fn enter(&self, login: &ChannelLogin) -> Place {
        let shown = Arc::new(Shown::default());
        let unclipped = self.0.unclipped.lock().unwrap_or_else(PoisonError::into_inner);
        shown.write(|state| state.unclipped = *unclipped);
        self.write(|channels| drop(channels.insert(login.clone(), Arc::clone(&shown))));
        drop(unclipped);
        Place::new(self.clone(), login.clone(), shown)
    }

    /// Twitch's time in Unix milliseconds; ours while it is not known.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        let time = &self.0.time;
        time.to_twitch(time.clock().now_ms())
    }

    /// All channels, by name.
    #[must_use]
    pub fn logins(&self) -> Vec<ChannelLogin> {
        self.0.channels.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Reads something off each channel, by name.
    pub fn each<T>(&self, mut read: impl FnMut(&ChannelLogin, &State) -> T) -> Vec<T> {
        let all: Vec<_> = {
            let channels = self.0.channels.read().unwrap_or_else(PoisonError::into_inner);
            channels.iter().map(|(login, shown)| (login.clone(), Arc::clone(shown))).collect()
        };
        all.iter().map(|(login, shown)| shown.read(|state| read(login, state))).collect()
    }

    /// All that a channel shows; `None` when it is not followed. Its reasons are worked out
    /// from the next second on, while somebody looks.
    #[must_use]
    pub fn look(&self, login: &ChannelLogin) -> Option<State> {
        let shown = self.shown(login)?;
        shown.want_reasons();
        Some(shown.read(State::clone))
    }

    /// Reads something off one channel; `None` when it is not followed.
    pub fn read<T>(&self, login: &ChannelLogin, read: impl FnOnce(&State) -> T) -> Option<T> {
        self.shown(login).map(|shown| shown.read(read))
    }

    /// Somebody holds moments back, or lets them come again: shown at once, unless the channel can't be
    /// told; the engine follows a second later.
    ///
    /// # Errors
    /// Those of `tell`.
    pub fn quieted<E>(
        &self,
        login: &ChannelLogin,
        quieting: Quieting,
        tell: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(shown) = self.shown(login) else { return tell() };
        // The channel does not say that it has heard of it before it is shown.
        shown.write(|state| tell().inspect(|()| state.asked(quieting)))
    }

    /// Nothing is clipped any more in any channel, for this reason; or all of them are again.
    pub fn unclipped(&self, why: Option<trouble::Kind>) {
        let mut now = self.0.unclipped.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut *now, why) != why {
            for login in self.logins() {
                if let Some(shown) = self.shown(&login) {
                    shown.write(|state| state.unclipped = why);
                }
            }
        }
    }

    /// Something became of a moment's clip.
    pub fn clip(&self, login: &ChannelLogin, key: &IntentKey, fate: Fate) {
        if let Some(shown) = self.shown(login) {
            shown.write(|state| state.moments.fate(key.trigger_ms, &fate));
        }
        let now_ms = self.0.time.clock().now_ms();
        self.0.happenings.add(now_ms, login, key, What::Clip(fate));
    }

    /// Nothing is shown any more of a channel that was left, or that a user asked for something
    /// and what they called it; the lines of a user are their channels' task.
    pub fn forget(&self, whom: &Whom) {
        let cause = format!("manual:{}", whom.login);
        match whom.kind {
            Kind::Channel => self.0.happenings.retain(|one| one.login != whom.login),
            Kind::User => {
                self.0.happenings.retain(
                    |one| !matches!(&one.what, What::Moment(noted) if noted.cause.eq_ignore_ascii_case(&cause)),
                );
                for login in self.logins() {
                    if let Some(shown) = self.shown(&login) {
                        shown.write(|state| state.moments.forget(&cause));
                    }
                }
            }
        }
    }

    /// A moment's title was deleted in chat: this one takes its place.
    pub fn retitle(&self, login: &ChannelLogin, key: &IntentKey, title: &str) {
        if let Some(shown) = self.shown(login) {
            shown.write(|state| state.moments.retitle(key.trigger_ms, title));
        }
        self.0.happenings.retitle(key, title);
    }

    /// What happened of late.
    #[must_use]
    pub fn happenings(&self) -> &Happenings {
        &self.0.happenings
    }

    fn moment(&self, login: &ChannelLogin, key: &IntentKey, noted: Noted) {
        let now_ms = self.0.time.clock().now_ms();
        self.0.happenings.add(now_ms, login, key, What::Moment(Box::new(noted)));
    }

    fn shown(&self, login: &ChannelLogin) -> Option<Arc<Shown>> {
        self.0.channels.read().unwrap_or_else(PoisonError::into_inner).get(login).cloned()
    }

    fn write(&self, change: impl FnOnce(&mut BTreeMap<ChannelLogin, Arc<Shown>>)) {
        change(&mut self.0.channels.write().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests;
