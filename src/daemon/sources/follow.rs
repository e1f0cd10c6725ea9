//! Channels that come and go while chat is read.

use std::collections::BTreeSet;

use cliphound_twitch::ChannelLogin;

use super::Sources;
use crate::config::ChatSource;

impl Sources {
    /// Reads what is new and leaves what is gone; the others hear nothing of it.
    pub(super) fn follow(&mut self) {
        let wanted: BTreeSet<ChannelLogin> = self.wanted.logins().into_iter().collect();
        let gone: Vec<_> =
            self.logins.iter().filter(|login| !wanted.contains(*login)).cloned().collect();
        let new: Vec<_> =
            wanted.iter().filter(|login| !self.logins.contains(login)).cloned().collect();
        self.logins = wanted.into_iter().collect();
        self.leave(&gone);
        self.read(new);
    }

    fn leave(&mut self, gone: &[ChannelLogin]) {
        self.gathered.retain(|refused| !gone.contains(&refused.channel));
        self.ways.forget(gone);
        if let Some(former) = &mut self.former {
            former.leave(gone);
        }
        self.settle_former();
        let handles = self.watch.lock();
        if let Some(irc) = &handles.irc {
            irc.leave(gone);
        }
        if let Some(eventsub) = &handles.eventsub {
            eventsub.leave(gone);
        }
    }

    /// EventSub is asked for what is new, at once; with `auto`, IRC reads it until EventSub does.
    fn read(&mut self, new: Vec<ChannelLogin>) {
        let now_ms = self.clock.now_ms();
        match self.source {
            _ if new.is_empty() => {}
            ChatSource::EventSub => new.iter().for_each(|login| self.ways.wanted(login, now_ms)),
            ChatSource::Auto if self.account.is_some() => {
                new.iter().for_each(|login| self.ways.by_irc(login, now_ms, 0));
                self.read_by_irc(new, false);
            }
            ChatSource::Auto | ChatSource::Irc => self.read_by_irc(new, true),
        }
    }
}
