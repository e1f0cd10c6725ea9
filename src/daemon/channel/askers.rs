//! Who asked for which moment, in chat or elsewhere, and whose words in chat it is called by: when they
//! are deleted there, they are its title no more. Pure.

use std::collections::VecDeque;

use cliphound_engine::{Cause, Command, Moment};
use cliphound_store::{IntentKey, Words};
use cliphound_twitch::chat::{ChatEvent, ChatMessage};

use crate::clips::Said;

/// Titles that wait for their moment, which comes a second later; the oldest go first.
const WAITING: usize = 64;
/// Moments whose words are remembered. Of older ones the database tells it.
const REMEMBERED: usize = 256;

/// Somebody asks for a moment with a title.
#[derive(Debug)]
struct Asked {
    login: String,
    title: String,
    /// By default outside of chat.
    said: Said,
}

/// Remembers who asked with which words.
#[derive(Debug, Default)]
pub struct Askers {
    waiting: VecDeque<Asked>,
    /// Who asked without a title, and whether in chat.
    bare: VecDeque<(String, bool)>,
    given: VecDeque<(IntentKey, Said)>,
}

impl Askers {
    /// Hears chat. The moments whose titles were deleted.
    pub fn hear(&mut self, event: &ChatEvent) -> Vec<IntentKey> {
        match event {
            ChatEvent::Message(message) => self.message(message),
            ChatEvent::MessageDeleted { id } if !id.is_empty() => {
                return self.delete(|words| words.said_in.as_ref() == Some(id));
            }
            ChatEvent::ChatCleared { user: Some(user) } => {
                return self.delete(|words| words.said_by.as_ref() == Some(user));
            }
            ChatEvent::ChatCleared { user: None } => {
                return self.delete(|words| words.said_by.is_some());
            }
            _ => {}
        }
        Vec::new()
    }

    fn message(&mut self, message: &ChatMessage) {
        let Some(Command::Clip { title }) = Command::parse(&message.text) else { return };
        let login = message.login.clone();
        let Some(title) = title else { return push(&mut self.bare, (login, true), WAITING) };
        let id = Some(message.id.clone()).filter(|id| !id.is_empty());
        let said = Said::new(Words { said_by: Some(login.clone()), said_in: id });
        push(&mut self.waiting, Asked { login, title, said }, WAITING);
    }

    /// Somebody asks outside of chat: what they call it is not deleted there.
    pub fn asked_elsewhere(&mut self, by: &str, title: Option<&str>) {
        let login = by.to_owned();
        match title.map(str::to_owned) {
            Some(title) => {
                push(&mut self.waiting, Asked { login, title, said: Said::default() }, WAITING);
            }
            None => push(&mut self.bare, (login, false), WAITING),
        }
    }

    fn delete(&mut self, are_gone: impl Fn(&Words) -> bool) -> Vec<IntentKey> {
        let waiting = self.waiting.iter().map(|asked| &asked.said);
        waiting.filter(|said| are_gone(&said.words)).for_each(Said::delete);
        let given = self.given.iter().filter(|(_, said)| are_gone(&said.words));
        let mut keys = Vec::new();
        for (key, said) in given {
            said.delete();
            keys.push(key.clone());
        }
        keys
    }

    /// A moment comes of what was asked: whose words its title is. Where too many asked at once to
    /// remember them all, they are taken for words of chat.
    pub fn said(&mut self, moment: &Moment, key: &IntentKey) -> Said {
        let Cause::Manual(login) = &moment.cause else { return Said::default() };
        let Some(title) = &moment.title else { return self.said_nothing(login) };
        let is_it = |asked: &Asked| asked.login == *login && asked.title == *title;
        let asked = self.waiting.iter().position(is_it).and_then(|at| self.waiting.remove(at));
        let said = match asked {
            Some(asked) => asked.said,
            None => Said::new(Words { said_by: Some(login.clone()), said_in: None }),
        };
        push(&mut self.given, (key.clone(), said.clone()), REMEMBERED);
        said
    }
}

impl Askers {
    /// Somebody asked without a title. Who may have asked elsewhere gets no answer in chat.
    fn said_nothing(&mut self, login: &str) -> Said {
        let asked = |in_chat: bool| (login.to_owned(), in_chat);
        let place = |one| self.bare.iter().position(|asked| *asked == one);
        let at = place(asked(false)).or_else(|| place(asked(true)));
        match at.and_then(|at| self.bare.remove(at)) {
            Some((_, true)) => Said::without_words(),
            _ => Said::default(),
        }
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

    /// A message, one of its author, all.
    fn deletions() -> [ChatEvent; 3] {
        let user = |user: Option<&str>| ChatEvent::ChatCleared { user: user.map(str::to_owned) };
        [ChatEvent::MessageDeleted { id: "b".to_owned() }, user(Some("mod")), user(None)]
    }

    #[test]
    fn deleted_words_are_known_before_and_after_their_moment_comes() {
        for (deletion, is_before) in
            deletions().into_iter().flat_map(|one| [(one.clone(), true), (one, false)])
        {
            let mut askers = Askers::default();
            for event in [said("a", "!clip one"), said("b", "!clip two"), said("c", "!testclip")] {
                assert_eq!(askers.hear(&event), []);
            }
            let (moment, key) = asked("two");
            if is_before {
                assert_eq!(askers.hear(&deletion), []);
            }
            let words = askers.said(&moment, &key);
            let expected = Words { said_by: Some("mod".to_owned()), said_in: Some("b".to_owned()) };
            assert_eq!((&words.words, words.is_deleted()), (&expected, is_before));
            if !is_before {
                assert_eq!(askers.hear(&deletion), [key]);
                assert!(words.is_deleted());
            }
            let other = askers.said(&asked("one").0, &asked("one").1);
            let is_one = matches!(deletion, ChatEvent::MessageDeleted { .. });
            assert_eq!(other.is_deleted(), !is_one, "{deletion:?}");
        }
    }

    #[test]
    fn what_is_asked_outside_of_chat_is_not_deleted_there() {
        let mut askers = Askers::default();
        askers.asked_elsewhere("mod", Some("a title"));
        let (moment, key) = asked("a title");
        let words = askers.said(&moment, &key);
        assert_eq!(words.words, Words::default());
        for deletion in deletions() {
            assert_eq!(askers.hear(&deletion), []);
        }
        assert!(!words.is_deleted());
        // Nobody remembers who asked: rather chat.
        let unknown = askers.said(&moment, &key);
        assert_eq!(unknown.words.said_by.as_deref(), Some("mod"));
        let untitled = Moment { title: None, ..moment };
        assert_eq!(askers.said(&untitled, &key).words, Words::default());
    }

    #[test]
    fn only_who_asked_in_chat_is_answered_there() {
        let (titled, key) = asked("a title");
        let bare = Moment { title: None, ..titled.clone() };
        let check = |in_chat: &[&str], elsewhere: &[Option<&str>], moment: &Moment, expected| {
            let mut askers = Askers::default();
            in_chat.iter().for_each(|text| drop(askers.hear(&said("a", text))));
            elsewhere.iter().for_each(|title| askers.asked_elsewhere("mod", *title));
            let first = askers.said(moment, &key).is_in_chat();
            assert_eq!((first, askers.said(moment, &key).is_in_chat()), expected, "{in_chat:?}");
        };
        check(&["!clip"], &[], &bare, (true, false));
        check(&[], &[None], &bare, (false, false));
        check(&["!clip"], &[None], &bare, (false, true));
        check(&["!clip a title", "!clip a title"], &[], &titled, (true, true));
        check(&["!clip a title"], &[None], &titled, (true, true));
        let mut askers = Askers::default();
        askers.asked_elsewhere("mod", Some("a title"));
        assert!(!askers.said(&titled, &key).is_in_chat());
        let hype = Moment { cause: Cause::Hype, ..bare };
        assert!(!askers.said(&hype, &key).is_in_chat());
    }
}
