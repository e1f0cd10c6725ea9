//! Takes deleted chat out of the lines of a recording, each in its own length. Pure.
//!
//! A message keeps its time and what the engine read from it, and loses its text; who was
//! purged loses the name as well. The new line is shorter and filled up with blanks.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use cliphound_engine::{Cause, EventTime, Input, Message, Moment};
use cliphound_twitch::login::ChannelLogin;
use serde::{Deserialize, Serialize};

use super::recording::Sender;

/// Of more names, each line is read: looking for each of them would take longer.
const MOST_NAMES: usize = 32;

/// What was deleted in some channels.
#[derive(Debug, Default)]
pub struct Deletions {
    channels: BTreeMap<String, Channel>,
}

#[derive(Debug, Default)]
struct Channel {
    /// Messages.
    ids: BTreeSet<String>,
    /// Everything of these, with their other names.
    users: BTreeMap<String, Option<String>>,
    /// Everything of everybody.
    all: bool,
    /// When and by whom moments were asked for with titles that go too.
    asked: BTreeSet<(EventTime, String)>,
}

impl Deletions {
    /// Takes a deletion; `alias` is the other name of who was purged. False: it is none.
    pub fn add(&mut self, channel: &ChannelLogin, input: &Input, alias: Option<String>) -> bool {
        if !is_deletion(input) {
            return false;
        }
        let channel = self.channels.entry(channel.to_string()).or_default();
        match input {
            Input::MessageDeleted { id } => drop(channel.ids.insert(id.clone())),
            Input::UserCleared { user } => drop(channel.users.insert(user.clone(), alias)),
            Input::ChatCleared => channel.all = true,
            _ => {}
        }
        true
    }

    /// Whether there is nothing to take out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    /// Whether only single messages were deleted, which are seldom old.
    #[must_use]
    pub fn are_messages(&self) -> bool {
        self.channels.values().all(|channel| !channel.all && channel.users.is_empty())
    }

    /// Whether only single messages were deleted, all of them have been found, and none of
    /// them asked for a moment.
    #[must_use]
    pub fn are_found(&self) -> bool {
        let is_found = |channel: &Channel| channel.ids.is_empty() && channel.asked.is_empty();
        self.are_messages() && self.channels.values().all(is_found)
    }

    /// Whether some of these lines could change: a quick look, for most of a recording is about
    /// others.
    #[must_use]
    pub fn may_be_about(&self, lines: &[u8]) -> bool {
        let named = self.channels.values().flat_map(|channel| {
            let asked = channel.asked.iter().map(|(_, user)| user);
            channel.ids.iter().chain(channel.users.keys()).chain(asked)
        });
        let names: Vec<&String> = named.take(MOST_NAMES + 1).collect();
        self.channels.values().any(|channel| channel.all)
            || names.len() > MOST_NAMES
            || names.iter().any(|name| !stands_as_it_is(name) || has(lines, name))
    }

    /// The line (without its end) as it shall be; `None` when it stays.
    pub fn erase(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        let channel = self.channels.get_mut(channel_of(line)?)?;
        let peek: Peek<'_> = serde_json::from_slice(line).ok()?;
        let changed = if let Some(input) = peek.input {
            match (input.message, input.user_cleared, input.asked) {
                (Some(who), _, _) => channel.message(line, &who),
                (_, Some(who), _) => channel.purge(line, &who),
                (_, _, Some(who)) => channel.asker(line, &who),
                _ => None,
            }
        } else if let Some(who) = peek.erased {
            channel.name(line, &who)
        } else {
            channel.moment(line, peek.moment.or(peek.extended)?)
        };
        let mut changed = changed?;
        if changed.len() > line.len() {
            return None;
        }
        changed.resize(line.len(), b' ');
        Some(changed)
    }
}

/// Whether JSON has it letter by letter.
fn stands_as_it_is(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn has(lines: &[u8], name: &str) -> bool {
    memchr::memmem::find(lines, name.as_bytes()).is_some()
}

/// Whether an input takes chat away.
#[must_use]
pub fn is_deletion(input: &Input) -> bool {
    matches!(input, Input::MessageDeleted { .. } | Input::UserCleared { .. } | Input::ChatCleared)
}

impl Channel {
    fn message(&mut self, line: &[u8], who: &Who<'_>) -> Option<Vec<u8>> {
        let is_named = who.id.as_deref().is_some_and(|id| self.ids.remove(id));
        let purged = who.user.as_deref().and_then(|user| self.users.get(user));
        if !is_named && purged.is_none() && !self.all {
            return None;
        }
        let MessageLine { channel, at, read, input: OfMessage { message } } =
            serde_json::from_slice(line).ok()?;
        if let Some(user) = message.user.clone().filter(|_| message.text.starts_with('!')) {
            self.asked.insert((at, user));
        }
        let mut erased = Sender::of(&message);
        if let Some(Some(alias)) = purged {
            erased.user = Some(alias.clone());
        }
        serde_json::to_vec(&ErasedLine { channel, at, read, erased }).ok()
    }

    /// A line whose text went before: who was purged loses the name now.
    fn name(&self, line: &[u8], who: &Who<'_>) -> Option<Vec<u8>> {
        let alias = self.users.get(who.user.as_deref()?)?.clone()?;
        let mut line: ErasedLine = serde_json::from_slice(line).ok()?;
        line.erased.user = Some(alias);
        serde_json::to_vec(&line).ok()
    }

    /// The purge itself.
    fn purge(&self, line: &[u8], who: &Who<'_>) -> Option<Vec<u8>> {
        let user = self.users.get(who.user.as_deref()?)?.clone()?;
        let mut line: InputLine = serde_json::from_slice(line).ok()?;
        line.input = Input::UserCleared { user };
        serde_json::to_vec(&line).ok()
    }

    /// A moment that was asked for outside of chat loses what [`Self::moment`] takes from it,
    /// so that a replay finds the one that is recorded.
    fn asker(&self, line: &[u8], who: &By<'_>) -> Option<Vec<u8>> {
        let purged = self.users.get(&*who.by);
        if !self.all && purged.is_none() {
            return None;
        }
        let mut line: InputLine = serde_json::from_slice(line).ok()?;
        if let Input::Asked { by, title } = &mut line.input {
            *title = None;
            if let Some(Some(alias)) = purged {
                alias.clone_into(by);
            }
        }
        serde_json::to_vec(&line).ok()
    }

    /// What was asked for by a message that is gone: its title is words of that message.
    fn moment(&self, line: &[u8], who: Asked) -> Option<Vec<u8>> {
        let Cause::Manual(user) = who.cause else { return None };
        let purged = self.users.get(&user);
        let is_gone = self.all || purged.is_some() || { self.asked.contains(&(who.trigger, user)) };
        if !is_gone {
            return None;
        }
        let mut line: MomentLine = serde_json::from_slice(line).ok()?;
        for moment in [&mut line.moment, &mut line.extended].into_iter().flatten() {
            moment.title = None;
            if let Some(Some(alias)) = purged {
                moment.cause = Cause::Manual(alias.clone());
            }
        }
        serde_json::to_vec(&line).ok()
    }
}

/// The channel of a line, without reading all of it.
fn channel_of(line: &[u8]) -> Option<&str> {
    let rest = line.strip_prefix(br#"{"channel":""#)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..end]).ok()
}

#[derive(Deserialize)]
struct Peek<'a> {
    #[serde(borrow)]
    input: Option<PeekInput<'a>>,
    #[serde(borrow)]
    erased: Option<Who<'a>>,
    moment: Option<Asked>,
    extended: Option<Asked>,
}

#[derive(Deserialize)]
struct PeekInput<'a> {
    #[serde(borrow)]
    message: Option<Who<'a>>,
    #[serde(borrow)]
    user_cleared: Option<Who<'a>>,
    #[serde(borrow)]
    asked: Option<By<'a>>,
}

#[derive(Deserialize)]
struct By<'a> {
    #[serde(borrow)]
    by: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Who<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    user: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Asked {
    trigger: EventTime,
    cause: Cause,
}

#[derive(Deserialize)]
struct MessageLine {
    channel: ChannelLogin,
    at: EventTime,
    read: String,
    input: OfMessage,
}

#[derive(Deserialize)]
struct OfMessage {
    message: Message,
}

#[derive(Serialize, Deserialize)]
struct InputLine {
    channel: ChannelLogin,
    at: EventTime,
    input: Input,
}

#[derive(Serialize, Deserialize)]
struct ErasedLine {
    channel: ChannelLogin,
    at: EventTime,
    read: String,
    erased: Sender,
}

#[derive(Serialize, Deserialize)]
struct MomentLine {
    channel: ChannelLogin,
    at: EventTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moment: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extended: Option<Moment>,
}

#[cfg(test)]
mod tests;
