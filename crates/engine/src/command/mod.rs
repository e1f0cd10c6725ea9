//! What people may ask of Cliphound in chat: who may, how often, and what they asked.
//!
//! `!testclip`, `!clip [title]`, `!cliphound status | pause | resume | mute 10m`

mod parse;
mod quiet;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use parse::Command;
pub use quiet::Quiet;

use crate::{
    input::{Message, Role},
    settings::Settings,
    time::EventTime,
};

/// People whose last command is remembered; more than these within the cooldown of one
/// are not held back.
const REMEMBERED: usize = 64;

/// Who may use a command, besides the users that the settings name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Least {
    /// Everybody.
    Everyone,
    /// Subscribers, and who stands above.
    Subscriber,
    /// VIPs, and who stands above.
    Vip,
    /// Moderators and the broadcaster.
    Moderator,
    /// The broadcaster.
    Broadcaster,
    /// Nobody at all.
    Nobody,
}

impl Least {
    fn allows(self, role: Role) -> bool {
        let least = match self {
            Self::Everyone => Role::Viewer,
            Self::Subscriber => Role::Subscriber,
            Self::Vip => Role::Vip,
            Self::Moderator => Role::Moderator,
            Self::Broadcaster => Role::Broadcaster,
            Self::Nobody => return false,
        };
        role >= least
    }
}

/// Who may use which command, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommandRules {
    /// Of `!testclip` and `!clip`.
    pub clip: Least,
    /// Of `!cliphound`.
    pub cliphound: Least,
    /// Least time between two commands in a channel, seconds.
    pub cooldown_s: u32,
    /// Least time between two commands of one user below moderator, seconds.
    pub user_cooldown_s: u32,
}

impl Default for CommandRules {
    fn default() -> Self {
        Self {
            clip: Least::Moderator,
            cliphound: Least::Moderator,
            cooldown_s: 10,
            user_cooldown_s: 60,
        }
    }
}

impl CommandRules {
    /// Whether nothing was changed.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    fn of(&self, command: &Command) -> Least {
        match command {
            Command::Clip { .. } => self.clip,
            _ => self.cliphound,
        }
    }
}

/// Remembers who asked for something when.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    last: Option<EventTime>,
    /// The newest last.
    users: VecDeque<(String, EventTime)>,
}

impl Asked {
    /// The command in a message and who gave it; `None` for everything else, also for people
    /// who may not and for what comes too soon after another.
    pub fn command<'m>(
        &mut self,
        now: EventTime,
        message: &'m Message,
        settings: &Settings,
    ) -> Option<(&'m str, Command)> {
        let command = Command::parse(&message.text)?;
        let login = message.user.as_deref()?;
        let rules = &settings.commands;
        let least = rules.of(&command);
        let named = settings.command_users.iter().any(|user| user == login);
        if least == Least::Nobody || !(named || least.allows(message.role)) {
            return None;
        }
        let since = |at: EventTime, seconds: u32| now.ms_since(at) >= i64::from(seconds) * 1000;
        let is_free = self.last.is_none_or(|last| since(last, rules.cooldown_s));
        let user_is_free = named
            || message.role >= Role::Moderator
            || self.users.iter().all(|(u, at)| u != login || since(*at, rules.user_cooldown_s));
        if !is_free || !user_is_free {
            return None;
        }
        self.last = Some(now);
        self.users.retain(|(user, _)| user != login);
        if self.users.len() == REMEMBERED {
            self.users.pop_front();
        }
        self.users.push_back((login.to_owned(), now));
        Some((login, command))
    }
}

/// Whether a line is a command to some bot, and no part of the conversation.
#[must_use]
pub fn is_command(text: &str) -> bool {
    let mut chars = text.trim_start().chars();
    chars.next() == Some('!') && chars.next().is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(user: &str, role: Role, text: &str) -> Message {
        Message { user: Some(user.into()), text: text.into(), role, ..Message::default() }
    }

    fn check(user: &str, role: Role, text: &str, expected: bool) {
        let settings = Settings { command_users: vec!["editor".into()], ..Settings::default() };
        let message = message(user, role, text);
        let asked = Asked::default().command(EventTime(0), &message, &settings).is_some();
        assert_eq!(asked, expected, "{user} {role:?} {text}");
    }

    #[test]
    fn who_may_ask() {
        check("owner", Role::Broadcaster, "!testclip", true);
        check("mod", Role::Moderator, "!TestClip now", true);
        check("editor", Role::Viewer, "!testclip", true);
        check("editor", Role::Viewer, "!cliphound pause", true);
        check("viewer", Role::Viewer, "!testclip", false);
        check("vip", Role::Vip, "!clip wow", false);
        check("mod", Role::Moderator, "say !testclip", false);
    }

    #[test]
    fn the_settings_say_who_may() {
        let commands =
            CommandRules { clip: Least::Vip, cliphound: Least::Nobody, ..CommandRules::default() };
        let settings = Settings { commands, ..Settings::default() };
        let may = |role, text| {
            Asked::default().command(EventTime(0), &message("ann", role, text), &settings).is_some()
        };
        assert!(may(Role::Vip, "!clip") && may(Role::Broadcaster, "!clip"));
        assert!(!may(Role::Subscriber, "!clip"));
        assert!(!may(Role::Broadcaster, "!cliphound status"));
    }

    #[test]
    fn once_in_ten_seconds_and_a_viewer_once_a_minute() {
        let commands = CommandRules { clip: Least::Everyone, ..CommandRules::default() };
        let settings = Settings { commands, ..Settings::default() };
        let mut asked = Asked::default();
        let mut ask = |s: i64, user: &str, role| {
            let message = message(user, role, "!clip");
            asked.command(EventTime::from_secs(s), &message, &settings).is_some()
        };
        let mods = [
            ask(0, "mod", Role::Moderator),
            ask(9, "mod", Role::Moderator),
            ask(10, "mod", Role::Moderator),
        ];
        assert_eq!(mods, [true, false, true]);
        assert!(ask(100, "ann", Role::Viewer));
        assert!(!ask(120, "ann", Role::Viewer));
        assert!(ask(121, "bob", Role::Viewer));
        assert!(ask(161, "ann", Role::Viewer));
    }

    #[test]
    fn commands_are_no_conversation() {
        assert!(is_command("!points") && is_command("  !so someone"));
        assert!(!is_command("!!!") && !is_command("wow!") && !is_command("! what"));
    }
}
