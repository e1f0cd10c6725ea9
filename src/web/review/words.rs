//! The words for what is known of a moment. Pure.

use cliphound_store::{IntentKey, Listed, MomentRow, Verdict};

/// A time as `datetime` of an element and the API tell it; empty beyond the calendar.
#[must_use]
pub fn rfc3339(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map(|time| time.to_string()).unwrap_or_default()
}

/// A time for people without a script.
#[must_use]
pub fn utc(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map(|time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
        .unwrap_or_default()
}

/// What set a moment off.
#[must_use]
pub fn cause(words: &str) -> String {
    match words.split_once(':') {
        Some(("emote", name)) => format!("many people on {name}"),
        Some(("manual", who)) => format!("asked for by {who}"),
        Some(("signal", name)) => format!("signal {name}"),
        _ => "many people at once".to_owned(),
    }
}

/// What a clip that was cut anew shows beside its moment as that was found.
#[must_use]
pub fn cut(moment: &MomentRow, start_ms: i64, end_ms: i64) -> String {
    let start = shift(start_ms - moment.start_ms);
    let end = shift(end_ms - moment.end_ms);
    format!("starts {start}, ends {end}; {} long", seconds(end_ms - start_ms))
}

/// So much later, or earlier below 0.
fn shift(by_ms: i64) -> String {
    // In tenths of a second, as cuts are asked for.
    match (by_ms + 50).div_euclid(100) {
        0 => "as before".to_owned(),
        1.. => format!("{} later", seconds(by_ms)),
        _ => format!("{} earlier", seconds(-by_ms)),
    }
}

fn seconds(ms: i64) -> String {
    let tenths = (ms as f64 / 100.0).round() / 10.0;
    format!("{tenths} s")
}

/// To somebody whose verdict met the opposite one, which they had not seen.
#[must_use]
pub fn crossed(row: &Listed, wanted: Verdict) -> String {
    let by = row.by.as_deref().unwrap_or("somebody");
    let theirs = row.verdict.map_or("judged", Verdict::as_str);
    let wanted = wanted.as_str();
    format!(
        "{by} {theirs} this moment meanwhile, so your “{wanted}” does not count: say it once more if it shall."
    )
}

/// To somebody whose verdict holds: on the moment that is called so.
#[must_use]
pub fn judged(verdict: Verdict, moment: &str) -> String {
    let done = match verdict {
        Verdict::Kept => "Kept",
        Verdict::Rejected => "Rejected",
    };
    format!("{done}: {moment}.")
}

/// The id of a moment's elements.
#[must_use]
pub fn id(key: &IntentKey) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let of: String = key.broadcaster_id.chars().map(plain).collect();
    format!("m-{of}-{}", key.trigger_ms)
}

/// Bytes for people.
#[must_use]
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told() {
        for (words, expected) in [
            ("hype", "many people at once"),
            ("emote:KEKW", "many people on KEKW"),
            ("manual:ann", "asked for by ann"),
            ("signal:hype train", "signal hype train"),
        ] {
            assert_eq!(cause(words), expected);
        }
    }

    #[test]
    fn what_a_cut_changed_is_said() {
        let moment = crate::clips::sample::moment("7", 100_000);
        let check = |start_ms: i64, end_ms: i64, expected: &str| {
            assert_eq!(cut(&moment, 100_000 + start_ms, 100_000 + end_ms), expected);
        };
        check(-30_000, 0, "starts 10 s earlier, ends as before; 30 s long");
        check(-20_000, 5_500, "starts as before, ends 5.5 s later; 25.5 s long");
        check(-12_000, -2_000, "starts 8 s later, ends 2 s earlier; 10 s long");
        check(-20_040, 40, "starts as before, ends as before; 20.1 s long");
    }

    #[test]
    fn ids_hold_nothing_odd() {
        let key = IntentKey { broadcaster_id: "login:a_b".to_owned(), trigger_ms: 5 };
        assert_eq!(id(&key), "m-login-a-b-5");
        assert_eq!(megabytes(12_340_000), "12.3 MB");
        assert_eq!((utc(0), rfc3339(i64::MAX)), ("1970-01-01 00:00:00 UTC".into(), String::new()));
    }
}
