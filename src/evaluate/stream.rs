//! One stream: its chat and what is marked in it.

use anyhow::{Context, Result};

use super::{
    chat,
    folder::{self, Place},
    labels::{Decoy, Label, Marks},
};
use crate::replay::{event::Fed, seed::seed_of_chat};

/// One stream with its highlights.
#[derive(Debug)]
pub struct Stream {
    /// What it is called in tables.
    pub name: String,
    /// Seed of its engine: the same as in `replay`.
    pub seed: u64,
    /// Its chat by time.
    pub chat: Vec<Fed>,
    /// Its highlights by time; empty: unlabelled.
    pub labels: Vec<Label>,
    /// What is known to be no highlight, by time.
    pub decoys: Vec<Decoy>,
    /// Seconds from zero to its last message or highlight, at least 1.
    pub length_s: f64,
    /// One sentence about lines of its file that could not be used.
    pub left_out: Option<String>,
}

impl Stream {
    /// A stream of `chat`, which is in the order of time.
    #[must_use]
    pub fn new(name: String, seed: u64, chat: Vec<Fed>, marks: Marks) -> Self {
        let Marks { labels, decoys } = marks;
        let last = chat.last().map_or(0.0, |fed| fed.at.as_secs_f64());
        let length_s = labels.iter().fold(last, |length, label| length.max(label.end_s)).max(1.0);
        Self { name, seed, chat, labels, decoys, length_s, left_out: None }
    }

    /// Length in hours.
    #[must_use]
    pub fn hours(&self) -> f64 {
        self.length_s / 3600.0
    }
}

/// Reads a stream.
///
/// # Errors
/// When chat or labels can't be read to their end: what is cut off would give wrong figures.
pub fn read(place: &Place) -> Result<Stream> {
    let marks = folder::marks_of(place)?;
    let path = place.chat.to_string_lossy();
    let (chat, left_out) = chat::read(&path).with_context(|| place.chat.display().to_string())?;
    let last_s = chat.last().map_or(0.0, |fed| fed.at.as_secs_f64());
    let unfit = marks.fit(last_s).with_context(|| place.chat.display().to_string())?;
    let problems: Vec<String> = left_out.into_iter().chain(unfit).collect();
    let left_out = (!problems.is_empty()).then(|| problems.join("; "));
    let channel = chat.iter().find_map(|fed| fed.channel.as_ref());
    let seed = chat.first().map_or(0, |first| seed_of_chat(channel, first));
    Ok(Stream { left_out, ..Stream::new(place.name.clone(), seed, chat, marks) })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;

    use super::*;
    use crate::replay::{reader::tests::gz, seed};

    /// A stream of messages `(t_ms, user, text)`.
    pub(crate) fn stream(messages: &[(i64, &str, &str)], labels: &[(f64, f64)]) -> Stream {
        let said = |(at, user, text): &(i64, &str, &str)| {
            Fed::message(*at, Some((*user).to_owned()), (*text).to_owned())
        };
        let labels = labels.iter().map(|&(start_s, end_s)| Label { start_s, end_s }).collect();
        let marks = Marks { labels, ..Marks::default() };
        Stream::new("test".into(), 1, messages.iter().map(said).collect(), marks)
    }

    #[test]
    fn the_last_label_may_be_the_end() {
        assert_eq!(stream(&[(9000, "a", "x")], &[]).length_s, 9.0);
        assert_eq!(stream(&[(9000, "a", "x")], &[(3.0, 12.0)]).length_s, 12.0);
        assert_eq!(stream(&[(-9000, "a", "x")], &[]).length_s, 1.0);
    }

    const IRC: &str = "@tmi-sent-ts=1714586405123 :ann!ann@ann.tmi.twitch.tv PRIVMSG #room :hi\n\
        @tmi-sent-ts=1714586425123 :bob!bob@bob.tmi.twitch.tv PRIVMSG #room :yo\n";

    #[test]
    fn other_formats_are_read_on_the_streams_own_clock() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.chat.irc.gz"), gz(IRC.as_bytes())).unwrap();
        fs::write(dir.path().join("a.labels.json"), r#"{"labels": [[3, 5]]}"#).unwrap();
        let stream = read(&folder::find(dir.path()).unwrap()[0]).unwrap();
        let times: Vec<_> = stream.chat.iter().map(|fed| fed.at.0).collect();
        assert_eq!((times, stream.length_s, stream.seed), (vec![0, 20_000], 20.0, seed("room")));
    }

    #[test]
    fn two_channels_are_no_stream() {
        let dir = tempfile::tempdir().unwrap();
        let two = IRC.replacen("#room", "#other", 1);
        fs::write(dir.path().join("a.chat.irc"), two).unwrap();
        let error = format!("{:#}", read(&folder::find(dir.path()).unwrap()[0]).unwrap_err());
        assert!(error.contains("other") && error.contains("room"), "{error}");
    }

    #[test]
    fn what_cannot_be_read_whole_names_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let whole = gz((0..999)
            .map(|t| format!("{{\"t_ms\":{t},\"text\":\"{}\"}}\n", t * 7919 % 997))
            .collect::<String>()
            .as_bytes());
        for (bytes, part) in [
            (&whole[..whole.len() / 2], "cut off in the middle"),
            (&gz(b"hello\n")[..], "this is no chat log that is known here"),
            (&gz(b"")[..], "this file is empty"),
            (&gz(b"# Start logging at 2024-05-01 20:00:00 CEST\n")[..], "there is no message"),
            (
                &gz(b"{\"t_ms\":0,\"text\":\"\"}\n{\"t_ms\":999999999,\"text\":\"\"}\n")[..],
                "more than a week",
            ),
        ] {
            let path = dir.path().join("a.chat.jsonl.gz");
            fs::write(&path, bytes).unwrap();
            let error = format!("{:#}", read(&folder::find(dir.path()).unwrap()[0]).unwrap_err());
            assert!(error.contains("a.chat.jsonl.gz: ") && error.contains(part), "{error}");
        }
    }
}
