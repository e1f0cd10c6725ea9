//! The line format of both records: nine columns by tabs, one line a clip or moment.

use jiff::Timestamp;

use crate::plain::{plain, quoted, unquoted};

/// The names of the columns, in their order.
pub const COLUMNS: [&str; 9] = [
    "time",
    "channel",
    "clip_url",
    "edit_url",
    "moment_start",
    "moment_end",
    "score",
    "trigger",
    "title",
];

/// What stands for a missing value. A text that is nothing but `-` reads as missing, too.
pub(super) const MISSING: &str = "-";

/// What RFC 3339 can write, in Unix milliseconds: the years 1 to 9999. Times beyond are
/// written as the nearest of these.
const EARLIEST_MS: i64 = -62_135_596_800_000;
const LATEST_MS: i64 = 253_402_207_200_000;

/// One clip or moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// When Twitch was asked for the clip; for a moment that it was not asked for,
    /// when the moment was found. Unix milliseconds on Twitch's clock, like the other times.
    pub time_ms: i64,
    /// The channel's login.
    pub channel: String,
    /// Public address of the clip.
    pub clip_url: Option<String>,
    /// Address of the clip's editor.
    pub edit_url: Option<String>,
    /// Start of the moment.
    pub start_ms: i64,
    /// End of the moment.
    pub end_ms: i64,
    /// 0 to 1; what is no number is missing.
    pub score: Option<f32>,
    /// `hype`, `emote:NAME`, `manual:LOGIN`, `signal:NAME`.
    pub trigger: String,
    /// Title of the clip.
    pub title: String,
}

impl Record {
    /// The record as a line, without its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        [
            time(self.time_ms),
            text(Some(&self.channel)),
            text(self.clip_url.as_deref()),
            text(self.edit_url.as_deref()),
            time(self.start_ms),
            time(self.end_ms),
            score(self.score),
            text(Some(&self.trigger)),
            text(Some(&self.title)),
        ]
        .join("\t")
    }

    /// Reads a line without its end; `None` when it is no record (the header is none).
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let columns: Vec<&str> = line.split('\t').collect();
        let [at, channel, clip_url, edit_url, start, end, score, trigger, title] = columns[..]
        else {
            return None;
        };
        Some(Self {
            time_ms: parse_time(at)?,
            channel: present(channel).unwrap_or_default(),
            clip_url: present(clip_url),
            edit_url: present(edit_url),
            start_ms: parse_time(start)?,
            end_ms: parse_time(end)?,
            score: if score == MISSING { None } else { Some(score.parse().ok()?) },
            trigger: present(trigger).unwrap_or_default(),
            title: present(title).unwrap_or_default(),
        })
    }
}

/// The first line of a file with these columns.
pub fn header(columns: &[&str]) -> String {
    format!("# {}", columns.join("\t"))
}

/// A time as a column.
pub(super) fn time(ms: i64) -> String {
    let held = ms.clamp(EARLIEST_MS, LATEST_MS);
    Timestamp::from_millisecond(held).map_or_else(|_| MISSING.to_owned(), |at| format!("{at:.3}"))
}

fn parse_time(column: &str) -> Option<i64> {
    column.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

fn score(score: Option<f32>) -> String {
    match score.filter(|score| score.is_finite()) {
        Some(score) => format!("{:.3}", score.clamp(0.0, 1.0).abs()),
        None => MISSING.to_owned(),
    }
}

/// A text as a column: what is no text becomes spaces, what a spreadsheet would calculate is
/// quoted, and nothing at all is missing.
pub fn text(value: Option<&str>) -> String {
    let clean = plain(value.unwrap_or_default());
    if clean.trim().is_empty() || clean == MISSING { MISSING.to_owned() } else { quoted(&clean) }
}

/// The column of a clip's address, where there is one.
pub(super) fn url_column(record: &Record) -> Option<String> {
    record.clip_url.as_deref().map(|url| text(Some(url))).filter(|column| column != MISSING)
}

fn present(column: &str) -> Option<String> {
    (column != MISSING).then(|| unquoted(column).to_owned())
}

#[cfg(test)]
pub mod tests {
    use proptest::{option, prelude::*};

    use super::*;

    /// A clip of 2026-03-01, 12:00:00.250 UTC.
    pub fn sample() -> Record {
        Record {
            time_ms: 1_772_366_400_250,
            channel: "ninja".into(),
            clip_url: Some("https://clips.twitch.tv/Slug".into()),
            edit_url: Some("https://clips.twitch.tv/Slug/edit".into()),
            start_ms: 1_772_366_380_000,
            end_ms: 1_772_366_395_000,
            score: Some(0.8125),
            trigger: "emote:PogChamp".into(),
            title: "Was für ein Zug! 🎉".into(),
        }
    }

    fn check(change: impl FnOnce(&mut Record), column: usize, expected: &str) {
        let mut record = sample();
        change(&mut record);
        assert_eq!(record.to_line().split('\t').nth(column), Some(expected));
    }

    #[test]
    fn a_line_is_as_promised() {
        assert_eq!(
            sample().to_line(),
            "2026-03-01T12:00:00.250Z\tninja\thttps://clips.twitch.tv/Slug\t\
             https://clips.twitch.tv/Slug/edit\t2026-03-01T11:59:40.000Z\t\
             2026-03-01T11:59:55.000Z\t0.812\temote:PogChamp\tWas für ein Zug! 🎉"
        );
    }

    #[test]
    fn odd_values_keep_to_their_column() {
        check(|r| r.title = "a\tb\r\nc\u{7f}d\u{2028}e".into(), 8, "a b  c d e");
        check(|r| r.title = String::new(), 8, "-");
        check(|r| r.title = "\n".into(), 8, "-");
        check(|r| r.clip_url = None, 2, "-");
        check(|r| r.score = None, 6, "-");
        check(|r| r.score = Some(f32::NAN), 6, "-");
        check(|r| r.score = Some(-0.0), 6, "0.000");
        check(|r| r.score = Some(1.0), 6, "1.000");
        check(|r| r.time_ms = i64::MAX, 0, "9999-12-30T22:00:00.000Z");
        check(|r| r.time_ms = i64::MIN, 0, "0001-01-01T00:00:00.000Z");
    }

    #[test]
    fn what_is_no_record_is_not_read() {
        for line in ["", "# time\tchannel", &header(&COLUMNS), "a\tb\tc\td\te\tf\tg\th\ti"] {
            assert_eq!(Record::parse(line), None, "{line}");
        }
    }

    prop_compose! {
        /// Any text that could come from chat, titles or a broken answer.
        pub fn any_record()(
            time_ms in any::<i64>(), start_ms in any::<i64>(), end_ms in any::<i64>(),
            channel in any::<String>(), clip_url in option::of(any::<String>()),
            edit_url in option::of(any::<String>()), score in option::of(any::<f32>()),
            trigger in any::<String>(), title in "(?s).{0,40}",
        ) -> Record {
            Record {
                time_ms, channel, clip_url, edit_url, start_ms, end_ms, score, trigger, title,
            }
        }
    }

    proptest! {
        #[test]
        fn any_record_is_one_line_that_is_read_back(record in any_record()) {
            let line = record.to_line();
            prop_assert!(!line.contains(breaks_a_line));
            prop_assert_eq!(line.split('\t').count(), COLUMNS.len());
            let read = Record::parse(&line);
            prop_assert_eq!(read.map(|r| r.to_line()), Some(line));
        }

        #[test]
        fn plain_values_come_back_as_they_were(
            time_ms in 0..4_000_000_000_000_i64, thousandths in 0..=1000_u16,
            channel in "[a-z0-9_]{1,25}", title in "[^\\p{C}\\p{Z}-]{1,40}",
        ) {
            let score = Some(format!("{:.3}", f32::from(thousandths) / 1000.0).parse().unwrap());
            let record = Record { time_ms, channel, title, score, ..sample() };
            prop_assert_eq!(Record::parse(&record.to_line()), Some(record));
        }
    }

    fn breaks_a_line(c: char) -> bool {
        c != '\t' && !crate::plain::is_plain(c)
    }
}
