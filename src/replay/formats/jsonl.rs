//! JSON lines of `{"t_ms", "user", "text"}`: milliseconds from the stream's start; the user is a name
//! or a number, the same for all lines of one person, or nothing where it is not known. Also as one list.

use serde::Deserialize;
use serde_json::{Number, Value};

use super::Read;
use crate::replay::event::{Fed, plausible_ms};

#[derive(Deserialize)]
struct Line {
    t_ms: Option<f64>,
    user: Option<User>,
    text: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum User {
    Name(String),
    Id(Number),
}

impl Line {
    fn read(self) -> Read {
        match self.t_ms.and_then(plausible_ms) {
            Some(at) => Read::Fed(Fed::message(at, self.user.map(User::key), self.text)),
            None => Read::Untimed,
        }
    }
}

impl User {
    fn key(self) -> String {
        match self {
            Self::Name(name) => name.to_lowercase(),
            Self::Id(id) => id.to_string(),
        }
    }
}

/// Reads one line.
#[must_use]
pub fn read(line: &str) -> Read {
    serde_json::from_str(line).map_or(Read::Unreadable, Line::read)
}

/// Reads one that stands in a list, if it is one: it has a `t_ms`.
#[must_use]
pub fn read_value(value: &Value) -> Option<Read> {
    value.get("t_ms")?;
    Some(Line::deserialize(value).map_or(Read::Unreadable, Line::read))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::fed, *};

    #[test]
    fn lines() {
        for (line, expected) in [
            (r#"{"t_ms": 3000, "user": "Ann", "text": "hi"}"#, fed(3000, "ann", "hi")),
            (r#"{"t_ms":-1.5e3,"user":"ann","text":"","more":[1]}"#, fed(-1500, "ann", "")),
            (r#"{"t_ms":0,"user":null,"text":"x"}"#, Read::Fed(Fed::message(0, None, "x".into()))),
            (r#"{"t_ms":0,"text":"x"}"#, Read::Fed(Fed::message(0, None, "x".into()))),
            (r#"{"t_ms":0,"user":" ","text":"x"}"#, Read::Fed(Fed::message(0, None, "x".into()))),
            (r#"{"t_ms":0,"user":4711,"text":"x"}"#, fed(0, "4711", "x")),
            (r#"{"t_ms":0,"user":{"id":1},"text":"x"}"#, Read::Unreadable),
            (r#"{"user":"ann","text":"x"}"#, Read::Untimed),
            (r#"{"t_ms":1e300,"user":"ann","text":"x"}"#, Read::Untimed),
            (r#"{"t_ms":1,"user":"ann"}"#, Read::Unreadable),
            (r#"{"t_ms":1,"user":"ann","text":"x""#, Read::Unreadable),
            ("[]", Read::Unreadable),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}
