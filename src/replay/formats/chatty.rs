//! Chatty's logs: `# Log started: DATE`, then `[20:00:05] <%@user> text`; signs tell badges.

use cliphound_engine::{Message, Role};

use super::Read;
use crate::replay::{name, stamp::DayClock};

/// Begins the line that tells the date.
pub const HEADER: &str = "# Log started: ";

/// Reads a log line by line.
#[derive(Debug, Default)]
pub struct Chatty {
    clock: DayClock,
}

impl Chatty {
    /// Reads one line.
    pub fn read(&mut self, line: &str) -> Read {
        super::read_log_line(&mut self.clock, HEADER, line, said)
    }
}

/// The message in `<signs user> text`; `None` for an event.
pub(in crate::replay) fn said(line: &str) -> Option<Message> {
    let (user, text) = line.strip_prefix('<')?.split_once('>')?;
    let name = user.trim_start_matches(|c: char| c.is_ascii_punctuation() && c != '_');
    let signs = user.strip_suffix(name).unwrap_or_default();
    let role = if signs.contains('~') {
        Role::Broadcaster
    } else if signs.contains('@') {
        Role::Moderator
    } else {
        Role::Viewer
    };
    let named = !name.trim().is_empty();
    named.then(|| Message {
        user: Some(name::login(name)),
        text: text.trim_start().to_owned(),
        role,
        ..Message::default()
    })
}

#[cfg(test)]
mod tests {
    use super::{super::tests::fed, *};

    #[test]
    fn a_log_with_both_stamps() {
        let day = 1_714_521_600_000; // 2024-05-01
        let mut reader = Chatty::default();
        for (line, expected) in [
            ("# Log started: 2024-05-01 20:00:00 +0200", Read::Other),
            ("[20:00:05] <ann> hi <3 >", fed(day + 72_005_000, "ann", "hi <3 >")),
            ("[2024-05-01 20:00:06] <%+Bob> yo", fed(day + 72_006_000, "bob", "yo")),
            ("[20:00:07] <%安 (ann)> hi", fed(day + 72_007_000, "ann", "hi")),
            ("[20:00:08] <_x_> hi", fed(day + 72_008_000, "_x_", "hi")),
            ("[20:00:09] BAN: bob (600s)", Read::Other),
            ("[20:00:09] <> hi", Read::Other),
            ("[23:59:00] <ann> late", fed(day + 86_340_000, "ann", "late")),
            ("[00:01:00] <ann> early", fed(day + 86_460_000, "ann", "early")),
            ("? what", Read::Unreadable),
        ] {
            assert_eq!(reader.read(line), expected, "{line}");
        }
    }

    #[test]
    fn signs_tell_roles() {
        for (line, role) in [
            ("<ann> !testclip", Role::Viewer),
            ("<%ann> !testclip", Role::Viewer),
            ("<%@ann> !testclip", Role::Moderator),
            ("<~@ann> !testclip", Role::Broadcaster),
        ] {
            assert_eq!(said(line).map(|m| m.role), Some(role), "{line}");
        }
    }
}
