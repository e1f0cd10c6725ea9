//! When something happens in a stream: true moments and decoys, kept apart from each other.

use rand::{Rng, RngExt};
use serde::Serialize;

/// Nothing happens in the first minutes.
pub(crate) const QUIET_START_MS: i64 = 180_000;
/// Least time between the end of one happening and the start of the next.
pub(crate) const GAP_MS: i64 = 100_000;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Moment: many people post the same few emotes.
    EmoteBurst,
    /// Moment: excitement in words only.
    TextHype,
    /// Moment: many people laugh.
    Laughter,
    /// Moment: many people are sad.
    Sadness,
    /// Moment: many people are startled.
    Surprise,
    /// Decoy: another channel's viewers arrive and greet.
    Raid,
    /// Decoy: many people write one word for minutes.
    Giveaway,
    /// Decoy: the same with a command, such as `!join`.
    GiveawayCommand,
    /// Decoy: one person writes a hundred lines.
    Flood,
    /// Decoy: a few people repeat a long text.
    Copypasta,
    /// Decoy: subscriptions are given away and people say thanks.
    GiftSubs,
    /// Decoy: the streamer asks, chat answers.
    Poll,
    /// Decoy: a bot announces a prediction, chat bets.
    Prediction,
    /// Decoy: excitement in the other room of a shared chat.
    SharedChat,
    /// Decoy: advertisements; people complain.
    AdBreak,
    /// Decoy: one subscription brings the next.
    SubTrain,
    /// Decoy: unknown accounts repeat an advertisement.
    Advert,
    /// Decoy: two people quarrel.
    Quarrel,
    /// Decoy: ten to twenty-five people paste one long text.
    LongPaste,
    /// Decoy: the stream begins and those who waited greet.
    Greetings,
}

impl Kind {
    const MOMENTS: [Self; 5] =
        [Self::EmoteBurst, Self::TextHype, Self::Laughter, Self::Sadness, Self::Surprise];
    /// What can come at any time; greetings come at a stream's start only.
    const DECOYS: [Self; 14] = [
        Self::Raid,
        Self::Giveaway,
        Self::GiveawayCommand,
        Self::Flood,
        Self::Copypasta,
        Self::GiftSubs,
        Self::Poll,
        Self::Prediction,
        Self::SharedChat,
        Self::AdBreak,
        Self::SubTrain,
        Self::Advert,
        Self::Quarrel,
        Self::LongPaste,
    ];

    /// Not a moment, though chat behaves unusually.
    #[must_use]
    pub fn is_decoy(self) -> bool {
        !Self::MOMENTS.contains(&self)
    }

    fn seconds(self) -> (i64, i64) {
        match self {
            Self::Raid => (45, 75),
            Self::Giveaway | Self::GiveawayCommand => (90, 180),
            Self::Flood => (20, 40),
            Self::Copypasta => (45, 75),
            Self::GiftSubs => (30, 60),
            Self::Poll | Self::AdBreak | Self::SubTrain => (60, 120),
            Self::Advert | Self::Quarrel => (60, 120),
            Self::Prediction => (90, 150),
            Self::LongPaste => (20, 45),
            Self::SharedChat => (15, 30),
            _ => (8, 20),
        }
    }
}

/// One happening: for a moment, the stretch of the stream that is worth a clip (chat
/// reacts 5 to 20 s after its start); for a decoy, the stretch of unusual chat.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Happening {
    pub kind: Kind,
    pub start_ms: i64,
    pub end_ms: i64,
    /// 0 (few join) to 1 (most do).
    pub strength: f64,
}

/// Deals out kinds so that each comes up before any comes twice, and their times.
pub(crate) struct Plan {
    moments: Vec<Kind>,
    decoys: Vec<Kind>,
    next_moment_ms: i64,
    next_decoy_ms: i64,
    /// Nothing may start before.
    free_ms: i64,
    shared_chat: bool,
}

impl Plan {
    pub fn new(start_ms: i64, shared_chat: bool, rng: &mut impl Rng) -> Self {
        let free_ms = start_ms + QUIET_START_MS;
        Self {
            moments: Vec::new(),
            decoys: Vec::new(),
            next_moment_ms: free_ms + rng.random_range(0..120_000),
            next_decoy_ms: free_ms + rng.random_range(120_000..360_000),
            free_ms,
            shared_chat,
        }
    }

    /// What happens when the stream has just begun; before all of [`Plan::next`].
    pub fn greetings(start_ms: i64, rng: &mut impl Rng) -> Happening {
        let end_ms = start_ms + rng.random_range(90_000..=150_000);
        let strength = rng.random_range(0.0..1.0);
        Happening { kind: Kind::Greetings, start_ms, end_ms, strength }
    }

    /// What happens next; each call goes on from the last.
    pub fn next(&mut self, rng: &mut impl Rng) -> Happening {
        let moment = self.next_moment_ms <= self.next_decoy_ms;
        let wanted_ms = if moment { self.next_moment_ms } else { self.next_decoy_ms };
        let kind = if moment { self.moment(rng) } else { self.decoy(rng) };
        let start_ms = wanted_ms.max(self.free_ms);
        let (shortest, longest) = kind.seconds();
        let end_ms = start_ms + rng.random_range(shortest * 1000..=longest * 1000);
        if moment {
            self.next_moment_ms = start_ms + rng.random_range(240_000..480_000);
        } else {
            self.next_decoy_ms = start_ms + rng.random_range(360_000..600_000);
        }
        self.free_ms = end_ms + GAP_MS;
        Happening { kind, start_ms, end_ms, strength: rng.random_range(0.0..1.0) }
    }

    fn moment(&mut self, rng: &mut impl Rng) -> Kind {
        if self.moments.is_empty() {
            self.moments = Kind::MOMENTS.to_vec();
        }
        let index = rng.random_range(0..self.moments.len());
        self.moments.swap_remove(index)
    }

    fn decoy(&mut self, rng: &mut impl Rng) -> Kind {
        if self.decoys.is_empty() {
            let shared = self.shared_chat;
            self.decoys =
                Kind::DECOYS.into_iter().filter(|&k| shared || k != Kind::SharedChat).collect();
        }
        let index = rng.random_range(0..self.decoys.len());
        self.decoys.swap_remove(index)
    }
}
