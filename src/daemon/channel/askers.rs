//! Which message asked for which moment with a title of its own: when it is deleted in chat, the
//! title goes, too. Pure.

use std::collections::VecDeque;

use cliphound_engine::{Cause, Command, Moment};
use cliphound_store::IntentKey;
use cliphound_twitch::chat::{ChatEvent, ChatMessage};

/// Commands with a title that wait for their moment, which comes a second later; the oldest go
/// first.
const WAITING: usize = 64;
/// Moments whose message is remembered. Of older ones the lines around them tell it.
const REMEMBERED: usize = 256;

/// A command with a title.
#[derive(Debug)]
struct Said {
    id: String,
    login: String,
    title: String,
    is_deleted: bool,
}

/// Remembers who asked with which words.
#[derive(Debug, Default)]
pub struct Askers {
    said: VecDeque<Said>,
    /// Message ids and the moments that came of them.
    moments: VecDeque<(String, IntentKey)>,
}

impl Askers {
    /// Hears chat. The moment whose title a deleted message was.
    pub fn hear(&mut self, event: &ChatEvent) -> Option<IntentKey> {
        match event {
            ChatEvent::Message(message) => self.message(message),
            ChatEvent::MessageDeleted { id } if !id.is_empty() => {
                self.delete(|said| said.id == *id);
                return self.moments.iter().find(|(of, _)| of == id).map(|(_, key)| key.clone());
            }
            ChatEvent::ChatCleared { user: Some(user) } => self.delete(|said| said.login == *user),
            ChatEvent::ChatCleared { user: None } => self.delete(|_| true),
            _ => {}
        }
        None
    }

    fn message(&mut self, message: &ChatMessage) {
        let Some(Command::Clip { title: Some(title) }) = Command::parse(&message.text) else {
            return;
        };
        let (id, login) = (message.id.clone(), message.login.clone());
        push(&mut self.said, Said { id, login, title, is_deleted: false }, WAITING);
    }

    fn delete(&mut self, is_gone: impl Fn(&Said) -> bool) {
        for said in self.said.iter_mut().filter(|said| is_gone(said)) {
            said.is_deleted = true;
        }
    }

    /// A moment comes of what was said; whether that was deleted by now.
    pub fn is_deleted(&mut self, moment: &Moment, key: &IntentKey) -> bool {
        let (Cause::Manual(login), Some(title)) = (&moment.cause, &moment.title) else {
            return false;
        };
        let is_it = |said: &Said| said.login == *login && said.title == *title;
        let Some(at) = self.said.iter().position(is_it) else { return false };
        let Some(said) = self.said.remove(at) else { return false };
        push(&mut self.moments, (said.id, key.clone()), REMEMBERED);
        said.is_deleted
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T, most: usize) {
    queue.push_back(item);
    if queue.len() > most {
        queue.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use cliphound_engine::EventTime;

    use super::*;

    fn said(id: &str, text: &str) -> ChatEvent {
        ChatEvent::Message(ChatMessage {
            id: id.to_owned(),
            login: "mod".to_owned(),
            text: text.to_owned(),
            ..ChatMessage::default()
        })
    }

    fn asked(title: &str) -> (Moment, IntentKey) {
        let moment = Moment {
            trigger: EventTime(7),
            start: EventTime(0),
            end: EventTime(7),
            score: 1.0,
            threshold: 0.5,
            cause: Cause::Manual("mod".to_owned()),
            reasons: Vec::new(),
            learning: false,
            title: Some(title.to_owned()),
        };
        (moment, IntentKey { broadcaster_id: "7".to_owned(), trigger_ms: 7 })
    }

    #[test]
    fn a_deleted_message_names_its_moment() {
        let mut askers = Askers::default();
        for event in [said("a", "!clip one"), said("b", "!clip two"), said("c", "!testclip")] {
            assert_eq!(askers.hear(&event), None);
        }
        let (moment, key) = asked("two");
        assert!(!askers.is_deleted(&moment, &key));
        let delete = |id: &str| ChatEvent::MessageDeleted { id: id.to_owned() };
        assert_eq!(askers.hear(&delete("a")), None, "no moment came of it yet");
        assert_eq!(askers.hear(&delete("b")), Some(key));
        assert_eq!(askers.hear(&delete("")), None);
    }

    #[test]
    fn what_is_deleted_before_its_moment_comes_gives_it_no_title() {
        let user = |user: Option<&str>| ChatEvent::ChatCleared { user: user.map(str::to_owned) };
        for (deletion, expected) in [
            (ChatEvent::MessageDeleted { id: "a".to_owned() }, true),
            (user(Some("mod")), true),
            (user(None), true),
            (user(Some("other")), false),
        ] {
            let mut askers = Askers::default();
            askers.hear(&said("a", "!clip one"));
            askers.hear(&deletion);
            let (moment, key) = asked("one");
            assert_eq!(askers.is_deleted(&moment, &key), expected, "{deletion:?}");
            assert!(!askers.is_deleted(&moment, &key), "asked for once");
        }
    }
}
