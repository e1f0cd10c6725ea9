//! Writes recordings: what `run --record FILE` leaves behind.

use std::{
    collections::BTreeMap,
    io::{self, BufWriter, Write},
};

use cliphound_engine::{Effect, EventTime, Input, Model, Moment, Settings};
use cliphound_twitch::login::ChannelLogin;
use serde::Serialize;

use super::recording::{VERSION, pack};

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
}

impl<W: Write> RecordingWriter<W> {
    /// Begins a recording of at most about `limit` bytes; `created_ms` is Unix time.
    ///
    /// # Errors
    /// When writing fails.
    pub fn new(out: W, created_ms: i64, limit: u64) -> io::Result<Self> {
        let out = BufWriter::new(out);
        let mut writer = Self { out, left: limit, full: false, running: BTreeMap::new() };
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
        let line = StartLine {
            channel,
            broadcaster_id: start.broadcaster_id,
            seed: start.seed,
            settings: start.settings,
            model,
        };
        if self.has_room()? {
            self.running.insert(channel.clone(), EventTime(i64::MIN));
            self.write(&line)?;
        }
        Ok(())
    }

    /// An input was fed at `at`.
    ///
    /// # Errors
    /// When writing fails.
    pub fn input(
        &mut self,
        channel: &ChannelLogin,
        at: EventTime,
        input: &Input,
    ) -> io::Result<()> {
        self.event(&EventLine { channel, at, input: Some(input), moment: None, extended: None })
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
        let line = EventLine { channel, at, input: None, moment: None, extended: None };
        match effect {
            Effect::Moment(moment) => self.event(&EventLine { moment: Some(moment), ..line }),
            Effect::Extended(moment) => self.event(&EventLine { extended: Some(moment), ..line }),
            Effect::Window(_) | Effect::Learned | Effect::Answer(_) => Ok(()),
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

    fn event(&mut self, line: &EventLine<'_>) -> io::Result<()> {
        if !self.has_room()? {
            return Ok(());
        }
        if let Some(last) = self.running.get_mut(line.channel) {
            *last = line.at.max(*last);
            self.write(line)?;
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
        let mut text = serde_json::to_vec(line)?;
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
    input: Option<&'a Input>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moment: Option<&'a Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extended: Option<&'a Moment>,
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
