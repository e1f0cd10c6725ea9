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
}

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
        f.write_str("irc")
    }
}

impl FromStr for ChatSource {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "irc" { Ok(Self::Irc) } else { Err(format!("must be irc, not “{text}”")) }
    }
}
