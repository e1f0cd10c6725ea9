//! VOD chat as one JSON document, read comment by comment: these files are big.

use std::{cell::Cell, fmt, io, rc::Rc};

use cliphound_twitch::login::ChannelLogin;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Read, comment::Comments, jsonl};
use crate::replay::{
    event::{Sink, Tally},
    lines::MAX_LINE,
};

/// The most bytes of JSON that are held at once: a comment, a name, or what is said of the
/// video. Room for a message of [`MAX_LINE`] with everything around it.
const MAX_ELEMENT: usize = 2 * MAX_LINE;

/// Reads a document with `comments`, or a list of comments, to its end or to where it breaks.
pub fn read(reader: impl io::Read, tally: &mut Tally, sink: &mut Sink<'_>) {
    let room = Room::default();
    let bounded = Bounded { reader, room: room.clone() };
    let mut document = serde_json::Deserializer::from_reader(bounded);
    let state =
        State { tally, sink, comments: Comments::default(), channel: None, room: room.clone() };
    let error = Document(state).deserialize(&mut document).err();
    tally.damage = error.map(|error| match error.io_error_kind() {
        _ if room.is_used_up() => format!("one of its parts is longer than {MAX_ELEMENT} bytes"),
        Some(kind) => crate::replay::reader::why(&kind.into()),
        None if error.is_eof() => "it is cut off in the middle".to_owned(),
        None => format!("its JSON breaks: {error}"),
    });
}

/// Bytes that may be read before the next part begins; `None` where nothing is held.
#[derive(Clone, Default)]
struct Room(Rc<Cell<Option<usize>>>);

impl Room {
    fn part(&self) {
        self.0.set(Some(MAX_ELEMENT));
    }

    fn unbounded(&self) {
        self.0.set(None);
    }

    fn is_used_up(&self) -> bool {
        self.0.get() == Some(0)
    }
}

/// Breaks off where a part is too long.
struct Bounded<R> {
    reader: R,
    room: Room,
}

impl<R: io::Read> io::Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(room) = self.room.0.get() else { return self.reader.read(buffer) };
        if room == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.reader.by_ref().take(room as u64).read(buffer)?;
        self.room.0.set(Some(room - read));
        Ok(read)
    }
}

struct State<'a, 'b> {
    tally: &'a mut Tally,
    sink: &'a mut Sink<'b>,
    comments: Comments,
    channel: Option<ChannelLogin>,
    room: Room,
}

impl State<'_, '_> {
    fn comment(&mut self, comment: &Value) {
        let text = comment["message"]["body"].as_str().or(comment["text"].as_str());
        if text.is_some_and(|text| text.len() > MAX_LINE) {
            self.tally.too_long += 1;
            return;
        }
        let read = jsonl::read_value(comment);
        match read.unwrap_or_else(|| self.comments.read_value(comment)) {
            Read::Fed(mut fed) => {
                fed.channel.clone_from(&self.channel);
                (self.sink)(fed);
            }
            Read::Other => {}
            Read::Untimed => self.tally.untimed += 1,
            Read::Unreadable => self.tally.unreadable += 1,
        }
    }

    /// Downloaders tell the channel in `video` or `streamer`; it counts when it comes first.
    fn about(&mut self, video: &Value) {
        let name =
            ["user_login", "login", "user_name", "name"].iter().find_map(|key| video[key].as_str());
        if let Some(channel) = name.and_then(|name| ChannelLogin::parse(name).ok()) {
            self.channel.get_or_insert(channel);
        }
    }
}

/// The document as a whole.
struct Document<'a, 'b>(State<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VOD chat: an object with comments")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.0.room.part();
        while let Some(key) = map.next_key::<String>()? {
            self.0.room.part();
            match key.as_str() {
                "comments" => map.next_value_seed(CommentList(&mut self.0))?,
                "video" | "streamer" => self.0.about(&map.next_value::<Value>()?),
                _ => {
                    // Embedded pictures are large; they are read past.
                    self.0.room.unbounded();
                    map.next_value::<IgnoredAny>()?;
                }
            }
            self.0.room.part();
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, seq: A) -> Result<(), A::Error> {
        CommentList(&mut self.0).visit_seq(seq)
    }
}

/// The list of comments: each is let go before the next is read.
struct CommentList<'s, 'a, 'b>(&'s mut State<'a, 'b>);

impl<'de> DeserializeSeed<'de> for CommentList<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for CommentList<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of comments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.room.part();
        while let Some(comment) = seq.next_element::<Value>()? {
            self.0.comment(&comment);
            self.0.room.part();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::event::Fed;

    fn check(document: &str, times: &[i64], channel: Option<&str>, damaged: bool) -> Tally {
        let (mut tally, mut found) = (Tally::default(), Vec::<Fed>::new());
        read(document.as_bytes(), &mut tally, &mut |fed| found.push(fed));
        assert_eq!(found.iter().map(|fed| fed.at.0).collect::<Vec<_>>(), times, "{document}");
        for fed in &found {
            assert_eq!(fed.channel.as_ref().map(ChannelLogin::as_str), channel, "{document}");
        }
        assert_eq!(tally.damage.is_some(), damaged, "{document}: {:?}", tally.damage);
        tally
    }

    const ONE: &str =
        r#"{"content_offset_seconds":1,"commenter":{"name":"ann"},"message":{"body":"hi"}}"#;
    const TWO: &str =
        r#"{"content_offset_seconds":2,"commenter":{"name":"bob"},"message":{"body":"yo"}}"#;

    #[test]
    fn documents() {
        check(&format!(r#"{{"comments":[{ONE},{TWO}]}}"#), &[1000, 2000], None, false);
        check(&format!("[{ONE},{TWO}]"), &[1000, 2000], None, false);
        let plain = r#"[{"t_ms":1000,"user":"ann","text":"hi"},{"t_ms":"soon","text":"yo"}]"#;
        assert_eq!(check(plain, &[1000], None, false).unreadable, 1);
        let streamer = r#"{"FileInfo":{"Version":{}},"streamer":{"name":"Ninja","id":1},"#;
        let document = format!(r#"{streamer}"comments":[{ONE}],"embeddedData":{{"x":[1]}}}}"#);
        check(&document, &[1000], Some("ninja"), false);
        check(
            &format!(r#"{{"video":{{"user_login":"a_b"}},"comments":[{ONE}]}}"#),
            &[1000],
            Some("a_b"),
            false,
        );
    }

    #[test]
    fn broken_documents_give_what_they_have() {
        let odd =
            check(&format!(r#"{{"comments":[{ONE},7,{{}},{TWO}]}}"#), &[1000, 2000], None, false);
        assert_eq!(odd.unreadable, 2);
        let long = ONE.replace("hi", &"x".repeat(MAX_LINE + 1));
        assert_eq!(check(&format!("[{long},{TWO}]"), &[2000], None, false).too_long, 1);
        let huge = ONE.replace("hi", &"x".repeat(MAX_ELEMENT));
        let tally = check(&format!("[{ONE},{huge},{TWO}]"), &[1000], None, true);
        assert_eq!(tally.damage.as_deref(), Some("one of its parts is longer than 2097152 bytes"));
        let pictures =
            format!(r#"{{"embedded":"{}","comments":[{ONE}]}}"#, "x".repeat(MAX_ELEMENT));
        check(&pictures, &[1000], None, false);
        check(&format!(r#"{{"comments":[{ONE},{{"mess"#), &[1000], None, true);
        check(&format!(r#"{{"comments":[{ONE},,]}}"#), &[1000], None, true);
        check(r#"{"comments":7}"#, &[], None, true);
        check("7", &[], None, true);
    }
}
