//! Takes deleted chat out of the lines of a recording, each in its own length. Pure.
//!
//! A message keeps its time and what the engine read from it, and loses its text; who was
//! purged loses the name as well. The new line is shorter and filled up with blanks.

use std::borrow::Cow;

use cliphound_engine::{Cause, EventTime, Input};
use cliphound_twitch::login::ChannelLogin;
use serde::Deserialize;

use super::{
    chains::{Back, Chains},
    erased_line,
};

/// How a line of a message goes on behind its time …
const MESSAGE: &[u8] = br#""input":{"message":{"#;
/// … and once its text went with all others.
const CLEARED: &[u8] = br#""clear":{"message":{"#;

/// Something that was deleted in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    channel: ChannelLogin,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// A message.
    Message(String),
    /// The title that somebody asked for at this time.
    Title(EventTime, String),
    /// Everything of somebody, with their other name.
    User(String, Option<String>),
    /// Everything of everybody.
    All,
}

/// What a line is to a deletion.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The line as it shall be; `None` when it stays.
    pub changed: Option<Vec<u8>>,
    /// How far before it the next one of the same chain is; `None`: it is the last.
    pub back: Option<u64>,
    /// It is the message that was looked for: there is no other.
    pub is_found: bool,
    /// That message asked for a moment: what it called it goes, too.
    pub title: Option<Deletion>,
}

impl Deletion {
    /// What an input takes away; `alias` is the other name of who was purged. `None`: nothing.
    #[must_use]
    pub fn of(channel: &ChannelLogin, input: &Input, alias: Option<String>) -> Option<Self> {
        let what = match input {
            Input::MessageDeleted { id } => What::Message(id.clone()),
            Input::UserCleared { user } => What::User(user.clone(), alias),
            Input::ChatCleared => What::All,
            _ => return None,
        };
        Some(Self { channel: channel.clone(), what })
    }

    /// Whether it is about single lines, which chains lead to. Else all lines are looked at.
    #[must_use]
    pub const fn has_chain(&self) -> bool {
        !matches!(self.what, What::All)
    }

    /// The newest line that may be about it.
    #[must_use]
    pub fn newest(&self, chains: &Chains) -> Option<u64> {
        match &self.what {
            What::Message(id) => chains.newest_with(&self.channel, id),
            What::Title(_, user) | What::User(user, _) => chains.newest_of(&self.channel, user),
            What::All => None,
        }
    }

    /// The channel that it is about.
    #[must_use]
    pub const fn channel(&self) -> &ChannelLogin {
        &self.channel
    }

    /// Looks at a line (without its end); `None` when it is none of a chain.
    #[must_use]
    pub fn look(&self, line: &[u8]) -> Option<Seen> {
        let peek: Peek<'_> = serde_json::from_slice(line).ok()?;
        let back = peek.back.unwrap_or_default();
        let back = if matches!(self.what, What::Message(_)) { back.message } else { back.person };
        let mut seen = Seen { back: Some(back).filter(|back| *back > 0), ..Seen::default() };
        if peek.channel == self.channel.as_str() {
            self.judge(&peek, line, &mut seen);
        }
        if let Some(changed) = &mut seen.changed {
            if changed.len() > line.len() {
                return None;
            }
            changed.resize(line.len(), b' ');
        }
        Some(seen)
    }

    /// Takes the text out of a line in place when it is a message of this cleared chat: much
    /// quicker than [`Self::look`]. False: it is something else, which that may have to see.
    pub fn clear(&self, line: &mut [u8]) -> bool {
        let is_ours = self.what == What::All && channel_of(line) == Some(self.channel.as_str());
        is_ours && blank(line).is_some()
    }

    /// Whether a line can't be about it, at a glance.
    #[must_use]
    pub fn is_elsewhere(&self, line: &[u8]) -> bool {
        channel_of(line) != Some(self.channel.as_str())
    }

    fn judge(&self, peek: &Peek<'_>, line: &[u8], seen: &mut Seen) {
        let gone = peek.erased.as_ref().or_else(|| peek.clear.as_ref()?.message.as_ref());
        if let Some(message) = peek.input.as_ref().and_then(|input| input.message.as_ref()) {
            self.message(peek.at, message, line, seen);
        } else if let Some(sender) = gone {
            seen.is_found = self.is_message(sender);
            let alias = self.alias_of(sender.user.as_deref());
            seen.changed = alias.and_then(|alias| erased_line::message(line, Some(alias)));
        } else if let Some(input) = &peek.input {
            seen.changed = self.other(input, line);
        } else if let Some(asked) = peek.moment.as_ref().or(peek.extended.as_ref()) {
            seen.changed = self.moment(asked, line);
        }
    }

    fn message(&self, at: EventTime, message: &Who<'_>, line: &[u8], seen: &mut Seen) {
        let user = message.user.as_deref();
        seen.is_found = self.is_message(message);
        if !seen.is_found && !self.takes(user) {
            return;
        }
        let is_command = message.text.as_deref().is_some_and(|text| text.starts_with('!'));
        if let Some(user) = user.filter(|_| seen.is_found && is_command) {
            let what = What::Title(at, user.to_owned());
            seen.title = Some(Self { channel: self.channel.clone(), what });
        }
        seen.changed = erased_line::message(line, self.alias_of(user));
    }

    /// The purge itself, and what was asked for outside of chat: it loses what
    /// [`Self::moment`] takes from the moment, so that a replay finds the one that is recorded.
    fn other(&self, input: &PeekInput<'_>, line: &[u8]) -> Option<Vec<u8>> {
        if let Some(cleared) = &input.user_cleared {
            let alias = self.alias_of(cleared.user.as_deref())?;
            return erased_line::purge(line, alias);
        }
        let by = &*input.asked.as_ref()?.by;
        let goes = self.takes(Some(by));
        goes.then(|| erased_line::asked(line, self.alias_of(Some(by))))?
    }

    /// What was asked for by a message that is gone: its title is words of that message.
    fn moment(&self, asked: &Asked, line: &[u8]) -> Option<Vec<u8>> {
        let Cause::Manual(user) = &asked.cause else { return None };
        let goes = match &self.what {
            What::Title(at, by) => *at == asked.trigger && by == user,
            _ => self.takes(Some(user)),
        };
        goes.then(|| erased_line::moment(line, self.alias_of(Some(user))))?
    }

    /// Whether everything of this user goes.
    fn takes(&self, user: Option<&str>) -> bool {
        match &self.what {
            What::All => true,
            // After a first purge, it is the other name that stands there.
            What::User(purged, alias) => {
                user.is_some() && (user == Some(purged.as_str()) || user == alias.as_deref())
            }
            What::Message(_) | What::Title(..) => false,
        }
    }

    fn alias_of(&self, user: Option<&str>) -> Option<&str> {
        match &self.what {
            What::User(purged, alias) if user == Some(purged.as_str()) => alias.as_deref(),
            _ => None,
        }
    }

    fn is_message(&self, who: &Who<'_>) -> bool {
        matches!(&self.what, What::Message(id) if who.id.as_deref() == Some(id.as_str()))
    }
}

/// Whether an input takes chat away.
#[must_use]
pub const fn is_deletion(input: &Input) -> bool {
    matches!(input, Input::MessageDeleted { .. } | Input::UserCleared { .. } | Input::ChatCleared)
}

/// The channel of a line, without reading all of it.
fn channel_of(line: &[u8]) -> Option<&str> {
    let rest = line.strip_prefix(br#"{"channel":""#)?;
    let end = memchr::memchr(b'"', rest)?;
    std::str::from_utf8(&rest[..end]).ok()
}

/// Blanks what was written in a message's line, and says that it was. Keys stand for
/// themselves: within a string of JSON their quotes would have backslashes.
fn blank(line: &mut [u8]) -> Option<()> {
    let at = memchr::memmem::find(line, MESSAGE)?;
    let inner = at + MESSAGE.len();
    let text = string_after(line, inner, br#""text":""#)?;
    let mut names = Vec::new();
    let mut next = text.end + 1;
    if line[next..].starts_with(br#","emotes":[""#) {
        next += br#","emotes":["#.len();
        let begin = next;
        while line.get(next) == Some(&b'"') {
            next = end_of_string(line, next + 1)? + 1;
            next += usize::from(line.get(next) == Some(&b','));
        }
        names.push(begin..next);
    }
    for range in names.into_iter().chain([text]) {
        line[range].fill(b' ');
    }
    line[at..inner].copy_from_slice(CLEARED);
    Some(())
}

/// Where the string behind a key is, without its quotes.
fn string_after(line: &[u8], from: usize, key: &[u8]) -> Option<std::ops::Range<usize>> {
    let begin = from + memchr::memmem::find(&line[from..], key)? + key.len();
    Some(begin..end_of_string(line, begin)?)
}

/// Where the quote is that ends a string.
fn end_of_string(line: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', line.get(from..)?)?;
        if line[at] == b'"' {
            return Some(at);
        }
        from = at + 2;
    }
}

#[derive(Deserialize)]
struct Peek<'a> {
    #[serde(borrow)]
    channel: Cow<'a, str>,
    at: EventTime,
    back: Option<Back>,
    #[serde(borrow)]
    input: Option<PeekInput<'a>>,
    #[serde(borrow)]
    clear: Option<PeekInput<'a>>,
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
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Asked {
    trigger: EventTime,
    cause: Cause,
}

#[cfg(test)]
mod tests;
