//! How many distinct people are on each key (an emote, a text), as lines come and go.

use std::collections::{HashMap, hash_map::Entry};

use foldhash::fast::FixedState;

/// Distinct people by key, as their lines come and go.
#[derive(Debug)]
pub struct Spread {
    /// Lines by key and person.
    lines: HashMap<(u64, u64), u16, FixedState>,
    people: People,
}

/// People by key, with the largest number known at any time, for who knows by himself when a
/// person is new on a key or gone from it.
#[derive(Debug)]
pub struct People {
    by_key: HashMap<u64, u32, FixedState>,
    /// `sizes[n]`: how many keys have n people (n of 1 and more).
    sizes: Vec<u32>,
    top: u32,
}

impl Default for Spread {
    fn default() -> Self {
        Self { lines: HashMap::with_hasher(FixedState::with_seed(0)), people: People::default() }
    }
}

impl Default for People {
    fn default() -> Self {
        Self { by_key: HashMap::with_hasher(FixedState::with_seed(0)), sizes: vec![0; 2], top: 0 }
    }
}

impl Spread {
    /// A person's line with this key came in.
    pub fn add(&mut self, key: u64, person: u64) {
        let lines = self.lines.entry((key, person)).or_insert(0);
        *lines = lines.saturating_add(1);
        if *lines == 1 {
            self.people.join(key);
        }
    }

    /// A person's line with this key left.
    pub fn remove(&mut self, key: u64, person: u64) {
        let Entry::Occupied(mut lines) = self.lines.entry((key, person)) else { return };
        *lines.get_mut() -= 1;
        if *lines.get() == 0 {
            lines.remove();
            self.people.leave(key);
        }
    }

    /// People on the key that most people are on.
    #[must_use]
    pub fn top(&self) -> u32 {
        self.people.top()
    }

    /// People on one key.
    #[must_use]
    pub fn people_on(&self, key: u64) -> u32 {
        self.people.by_key.get(&key).copied().unwrap_or(0)
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

    /// One key went from `before` people to `now`.
    fn resize(&mut self, before: u32, now: u32) {
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
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a plain count of what is inside.
        #[test]
        fn it_counts_distinct_people(steps in prop::collection::vec((0_u64..4, 0_u64..5), 0..60), keep in 1_usize..10) {
            let mut spread = Spread::default();
            for (index, (key, person)) in steps.iter().enumerate() {
                spread.add(*key, *person);
                if let Some((old_key, old_person)) = index.checked_sub(keep).map(|i| steps[i]) {
                    spread.remove(old_key, old_person);
                }
                let inside = &steps[(index + 1).saturating_sub(keep)..=index];
                let mut people: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
                for (key, person) in inside {
                    people.entry(*key).or_default().insert(*person);
                }
                let most = people.values().map(BTreeSet::len).max().unwrap_or(0);
                prop_assert_eq!(spread.top() as usize, most);
                for (key, people) in people {
                    prop_assert_eq!(spread.people_on(key) as usize, people.len());
                }
            }
        }
    }
}
