//! Floods put into a stream's chat. Seeded, so always the same. Pure.

use std::collections::BTreeSet;

use cliphound_engine::{Input, hash::fnv1a};

use super::kinds::{Kind, Shape, Who};
use crate::{
    evaluate::{chance::Chance, stream::Stream},
    replay::event::Fed,
};

/// One flood in each so many seconds: six an hour.
const EVERY_S: f64 = 600.0;
/// None in a stream's first minute, in which nothing triggers anyway.
const QUIET_S: f64 = 60.0;
/// After a flood's end a trigger still counts as its own for so long, seconds.
pub const AFTER_S: f64 = 30.0;

/// When a flood was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flood {
    /// Its start in seconds of the stream.
    pub start_s: f64,
    /// Its end.
    pub end_s: f64,
}

impl Flood {
    /// Whether a trigger at `at_s` may be due to it.
    #[must_use]
    pub fn may_cause(&self, at_s: f64) -> bool {
        (self.start_s..=self.end_s + AFTER_S).contains(&at_s)
    }
}

/// Everybody who writes in a chat, by name.
#[must_use]
pub fn regulars(chat: &[Fed]) -> Vec<&str> {
    let users = chat.iter().filter_map(|fed| match &fed.input {
        Input::Message(message) => message.user.as_deref(),
        _ => None,
    });
    users.collect::<BTreeSet<&str>>().into_iter().collect()
}

/// The chat of `stream` with floods of one kind, and when they were.
#[must_use]
pub fn inject(stream: &Stream, regulars: &[&str], kind: Kind) -> (Vec<Fed>, Vec<Flood>) {
    let mut chance = Chance::new(stream.seed ^ fnv1a(kind.name().as_bytes()));
    let Shape { who, people, lines, takes_s } = kind.shape();
    let (mut chat, mut floods) = (stream.chat.clone(), Vec::new());
    for (number, start_s) in starts(stream.length_s, takes_s, &mut chance).into_iter().enumerate() {
        for user in names(who, people, number, regulars, &mut chance) {
            for _ in 0..lines {
                let at_s = start_s + chance.unit() * takes_s;
                let text = kind.line(number, &mut chance);
                chat.push(Fed::message((at_s * 1000.0) as i64, Some(user.clone()), text));
            }
        }
        floods.push(Flood { start_s, end_s: start_s + takes_s });
    }
    chat.sort_by_key(|fed| fed.at);
    (chat, floods)
}

/// A start in each stretch that has room for a flood and what may follow from it, so that no
/// two floods mix.
fn starts(length_s: f64, takes_s: f64, chance: &mut Chance) -> Vec<f64> {
    let mut starts = Vec::new();
    let mut from_s = 0.0;
    while from_s < length_s {
        let room_s = (length_s - from_s).min(EVERY_S) - QUIET_S - takes_s - AFTER_S;
        if room_s > 0.0 {
            starts.push(from_s + QUIET_S + chance.unit() * room_s);
        }
        from_s += EVERY_S;
    }
    starts
}

/// So many names. Where the chat has too few (or no) names, made-up ones help out.
fn names(
    who: Who,
    people: usize,
    flood: usize,
    regulars: &[&str],
    chance: &mut Chance,
) -> Vec<String> {
    let made_up = |person: usize| match who {
        Who::Newcomers => format!("newcomer{flood}x{person}"),
        Who::Regulars | Who::Accounts => format!("flooder{person}"),
    };
    let mut known: Vec<&str> = if who == Who::Regulars { regulars.to_vec() } else { Vec::new() };
    let drawn = |person: usize| {
        if known.is_empty() {
            return made_up(person);
        }
        known.swap_remove(chance.below(known.len())).to_owned()
    };
    (0..people).map(drawn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::labels::Marks;

    fn stream(users: i64) -> Stream {
        let said = |i: i64| Fed::message(i * 500, Some(format!("user{}", i % users)), "hi".into());
        Stream::new("test".into(), 1, (0..4000).map(said).collect(), Marks::default())
    }

    fn check(kind: Kind, users: i64, expected_people: usize) {
        let stream = stream(users);
        let regulars = regulars(&stream.chat);
        let (chat, floods) = inject(&stream, &regulars, kind);
        let Shape { people, lines, .. } = kind.shape();
        assert_eq!(chat.len(), stream.chat.len() + floods.len() * people * lines, "{kind:?}");
        assert!(chat.is_sorted_by_key(|fed| fed.at));
        let everybody = super::regulars(&chat).len();
        assert_eq!(everybody, users as usize + expected_people, "{kind:?} {users}");
        assert_eq!(inject(&stream, &regulars, kind), (chat, floods));
    }

    #[test]
    fn floods_are_written_by_whom_they_should() {
        check(Kind::Bots, 100, 3);
        check(Kind::Paste15, 100, 0);
        check(Kind::Paste15, 10, 5);
        check(Kind::GiveawayWord, 100, 0);
        // 2000 s have room for four floods.
        check(Kind::Greetings, 100, 4 * 20);
        check(Kind::OnePerson, 100, 0);
    }

    #[test]
    fn floods_have_room_around_them() {
        for length_s in [0.0, 170.0, 200.0, 5000.0] {
            let starts = starts(length_s, 90.0, &mut Chance::new(3));
            assert_eq!(starts.is_empty(), length_s < 180.0, "{length_s}");
            assert!(starts.iter().all(|start| *start >= 60.0 && start + 120.0 <= length_s));
            assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= 180.0), "{starts:?}");
        }
    }
}
