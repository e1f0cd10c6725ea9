//! Chat made harder: chatters removed, floods injected. Seeded, so always the same. Pure.

use cliphound_engine::{Input, hash::fnv1a};

use super::chance::Chance;
use crate::replay::event::Fed;

/// Floods an hour, of either kind.
const FLOODS_PER_HOUR: f64 = 6.0;
/// A flood of bots: accounts, lines of each, and seconds it takes.
const BOTS: (usize, usize, f64) = (3, 20, 20.0);
/// A flood of copypasta: accounts, lines of each, and seconds it takes.
const PASTERS: (usize, usize, f64) = (4, 8, 30.0);

/// Keeps the messages of so many chatters in a hundred, chosen by a hash of the user. Of
/// messages without a user, as many are kept, chosen by their place.
#[must_use]
pub fn keep_chatters(chat: &[Fed], percent: u64) -> Vec<Fed> {
    let kept = |(index, fed): &(usize, &Fed)| {
        let Input::Message(message) = &fed.input else { return true };
        let hash = match &message.user {
            Some(user) => fnv1a(user.as_bytes()),
            None => fnv1a(&index.to_le_bytes()),
        };
        // FNV-1a of names that differ in one character differ little: mixed by the golden ratio.
        ((hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) % 100 < percent
    };
    chat.iter().enumerate().filter(kept).map(|(_, fed)| fed.clone()).collect()
}

/// Adds floods of three accounts that each write 20 different lines in 20 s.
#[must_use]
pub fn bot_floods(chat: &[Fed], length_s: f64, seed: u64) -> Vec<Fed> {
    flooded(chat, length_s, seed, BOTS, |chance, account| {
        let (user, number) = (format!("flood{account}"), chance.below(1_000_000));
        (user, format!("cheap followers and viewers best price {number}"))
    })
}

/// Adds floods of four accounts that each paste the same long text 8 times in 30 s.
#[must_use]
pub fn copypasta_floods(chat: &[Fed], length_s: f64, seed: u64) -> Vec<Fed> {
    const TEXT: &str = "I came here for the quiet and stayed for the noise, and now my cat \
                        types faster than the whole chat, please send help and a second cat";
    flooded(chat, length_s, seed, PASTERS, |_, account| (format!("paster{account}"), TEXT.into()))
}

fn flooded(
    chat: &[Fed],
    length_s: f64,
    seed: u64,
    (accounts, lines, takes_s): (usize, usize, f64),
    said: impl Fn(&mut Chance, usize) -> (String, String),
) -> Vec<Fed> {
    let mut chance = Chance::new(seed);
    let mut all = chat.to_vec();
    let floods = (length_s / 3600.0 * FLOODS_PER_HOUR).ceil() as usize;
    for _ in 0..floods {
        let start_s = chance.unit() * length_s;
        for line in 0..accounts * lines {
            let at_s = (start_s + chance.unit() * takes_s).min(length_s);
            let (user, text) = said(&mut chance, line % accounts);
            all.push(Fed::message((at_s * 1000.0) as i64, Some(user), text));
        }
    }
    all.sort_by_key(|fed| fed.at);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd() -> Vec<Fed> {
        let said = |i: i64| Fed::message(i * 500, Some(format!("user{}", i % 1000)), "hi".into());
        (0..4000).map(said).collect()
    }

    #[test]
    fn removed_chatters_are_gone_with_all_their_lines() {
        let chat = crowd();
        for percent in [25, 5] {
            let kept = keep_chatters(&chat, percent);
            // Each of a thousand people wrote four lines.
            assert_eq!(kept.len() % 4, 0);
            let people = kept.len() as f64 / 4.0;
            assert!((people / 10.0 - percent as f64).abs() < 5.0, "{people}");
        }
    }

    #[test]
    fn floods_come_in_order_and_repeat() {
        let chat = crowd();
        for (flooded, lines) in
            [(bot_floods(&chat, 2000.0, 1), 60), (copypasta_floods(&chat, 2000.0, 1), 32)]
        {
            assert_eq!(flooded.len(), chat.len() + 4 * lines);
            assert!(flooded.is_sorted_by_key(|fed| fed.at));
        }
        assert_eq!(bot_floods(&chat, 2000.0, 1), bot_floods(&chat, 2000.0, 1));
        assert_ne!(bot_floods(&chat, 2000.0, 1), bot_floods(&chat, 2000.0, 2));
    }
}
