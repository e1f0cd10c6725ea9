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
        let handles = self.watch.lock();
        if let Some(irc) = &handles.irc {
            irc.leave(gone);
        }
        if let Some(eventsub) = &handles.eventsub {
            eventsub.leave(gone);
        }
    }

    /// EventSub's plan was made at the start; until the next one, what is new is read by IRC.
    fn read(&mut self, new: Vec<ChannelLogin>) {
        if new.is_empty() {
            return;
        }
        if self.source == ChatSource::EventSub {
            let names: Vec<_> = new.iter().map(ToString::to_string).collect();
            tracing::warn!(
                "not heard before the next start: {}; with chat.source = \"auto\" they would be read by IRC until then",
                names.join(", ")
            );
            return;
        }
        self.read_by_irc(new, self.source == ChatSource::Irc);
    }
}
