//! Which cables there are, and what was done to each. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

use super::Service;

/// What happens to one cable; both who carries and who disturbs hold it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fate {
    /// Cancelled when the connection is reset.
    pub torn: CancellationToken,
    dead: Arc<AtomicBool>,
}

impl Fate {
    /// It stays, and carries nothing.
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }
}

/// All cables that carry something now.
#[derive(Debug, Default)]
pub(crate) struct Cables {
    fates: BTreeMap<u64, (Service, Fate)>,
    last: u64,
}

impl Cables {
    pub fn add(&mut self, service: Service) -> (u64, Fate) {
        self.last += 1;
        let fate = Fate::default();
        self.fates.insert(self.last, (service, fate.clone()));
        (self.last, fate)
    }

    pub fn remove(&mut self, cable: u64) {
        self.fates.remove(&cable);
    }

    /// Resets the connections of a service, or of all.
    pub fn tear(&self, service: Option<Service>) {
        self.of(service).for_each(|fate| fate.torn.cancel());
    }

    /// Lets the connections of a service, or of all, carry nothing any more.
    pub fn kill(&self, service: Option<Service>) {
        self.of(service).for_each(|fate| fate.dead.store(true, Ordering::Relaxed));
    }

    /// Resets the connections that carry nothing.
    pub fn tear_dead(&self) {
        self.of(None).filter(|fate| fate.is_dead()).for_each(|fate| fate.torn.cancel());
    }

    fn of(&self, service: Option<Service>) -> impl Iterator<Item = &Fate> {
        let fits = move |whose: &Service| service.is_none_or(|service| service == *whose);
        self.fates.values().filter(move |(whose, _)| fits(whose)).map(|(_, fate)| fate)
    }
}
