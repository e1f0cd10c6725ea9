//! The device code flow: the user types a code at Twitch, and we ask until that is done.

use std::{fmt, time::Duration};

use cliphound_clock::Clock;
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use twitch_api::client::Response;

use super::{
    app::{self, App},
    endpoint::{Pair, is_token},
    error::LoginError,
    http,
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// What `slow_down` adds to the interval (RFC 8628, 3.5).
const SLOWER_MS: i64 = 5_000;
/// Bounds of what Twitch may ask for: nobody waits for days, and nobody is asked all the time.
const INTERVAL_S: (u64, u64) = (1, 60);
const LIFETIME_S: (u64, u64) = (10, 3_600);

/// A log-in that waits for the user.
#[derive(Clone, Deserialize)]
pub struct DeviceCode {
    device_code: SecretString,
    /// What the user types, if the address does not hold it.
    pub user_code: String,
    /// Where the user goes.
    pub verification_uri: String,
    /// Seconds until it is worth nothing.
    expires_in: u64,
    /// Seconds between two questions.
    #[serde(default = "usual_interval")]
    interval: u64,
}

fn usual_interval() -> u64 {
    5
}

impl DeviceCode {
    /// How long the user has.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(self.expires_in.clamp(LIFETIME_S.0, LIFETIME_S.1))
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode").field("user_code", &self.user_code).finish_non_exhaustive()
    }
}

impl App {
    /// Begins a log-in that asks for `scopes`.
    ///
    /// # Errors
    /// When Twitch refuses the application or a scope, or gives no usable answer.
    pub async fn ask_device(&self, scopes: &[String]) -> Result<DeviceCode, LoginError> {
        let scopes = scopes.join(" ");
        let form = [("client_id", self.0.client_id.as_str()), ("scopes", scopes.as_str())];
        let answer = self.post("device", &form).await?;
        if answer.status() != StatusCode::OK {
            return Err(app::refusal(&answer));
        }
        let code: Option<DeviceCode> = serde_json::from_slice(answer.body()).ok();
        code.filter(|code| is_token(code.device_code.expose_secret()))
            .ok_or_else(|| LoginError::Unreachable("its answer makes no sense".to_owned()))
    }

    /// Asks Twitch, as often as it likes, until the user has said yes or no or the code has
    /// run out. Trouble with the network is waited out. The scopes are sent again, as Twitch
    /// wants it. Dropping the future breaks the log-in off.
    ///
    /// # Errors
    /// [`LoginError::Denied`], [`LoginError::Expired`], or what Twitch did not like.
    pub async fn wait_for_user(
        &self,
        code: &DeviceCode,
        scopes: &[String],
        clock: &Clock,
    ) -> Result<Pair, LoginError> {
        let mut pace = Pace::new(code, clock.now_ms());
        let scopes = scopes.join(" ");
        let form = [
            ("grant_type", GRANT),
            ("device_code", code.device_code.expose_secret()),
            ("scopes", scopes.as_str()),
        ];
        while let Some(at_ms) = pace.next_ms(clock.now_ms()) {
            clock.sleep_until_ms(at_ms).await;
            let judged = match self.grant(&form).await {
                Ok(answer) => judge(&answer),
                Err(error) => Err(error),
            };
            match judged {
                Ok(Answer::Yes(pair)) => return Ok(pair),
                Ok(Answer::NotYet) => {}
                Ok(Answer::SlowDown) => pace.slow_down(),
                Err(LoginError::Unreachable(why)) => {
                    tracing::debug!(why, "Twitch's log-in can't be asked; trying again");
                }
                Err(error) => return Err(error),
            }
        }
        Err(LoginError::Expired)
    }
}

enum Answer {
    Yes(Pair),
    NotYet,
    SlowDown,
}

/// What Twitch said. A code that ran out is `invalid device code` there.
fn judge(answer: &Response) -> Result<Answer, LoginError> {
    if answer.status() == StatusCode::OK {
        return app::pair(answer).map(Answer::Yes);
    }
    let message = http::message(answer).to_ascii_lowercase().replace([' ', '-'], "_");
    let says = |words: &str| message.contains(words);
    match answer.status() {
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            if says("authorization_pending") {
                Ok(Answer::NotYet)
            } else if says("slow_down") {
                Ok(Answer::SlowDown)
            } else if says("denied") {
                Err(LoginError::Denied)
            } else if says("expired") || says("invalid_device_code") {
                Err(LoginError::Expired)
            } else {
                Err(app::refusal(answer))
            }
        }
        StatusCode::TOO_MANY_REQUESTS => Ok(Answer::SlowDown),
        _ => Err(app::refusal(answer)),
    }
}

/// When to ask.
struct Pace {
    ends_ms: i64,
    interval_ms: i64,
}

impl Pace {
    fn new(code: &DeviceCode, now_ms: i64) -> Self {
        let ms = |seconds: u64, (least, most): (u64, u64)| {
            i64::try_from(seconds.clamp(least, most) * 1_000).unwrap_or(i64::MAX)
        };
        let ends_ms = now_ms.saturating_add(ms(code.expires_in, LIFETIME_S));
        Self { ends_ms, interval_ms: ms(code.interval, INTERVAL_S) }
    }

    /// The next question; `None` when there is no time for one.
    fn next_ms(&self, now_ms: i64) -> Option<i64> {
        let at_ms = now_ms.saturating_add(self.interval_ms);
        (at_ms <= self.ends_ms).then_some(at_ms)
    }

    fn slow_down(&mut self) {
        self.interval_ms += SLOWER_MS;
    }
}

#[cfg(test)]
mod tests {
    use twitch_api::client::Bytes;

    use super::*;

    fn code(expires_in: u64, interval: u64) -> DeviceCode {
        DeviceCode {
            device_code: "hush".into(),
            user_code: "ABCD".to_owned(),
            verification_uri: "https://example.org".to_owned(),
            expires_in,
            interval,
        }
    }

    #[test]
    fn the_pace_is_twitchs_until_the_code_runs_out() {
        let mut pace = Pace::new(&code(30, 5), 1_000);
        assert_eq!(pace.next_ms(1_000), Some(6_000));
        pace.slow_down();
        assert_eq!(pace.next_ms(6_000), Some(16_000));
        assert_eq!(pace.next_ms(21_000), Some(31_000));
        assert_eq!(pace.next_ms(21_001), None);
    }

    #[test]
    fn odd_times_are_held_within_bounds() {
        let pace = Pace::new(&code(u64::MAX, 0), 0);
        assert_eq!((pace.ends_ms, pace.interval_ms), (3_600_000, 1_000));
        assert_eq!(code(0, 5).lifetime(), Duration::from_secs(10));
    }

    #[test]
    fn each_answer_has_its_meaning() {
        let check = |status: u16, body: &'static str, expected: &str| {
            let mut answer = Response::new(Bytes::from_static(body.as_bytes()));
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            let found = match judge(&answer) {
                Ok(Answer::Yes(_)) => "yes".to_owned(),
                Ok(Answer::NotYet) => "not yet".to_owned(),
                Ok(Answer::SlowDown) => "slower".to_owned(),
                Err(error) => format!("{error:?}"),
            };
            assert_eq!(found, expected, "{body}");
        };
        check(200, r#"{"access_token":"a","refresh_token":"b"}"#, "yes");
        check(400, r#"{"status":400,"message":"authorization_pending"}"#, "not yet");
        check(400, r#"{"status":400,"message":"slow_down"}"#, "slower");
        check(429, "", "slower");
        check(400, r#"{"status":400,"message":"access_denied"}"#, "Denied");
        check(400, r#"{"error":"expired_token"}"#, "Expired");
        check(400, r#"{"status":400,"message":"invalid device code"}"#, "Expired");
        check(400, r#"{"message":"invalid client"}"#, r#"Refused("invalid client")"#);
        check(503, "busy", r#"Unreachable("it answered 503: busy")"#);
        check(200, "{}", r#"Unreachable("its answer makes no sense")"#);
    }

    #[test]
    fn the_device_code_is_a_secret() {
        assert!(!format!("{:?}", code(30, 5)).contains("hush"));
    }
}
