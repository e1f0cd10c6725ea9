//! Chatterino's logs: `# Start logging at DATE`, then `[20:00:05] user: text`.

use super::Read;
use crate::replay::{
    event::Fed,
    name,
    stamp::{self, DayClock},
};

/// Begins the line that tells the date.
pub const HEADER: &str = "# Start logging at ";

/// Reads a log line by line; a date line sets the day, midnight turns it.
#[derive(Debug, Default)]
pub struct Chatterino {
    clock: DayClock,
}

impl Chatterino {
    /// Reads one line.
    pub fn read(&mut self, line: &str) -> Read {
        if let Some(date) = line.strip_prefix(HEADER).and_then(stamp::date_time) {
            self.clock.set(date);
        }
        if line.starts_with('#') {
            return Read::Other;
        }
        let Some((stamp, rest)) = stamp::bracketed(line) else { return Read::Unreadable };
        let Some(at) = self.clock.read(stamp) else { return Read::Unreadable };
        match said(rest) {
            Some((user, text)) => Read::Fed(Fed::message(at, Some(user), text)),
            None => Read::Other,
        }
    }
}

/// Who said what in `user: text`; `None` for an event ("user has been timed out").
pub(super) fn said(line: &str) -> Option<(String, String)> {
    let (user, text) = line.split_once(':')?;
    let one_name = !user.is_empty() && !user.contains(char::is_whitespace);
    one_name.then(|| (name::login(user), text.trim_start().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::fed, *};

    #[test]
    fn a_log_over_midnight() {
        let day = 1_714_521_600_000; // 2024-05-01
        let mut reader = Chatterino::default();
        for (line, expected) in [
            ("# Start logging at 2024-05-01 20:00:00 CEST", Read::Other),
            ("[20:00:05] ann: hi there: you", fed(day + 72_005_000, "ann", "hi there: you")),
            ("[20:00:06]  安(Ann): hi", fed(day + 72_006_000, "ann", "hi")),
            ("[20:00:07] bob has been timed out for 10m: spam", Read::Other),
            ("[23:59:59] bob: late", fed(day + 86_399_000, "bob", "late")),
            ("[00:00:01] ann: early", fed(day + 86_401_000, "ann", "early")),
            ("# Stop logging at 2024-05-02 00:00:02 CEST", Read::Other),
            ("# Start logging at 2024-05-03 00:00:00 CEST", Read::Other),
            ("[00:00:01] ann: again", fed(day + 172_801_000, "ann", "again")),
            ("[24:61:00] ann: hi", Read::Unreadable),
            ("nothing", Read::Unreadable),
        ] {
            assert_eq!(reader.read(line), expected, "{line}");
        }
    }
}
