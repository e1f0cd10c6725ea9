//! What all scenes of the generator share: chance, the cast, and the queue of what comes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::cast::{Cast, Person};
use super::style::Style;
use super::words::{OWN_EMOTES, TONGUES, Tongue};
use crate::chat::{Author, ChatEvent, Line, Notice, NoticeKind, emotes_in, uuid};

/// Lines that deletions and replies can refer to.
const RECENT: usize = 64;

pub(crate) struct Stage {
    pub rng: Pcg64Mcg,
    pub cast: Cast,
    pub style: Style,
    /// People watching, as last told.
    pub viewers: u32,
    /// Newest last: line id, author, text.
    pub recent: VecDeque<(String, Arc<Author>, String)>,
    queue: BTreeMap<(i64, u64), ChatEvent>,
    sequence: u64,
    /// Keeps ids apart from those of another run with the same seed.
    salt: u128,
}

impl Stage {
    pub fn new(seed: u64, start_ms: i64, viewers: u32, broadcaster: Author, style: Style) -> Self {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let cast = Cast::new(broadcaster, viewers, &style, &mut rng);
        Self {
            rng,
            cast,
            style,
            viewers,
            recent: VecDeque::new(),
            queue: BTreeMap::new(),
            sequence: 0,
            salt: u128::from(start_ms.unsigned_abs()) << 80,
        }
    }

    /// A new id.
    pub fn id(&mut self) -> String {
        uuid(self.rng.random::<u128>() ^ self.salt)
    }

    /// Lets somebody write at a time.
    pub fn say(&mut self, at_ms: i64, author: &Arc<Author>, text: String) {
        self.line(at_ms, author, text, |_| {});
    }

    /// Lets somebody write for the first time in this channel.
    pub fn say_first(&mut self, at_ms: i64, author: &Arc<Author>, text: String) {
        self.line(at_ms, author, text, |line| line.first = true);
    }

    /// Lets somebody write, with whatever is special about the line.
    pub fn line(
        &mut self,
        at_ms: i64,
        author: &Arc<Author>,
        text: String,
        special: impl FnOnce(&mut Line),
    ) {
        let mut line = Line {
            id: self.id(),
            author: Arc::clone(author),
            emotes: emotes_in(&text),
            text,
            first: false,
            action: false,
            bits: 0,
            source_room: None,
        };
        special(&mut line);
        self.push(at_ms, ChatEvent::Line(line));
    }

    /// Announces something in the room.
    pub fn notice(&mut self, at_ms: i64, author: &Arc<Author>, kind: NoticeKind, text: &str) {
        let id = self.id();
        let text = text.to_owned();
        let notice = Notice { id, author: Arc::clone(author), kind, text };
        self.push(at_ms, ChatEvent::Notice(notice));
    }

    /// Adds an event; those of one instant keep their order.
    pub fn push(&mut self, at_ms: i64, event: ChatEvent) {
        self.sequence += 1;
        self.queue.insert((at_ms, self.sequence), event);
    }

    /// Number of the newest event.
    pub fn newest(&self) -> u64 {
        self.sequence
    }

    /// Ids of the lines to come that were added after event `number`.
    pub fn lines_after(&self, number: u64) -> Vec<String> {
        let added = self.queue.iter().filter(|((_, sequence), _)| *sequence > number);
        let ids = added.filter_map(|(_, event)| match event {
            ChatEvent::Line(line) => Some(line.id.clone()),
            _ => None,
        });
        ids.collect()
    }

    /// Takes what happens before a time, in order.
    pub fn take_until(&mut self, until_ms: i64) -> Vec<(i64, ChatEvent)> {
        let later = self.queue.split_off(&(until_ms, 0));
        let due = std::mem::replace(&mut self.queue, later);
        let mut events = Vec::with_capacity(due.len());
        for ((at_ms, _), event) in due {
            if let ChatEvent::Line(line) = &event {
                self.remember(line);
            }
            events.push((at_ms, event));
        }
        events
    }

    fn remember(&mut self, line: &Line) {
        if line.source_room.is_some() {
            return;
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((line.id.clone(), Arc::clone(&line.author), line.text.clone()));
    }

    /// A time between two others, ms.
    pub fn between(&mut self, from_ms: i64, to_ms: i64) -> i64 {
        if from_ms < to_ms { self.rng.random_range(from_ms..to_ms) } else { from_ms }
    }

    /// One of several.
    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> Option<&'a T> {
        from.choose(&mut self.rng).copied()
    }

    /// One of several texts; empty when there are none.
    pub fn word(&mut self, from: &[&'static str]) -> &'static str {
        self.pick(from).unwrap_or_default()
    }

    /// What is said in the channel's own language.
    pub fn tongue(&self) -> &'static Tongue {
        TONGUES[self.style.language]
    }

    /// What a person says: a guest falls into the channel's language most of the time.
    pub fn tongue_of(&mut self, person: &Person) -> &'static Tongue {
        let own = self.rng.random_bool(0.4);
        TONGUES[if own { person.language } else { self.style.language }]
    }

    /// One of the channel's own emotes, such as `mossyHype`.
    pub fn own_emote(&mut self) -> String {
        let letters = self.cast.broadcaster.login.chars().filter(char::is_ascii_lowercase);
        let prefix: String = letters.take(6).collect();
        format!("{prefix}{}", self.word(OWN_EMOTES))
    }

    /// How many people a share of the audience is: it grows slower than the viewers do,
    /// since most people in a large chat only read.
    pub fn people(&self, share: f64) -> usize {
        let audience = f64::from(self.viewers.max(1)).powf(0.75);
        ((audience * share).round() as usize).min(1_500)
    }
}

/// A number of events when `mean` are expected (Knuth's method, fine for small means).
pub(crate) fn poisson(rng: &mut impl Rng, mean: f64) -> u32 {
    let limit = (-mean.clamp(0.0, 60.0)).exp();
    let (mut product, mut count) = (rng.random::<f64>(), 0);
    while product > limit {
        product *= rng.random::<f64>();
        count += 1;
    }
    count
}

/// A waiting time when `mean` is expected, at most five times as long.
pub(crate) fn exponential(rng: &mut impl Rng, mean: f64) -> f64 {
    let uniform: f64 = rng.random_range(f64::EPSILON..1.0);
    (-uniform.ln()).min(5.0) * mean
}

/// Roughly a standard normal number (sum of twelve uniform ones).
pub(crate) fn normal(rng: &mut impl Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// A number from 0 on with a long tail, 1 in the middle (log-normal).
pub(crate) fn long_tailed(rng: &mut impl Rng, spread: f64) -> f64 {
    (spread * normal(rng)).exp()
}
