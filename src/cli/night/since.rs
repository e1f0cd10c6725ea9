//! Since when `night` tells. Pure.

use jiff::{Span, Timestamp, ToSpan, Zoned, civil};

use crate::cli::UsageError;

/// A time, a date (its beginning), or how long ago; by itself yesterday noon, so that an
/// evening that went on after midnight is on the page as a whole.
pub fn parse(text: Option<&str>, now: &Zoned) -> Result<Zoned, UsageError> {
    let Some(text) = text.map(str::trim) else { return Ok(yesterday_noon(now)) };
    let since = time(text, now).or_else(|| ago(text, now));
    let since = since.ok_or_else(|| {
        if let Ok(count) = text.trim_start_matches('-').parse::<u64>() {
            return UsageError(format!(
                "“{text}” of what? Say {count}h for hours, {count}d for days, {count}min for minutes"
            ));
        }
        UsageError(format!(
            "“{text}” is no time: give one such as 2026-11-20T18:00:00Z, a date such as 2026-11-20, or how long ago, such as 12h"
        ))
    })?;
    if since > *now {
        return Err(UsageError(format!("“{text}” is in the future: there is nothing to tell yet")));
    }
    Ok(since)
}

fn yesterday_noon(now: &Zoned) -> Zoned {
    let noon = now.yesterday().and_then(|day| day.with().time(civil::time(12, 0, 0, 0)).build());
    noon.unwrap_or_else(|_| now.clone())
}

fn time(text: &str, now: &Zoned) -> Option<Zoned> {
    let zone = now.time_zone();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.to_zoned(zone.clone()));
    }
    text.parse::<civil::DateTime>().ok()?.to_zoned(zone.clone()).ok()
}

fn ago(text: &str, now: &Zoned) -> Option<Zoned> {
    let span: Span = text.parse().ok()?;
    // A longer one than any database is.
    let is_sane = span.get_years() <= 100;
    let past = now.checked_sub(span.abs()).ok()?;
    (is_sane && past >= now.checked_sub(100.years()).ok()?).then_some(past)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_dates_and_durations() {
        let now: Zoned = "2026-11-21T09:14:00+01:00[+01:00]".parse().unwrap();
        let check = |text: Option<&str>, expected: &str| {
            let since = parse(text, &now).map(|since| since.timestamp().to_string());
            assert_eq!(since.unwrap_or_else(|error| error.to_string()), expected, "{text:?}");
        };
        check(None, "2026-11-20T11:00:00Z");
        check(Some("2026-11-20T18:00:00Z"), "2026-11-20T18:00:00Z");
        check(Some("2026-11-20T18:00:00+02:00"), "2026-11-20T16:00:00Z");
        check(Some("2026-11-20T18:00"), "2026-11-20T17:00:00Z");
        check(Some("2026-11-20"), "2026-11-19T23:00:00Z");
        check(Some("12h"), "2026-11-20T20:14:00Z");
        check(Some(" 90 min"), "2026-11-21T06:44:00Z");
        check(Some("2d"), "2026-11-19T08:14:00Z");
        check(Some("1h30m"), "2026-11-21T06:44:00Z");
        check(Some("-5h"), "2026-11-21T03:14:00Z");
        check(Some("12"), "“12” of what? Say 12h for hours, 12d for days, 12min for minutes");
        check(Some("-12"), "“-12” of what? Say 12h for hours, 12d for days, 12min for minutes");
        for wrong in ["", "yesterday", "--json", "2026-13-01", "9000 years"] {
            let error = parse(Some(wrong), &now).unwrap_err().to_string();
            assert!(error.contains("is no time"), "{error}");
        }
        let future = parse(Some("2026-11-22"), &now).unwrap_err().to_string();
        assert!(future.contains("in the future"), "{future}");
    }
}
