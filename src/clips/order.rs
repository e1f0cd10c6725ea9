//! What the channels ask the clip worker for, and what it tells of its clips.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use cliphound_engine::{Cause, Moment};
use cliphound_store::{IntentKey, Words};
use cliphound_twitch::ChannelLogin;
use tokio::sync::{mpsc, oneshot};

use super::state::State;
use crate::{
    config::{Publish, title::neutral_title},
    forget::{Kind, Whom},
};

/// A moment that is to be clipped.
#[derive(Debug, Clone)]
pub struct ClipOrder {
    /// The channel.
    pub login: ChannelLogin,
    /// The channel's user id, once known.
    pub broadcaster_id: Option<String>,
    /// The moment; its times are Twitch's.
    pub moment: Moment,
    /// Title of the clip.
    pub title: String,
    /// Whose words it is.
    pub said: Said,
    /// Length of the clip in seconds, 5 to 60.
    pub duration_s: f32,
    /// Whether the channel is known to be off line.
    pub offline: OfflineFlag,
    /// Whether somebody has to say yes first; settled when the clip is promised.
    pub publish: Publish,
}

impl ClipOrder {
    /// The moment's key.
    #[must_use]
    pub fn key(&self) -> IntentKey {
        let id = self.broadcaster_id.as_deref();
        IntentKey::new(id, self.login.as_str(), self.moment.trigger.0)
    }

    /// It is of this channel, or this user asked for it or said what it is called by.
    #[must_use]
    pub fn is_about(&self, whom: &Whom) -> bool {
        let login = whom.login.as_str();
        match whom.kind {
            Kind::Channel => self.login == whom.login,
            Kind::User => {
                matches!(&self.moment.cause, Cause::Manual(by) if by.eq_ignore_ascii_case(login))
                    || self.said.words.said_by.as_deref() == Some(login)
            }
        }
    }

    /// A title that nobody can object to.
    #[must_use]
    pub fn neutral_title(&self) -> String {
        neutral_title(self.login.as_str(), self.moment.trigger.0)
    }

    /// Somebody asked for it: it is clipped at once.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        matches!(self.moment.cause, Cause::Manual(_))
    }
}

/// A line to the clip worker.
#[derive(Debug)]
pub enum ToClips {
    /// Clip this moment.
    New(ClipOrder),
    /// The burst of this moment went on: its end, score, reasons and what its title tells of them
    /// are new, its trigger is not.
    Extended(ClipOrder),
    /// This moment found no room in the queue when it came: it is recorded as missed.
    Missed(ClipOrder),
    /// These clips are let go of, whatever becomes of them; which ones is told once nobody works on
    /// them any more.
    LetGo(Whom, oneshot::Sender<LetGone>),
}

/// Clips that nobody works on. Once this is dropped, also because nobody waited for it, those of
/// them that are still open go on as the database has them then.
#[derive(Debug)]
pub struct LetGone {
    /// Which.
    pub keys: Vec<IntentKey>,
    back: mpsc::Sender<Vec<IntentKey>>,
}

impl LetGone {
    /// These; given `back` in the end.
    pub(super) fn new(keys: Vec<IntentKey>, back: mpsc::Sender<Vec<IntentKey>>) -> Self {
        Self { keys, back }
    }
}

impl Drop for LetGone {
    fn drop(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        if !keys.is_empty()
            && let Err(error) = self.back.try_send(keys)
        {
            tracing::warn!(%error, "clips that were open go on at the next start");
        }
    }
}

/// Something happened to a clip that people may want to know.
#[derive(Debug, Clone)]
pub struct ClipNews {
    /// The channel.
    pub login: ChannelLogin,
    /// The moment's key.
    pub key: IntentKey,
    /// The channel's user id, once known.
    pub broadcaster_id: Option<String>,
    /// What set the moment off.
    pub cause: Cause,
    /// The moment.
    pub moment: Moment,
    /// The clip's title.
    pub title: String,
    /// Somebody asked for it in chat, and may be answered there.
    pub asked_in_chat: bool,
    /// A picture of the clip, once Twitch shows it.
    pub thumbnail: Option<String>,
    /// Nothing was told of this clip before: it was made, or there will be none.
    pub is_first: bool,
    /// What became of the clip: on the way of the VOD, created, or an end.
    pub state: State,
}

/// Why a moment gets no clip of its own: the promise of the one at `trigger_ms` has its stretch.
#[must_use]
pub fn covered_by(trigger_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(trigger_ms).unwrap_or_default();
    covered_at(&format!("{} UTC", at.strftime("%H:%M:%S")))
}

/// The same with the time in the words of whoever reads it.
#[must_use]
pub fn covered_at(clock: &str) -> String {
    format!("its stretch is that of the moment at {clock}")
}

/// Whose words in chat a clip's title is, and whether they were deleted there since; whether the clip
/// was asked for in chat. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Whose.
    pub words: Words,
    is_deleted: Arc<AtomicBool>,
    is_in_chat: bool,
}

impl Said {
    /// These words, which are there.
    #[must_use]
    pub fn new(words: Words) -> Self {
        let is_in_chat = words.said_by.is_some();
        Self { words, is_deleted: Arc::default(), is_in_chat }
    }

    /// Somebody asked in chat, without words for a title.
    #[must_use]
    pub fn without_words() -> Self {
        Self { is_in_chat: true, ..Self::default() }
    }

    /// The same words, but who asked for the clip did so elsewhere.
    #[must_use]
    pub fn outside_of_chat(self) -> Self {
        Self { is_in_chat: false, ..self }
    }

    /// Whether somebody asked in chat, who gets an answer there.
    #[must_use]
    pub fn is_in_chat(&self) -> bool {
        self.is_in_chat
    }

    /// They were deleted.
    pub fn delete(&self) {
        self.is_deleted.store(true, Ordering::Relaxed);
    }

    /// Whether they were.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.is_deleted.load(Ordering::Relaxed)
    }
}

/// Whether a channel is known to be off line, as its task last heard.
#[derive(Debug, Clone, Default)]
pub struct OfflineFlag(Arc<AtomicBool>);

impl OfflineFlag {
    /// Keeps what was heard.
    pub fn set(&self, offline: bool) {
        self.0.store(offline, Ordering::Relaxed);
    }

    /// Known to be off line.
    #[must_use]
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
