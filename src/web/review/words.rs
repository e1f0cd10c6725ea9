//! The words for what is known of a moment. Pure.

use cliphound_store::{IntentKey, IntentState, Review};

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

/// How a clip stands: the words, and the class of their tag. `is_dry`: nobody asked Twitch.
#[must_use]
pub fn clip(
    state: Option<IntentState>,
    is_dry: bool,
    review: Review,
) -> (&'static str, &'static str) {
    match (state, review) {
        (None, _) => ("no clip", ""),
        (Some(IntentState::Waiting), Review::Asked) => ("waits for your yes", "warn"),
        (Some(IntentState::Waiting), Review::Accepted) => ("will be made from the VOD", ""),
        (Some(IntentState::Waiting), Review::Rejected) => ("will not be made", ""),
        (Some(IntentState::Waiting | IntentState::Requested), _) => ("being made", ""),
        (Some(IntentState::Created), _) => ("made, not to be seen yet", ""),
        (Some(IntentState::Confirmed), _) => ("clipped", "good"),
        (Some(IntentState::Unconfirmed), _) => ("made, but Twitch never showed it", "warn"),
        (Some(IntentState::Unknown), _) => ("Twitch's answer was lost, looked for", "warn"),
        (Some(IntentState::Vod), _) => ("will be made from the VOD", ""),
        (Some(IntentState::Refused), _) if is_dry => ("noted only", ""),
        (Some(IntentState::Refused), _) => ("refused", "bad"),
        (Some(IntentState::Missed), _) => ("missed", "bad"),
        (Some(IntentState::Rejected), _) => ("turned down", ""),
    }
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
    fn a_dry_run_was_not_refused() {
        let refused = |is_dry| clip(Some(IntentState::Refused), is_dry, Review::None);
        assert_eq!((refused(true), refused(false)), (("noted only", ""), ("refused", "bad")));
    }

    #[test]
    fn ids_hold_nothing_odd() {
        let key = IntentKey { broadcaster_id: "login:a_b".to_owned(), trigger_ms: 5 };
        assert_eq!(id(&key), "m-login-a-b-5");
        assert_eq!(megabytes(12_340_000), "12.3 MB");
        assert_eq!((utc(0), rfc3339(i64::MAX)), ("1970-01-01 00:00:00 UTC".into(), String::new()));
    }
}
