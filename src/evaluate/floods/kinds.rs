//! What floods look like: who writes how much of what in how long. Pure.

use crate::evaluate::chance::Chance;

/// A kind of flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Three accounts advertise.
    Bots,
    /// Four people paste one text again and again.
    Copypasta,
    /// Fifteen people paste one text, once each.
    Paste15,
    /// Twenty-five people do.
    Paste25,
    /// Thirty people write a keyword with `!`.
    GiveawayCommand,
    /// Thirty people write a keyword without it.
    GiveawayWord,
    /// Twenty people who were not there before say hello.
    Greetings,
    /// One person writes and writes.
    OnePerson,
}

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// People of this chat.
    Regulars,
    /// The same accounts in every flood, otherwise never seen.
    Accounts,
    /// Accounts never seen before, others in every flood.
    Newcomers,
}

/// The size of a flood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Who writes.
    pub who: Who,
    /// How many of them.
    pub people: usize,
    /// Lines of each.
    pub lines: usize,
    /// Seconds from its start to its end.
    pub takes_s: f64,
}

const PASTES: [&str; 3] = [
    "I came here for the quiet and stayed for the noise, and now my cat types faster than the \
     whole chat, please send help and a second cat",
    "Dear neighbours, the drums you hear at night are not drums, it is my washing machine and \
     it has joined a band, tickets are five dollars",
    "My grandmother asked what I do all day and I said research, so now she watches too and \
     her predictions are better than all of ours",
];
const GREETINGS: [&str; 8] = [
    "hi",
    "hello everyone",
    "hey chat",
    "hiii",
    "good evening",
    "hello hello",
    "hey, how is everybody?",
    "hi streamer",
];
const RANTS: [&str; 4] =
    ["LISTEN TO ME", "why does nobody answer", "play the other one", "this is so boring today"];

impl Kind {
    /// Every kind, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Bots,
        Self::Copypasta,
        Self::Paste15,
        Self::Paste25,
        Self::GiveawayCommand,
        Self::GiveawayWord,
        Self::Greetings,
        Self::OnePerson,
    ];

    /// Its name in tables and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bots => "3 bots",
            Self::Copypasta => "copypasta by 4",
            Self::Paste15 => "paste by 15",
            Self::Paste25 => "paste by 25",
            Self::GiveawayCommand => "giveaway !word",
            Self::GiveawayWord => "giveaway word",
            Self::Greetings => "20 greet",
            Self::OnePerson => "one person",
        }
    }

    /// Its size.
    #[must_use]
    pub fn shape(self) -> Shape {
        let (who, people, lines, takes_s) = match self {
            Self::Bots => (Who::Accounts, 3, 20, 20.0),
            Self::Copypasta => (Who::Regulars, 4, 8, 30.0),
            Self::Paste15 => (Who::Regulars, 15, 1, 12.0),
            Self::Paste25 => (Who::Regulars, 25, 1, 12.0),
            Self::GiveawayCommand | Self::GiveawayWord => (Who::Regulars, 30, 1, 90.0),
            Self::Greetings => (Who::Newcomers, 20, 1, 45.0),
            Self::OnePerson => (Who::Regulars, 1, 30, 30.0),
        };
        Shape { who, people, lines, takes_s }
    }

    /// One line of flood number `flood`.
    pub fn line(self, flood: usize, chance: &mut Chance) -> String {
        let one_of = |texts: &[&str], at: usize| texts[at % texts.len()].to_owned();
        let number = chance.below(1_000_000);
        match self {
            Self::Bots => format!("cheap followers and viewers best price {number}"),
            Self::Copypasta | Self::Paste15 | Self::Paste25 => one_of(&PASTES, flood),
            Self::GiveawayCommand => "!ticket".to_owned(),
            Self::GiveawayWord => "ticket".to_owned(),
            Self::Greetings => one_of(&GREETINGS, number),
            Self::OnePerson => format!("{} {}", one_of(&RANTS, number), number % 97),
        }
    }
}
