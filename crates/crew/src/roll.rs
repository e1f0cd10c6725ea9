//! Who is of the crew now, and what became of those who panicked.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use cliphound_clock::Stopwatch;

use super::heart::Own;

/// Panics are counted together within so much real time.
pub(super) const WITHIN: Duration = Duration::from_secs(60);
/// Times of panics kept: as many as can matter.
const KEPT: usize = 32;

/// Tasks started anew, by name.
pub type Restarts = BTreeMap<&'static str, u64>;

#[derive(Debug, Default)]
pub(super) struct Roll {
    tasks: Mutex<BTreeMap<u64, Arc<Own>>>,
    entered: AtomicU64,
    lately: Mutex<VecDeque<Stopwatch>>,
    panics: AtomicU64,
    restarts: Mutex<Restarts>,
}

/// Takes its task off the roll when it is dropped.
pub(super) struct Entry {
    number: u64,
    roll: Weak<Roll>,
}

impl Roll {
    pub(super) fn enter(self: &Arc<Self>, own: &Arc<Own>) -> Entry {
        let number = self.entered.fetch_add(1, Relaxed);
        lock(&self.tasks).insert(number, Arc::clone(own));
        Entry { number, roll: Arc::downgrade(self) }
    }

    pub(super) fn hearts(&self) -> Vec<Arc<Own>> {
        let tasks = lock(&self.tasks);
        tasks.values().filter(|own| own.is_lasting()).cloned().collect()
    }

    pub(super) fn of(&self, name: &str) -> Vec<Arc<Own>> {
        lock(&self.tasks).values().filter(|own| own.name == name).cloned().collect()
    }

    pub(super) fn under_way(&self) -> BTreeMap<&'static str, usize> {
        let mut names = BTreeMap::new();
        for own in lock(&self.tasks).values() {
            *names.entry(own.name).or_default() += 1;
        }
        names
    }

    /// One more panic; says how many there were lately.
    pub(super) fn panicked(&self) -> usize {
        self.panics.fetch_add(1, Relaxed);
        let mut lately = lock(&self.lately);
        lately.push_back(Stopwatch::start());
        lately.retain(|panic| panic.elapsed() < WITHIN);
        if lately.len() > KEPT {
            lately.pop_front();
        }
        lately.len()
    }

    pub(super) fn panics(&self) -> u64 {
        self.panics.load(Relaxed)
    }

    pub(super) fn restarted(&self, name: &'static str) {
        *lock(&self.restarts).entry(name).or_default() += 1;
    }

    pub(super) fn restarts(&self) -> Restarts {
        lock(&self.restarts).clone()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(roll) = self.roll.upgrade() {
            lock(&roll.tasks).remove(&self.number);
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
