//! JSON lines of `{"t_ms", "user", "text"}`: milliseconds from the stream's start.

use serde::Deserialize;

use super::Read;
use crate::replay::event::{Fed, plausible_ms};

#[derive(Deserialize)]
struct Line {
    t_ms: Option<f64>,
    user: Option<String>,
    text: String,
}

/// Reads one line.
#[must_use]
pub fn read(line: &str) -> Read {
    let Ok(line) = serde_json::from_str::<Line>(line) else { return Read::Unreadable };
    match line.t_ms.and_then(plausible_ms) {
        Some(at) => Read::Fed(Fed::message(at, line.user.map(|u| u.to_lowercase()), line.text)),
        None => Read::Untimed,
    }
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
