//! The format of `run --record FILE`: JSON lines of everything that was fed to engines.
//!
//! The first line is the header. A channel begins with a line that has its `seed`,
//! `settings` and `model`; then come its inputs with their times, the moments that the run
//! found, and an `end` with the time up to which the engine had been woken. Engines are
//! woken by one rule, live and in a replay: at each of their deadlines, before inputs of
//! the same instant; so no line is needed for it.
//!
//! A recording holds chat as it came, also what was deleted later.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cliphound_engine::{Effect, EventTime, Input, Model, Moment, Settings};
use cliphound_twitch::login::ChannelLogin;
use serde::Deserialize;

use super::event::plausible;

/// Version of the format.
pub const VERSION: u32 = 1;

/// Longest line of a recording in bytes: a model is in one.
pub const MAX_LINE: usize = 16 * 1024 * 1024;

/// One line of a recording.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// The header, with the format's version.
    Header(u32),
    /// A channel's engine begins.
    Start {
        /// The channel.
        channel: ChannelLogin,
        /// Seed of a fresh engine.
        seed: u64,
        /// Settings.
        settings: Settings,
        /// What had been learned, still packed; see [`unpack`].
        model: Option<String>,
    },
    /// An input.
    Input {
        /// The channel.
        channel: ChannelLogin,
        /// When it was fed.
        at: EventTime,
        /// What was fed.
        input: Input,
    },
    /// A moment or its extension, as the engine told it.
    Effect {
        /// The channel.
        channel: ChannelLogin,
        /// When the engine told it.
        at: EventTime,
        /// What it told.
        effect: Effect,
    },
    /// A channel's engine ends.
    End {
        /// The channel.
        channel: ChannelLogin,
        /// Up to when it was woken.
        woken: EventTime,
    },
}

#[derive(Deserialize)]
struct AnyLine {
    cliphound_recording: Option<u32>,
    channel: Option<ChannelLogin>,
    seed: Option<u64>,
    settings: Option<Settings>,
    model: Option<String>,
    at: Option<EventTime>,
    input: Option<Input>,
    moment: Option<Moment>,
    extended: Option<Moment>,
    end: Option<EventTime>,
}

/// Reads one line; `None` when it is none of a recording.
#[must_use]
pub fn parse(line: &str) -> Option<Line> {
    let line: AnyLine = serde_json::from_str(line).ok()?;
    if let Some(version) = line.cliphound_recording {
        return Some(Line::Header(version));
    }
    let channel = line.channel?;
    if let Some(seed) = line.seed {
        let (settings, model) = (line.settings.unwrap_or_default(), line.model);
        return Some(Line::Start { channel, seed, settings, model });
    }
    if let Some(woken) = line.end {
        return Some(Line::End { channel, woken });
    }
    let at = plausible(line.at?)?;
    if let Some(input) = line.input {
        return Some(Line::Input { channel, at, input });
    }
    let effect = line.moment.map(Effect::Moment).or_else(|| line.extended.map(Effect::Extended))?;
    Some(Line::Effect { channel, at, effect })
}

/// Packs a model for a start line.
///
/// # Errors
/// When it can't be serialised.
pub fn pack(model: &Model) -> postcard::Result<String> {
    postcard::to_stdvec(model).map(|bytes| STANDARD.encode(bytes))
}

/// Unpacks the model of a start line; `None` when another version packed it, or when its
/// numbers can't be used.
#[must_use]
pub fn unpack(model: &str) -> Option<Model> {
    let model: Model = postcard::from_bytes(&STANDARD.decode(model).ok()?).ok()?;
    model.is_sound().then_some(model)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn models_keep() {
        let model = Model::new(7);
        assert_eq!(unpack(&pack(&model).unwrap()), Some(model));
        assert_eq!(unpack("AAAA!"), None);
    }

    #[test]
    fn a_crafted_model_is_refused() {
        let whole = postcard::to_stdvec(&Model::new(7)).unwrap();
        let crafted = (0..whole.len()).filter_map(|at| {
            let mut bytes = whole.clone();
            bytes[at] = 0x7f;
            let model: Model = postcard::from_bytes(&bytes).ok()?;
            (!model.is_sound()).then(|| STANDARD.encode(bytes))
        });
        let crafted: Vec<_> = crafted.collect();
        assert!(!crafted.is_empty());
        assert!(crafted.iter().all(|model| unpack(model).is_none()));
    }

    proptest! {
        #[test]
        fn no_line_panics(line: String) {
            let _ = (parse(&line), unpack(&line));
        }
    }
}
