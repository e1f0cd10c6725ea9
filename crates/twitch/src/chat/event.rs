//! What chat tells us, owned and free of how it came.

use super::signal::Signal;

/// One thing heard from chat.
#[derive(Debug, Clone, PartialEq)]
pub enum ChatEvent {
    /// A chat line of this channel (those that came in by shared chat are left out before).
    Message(ChatMessage),
    /// Raid, subscription, gift and the like (IRC's USERNOTICE).
    UserNotice(UserNotice),
    /// CLEARCHAT: all messages of `user` were deleted, or the whole chat.
    ChatCleared {
        /// Login of the user; `None`: the whole chat.
        user: Option<String>,
    },
    /// CLEARMSG: one message was deleted.
    MessageDeleted {
        /// The message's id.
        id: String,
    },
    /// ROOMSTATE: chat modes that were told; `None` where nothing was said.
    RoomState(RoomState),
    /// NOTICE: Twitch says something about the channel or to us.
    Notice {
        /// Twitch's `msg-id`, such as `msg_channel_suspended`; empty when missing.
        msg_id: String,
        /// The text for people.
        text: String,
    },
    /// The channel is heard from now on: our JOIN or subscription was confirmed.
    Joined,
    /// The channel is not heard any more: its connection was lost (another one follows), or
    /// we were put out.
    Lost(Loss),
    /// Something happened in the channel outside its chat.
    Signal(Signal),
}

/// How a channel's chat was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Why.
    pub why: WhyLost,
    /// The last sign of life before it, Unix milliseconds on our clock; `None`: it was heard
    /// until now.
    pub alive_ms: Option<i64>,
}

/// Why a channel's chat was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyLost {
    /// The connection by IRC broke or fell silent.
    Connection,
    /// Twitch asked us to connect anew.
    Reconnect,
    /// Twitch put us out of the channel, or ended the subscription to its chat.
    PutOut,
    /// The connection to EventSub broke or fell silent.
    EventSub,
}

impl Loss {
    /// Twitch has put us out just now.
    pub const PUT_OUT: Self = Self { why: WhyLost::PutOut, alive_ms: None };
}

/// A chat line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChatMessage {
    /// Message id.
    pub id: String,
    /// Sender's user id.
    pub user_id: String,
    /// Sender's login, lower case.
    pub login: String,
    /// The text, without the `/me` frame.
    pub text: String,
    /// Names of Twitch emotes in the text, each once, in order of first appearance.
    pub emotes: Vec<String>,
    /// The sender owns the channel.
    pub broadcaster: bool,
    /// The sender moderates the channel (lead moderators too).
    pub moderator: bool,
    /// The sender is a VIP of the channel.
    pub vip: bool,
    /// The sender subscribes to the channel (founders too).
    pub subscriber: bool,
    /// Bits cheered.
    pub bits: u32,
}

/// A notice: IRC's USERNOTICE, EventSub's `channel.chat.notification`.
#[derive(Debug, Clone, PartialEq)]
pub struct UserNotice {
    /// What happened.
    pub kind: NoticeKind,
    /// Login of the user it is about, lower case.
    pub login: String,
    /// The text the user added, if any.
    pub text: Option<String>,
    /// Message id.
    pub id: String,
}

/// Kinds of notices that matter to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeKind {
    /// A raid arrived with so many viewers.
    Raid {
        /// Viewers that came along.
        viewers: u32,
    },
    /// A subscription or resubscription.
    Subscription,
    /// Subscriptions given away: a gift to one, or the announcement of many.
    Gift {
        /// How many.
        count: u32,
    },
    /// Anything else, by IRC's `msg-id`.
    Other(String),
}

/// Chat modes of a channel.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RoomState {
    /// Seconds between messages of one user; 0: off.
    pub slow_s: Option<u32>,
    /// Followers only, with the minutes one must have followed; -1: off.
    pub followers_only_min: Option<i64>,
    /// Subscribers only.
    pub subscribers_only: Option<bool>,
    /// Emotes only.
    pub emote_only: Option<bool>,
}

/// `/me` wraps the text as `\x01ACTION text\x01`.
pub(crate) fn without_action(text: &str) -> &str {
    match text.strip_prefix("\u{1}ACTION") {
        Some(inner) => {
            let inner = inner.strip_suffix('\u{1}').unwrap_or(inner);
            inner.strip_prefix(' ').unwrap_or(inner)
        }
        None => text,
    }
}
