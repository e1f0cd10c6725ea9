//! Reads one stream's chat from its file.

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;

use super::{
    folder::{self, Place},
    labels::Label,
};
use crate::replay::{
    detect::Format,
    event::{Fed, Tally},
    formats,
    lines::Lines,
    name,
    order::Order,
    reader,
    seed::seed,
    zero::Zero,
};

/// A stream of more seconds is none: its times are broken.
const LONGEST_S: i64 = 7 * 86_400;

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
    /// Seconds from zero to its last message or highlight, at least 1.
    pub length_s: f64,
}

impl Stream {
    /// A stream of `chat`, which is in the order of time.
    #[must_use]
    pub fn new(name: String, seed: u64, chat: Vec<Fed>, labels: Vec<Label>) -> Self {
        let last = chat.last().map_or(0.0, |fed| fed.at.as_secs_f64());
        let length_s = labels.iter().fold(last, |length, label| length.max(label.end_s)).max(1.0);
        Self { name, seed, chat, labels, length_s }
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
/// When chat or labels can't be read whole: what is cut off would give wrong figures.
pub fn read(place: &Place) -> Result<Stream> {
    let labels = folder::labels_of(place)?;
    let path = place.chat.to_string_lossy();
    let chat = read_chat(&path).with_context(|| place.chat.display().to_string())?;
    let seed = seed(&name::channel_of_file(&path));
    Ok(Stream::new(place.name.clone(), seed, chat, labels))
}

fn read_chat(path: &str) -> Result<Vec<Fed>> {
    let source = reader::open(path, &ProgressBar::hidden())?;
    let (mut order, mut zero) = (Order::default(), Zero::default());
    let (mut tally, mut misdated) = (Tally::default(), Tally::default());
    let mut chat: Vec<Fed> = Vec::new();
    let mut keep = |fed: Fed| chat.push(fed);
    let format = if path.ends_with(folder::IRC_CHAT) { Format::Irc } else { Format::Jsonl };
    formats::read_lines(format, &mut Lines::new(source.reader), &mut tally, &mut |fed| {
        order.push(fed, &mut misdated, &mut |fed| zero.push(fed, &mut keep));
    });
    order.finish(&mut misdated, &mut |fed| zero.push(fed, &mut keep));
    if let Some(damage) = tally.damage {
        bail!("only the first {} messages can be read: {damage}", chat.len());
    }
    let (Some(first), Some(last)) = (chat.first(), chat.last()) else {
        bail!("there is no line of {{\"t_ms\", \"user\", \"text\"}} in it, nor of IRC with a time");
    };
    if last.at.ms_since(first.at) > LONGEST_S * 1000 {
        bail!("its times span more than a week; a stream is shorter");
    }
    Ok(chat)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;

    use super::*;
    use crate::replay::reader::tests::gz;

    /// A stream of messages `(t_ms, user, text)`.
    pub(crate) fn stream(messages: &[(i64, &str, &str)], labels: &[(f64, f64)]) -> Stream {
        let said = |(at, user, text): &(i64, &str, &str)| {
            Fed::message(*at, Some((*user).to_owned()), (*text).to_owned())
        };
        let labels = labels.iter().map(|&(start_s, end_s)| Label { start_s, end_s }).collect();
        Stream::new("test".into(), 1, messages.iter().map(said).collect(), labels)
    }

    #[test]
    fn the_last_label_may_be_the_end() {
        assert_eq!(stream(&[(9000, "a", "x")], &[]).length_s, 9.0);
        assert_eq!(stream(&[(9000, "a", "x")], &[(3.0, 12.0)]).length_s, 12.0);
        assert_eq!(stream(&[(-9000, "a", "x")], &[]).length_s, 1.0);
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
            (&gz(b"hello\n")[..], "there is no line of"),
            (&gz(b"")[..], "this file is empty"),
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
