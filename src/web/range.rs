//! Which time and which channel a page or an export is about, as an address says it. Pure.

use cliphound_store::Span;
use cliphound_twitch::ChannelLogin;
use jiff::{Timestamp, ToSpan, civil::Date};
use serde::Deserialize;

use super::{problem::Problem, zone::Zone};

/// Days that are shown when nobody says.
const DAYS: i64 = 30;
/// The longest time, in days: five years.
const MOST_DAYS: i64 = 1_830;

/// What an address asks for.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Asked {
    /// First day, such as 2026-11-01 [default: 30 days ago].
    pub from: String,
    /// Last day [default: today].
    pub to: String,
    /// Only this channel.
    pub channel: String,
    /// Time zone of the days, such as Europe/Berlin [default: that of the browser's cookie
    /// `cliphound_zone`, else of Cliphound's machine].
    pub zone: String,
}

/// A range of days, checked.
#[derive(Debug, Clone)]
pub struct Range {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Where days begin.
    pub zone: Zone,
    /// The zone's name as it was asked for; empty where nobody did.
    pub zone_asked: String,
    /// Only this channel.
    pub channel: Option<ChannelLogin>,
    /// Start of the first day, ms since 1970.
    pub from_ms: i64,
    /// End of the last day, ms since 1970.
    pub to_ms: i64,
}

impl Asked {
    /// Checks it at `now_ms`, for somebody whose own zone is `own`.
    ///
    /// # Errors
    /// One sentence on what can't be read.
    pub fn range(&self, now_ms: i64, own: &Zone) -> Result<Range, Problem> {
        let zone = own.or_typed(&self.zone)?;
        let now = Timestamp::from_millisecond(now_ms).unwrap_or_default();
        let today = now.to_zoned(zone.days().clone()).date();
        let to = date("to", &self.to)?.unwrap_or(today);
        let first = to.checked_sub((DAYS - 1).days()).unwrap_or(to);
        let from = date("from", &self.from)?.unwrap_or(first);
        if !(1..=MOST_DAYS).contains(&days(from, to)) {
            return Err(Problem::bad(format!(
                "the time from {from} to {to} can't be shown: it must go forward, and at most five years"
            )));
        }
        let channel = (!self.channel.is_empty()).then(|| ChannelLogin::parse(&self.channel));
        let channel = channel.transpose().map_err(|error| Problem::bad(error.to_string()))?;
        let (from_ms, to_ms) = (zone.start_of(from), zone.start_of(to.tomorrow().unwrap_or(to)));
        let zone_asked = self.zone.clone();
        Ok(Range { from, to, zone, zone_asked, channel, from_ms, to_ms })
    }

    /// The same as the end of an address; empty parts are left out.
    #[must_use]
    pub fn query(&self) -> String {
        let parts = [
            ("from", &self.from),
            ("to", &self.to),
            ("channel", &self.channel),
            ("zone", &self.zone),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parts.into_iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }
}

impl Range {
    /// The zone's name, for people.
    #[must_use]
    pub fn zone_name(&self) -> &str {
        self.zone.name()
    }

    /// How many days.
    #[must_use]
    pub fn days(&self) -> i64 {
        days(self.from, self.to)
    }

    /// The same for the database; `broadcaster_id` where it is one channel.
    #[must_use]
    pub fn span(&self, broadcaster_id: Option<&str>) -> Span {
        Span::new(broadcaster_id, self.from_ms, self.to_ms)
    }
}

/// With the first and the last one; less than 1 where they are the wrong way round.
fn days(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()) + 1)
}

fn date(what: &str, text: &str) -> Result<Option<Date>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong =
        |_| Problem::bad(format!("“{what}” must be a day such as 2026-11-01, not “{text}”"));
    text.parse().map(Some).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    const NOW_MS: i64 = 1_795_303_200_000;

    fn asked(from: &str, to: &str, zone: &str) -> Result<Range, Problem> {
        let own = str::to_owned;
        Asked { from: own(from), to: own(to), zone: own(zone), channel: String::new() }
            .range(NOW_MS, &Zone::named("Asia/Tokyo").unwrap())
    }

    #[test]
    fn thirty_days_up_to_today_where_nobody_says() {
        let range = asked("", "", "UTC").unwrap();
        assert_eq!(range.to.to_string(), "2026-11-21");
        assert_eq!((range.to_ms - range.from_ms) / 86_400_000, 30);
    }

    #[test]
    fn the_viewers_own_days_where_no_zone_is_typed() {
        let (own, utc) = (asked("", "", "").unwrap(), asked("", "", "UTC").unwrap());
        assert_eq!((own.zone_name(), own.to.to_string().as_str()), ("Asia/Tokyo", "2026-11-22"));
        assert_eq!(utc.to_ms - own.to_ms, -15 * 3_600_000, "their today has begun");
    }

    #[test]
    fn days_begin_where_the_zone_says() {
        let range = asked("2026-11-01", "2026-11-01", "America/New_York").unwrap();
        assert_eq!((range.to_ms - range.from_ms) / 3_600_000, 25, "clocks were set back");
    }

    #[test]
    fn a_zone_without_a_name_is_not_called_utc() {
        let nameless = Zone::from(TimeZone::fixed(jiff::tz::offset(2)));
        let range = Range { zone: nameless, ..asked("", "", "").unwrap() };
        assert_eq!((range.zone_name(), range.zone_asked.as_str()), ("this machine’s zone", ""));
        let range = asked("", "", "Europe/Berlin").unwrap();
        assert_eq!(
            (range.zone_name(), range.zone_asked.as_str()),
            ("Europe/Berlin", "Europe/Berlin")
        );
        assert_eq!(asked("", "", "UTC").unwrap().zone_name(), "UTC");
    }

    #[test]
    fn mistakes_are_told() {
        for (from, to, zone, words) in [
            ("yesterday", "", "", "a day such as"),
            ("2026-11-02", "2026-11-01", "", "must go forward"),
            ("2000-11-02", "2026-11-01", "", "five years"),
            ("", "", "Mars/Base", "no time zone"),
        ] {
            let problem = asked(from, to, zone).unwrap_err();
            assert!(problem.detail.contains(words), "{}", problem.detail);
        }
    }
}
