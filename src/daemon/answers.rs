//! Answers in chat what somebody asked of Cliphound there.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, PoisonError,
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

/// An account says no more lines, over all channels where it is no moderator …
const LINES: usize = 20;
/// … within this time (Twitch's "Chat & Chatbots", rate limits): more would be dropped.
const PACE_MS: i64 = 30_000;
/// No line waits so long for its turn: the machine's clock was set back.
const SET_BACK_MS: i64 = 600_000;

/// Who answers in chat, while the user wants that. Clones agree.
#[derive(Clone)]
pub struct Voice {
    account: Option<Account>,
    answers: Arc<AtomicBool>,
    pace: Arc<Mutex<Pace>>,
    clock: Clock,
}

impl Voice {
    /// Without an account nobody answers.
    #[must_use]
    pub fn new(account: Option<Account>, answers: bool, clock: Clock) -> Self {
        Self { account, answers: Arc::new(AtomicBool::new(answers)), pace: Arc::default(), clock }
    }

    /// From now on, commands are answered in chat, or are not.
    pub fn answer(&self, answers: bool) {
        self.answers.store(answers, Relaxed);
    }

    /// Says something in a channel's chat, when it is its turn and if somebody answers there;
    /// failing is told in the log only.
    pub async fn say(&self, login: &ChannelLogin, broadcaster_id: &str, text: &str) {
        let Some(helix) = self.speaker() else { return };
        let turn_ms = {
            let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
            pace.turn(self.clock.now_ms())
        };
        rest(self.clock.sleep_until_ms(turn_ms)).await;
        match helix.send_chat(broadcaster_id, text).await {
            Ok(sent) if !sent.is_sent => {
                let reason = sent.drop_reason.unwrap_or_default();
                tracing::info!(channel = %login, "Twitch dropped the answer: {reason}");
            }
            Ok(_) => tracing::debug!(channel = %login, "answered in chat"),
            Err(error) => tracing::info!(channel = %login, %error, "no answer in chat"),
        }
    }

    /// Twitch's web API as who answers now; `None` when nobody does, or may.
    fn speaker(&self) -> Option<&Helix> {
        let account = self.account.as_ref().filter(|_| self.answers.load(Relaxed));
        account.and_then(Account::speaker)
    }
}

/// When the last lines were or will be said.
#[derive(Debug, Default)]
struct Pace(VecDeque<i64>);

impl Pace {
    /// When one more line may be said; it counts as said then.
    fn turn(&mut self, now_ms: i64) -> i64 {
        if self.0.back().is_some_and(|last_ms| last_ms - now_ms > SET_BACK_MS) {
            self.0.clear();
        }
        let oldest_ms = if self.0.len() < LINES { None } else { self.0.pop_front() };
        let turn_ms = oldest_ms.map_or(now_ms, |oldest_ms| now_ms.max(oldest_ms + PACE_MS));
        self.0.push_back(turn_ms);
        turn_ms
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
        voice.say(&login, &broadcaster_id, &text).await;
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
        _ if status.paused_by_settings => {
            "paused for good in the settings, which alone end it".to_owned()
        }
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
    fn no_more_is_said_than_twitch_takes() {
        let mut pace = Pace::default();
        let turns: Vec<_> = (0..2 * LINES as i64).map(|nth| pace.turn(nth)).collect();
        assert_eq!(turns[..LINES], (0..LINES as i64).collect::<Vec<_>>());
        assert_eq!(turns[LINES], PACE_MS);
        for window in turns.windows(LINES + 1) {
            assert!(window[LINES] - window[0] >= PACE_MS, "{window:?}");
        }
        assert_eq!(pace.turn(10 * PACE_MS), 10 * PACE_MS);
        assert_eq!(pace.turn(-SET_BACK_MS), -SET_BACK_MS, "the clock was set back");
    }

    #[test]
    fn answers() {
        let status = Status {
            learning: false,
            paused: false,
            paused_by_settings: false,
            muted_for_m: None,
            messages_per_hour: 1200.4,
            score: 0.123,
            threshold: 0.65,
        };
        check(
            About::Status(status.clone()),
            "@ann watching: score 0.12, a clip needs 0.65; usually 1200 messages an hour",
        );
        let by_settings = Status { paused: true, paused_by_settings: true, ..status.clone() };
        check(
            About::Status(by_settings),
            "@ann paused for good in the settings, which alone end it: score 0.12, a clip needs 0.65; \
             usually 1200 messages an hour",
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
