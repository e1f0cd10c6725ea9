//! Twitch's rate limits, as its answers tell them, with times on our own clock.

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
    /// When it is full again, Unix milliseconds of our own clock.
    pub reset_ms: Option<i64>,
}

/// What a read gives way to. Writes (a clip, an answer in chat) never wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Priority {
    /// About a clip that somebody waits for: takes the last point.
    Clip,
    /// Asked for every minute: leaves some points for clips.
    #[default]
    Poll,
    /// Can wait for minutes, such as emotes: leaves a quarter of the bucket.
    Background,
}

impl Priority {
    /// Points that it leaves to what is more urgent, of a bucket of `limit`.
    const fn reserve(self, limit: u32) -> u32 {
        match self {
            Self::Clip => 0,
            // 40 of 800: a minute of clips and of looking for them.
            Self::Poll => limit / 20,
            Self::Background => limit / 4,
        }
    }
}

/// Twitch's buckets are per minute: this long without a word from Twitch.
const DEFAULT_WAIT_MS: i64 = 60_000;
/// A reset further away than this is no reset of a bucket per minute.
const MAX_WAIT_MS: i64 = 600_000;
/// Never at once: the reset is told in whole seconds.
const MIN_WAIT_MS: i64 = 1_000;

impl Limits {
    /// When a read may be sent, if not now: the points that are left are for what is more
    /// urgent, until the bucket is full again.
    #[must_use]
    pub fn free_at_ms(&self, priority: Priority, now_ms: i64) -> Option<i64> {
        let Bucket { limit, remaining, reset_ms } = self.general;
        let reserve = priority.reserve(limit?);
        reset_ms
            .filter(|reset_ms| remaining.is_some_and(|left| left < reserve) && *reset_ms > now_ms)
    }

    /// Takes over what an answer's headers say; what they leave out stays.
    pub(crate) fn update(&mut self, headers: &HeaderMap, heard: Heard) {
        self.general.update(headers, "ratelimit-", heard);
        self.clips.update(headers, "ratelimit-helixclipscreation-", heard);
    }
}

/// When an answer was heard, on both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard {
    /// Unix milliseconds of our clock.
    now_ms: i64,
    /// The same instant on Twitch's clock.
    theirs_ms: i64,
}

impl Heard {
    /// `is_here`: the server is on this machine and has our clock, which in fast time is not
    /// the one that the answer's `Date` comes from.
    pub(crate) fn new(headers: &HeaderMap, now_ms: i64, is_here: bool) -> Self {
        let date = headers.get("date").filter(|_| !is_here).and_then(|date| date.to_str().ok());
        let theirs = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let theirs_ms = theirs.map_or(now_ms, |date| date.timestamp().as_millisecond());
        Self { now_ms, theirs_ms }
    }

    /// How long until a reset (Unix seconds of Twitch's clock); `None` when that is too far
    /// away to be true.
    fn until_ms(self, reset_s: i64) -> Option<i64> {
        let wait_ms = reset_s.checked_mul(1000)?.saturating_sub(self.theirs_ms).max(0);
        (wait_ms <= MAX_WAIT_MS).then_some(wait_ms)
    }
}

impl Bucket {
    fn update(&mut self, headers: &HeaderMap, prefix: &str, heard: Heard) {
        let number = |name: &str| number(headers, &format!("{prefix}{name}"));
        let points = |name: &str| number(name).and_then(|n| u32::try_from(n).ok());
        self.limit = points("limit").or(self.limit);
        self.remaining = points("remaining").or(self.remaining);
        let wait_ms = number("reset").and_then(|reset_s| heard.until_ms(reset_s));
        self.reset_ms = wait_ms.map(|wait_ms| heard.now_ms + wait_ms).or(self.reset_ms);
    }
}

/// When to come back after a 429, on our clock: `Ratelimit-Reset` if it makes sense, else
/// in a minute.
pub(crate) fn retry_at_ms(headers: &HeaderMap, heard: Heard) -> i64 {
    let wait_ms = number(headers, "ratelimit-reset").and_then(|reset_s| heard.until_ms(reset_s));
    heard.now_ms + wait_ms.map_or(DEFAULT_WAIT_MS, |wait_ms| wait_ms.max(MIN_WAIT_MS))
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
        let heard = Heard { now_ms: 50_000, theirs_ms: 50_000 };
        let first = headers(&[
            ("Ratelimit-Limit", "800"),
            ("Ratelimit-Remaining", "799"),
            ("Ratelimit-Reset", "100"),
            ("Ratelimit-Helixclipscreation-Limit", "600"),
            ("Ratelimit-Helixclipscreation-Remaining", "599"),
        ]);
        limits.update(&first, heard);
        let second = headers(&[("Ratelimit-Remaining", "700"), ("Ratelimit-Limit", "many")]);
        limits.update(&second, heard);
        let general = Bucket { limit: Some(800), remaining: Some(700), reset_ms: Some(100_000) };
        let clips = Bucket { limit: Some(600), remaining: Some(599), reset_ms: None };
        assert_eq!(limits, Limits { general, clips });
    }

    #[test]
    fn the_last_points_are_for_what_is_urgent() {
        let check = |remaining: u32, priority: Priority, expected: Option<i64>| {
            let general =
                Bucket { limit: Some(800), remaining: Some(remaining), reset_ms: Some(60_000) };
            let limits = Limits { general, ..Limits::default() };
            assert_eq!(limits.free_at_ms(priority, 50_000), expected, "{remaining} {priority:?}");
            assert_eq!(limits.free_at_ms(priority, 60_000), None, "the bucket is full again");
        };
        check(200, Priority::Background, None);
        check(199, Priority::Background, Some(60_000));
        check(199, Priority::Poll, None);
        check(39, Priority::Poll, Some(60_000));
        check(0, Priority::Clip, None);
        assert_eq!(Limits::default().free_at_ms(Priority::Background, 0), None);
    }

    #[test]
    fn a_429_waits_for_the_reset_within_reason() {
        let check = |reset: &'static str, expected: i64| {
            let headers = headers(&[("Ratelimit-Reset", reset)]);
            let at = retry_at_ms(&headers, Heard::new(&headers, 1_000_000, false));
            assert_eq!(at, expected, "{reset}");
        };
        check("1030", 1_030_000);
        check("1000", 1_001_000);
        check("0", 1_001_000);
        check("soon", 1_060_000);
        check("99999", 1_060_000);
        check("9223372036854775807", 1_060_000);
        let heard = Heard::new(&HeaderMap::new(), 1_000_000, false);
        assert_eq!(retry_at_ms(&HeaderMap::new(), heard), 1_060_000);
    }

    #[test]
    fn the_answer_tells_how_far_the_clocks_are_apart() {
        let headers = headers(&[
            ("Date", "Sun, 01 Nov 2026 12:00:00 GMT"), // 1793534400
            ("Ratelimit-Reset", "1793534430"),
        ]);
        // Our clock is a day behind.
        let now_ms = 1_793_534_400_000 - 86_400_000;
        let heard = Heard::new(&headers, now_ms, false);
        assert_eq!(retry_at_ms(&headers, heard), now_ms + 30_000);
        let mut limits = Limits::default();
        limits.update(&headers, heard);
        assert_eq!(limits.general.reset_ms, Some(now_ms + 30_000));
        // A server on this machine has our clock, whatever its Date.
        let now_ms = 1_793_534_410_000;
        assert_eq!(retry_at_ms(&headers, Heard::new(&headers, now_ms, true)), now_ms + 20_000);
    }
}
