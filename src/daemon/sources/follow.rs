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
        self.logins.retain(|login| wanted.contains(login));
        self.logins.extend(new.clone());
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

/// In the order of the settings, of which the dearest is the first; those that have another name
/// there come last.
pub(super) fn as_listed(
    mut logins: Vec<ChannelLogin>,
    listed: &[ChannelLogin],
) -> Vec<ChannelLogin> {
    let place = |login: &ChannelLogin| listed.iter().position(|one| one == login);
    logins.sort_by_cached_key(|login| place(login).unwrap_or(usize::MAX));
    logins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_in_the_settings_is_the_dearest() {
        let logins = |names: &[&str]| -> Vec<ChannelLogin> {
            names.iter().map(|name| ChannelLogin::parse(name).unwrap()).collect()
        };
        for (known, listed, expected) in [
            (&["ann", "bob", "kim"][..], &["kim", "ann", "bob"][..], &["kim", "ann", "bob"][..]),
            (&["ann", "new", "kim"], &["kim", "old", "ann"], &["kim", "ann", "new"]),
            (&["ann", "bob"], &[], &["ann", "bob"]),
        ] {
            assert_eq!(as_listed(logins(known), &logins(listed)), logins(expected));
        }
    }
}
