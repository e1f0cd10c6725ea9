//! How many connections others may hold: not all, so that this machine, and a proxy before us,
//! always find room. Pure but for its lock.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::web::access::net;

/// Connections at a time; further ones wait until one ends.
pub const ALL: usize = 64;
/// Connections from elsewhere; further ones are closed at once.
const ELSEWHERE: usize = 48;
/// Connections of one address elsewhere: a browser takes six at most.
const EACH: usize = 16;

/// Counts connections from elsewhere. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Places(Arc<Mutex<BTreeMap<IpAddr, usize>>>);

/// A connection from elsewhere, counted until it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    net: IpAddr,
}

impl Places {
    /// Room for one more; `None` when there is none for this address.
    #[must_use]
    pub fn take(&self, address: IpAddr) -> Option<Place> {
        let net = net(address);
        let mut held = self.held();
        let own = held.get(&net).copied().unwrap_or(0);
        if own >= EACH || held.values().sum::<usize>() >= ELSEWHERE {
            return None;
        }
        held.insert(net, own + 1);
        Some(Place { places: self.clone(), net })
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.held();
        match held.get_mut(&self.net) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(held.remove(&self.net)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_elsewhere_takes_all() {
        let places = Places::default();
        let take = |last: u8| places.take([192, 0, 2, last].into());
        let mut held: Vec<Place> = std::iter::from_fn(|| take(1)).collect();
        assert_eq!(held.len(), EACH);
        for other in 2..=9 {
            held.extend(std::iter::from_fn(|| take(other)));
        }
        assert_eq!(held.len(), ELSEWHERE, "and {} are left to this machine", ALL - ELSEWHERE);
        held.truncate(1);
        assert!(take(1).is_some() && take(9).is_some());
        drop(held);
        assert!(places.held().is_empty(), "nothing is kept of those who have gone");
    }

    #[test]
    fn a_net_of_ipv6_is_one() {
        let places = Places::default();
        let take = |end: u16| places.take([0x2001, 0xdb8, 0, 0, 0, 0, 0, end].into());
        let held: Vec<Place> = (0..100).map_while(take).collect();
        assert_eq!(held.len(), EACH);
    }
}
