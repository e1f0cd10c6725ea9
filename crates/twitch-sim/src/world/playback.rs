//! Chat from a recording: JSONL `{"t_ms","user","text"}` or raw IRC lines. Pure.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Deserialize;

use crate::chat::{
    Author, ChatEvent, EmoteUse, Line, Standing, display_name, emotes_in, id_of, one_line, uuid,
};
use crate::config::is_login;

/// A recording that plays.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recording {
    /// The channel that its lines name, where they do.
    pub channel: Option<String>,
    /// Lines that could not be read, or are no chat lines.
    pub skipped: usize,
    /// With their offsets from the start, ms.
    lines: VecDeque<(i64, Line)>,
}

#[derive(Deserialize)]
struct Entry {
    t_ms: i64,
    user: Option<String>,
    text: String,
}

impl Recording {
    /// Reads a recording, each line by what it looks like. Times start at the first line
    /// or at 0, whichever is earlier; raw lines start at 0.
    pub fn parse(text: &str) -> Self {
        let mut recording = Self::default();
        let mut entries: Vec<(i64, Line)> = Vec::new();
        let mut raw_start = None;
        for (number, line) in text.lines().enumerate() {
            let read = if line.starts_with('{') {
                entry(line, number)
            } else {
                raw(line, number).map(|(sent_ms, channel, line)| {
                    recording.channel.get_or_insert(channel);
                    let last = entries.last().map_or(0, |(at, _)| *at);
                    let at = sent_ms.map_or(last, |ms| ms - *raw_start.get_or_insert(ms));
                    (at, line)
                })
            };
            match read {
                Some(read) => entries.push(read),
                None => recording.skipped += usize::from(!line.trim().is_empty()),
            }
        }
        entries.sort_by_key(|(at, _)| *at);
        let first = entries.first().map_or(0, |(at, _)| (*at).min(0));
        recording.lines = entries.into_iter().map(|(at, line)| (at - first, line)).collect();
        recording
    }

    /// Lines that are still to come.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Takes what comes before an offset.
    pub fn take_until(&mut self, offset_ms: i64) -> Vec<(i64, ChatEvent)> {
        let count = self.lines.partition_point(|(at, _)| *at < offset_ms);
        self.lines.drain(..count).map(|(at, line)| (at, ChatEvent::Line(line))).collect()
    }
}

fn entry(line: &str, number: usize) -> Option<(i64, Line)> {
    let entry: Entry = serde_json::from_str(line).ok()?;
    let login = entry.user.map(|user| {
        user.to_lowercase().chars().filter(|c| is_login(c.encode_utf8(&mut [0; 4]))).collect()
    });
    let login = login.filter(|login: &String| !login.is_empty());
    let login = login.unwrap_or_else(|| format!("viewer{number}"));
    let text = one_line(&entry.text);
    let author = Author {
        display: display_name(&login),
        id: id_of(&login),
        login,
        color: String::new(),
        standing: Standing::Viewer,
        months: 0,
    };
    let emotes = emotes_in(&text);
    Some((entry.t_ms, chat_line(number, author, text, emotes)))
}

fn raw(line: &str, number: usize) -> Option<(Option<i64>, String, Line)> {
    let (tags, rest) = match line.strip_prefix('@') {
        Some(tagged) => tagged.split_once(' ')?,
        None => ("", line),
    };
    let (prefix, rest) = rest.strip_prefix(':')?.split_once(' ')?;
    let (channel, text) = rest.strip_prefix("PRIVMSG #")?.split_once(" :")?;
    let tag = |name: &str| {
        tags.split(';')
            .find_map(|tag| tag.split_once('=').filter(|(key, _)| *key == name)?.1.into())
    };
    let login = prefix.split('!').next()?.to_owned();
    let action = text.strip_prefix("\u{1}ACTION ").map(|text| text.trim_end_matches('\u{1}'));
    let badges = tag("badges").unwrap_or("");
    let months = tag("badge-info").and_then(|info| info.split_once('/')?.1.parse().ok());
    let author = Author {
        display: tag("display-name").filter(|name| !name.is_empty()).unwrap_or(&login).to_owned(),
        id: tag("user-id").and_then(|id| id.parse().ok()).unwrap_or_else(|| id_of(&login)),
        login,
        color: tag("color").unwrap_or("").to_owned(),
        standing: standing(badges),
        months: months.unwrap_or(0),
    };
    let emotes = emotes(tag("emotes").unwrap_or(""));
    let mut said = chat_line(number, author, one_line(action.unwrap_or(text)), emotes);
    said.action = action.is_some();
    said.bits = tag("bits").and_then(|bits| bits.parse().ok()).unwrap_or(0);
    said.first = tag("first-msg") == Some("1");
    let room: Option<u64> = tag("room-id").and_then(|id| id.parse().ok());
    said.source_room =
        tag("source-room-id").and_then(|id| id.parse().ok()).filter(|id| Some(*id) != room);
    let sent_ms = tag("tmi-sent-ts").and_then(|ms| ms.parse().ok());
    Some((sent_ms, channel.to_lowercase(), said))
}

fn chat_line(number: usize, author: Author, text: String, emotes: Vec<EmoteUse>) -> Line {
    let id = uuid(u128::from(author.id) << 64 | number as u128);
    let author = Arc::new(author);
    Line { id, author, text, emotes, first: false, action: false, bits: 0, source_room: None }
}

fn standing(badges: &str) -> Standing {
    let has = |badge: &str| badges.split(',').any(|b| b.split('/').next() == Some(badge));
    match () {
        () if has("broadcaster") => Standing::Broadcaster,
        () if has("moderator") || has("lead_moderator") => Standing::Moderator,
        () if has("vip") => Standing::Vip,
        () => Standing::Viewer,
    }
}

/// The `emotes` tag: `id:first-last,first-last/id:…`.
fn emotes(tag: &str) -> Vec<EmoteUse> {
    let mut uses = Vec::new();
    for (id, ranges) in tag.split('/').filter_map(|group| group.split_once(':')) {
        for (first, last) in ranges.split(',').filter_map(|range| range.split_once('-')) {
            if let (Ok(first), Ok(last)) = (first.parse(), last.parse()) {
                uses.push(EmoteUse { id: id.to_owned(), first, last });
            }
        }
    }
    uses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(recording: &mut Recording, until_ms: i64) -> Vec<(i64, String, String)> {
        let mut found = Vec::new();
        for (at, event) in recording.take_until(until_ms) {
            if let ChatEvent::Line(line) = event {
                found.push((at, line.author.login.clone(), line.text));
            }
        }
        found
    }

    fn said(at: i64, login: &str, text: &str) -> (i64, String, String) {
        (at, login.to_owned(), text.to_owned())
    }

    #[test]
    fn json_lines_play() {
        let text = "{\"t_ms\":-500,\"user\":\"Ann\",\"text\":\"hi\\nyou\"}\nnonsense\n\
                    {\"t_ms\":1000,\"user\":null,\"text\":\"LUL\"}\n";
        let mut recording = Recording::parse(text);
        assert_eq!((recording.len(), recording.skipped), (2, 1));
        assert_eq!(texts(&mut recording, 1), [said(0, "ann", "hi you")]);
        assert_eq!(texts(&mut recording, 1500), []);
        assert_eq!(texts(&mut recording, 1501), [said(1500, "viewer2", "LUL")]);
    }

    #[test]
    fn raw_lines_play() {
        let text = "@badge-info=subscriber/7;badges=moderator/1;bits=5;display-name=Mo;emotes=25:0-4;\
                    room-id=1;source-room-id=2;tmi-sent-ts=5000;user-id=77 \
                    :mo!mo@mo.tmi.twitch.tv PRIVMSG #Room :Kappa hi\r\n\
                    :tmi.twitch.tv CLEARCHAT #room\n:x!x@x PRIVMSG #room :\u{1}ACTION waves\u{1}";
        let mut recording = Recording::parse(text);
        assert_eq!((recording.channel.as_deref(), recording.skipped), (Some("room"), 1));
        let events = recording.take_until(i64::MAX);
        let [(0, ChatEvent::Line(first)), (0, ChatEvent::Line(second))] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!((first.author.standing, first.author.months), (Standing::Moderator, 7));
        assert_eq!((first.bits, first.author.id, first.source_room), (5, 77, Some(2)));
        assert_eq!(first.emotes, [EmoteUse { id: "25".to_owned(), first: 0, last: 4 }]);
        assert!(second.action && second.text == "waves");
    }
}
