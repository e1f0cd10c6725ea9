//! A line of a recording, written anew without what was deleted. Pure.

use cliphound_engine::{Cause, EventTime, Input, Moment};
use cliphound_twitch::login::ChannelLogin;
use serde::{Deserialize, Serialize};

use super::{chains::Back, recording::Sender};

/// A message without its text, and by another name where there is one.
pub(super) fn message(line: &[u8], alias: Option<&str>) -> Option<Vec<u8>> {
    let line: MessageLine = serde_json::from_slice(line).ok()?;
    let message = line.input.or(line.clear).map(|of| of.message);
    let mut erased = message.or(line.erased)?;
    if let Some(alias) = alias {
        erased.user = Some(alias.to_owned());
    }
    let MessageLine { channel, at, back, read, .. } = line;
    serde_json::to_vec(&ErasedLine { channel, at, back, read, erased }).ok()
}

/// A purge of somebody by another name.
pub(super) fn purge(line: &[u8], alias: &str) -> Option<Vec<u8>> {
    let mut line: InputLine = serde_json::from_slice(line).ok()?;
    line.input = Input::UserCleared { user: alias.to_owned() };
    serde_json::to_vec(&line).ok()
}

/// A wish for a moment without its title.
pub(super) fn asked(line: &[u8], alias: Option<&str>) -> Option<Vec<u8>> {
    let mut line: InputLine = serde_json::from_slice(line).ok()?;
    if let Input::Asked { by, title } = &mut line.input {
        *title = None;
        if let Some(alias) = alias {
            alias.clone_into(by);
        }
    }
    serde_json::to_vec(&line).ok()
}

/// A moment that was asked for without its title.
pub(super) fn moment(line: &[u8], alias: Option<&str>) -> Option<Vec<u8>> {
    let mut line: MomentLine = serde_json::from_slice(line).ok()?;
    for moment in [&mut line.moment, &mut line.extended].into_iter().flatten() {
        moment.title = None;
        if let Some(alias) = alias {
            moment.cause = Cause::Manual(alias.to_owned());
        }
    }
    serde_json::to_vec(&line).ok()
}

#[derive(Deserialize)]
struct MessageLine {
    channel: ChannelLogin,
    at: EventTime,
    back: Option<Back>,
    read: String,
    input: Option<OfMessage>,
    clear: Option<OfMessage>,
    erased: Option<Sender>,
}

/// Its text is not read.
#[derive(Deserialize)]
struct OfMessage {
    message: Sender,
}

#[derive(Serialize, Deserialize)]
struct InputLine {
    channel: ChannelLogin,
    at: EventTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    back: Option<Back>,
    input: Input,
}

#[derive(Serialize)]
struct ErasedLine {
    channel: ChannelLogin,
    at: EventTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    back: Option<Back>,
    read: String,
    erased: Sender,
}

#[derive(Serialize, Deserialize)]
struct MomentLine {
    channel: ChannelLogin,
    at: EventTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    back: Option<Back>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moment: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extended: Option<Moment>,
}
