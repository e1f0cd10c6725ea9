//! What a receiver's answer means: sent, later, or never. Pure.

use std::time::Duration;

use cliphound_twitch::words::told;

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is there; what the receiver said.
    Sent(String),
    /// It may work later.
    Later {
        /// The receiver wants to be left alone for so long.
        after: Option<Duration>,
        /// What went wrong, in words.
        why: String,
    },
    /// It will never work.
    Never {
        /// Nor will any other for this receiver, as the settings are.
        for_all: bool,
        /// What went wrong, in words.
        why: String,
    },
}

/// Longest pause that a receiver can ask for.
const LONGEST_WISH: Duration = Duration::from_secs(6 * 3_600);

/// An HTTP answer.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// The beginning of its body.
    pub body: &'a str,
}

/// What an HTTP answer means. `now_s`: Unix seconds, for a `Retry-After` that is a date.
#[must_use]
pub fn of_http(answer: &Answer<'_>, now_s: i64) -> Verdict {
    let status = answer.status;
    let said = said(answer.body);
    let said =
        if said.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}, {said}") };
    let never = |for_all, what: &str| Verdict::Never { for_all, why: format!("{what} ({said})") };
    match status {
        200..=299 => Verdict::Sent(said),
        300..=399 => never(
            true,
            "the receiver is elsewhere, and no redirect is followed: write its address of now",
        ),
        401 | 403 => never(true, "the receiver refuses us: check its address, token and rights"),
        404 | 410 => never(
            true,
            "the receiver is not there any more: make a new webhook, or check the address",
        ),
        408 | 425 | 429 | 500..=599 => Verdict::Later { after: after(answer, now_s), why: said },
        _ => never(false, "the receiver does not take this one"),
    }
}

/// The words of an error: JSON's `message` or `error`, else the text.
fn said(body: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let word = |key| json.as_ref().and_then(|json| json.get(key)?.as_str());
    match (word("message").or_else(|| word("error")), &json) {
        (Some(word), _) => told(word),
        // A whole message, as Discord answers, says nothing.
        (None, Some(serde_json::Value::Object(_))) => String::new(),
        _ => told(body),
    }
}

/// What the receiver asks for: a header in seconds or as a date, or Discord's JSON.
fn after(answer: &Answer<'_>, now_s: i64) -> Option<Duration> {
    let json = || {
        let json: serde_json::Value = serde_json::from_str(answer.body).ok()?;
        json.get("retry_after")?.as_f64()
    };
    let header = |text: &str| {
        let text = text.trim();
        let date = || {
            let date = jiff::fmt::rfc2822::parse(text).ok()?;
            Some((date.timestamp().as_second() - now_s) as f64)
        };
        text.parse::<f64>().ok().or_else(date)
    };
    let seconds = answer.retry_after.and_then(header).or_else(json)?;
    let wish = Duration::try_from_secs_f64(seconds.max(0.0)).ok()?;
    Some(wish.min(LONGEST_WISH))
}

/// The pause before the next attempt, in milliseconds: from 5 s, doubled each time, up to two
/// hours, a quarter more or less; longer where the receiver wants that. `seed` keeps alerts
/// from coming at the same instant.
#[must_use]
pub fn pause_ms(tries: u32, seed: u64, wish: Option<Duration>) -> i64 {
    const FIRST_MS: i64 = 5_000;
    const LONGEST_MS: i64 = 2 * 3_600_000;
    let pause_ms = (FIRST_MS << tries.min(20)).min(LONGEST_MS);
    // The finaliser of SplitMix64: neighbours get values that are far apart.
    let mut bits =
        seed.wrapping_mul(31).wrapping_add(u64::from(tries)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    let jitter_ms =
        i64::try_from(bits % 1_001).unwrap_or(500) * (pause_ms / 2) / 1_000 - pause_ms / 4;
    let wish_ms = wish.map_or(0, |wish| i64::try_from(wish.as_millis()).unwrap_or(i64::MAX));
    (pause_ms + jitter_ms).max(wish_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, retry_after: Option<&str>, body: &str, expected: &str) {
        let told = match of_http(&Answer { status, retry_after, body }, 1_000_000_000) {
            Verdict::Sent(why) => format!("sent {why}"),
            Verdict::Later { after, why } => format!("later {after:?} {why}"),
            Verdict::Never { for_all, why } => format!("never {for_all} {why}"),
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn answers_are_understood() {
        check(200, None, "ok", "sent HTTP 200, ok");
        check(200, None, r#"{"id":"1"}"#, "sent HTTP 200");
        check(204, None, "", "sent HTTP 204");
        check(429, Some("3"), "rate_limited", "later Some(3s) HTTP 429, rate_limited");
        check(
            429,
            None,
            r#"{"message":"slow down","retry_after":0.25}"#,
            "later Some(250ms) HTTP 429, slow down",
        );
        check(503, Some("Sun, 09 Sep 2001 01:47:00 GMT"), "", "later Some(20s) HTTP 503");
        check(503, Some("999999999"), "", "later Some(21600s) HTTP 503");
        check(429, Some("-1"), "", "later Some(0ns) HTTP 429");
        check(500, Some("soon"), "", "later None HTTP 500");
        check(
            404,
            None,
            "no_service",
            "never true the receiver is not there any more: make a new webhook, or check the address (HTTP 404, no_service)",
        );
        check(
            401,
            None,
            "",
            "never true the receiver refuses us: check its address, token and rights (HTTP 401)",
        );
        check(
            302,
            None,
            "",
            "never true the receiver is elsewhere, and no redirect is followed: write its address of now (HTTP 302)",
        );
        check(
            400,
            None,
            "invalid_payload",
            "never false the receiver does not take this one (HTTP 400, invalid_payload)",
        );
        check(500, None, "hushhushhushhushhushhush", "later None HTTP 500, …");
    }

    #[test]
    fn pauses_grow_to_two_hours_and_differ() {
        for tries in 0..40 {
            let base = (5_000_i64 << tries.min(20)).min(7_200_000);
            for seed in 0..50 {
                let pause = pause_ms(tries, seed, None);
                assert!((base * 3 / 4..=base * 5 / 4).contains(&pause), "{tries} {seed}: {pause}");
            }
        }
        assert_ne!(pause_ms(3, 1, None), pause_ms(3, 2, None));
        assert_eq!(pause_ms(0, 1, Some(Duration::from_secs(600))), 600_000);
    }
}
