//! A value for each instant from a beginning on, which may be put right later. Pure.

use std::collections::BTreeMap;

/// A step function of time (milliseconds). It has a step where the value changes, and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline<V> {
    /// From each of these on; the first one is the beginning.
    steps: BTreeMap<i64, V>,
}

impl<V: Copy + Eq> Timeline<V> {
    /// The same value from `from_ms` on, for ever.
    #[must_use]
    pub fn new(from_ms: i64, value: V) -> Self {
        Self { steps: BTreeMap::from([(from_ms, value)]) }
    }

    /// How many stretches there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.steps.len()
    }

    /// The last stretch, which goes on: its start and value.
    #[must_use]
    pub fn last(&self) -> Option<(i64, V)> {
        self.steps.last_key_value().map(|(from, value)| (*from, *value))
    }

    /// The start of the stretch in the middle.
    #[must_use]
    pub fn middle(&self) -> Option<i64> {
        self.steps.keys().nth(self.steps.len() / 2).copied()
    }

    /// This value holds from `from_ms` on.
    pub fn set_from(&mut self, from_ms: i64, value: V) {
        self.split(from_ms);
        let from_ms = self.within(from_ms);
        self.steps.split_off(&from_ms);
        self.steps.insert(from_ms, value);
        self.join(from_ms, from_ms);
    }

    /// Changes what holds from `from_ms` to `to_ms`; before the beginning nothing does.
    pub fn change(&mut self, from_ms: i64, to_ms: i64, change: impl Fn(V) -> V) {
        let from_ms = self.within(from_ms);
        if from_ms >= to_ms {
            return;
        }
        self.split(from_ms);
        self.split(to_ms);
        self.steps.range_mut(from_ms..to_ms).for_each(|(_, value)| *value = change(*value));
        self.join(from_ms, to_ms);
    }

    /// The stretches until `until_ms`, as start, end and value.
    pub fn stretches(&self, until_ms: i64) -> impl Iterator<Item = (i64, i64, V)> {
        let ends = self.steps.keys().skip(1).copied().chain([i64::MAX]);
        let all = self.steps.iter().zip(ends).map(|((from, value), to)| (*from, to, *value));
        all.map(move |(from, to, value)| (from, to.min(until_ms), value))
            .filter(|(from, to, _)| from < to)
    }

    /// Begins at `ms`: earlier than it did, with this value up to there, or later.
    pub fn begin(&mut self, ms: i64, value: V) {
        match self.steps.first_key_value() {
            Some((first, _)) if ms < *first => {
                let first = *first;
                self.steps.insert(ms, value);
                self.join(first, first);
            }
            _ => self.forget_before(ms),
        }
    }

    /// Begins later.
    pub fn forget_before(&mut self, ms: i64) {
        if self.within(ms) == ms {
            self.split(ms);
            self.steps = self.steps.split_off(&ms);
        }
    }

    fn within(&self, ms: i64) -> i64 {
        self.steps.first_key_value().map_or(ms, |(first, _)| ms.max(*first))
    }

    /// Makes a step without a change.
    fn split(&mut self, at_ms: i64) {
        if let Some((_, value)) = self.steps.range(..at_ms).next_back() {
            let value = *value;
            self.steps.entry(at_ms).or_insert(value);
        }
    }

    /// Takes out the steps from `from_ms` to `to_ms`, both included, that change nothing.
    fn join(&mut self, from_ms: i64, to_ms: i64) {
        let mut before = self.steps.range(..from_ms).next_back().map(|(_, value)| *value);
        let mut idle = Vec::new();
        for (at, value) in self.steps.range(from_ms..=to_ms) {
            if before.replace(*value) == Some(*value) {
                idle.push(*at);
            }
        }
        for at in idle {
            self.steps.remove(&at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const END: i64 = 60;

    /// What is to be done to a timeline that begins at 10.
    #[derive(Debug, Clone)]
    enum Step {
        Set(i64, u8),
        Change(i64, i64, u8),
        Forget(i64),
        Begin(i64, u8),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..END, 0..4_u8).prop_map(|(at, value)| Step::Set(at, value)),
            (0..END, 0..END, 0..4_u8).prop_map(|(a, b, value)| Step::Change(a, b, value)),
            (0..20_i64).prop_map(Step::Forget),
            (0..20_i64, 0..4_u8).prop_map(|(at, value)| Step::Begin(at, value)),
        ];
        prop::collection::vec(step, 0..30)
    }

    proptest! {
        /// The same as a value for each millisecond, and never a step too many.
        #[test]
        fn every_instant_has_the_value_it_was_told(steps in steps()) {
            let mut timeline = Timeline::new(10, 0_u8);
            let (mut model, mut from) = ([0_u8; END as usize], 10_i64);
            for step in steps {
                match step {
                    Step::Set(at, value) => {
                        timeline.set_from(at, value);
                        model[at.max(from) as usize..].fill(value);
                    }
                    Step::Change(a, b, value) => {
                        timeline.change(a, b, |old| if old == 0 { value } else { old });
                        let range = a.max(from) as usize..b.max(a.max(from)) as usize;
                        model[range].iter_mut().filter(|old| **old == 0).for_each(|old| *old = value);
                    }
                    Step::Forget(at) => {
                        timeline.forget_before(at);
                        from = from.max(at);
                    }
                    Step::Begin(at, value) => {
                        timeline.begin(at, value);
                        model[at.min(from) as usize..from as usize].fill(value);
                        from = at;
                    }
                }
            }
            let stretches: Vec<_> = timeline.stretches(END).collect();
            let mut at = from;
            for pair in stretches.windows(2) {
                prop_assert!(pair[0].2 != pair[1].2, "{:?}", stretches);
            }
            for (start, end, value) in &stretches {
                prop_assert_eq!(*start, at);
                prop_assert!((*start..*end).all(|ms| model[ms as usize] == *value));
                at = *end;
            }
            prop_assert_eq!(at, END);
            prop_assert_eq!(timeline.last().map(|(_, value)| value), Some(model[END as usize - 1]));
        }
    }
}
