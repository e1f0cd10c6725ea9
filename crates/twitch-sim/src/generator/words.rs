//! What the simulated people say. Invented; no line is taken from a real chat.

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

/// Small talk by language; English first.
pub(crate) const LANGUAGES: &[&[&str]] =
    &[ENGLISH, GERMAN, SPANISH, PORTUGUESE, FRENCH, RUSSIAN, CHINESE];

const ENGLISH: &[&str] = &[
    "how long has the stream been going",
    "just got home from work",
    "what song is this",
    "the audio is fine for me",
    "i tried that yesterday and it took forever",
    "good morning everyone",
    "where are you from?",
    "my cat is asleep on the keyboard",
    "that is a nice hat",
    "yes",
    "i agree with that",
    "not sure about this one",
    "have you seen the new one yet?",
    "lol",
    "i'm making dinner while watching",
    "anyone else lagging?",
    "same here",
    "true",
    "it was raining here all day",
    "what are we doing next",
    "ok that makes sense",
    "hello chat",
    "i think the left one is better",
    "brb getting coffee",
    "been a while since i was here",
    "which microphone do you use",
    "haha yeah",
    "no i don't think so",
    "thanks for the tip",
    "that took me three hours last time",
    "it's late here, good night",
    "first time catching you live",
    "can you turn the music down a bit",
    "she said that last week too",
    "nice one",
    "maybe tomorrow",
];
const GERMAN: &[&str] = &[
    "guten abend zusammen",
    "was läuft gerade?",
    "bin gerade erst rein",
    "schönes wetter heute",
    "das hat bei mir nie geklappt",
    "ja stimmt",
    "muss gleich los",
    "wie lange geht der stream noch",
];
const SPANISH: &[&str] = &[
    "hola a todos",
    "buenas noches desde chile",
    "qué canción es esa",
    "yo también lo intenté ayer",
    "me gusta más el otro",
    "cuánto falta",
    "saludos",
    "ya vuelvo",
];
const PORTUGUESE: &[&str] = &[
    "boa noite galera",
    "cheguei agora",
    "qual o nome da música",
    "eu acho que sim",
    "hoje está frio aqui",
    "já volto",
    "verdade",
    "quanto tempo de live",
];
const FRENCH: &[&str] = &[
    "bonsoir tout le monde",
    "je viens d'arriver",
    "c'est quoi la musique",
    "oui je pense aussi",
    "il pleut ici",
    "à demain",
    "pas mal",
    "ça marche bien chez moi",
];
const RUSSIAN: &[&str] = &[
    "всем привет",
    "что за музыка",
    "только пришёл",
    "да, согласен",
    "завтра рано вставать",
    "у меня всё нормально",
    "сколько уже идёт стрим",
    "спокойной ночи",
];
const CHINESE: &[&str] = &[
    "大家晚上好",
    "刚来",
    "这是什么歌",
    "我也觉得",
    "今天好冷",
    "先去吃饭了",
    "对的",
    "明天还播吗",
];

/// What conversations are about; it changes every few minutes.
pub(crate) const TOPICS: &[&str] = &[
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
pub(crate) const REPLIES: &[&str] = &[
    "yes exactly",
    "no way to know",
    "i had the same",
    "why though",
    "lol true",
    "hi",
    "welcome back",
    "it depends",
    "the second one",
    "about two hours",
    "ask again later",
    "fair",
    "you're right",
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
    &["PogChamp", "Pog", "Kreygasm", "POGGERS", "PogU", "HYPERS", "GlimmerToad", "EZ"];
/// A letter in braces is stretched: `GO{O}` becomes GOO, GOOOOO …
pub(crate) const HYPE_TEXT: &[&str] = &[
    "LETS GO{O}",
    "lets go{o}",
    "YE{S}",
    "insane",
    "no way he did that",
    "THAT WAS SO GOOD",
    "w{o}w",
    "HE DID IT",
    "incredible",
    "best one yet",
    "clip that",
    "GG",
    "YOOO{O}",
    "unreal",
    "VAMO{O}S",
    "beautiful",
    "im shaking",
    "what a finish",
    "NICE{E}",
    "天哪太强了",
    "КРАСАВА",
    "genau SO",
];
pub(crate) const LAUGHTER: &[&str] = &[
    "LUL",
    "KEKW",
    "LULW",
    "OMEGALUL",
    "ha{h}aha",
    "LMA{O}",
    "lma{o}",
    "lol",
    "jajaja{j}a",
    "kkkk{k}",
    "xd{d}",
    "XD",
    "im dying",
    "i can't breathe",
    "hahaha{h}a the face",
    "笑死",
    "ахаха{х}а",
    "ROFL",
    "mdr",
];
pub(crate) const SADNESS: &[&str] = &[
    "BibleThump",
    "Sadge",
    "PepeHands",
    "no{o}",
    "NO{O}",
    "rip",
    "F",
    ":(",
    "so sad",
    "poor thing",
    "not like this",
    "NotLikeThis",
    "im crying",
    "heartbreaking",
    "that hurts",
    "hugs",
    "FeelsBadMan",
];
pub(crate) const SURPRISE: &[&str] = &[
    "WHA{T}",
    "what",
    "??{?}",
    "no way",
    "WTF{F}",
    "wtf",
    "huh",
    "omg",
    "OMG",
    "HO{W}",
    "how??",
    "D:",
    "wait what",
    "did that just happen",
    "monkaS",
    "WutFace",
    "excuse me",
    "que",
    "что",
];
pub(crate) const COPYPASTA: &[&str] = &[
    "I came here to watch someone be good at this and instead I learned that patience has a sound and it is this stream at minute forty",
    "Dear streamer my grandmother looked over my shoulder and asked who is winning and I had to tell her that nobody has ever won anything here",
    "Attention chat this is your captain speaking please fasten your seat belts we expect heavy nonsense for the next two hours",
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
pub(crate) const GREETINGS: &[&str] = &[
    "hi everyone",
    "HeyGuys",
    "raid!",
    "hello from the raid",
    "hey hey",
    "RAID HYPE",
    "VoHiYo",
    "hi, never been here before",
    "what are we watching",
    "TwitchUnity",
    "good evening",
];
pub(crate) const THANKS: &[&str] =
    &["thank you {}", "thanks {} <3", "{} is too kind", "ty {}", "<3", "wow thanks", "POGGERS {}"];
pub(crate) const KEYWORDS: &[&str] = &["!join", "!enter", "potato", "!raffle"];
pub(crate) const QUESTIONS: &[(&str, [&str; 2])] = &[
    ("chat, should we do 1 or 2? type it", ["1", "2"]),
    ("tea or coffee, chat?", ["tea", "coffee"]),
    ("do we keep it? y / n", ["y", "n"]),
    ("left or right?", ["left", "right"]),
];
