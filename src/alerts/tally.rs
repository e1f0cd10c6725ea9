//! What the alerts of this run did, for `/metrics`.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Counters by alert. Cheap to clone; clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<Mutex<BTreeMap<String, Counts>>>);

/// Names that are counted at most: settings may change for months.
const MOST: usize = 200;

/// What one alert did since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Sent.
    pub sent: u64,
    /// Given up.
    pub failed: u64,
    /// Attempts that are repeated.
    pub retried: u64,
}

impl Tally {
    /// Changes what is counted of one alert.
    pub fn count(&self, alert: &str, change: impl FnOnce(&mut Counts)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MOST || all.contains_key(alert) {
            change(all.entry(alert.to_owned()).or_default());
        }
    }

    /// All of it.
    #[must_use]
    pub fn all(&self) -> BTreeMap<String, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
