//! What an engine asks for: effects as data; the shell performs them.

use serde::{Deserialize, Serialize};

use crate::time::EventTime;

/// Something the shell should do or keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A moment was found (the trigger) or forced (`!testclip`).
    Moment(Moment),
    /// The burst of the moment triggered at `trigger` went on and is stronger
    /// than it was: its end, score and reasons are new, its trigger is not.
    Extended(Moment),
    /// The figures of five seconds, for the records.
    Window(Window),
    /// The channel has been seen long enough for the forest to vote.
    Learned,
    /// What somebody asked for in chat was done, or is answered here.
    Answer(Answer),
}

/// What is said to somebody who asked in chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The login of who asked.
    pub to: String,
    /// What they are told.
    pub about: About,
}

/// What an answer is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// How it goes.
    Status(Status),
    /// No moments until somebody resumes.
    Paused,
    /// Moments come again.
    Resumed,
    /// No moments for so many minutes.
    Muted(u32),
    /// The command is not known: which there are.
    Usage,
}

/// How it goes in a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The forest has not seen enough of the channel yet.
    pub learning: bool,
    /// Somebody paused, or the settings do.
    pub paused: bool,
    /// The settings pause the channel: nobody resumes it in chat.
    pub paused_by_settings: bool,
    /// Minutes that a mute still lasts.
    pub muted_for_m: Option<u32>,
    /// How much is usually written.
    pub messages_per_hour: f32,
    /// Score of the last second, 0 to 1.
    pub score: f32,
    /// What it has to reach, 0 to 1.
    pub threshold: f32,
}

/// A stretch of the stream that is worth a clip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The instant of the decision; with the broadcaster's id, the moment's key.
    pub trigger: EventTime,
    /// Estimated start of what chat reacted to.
    pub start: EventTime,
    /// Estimated end of what chat reacted to.
    pub end: EventTime,
    /// How unusual the window was, 0 to 1.
    pub score: f32,
    /// What the score had to reach, 0 to 1.
    pub threshold: f32,
    /// Why.
    pub cause: Cause,
    /// What was unusual, the strongest first.
    pub reasons: Vec<Reason>,
    /// The forest had not seen enough of the channel yet: the rules alone decided.
    pub learning: bool,
    /// The title that somebody gave it in chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// What set a moment off; written as `hype`, `emote:NAME`, `manual:LOGIN`,
/// `signal:NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Many people at once.
    Hype,
    /// Many people on one emote.
    Emote(String),
    /// Somebody who may asked for it.
    Manual(String),
    /// A signal that the streamer named forced it.
    Signal(String),
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hype => f.write_str("hype"),
            Self::Emote(name) => write!(f, "emote:{name}"),
            Self::Manual(login) => write!(f, "manual:{login}"),
            Self::Signal(name) => write!(f, "signal:{name}"),
        }
    }
}

/// One thing that was unusual about a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// A documented name: `chatters`, `messages`, `emote`, `repetition`, `laughter`, `sentiment`, `forest` …
    pub name: String,
    /// The value now, in the unit of that name.
    pub value: f32,
    /// What is usual in this channel, in the same unit.
    pub usual: f32,
    /// For people: "31 people in 15 s, usually 6".
    pub text: String,
}

/// Figures of the five seconds that end at `end`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// End of the five seconds.
    pub end: EventTime,
    /// Messages in them.
    pub messages: u32,
    /// Distinct people in them.
    pub chatters: u32,
    /// Highest score in them, 0 to 1.
    pub score: f32,
    /// Threshold at their end, 0 to 1.
    pub threshold: f32,
    /// Mean sentiment of their messages, -1 to 1.
    pub sentiment: f32,
    /// Viewers, where known.
    pub viewers: Option<u32>,
}
