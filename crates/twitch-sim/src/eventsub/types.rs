//! The types of subscriptions: name, version, scopes, whose. Pure.

use serde_json::Value;

/// Who may subscribe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// A user, for any channel; the condition names the user.
    Chat,
    /// Anybody, for any channel, at a cost.
    Anybodys,
    /// The broadcaster, for the own channel.
    Own,
}

/// A type of subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Type {
    pub name: &'static str,
    pub version: &'static str,
    pub whose: Whose,
    /// Any one of them is enough.
    pub scopes: &'static [&'static str],
}

const fn chat(name: &'static str) -> Type {
    Type { name, version: "1", whose: Whose::Chat, scopes: &["user:read:chat"] }
}

const fn anybodys(name: &'static str, version: &'static str) -> Type {
    Type { name, version, whose: Whose::Anybodys, scopes: &[] }
}

const fn own(name: &'static str, version: &'static str, scopes: &'static [&'static str]) -> Type {
    Type { name, version, whose: Whose::Own, scopes }
}

const TRAIN: &[&str] = &["channel:read:hype_train"];
const POLLS: &[&str] = &["channel:read:polls", "channel:manage:polls"];
const PREDICTIONS: &[&str] = &["channel:read:predictions", "channel:manage:predictions"];
const REDEMPTIONS: &[&str] = &["channel:read:redemptions", "channel:manage:redemptions"];

const TYPES: &[Type] = &[
    chat("channel.chat.message"),
    chat("channel.chat.notification"),
    chat("channel.chat.message_delete"),
    chat("channel.chat.clear_user_messages"),
    chat("channel.chat.clear"),
    anybodys("stream.online", "1"),
    anybodys("stream.offline", "1"),
    anybodys("channel.update", "2"),
    anybodys("channel.raid", "1"),
    own("channel.hype_train.begin", "2", TRAIN),
    own("channel.hype_train.progress", "2", TRAIN),
    own("channel.hype_train.end", "2", TRAIN),
    own("channel.cheer", "1", &["bits:read"]),
    own("channel.bits.use", "1", &["bits:read"]),
    own("channel.subscribe", "1", &["channel:read:subscriptions"]),
    own("channel.subscription.gift", "1", &["channel:read:subscriptions"]),
    own("channel.channel_points_custom_reward_redemption.add", "1", REDEMPTIONS),
    own("channel.poll.begin", "1", POLLS),
    own("channel.poll.end", "1", POLLS),
    own("channel.prediction.begin", "1", PREDICTIONS),
    own("channel.prediction.end", "1", PREDICTIONS),
    own("channel.ad_break.begin", "1", &["channel:read:ads"]),
];

impl Type {
    /// The type of this name.
    pub fn named(name: &str) -> Option<Self> {
        TYPES.iter().find(|known| known.name == name).copied()
    }

    /// The names of all types.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TYPES.iter().map(|known| known.name)
    }

    /// The broadcaster that a condition is about.
    pub fn broadcaster<'a>(&self, condition: &'a Value) -> Option<&'a str> {
        let key = match self.name {
            "channel.raid" => "to_broadcaster_user_id",
            _ => "broadcaster_user_id",
        };
        condition.get(key)?.as_str().filter(|id| !id.is_empty())
    }
}
