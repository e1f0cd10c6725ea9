//! The format of `run --record FILE`: JSON lines of everything that was fed to engines.
//!
//! The first line is the header. A channel begins with a line that has its `seed`,
//! `settings` and `model`; then come its inputs with their times, the moments that the run
//! found, and an `end` with the time up to which the engine had been woken. Engines are
//! woken by one rule, live and in a replay: at each of their deadlines, before inputs of
//! the same instant; so no line is needed for it.
//!
//! Beside each message stands what the engine reads from it (`read`). When the message is
//! deleted, its text is taken out (see [`erasing`](super::erasing)) and that decides instead.
//! What may have to be taken out tells where the line before it of the same person and of the
//! same bucket of messages lies (`back`, see [`chains`](super::chains)).

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use cliphound_engine::{
    Effect, Erased, EventTime, Gist, Input, Message, Model, Moment, Role, Settings,
};
use cliphound_twitch::login::ChannelLogin;
use serde::{Deserialize, Serialize};

use super::event::plausible;
use crate::records::model_file::with_no_verdicts;

/// Version of the format.
pub const VERSION: u32 = 3;

/// Oldest version that can be read: nothing was taken out of it. Version 2 has no `back` and no
/// `clear`.
pub const OLDEST: u32 = 1;

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

/// What is left of a message besides what was read from its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// See [`Message::id`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// See [`Message::user`]; another name when the user was purged.
    pub user: Option<String>,
    /// See [`Message::role`].
    #[serde(default, skip_serializing_if = "Role::is_viewer")]
    pub role: Role,
    /// See [`Message::bits`].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bits: u32,
}

impl Sender {
    /// The sender of a message.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        let Message { id, user, role, bits, .. } = message;
        Self { id: id.clone(), user: user.clone(), role: *role, bits: *bits }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(bits: &u32) -> bool {
    *bits == 0
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
    read: Option<String>,
    erased: Option<Sender>,
    clear: Option<Cleared>,
    moment: Option<Moment>,
    extended: Option<Moment>,
    end: Option<EventTime>,
}

/// A message as it was written, with blanks for a text: all chat was cleared.
#[derive(Deserialize)]
struct Cleared {
    message: Sender,
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
    let erased = line.erased.or(line.clear.map(|cleared| cleared.message));
    if let Some(Sender { id, user, role, bits }) = erased {
        let gist = unpack_gist(&line.read?)?;
        let input = Input::Erased(Erased { id, user, role, bits, gist });
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
    let packed = STANDARD.decode(model).ok()?;
    let read = |packed: &[u8]| postcard::from_bytes::<Model>(packed).ok();
    let model = read(&packed).or_else(|| read(&with_no_verdicts(&packed)))?;
    model.is_sound().then_some(model)
}

/// Packs what was read from a message.
///
/// # Errors
/// When it can't be serialised.
pub fn pack_gist(gist: &Gist) -> postcard::Result<String> {
    postcard::to_stdvec(gist).map(|bytes| STANDARD_NO_PAD.encode(bytes))
}

/// Unpacks what was read from a message; `None` when no text reads like that.
#[must_use]
pub fn unpack_gist(read: &str) -> Option<Gist> {
    let gist: Gist = postcard::from_bytes(&STANDARD_NO_PAD.decode(read).ok()?).ok()?;
    gist.is_sound().then_some(gist)
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
    fn models_of_before_there_were_verdicts_are_read() {
        let mut packed = postcard::to_stdvec(&Model::new(7)).unwrap();
        assert_eq!(packed.pop(), Some(0), "the empty list of verdicts");
        assert_eq!(unpack(&STANDARD.encode(packed)), Some(Model::new(7)));
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
