//! Times as chat logs write them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

const SECOND_MS: i64 = 1000;
const HOUR_MS: i64 = 3600 * SECOND_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// What was said before midnight and stands after it is no later than this: over a longer way the
/// chat has been silent for a day.
const LATE_MS: i64 = 60 * SECOND_MS;

/// Splits `[stamp] rest`; blanks after the bracket are left out.
#[must_use]
pub fn bracketed(line: &str) -> Option<(&str, &str)> {
    let (stamp, rest) = line.strip_prefix('[')?.split_once(']')?;
    Some((stamp.trim(), rest.trim_start()))
}

/// Milliseconds in `H:MM:SS` with any number of hours and an optional fraction.
#[must_use]
pub fn hours_minutes_seconds(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, most: usize| -> Option<i64> {
        let valid = (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if valid { part.parse().ok() } else { None }
    };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let thousandths = digits(fraction, 9)? * 1000 / 10_i64.pow(u32::try_from(fraction.len()).ok()?);
    let (minutes, seconds) = (digits(minutes, 2)?, digits(whole, 2)?);
    if parts.next().is_some() || minutes > 59 || seconds > 60 {
        return None;
    }
    Some(digits(hours, 4)? * HOUR_MS + minutes * 60 * SECOND_MS + seconds * SECOND_MS + thousandths)
}

/// Unix milliseconds of a date with time: RFC 3339, or `YYYY-MM-DD HH:MM:SS` with whatever
/// follows. Where the zone is not in RFC 3339's form it is not read: logs keep to one zone,
/// and only differences count.
#[must_use]
pub fn date_time(text: &str) -> Option<i64> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_millisecond());
    }
    let civil: DateTime = text.get(..19)?.parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// Times of day put on their days: a log that tells only the hour goes on past midnight.
#[derive(Debug, Default)]
pub struct DayClock {
    last: Option<i64>,
}

/// The day of a log that never tells one: 2000-01-01, far from zero, so that it counts as wall time.
const ASSUMED_DAY_MS: i64 = 10_957 * DAY_MS;

impl DayClock {
    /// A full date was told.
    pub fn set(&mut self, unix_ms: i64) {
        self.last = Some(unix_ms);
    }

    /// The instant of a time of day: at most an hour before the one before it, or a minute on the day
    /// before (a straggler), else after it; `None` when no day has such a time.
    pub fn at(&mut self, time_of_day_ms: i64) -> Option<i64> {
        if !(0..=DAY_MS).contains(&time_of_day_ms) {
            return None;
        }
        let last = self.last.unwrap_or(ASSUMED_DAY_MS + time_of_day_ms);
        let today = last - last.rem_euclid(DAY_MS) + time_of_day_ms;
        let at = if today < last - HOUR_MS {
            today + DAY_MS
        } else if today >= last + DAY_MS - LATE_MS {
            today - DAY_MS
        } else {
            today
        };
        self.last = Some(at);
        Some(at)
    }

    /// The instant of a stamp, be it a date with time or a time of day.
    pub fn read(&mut self, stamp: &str) -> Option<i64> {
        if let Some(time_of_day) = hours_minutes_seconds(stamp) {
            return self.at(time_of_day);
        }
        let at = date_time(stamp)?;
        self.set(at);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours() {
        for (text, expected) in [
            ("0:00:30", Some(30_000)),
            ("00:01:00", Some(60_000)),
            ("23:59:59", Some(86_399_000)),
            ("100:00:00", Some(360_000_000)),
            ("1:02:03.25", Some(3_723_250)),
            ("1:60:00", None),
            ("1:00", None),
            ("1:00:00:00", None),
            ("-1:00:00", None),
            ("", None),
            ("::", None),
            ("99999:00:00", None),
        ] {
            assert_eq!(hours_minutes_seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn dates() {
        for (text, expected) in [
            ("2024-05-01 20:00:05", Some(1_714_593_605_000)),
            ("2024-05-01 20:00:05 CEST", Some(1_714_593_605_000)),
            ("2024-05-01 20:00:05 UTC", Some(1_714_593_605_000)),
            ("2024-05-01T20:00:05.250Z", Some(1_714_593_605_250)),
            ("2024-05-01T20:00:05+02:00", Some(1_714_586_405_000)),
            ("2024-13-01 20:00:05", None),
            ("ééééééééééééééé", None),
            ("", None),
        ] {
            assert_eq!(date_time(text), expected, "{text}");
        }
    }

    #[test]
    fn an_evening_after_a_night() {
        let mut clock = DayClock::default();
        clock.set(date_time("2024-05-01 00:00:03").unwrap());
        let day = date_time("2024-05-01 00:00:00").unwrap();
        for (stamp, minutes) in [("00:05:00", 5), ("23:10:00", 1_390), ("23:49:00", 1_429)] {
            assert_eq!(clock.read(stamp), Some(day + minutes * 60_000), "{stamp}");
        }
    }

    #[test]
    fn midnight() {
        let mut clock = DayClock::default();
        let times = ["23:59:58", "00:00:01", "23:59:59", "00:00:02", "20:00:00", "03:00:00"];
        let seconds: Vec<_> =
            times.iter().filter_map(|t| clock.read(t)).map(|ms| ms / 1000 - 946_684_800).collect();
        assert_eq!(seconds, [86_398, 86_401, 86_399, 86_402, 158_400, 183_600]);
    }

    #[test]
    fn a_date_sets_the_day() {
        let mut clock = DayClock::default();
        clock.set(1_714_593_600_000);
        assert_eq!(clock.read("20:00:05"), Some(1_714_593_605_000));
        assert_eq!(clock.read("2024-05-03 01:00:00"), Some(1_714_698_000_000));
        assert_eq!(clock.read("01:00:01"), Some(1_714_698_001_000));
        assert_eq!(clock.read("25:00:01"), None);
    }
}
