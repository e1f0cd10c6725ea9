//! Asks EventSub for the channels that it does not read yet: those that have come, and those
//! that were left to IRC.

use cliphound_twitch::eventsub::{Plan, Watched, Wishes};
use futures_util::FutureExt;
use tokio::time::timeout;

use super::{
    ASK_AFTER_MS, Asked, ChannelLogin, IDS_WITHIN, Sources,
    prepare::{Prepared, ask},
};
use crate::config::ChatSource;

impl Sources {
    /// These are not read by EventSub: with `auto` by IRC, else not at all. EventSub is asked
    /// for them after a while.
    pub(super) fn ask_later(&mut self, logins: &[ChannelLogin]) {
        if self.account.is_none() {
            return;
        }
        let now_ms = self.clock.now_ms();
        for login in logins {
            if self.source == ChatSource::Auto {
                self.ways.by_irc(login, now_ms, ASK_AFTER_MS);
            } else {
                self.ways.wanted(login, now_ms + ASK_AFTER_MS);
            }
        }
    }

    /// Leaves rooms that EventSub has taken over, and asks for what is due.
    pub(super) fn settle_ways(&mut self) {
        let now_ms = self.clock.now_ms();
        let left = self.ways.left_by_irc(now_ms);
        if !left.is_empty() {
            let names: Vec<_> = left.iter().map(ToString::to_string).collect();
            tracing::info!("read by EventSub from now on: {}", names.join(", "));
            let mut handles = self.watch.lock();
            handles.both = self.ways.both();
            if let Some(irc) = &handles.irc {
                irc.leave(&left);
            }
        }
        let due = self.ways.due(now_ms);
        if self.asking.is_none()
            && !due.is_empty()
            && let Some(account) = self.account.clone()
        {
            let asking = async move {
                let prepared = timeout(IDS_WITHIN, ask(&account, &due)).await.ok().flatten();
                Asked { logins: due, prepared }
            };
            self.asking = Some(asking.boxed());
        }
    }

    /// Asks EventSub for channels, now that their ids are known.
    pub(super) fn ask_for(&mut self, asked: Asked) {
        let logins: Vec<_> =
            asked.logins.into_iter().filter(|login| self.logins.contains(login)).collect();
        let mut given = Vec::new();
        if let Some(mut prepared) = asked.prepared {
            prepared.channels.retain(|channel| logins.contains(&channel.login));
            given = self.listen_to(prepared);
        }
        let (now_ms, mut missed) = (self.clock.now_ms(), Vec::new());
        for login in logins.iter().filter(|login| !given.contains(*login)) {
            self.ways.not_given(login, now_ms);
            if self.source == ChatSource::EventSub && self.ways.is_first_miss(login) {
                missed.push(login.to_string());
            }
        }
        if !missed.is_empty() {
            let missed = missed.join(", ");
            tracing::warn!(
                "EventSub has no room for these chats, or Twitch does not know the channels: they are not heard, and asked for again now and then; chat.source = \"auto\" would read them by IRC: {missed}"
            );
        }
    }

    /// Has EventSub listen to channels; those that it was asked for.
    fn listen_to(&mut self, prepared: Prepared) -> Vec<ChannelLogin> {
        let handle = self.watch.lock().eventsub.clone();
        let logins = |channels: &[Watched]| -> Vec<ChannelLogin> {
            channels.iter().map(|channel| channel.login.clone()).collect()
        };
        let Some(handle) = handle else {
            let plan = Plan::new(&Wishes {
                user_id: &prepared.identity.user_id,
                scopes: &prepared.identity.scopes,
                channels: &prepared.channels,
                chat: true,
                signals: false,
            });
            let given = plan.chat.clone();
            if let Some(account) = self.account.clone().filter(|_| !given.is_empty()) {
                tracing::info!("EventSub: {}", plan.explain());
                given.iter().for_each(|login| self.ways.asked(login));
                self.read_by_eventsub(plan, prepared, &account);
            }
            return given;
        };
        let mut given = logins(&prepared.channels);
        given.iter().for_each(|login| self.ways.asked(login));
        let full = handle.listen_to(&prepared.channels);
        given.retain(|login| !full.contains(login));
        given
    }
}
