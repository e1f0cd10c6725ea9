//! Writes recordings: what `run --record FILE` leaves behind.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufWriter, Write},
};

use cliphound_engine::{
    Cause, Effect, EventTime, Gist, Input, Message, Model, Moment, Settings,
    text::{ChannelEmotes, bots::is_known_bot},
};
use cliphound_twitch::login::ChannelLogin;
use serde::Serialize;

use super::{
    alias::{Aliases, LENGTH},
    chains::{Back, Chains},
    recording::{VERSION, pack, pack_gist},
};

/// Size at which a recording ends unless told otherwise: 4 GiB, some 20 million messages.
pub const DEFAULT_LIMIT: u64 = 4 * 1024 * 1024 * 1024;

/// How an engine of a recording began.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// Twitch's id of the channel's owner, where it is known.
    pub broadcaster_id: Option<&'a str>,
    /// Seed of a fresh engine.
    pub seed: u64,
    /// Settings it began with.
    pub settings: &'a Settings,
    /// What it had learned; `None` for a fresh engine.
    pub model: Option<&'a Model>,
}

/// Writes a recording. It holds back nothing but a buffer; [`flush`](Self::flush) it
/// once in a while.
#[derive(Debug)]
pub struct RecordingWriter<W: Write> {
    out: BufWriter<W>,
    limit: u64,
    /// Bytes written so far.
    length: u64,
    full: bool,
    /// Channels that run, with the time of the last thing recorded of them.
    running: BTreeMap<ChannelLogin, EventTime>,
    known: BTreeMap<ChannelLogin, Known>,
    aliases: Aliases,
    chains: Chains,
}

/// Of what a line is, for those who look for it later.
#[derive(Debug, Clone, Copy, Default)]
struct About<'a> {
    user: Option<&'a str>,
    id: Option<&'a str>,
    /// Bytes that the line may have to grow by.
    room: usize,
}

/// What lines of a channel depend on.
#[derive(Debug, Default)]
struct Known {
    emotes: ChannelEmotes,
    /// Whom its settings ever named: they are known to be there and keep their names.
    named: BTreeSet<String>,
}

impl<W: Write> RecordingWriter<W> {
    /// Begins a recording of at most about `limit` bytes; `created_ms` is Unix time.
    ///
    /// # Errors
    /// When writing fails.
    pub fn new(out: W, created_ms: i64, limit: u64) -> io::Result<Self> {
        let out = BufWriter::new(out);
        let mut writer = Self {
            out,
            limit,
            length: 0,
            full: false,
            running: BTreeMap::new(),
            known: BTreeMap::new(),
            aliases: Aliases::default(),
            chains: Chains::default(),
        };
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let header = Header { cliphound_recording: VERSION, created_ms, program };
        writer.write(&header)?;
        Ok(writer)
    }

    /// A channel's engine begins, at its first input or before.
    ///
    /// # Errors
    /// When writing fails.
    pub fn start(&mut self, channel: &ChannelLogin, start: Start<'_>) -> io::Result<()> {
        let model = start.model.map(pack).transpose().map_err(io::Error::other)?;
        self.known.insert(channel.clone(), Known::default());
        let settings = &self.settings(channel, start.settings);
        let line = StartLine {
            channel,
            broadcaster_id: start.broadcaster_id,
            seed: start.seed,
            settings,
            model,
        };
        if self.has_room()? {
            self.running.insert(channel.clone(), EventTime(i64::MIN));
            self.write(&line)?;
        }
        Ok(())
    }

    /// An input was fed at `at`. Who is purged has another name in what
    /// comes later; a [`Deletion`](super::erasing::Deletion) gives it to what was written.
    ///
    /// # Errors
    /// When writing fails.
    pub fn input(
        &mut self,
        channel: &ChannelLogin,
        at: EventTime,
        input: &Input,
    ) -> io::Result<()> {
        let mut line = EventLine::of(channel, at);
        let (read, changed);
        let mut about = About::default();
        match input {
            Input::Message(message) => {
                (about.user, about.id) = (message.user.as_deref(), message.id.as_deref());
                read = self.read(channel, message)?;
                line.read = Some(&read);
                let alias = message.user.as_deref().and_then(|u| self.aliases.get(channel, u));
                if let Some(alias) = alias {
                    let user = Some(alias.to_owned());
                    changed = Input::Message(Message { user, ..message.clone() });
                    line.input = Some(&changed);
                }
            }
            Input::UserCleared { user } => {
                about.user = Some(user);
                match self.aliases.get(channel, user) {
                    Some(alias) => {
                        changed = Input::UserCleared { user: alias.to_owned() };
                        line.input = Some(&changed);
                    }
                    // The name goes with the others: till then this line fits to them.
                    None => about.room = self.alias(channel, user).map_or(0, |alias| alias.len()),
                }
            }
            Input::Asked { by, title } => {
                // As of a moment: the name may have to become another one later.
                (about.user, about.room) = (Some(by.as_str()), LENGTH);
                if let Some(alias) = self.aliases.get(channel, by) {
                    let by = alias.to_owned();
                    changed = Input::Asked { by, title: title.clone() };
                    line.input = Some(&changed);
                }
            }
            Input::Settings(settings) => {
                changed = Input::Settings(self.settings(channel, settings));
                line.input = Some(&changed);
            }
            Input::Emotes(set) => {
                self.known.entry(channel.clone()).or_default().emotes = ChannelEmotes::new(set);
            }
            _ => {}
        }
        line.input = line.input.or(Some(input));
        self.event(line, about)
    }

    /// Another name for somebody whose chat is deleted; `None` for bots, for those whom the
    /// settings name, and when too many have one.
    pub fn alias(&mut self, channel: &ChannelLogin, user: &str) -> Option<String> {
        let is_named = self.known.get(channel).is_some_and(|known| known.named.contains(user));
        if is_named || is_known_bot(user) {
            return None;
        }
        self.aliases.give(channel, user).map(str::to_owned)
    }

    /// The engine told an effect at `at`. Moments and their extensions are kept, so that a
    /// replay can be held against them; the others are not.
    ///
    /// # Errors
    /// When writing fails.
    pub fn effect(
        &mut self,
        channel: &ChannelLogin,
        at: EventTime,
        effect: &Effect,
    ) -> io::Result<()> {
        let (Effect::Moment(moment) | Effect::Extended(moment)) = effect else { return Ok(()) };
        let (mut named, mut about) = (moment.clone(), About::default());
        if let (Cause::Manual(user), Cause::Manual(name)) = (&moment.cause, &mut named.cause) {
            // A moment that was asked for may have to take another name later.
            (about.user, about.room) = (Some(user.as_str()), LENGTH);
            if let Some(alias) = self.aliases.get(channel, user) {
                alias.clone_into(name);
            }
        }
        let (moment, line) = (Some(&named), EventLine::of(channel, at));
        match effect {
            Effect::Moment(_) => self.event(EventLine { moment, ..line }, about),
            _ => self.event(EventLine { extended: moment, ..line }, about),
        }
    }

    /// A channel's engine ends; it had been woken for all deadlines up to `woken`.
    ///
    /// # Errors
    /// When writing fails.
    pub fn end(&mut self, channel: &ChannelLogin, woken: EventTime) -> io::Result<()> {
        match self.running.remove(channel) {
            Some(_) => self.write(&EndLine { channel, end: woken }),
            None => Ok(()),
        }
    }

    /// Hands what is buffered to the writer below.
    ///
    /// # Errors
    /// When writing fails.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Ends the recording and gives the writer back.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(self) -> io::Result<W> {
        self.out.into_inner().map_err(io::IntoInnerError::into_error)
    }

    /// Whether the size limit was reached: nothing more is recorded, and what is there can
    /// be replayed.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Bytes written so far, those that are buffered included.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where somebody's lines are, and a message's.
    #[must_use]
    pub fn chains(&self) -> &Chains {
        &self.chains
    }

    /// The disk has lost what was written from byte `length` on.
    pub fn lose_from(&mut self, length: u64) {
        self.chains.lose_from(length);
    }

    fn read(&self, channel: &ChannelLogin, message: &Message) -> io::Result<String> {
        let gist = match self.known.get(channel) {
            Some(known) => Gist::of(message, &known.emotes),
            None => Gist::of(message, &ChannelEmotes::default()),
        };
        pack_gist(&gist).map_err(io::Error::other)
    }

    /// Settings as they are recorded: who has another name is named by that.
    fn settings(&mut self, channel: &ChannelLogin, settings: &Settings) -> Settings {
        let mut settings = settings.clone();
        let known = self.known.entry(channel.clone()).or_default();
        for user in settings.ignored_users.iter_mut().chain(&mut settings.command_users) {
            match self.aliases.get(channel, user) {
                Some(alias) => alias.clone_into(user),
                None => drop(known.named.insert(user.clone())),
            }
        }
        settings
    }

    /// Writes a line so that it is found again.
    fn event(&mut self, mut line: EventLine<'_>, about: About<'_>) -> io::Result<()> {
        if !self.has_room()? {
            return Ok(());
        }
        let Some(last) = self.running.get_mut(line.channel) else { return Ok(()) };
        *last = line.at.max(*last);
        if about.user.is_some() || about.id.is_some() {
            let back = self.chains.add(line.channel, about.user, about.id, self.length);
            line.back = Some(back).filter(|back| *back != Back::default());
        }
        self.write_with_room(&line, about.room)
    }

    /// Whether there is room for a line. When the limit is reached, all channels end at the
    /// last thing recorded of them.
    fn has_room(&mut self) -> io::Result<bool> {
        if self.length < self.limit {
            return Ok(true);
        }
        self.full = true;
        for (channel, last) in std::mem::take(&mut self.running) {
            self.write(&EndLine { channel: &channel, end: last })?;
        }
        Ok(false)
    }

    fn write(&mut self, line: &impl Serialize) -> io::Result<()> {
        self.write_with_room(line, 0)
    }

    fn write_with_room(&mut self, line: &impl Serialize, room: usize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.resize(text.len() + room, b' ');
        text.push(b'\n');
        self.length += text.len() as u64;
        self.out.write_all(&text)
    }
}

#[derive(Serialize)]
struct Header {
    cliphound_recording: u32,
    created_ms: i64,
    program: String,
}

#[derive(Serialize)]
struct StartLine<'a> {
    channel: &'a ChannelLogin,
    #[serde(skip_serializing_if = "Option::is_none")]
    broadcaster_id: Option<&'a str>,
    seed: u64,
    settings: &'a Settings,
    model: Option<String>,
}

#[derive(Serialize)]
struct EventLine<'a> {
    channel: &'a ChannelLogin,
    at: EventTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    back: Option<Back>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a Input>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moment: Option<&'a Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extended: Option<&'a Moment>,
}

impl<'a> EventLine<'a> {
    fn of(channel: &'a ChannelLogin, at: EventTime) -> Self {
        let (back, read, input) = (None, None, None);
        Self { channel, at, back, read, input, moment: None, extended: None }
    }
}

#[derive(Serialize)]
struct EndLine<'a> {
    channel: &'a ChannelLogin,
    end: EventTime,
}

#[cfg(test)]
mod tests;
