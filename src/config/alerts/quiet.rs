//! The hours in which an alert is quiet, in the time of a zone. Pure.

use std::fmt;

use jiff::{
    Timestamp,
    civil::{self, Time},
    tz::TimeZone,
};

/// Hours of each day, such as 23:00 to 08:00 in Europe/Berlin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    to: Time,
    zone: TimeZone,
    /// What happens to what comes in them.
    pub then: Then,
}

/// What happens to what comes in quiet hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It is sent when they end.
    Wait,
    /// It is not sent.
    Drop,
}

impl QuietHours {
    /// Reads `23:00-08:00`, of the days of `zone`.
    ///
    /// # Errors
    /// When it is something else, in words.
    pub fn parse(text: &str, zone: TimeZone, then: Then) -> Result<Self, String> {
        let wrong = || format!("must be two times of the day such as 23:00-08:00, not “{text}”");
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let time = |text: &str| civil::Time::strptime("%H:%M", text.trim()).map_err(|_| wrong());
        let (from, to) = (time(from)?, time(to)?);
        if from == to {
            return Err(format!("begins and ends at the same time, “{text}”: leave it out"));
        }
        Ok(Self { from, to, zone, then })
    }

    /// When they end, if they hold at `now_ms`; Unix milliseconds.
    #[must_use]
    pub fn end_ms(&self, now_ms: i64) -> Option<i64> {
        let now = Timestamp::from_millisecond(now_ms).ok()?.to_zoned(self.zone.clone());
        let time = now.time();
        let over_midnight = self.from > self.to;
        let is_quiet = if over_midnight {
            time >= self.from || time < self.to
        } else {
            time >= self.from && time < self.to
        };
        if !is_quiet {
            return None;
        }
        let day = now.date();
        let day = if over_midnight && time >= self.from { day.tomorrow().ok()? } else { day };
        // Where the clocks skip that time, it is the one after; where they have it twice, the
        // first, unless that is over.
        let end = self.zone.to_ambiguous_zoned(day.to_datetime(self.to));
        let [first, last] = [end.clone().compatible().ok()?, end.later().ok()?];
        let ends = [first, last].map(|end| end.timestamp().as_millisecond());
        ends.into_iter().find(|end_ms| *end_ms > now_ms)
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.zone.iana_name().unwrap_or("local time");
        let (from, to) = (self.from.strftime("%H:%M"), self.to.strftime("%H:%M"));
        let then = match self.then {
            Then::Wait => "",
            Then::Drop => ", dropped",
        };
        write!(f, "quiet {from}-{to} {name}{then}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Until when it is quiet in Berlin at a time there.
    fn check(hours: &str, now: &str, expected: Option<&str>) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let quiet = QuietHours::parse(hours, zone.clone(), Then::Wait).unwrap();
        let at = |text: &str| text.parse::<civil::DateTime>().unwrap().to_zoned(zone.clone());
        let ms = |text: &str| at(text).unwrap().timestamp().as_millisecond();
        assert_eq!(quiet.end_ms(ms(now)), expected.map(ms), "{hours} at {now}");
    }

    #[test]
    fn quiet_hours_end_on_the_right_day() {
        check("23:00-08:00", "2026-11-20T22:59", None);
        check("23:00-08:00", "2026-11-20T23:00", Some("2026-11-21T08:00"));
        check("23:00-08:00", "2026-11-21T03:00", Some("2026-11-21T08:00"));
        check("23:00-08:00", "2026-11-21T08:00", None);
        check("12:00 - 14:30", "2026-11-21T14:29", Some("2026-11-21T14:30"));
        check("12:00-14:30", "2026-11-21T14:30", None);
    }

    #[test]
    fn a_night_in_which_the_clocks_change_ends_by_the_clock() {
        check("23:00-08:00", "2026-03-28T23:30", Some("2026-03-29T08:00"));
        // 02:30 does not exist there.
        check("23:00-02:30", "2026-03-28T23:30", Some("2026-03-29T03:30"));
    }

    /// 02:00 to 03:00 comes twice: at 00:00 UTC, and at 01:00 UTC again.
    #[test]
    fn an_end_that_comes_twice_is_the_next_one() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let quiet = QuietHours::parse("22:00-02:30", zone, Then::Wait).unwrap();
        let ms = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        for (now, expected) in [
            ("2026-10-24T23:00:00Z", Some("2026-10-25T00:30:00Z")),
            ("2026-10-25T00:10:00Z", Some("2026-10-25T00:30:00Z")),
            ("2026-10-25T00:30:00Z", None),
            ("2026-10-25T01:10:00Z", Some("2026-10-25T01:30:00Z")),
            ("2026-10-25T01:30:00Z", None),
        ] {
            assert_eq!(quiet.end_ms(ms(now)), expected.map(ms), "{now}");
        }
    }

    #[test]
    fn what_is_no_hours_is_told() {
        for text in ["", "23:00", "25:00-08:00", "8-9", "x-y"] {
            let error = QuietHours::parse(text, TimeZone::UTC, Then::Wait).unwrap_err();
            assert!(error.contains("such as 23:00-08:00"), "{error}");
        }
        assert!(QuietHours::parse("08:00-08:00", TimeZone::UTC, Then::Drop).is_err());
    }
}
