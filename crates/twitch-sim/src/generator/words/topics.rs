//! What a channel is about: not only games.

/// What a channel is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A little of everything.
    Mixed,
    Game,
    Talk,
    Cooking,
    Travel,
}

impl Subject {
    /// What conversations are about; it changes every few minutes.
    pub fn topics(self) -> &'static [&'static str] {
        match self {
            Self::Mixed => MIXED,
            Self::Game => GAME,
            Self::Talk => TALK,
            Self::Cooking => COOKING,
            Self::Travel => TRAVEL,
        }
    }
}

const MIXED: &[&str] = &[
    "the new chair",
    "that recipe",
    "the trip",
    "this level",
    "the old camera",
    "the train",
    "the guitar",
    "breakfast",
    "the patch",
    "that film",
    "the garden",
    "the first run",
];
const GAME: &[&str] = &[
    "this level",
    "the patch",
    "the last boss",
    "that build",
    "the early game",
    "the new map",
    "ranked",
    "that weapon",
    "the controller",
    "the tutorial",
];
const TALK: &[&str] = &[
    "the interview",
    "that film",
    "the neighbours",
    "the election of the school",
    "her brother",
    "the podcast",
    "that letter",
    "moving house",
    "the new job",
    "the dentist",
];
const COOKING: &[&str] = &[
    "the dough",
    "garlic",
    "that knife",
    "the oven",
    "the sauce",
    "salt",
    "the old pan",
    "dessert",
    "the noodles",
    "that spice",
];
const TRAVEL: &[&str] = &[
    "the train",
    "the market",
    "that hotel",
    "the ferry",
    "the old town",
    "the backpack",
    "the weather up there",
    "the night bus",
    "that bridge",
    "street food",
];

pub(crate) const ABOUT: &[&str] = &[
    "what happened with {}?",
    "{} was better before",
    "i like {}",
    "tell us about {}",
    "{} again?",
    "i still think about {}",
    "never understood {}",
    "is {} worth it?",
];
