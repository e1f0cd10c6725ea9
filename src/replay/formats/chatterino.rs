//! Chatterino's logs: `# Start logging at DATE`, then `[20:00:05] user: text`.

use cliphound_engine::Message;

use super::Read;
use crate::replay::{name, stamp::DayClock};

/// Begins the line that tells the date.
pub const HEADER: &str = "# Start logging at ";

/// Reads a log line by line.
#[derive(Debug, Default)]
pub struct Chatterino {
    clock: DayClock,
}

impl Chatterino {
    /// Reads one line.
    pub fn read(&mut self, line: &str) -> Read {
        super::read_log_line(&mut self.clock, HEADER, line, |rest| {
            let (user, text) = said(rest)?;
            Some(Message { user: Some(user), text, ..Message::default() })
        })
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
