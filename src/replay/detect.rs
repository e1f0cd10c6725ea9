//! Finds out a file's format from its beginning. Pure.

use serde_json::Value;

use super::{
    formats::{chatterino, chatty, comment, irc},
    stamp,
};

/// A format of stored chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A recording of `run --record`.
    Recording,
    /// JSON lines of `{"t_ms","user","text"}`.
    Jsonl,
    /// VOD chat as one JSON document.
    VodJson,
    /// JSON lines of VOD comments.
    Comments,
    /// Raw IRC lines.
    Irc,
    /// Chatterino's logs.
    Chatterino,
    /// Chatty's logs.
    Chatty,
    /// VOD chat as text with offsets.
    VodText,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 8] = [
        Self::Recording,
        Self::Jsonl,
        Self::VodJson,
        Self::Comments,
        Self::Irc,
        Self::Chatterino,
        Self::Chatty,
        Self::VodText,
    ];

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Jsonl => "JSON lines",
            Self::VodJson => "VOD chat as JSON",
            Self::Comments => "VOD comments as JSON lines",
            Self::Irc => "raw IRC",
            Self::Chatterino => "Chatterino log",
            Self::Chatty => "Chatty log",
            Self::VodText => "VOD chat as text",
        }
    }
}

/// What is said of a file of none of the formats.
pub const UNKNOWN: &str = "this is no chat log that is known here; what can be read: raw IRC lines, \
     JSON lines with t_ms, user and text, VOD chat as JSON or text, Chatterino and Chatty logs, and \
     recordings of `run --record`, each also as .gz";

/// How many lines are looked at.
pub const LINES_LOOKED_AT: usize = 100;

/// How files begin that hold something else, and what to do about it.
const OTHERS: [(&[u8], &str); 6] = [
    (b"\x28\xb5\x2f\xfd", "this is packed with zstd: unpack it first, or pack it with gzip"),
    (b"BZh", "this is packed with bzip2: unpack it first, or pack it with gzip"),
    (b"\xfd7zXZ\0", "this is packed with xz: unpack it first, or pack it with gzip"),
    (b"PK\x03\x04", "this is a ZIP archive: unpack it first"),
    (b"\xff\xfe", "this is text in UTF-16: save it as UTF-8"),
    (b"\xfe\xff", "this is text in UTF-16: save it as UTF-8"),
];

/// Why a file that begins with `head` is no text that can be read: no chat log holds a NUL.
#[must_use]
pub fn why_no_text(head: &[u8]) -> Option<&'static str> {
    let other = OTHERS.iter().find(|(begin, _)| head.starts_with(begin)).map(|(_, told)| *told);
    let binary = "this is a binary file, or text that is not UTF-8: no chat log is";
    other.or_else(|| head.contains(&0).then_some(binary))
}

/// Whether a file that begins with `head` is one JSON document rather than lines.
#[must_use]
pub fn is_document(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start();
    if !text.starts_with(['{', '[']) || irc::is_irc(text.lines().next().unwrap_or_default()) {
        return false;
    }
    match text.lines().next().map(serde_json::from_str::<Value>) {
        // One whole value in the first line: a document only if it holds all comments.
        Some(Ok(Value::Array(_))) => true,
        Some(Ok(value)) => value.get("comments").is_some(),
        // The value goes on after the line, or after the head.
        _ if text.starts_with('[') => text[1..].trim_start().starts_with('{'),
        _ => !is_long_line(text) && !has_json_lines(text),
    }
}

/// The first line is broken, and those after it are of a kind that is read by lines.
fn has_json_lines(text: &str) -> bool {
    let lines = text.lines().skip(1).take(LINES_LOOKED_AT);
    lines.map(json_line).any(|judged| {
        matches!(judged, Some(Judged::Line(Format::Jsonl) | Judged::Header(Format::Recording)))
    })
}

/// A line of JSON that is longer than the head: its first keys tell.
fn is_long_line(text: &str) -> bool {
    !text.contains('\n')
        && !["\"comments\"", "\"video\"", "\"streamer\""].iter().any(|key| text.contains(key))
}

/// The format of a file that begins with `lines`: the one that most of them have,
/// unless one of them is a format's own header.
#[must_use]
pub fn from_lines(lines: &[String]) -> Option<Format> {
    let mut votes = [0_usize; Format::ALL.len()];
    for line in lines {
        match judge(line) {
            Some(Judged::Header(format)) => return Some(format),
            Some(Judged::Line(format)) => votes[format as usize] += 1,
            None => {}
        }
    }
    let best = Format::ALL.into_iter().rev().max_by_key(|format| votes[*format as usize])?;
    (votes[best as usize] > 0).then(|| headless(best, &votes, lines))
}

/// Two formats that look like Chatterino's: Chatty's events (`JOIN: ann`), and offsets in a
/// video: without Chatterino's header, `[00:…]` is no hour after midnight.
fn headless(best: Format, votes: &[usize], lines: &[String]) -> Format {
    if best != Format::Chatterino {
        return best;
    }
    if votes[Format::Chatty as usize] > 0 {
        return Format::Chatty;
    }
    let first = lines.iter().find_map(|line| stamp::bracketed(line));
    let in_first_hour = first.is_some_and(|(stamp, _)| stamp.starts_with("00:"));
    if in_first_hour { Format::VodText } else { best }
}

enum Judged {
    Header(Format),
    Line(Format),
}

fn judge(line: &str) -> Option<Judged> {
    if line.starts_with('{') {
        return json_line(line);
    }
    if line.starts_with(chatterino::HEADER) {
        return Some(Judged::Header(Format::Chatterino));
    }
    if line.starts_with(chatty::HEADER) {
        return Some(Judged::Header(Format::Chatty));
    }
    if irc::is_irc(line) {
        return Some(Judged::Line(Format::Irc));
    }
    let (stamp, rest) = stamp::bracketed(line)?;
    let hours = stamp::hours_minutes_seconds(stamp).map(|_| stamp.find(':').unwrap_or(0));
    if hours.is_none() && stamp::date_time(stamp).is_none() {
        return None;
    }
    if rest.starts_with('<') && chatty::said(rest).is_some() {
        return Some(Judged::Line(Format::Chatty));
    }
    let (user, _) = rest.split_once(':')?;
    let is_name = !user.is_empty() && !user.contains(char::is_whitespace);
    let format =
        if hours.is_some_and(|digits| digits != 2) { Format::VodText } else { Format::Chatterino };
    is_name.then_some(Judged::Line(format))
}

fn json_line(line: &str) -> Option<Judged> {
    let value: Value = serde_json::from_str(line).ok()?;
    if value.get("cliphound_recording").is_some() {
        Some(Judged::Header(Format::Recording))
    } else if value.get("t_ms").is_some() {
        Some(Judged::Line(Format::Jsonl))
    } else if comment::is_comment(&value) {
        Some(Judged::Line(Format::Comments))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_named() {
        for (head, part) in [
            (&b"\x28\xb5\x2f\xfd\x04"[..], "zstd"),
            (b"BZh91AY", "bzip2"),
            (b"\xff\xfe{\0", "UTF-16"),
            (b"\x7fELF\0", "binary file"),
        ] {
            assert!(why_no_text(head).is_some_and(|told| told.contains(part)), "{part}");
        }
        assert_eq!(why_no_text(b"[0:00:30] ann: hi"), None);
    }

    fn check(text: &str, expected: Option<Format>) {
        let found = if is_document(text.as_bytes()) {
            Some(Format::VodJson)
        } else {
            from_lines(&text.lines().map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn formats() {
        let comment = r#"{"content_offset_seconds":1,"message":{"body":"x"}}"#;
        for (text, format) in [
            ("{\"cliphound_recording\":1}\n{\"channel\":\"a\"}", Format::Recording),
            ("{\"t_ms\": 1, \"user\": null, \"text\": \"x\"}\n", Format::Jsonl),
            (&format!("{comment}\n{comment}\n"), Format::Comments),
            ("{\n\"video\": {\n\"id\": \"1\"},\n\"comments\": [\n", Format::VodJson),
            (&format!("{{\"comments\":[{comment}]}}"), Format::VodJson),
            (&format!("{{\"streamer\":{{}},\"comments\":[{comment},{{\"mess"), Format::VodJson),
            (&format!("[{comment}]"), Format::VodJson),
            (&format!("[\n  {comment},\n"), Format::VodJson),
            ("{\"t_ms\": 1, \"us\n{\"t_ms\": 1, \"text\": \"x\"}\n", Format::Jsonl),
            ("@a=b :x!x@x PRIVMSG #c :hi", Format::Irc),
            (":tmi.twitch.tv 001 a :Welcome\n", Format::Irc),
            ("[2024-05-01 20:00:05] :x!x@x PRIVMSG #c :hi", Format::Irc),
            ("# Start logging at 2024-05-01 20:00:00 CEST\n", Format::Chatterino),
            ("[20:00:05] ann: hi\n", Format::Chatterino),
            ("[2024-05-01 20:00:05 UTC] ann: hi\n", Format::Chatterino),
            ("# Log started: 2024-05-01 20:00:00 +0200\n", Format::Chatty),
            ("[20:00:05] <%@ann> hi: you\n[20:00:06] JOIN: bob", Format::Chatty),
            ("[2024-05-01 20:00:05] <ann> hi\n", Format::Chatty),
            ("[0:00:30] ann: hi\n", Format::VodText),
            ("[00:00:30] ann: hi\n[00:00:31] bob: hi\n", Format::VodText),
            ("something\n[0:00:30] ann: hi\n", Format::VodText),
        ] {
            check(text, Some(format));
        }
    }

    #[test]
    fn no_format() {
        for text in [
            "",
            "hello\nworld\n",
            "{\"a\":1}\n",
            "a,b,c\n1,2,3\n",
            "[info] started: now\n",
            "[20:00:05] it is late",
            "@ann hi",
            "{\"message\":\"x\",\"level\":\"info\"}\n",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_line_longer_than_the_head_is_no_document() {
        let long = "x".repeat(70_000);
        check(&format!("{{\"t_ms\":1,\"text\":\"{long}"), None);
        check(&format!("{{\"comments\":[{{\"message\":{{\"body\":\"{long}"), Some(Format::VodJson));
    }
}
