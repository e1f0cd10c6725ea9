//! Where the lines of one person, and the line of one message, lie in a recording. Pure.
//!
//! A hash table whose chains lie in the recording itself: memory holds the newest line of each
//! bucket, and each line tells how far before it the next one lies (`back`). So its size is the
//! same however long the recording is, and what somebody wrote is found without reading the rest.

use std::collections::VecDeque;

use cliphound_engine::hash::Fnv;
use cliphound_twitch::login::ChannelLogin;
use serde::{Deserialize, Serialize};

/// Buckets of people, 2 MiB. Of 20 million lines (4 GiB), a bucket holds some 80 of others.
const PEOPLE: usize = 1 << 18;
/// Buckets of message ids, 0.5 MiB. Of 20 million, the oldest is 300 lines away.
const MESSAGES: usize = 1 << 16;
/// Bytes at the end that may be lost again, and are known well enough for it: more than a writer
/// holds back.
const LOSABLE: u64 = 128 * 1024;

/// The newest line of each bucket, as its first byte. 0, where the header is: none.
#[derive(Debug)]
pub struct Chains {
    people: Vec<u64>,
    messages: Vec<u64>,
    /// What the newest lines have changed, the oldest first.
    changes: VecDeque<Change>,
}

/// A bucket has another newest line.
#[derive(Debug, Clone, Copy)]
struct Change {
    at: u64,
    before: u64,
    of: Of,
    bucket: usize,
}

#[derive(Debug, Clone, Copy)]
enum Of {
    Person,
    Message,
}

/// How many bytes before a line the next one of its chain begins; 0: there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Back {
    /// Of the person's chain.
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    pub person: u64,
    /// Of the message's chain.
    #[serde(rename = "m", default, skip_serializing_if = "is_zero")]
    pub message: u64,
}

impl Default for Chains {
    fn default() -> Self {
        Self { people: vec![0; PEOPLE], messages: vec![0; MESSAGES], changes: VecDeque::new() }
    }
}

impl Chains {
    /// A line that begins at byte `at` is about this person and this message.
    pub fn add(
        &mut self,
        channel: &ChannelLogin,
        user: Option<&str>,
        id: Option<&str>,
        at: u64,
    ) -> Back {
        while self.changes.front().is_some_and(|change| change.at + LOSABLE < at) {
            self.changes.pop_front();
        }
        Back {
            person: user.map_or(0, |user| self.put(Of::Person, channel, user, at)),
            message: id.map_or(0, |id| self.put(Of::Message, channel, id, at)),
        }
    }

    fn put(&mut self, of: Of, channel: &ChannelLogin, name: &str, at: u64) -> u64 {
        let heads = self.heads(of);
        let bucket = bucket(channel, name, heads.len());
        let Some(head) = heads.get_mut(bucket) else { return 0 };
        let before = std::mem::replace(head, at);
        self.changes.push_back(Change { at, before, of, bucket });
        if before == 0 { 0 } else { at.saturating_sub(before) }
    }

    fn heads(&mut self, of: Of) -> &mut Vec<u64> {
        match of {
            Of::Person => &mut self.people,
            Of::Message => &mut self.messages,
        }
    }

    /// The lines from byte `length` on were lost, as when the disk is full: what was before them is
    /// the newest again.
    pub fn lose_from(&mut self, length: u64) {
        while let Some(change) = self.changes.pop_back() {
            if change.at < length {
                self.changes.push_back(change);
                return;
            }
            if let Some(head) = self.heads(change.of).get_mut(change.bucket) {
                *head = change.before;
            }
        }
    }

    /// The newest line of the bucket that somebody's lines are in.
    #[must_use]
    pub fn newest_of(&self, channel: &ChannelLogin, user: &str) -> Option<u64> {
        newest(&self.people, channel, user)
    }

    /// The newest line of the bucket that a message is in.
    #[must_use]
    pub fn newest_with(&self, channel: &ChannelLogin, id: &str) -> Option<u64> {
        newest(&self.messages, channel, id)
    }
}

fn newest(heads: &[u64], channel: &ChannelLogin, name: &str) -> Option<u64> {
    heads.get(bucket(channel, name, heads.len())).copied().filter(|at| *at > 0)
}

fn bucket(channel: &ChannelLogin, name: &str, buckets: usize) -> usize {
    let mut hash = Fnv::default();
    hash.write(channel.as_str().as_bytes());
    hash.write(b" ");
    hash.write(name.as_bytes());
    // FNV's low bits alone are weak.
    let hash = hash.finish();
    ((hash ^ (hash >> 32)) % buckets as u64) as usize
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(distance: &u64) -> bool {
    *distance == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(name: &str) -> ChannelLogin {
        ChannelLogin::parse(name).unwrap()
    }

    #[test]
    fn each_line_leads_to_the_one_before() {
        let mut chains = Chains::default();
        let (ann, bob) = (login("ann"), login("bob"));
        assert_eq!(chains.newest_of(&ann, "kim"), None);
        assert_eq!(chains.add(&ann, Some("kim"), Some("m1"), 100), Back::default());
        assert_eq!(chains.add(&bob, Some("kim"), Some("m2"), 200), Back::default());
        assert_eq!(chains.add(&ann, Some("kim"), None, 350), Back { person: 250, message: 0 });
        assert_eq!(
            chains.add(&ann, Some("lee"), Some("m1"), 400),
            Back { person: 0, message: 300 }
        );
        assert_eq!(chains.newest_of(&ann, "kim"), Some(350));
        assert_eq!(chains.newest_of(&bob, "kim"), Some(200));
        assert_eq!(chains.newest_with(&ann, "m1"), Some(400));
        assert_eq!(chains.newest_with(&ann, "m3"), None);
    }

    #[test]
    fn what_is_lost_was_never_there() {
        let (mut chains, ann) = (Chains::default(), login("ann"));
        chains.add(&ann, Some("kim"), Some("m1"), 100);
        chains.add(&ann, Some("kim"), Some("m2"), 200);
        chains.add(&ann, Some("lee"), Some("m3"), 300);
        chains.add(&ann, Some("kim"), None, 400);
        chains.lose_from(200);
        assert_eq!(
            (chains.newest_of(&ann, "kim"), chains.newest_of(&ann, "lee")),
            (Some(100), None)
        );
        assert_eq!(chains.newest_with(&ann, "m1"), Some(100));
        assert_eq!((chains.newest_with(&ann, "m2"), chains.newest_with(&ann, "m3")), (None, None));
        chains.add(&ann, Some("kim"), None, 400 + 2 * LOSABLE);
        chains.lose_from(0);
        assert_eq!(chains.newest_of(&ann, "kim"), Some(100), "no more is remembered");
        assert!(chains.changes.is_empty());
    }

    #[test]
    fn few_people_share_a_bucket() {
        let ann = login("ann");
        let buckets: std::collections::BTreeSet<_> =
            (0..1000).map(|number| bucket(&ann, &format!("user{number}"), PEOPLE)).collect();
        assert!(buckets.len() > 980, "{}", buckets.len());
    }
}
