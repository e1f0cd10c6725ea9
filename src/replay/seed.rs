//! The seed of a channel's engine: the same for `run`, `replay` and every machine, and whatever a
//! file is called.

use cliphound_engine::hash::fnv1a;
use cliphound_twitch::ChannelLogin;

/// Seed from a channel's login by FNV-1a with 64 bits.
#[must_use]
pub fn seed(login: &str) -> u64 {
    fnv1a(login.as_bytes())
}

/// The same for chat that may not tell its channel: all such chat has one seed, so that a copy of a
/// file, or a part of it, by another name finds the same moments.
#[must_use]
pub fn seed_of_chat(channel: Option<&ChannelLogin>) -> u64 {
    seed(channel.map_or("", ChannelLogin::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_never_change() {
        // Test vectors of the algorithm's authors.
        for (login, expected) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(seed(login), expected, "{login}");
        }
    }
}
