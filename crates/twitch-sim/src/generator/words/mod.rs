//! What the simulated people say: one file a language, and here what all have in common.
//! Invented; no line is taken from a real chat.

mod asian;
mod english;
mod european;
mod german;
mod russian;
mod topics;

pub(crate) use topics::{ABOUT, Subject};

/// What people of one language say. In a text, a letter in braces is stretched: `GO{O}`
/// becomes GOO, GOOOOO …; `{}` stands for a name.
pub(crate) struct Tongue {
    /// Small talk.
    pub talk: &'static [&'static str],
    /// Answers to somebody.
    pub replies: &'static [&'static str],
    /// Excitement.
    pub hype: &'static [&'static str],
    pub laughter: &'static [&'static str],
    pub sadness: &'static [&'static str],
    pub surprise: &'static [&'static str],
    pub greetings: &'static [&'static str],
    /// Thanks to `{}`.
    pub thanks: &'static [&'static str],
    /// Complaints about advertisements.
    pub ads: &'static [&'static str],
    /// Questions of the streamer, with two answers.
    pub questions: &'static [(&'static str, [&'static str; 2])],
    /// Words of giveaways that are no command.
    pub keywords: &'static [&'static str],
    /// Angry lines of a quarrel.
    pub quarrel: &'static [&'static str],
    /// Long texts that are copied.
    pub pastes: &'static [&'static str],
}

/// All languages; English first.
pub(crate) const TONGUES: [&Tongue; 9] = [
    &english::ENGLISH,
    &german::GERMAN,
    &european::SPANISH,
    &european::PORTUGUESE,
    &european::FRENCH,
    &russian::RUSSIAN,
    &asian::CHINESE,
    &asian::JAPANESE,
    &asian::KOREAN,
];

pub(crate) const NAME_STARTS: &[&str] = &[
    "amber", "brisk", "cobalt", "dusty", "ember", "fuzzy", "gentle", "hollow", "icy", "jolly",
    "kettle", "lunar", "mellow", "noisy", "ocean", "paper", "quiet", "rusty", "salty", "tidal",
    "umbra", "velvet", "windy", "yonder", "zesty", "pixel", "toast", "maple", "cloud", "turbo",
];
pub(crate) const NAME_ENDS: &[&str] = &[
    "otter", "badger", "comet", "drum", "engine", "fern", "goblin", "hammer", "island", "jacket",
    "koala", "lantern", "moth", "noodle", "owl", "pickle", "quartz", "raven", "spoon", "teapot",
    "urchin", "viking", "walrus", "yak", "zebra", "marble", "socks", "biscuit", "tractor", "piano",
];

/// Emotes in ordinary talk: alone, or after a line.
pub(crate) const ORDINARY_EMOTES: &[&str] = &[
    "Kappa",
    "HeyGuys",
    "SeemsGood",
    "LUL",
    "<3",
    ":)",
    "KEKW",
    "monkaS",
    "VoHiYo",
    "FeelsGoodMan",
    "ResidentSleeper",
    "CoolStoryBob",
    "TwitchUnity",
    "peepoHappy",
    "PogChamp",
    "BibleThump",
];
/// Commands, with what the bot answers.
pub(crate) const COMMANDS: &[(&str, &str)] = &[
    ("!uptime", "The stream has been live for a while."),
    ("!socials", "All links are below the stream."),
    ("!song", "Now playing: an old favourite."),
    ("!discord", "The server's address is in the panels."),
    ("!schedule", "Evenings, Tuesday to Saturday."),
    ("!lurk", "Enjoy the lurk!"),
];
/// What the bot says by itself.
pub(crate) const BOT_NOTES: &[&str] = &[
    "Be kind to each other in chat.",
    "Follow to hear when the stream starts.",
    "Remember to drink some water.",
    "Questions? Type !faq",
];

pub(crate) const HYPE_EMOTES: &[&str] =
    &["PogChamp", "Pog", "Kreygasm", "POGGERS", "PogU", "HYPERS", "catJAM", "EZ"];
pub(crate) const LAUGHTER_EMOTES: &[&str] =
    &["LUL", "KEKW", "LULW", "OMEGALUL", "ICANT", "😂", "🤣", "xdd"];
pub(crate) const SADNESS_EMOTES: &[&str] =
    &["BibleThump", "Sadge", "PepeHands", "NotLikeThis", "FeelsBadMan", "😭", "widepeepoSad", "💔"];
pub(crate) const SURPRISE_EMOTES: &[&str] =
    &["monkaS", "WutFace", "D:", "HUH", "monkaW", "Jebaited", "😱", "Susge"];
/// What the channel's own emotes end in; its name stands before: `mossyHype`.
pub(crate) const OWN_EMOTES: &[&str] = &["Hype", "Lul", "Sad", "Wow", "Love"];
/// Commands of giveaways.
pub(crate) const JOIN_COMMANDS: &[&str] = &["!join", "!enter", "!raffle", "!ticket"];
/// What people write under a prediction, whatever their language.
pub(crate) const BETS: &[&str] =
    &["all in", "ALL IN", "10k on 1", "doubters", "believers", "EZ", "pls"];
/// Advertisements of accounts that nobody invited.
pub(crate) const ADVERTS: &[&str] = &[
    "Best viewers and followers on bigfollows .example, cheap and fast, remove the space",
    "hey I'm a graphic artist and make logos, banners and emotes, write me on discord artbyle_03",
    "Come to my giveaway of 500 skins, only today, look at my profile for the link",
];
pub(crate) const FLOOD: &[&str] = &[
    "LOOK AT MEEE",
    "PogChamp PogChamp PogChamp",
    "LETS GOOOO",
    "hello hello hello",
    "KEKW KEKW",
    "say my name",
    "AAAAAAAA",
    "why does nobody answer",
];
