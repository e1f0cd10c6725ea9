//! Which streams there were, from what is known of when a channel was live. Pure.

use cliphound_store::StretchRow;
use jiff::{Timestamp, ToSpan, tz::TimeZone};

/// A break this short is no end of a stream: an encoder that was started anew, a poll that
/// came late.
const SAME_STREAM_MS: i64 = 15 * 60_000;
/// Where nobody knows when a channel is live, a day that begins at this hour stands for its
/// streams: hardly anybody streams through it.
const DAY_BEGINS_H: i8 = 6;

/// A stream of a channel, or a day of one of which nobody knows when it was live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The broadcaster's user id, or `login:LOGIN`.
    pub broadcaster_id: String,
    /// The channel's login.
    pub login: String,
    /// When it began, as far as Cliphound saw it.
    pub start_ms: i64,
    /// When it ended, or what is known of it ends.
    pub end_ms: i64,
    /// It is known to have been live: Twitch was asked.
    pub is_known: bool,
}

impl Stream {
    /// How long it was, in hours; never nothing.
    #[must_use]
    pub fn hours(&self) -> f64 {
        (self.end_ms - self.start_ms).max(1) as f64 / 3_600_000.0
    }
}

/// The streams that `stretches` tell of, the newest first. `zone` is where days begin.
#[must_use]
pub fn streams(stretches: &[StretchRow], zone: &TimeZone) -> Vec<Stream> {
    let mut found: Vec<Stream> = Vec::new();
    let mut rows: Vec<&StretchRow> = stretches.iter().filter(|row| row.kind == "live").collect();
    rows.sort_by_key(|row| (&row.broadcaster_id, row.word != "online", row.start_ms));
    for row in rows {
        match row.word.as_str() {
            "online" => join(&mut found, row),
            "unknown" if !has_known(&found, row) => days(&mut found, row, zone),
            _ => {}
        }
    }
    found.sort_by(|a, b| (b.start_ms, &a.login).cmp(&(a.start_ms, &b.login)));
    found
}

fn join(found: &mut Vec<Stream>, row: &StretchRow) {
    if let Some(last) = found.last_mut()
        && last.broadcaster_id == row.broadcaster_id
        && last.is_known
        && row.start_ms - last.end_ms <= SAME_STREAM_MS
    {
        last.end_ms = last.end_ms.max(row.end_ms);
        return;
    }
    found.push(of(row, row.start_ms, row.end_ms));
}

/// The seconds before Twitch was first asked, or in which it did not answer, are part of no
/// stream of a channel of which it told something.
fn has_known(found: &[Stream], row: &StretchRow) -> bool {
    found.iter().any(|one| one.is_known && one.broadcaster_id == row.broadcaster_id)
}

/// A stretch, cut where days begin.
fn days(found: &mut Vec<Stream>, row: &StretchRow, zone: &TimeZone) {
    let mut start_ms = row.start_ms;
    while start_ms < row.end_ms {
        let end_ms = next_day(start_ms, zone).unwrap_or(i64::MAX).min(row.end_ms);
        let day = of(row, start_ms, end_ms);
        match found.last_mut() {
            Some(last) if same_day(last, &day, zone) => last.end_ms = end_ms,
            _ => found.push(day),
        }
        start_ms = end_ms;
    }
}

fn same_day(last: &Stream, day: &Stream, zone: &TimeZone) -> bool {
    last.broadcaster_id == day.broadcaster_id
        && !last.is_known
        && next_day(last.start_ms, zone) == next_day(day.start_ms, zone)
}

/// When the next day begins.
fn next_day(ms: i64, zone: &TimeZone) -> Option<i64> {
    let at = Timestamp::from_millisecond(ms).ok()?.to_zoned(zone.clone());
    let today = at.date().at(DAY_BEGINS_H, 0, 0, 0).to_zoned(zone.clone()).ok()?;
    let next = if at < today { today } else { today.checked_add(1.day()).ok()? };
    Some(next.timestamp().as_millisecond())
}

fn of(row: &StretchRow, start_ms: i64, end_ms: i64) -> Stream {
    Stream {
        broadcaster_id: row.broadcaster_id.clone(),
        login: row.login.clone(),
        start_ms,
        end_ms,
        is_known: row.word == "online",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn row(login: &str, word: &str, from_h: f64, to_h: f64) -> StretchRow {
        StretchRow {
            broadcaster_id: format!("login:{login}"),
            login: login.to_owned(),
            kind: "live".to_owned(),
            start_ms: (from_h * HOUR as f64) as i64,
            end_ms: (to_h * HOUR as f64) as i64,
            word: word.to_owned(),
        }
    }

    fn check(rows: &[StretchRow], expected: &[(&str, f64, f64)]) {
        let found = streams(rows, &TimeZone::UTC);
        let hours = |ms: i64| ms as f64 / HOUR as f64;
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.login.as_str(), hours(one.start_ms), hours(one.end_ms)))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_short_break_is_no_end() {
        let rows = [
            row("ann", "online", 1.0, 2.0),
            row("ann", "unknown", 2.0, 2.1),
            row("ann", "online", 2.1, 3.0),
            row("ann", "offline", 3.0, 9.0),
            row("ann", "online", 9.0, 10.0),
            row("bob", "online", 2.5, 4.0),
        ];
        check(&rows, &[("ann", 9.0, 10.0), ("bob", 2.5, 4.0), ("ann", 1.0, 3.0)]);
    }

    #[test]
    fn of_who_is_never_known_to_be_live_each_day_is_one() {
        let rows = [row("ann", "unknown", 2.0, 4.0), row("ann", "unknown", 5.0, 40.0)];
        check(&rows, &[("ann", 30.0, 40.0), ("ann", 6.0, 30.0), ("ann", 2.0, 6.0)]);
    }

    #[test]
    fn gaps_and_pauses_are_no_streams() {
        let gap = StretchRow { kind: "gap".to_owned(), ..row("ann", "online", 0.0, 1.0) };
        check(&[gap], &[]);
    }
}
