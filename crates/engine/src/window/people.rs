//! How many distinct people are on each key (an emote, a text), as they come and go.

use std::collections::{HashMap, hash_map::Entry};

use cliphound_work::steps;
use foldhash::fast::FixedState;

/// People by key, with the largest number known at any time. Who tells knows when a person is
/// new on a key or gone from it.
#[derive(Debug)]
pub struct People {
    by_key: HashMap<u64, u32, FixedState>,
    /// `sizes[n]`: how many keys have n people (n of 1 and more).
    sizes: Vec<u32>,
    top: u32,
}

impl Default for People {
    fn default() -> Self {
        Self { by_key: HashMap::with_hasher(FixedState::with_seed(0)), sizes: vec![0; 2], top: 0 }
    }
}

impl People {
    /// Somebody is on this key who was not.
    pub fn join(&mut self, key: u64) {
        let people = self.by_key.entry(key).or_insert(0);
        *people += 1;
        let now = *people;
        self.resize(now - 1, now);
    }

    /// Somebody who was on this key is not any more.
    pub fn leave(&mut self, key: u64) {
        let Entry::Occupied(mut people) = self.by_key.entry(key) else { return };
        *people.get_mut() -= 1;
        let now = *people.get();
        if now == 0 {
            people.remove();
        }
        self.resize(now + 1, now);
    }

    /// People on the key that most people are on.
    #[must_use]
    pub fn top(&self) -> u32 {
        self.top
    }

    /// People on one key.
    #[must_use]
    pub fn people_on(&self, key: u64) -> u32 {
        self.by_key.get(&key).copied().unwrap_or(0)
    }

    /// One key went from `before` people to `now`.
    fn resize(&mut self, before: u32, now: u32) {
        steps(1);
        if self.sizes.len() <= now as usize {
            self.sizes.resize(now as usize + 1, 0);
        }
        if before > 0 {
            self.sizes[before as usize] -= 1;
        }
        if now > 0 {
            self.sizes[now as usize] += 1;
        }
        self.top = self.top.max(now);
        while self.top > 0 && self.sizes[self.top as usize] == 0 {
            self.top -= 1;
            steps(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a plain count of who came and did not leave.
        #[test]
        fn it_counts_who_is_there(steps in prop::collection::vec((0_u64..4, any::<bool>()), 0..60)) {
            let mut people = People::default();
            let mut plain: BTreeMap<u64, u32> = BTreeMap::new();
            for (key, comes) in steps {
                let there = plain.entry(key).or_default();
                if comes {
                    people.join(key);
                    *there += 1;
                } else {
                    people.leave(key);
                    *there = there.saturating_sub(1);
                }
                prop_assert_eq!(people.top(), plain.values().copied().max().unwrap_or(0));
                for (key, there) in &plain {
                    prop_assert_eq!(people.people_on(*key), *there);
                }
            }
        }
    }
}
