//! What people may ask of Cliphound in chat: who may, how often, and what they asked.
//!
//! `!testclip`, `!clip [title]`, `!cliphound status | pause | resume | mute 10m`

mod parse;
mod quiet;

use std::collections::VecDeque;

use cliphound_work::{each, steps};
use serde::{Deserialize, Serialize};

pub use parse::Command;
pub use quiet::Quiet;

use crate::{input::Role, settings::Settings, text::character::Kind, time::EventTime};

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
    /// Whether somebody may give this command now; if so, it counts as given.
    pub fn may(
        &mut self,
        now: EventTime,
        login: &str,
        role: Role,
        command: &Command,
        settings: &Settings,
    ) -> bool {
        let rules = &settings.commands;
        let least = rules.of(command);
        let named = settings.command_users.iter().any(|user| user == login);
        if least == Least::Nobody || !(named || least.allows(role)) {
            return false;
        }
        let user_is_free = named
            || role >= Role::Moderator
            || each(self.users.iter())
                .all(|(u, at)| u != login || since(*at, now, rules.user_cooldown_s));
        if !user_is_free || !self.is_free(now, settings) {
            return false;
        }
        steps(self.users.len());
        self.users.retain(|(user, _)| user != login);
        if self.users.len() == REMEMBERED {
            self.users.pop_front();
        }
        self.users.push_back((login.to_owned(), now));
        true
    }

    /// Whether somebody who may ask for a moment outside of chat gets one now, or it is the
    /// moment that was asked for a little while ago; if so, it counts as given.
    pub fn is_free(&mut self, now: EventTime, settings: &Settings) -> bool {
        let is_free = self.last.is_none_or(|last| since(last, now, settings.commands.cooldown_s));
        if is_free {
            self.last = Some(now);
        }
        is_free
    }
}

fn since(at: EventTime, now: EventTime, seconds: u32) -> bool {
    now.ms_since(at) >= i64::from(seconds) * 1000
}

/// Whether a line is a command to some bot, and no part of the conversation.
#[must_use]
pub fn is_command(text: &str) -> bool {
    // Most lines are done by their first byte.
    if text.as_bytes().first().is_some_and(|first| first.is_ascii_graphic() && *first != b'!') {
        return false;
    }
    let mut said = text.chars().skip_while(|c| Kind::of(*c).is(Kind::BLANK));
    said.next() == Some('!') && said.next().is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(
        asked: &mut Asked,
        at: EventTime,
        (user, role, text): (&str, Role, &str),
        settings: &Settings,
    ) -> bool {
        Command::parse(text).is_some_and(|command| asked.may(at, user, role, &command, settings))
    }

    fn check(user: &str, role: Role, text: &str, expected: bool) {
        let settings = Settings { command_users: vec!["editor".into()], ..Settings::default() };
        let asked = may(&mut Asked::default(), EventTime(0), (user, role, text), &settings);
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
        let may =
            |role, text| may(&mut Asked::default(), EventTime(0), ("ann", role, text), &settings);
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
            may(&mut asked, EventTime::from_secs(s), (user, role, "!clip"), &settings)
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
