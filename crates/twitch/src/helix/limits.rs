//! Twitch's rate limits, as its answers tell them.

use reqwest::header::HeaderMap;

/// The last seen state of each bucket; all `None` before the first answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// All calls of our token together: `Ratelimit-*`.
    pub general: Bucket,
    /// Create Clip: `Ratelimit-Helixclipscreation-*`.
    pub clips: Bucket,
}

/// One bucket of points that Twitch refills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bucket {
    /// Points in a full bucket.
    pub limit: Option<u32>,
    /// Points left.
    pub remaining: Option<u32>,
    /// When it is full again, Unix milliseconds.
    pub reset_ms: Option<i64>,
}

/// Twitch's buckets are per minute: this long without a word from Twitch.
const DEFAULT_WAIT_MS: i64 = 60_000;
/// A reset further away than this is no reset of a bucket per minute.
const MAX_WAIT_MS: i64 = 600_000;
/// Never at once: the reset is told in whole seconds.
const MIN_WAIT_MS: i64 = 1_000;

impl Limits {
    /// Takes over what an answer's headers say; what they leave out stays.
    pub(crate) fn update(&mut self, headers: &HeaderMap) {
        self.general.update(headers, "ratelimit-");
        self.clips.update(headers, "ratelimit-helixclipscreation-");
    }
}

impl Bucket {
    fn update(&mut self, headers: &HeaderMap, prefix: &str) {
        let number = |name: &str| number(headers, &format!("{prefix}{name}"));
        let points = |name: &str| number(name).and_then(|n| u32::try_from(n).ok());
        self.limit = points("limit").or(self.limit);
        self.remaining = points("remaining").or(self.remaining);
        self.reset_ms = number("reset").and_then(|s| s.checked_mul(1000)).or(self.reset_ms);
    }
}

/// When to come back after a 429: `Ratelimit-Reset` (Unix seconds) if it makes sense,
/// else a minute from `now_ms`.
pub(crate) fn retry_at_ms(headers: &HeaderMap, now_ms: i64) -> i64 {
    let reset = number(headers, "ratelimit-reset").and_then(|s| s.checked_mul(1000));
    match reset.filter(|&ms| ms <= now_ms.saturating_add(MAX_WAIT_MS)) {
        Some(ms) => ms.max(now_ms + MIN_WAIT_MS),
        None => now_ms + DEFAULT_WAIT_MS,
    }
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|&(k, v)| (k.parse().unwrap(), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn both_buckets_are_read_and_kept() {
        let mut limits = Limits::default();
        limits.update(&headers(&[
            ("Ratelimit-Limit", "800"),
            ("Ratelimit-Remaining", "799"),
            ("Ratelimit-Reset", "100"),
            ("Ratelimit-Helixclipscreation-Limit", "600"),
            ("Ratelimit-Helixclipscreation-Remaining", "599"),
        ]));
        limits.update(&headers(&[("Ratelimit-Remaining", "700"), ("Ratelimit-Limit", "many")]));
        let general = Bucket { limit: Some(800), remaining: Some(700), reset_ms: Some(100_000) };
        let clips = Bucket { limit: Some(600), remaining: Some(599), reset_ms: None };
        assert_eq!(limits, Limits { general, clips });
    }

    #[test]
    fn a_429_waits_for_the_reset_within_reason() {
        let check = |reset: &'static str, expected: i64| {
            let at = retry_at_ms(&headers(&[("Ratelimit-Reset", reset)]), 1_000_000);
            assert_eq!(at, expected, "{reset}");
        };
        check("1030", 1_030_000);
        check("1000", 1_001_000);
        check("0", 1_001_000);
        check("soon", 1_060_000);
        check("99999", 1_060_000);
        check("9223372036854775807", 1_060_000);
        assert_eq!(retry_at_ms(&HeaderMap::new(), 1_000_000), 1_060_000);
    }
}
