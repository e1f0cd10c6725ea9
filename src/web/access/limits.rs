//! How often somebody may try to log in: by where they come from, and by the name they try.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use axum::http::StatusCode;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::web::Problem;

/// Attempts from one address at once, and how often there is a further one.
const BY_ADDRESS: (u32, Duration) = (10, Duration::from_secs(6));
/// The same for one name, wherever they come from. More at once, so that a stranger can't keep
/// somebody out who types well.
const BY_NAME: (u32, Duration) = (20, Duration::from_secs(15));
/// Addresses or names that are known at a time; further ones share one place.
const MOST: usize = 10_000;
/// Letters of a name that count.
const NAME: usize = 64;

/// Counts attempts.
#[derive(Debug)]
pub struct Limits {
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    names: DefaultKeyedRateLimiter<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            addresses: RateLimiter::keyed(quota(BY_ADDRESS)),
            names: RateLimiter::keyed(quota(BY_NAME)),
        }
    }
}

impl Limits {
    /// One more attempt from an address.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn attempt(&self, address: IpAddr) -> Result<(), Problem> {
        let key =
            if is_full(&self.addresses) { Ipv6Addr::UNSPECIFIED.into() } else { net(address) };
        self.addresses.check_key(&key).map_err(|_| too_many())
    }

    /// One more attempt with a name.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn attempt_as(&self, name: &str) -> Result<(), Problem> {
        let key = if is_full(&self.names) {
            String::new()
        } else {
            name.chars().take(NAME).flat_map(char::to_lowercase).collect()
        };
        self.names.check_key(&key).map_err(|_| too_many())
    }
}

fn quota((burst, every): (u32, Duration)) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(every).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst)
}

/// Whether no more can be known. Those who have not tried for long are forgotten first.
fn is_full<K: std::hash::Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>) -> bool {
    if limiter.len() >= MOST {
        limiter.retain_recent();
    }
    limiter.len() >= MOST
}

/// Who has an IPv6 address has 2⁶⁴ of them.
fn net(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address => address,
    }
}

fn too_many() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "there were too many attempts to log in: wait a minute, then try again",
    )
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
        for _ in 0..BY_NAME.0 {
            limits.attempt_as("Ann").unwrap();
        }
        assert!(limits.attempt_as("ann").is_err());
        limits.attempt_as("bob").unwrap();
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
