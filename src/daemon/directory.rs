//! The user ids of the channels, as far as they are known, and which of them Twitch does not know.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cliphound_twitch::ChannelLogin;

/// Channels and their ids. Cheap to clone; clones agree.
#[derive(Debug, Clone, Default)]
pub struct Directory(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    known: BTreeMap<ChannelLogin, String>,
    /// Twitch said that there is no such channel (any more).
    unknown: BTreeSet<ChannelLogin>,
    /// What those are called now that the settings call by an old name.
    names: BTreeMap<ChannelLogin, ChannelLogin>,
}

impl Directory {
    /// Keeps a channel's id; the first one told stays.
    pub fn tell(&self, login: &ChannelLogin, id: &str) {
        let mut inner = self.lock();
        inner.unknown.remove(login);
        if !inner.known.contains_key(login) {
            inner.known.insert(login.clone(), id.to_owned());
        }
    }

    /// Keeps that Twitch knows no channel of this name, until it tells an id.
    pub fn tell_unknown(&self, login: &ChannelLogin) {
        self.lock().unknown.insert(login.clone());
    }

    /// Forgets a channel that is not followed any more.
    pub fn forget(&self, login: &ChannelLogin) {
        let mut inner = self.lock();
        inner.known.remove(login);
        inner.unknown.remove(login);
    }

    /// Keeps what channels are called now that the settings call by an old name.
    pub fn tell_names(&self, names: &BTreeMap<ChannelLogin, ChannelLogin>) {
        self.lock().names.clone_from(names);
    }

    /// What a channel of the settings is called now.
    #[must_use]
    pub fn now(&self, listed: &ChannelLogin) -> ChannelLogin {
        self.lock().names.get(listed).unwrap_or(listed).clone()
    }

    /// All that are known.
    #[must_use]
    pub fn known(&self) -> BTreeMap<ChannelLogin, String> {
        self.lock().known.clone()
    }

    /// Those of which Twitch knows no channel.
    #[must_use]
    pub fn unknown(&self) -> BTreeSet<ChannelLogin> {
        self.lock().unknown.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_nobody_has_is_marked_until_somebody_has_it() {
        let (directory, ann) = (Directory::default(), ChannelLogin::parse("ann").unwrap());
        directory.tell_unknown(&ann);
        assert!(directory.unknown().contains(&ann) && directory.known().is_empty());
        directory.tell(&ann, "7");
        assert!(directory.unknown().is_empty());
        directory.tell_unknown(&ann);
        directory.forget(&ann);
        assert!(directory.unknown().is_empty() && directory.known().is_empty());
    }
}
