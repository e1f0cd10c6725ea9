//! What the services' sockets tell, and what it makes of a list of emotes. Pure.

use super::emote::{Emote, MOST_EMOTES, Service};

/// What can be listened to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// An emote set of 7TV.
    Set(String),
    /// A channel at BTTV, by the broadcaster's id.
    Channel(String),
    /// A user of 7TV, who may change to another set.
    User(String),
}

/// Something that a socket told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveEvent {
    /// Emotes came or went.
    Changed(Change),
    /// What a topic stands for must be fetched anew.
    Stale(Topic),
    /// Changes may have been missed while the socket was away: fetch the service's emotes anew.
    Missed(Service),
}

/// Emotes that came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub topic: Topic,
    /// Those that came, or have a new name.
    pub added: Vec<Emote>,
    /// Ids of those that went.
    pub removed: Vec<String>,
}

impl Change {
    /// Makes the change in a list; true when it is another one now.
    pub fn apply(&self, emotes: &mut Vec<Emote>) -> bool {
        let before = emotes.clone();
        let is_gone = |emote: &Emote| {
            self.removed.contains(&emote.id) || self.added.iter().any(|new| new.id == emote.id)
        };
        emotes.retain(|emote| !is_gone(emote));
        let room = MOST_EMOTES.saturating_sub(emotes.len());
        emotes.extend(self.added.iter().take(room).cloned());
        *emotes != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emotes_come_go_and_are_renamed() {
        let emote = |id: &str, name: &str| Emote { id: id.into(), name: name.into() };
        let mut list = vec![emote("1", "A1"), emote("2", "B1")];
        let change = |added: &[Emote], removed: &[&str]| Change {
            topic: Topic::Set("S".into()),
            added: added.to_vec(),
            removed: removed.iter().map(|id| (*id).to_owned()).collect(),
        };
        assert!(change(&[emote("3", "C1")], &["1"]).apply(&mut list));
        assert_eq!(list, [emote("2", "B1"), emote("3", "C1")]);
        assert!(change(&[emote("3", "C2")], &[]).apply(&mut list), "renamed");
        assert_eq!(list, [emote("2", "B1"), emote("3", "C2")]);
        assert!(!change(&[], &["9"]).apply(&mut list), "nothing of it is here");
    }
}
