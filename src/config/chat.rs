//! `[chat]`: how chat is read, and who may give commands.

use std::{fmt, str::FromStr};

use cliphound_twitch::ChannelLogin;

use super::reader::Reader;

pub(super) const KEYS: &[&str] =
    &["chat.source", "chat.command_users", "chat.ignored_users", "chat.answer"];

/// Reading and answering chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    /// Where chat is read.
    pub source: ChatSource,
    /// Who may use `!testclip` besides broadcaster and moderators.
    pub command_users: Vec<ChannelLogin>,
    /// Whose messages never count, besides the known bots.
    pub ignored_users: Vec<ChannelLogin>,
    /// Answer commands in chat, where the token allows it.
    pub answer: bool,
}

/// Where chat is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChatSource {
    /// Twitch's IRC: needs no account.
    #[default]
    Irc,
    /// Twitch's EventSub: needs an account with the scope `user:read:chat`.
    EventSub,
    /// EventSub where the account allows it and Twitch gives it, IRC everywhere else.
    Auto,
}

/// Every source with its word.
const SOURCES: [(ChatSource, &str); 3] =
    [(ChatSource::Irc, "irc"), (ChatSource::EventSub, "eventsub"), (ChatSource::Auto, "auto")];

impl Chat {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            source: reader.parsed("chat.source", ChatSource::default()),
            command_users: reader.logins("chat.command_users"),
            ignored_users: reader.logins("chat.ignored_users"),
            answer: reader.flag("chat.answer", true),
        }
    }
}

impl fmt::Display for ChatSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = SOURCES.iter().find(|(source, _)| source == self).map(|(_, word)| *word);
        f.write_str(word.unwrap_or_default())
    }
}

impl FromStr for ChatSource {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = SOURCES.iter().find(|(_, word)| *word == text).map(|(source, _)| *source);
        found.ok_or_else(|| format!("must be irc, eventsub or auto, not “{text}”"))
    }
}
