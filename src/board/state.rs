//! All that one channel shows. Pure.

use cliphound_engine::{Live, Quieting, Reason, Second, Status};

use super::{chat::Chat, emotes::Emotes, history::History, noted::Moments};
use crate::trouble::Kind;

/// Seconds over which messages a second are a mean.
const PACE_S: usize = 10;
/// A second older than this is no figure of now: chat sleeps, or is not heard.
const FRESH_MS: i64 = 20_000;

/// All that one channel shows. Times are Twitch's, in Unix milliseconds.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Its id in the database; `None` before chat told it.
    pub key: Option<String>,
    /// Chat is heard now.
    pub is_heard: bool,
    /// Whether it is live.
    pub live: Live,
    /// Viewers, where known.
    pub viewers: Option<u32>,
    /// Category of the stream; empty when not known.
    pub game: String,
    /// Title of the stream; empty when not known.
    pub title: String,
    /// Messages of the last seconds.
    pub pace: Pace,
    /// The second that ended last.
    pub second: Option<Second>,
    /// The forest has not seen enough of the channel yet.
    pub learning: bool,
    /// Windows that the model holds, of 512 at most.
    pub samples: usize,
    /// The model is of an earlier run.
    pub goes_on: bool,
    /// Messages an hour that are usual.
    pub usual_per_hour: f32,
    /// Clips an hour that are wanted.
    pub budget_per_hour: f32,
    /// Its settings hold moments back (`clips.paused`), whatever somebody asks for.
    pub paused_by_settings: bool,
    /// Why what is found is not clipped, if nothing is in any channel.
    pub unclipped: Option<Kind>,
    /// What is unusual about the last second, the strongest first.
    pub reasons: Vec<Reason>,
    /// The last half hour.
    pub history: History,
    /// Emotes that many were on.
    pub emotes: Emotes,
    /// The newest lines.
    pub chat: Chat,
    /// The newest moments.
    pub moments: Moments,
    /// The past was looked up in the database.
    pub is_filled: bool,
    held: Held,
    /// What was asked for outside of chat and is not done yet.
    asked: Option<Asked>,
}

/// What was asked for outside of chat.
#[derive(Debug, Clone, Copy)]
struct Asked {
    /// What will hold.
    held: Held,
    /// So many wishes wait for the channel's task.
    unheard: u32,
    /// When it came to the last one.
    heard_ms: i64,
}

/// Whether moments are held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Held {
    /// They are not.
    #[default]
    No,
    /// Until somebody lets them come again.
    Paused,
    /// For so many minutes more.
    Muted(u32),
}

/// How a channel is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A moment would be found.
    Armed,
    /// The same, by rules alone so far.
    Learning,
    /// Its settings pause it.
    Off,
    /// Somebody paused it.
    Paused,
    /// Somebody muted it, for so many minutes more.
    Muted(u32),
    /// It is off line: nothing is looked for.
    Offline,
    /// Chat is not heard.
    Deaf,
}

impl State {
    /// How it is.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match (self.held(), self.live) {
            _ if self.paused_by_settings => Mode::Off,
            (Held::Paused, _) => Mode::Paused,
            (Held::Muted(minutes), _) => Mode::Muted(minutes),
            (Held::No, Live::Offline) => Mode::Offline,
            (Held::No, _) if !self.is_heard => Mode::Deaf,
            (Held::No, _) if self.learning => Mode::Learning,
            (Held::No, _) => Mode::Armed,
        }
    }

    /// Whether moments are held back; what was just asked for counts.
    #[must_use]
    pub fn held(&self) -> Held {
        self.asked.map_or(self.held, |asked| asked.held)
    }

    /// The last second, unless it is long ago.
    #[must_use]
    pub fn fresh_second(&self, now_ms: i64) -> Option<Second> {
        self.second.filter(|second| now_ms - second.end.0 < FRESH_MS)
    }

    /// What is unusual about the last second, the strongest first; nothing when it is long ago. So
    /// many people, or fewer, are no reason: the engine tells them as what the others are of.
    pub fn unusual(&self, now_ms: i64) -> impl Iterator<Item = &Reason> {
        let is_fresh = self.fresh_second(now_ms).is_some();
        let is_one = |reason: &&Reason| reason.name != "chatters" || reason.value > reason.usual;
        self.reasons.iter().filter(move |_| is_fresh).filter(is_one)
    }

    /// Takes how the engine is at `now_ms`.
    pub(super) fn take(&mut self, now_ms: i64, second: Option<Second>, status: &Status) {
        self.second = second;
        self.learning = status.learning;
        self.usual_per_hour = status.messages_per_hour;
        self.held = match (status.paused, status.muted_for_m) {
            (true, _) => Held::Paused,
            (false, Some(minutes)) => Held::Muted(minutes),
            (false, None) => Held::No,
        };
        self.asked = self.asked.filter(|asked| asked.unheard > 0 || now_ms <= asked.heard_ms);
    }

    /// Somebody asks for it outside of chat.
    pub(super) fn asked(&mut self, quieting: Quieting) {
        let held = match quieting {
            Quieting::Pause => Held::Paused,
            Quieting::Mute(_) if self.held() == Held::Paused => Held::Paused,
            Quieting::Mute(minutes) => Held::Muted(minutes),
            Quieting::Resume => Held::No,
        };
        let unheard = self.asked.map_or(0, |asked| asked.unheard) + 1;
        self.asked = Some(Asked { held, unheard, heard_ms: i64::MIN });
    }

    /// The channel's task has come to one wish.
    pub(super) fn heard(&mut self, now_ms: i64) {
        if let Some(asked) = &mut self.asked {
            asked.unheard = asked.unheard.saturating_sub(1);
            asked.heard_ms = now_ms;
        }
    }
}

/// Messages of the last seconds, by the second in which they were sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace([(i64, u32); PACE_S]);

impl Pace {
    /// A message was sent at `at_ms`.
    pub fn add(&mut self, at_ms: i64) {
        let second = at_ms.div_euclid(1_000);
        let slot = &mut self.0[second.rem_euclid(PACE_S as i64) as usize];
        if slot.0 < second {
            *slot = (second, 0);
        }
        if slot.0 == second {
            slot.1 = slot.1.saturating_add(1);
        }
    }

    /// Messages a second over the ten seconds before `now_ms`.
    #[must_use]
    pub fn per_second(&self, now_ms: i64) -> f32 {
        let now = now_ms.div_euclid(1_000);
        let of_now =
            self.0.iter().filter(|(second, _)| (0..PACE_S as i64).contains(&(now - second)));
        of_now.map(|(_, count)| *count).sum::<u32>() as f32 / PACE_S as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_a_second_are_those_of_the_last_ten() {
        let mut pace = Pace::default();
        for at_ms in [0, 900, 5_000, 9_999, 10_500] {
            pace.add(at_ms);
        }
        for (now_ms, expected) in [(10_500, 0.3), (14_999, 0.3), (15_000, 0.2), (60_000, 0.0)] {
            assert_eq!(pace.per_second(now_ms), expected, "{now_ms}");
        }
        pace.add(3_000);
        assert_eq!(pace.per_second(10_500), 0.4, "a straggler counts when it was sent");
    }

    #[test]
    fn what_was_asked_for_is_shown_until_the_engine_has_followed() {
        let status = |paused| Status {
            learning: false,
            paused,
            paused_by_settings: false,
            muted_for_m: None,
            messages_per_hour: 0.0,
            score: 0.0,
            threshold: 1.0,
        };
        let mut state = State { is_heard: true, ..State::default() };
        state.asked(Quieting::Pause);
        assert_eq!(state.mode(), Mode::Paused);
        state.take(60_000, None, &status(false));
        assert_eq!(state.mode(), Mode::Paused, "the channel is behind and has not come to it");
        state.heard(61_000);
        state.take(61_000, None, &status(false));
        assert_eq!(state.mode(), Mode::Paused, "the engine has not heard of it yet");
        state.take(62_000, None, &status(true));
        state.asked(Quieting::Mute(5));
        assert_eq!(state.mode(), Mode::Paused, "a mute does not end a pause");
        state.asked(Quieting::Resume);
        state.heard(63_000);
        state.take(64_000, None, &status(true));
        assert_eq!(state.mode(), Mode::Armed, "the second wish still waits");
        state.heard(64_000);
        state.take(65_000, None, &status(true));
        assert_eq!(state.mode(), Mode::Paused, "what the engine says holds in the end");
    }
}
