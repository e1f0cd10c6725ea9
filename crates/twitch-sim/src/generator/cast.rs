//! The people of a room: regulars who write much, a long tail who write little, newcomers, bots.

use std::sync::Arc;

use rand::{Rng, RngExt};

use super::style::Style;
use super::words::{NAME_ENDS, NAME_STARTS, TONGUES};
use crate::chat::{Author, Standing, display_name};

/// A person with what only the generator knows about them.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub author: Arc<Author>,
    /// Index into the languages; 0 is English.
    pub language: usize,
}

/// Who can write in a room.
pub(crate) struct Cast {
    pub broadcaster: Arc<Author>,
    pub bot: Arc<Author>,
    people: Vec<Person>,
    style: Style,
    /// Cumulated weights of `people`: activity falls with the rank (Zipf).
    weights: Vec<f64>,
}

impl Cast {
    pub fn new(broadcaster: Author, viewers: u32, style: &Style, rng: &mut impl Rng) -> Self {
        let size = (1.5 * f64::from(viewers.max(1)).powf(0.78)).clamp(12.0, 6_000.0) as usize;
        let people: Vec<Person> = (0..size).map(|rank| regular(rank, size, style, rng)).collect();
        let mut sum = 0.0;
        let weigh = |rank: usize| {
            sum += (rank as f64 + 3.0).powf(-0.8);
            sum
        };
        let weights = (0..size).map(weigh).collect();
        Self {
            broadcaster: Arc::new(broadcaster),
            bot: Arc::new(bot()),
            people,
            style: style.clone(),
            weights,
        }
    }

    /// Somebody, the more likely the more they write.
    pub fn someone(&self, rng: &mut impl Rng) -> Person {
        let total = self.weights.last().copied().unwrap_or_default();
        let at = rng.random_range(0.0..total.max(f64::EPSILON));
        let index = self.weights.partition_point(|&w| w <= at).min(self.people.len() - 1);
        self.people[index].clone()
    }

    /// So many different people, writers and mere readers alike; those who never wrote
    /// before come when the known ones run out.
    pub fn crowd(&mut self, count: usize, rng: &mut impl Rng) -> Vec<Person> {
        let known = count.min(self.people.len() * 2 / 3);
        let mut crowd: Vec<Person> = rand::seq::index::sample(rng, self.people.len(), known)
            .into_iter()
            .map(|index| self.people[index].clone())
            .collect();
        let style = &self.style;
        crowd.extend((known..count).map(|_| stranger(style, rng)));
        crowd
    }

    /// A newcomer, who stays and takes the place of somebody quiet.
    pub fn newcomer(&mut self, rng: &mut impl Rng) -> Person {
        let person = stranger(&self.style, rng);
        let quiet = rng.random_range(self.people.len() / 2..self.people.len());
        self.people[quiet] = person.clone();
        person
    }
}

/// Someone nobody in this channel knows.
pub(crate) fn stranger(style: &Style, rng: &mut impl Rng) -> Person {
    person(Standing::Viewer, 0, style, rng)
}

fn regular(rank: usize, size: usize, style: &Style, rng: &mut impl Rng) -> Person {
    let standing = match rank {
        _ if rank % 9 == 4 && rank < size / 8 + 5 => Standing::Moderator,
        _ if rank % 11 == 7 && rank < size / 6 + 8 => Standing::Vip,
        _ => Standing::Viewer,
    };
    let subscribed = rng.random_bool(if rank < size / 4 { 0.6 } else { 0.15 });
    let months = if subscribed { rng.random_range(1..48) } else { 0 };
    person(standing, months, style, rng)
}

fn person(standing: Standing, months: u16, style: &Style, rng: &mut impl Rng) -> Person {
    let start = NAME_STARTS[rng.random_range(0..NAME_STARTS.len())];
    let end = NAME_ENDS[rng.random_range(0..NAME_ENDS.len())];
    let login = match rng.random_range(0..3) {
        0 => format!("{start}_{end}{}", rng.random_range(0..1000)),
        1 => format!("{start}{end}{}", rng.random_range(0..100_000)),
        _ => format!("{start}{end}_{}", rng.random_range(1970..2012)),
    };
    let color = match rng.random_range(0..5) {
        0 => String::new(),
        _ => format!("#{:06X}", rng.random_range(0..0x100_0000)),
    };
    let id = rng.random_range(20_000_000..1_200_000_000);
    let display = display_name(&login);
    let author = Arc::new(Author { login, display, id, color, standing, months });
    let language = if rng.random_bool(style.speak_it) {
        style.language
    } else {
        rng.random_range(0..TONGUES.len())
    };
    Person { author, language }
}

fn bot() -> Author {
    Author {
        login: "nightbot".to_owned(),
        display: "Nightbot".to_owned(),
        id: 19_264_788,
        color: "#7C7CE1".to_owned(),
        standing: Standing::Moderator,
        months: 0,
    }
}
