//! What Twitch tells about a channel beside its chat. Only EventSub brings it; most of it
//! for the channel of the token's own user only.

/// Something that happened in a channel, outside its chat.
#[derive(Debug, Clone, PartialEq)]
pub enum Signal {
    /// The stream began.
    Online,
    /// The stream ended.
    Offline,
    /// Title or category were changed (or told anew).
    Updated {
        /// Title of the stream.
        title: String,
        /// Category's name; empty when there is none.
        category: String,
    },
    /// A raid arrived. Chat tells the same by a notice.
    Raid {
        /// Login of the raider.
        login: String,
        /// Viewers that came along.
        viewers: u32,
    },
    /// A hype train.
    HypeTrain {
        /// Beginning, progress or end.
        stage: Stage,
        /// Level, from 1.
        level: u32,
        /// Points contributed so far.
        total: u32,
    },
    /// Bits were cheered. Chat's message tells the same, but for anonymous ones.
    Cheer {
        /// Login of who cheered; `None`: anonymous.
        login: Option<String>,
        /// How many bits.
        bits: u32,
    },
    /// Bits were used, for a cheer or for a power-up.
    BitsUsed {
        /// Login of who used them; `None`: not told.
        login: Option<String>,
        /// How many bits.
        bits: u32,
        /// Twitch's word for what for: `cheer`, `power_up`, …
        what_for: String,
    },
    /// Somebody subscribed. Chat tells the same by a notice.
    Subscribed {
        /// Login of the subscriber.
        login: String,
        /// Somebody else paid.
        is_gift: bool,
    },
    /// Subscriptions were given away. Chat tells the same by a notice.
    Gifted {
        /// Login of the giver; `None`: anonymous.
        login: Option<String>,
        /// How many.
        count: u32,
    },
    /// A reward of the channel's own was redeemed with channel points.
    Redemption {
        /// Login of who redeemed it.
        login: String,
        /// Id of the reward.
        reward_id: String,
        /// The reward's name.
        reward: String,
        /// Its price in channel points.
        cost: u32,
        /// What the viewer wrote with it.
        input: String,
    },
    /// A poll.
    Poll {
        /// Beginning or end.
        stage: Stage,
        /// The question.
        title: String,
        /// How long it is open, in whole seconds, where that was told.
        seconds: Option<u32>,
    },
    /// A prediction.
    Prediction {
        /// Beginning or end.
        stage: Stage,
        /// The question.
        title: String,
        /// How long it can be entered, in whole seconds, where that was told.
        seconds: Option<u32>,
    },
    /// Advertisements begin now.
    AdBreak {
        /// How long they last.
        seconds: u32,
        /// Twitch's schedule began them, not a person.
        automatic: bool,
    },
}

/// How far something has come that lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It begins.
    Begin,
    /// It goes on.
    Progress,
    /// It has ended.
    End,
}
