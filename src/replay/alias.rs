//! Other names for people whose chat was deleted, each the same throughout a recording. Pure.

use std::collections::BTreeMap;

use cliphound_engine::{
    hash::{Fnv, fnv1a},
    window::slot,
};
use cliphound_twitch::login::ChannelLogin;

/// People renamed at most, some 5 MB: of those beyond, the texts go and the names stay.
pub const MOST: usize = 50_000;
/// Length of another name in bytes.
pub const LENGTH: usize = 8;

const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Who is called what. Names are given by counting, so that none tells whose it is.
#[derive(Debug, Default)]
pub struct Aliases {
    names: BTreeMap<ChannelLogin, BTreeMap<String, String>>,
    given: usize,
    next: u64,
}

impl Aliases {
    /// The other name of somebody who has one.
    #[must_use]
    pub fn get(&self, channel: &ChannelLogin, user: &str) -> Option<&str> {
        self.names.get(channel)?.get(user).map(String::as_str)
    }

    /// The other name of somebody in a channel from now on; `None` when there are too many.
    pub fn give(&mut self, channel: &ChannelLogin, user: &str) -> Option<&str> {
        if self.get(channel, user).is_none() {
            if self.given == MOST {
                return None;
            }
            let name = self.find(user);
            self.names.entry(channel.clone()).or_default().insert(user.to_owned(), name);
            self.given += 1;
        }
        self.get(channel, user)
    }

    /// The next free name that the engine's memory of people takes for this one: newcomers
    /// stay newcomers. One name in 65,536 does, so it hardly tells who it was.
    fn find(&mut self, user: &str) -> String {
        let wanted = slot(fnv1a(user.as_bytes()));
        loop {
            let head = head(self.next);
            self.next += 1;
            let mut hash = Fnv::default();
            hash.write(&head);
            for tail in LETTERS.iter().flat_map(|a| LETTERS.iter().map(move |b| [*a, *b])) {
                let mut whole = hash;
                whole.write(&tail);
                if slot(whole.finish()) == wanted {
                    return head.iter().chain(&tail).map(|byte| char::from(*byte)).collect();
                }
            }
        }
    }
}

/// `~` and five letters: no login has a `~`.
fn head(number: u64) -> [u8; LENGTH - 2] {
    let mut rest = number;
    let mut head = [b'~'; LENGTH - 2];
    for letter in head[1..].iter_mut().rev() {
        *letter = LETTERS[(rest % 36) as usize];
        rest /= 36;
    }
    head
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn everybody_has_one_name_of_their_slot_in_each_channel() {
        let [ann, bob] = ["ann", "bob"].map(|name| ChannelLogin::parse(name).unwrap());
        let mut aliases = Aliases::default();
        let mut seen = BTreeSet::new();
        for user in ["kim", "lee", "a_very_long_login_indeed"] {
            for channel in [&ann, &bob] {
                assert_eq!(aliases.get(channel, user), None);
                let name = aliases.give(channel, user).unwrap().to_owned();
                assert_eq!(name.len(), LENGTH);
                assert_eq!(slot(fnv1a(name.as_bytes())), slot(fnv1a(user.as_bytes())));
                assert_eq!(aliases.give(channel, user), Some(name.as_str()));
                assert!(seen.insert(name));
            }
        }
    }
}
