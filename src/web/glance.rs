//! A channel at a glance: what the overview and the API tell of each. Pure.

use cliphound_engine::Live;
use cliphound_twitch::ChannelLogin;
use serde::Serialize;

use crate::{
    board::{
        noted::{Fate, Noted},
        state::{Mode, State},
    },
    trouble::Kind,
};

/// A channel at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Glance {
    /// Its login.
    pub channel: String,
    /// Whether it is live; null while that is not known.
    pub live: Option<bool>,
    /// Viewers, where known.
    pub viewers: Option<u32>,
    /// `armed`, `learning` (rules alone so far), `paused`, `muted`, `offline`, or `not_heard`.
    pub state: &'static str,
    /// Why what is found is not clipped now: `no_log_in`, `log_in_ended` or `dry_run`; null where
    /// it is.
    pub not_clipped: Option<&'static str>,
    /// Minutes that a mute still lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_minutes: Option<u32>,
    /// Messages a second over ten seconds.
    pub messages_per_second: f32,
    /// Distinct people of the last 15 s.
    pub chatters: u32,
    /// Score of the last second, 0 to 1.
    pub score: f32,
    /// What it has to reach, 0 to 1.
    pub threshold: f32,
    /// The newest moment.
    pub last_moment: Option<MomentGlance>,
    /// The newest moment of which there is a clip.
    pub last_clip: Option<MomentGlance>,
    /// How it is.
    #[serde(skip)]
    pub mode: Mode,
    /// Why what is found is not clipped.
    #[serde(skip)]
    pub unclipped: Option<Kind>,
}

/// A moment at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct MomentGlance {
    /// The decision.
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    /// Estimated start of what chat reacted to.
    #[schema(value_type = String, format = DateTime)]
    pub start: jiff::Timestamp,
    /// Its estimated end.
    #[schema(value_type = String, format = DateTime)]
    pub end: jiff::Timestamp,
    /// How unusual it was, 0 to 1.
    pub score: f32,
    /// What the score had to reach, 0 to 1.
    pub threshold: f32,
    /// `hype`, `emote:NAME`, `manual:LOGIN`, `signal:NAME`.
    pub trigger: String,
    /// Why, in words, the strongest reason first.
    pub reasons: Vec<String>,
    /// Title of the clip.
    pub title: String,
    /// What became of it.
    #[serde(flatten)]
    pub fate: Fate,
}

impl MomentGlance {
    /// Of a moment.
    #[must_use]
    pub fn of(noted: &Noted) -> Self {
        let at = |ms| jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
        Self {
            at: at(noted.trigger_ms),
            start: at(noted.start_ms),
            end: at(noted.end_ms),
            score: noted.score,
            threshold: noted.threshold,
            trigger: noted.cause.clone(),
            reasons: noted.reasons.iter().map(|reason| reason.text.clone()).collect(),
            title: noted.title.clone(),
            fate: noted.fate.clone(),
        }
    }
}

impl Glance {
    /// Of a channel at `now_ms`.
    #[must_use]
    pub fn of(login: &ChannelLogin, state: &State, now_ms: i64) -> Self {
        let second = state.fresh_second(now_ms);
        let mode = state.mode();
        Self {
            channel: login.to_string(),
            live: is_live(state.live),
            viewers: state.viewers,
            state: word(mode),
            not_clipped: state.unclipped.map(Kind::as_str),
            muted_minutes: if let Mode::Muted(minutes) = mode { Some(minutes) } else { None },
            messages_per_second: state.pace.per_second(now_ms),
            chatters: second.map_or(0, |second| second.chatters),
            score: second.map_or(0.0, |second| second.score),
            threshold: state.second.map_or(0.0, |second| second.threshold),
            last_moment: state.moments.newest().next().map(MomentGlance::of),
            last_clip: state
                .moments
                .newest()
                .find(|noted| noted.fate.stands.has_clip())
                .map(MomentGlance::of),
            mode,
            unclipped: state.unclipped,
        }
    }

    /// Its score has reached the threshold.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.threshold > 0.0 && self.score >= self.threshold
    }
}

fn is_live(live: Live) -> Option<bool> {
    match live {
        Live::Online => Some(true),
        Live::Offline => Some(false),
        Live::Unknown => None,
    }
}

fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Armed => "armed",
        Mode::Learning => "learning",
        Mode::Paused | Mode::Off => "paused",
        Mode::Muted(_) => "muted",
        Mode::Offline => "offline",
        Mode::Deaf => "not_heard",
    }
}
