//! Where the lines of one person, and the line of one message, lie in a recording. Pure.
//!
//! A hash table whose chains lie in the recording itself: memory holds the newest line of each
//! bucket, and each line tells how far before it the next one lies (`back`). So its size is the
//! same however long the recording is, and what somebody wrote is found without reading the rest.

use cliphound_engine::hash::Fnv;
use cliphound_twitch::login::ChannelLogin;
use serde::{Deserialize, Serialize};

/// Buckets of people, 2 MiB. Of 20 million lines (4 GiB), a bucket holds some 80 of others.
const PEOPLE: usize = 1 << 18;
/// Buckets of message ids, 0.5 MiB. Of 20 million, the oldest is 300 lines away.
const MESSAGES: usize = 1 << 16;

/// The newest line of each bucket, as its first byte. 0, where the header is: none.
#[derive(Debug)]
pub struct Chains {
    people: Vec<u64>,
    messages: Vec<u64>,
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
        Self { people: vec![0; PEOPLE], messages: vec![0; MESSAGES] }
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
        let put = |heads: &mut [u64], name: Option<&str>| {
            let head = name.map(|name| bucket(channel, name, heads.len()));
            let head = head.and_then(|bucket| heads.get_mut(bucket));
            match head.map(|head| std::mem::replace(head, at)) {
                None | Some(0) => 0,
                Some(before) => at.saturating_sub(before),
            }
        };
        Back { person: put(&mut self.people, user), message: put(&mut self.messages, id) }
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
    fn few_people_share_a_bucket() {
        let ann = login("ann");
        let buckets: std::collections::BTreeSet<_> =
            (0..1000).map(|number| bucket(&ann, &format!("user{number}"), PEOPLE)).collect();
        assert!(buckets.len() > 980, "{}", buckets.len());
    }
}
