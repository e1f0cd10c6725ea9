//! Which addresses an alert may go to: nobody shall use Cliphound to reach what only it can
//! reach. Pure.
//!
//! Ranges: the special-purpose address registries of IANA, RFC 6890 and those after it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is of a private network or this machine.
    #[error("an address of this machine or of a private network")]
    Private,
    /// It is no server's address, or one where clouds keep secrets.
    #[error("an address that is never used for alerts")]
    Never,
}

/// Whether an address may be used.
///
/// # Errors
/// When it may not: private ones unless that is allowed; link-local ones (where clouds tell a
/// machine its secrets), multicast and the like never.
pub fn judge(address: IpAddr, allow_private: bool) -> Result<(), Refused> {
    match kind(address) {
        Kind::Public => Ok(()),
        Kind::Private if allow_private => Ok(()),
        Kind::Private => Err(Refused::Private),
        Kind::Never => Err(Refused::Never),
    }
}

/// Whether it is of this machine or a private network.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    kind(address) == Kind::Private
}

/// Whether it is of this machine: only there may plain text go.
#[must_use]
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    Private,
    Never,
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_of_v4(address),
        IpAddr::V6(address) => kind_of_v6(address),
    }
}

fn kind_of_v4(address: Ipv4Addr) -> Kind {
    match address.octets() {
        // This network, link-local with the clouds' metadata, multicast, reserved, broadcast.
        [0, ..] | [169, 254, ..] | [224..=255, ..] => Kind::Never,
        // Alibaba's metadata, within the shared addresses of providers.
        [100, 100, 100, 200] => Kind::Never,
        // Documentation, protocol assignments, old 6to4 relays.
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] => Kind::Never,
        [10, ..] | [127, ..] | [172, 16..=31, ..] | [192, 168, ..] => Kind::Private,
        // Shared addresses of providers (also Tailscale's), benchmarks.
        [100, 64..=127, ..] | [198, 18..=19, ..] => Kind::Private,
        _ => Kind::Public,
    }
}

fn kind_of_v6(address: Ipv6Addr) -> Kind {
    let segments = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        kind_of_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Private,
        // IPv4 in the clothes of IPv6: mapped, NAT64, 6to4. Compatible ones are history.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        [0, ..] | [0x64, 0xff9b, ..] => Kind::Never,
        // AWS's metadata, within the private addresses.
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] => Kind::Never,
        [0xfc00..=0xfdff, ..] => Kind::Private,
        // Of all others only global unicast, without Teredo, documentation and the like.
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, ..] => Kind::Never,
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Never,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Kind) {
        assert_eq!(kind(text.parse().unwrap()), expected, "{text}");
    }

    #[test]
    fn addresses_are_told_apart() {
        for text in
            ["1.1.1.1", "162.159.128.233", "2606:4700::1111", "::ffff:8.8.8.8", "172.32.0.1"]
        {
            check(text, Kind::Public);
        }
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "100.64.0.1",
            "::1",
            "fd12::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            check(text, Kind::Private);
        }
        for text in [
            "0.0.0.0",
            "169.254.169.254",
            "224.0.0.1",
            "255.255.255.255",
            "100.100.100.200",
            "::",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "2001::1",
            "2001:db8::1",
            "::127.0.0.1",
            "64:ff9b:1::1",
            "2002:a9fe:a9fe::1",
        ] {
            check(text, Kind::Never);
        }
    }

    proptest! {
        #[test]
        fn an_address_in_other_clothes_is_the_same(bits: u32) {
            let v4 = Ipv4Addr::from(bits);
            let [a, b, c, d] = v4.octets();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            for v6 in [
                v4.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            ] {
                prop_assert_eq!(kind(IpAddr::V6(v6)), kind(IpAddr::V4(v4)));
            }
        }
    }
}
