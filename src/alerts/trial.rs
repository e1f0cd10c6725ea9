//! A test of one alert: sends at once, past quiet hours and outbox, and says what came back.

use cliphound_clock::Clock;

use super::{News, post::Postman, verdict::Verdict};
use crate::{
    config::{Alert, AlertEvent},
    plain::plain_lines,
};

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The receiver took it.
    pub is_sent: bool,
    /// What came back, for people.
    pub told: String,
}

/// Sends a test that looks like a clip of `channel`.
pub async fn send(alert: &Alert, channel: Option<&str>, clock: &Clock) -> Trial {
    let news = sample(channel.unwrap_or("cliphound"), clock.now_ms());
    let verdict = Postman::new(alert.clone()).await.send(&news, clock).await;
    let (name, to) = (&alert.name, &alert.to);
    let is_sent = matches!(verdict, Verdict::Sent(_));
    let told = match verdict {
        Verdict::Sent(said) => format!("{name}: {to} took it ({said})."),
        Verdict::Later { after, why } => {
            let wish = after.map_or_else(String::new, |after| {
                format!("; it wants to be left alone for {} s", after.as_secs().max(1))
            });
            format!("{name}: not sent, it may work later: {why}{wish}.")
        }
        Verdict::Never { why, .. } => format!("{name}: not sent: {why}."),
    };
    Trial { is_sent, told: plain_lines(&told) }
}

/// What a clip would look like.
fn sample(channel: &str, now_ms: i64) -> News {
    News {
        event: AlertEvent::Clip,
        key: format!("test@{now_ms}"),
        channel: channel.to_owned(),
        broadcaster_id: None,
        at_ms: now_ms,
        title: "a test of this alert, no clip was made".to_owned(),
        reason: "you asked for it: a test of this alert".to_owned(),
        cause: "manual:test".to_owned(),
        score: None,
        url: Some(format!("https://www.twitch.tv/{channel}")),
        thumbnail: None,
        game: None,
        is_over: false,
    }
}
