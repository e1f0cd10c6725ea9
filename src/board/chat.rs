//! The newest lines of a chat, as long as nobody deletes them. Pure.

use std::collections::VecDeque;

use cliphound_twitch::chat::ChatMessage;

/// Lines kept; the oldest go first.
pub const KEPT: usize = 50;
/// Characters kept of a line: Twitch's limit.
const MOST_CHARS: usize = 500;

/// A line of chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// When it was sent, Unix milliseconds.
    pub at_ms: i64,
    /// Who wrote it.
    pub login: String,
    /// Its text, as it was sent.
    pub text: String,
    /// What the badges say: `broadcaster`, `moderator`, `VIP`, or nothing.
    pub role: &'static str,
    id: String,
}

/// The newest lines, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Chat(VecDeque<Said>);

impl Chat {
    /// A new line.
    pub fn said(&mut self, message: &ChatMessage, at_ms: i64) {
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        let end =
            message.text.char_indices().nth(MOST_CHARS).map_or(message.text.len(), |(at, _)| at);
        self.0.push_back(Said {
            at_ms,
            login: message.login.clone(),
            text: message.text[..end].to_owned(),
            role: role(message),
            id: message.id.clone(),
        });
    }

    /// One line was deleted.
    pub fn delete(&mut self, id: &str) {
        if !id.is_empty() {
            self.0.retain(|said| said.id != id);
        }
    }

    /// All lines of a user were deleted.
    pub fn clear_user(&mut self, login: &str) {
        self.0.retain(|said| !said.login.eq_ignore_ascii_case(login));
    }

    /// All lines were deleted.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The lines, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Said> {
        self.0.iter().rev()
    }
}

fn role(message: &ChatMessage) -> &'static str {
    match (message.broadcaster, message.moderator, message.vip) {
        (true, ..) => "broadcaster",
        (_, true, _) => "moderator",
        (.., true) => "VIP",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(lines: &[(&str, &str)]) -> Chat {
        let mut chat = Chat::default();
        for (id, login) in lines {
            let message = ChatMessage {
                id: (*id).to_owned(),
                login: (*login).to_owned(),
                text: "é".repeat(600),
                ..ChatMessage::default()
            };
            chat.said(&message, 0);
        }
        chat
    }

    fn ids(chat: &Chat) -> Vec<&str> {
        chat.newest().map(|said| said.id.as_str()).collect()
    }

    #[test]
    fn deleted_lines_are_gone() {
        let lines = [("1", "ann"), ("2", "bob"), ("3", "ann"), ("", "carl"), ("5", "dan")];
        let check = |delete: &dyn Fn(&mut Chat), expected: &[&str]| {
            let mut chat = chat(&lines);
            delete(&mut chat);
            assert_eq!(ids(&chat), expected);
        };
        check(&|chat| chat.delete("2"), &["5", "", "3", "1"]);
        check(&|chat| chat.delete(""), &["5", "", "3", "2", "1"]);
        check(&|chat| chat.clear_user("Ann"), &["5", "", "2"]);
        check(&Chat::clear, &[]);
    }

    #[test]
    fn it_stays_small() {
        let chat = chat(&vec![("1", "ann"); 2 * KEPT]);
        assert_eq!(chat.newest().count(), KEPT);
        assert!(chat.newest().all(|said| said.text.chars().count() == MOST_CHARS));
    }
}
