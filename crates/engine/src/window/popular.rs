//! What most people of a window are on, by name, for who watches the live page. Worked out when
//! it is asked for; nothing that decides reads it.

use std::collections::BTreeMap;

use cliphound_work::each;

use super::{Line, Trailing};

/// An emote, or a short line, and how many people wrote it within the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Popular {
    /// The emote's name, or the line as somebody typed it.
    pub name: String,
    /// Distinct people.
    pub people: u32,
}

/// What one person writes is no fashion, and stays theirs.
const LEAST_PEOPLE: u32 = 2;

impl Trailing {
    /// The emotes that most people are on, at most `most`, the first first; equals by name.
    #[must_use]
    pub fn top_emotes(&self, most: usize) -> Vec<Popular> {
        let emotes = self.lines().flat_map(|line| {
            line.text.emotes.iter().map(|emote| (emote.hash, line.person, &*emote.name))
        });
        top(emotes, most)
    }

    /// The short lines without emotes that most people wrote, in the same order. `GOOO` and
    /// `go!` are one line; shown as the one of its spellings that comes first in the alphabet.
    #[must_use]
    pub fn top_words(&self, most: usize) -> Vec<Popular> {
        let has_words =
            |line: &&Line| line.text.emotes.is_empty() && !line.wording.as_str().is_empty();
        let words = self.lines().filter(has_words);
        top(words.map(|line| (line.text.key, line.person, line.wording.as_str())), most)
    }
}

/// The keys that most people are on, by name.
fn top<'a>(uses: impl Iterator<Item = (u64, u64, &'a str)>, most: usize) -> Vec<Popular> {
    let mut uses: Vec<(u64, u64, &str)> = each(uses).collect();
    uses.sort_unstable();
    let mut found: BTreeMap<u64, (u32, &str)> = BTreeMap::new();
    for (at, (key, person, name)) in uses.iter().enumerate() {
        let (people, first) = found.entry(*key).or_insert((0, name));
        let is_new = at == 0 || (uses[at - 1].0, uses[at - 1].1) != (*key, *person);
        *people += u32::from(is_new);
        *first = (*first).min(name);
    }
    let mut found: Vec<(u32, &str)> =
        found.into_values().filter(|(people, _)| *people >= LEAST_PEOPLE).collect();
    found.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let named = found.into_iter().take(most);
    named.map(|(people, name)| Popular { name: name.to_owned(), people }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{text, time::EventTime, window::Wording};

    fn window(lines: &[(u64, &str)]) -> Trailing {
        let mut window = Trailing::new(15_000);
        for (at, (person, text)) in lines.iter().enumerate() {
            let line = Line {
                at: EventTime(at as i64),
                person: *person,
                first: false,
                joins: false,
                id: at as u64,
                text: text::read(text, &[]),
                wording: Wording::default(),
            };
            window.add(line, text);
        }
        window
    }

    fn told(popular: &[Popular]) -> String {
        popular.iter().map(|one| format!("{} {}, ", one.name, one.people)).collect()
    }

    #[test]
    fn people_count_and_not_lines() {
        let lines = [
            (1, "KEKW KEKW"),
            (1, "KEKW"),
            (2, "KEKW"),
            (3, "LUL"),
            (4, "LUL nice"),
            (5, "LUL"),
            (6, "GOOO"),
            (7, "go!"),
            (6, "go"),
            (8, "alone"),
            (8, "alone"),
            (8, "Kappa"),
        ];
        let window = window(&lines);
        assert_eq!(told(&window.top_emotes(9)), "LUL 3, KEKW 2, ");
        assert_eq!(told(&window.top_emotes(1)), "LUL 3, ");
        assert_eq!(told(&window.top_words(9)), "GOOO 2, ");
    }

    #[test]
    fn what_is_deleted_is_gone_at_once() {
        let mut window = window(&[(1, "secret"), (2, "SECRET"), (3, "gg"), (4, "gg"), (5, "GG")]);
        assert_eq!(told(&window.top_words(9)), "GG 3, SECRET 2, ");
        window.forget(1);
        window.forget_person(5);
        assert_eq!(told(&window.top_words(9)), "gg 2, ");
        window.advance(EventTime(60_000));
        assert_eq!(window.top_words(9), []);
    }
}
