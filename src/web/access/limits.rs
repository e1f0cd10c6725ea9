//! How often somebody may try to log in: by where they come from, and by the name they try there.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

#[cfg(not(test))]
use governor::clock::DefaultClock as Time;
// In tests time stands still, so that no attempt comes back meanwhile.
#[cfg(test)]
use governor::clock::FakeRelativeClock as Time;
use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

use crate::web::Problem;

/// How many attempts there were, by a key.
type Counter<K> =
    RateLimiter<K, DefaultKeyedStateStore<K>, Time, NoOpMiddleware<<Time as Clock>::Instant>>;

/// Attempts from one address at once, and how often there is a further one.
const BY_ADDRESS: (u32, Duration) = (10, Duration::from_secs(6));
/// The same for all nets of a [`site`]: too few to hold the places of those who wait for their
/// password, each of which takes some hundredths of a second.
const BY_SITE: (u32, Duration) = (40, Duration::from_secs(2));
/// The same for one name from one address: whoever tries somebody's name elsewhere does not keep
/// them out.
const BY_NAME_THERE: (u32, Duration) = (20, Duration::from_secs(15));
/// The same for one name, wherever they come from: so many that it takes a dozen addresses or more
/// to use them up, and too few to guess a password of ten letters.
const BY_NAME: (u32, Duration) = (300, Duration::from_secs(2));
/// Tries of somebody who is logged in to tell their password of now.
const BY_PERSON: (u32, Duration) = (10, Duration::from_secs(6));
/// Addresses, names or people that are known at a time; further ones share one place.
const MOST: usize = 10_000;
/// Letters of a name that count.
const NAME: usize = 64;

/// Counts attempts.
#[derive(Debug)]
pub struct Limits {
    addresses: Counter<IpAddr>,
    sites: Counter<IpAddr>,
    /// By name and [`site`].
    names_there: Counter<(String, IpAddr)>,
    names: Counter<String>,
    people: Counter<i64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            addresses: counter(BY_ADDRESS),
            sites: counter(BY_SITE),
            names_there: counter(BY_NAME_THERE),
            names: counter(BY_NAME),
            people: counter(BY_PERSON),
        }
    }
}

impl Limits {
    /// One more attempt from an address.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn attempt(&self, address: IpAddr) -> Result<(), Problem> {
        let nobody = Ipv6Addr::UNSPECIFIED.into();
        one_more(&self.addresses, net(address), nobody)?;
        one_more(&self.sites, site(address), nobody)
    }

    /// One more attempt with a name, from an address.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn attempt_as(&self, name: &str, address: IpAddr) -> Result<(), Problem> {
        let name: String = name.chars().take(NAME).flat_map(char::to_lowercase).collect();
        let nobody = (String::new(), Ipv6Addr::UNSPECIFIED.into());
        one_more(&self.names_there, (name.clone(), site(address)), nobody)?;
        one_more(&self.names, name, String::new())
    }

    /// One more attempt of somebody who is logged in. Nobody else's attempts count.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn attempt_of(&self, person: i64) -> Result<(), Problem> {
        one_more(&self.people, person, 0)
    }
}

/// Counts an attempt; when no more keys can be known, for all `others` together.
fn one_more<K: Hash + Eq + Clone>(limiter: &Counter<K>, key: K, others: K) -> Result<(), Problem> {
    let key = if is_full(limiter) { others } else { key };
    limiter
        .check_key(&key)
        .map_err(|not_yet| too_many(not_yet.wait_time_from(limiter.clock().now())))
}

fn counter<K: Hash + Eq + Clone>((burst, every): (u32, Duration)) -> Counter<K> {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(every).unwrap_or(Quota::per_second(NonZeroU32::MIN));
    RateLimiter::new(quota.allow_burst(burst), DefaultKeyedStateStore::default(), Time::default())
}

/// Whether no more can be known. Those who have not tried for long are forgotten first.
fn is_full<K: Hash + Eq + Clone>(limiter: &Counter<K>) -> bool {
    if limiter.len() >= MOST {
        limiter.retain_recent();
    }
    limiter.len() >= MOST
}

/// What stands for an address. Who has one of IPv6 has 2⁶⁴ of them.
#[must_use]
pub fn net(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address => address,
    }
}

/// What stands for whoever holds an address: of IPv6 providers give 2¹⁶ nets away together, a /48 (RFC
/// 6177), and one that tries a name from all of them is one stranger.
fn site(address: IpAddr) -> IpAddr {
    match net(address) {
        IpAddr::V6(net) => Ipv6Addr::from_bits(net.to_bits() & (u128::MAX << 80)).into(),
        address => address,
    }
}

fn too_many(wait: Duration) -> Problem {
    Problem::too_many("there were too many attempts to log in: wait a minute, then try again", wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_and_each_name_has_its_own_attempts() {
        let limits = Limits::default();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        for _ in 0..BY_ADDRESS.0 {
            limits.attempt(address("192.0.2.1")).unwrap();
            limits.attempt(address("2001:db8::1")).unwrap();
        }
        assert_eq!(limits.attempt(address("192.0.2.1")).unwrap_err().status, 429);
        assert!(limits.attempt(address("::ffff:192.0.2.1")).is_err(), "the same in IPv6");
        assert!(limits.attempt(address("2001:db8::2:1")).is_err(), "the same net");
        limits.attempt(address("192.0.2.2")).unwrap();
        limits.attempt(address("2001:db8:0:1::1")).unwrap();
        for _ in 0..BY_NAME_THERE.0 {
            limits.attempt_as("Ann", address("192.0.2.1")).unwrap();
        }
        assert!(limits.attempt_as("ann", address("192.0.2.1")).is_err());
        limits.attempt_as("bob", address("192.0.2.1")).unwrap();
        limits.attempt_as("ann", address("192.0.2.2")).unwrap();
        for _ in 0..BY_PERSON.0 {
            limits.attempt_of(1).unwrap();
        }
        assert!(limits.attempt_of(1).is_err());
        limits.attempt_of(2).unwrap();
    }

    #[test]
    fn all_nets_of_one_site_have_a_bound_together() {
        let limits = Limits::default();
        let of_six = |site: u16, net: u16| IpAddr::from([0x2001, 0xdb8, site, net, 0, 0, 0, 1]);
        let tries = (0..400).filter(|net| limits.attempt(of_six(0, *net)).is_ok());
        assert_eq!(tries.count(), BY_SITE.0 as usize);
        limits.attempt(of_six(1, 0)).unwrap();
    }

    #[test]
    fn a_crowd_uses_a_name_up_and_a_stranger_does_not() {
        let limits = Limits::default();
        let attempt = |last: u8| limits.attempt_as("ann", [192, 0, 2, last].into()).is_ok();
        while attempt(1) {}
        assert!(attempt(2), "the owner elsewhere");
        let of_six = |net: u16, last: u16| IpAddr::from([0x2001, 0xdb8, 0, net, 0, 0, 0, last]);
        (0..400).for_each(|net| drop(limits.attempt_as("ann", of_six(net, 1))));
        assert!(attempt(2), "however many nets of IPv6 a stranger has");
        (3..=255).for_each(|stranger| while attempt(stranger) {});
        assert!(!attempt(0), "all of them together have a bound");
    }

    #[test]
    fn however_many_come_memory_is_bounded() {
        let limits = Limits::default();
        for number in 0..12_000_u32 {
            let _ = limits.attempt(IpAddr::from(number.to_be_bytes()));
        }
        assert!(limits.addresses.len() <= MOST + 1, "{}", limits.addresses.len());
        assert!(limits.attempt(IpAddr::from([198, 51, 100, 1])).is_err(), "strangers share");
    }
}
