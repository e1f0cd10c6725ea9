//! `!testclip`: who may use it, and how often.

use crate::{
    input::{Message, Role},
    settings::Settings,
    time::EventTime,
};

/// The command's word.
const TESTCLIP: &str = "!testclip";
/// Least time between two forced clips of a channel.
const COOLDOWN_MS: i64 = 10_000;

/// Remembers when a clip was last forced.
#[derive(Debug, Clone, Default)]
pub struct Testclip {
    last: Option<EventTime>,
}

impl Testclip {
    /// The login of who forces a clip with this message; `None` for everything else,
    /// also for people who may not and for a repetition within ten seconds.
    pub fn asked<'m>(
        &mut self,
        now: EventTime,
        message: &'m Message,
        settings: &Settings,
    ) -> Option<&'m str> {
        let word = message.text.split_whitespace().next()?;
        let login = message.user.as_deref()?;
        let may = message.role >= Role::Moderator
            || settings.command_users.iter().any(|user| user == login);
        let cold = self.last.is_none_or(|last| now.ms_since(last) >= COOLDOWN_MS);
        if !word.eq_ignore_ascii_case(TESTCLIP) || !may || !cold {
            return None;
        }
        self.last = Some(now);
        Some(login)
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

    fn check(user: &str, role: Role, text: &str, expected: bool) {
        let settings = Settings { command_users: vec!["editor".into()], ..Settings::default() };
        let message =
            Message { user: Some(user.into()), text: text.into(), role, ..Message::default() };
        let asked = Testclip::default().asked(EventTime(0), &message, &settings).is_some();
        assert_eq!(asked, expected, "{user} {role:?} {text}");
    }

    #[test]
    fn who_may_force_a_clip() {
        check("owner", Role::Broadcaster, "!testclip", true);
        check("mod", Role::Moderator, "!TestClip now", true);
        check("editor", Role::Viewer, "!testclip", true);
        check("viewer", Role::Viewer, "!testclip", false);
        check("mod", Role::Moderator, "say !testclip", false);
        check("mod", Role::Moderator, "!testclips", false);
        check("mod", Role::Moderator, "", false);
    }

    #[test]
    fn once_in_ten_seconds() {
        let settings = Settings::default();
        let message = Message {
            user: Some("mod".into()),
            text: "!testclip".into(),
            role: Role::Moderator,
            ..Message::default()
        };
        let mut command = Testclip::default();
        let mut ask = |ms| command.asked(EventTime(ms), &message, &settings).is_some();
        assert_eq!([ask(0), ask(9_999), ask(10_000)], [true, false, true]);
    }

    #[test]
    fn commands_are_no_conversation() {
        assert!(is_command("!points") && is_command("  !so someone"));
        assert!(!is_command("!!!") && !is_command("wow!") && !is_command("! what"));
    }
}
