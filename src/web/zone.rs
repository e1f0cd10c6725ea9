//! The zone in which somebody reads times, and in which their days begin. The page's script tells it
//! by a cookie, which is no secret; without one it is the zone of this machine.

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::problem::Problem;

/// Holds the zone's IANA name, such as `Europe/Berlin`.
pub const COOKIE: &str = "cliphound_zone";
/// Letters of a name: the longest there is has 32.
const LONGEST: usize = 64;

/// A time zone. The default is that of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::system())
    }
}

impl From<TimeZone> for Zone {
    fn from(zone: TimeZone) -> Self {
        Self(zone)
    }
}

impl Zone {
    /// That of a name.
    ///
    /// # Errors
    /// One sentence on what is none.
    pub fn named(name: &str) -> Result<Self, Problem> {
        let short = Some(name).filter(|name| name.len() <= LONGEST);
        short.and_then(|name| TimeZone::get(name).ok()).map(Self).ok_or_else(|| {
            let shown: String = name.chars().take(LONGEST).collect();
            Problem::bad(format!("“{shown}” is no time zone: try one such as Europe/Berlin"))
        })
    }

    /// What a browser tells; nothing where it tells none that is known here.
    #[must_use]
    pub fn told(headers: &HeaderMap) -> Option<Self> {
        let jar = CookieJar::from_headers(headers);
        Self::named(jar.get(COOKIE)?.value()).ok()
    }

    /// The one whose name was typed; this one where nobody typed any.
    ///
    /// # Errors
    /// As [`Self::named`].
    pub fn or_typed(&self, name: &str) -> Result<Self, Problem> {
        if name.is_empty() { Ok(self.clone()) } else { Self::named(name) }
    }

    /// Its name, for people: a machine's own may have none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("this machine’s zone")
    }

    /// Where its days begin.
    #[must_use]
    pub fn days(&self) -> &TimeZone {
        &self.0
    }

    /// The start of a day, ms since 1970; 1970 beyond the calendar.
    #[must_use]
    pub fn start_of(&self, date: Date) -> i64 {
        date.to_zoned(self.0.clone()).map_or(0, |start| start.timestamp().as_millisecond())
    }

    /// An instant (ms since 1970) as hours, minutes and seconds: `14:03:07`.
    #[must_use]
    pub fn clock(&self, ms: i64) -> String {
        self.written(ms, "%H:%M:%S")
    }

    /// The same as hours and minutes: `14:03`.
    #[must_use]
    pub fn minute(&self, ms: i64) -> String {
        self.written(ms, "%H:%M")
    }

    /// The same as a day: `2026-11-21`.
    #[must_use]
    pub fn day(&self, ms: i64) -> String {
        self.written(ms, "%Y-%m-%d")
    }

    /// The same as an element of a page, which the script writes as its reader's language does.
    #[must_use]
    pub fn time(&self, ms: i64) -> String {
        let (rfc3339, clock) = (timestamp(ms), self.clock(ms));
        format!("<time datetime=\"{rfc3339}\" data-as=\"time\">{clock}</time>")
    }

    fn written(&self, ms: i64, form: &str) -> String {
        timestamp(ms).to_zoned(self.0.clone()).strftime(form).to_string()
    }
}

/// What lies beyond the calendar is 1970.
fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON_MS: i64 = 1_795_262_400_000;

    #[test]
    fn times_are_those_of_the_zone() {
        let check = |name: &str, expected: [&str; 3]| {
            let zone = Zone::named(name).unwrap();
            let own = [zone.clock(NOON_MS), zone.minute(NOON_MS), zone.day(NOON_MS)];
            assert_eq!(own, expected, "{name}");
        };
        check("UTC", ["12:00:00", "12:00", "2026-11-21"]);
        check("Asia/Kolkata", ["17:30:00", "17:30", "2026-11-21"]);
        check("Pacific/Kiritimati", ["02:00:00", "02:00", "2026-11-22"]);
        let tokyo = Zone::named("Asia/Tokyo").unwrap();
        let element =
            "<time datetime=\"2026-11-21T12:00:00.412Z\" data-as=\"time\">21:00:00</time>";
        assert_eq!(tokyo.time(NOON_MS + 412), element);
        assert_eq!(Zone::named("UTC").unwrap().clock(i64::MAX), "00:00:00");
        let day = "2026-11-22".parse().unwrap();
        assert_eq!(tokyo.start_of(day), NOON_MS + 3 * 3_600_000);
    }

    #[test]
    fn a_cookie_tells_it_and_what_is_none_is_not_believed() {
        let check = |cookie: &str, expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert("cookie", cookie.parse().unwrap());
            let told = Zone::told(&headers);
            assert_eq!(told.as_ref().map(Zone::name), expected, "{cookie}");
        };
        check("cliphound=x; cliphound_zone=Asia/Tokyo", Some("Asia/Tokyo"));
        check("cliphound_zone=europe/berlin", Some("Europe/Berlin"));
        check("zone=Asia/Tokyo", None);
        for wrong in ["", "../../etc/passwd", "/etc/localtime", "Mars/Base", "<b>", "+02:00"] {
            check(&format!("cliphound_zone={wrong}"), None);
        }
        check(&format!("cliphound_zone={}", "Asia/Tokyo".repeat(500)), None);
    }

    #[test]
    fn what_is_typed_comes_first_and_mistakes_are_told() {
        let own = Zone::named("Asia/Tokyo").unwrap();
        assert_eq!(own.or_typed("").unwrap(), own);
        assert_eq!(own.or_typed("UTC").unwrap().name(), "UTC");
        let problem = own.or_typed("Mars/Base").unwrap_err();
        assert!(problem.detail.contains("“Mars/Base” is no time zone"), "{}", problem.detail);
        assert!(own.or_typed(&"x".repeat(9_000)).unwrap_err().detail.len() < 200);
    }
}
