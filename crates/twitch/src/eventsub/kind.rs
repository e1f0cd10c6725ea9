//! The types of EventSub subscriptions that we use: name, version, scopes, condition. Pure.

use serde_json::{Value, json};

/// A type of subscription. The order is the order of their importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A chat line.
    ChatMessage,
    /// A raid, subscription, gift and the like, as chat shows it.
    ChatNotification,
    /// One message was deleted.
    MessageDelete,
    /// All messages of one user were deleted.
    ClearUserMessages,
    /// The whole chat was cleared.
    ChatClear,
    /// The stream begins.
    StreamOnline,
    /// The stream ends.
    StreamOffline,
    /// Title or category are changed.
    ChannelUpdate,
    /// Advertisements begin.
    AdBreakBegin,
    /// A hype train begins.
    HypeTrainBegin,
    /// A hype train goes on.
    HypeTrainProgress,
    /// A hype train ends.
    HypeTrainEnd,
    /// A reward is redeemed.
    RedemptionAdd,
    /// A poll begins.
    PollBegin,
    /// A poll ends.
    PollEnd,
    /// A prediction begins.
    PredictionBegin,
    /// A prediction ends.
    PredictionEnd,
    /// Bits are cheered.
    Cheer,
    /// Bits are used.
    BitsUse,
    /// Somebody subscribes.
    Subscribe,
    /// Subscriptions are given away.
    SubscriptionGift,
    /// A raid arrives.
    Raid,
}

/// What Twitch wants of each type. Twitch's reference of subscription types, November 2026.
const KINDS: &[(Kind, &str, &str, &[&str])] = &[
    (Kind::ChatMessage, "channel.chat.message", "1", CHAT),
    (Kind::ChatNotification, "channel.chat.notification", "1", CHAT),
    (Kind::MessageDelete, "channel.chat.message_delete", "1", CHAT),
    (Kind::ClearUserMessages, "channel.chat.clear_user_messages", "1", CHAT),
    (Kind::ChatClear, "channel.chat.clear", "1", CHAT),
    (Kind::StreamOnline, "stream.online", "1", &[]),
    (Kind::StreamOffline, "stream.offline", "1", &[]),
    (Kind::ChannelUpdate, "channel.update", "2", &[]),
    (Kind::AdBreakBegin, "channel.ad_break.begin", "1", &["channel:read:ads"]),
    (Kind::HypeTrainBegin, "channel.hype_train.begin", "2", TRAIN),
    (Kind::HypeTrainProgress, "channel.hype_train.progress", "2", TRAIN),
    (Kind::HypeTrainEnd, "channel.hype_train.end", "2", TRAIN),
    (
        Kind::RedemptionAdd,
        "channel.channel_points_custom_reward_redemption.add",
        "1",
        &["channel:read:redemptions", "channel:manage:redemptions"],
    ),
    (Kind::PollBegin, "channel.poll.begin", "1", POLLS),
    (Kind::PollEnd, "channel.poll.end", "1", POLLS),
    (Kind::PredictionBegin, "channel.prediction.begin", "1", PREDICTIONS),
    (Kind::PredictionEnd, "channel.prediction.end", "1", PREDICTIONS),
    (Kind::Cheer, "channel.cheer", "1", &["bits:read"]),
    (Kind::BitsUse, "channel.bits.use", "1", &["bits:read"]),
    (Kind::Subscribe, "channel.subscribe", "1", SUBSCRIPTIONS),
    (Kind::SubscriptionGift, "channel.subscription.gift", "1", SUBSCRIPTIONS),
    (Kind::Raid, "channel.raid", "1", &[]),
];

/// What reading chat needs.
const CHAT: &[&str] = &["user:read:chat"];
const TRAIN: &[&str] = &["channel:read:hype_train"];
const POLLS: &[&str] = &["channel:read:polls", "channel:manage:polls"];
const PREDICTIONS: &[&str] = &["channel:read:predictions", "channel:manage:predictions"];
const SUBSCRIPTIONS: &[&str] = &["channel:read:subscriptions"];

impl Kind {
    /// Everything that a channel's chat is made of.
    pub const CHAT: [Self; 5] = [
        Self::ChatMessage,
        Self::ChatNotification,
        Self::MessageDelete,
        Self::ClearUserMessages,
        Self::ChatClear,
    ];

    /// What any channel tells, for a cost of 1 each.
    pub const OPEN: [Self; 4] =
        [Self::StreamOnline, Self::StreamOffline, Self::ChannelUpdate, Self::Raid];

    /// What only the broadcaster's own token may hear.
    pub fn own() -> impl Iterator<Item = Self> {
        let all = KINDS.iter().map(|(kind, ..)| *kind);
        all.filter(|kind| !Self::CHAT.contains(kind) && !Self::OPEN.contains(kind))
    }

    /// Twitch's name of the type.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The type of a name; `None` when it is not one of ours.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        KINDS.iter().find(|(_, known, ..)| *known == name).map(|(kind, ..)| *kind)
    }

    /// The version that we read.
    #[must_use]
    pub fn version(self) -> &'static str {
        self.row().1
    }

    /// Scopes, any one of which is enough; none are needed where there are none.
    #[must_use]
    pub fn scopes(self) -> &'static [&'static str] {
        self.row().2
    }

    /// Whether a token with these scopes may have it.
    #[must_use]
    pub fn is_allowed(self, scopes: &[String]) -> bool {
        let needed = self.scopes();
        needed.is_empty() || needed.iter().any(|scope| scopes.iter().any(|s| s == scope))
    }

    /// Whether it is part of a channel's chat.
    #[must_use]
    pub fn is_chat(self) -> bool {
        Self::CHAT.contains(&self)
    }

    /// The condition of a subscription: which channel, and as whom.
    #[must_use]
    pub fn condition(self, broadcaster_id: &str, user_id: &str) -> Value {
        if self.is_chat() {
            return json!({"broadcaster_user_id": broadcaster_id, "user_id": user_id});
        }
        match self {
            Self::Raid => json!({"to_broadcaster_user_id": broadcaster_id}),
            _ => json!({"broadcaster_user_id": broadcaster_id}),
        }
    }

    fn row(self) -> (&'static str, &'static str, &'static [&'static str]) {
        let row = KINDS.iter().find(|(kind, ..)| *kind == self);
        row.map_or(("", "", &[]), |(_, name, version, scopes)| (name, version, scopes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_one_row_and_one_group() {
        for (kind, name, version, _) in KINDS {
            assert_eq!(
                (Kind::of(name), kind.name(), kind.version()),
                (Some(*kind), *name, *version)
            );
        }
        assert_eq!(Kind::CHAT.len() + Kind::OPEN.len() + Kind::own().count(), KINDS.len());
        assert!(Kind::own().all(|kind| !kind.scopes().is_empty()));
        assert_eq!(Kind::of("channel.follow"), None);
    }

    #[test]
    fn one_of_the_scopes_is_enough() {
        let scopes = ["channel:manage:polls".to_owned()];
        assert!(Kind::PollEnd.is_allowed(&scopes) && Kind::StreamOnline.is_allowed(&scopes));
        assert!(!Kind::ChatMessage.is_allowed(&scopes));
    }

    #[test]
    fn a_raid_is_asked_for_by_where_it_arrives() {
        assert_eq!(Kind::Raid.condition("1", "2"), json!({"to_broadcaster_user_id": "1"}));
        assert_eq!(
            Kind::ChatClear.condition("1", "2"),
            json!({"broadcaster_user_id": "1", "user_id": "2"})
        );
    }
}
