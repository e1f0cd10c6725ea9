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
    left: u64,
    full: bool,
    /// Channels that run, with the time of the last thing recorded of them.
    running: BTreeMap<ChannelLogin, EventTime>,
    known: BTreeMap<ChannelLogin, Known>,
    aliases: Aliases,
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
            left: limit,
            full: false,
            running: BTreeMap::new(),
            known: BTreeMap::new(),
            aliases: Aliases::default(),
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
    /// comes later; [`Deletions`](super::erasing::Deletions) gives it to what was written.
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
        let mut room = 0;
        match input {
            Input::Message(message) => {
                read = self.read(channel, message)?;
                line.read = Some(&read);
                let alias = message.user.as_deref().and_then(|u| self.aliases.get(channel, u));
                if let Some(alias) = alias {
                    let user = Some(alias.to_owned());
                    changed = Input::Message(Message { user, ..message.clone() });
                    line.input = Some(&changed);
                }
            }
            Input::UserCleared { user } => match self.aliases.get(channel, user) {
                Some(alias) => {
                    changed = Input::UserCleared { user: alias.to_owned() };
                    line.input = Some(&changed);
                }
                // The name goes with the others: till then this line fits to them.
                None => room = self.alias(channel, user).map_or(0, |alias| alias.len()),
            },
            Input::Asked { by, title } => match self.aliases.get(channel, by) {
                Some(alias) => {
                    let by = alias.to_owned();
                    changed = Input::Asked { by, title: title.clone() };
                    line.input = Some(&changed);
                }
                // As of a moment: the name may have to become another one later.
                None => room = LENGTH,
            },
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
        self.event(&line, room)
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
        let mut moment = moment.clone();
        let mut room = 0;
        if let Cause::Manual(user) = &mut moment.cause {
            // A moment that was asked for may have to take another name later.
            room = LENGTH;
            if let Some(alias) = self.aliases.get(channel, user) {
                alias.clone_into(user);
            }
        }
        let (moment, line) = (Some(&moment), EventLine::of(channel, at));
        match effect {
            Effect::Moment(_) => self.event(&EventLine { moment, ..line }, room),
            _ => self.event(&EventLine { extended: moment, ..line }, room),
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

    /// Writes a line with room for so many bytes more.
    fn event(&mut self, line: &EventLine<'_>, room: usize) -> io::Result<()> {
        if !self.has_room()? {
            return Ok(());
        }
        if let Some(last) = self.running.get_mut(line.channel) {
            *last = line.at.max(*last);
            self.write_with_room(line, room)?;
        }
        Ok(())
    }

    /// Whether there is room for a line. When the limit is reached, all channels end at the
    /// last thing recorded of them.
    fn has_room(&mut self) -> io::Result<bool> {
        if self.left > 0 {
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
        self.left = self.left.saturating_sub(text.len() as u64);
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
        Self { channel, at, read: None, input: None, moment: None, extended: None }
    }
}

#[derive(Serialize)]
struct EndLine<'a> {
    channel: &'a ChannelLogin,
    end: EventTime,
}

#[cfg(test)]
mod tests {
    use cliphound_engine::{Live, Message};
    use proptest::prelude::*;

    use super::*;
    use crate::replay::{
        recording::{Line, parse},
        runner::tests::moment,
    };

    fn ninja() -> ChannelLogin {
        ChannelLogin::parse("ninja").unwrap()
    }

    fn lines(bytes: &[u8]) -> Vec<Line> {
        String::from_utf8(bytes.to_vec())
            .unwrap()
            .lines()
            .map(|line| parse(line).unwrap())
            .collect()
    }

    fn start<'a>(settings: &'a Settings, model: Option<&'a Model>) -> Start<'a> {
        Start { broadcaster_id: Some("7"), seed: u64::MAX, settings, model }
    }

    #[test]
    fn what_is_written_is_read() {
        let (channel, settings) = (ninja(), Settings::default());
        let message =
            Message { user: Some("ann".into()), text: "hi\n\u{1}".into(), ..Message::default() };
        let (input, found) = (Input::Message(message), moment(EventTime(1000), 0.123_456_79));
        let mut writer = RecordingWriter::new(Vec::new(), 5, DEFAULT_LIMIT).unwrap();
        writer.start(&channel, start(&settings, Some(&Model::new(3)))).unwrap();
        writer.input(&channel, EventTime(-1), &input).unwrap();
        writer.effect(&channel, EventTime(1000), &Effect::Moment(found.clone())).unwrap();
        writer.effect(&channel, EventTime(2000), &Effect::Extended(found.clone())).unwrap();
        writer.effect(&channel, EventTime(2000), &Effect::Learned).unwrap();
        writer.end(&channel, EventTime(9000)).unwrap();
        let model = Some(pack(&Model::new(3)).unwrap());
        let expected = [
            Line::Header(VERSION),
            Line::Start { channel: channel.clone(), seed: u64::MAX, settings, model },
            Line::Input { channel: channel.clone(), at: EventTime(-1), input },
            Line::Effect {
                channel: channel.clone(),
                at: EventTime(1000),
                effect: Effect::Moment(found.clone()),
            },
            Line::Effect {
                channel: channel.clone(),
                at: EventTime(2000),
                effect: Effect::Extended(found),
            },
            Line::End { channel, woken: EventTime(9000) },
        ];
        assert_eq!(lines(&writer.finish().unwrap()), expected);
    }

    #[test]
    fn a_full_recording_ends_well() {
        let channel = ninja();
        let mut writer = RecordingWriter::new(Vec::new(), 5, 1000).unwrap();
        writer.start(&channel, start(&Settings::default(), None)).unwrap();
        for at in 0..1000 {
            writer.input(&channel, EventTime(at), &Input::Live(Live::Online)).unwrap();
        }
        assert!(writer.is_full());
        writer.end(&channel, EventTime(1000)).unwrap();
        let bytes = writer.finish().unwrap();
        let lines = lines(&bytes);
        assert!(bytes.len() < 1300);
        let last = lines.len() as i64 - 4;
        assert_eq!(lines.last(), Some(&Line::End { channel, woken: EventTime(last) }));
    }

    proptest! {
        #[test]
        fn scores_keep_their_bits(score: f32, text: String) {
            prop_assume!(score.is_finite());
            let mut found = moment(EventTime(1), score);
            found.reasons.push(cliphound_engine::Reason { name: "x".into(), value: score, usual: -score, text });
            let mut writer = RecordingWriter::new(Vec::new(), 5, DEFAULT_LIMIT).unwrap();
            writer.start(&ninja(), start(&Settings::default(), None)).unwrap();
            let effect = Effect::Moment(found);
            writer.effect(&ninja(), EventTime(1), &effect).unwrap();
            let lines = lines(&writer.finish().unwrap());
            prop_assert_eq!(&lines[2], &Line::Effect { channel: ninja(), at: EventTime(1), effect });
        }
    }
}
