//! The seed of a channel's engine: the same for `run`, `replay` and every machine, and whatever a
//! file is called.

use cliphound_engine::{Input, hash::fnv1a};
use cliphound_twitch::ChannelLogin;

use super::event::Fed;

/// Seed from a channel's login by FNV-1a with 64 bits.
#[must_use]
pub fn seed(login: &str) -> u64 {
    fnv1a(login.as_bytes())
}

/// The same for chat of which nobody may tell the channel: then of what is said first, so that a copy
/// of a file, or its first half, finds the same moments by whatever name.
#[must_use]
pub fn seed_of_chat(channel: Option<&ChannelLogin>, first: &Fed) -> u64 {
    match (channel, &first.input) {
        (Some(channel), _) => seed(channel.as_str()),
        (None, Input::Message(message)) => fnv1a(message.text.as_bytes()),
        (None, _) => seed(""),
    }
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
