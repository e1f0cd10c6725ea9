//! Answers in chat what somebody asked of Cliphound there.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use cliphound_clock::Clock;

use cliphound_engine::{About, Answer, SMALL_CHAT, Status};
use cliphound_twitch::{ChannelLogin, helix::Helix};
use tokio::sync::mpsc;

use super::account::Account;
use crate::crew::rest;

/// Answers waiting to be said; when it is full, the newest is left out.
pub const QUEUE: usize = 64;

/// Twitch drops what an account says again within so short a time. The line stands in chat
/// above: so it is not said again.
const SAME_WITHIN_MS: i64 = 30_000;

/// Who answers in chat, while the user wants that. Clones agree.
#[derive(Clone)]
pub struct Voice {
    account: Option<Account>,
    answers: Arc<AtomicBool>,
}

impl Voice {
    /// Without an account nobody answers.
    #[must_use]
    pub fn new(account: Option<Account>, answers: bool) -> Self {
        Self { account, answers: Arc::new(AtomicBool::new(answers)) }
    }

    /// From now on, commands are answered in chat, or are not.
    pub fn answer(&self, answers: bool) {
        self.answers.store(answers, Relaxed);
    }

    /// Twitch's web API as who answers now; `None` when nobody does, or may.
    #[must_use]
    pub fn speaker(&self) -> Option<&Helix> {
        let account = self.account.as_ref().filter(|_| self.answers.load(Relaxed));
        account.and_then(Account::speaker)
    }
}

/// An answer and where it belongs.
#[derive(Debug)]
pub struct ToSay {
    /// The channel.
    pub login: ChannelLogin,
    /// The channel's user id.
    pub broadcaster_id: String,
    /// What is said to whom.
    pub answer: Answer,
}

/// Answers until the queue is closed, one after the other: chat has its own pace.
pub async fn tell(queue: &mut mpsc::Receiver<ToSay>, voice: Voice, clock: Clock) {
    let mut said = Said::default();
    while let Some(ToSay { login, broadcaster_id, answer }) = rest(queue.recv()).await {
        let text = in_words(&answer);
        if !said.is_news(&login, &text, clock.now_ms()) {
            tracing::debug!(channel = %login, "the same answer was just given");
            continue;
        }
        tracing::info!(channel = %login, "answer in chat: {text}");
        if let Some(helix) = voice.speaker() {
            say(helix, &login, &broadcaster_id, &text).await;
        }
    }
}

/// What was said last in each channel, and when.
#[derive(Debug, Default)]
struct Said(BTreeMap<ChannelLogin, (String, i64)>);

impl Said {
    /// Whether Twitch would take it; then it counts as said.
    fn is_news(&mut self, login: &ChannelLogin, text: &str, now_ms: i64) -> bool {
        self.0.retain(|_, (_, at_ms)| now_ms - *at_ms < SAME_WITHIN_MS);
        if self.0.get(login).is_some_and(|(said, _)| said == text) {
            return false;
        }
        self.0.insert(login.clone(), (text.to_owned(), now_ms));
        true
    }
}

/// Says something in a channel's chat; failing is told in the log only.
pub async fn say(helix: &Helix, login: &ChannelLogin, broadcaster_id: &str, text: &str) {
    match helix.send_chat(broadcaster_id, text).await {
        Ok(sent) if !sent.is_sent => {
            let reason = sent.drop_reason.unwrap_or_default();
            tracing::info!(channel = %login, "Twitch dropped the answer: {reason}");
        }
        Ok(_) => tracing::debug!(channel = %login, "answered in chat"),
        Err(error) => tracing::info!(channel = %login, %error, "no answer in chat"),
    }
}

/// What is said: a line far below Twitch's 500 characters.
#[must_use]
pub fn in_words(answer: &Answer) -> String {
    let text = match &answer.about {
        About::Status(status) => in_figures(status),
        About::Paused => "nothing is clipped by itself until !cliphound resume".to_owned(),
        About::Resumed => "moments are clipped again".to_owned(),
        About::Muted(minutes) => format!("nothing is clipped by itself for {minutes} min"),
        About::Usage => "!cliphound status | pause | resume | mute 10m".to_owned(),
    };
    format!("@{} {text}", answer.to)
}

fn in_figures(status: &Status) -> String {
    let doing = match (status.paused, status.muted_for_m) {
        (true, _) => "paused".to_owned(),
        (false, Some(minutes)) => format!("muted for {minutes} min"),
        (false, None) if status.learning => "watching, still learning this channel".to_owned(),
        (false, None) => "watching".to_owned(),
    };
    let size = if status.messages_per_hour < SMALL_CHAT {
        "; a small chat, so expect few moments"
    } else {
        ""
    };
    format!(
        "{doing}: score {:.2}, a clip needs {:.2}; usually {:.0} messages an hour{size}",
        status.score, status.threshold, status.messages_per_hour
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(about: About, expected: &str) {
        assert_eq!(in_words(&Answer { to: "ann".to_owned(), about }), expected);
    }

    #[test]
    fn the_same_is_not_said_twice_within_half_a_minute() {
        let [ann, bob] = ["ann", "bob"].map(|login| ChannelLogin::parse(login).unwrap());
        let mut said = Said::default();
        for (login, text, now_ms, expected) in [
            (&ann, "usage", 0, true),
            (&ann, "usage", 29_999, false),
            (&bob, "usage", 29_999, true),
            (&ann, "usage", 30_000, true),
            (&ann, "other", 31_000, true),
            (&ann, "usage", 32_000, true),
        ] {
            assert_eq!(said.is_news(login, text, now_ms), expected, "{login} {text} {now_ms}");
        }
    }

    #[test]
    fn answers() {
        let status = Status {
            learning: false,
            paused: false,
            muted_for_m: None,
            messages_per_hour: 1200.4,
            score: 0.123,
            threshold: 0.65,
        };
        check(
            About::Status(status.clone()),
            "@ann watching: score 0.12, a clip needs 0.65; usually 1200 messages an hour",
        );
        check(
            About::Status(Status { muted_for_m: Some(3), messages_per_hour: 90.0, ..status }),
            "@ann muted for 3 min: score 0.12, a clip needs 0.65; usually 90 messages an hour; \
             a small chat, so expect few moments",
        );
        check(About::Muted(10), "@ann nothing is clipped by itself for 10 min");
        check(About::Usage, "@ann !cliphound status | pause | resume | mute 10m");
    }
}
