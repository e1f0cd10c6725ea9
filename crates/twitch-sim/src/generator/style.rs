//! What is particular about a channel's chat: language, subject, pace, delay.

use super::words::Subject;

/// How a channel's chat behaves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Style {
    /// Index of the channel's language.
    pub language: usize,
    /// Share of people whose own language it is.
    pub speak_it: f64,
    /// What the channel is about.
    pub subject: Subject,
    /// From what happens to the first line about it: the stream's delay and a second of
    /// typing, ms.
    pub delay_ms: i64,
    /// Lines against a usual channel of as many viewers.
    pub tempo: f64,
    /// How much more the streamer's words stir people up than in a usual channel.
    pub lively: f64,
    /// Twitch shows at most so many lines a second.
    pub most_a_second: Option<usize>,
    /// The stream begins now: people arrive and greet.
    pub begins: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            language: 0,
            speak_it: 0.75,
            subject: Subject::Mixed,
            delay_ms: 6_000,
            tempo: 1.0,
            lively: 1.0,
            most_a_second: None,
            begins: false,
        }
    }
}
