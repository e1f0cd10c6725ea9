//! What an engine is told: everything that can change a decision, each with its time.

use serde::{Deserialize, Serialize};

use crate::{
    effect::{Cause, Moment, Reason},
    gist::Gist,
    settings::Settings,
    text::{ChannelEmotes, EmoteSet},
    time::EventTime,
};

/// One thing that happened in or around a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A chat line.
    Message(Message),
    /// A chat line of a stored run whose text was deleted since. It has no form of its own
    /// in JSON: who stores it packs what was read.
    #[serde(skip)]
    Erased(Erased),
    /// CLEARMSG: one message was deleted.
    MessageDeleted {
        /// Twitch's id of the message.
        id: String,
    },
    /// CLEARCHAT with a target: all messages of one user were deleted.
    UserCleared {
        /// The user's login in lower case.
        user: String,
    },
    /// CLEARCHAT without a target: the whole chat was cleared.
    ChatCleared,
    /// A raid arrived in this channel.
    Raid {
        /// Viewers that came along.
        viewers: u32,
    },
    /// Somebody subscribed, or shared a resubscription.
    Subscription,
    /// Subscriptions were given away.
    Gift {
        /// How many.
        count: u32,
    },
    /// An ad break began.
    AdBreak {
        /// Its length in seconds.
        seconds: u32,
    },
    /// A poll or a prediction began or ended.
    Poll,
    /// Something that the streamer named happened: a hype train, a large cheer, a redemption.
    Signal {
        /// The streamer's name for it.
        name: String,
        /// A moment at once; otherwise the score is raised for a while.
        forces: bool,
    },
    /// How loud the stream is, about once a second.
    Sound {
        /// Momentary loudness in dB below digital full scale, 0 at most.
        level_db: f32,
    },
    /// Somebody's clip or an editor says that a highlight was here: chat's delay is learned from it.
    Evidence {
        /// Its start.
        start: EventTime,
        /// Its end.
        end: EventTime,
    },
    /// Somebody holds moments back or lets them come again, outside of chat.
    Quiet(Quieting),
    /// Somebody who may asks for a moment outside of chat, as `!clip` does in it. Within the
    /// cooldown of commands it is the same moment as the one before, and nothing happens.
    Asked {
        /// Who: the name in the moment's cause.
        by: String,
        /// The title of the clip, if they gave one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// What an editor thinks of a moment, or does not think any more: the channel is taught by it.
    Verdict(VerdictInput),
    /// All verdicts that there are, in place of those known; none at all starts anew.
    Verdicts(Vec<VerdictInput>),
    /// Viewers by Get Streams; `None` when they are not known.
    Viewers(Option<u32>),
    /// Whether the channel is live.
    Live(Live),
    /// Chat was not heard from here on, until [`Input::Reconnected`].
    Disconnected,
    /// Chat is heard again.
    Reconnected,
    /// New settings hold from now on.
    Settings(Settings),
    /// The emotes of the channel besides the built-in ones, from now on: all of them, not what
    /// is new.
    Emotes(EmoteSet),
}

impl Input {
    /// Whether it is a chat line, with its text or without.
    #[must_use]
    pub fn is_line(&self) -> bool {
        matches!(self, Self::Message(_) | Self::Erased(_))
    }
}

/// An editor's verdict on a moment, with what the moment was found by: it may be one of an
/// earlier run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictInput {
    /// The moment's trigger: a later verdict on it replaces this one.
    pub trigger: EventTime,
    /// What is thought of it; `None` withdraws what was said.
    pub verdict: Option<Verdict>,
    /// What set the moment off: of what somebody asked for, nothing is learned.
    pub cause: Cause,
    /// Its score, 0 to 1.
    pub score: f32,
    /// What the score had to reach, 0 to 1.
    pub threshold: f32,
    /// Its reasons, as they were told.
    pub reasons: Vec<Reason>,
}

impl VerdictInput {
    /// A verdict on `moment`.
    #[must_use]
    pub fn of(moment: &Moment, verdict: Option<Verdict>) -> Self {
        Self {
            trigger: moment.trigger,
            verdict,
            cause: moment.cause.clone(),
            score: moment.score,
            threshold: moment.threshold,
            reasons: moment.reasons.clone(),
        }
    }
}

/// What an editor thinks of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Worth a clip.
    Kept,
    /// Not worth one.
    Rejected,
}

/// How moments are held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quieting {
    /// Until `Resume`.
    Pause,
    /// For so many minutes.
    Mute(u32),
    /// Not any more.
    Resume,
}

/// Whether a channel is live. What is not known counts as live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Live {
    /// Not known: counts as live.
    #[default]
    Unknown,
    /// Known to be live.
    Online,
    /// Known to be off line: nothing triggers.
    Offline,
}

/// One chat line.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Message {
    /// Twitch's message id, where there is one: deletions name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The sender's login in lower case; `None` counts as a chatter of its own.
    pub user: Option<String>,
    /// The text as sent, without the `/me` frame.
    pub text: String,
    /// Names of the Twitch emotes in the text, from its tags, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emotes: Vec<String>,
    /// What the sender may do in this channel.
    #[serde(default, skip_serializing_if = "Role::is_viewer")]
    pub role: Role,
    /// Bits cheered with the message.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bits: u32,
}

/// A chat line without its text: it decides what the [`Message`] decided.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Erased {
    /// See [`Message::id`].
    pub id: Option<String>,
    /// See [`Message::user`]; it may be another name than the one of the sender.
    pub user: Option<String>,
    /// See [`Message::role`].
    pub role: Role,
    /// See [`Message::bits`].
    pub bits: u32,
    /// What was read from the text.
    pub gist: Gist,
}

impl Erased {
    /// A message as the engine sees it in a channel with these emotes.
    #[must_use]
    pub fn of(message: &Message, emotes: &ChannelEmotes) -> Self {
        Self {
            id: message.id.clone(),
            user: message.user.clone(),
            role: message.role,
            bits: message.bits,
            gist: Gist::of(message, emotes),
        }
    }
}

/// What a chatter may do in the channel, as the badges say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everybody else.
    #[default]
    Viewer,
    /// Subscriber.
    Subscriber,
    /// VIP.
    Vip,
    /// Moderator or lead moderator.
    Moderator,
    /// The channel's owner.
    Broadcaster,
}

impl Role {
    /// Everybody else than those with a role.
    #[must_use]
    pub fn is_viewer(&self) -> bool {
        *self == Self::Viewer
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(bits: &u32) -> bool {
    *bits == 0
}
