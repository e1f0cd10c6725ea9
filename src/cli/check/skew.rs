//! How far our clock is from Twitch's: moments get their times by it.

use crate::config::Config;

use super::{finding::Finding, services::PATIENCE};

/// Clocks further apart than this spoil the moments' times, in milliseconds.
const MAX_SKEW_MS: i64 = 5_000;

/// Compares our clock with the `Date` of an answer, which even a refusal has. Nothing is
/// said about a simulated time.
pub(super) async fn check(config: &Config, http: &reqwest::Client) -> Option<Finding> {
    let clock = config.clock();
    if (clock.speed() - 1.0).abs() > f64::EPSILON {
        return None;
    }
    let request = http.get(format!("{}/users", config.endpoints.helix)).timeout(PATIENCE);
    let before_ms = clock.now_ms();
    let answer = request.send().await.ok()?;
    let ours_ms = before_ms + (clock.now_ms() - before_ms) / 2;
    let date = answer.headers().get("date")?.to_str().ok()?;
    let theirs_ms = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_millisecond();
    Some(judge(ours_ms, theirs_ms))
}

/// `theirs_ms` is cut to whole seconds: in the mean half a second early.
fn judge(ours_ms: i64, theirs_ms: i64) -> Finding {
    let ahead_ms = ours_ms - (theirs_ms + 500);
    let seconds = (ahead_ms.abs() + 500) / 1_000;
    let way = if ahead_ms > 0 { "fast" } else { "slow" };
    match ahead_ms.abs() {
        0..=1_500 => Finding::ok("clock", "agrees with Twitch's to about a second"),
        1_501..=MAX_SKEW_MS => Finding::ok("clock", format!("{seconds} s {way} against Twitch's")),
        _ => Finding::warn(
            "clock",
            format!("{seconds} s {way} against Twitch's: set it (timedatectl set-ntp true)"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_told_in_seconds() {
        let check = |ours_ms: i64, expected: &str| {
            let line = judge(ours_ms, 1_000_000).to_string();
            assert!(line.contains(expected), "{line}");
        };
        check(1_000_400, "ok    clock         agrees");
        check(1_003_500, "ok    clock         3 s fast");
        check(1_007_500, "warn  clock         7 s fast");
        check(940_500, "warn  clock         60 s slow");
    }
}
