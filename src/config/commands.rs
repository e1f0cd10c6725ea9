//! `[commands]`: who may give which command in chat, and how often.

use std::{fmt, str::FromStr};

use cliphound_engine::{CommandRules, Least};

use super::reader::Reader;

pub(super) const KEYS: &[&str] =
    &["commands.clip", "commands.cliphound", "commands.cooldown_s", "commands.user_cooldown_s"];

/// Who may, as it is written.
const WORDS: [(Least, &str); 6] = [
    (Least::Everyone, "everyone"),
    (Least::Subscriber, "subscriber"),
    (Least::Vip, "vip"),
    (Least::Moderator, "moderator"),
    (Least::Broadcaster, "broadcaster"),
    (Least::Nobody, "nobody"),
];

/// The defaults are the engine's own.
pub(super) fn read(reader: &mut Reader<'_>) -> CommandRules {
    let engine = CommandRules::default();
    CommandRules {
        clip: reader.parsed("commands.clip", Who(engine.clip)).0,
        cliphound: reader.parsed("commands.cliphound", Who(engine.cliphound)).0,
        cooldown_s: reader.number("commands.cooldown_s", engine.cooldown_s, 0..=3600, " seconds"),
        user_cooldown_s: reader.number(
            "commands.user_cooldown_s",
            engine.user_cooldown_s,
            0..=86_400,
            " seconds",
        ),
    }
}

struct Who(Least);

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WORDS.iter().find(|(least, _)| *least == self.0).map_or("nobody", |w| w.1);
        f.write_str(word)
    }
}

impl FromStr for Who {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = WORDS.iter().find(|(_, word)| *word == text);
        found.map(|(least, _)| Self(*least)).ok_or_else(|| {
            let words: Vec<&str> = WORDS.iter().map(|(_, word)| *word).collect();
            format!("must be one of {}, not “{text}”", words.join(", "))
        })
    }
}
