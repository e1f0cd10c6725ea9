//! VOD chat as text: `[0:00:30] user: text`, offsets from the video's start.

use super::{Read, chatterino::said};
use crate::replay::{event::Fed, stamp};

/// Reads one line.
#[must_use]
pub fn read(line: &str) -> Read {
    let Some((stamp, rest)) = stamp::bracketed(line) else { return Read::Unreadable };
    let Some(at) = stamp::hours_minutes_seconds(stamp) else { return Read::Unreadable };
    match said(rest) {
        Some((user, text)) => Read::Fed(Fed::message(at, Some(user), text)),
        None => Read::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::fed, *};

    #[test]
    fn lines() {
        for (line, expected) in [
            ("[0:00:30] Ann: hi: there", fed(30_000, "ann", "hi: there")),
            ("[101:00:00] ann: hi", fed(363_600_000, "ann", "hi")),
            ("[0:00:30] ann subscribed", Read::Other),
            ("[0:30] ann: hi", Read::Unreadable),
            ("ann: hi", Read::Unreadable),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}
