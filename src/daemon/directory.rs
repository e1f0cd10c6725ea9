//! The user ids of the channels, as far as they are known.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use cliphound_twitch::ChannelLogin;

/// Channels and their ids. Cheap to clone; clones agree.
#[derive(Debug, Clone, Default)]
pub struct Directory(Arc<Mutex<BTreeMap<ChannelLogin, String>>>);

impl Directory {
    /// Keeps a channel's id; the first one told stays.
    pub fn tell(&self, login: &ChannelLogin, id: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains_key(login) {
            known.insert(login.clone(), id.to_owned());
        }
    }

    /// Forgets a channel that is not followed any more.
    pub fn forget(&self, login: &ChannelLogin) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(login);
    }

    /// All that are known.
    #[must_use]
    pub fn known(&self) -> BTreeMap<ChannelLogin, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
