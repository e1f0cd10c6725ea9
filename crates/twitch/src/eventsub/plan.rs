//! Which subscriptions are made over which connection, within Twitch's limits. Pure.
//!
//! Chat costs nothing where our user authorised the application; what any channel tells
//! about its stream costs 1 a piece, unless the channel is our user's own. What does not
//! fit is left to IRC (chat) and to Get Streams (live or not).

use super::kind::Kind;
use crate::ChannelLogin;

/// WebSockets with subscriptions, for an application and a user. Twitch, November 2026.
pub const MAX_CONNECTIONS: usize = 3;
/// Subscriptions of one WebSocket.
pub const MAX_SUBSCRIPTIONS: usize = 300;
/// Cost of all subscriptions of an application and a user together.
pub const MAX_COST: usize = 10;
/// Rooms that a user may be in at a time; the own one does not count.
pub const MAX_ROOMS: usize = 100;

/// A channel to be heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Login.
    pub login: ChannelLogin,
    /// The broadcaster's user id.
    pub id: String,
}

/// A subscription to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// Its type.
    pub kind: Kind,
    /// The channel.
    pub channel: ChannelLogin,
    /// The channel's user id.
    pub broadcaster_id: String,
}

/// What is asked of EventSub.
#[derive(Debug, Clone)]
pub struct Wishes<'a> {
    /// The token's user id.
    pub user_id: &'a str,
    /// What the token may do.
    pub scopes: &'a [String],
    /// The channels, the dearest first.
    pub channels: &'a [Watched],
    /// Chat is to be read by EventSub.
    pub chat: bool,
    /// What only the token's own user may hear of the own channel is to be told.
    pub signals: bool,
}

/// Who makes which subscriptions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The subscriptions of each connection, the most important first.
    pub connections: Vec<Vec<Want>>,
    /// Channels whose chat comes by EventSub.
    pub chat: Vec<ChannelLogin>,
    /// Channels whose chat was wished for and does not fit.
    pub too_many: Vec<ChannelLogin>,
    /// What it costs, at most [`MAX_COST`].
    pub cost: usize,
    /// Channels whose begin and end come by EventSub.
    live: usize,
    /// Our user's own channel is among them.
    own: bool,
    /// Types that the own channel tells, beyond what others do.
    signals: usize,
    /// The token lacks the scope to read chat.
    unread: bool,
    /// The token's user.
    pub(super) user_id: String,
    /// Chat is read, of these channels and of those that come.
    pub(super) may_chat: bool,
}

impl Plan {
    /// The plan for what is wished for. Without any subscription it has no connection.
    #[must_use]
    pub fn new(wishes: &Wishes<'_>) -> Self {
        let mut plan = Self { user_id: wishes.user_id.to_owned(), ..Self::default() };
        plan.plan_chat(wishes);
        let own = wishes.channels.iter().find(|channel| channel.id == wishes.user_id);
        if let Some(own) = own.filter(|_| wishes.signals) {
            plan.plan_signals(own, wishes.scopes);
        }
        // What costs is worth a connection only if there is one already.
        if plan.connections.iter().any(|wants| !wants.is_empty()) {
            plan.plan_open(wishes);
        }
        for wants in &mut plan.connections {
            wants.sort_by_key(|want| want.kind);
        }
        plan
    }

    /// The plan in words, for the log.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut parts = Vec::new();
        if self.unread {
            parts.push("no chat, because the token lacks the scope user:read:chat".to_owned());
        } else if !self.chat.is_empty() || !self.too_many.is_empty() {
            parts.push(format!("chat of {} by EventSub", counted(self.chat.len(), "channel")));
        }
        if !self.too_many.is_empty() {
            let many = self.too_many.len();
            parts.push(format!(
                "{many} not, because an account may be in {MAX_ROOMS} rooms and {MAX_CONNECTIONS} connections of {MAX_SUBSCRIPTIONS} subscriptions"
            ));
        }
        if self.live > 0 {
            parts.push(format!("begin and end of the stream of {}", counted(self.live, "channel")));
        }
        if self.own {
            parts.push(format!("{} signals of the own channel", self.signals));
        }
        let subscriptions: usize = self.connections.iter().map(Vec::len).sum();
        let connections = counted(self.connections.len(), "connection");
        parts.push(format!(
            "{subscriptions} subscriptions over {connections}, cost {} of {MAX_COST}",
            self.cost
        ));
        parts.join("; ")
    }

    fn plan_chat(&mut self, wishes: &Wishes<'_>) {
        if !wishes.chat {
            return;
        }
        self.unread = !Kind::ChatMessage.is_allowed(wishes.scopes);
        if self.unread {
            return;
        }
        self.may_chat = true;
        let mut rooms = 0;
        for channel in wishes.channels {
            let takes_a_room = channel.id != wishes.user_id;
            let fits = !takes_a_room || rooms < MAX_ROOMS;
            if fits && self.put(channel, &Kind::CHAT) {
                rooms += usize::from(takes_a_room);
                self.chat.push(channel.login.clone());
            } else {
                self.too_many.push(channel.login.clone());
            }
        }
    }

    fn plan_signals(&mut self, own: &Watched, scopes: &[String]) {
        for kind in Kind::own().filter(|kind| kind.is_allowed(scopes)) {
            self.signals += usize::from(self.put(own, &[kind]));
        }
        self.own = self.signals > 0;
    }

    /// Type by type, so that all channels have the most important one before any has the next.
    fn plan_open(&mut self, wishes: &Wishes<'_>) {
        for kind in Kind::OPEN {
            for channel in wishes.channels {
                let cost = usize::from(channel.id != wishes.user_id);
                if self.cost + cost <= MAX_COST && self.put(channel, &[kind]) {
                    self.cost += cost;
                    self.live += usize::from(kind == Kind::StreamOnline);
                }
            }
        }
    }

    /// Puts subscriptions of a channel onto one connection that has room for all of them.
    fn put(&mut self, channel: &Watched, kinds: &[Kind]) -> bool {
        let has_room = |wants: &Vec<Want>| wants.len() + kinds.len() <= MAX_SUBSCRIPTIONS;
        let place = match self.connections.iter().position(has_room) {
            Some(place) => place,
            None if self.connections.len() < MAX_CONNECTIONS => {
                self.connections.push(Vec::new());
                self.connections.len() - 1
            }
            None => return false,
        };
        self.connections[place].extend(kinds.iter().map(|kind| Want {
            kind: *kind,
            channel: channel.login.clone(),
            broadcaster_id: channel.id.clone(),
        }));
        true
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn watched(count: usize) -> Vec<Watched> {
        let login = |n: usize| ChannelLogin::parse(&format!("channel{n}")).unwrap();
        (0..count).map(|n| Watched { login: login(n), id: n.to_string() }).collect()
    }

    fn plan(count: usize, user_id: &str, scopes: &[&str], chat: bool) -> Plan {
        let scopes: Vec<String> = scopes.iter().map(|&s| s.to_owned()).collect();
        let channels = watched(count);
        Plan::new(&Wishes { user_id, scopes: &scopes, channels: &channels, chat, signals: true })
    }

    #[test]
    fn three_channels_fit_with_room_for_their_streams() {
        let plan = plan(3, "me", &["user:read:chat"], true);
        assert_eq!((plan.connections.len(), plan.chat.len(), plan.cost), (1, 3, 10));
        // Online, offline and update of all three, and a raid of the first.
        assert_eq!(plan.connections[0].len(), 3 * 5 + 10);
        assert!(plan.connections[0][..3].iter().all(|want| want.kind == Kind::ChatMessage));
        assert_eq!(
            plan.explain(),
            "chat of 3 channels by EventSub; begin and end of the stream of 3 channels; 25 subscriptions over 1 connection, cost 10 of 10"
        );
    }

    #[test]
    fn a_user_may_be_in_a_hundred_rooms_beside_the_own_one() {
        let all = plan(103, "102", &["user:read:chat"], true);
        assert_eq!((all.chat.len(), all.too_many.len()), (101, 2));
        assert_eq!(all.too_many[0].as_str(), "channel100");
        assert_eq!(all.connections.len(), 2);
        assert!(all.explain().contains("2 not, because an account may be in 100 rooms"));
    }

    #[test]
    fn without_the_scope_chat_is_left_to_irc() {
        let plan = plan(3, "me", &["clips:edit"], true);
        assert!(plan.connections.is_empty() && plan.chat.is_empty());
        assert!(plan.explain().starts_with("no chat, because the token lacks"));
    }

    #[test]
    fn the_own_channel_tells_what_the_token_may_hear_at_no_cost() {
        let scopes = ["channel:read:ads", "channel:read:polls", "bits:read"];
        let plan = plan(1, "0", &scopes, false);
        let kinds: Vec<Kind> = plan.connections[0].iter().map(|want| want.kind).collect();
        let expected = [
            Kind::StreamOnline,
            Kind::StreamOffline,
            Kind::ChannelUpdate,
            Kind::AdBreakBegin,
            Kind::PollBegin,
            Kind::PollEnd,
            Kind::Cheer,
            Kind::BitsUse,
            Kind::Raid,
        ];
        assert_eq!((kinds.as_slice(), plan.cost), (&expected[..], 0));
        assert!(plan.explain().contains("5 signals of the own channel"));
    }

    #[test]
    fn the_own_channels_chat_can_do_without_its_signals() {
        let scopes = ["user:read:chat", "channel:read:ads"].map(str::to_owned);
        let (channels, chat) = (watched(1), true);
        let wishes =
            Wishes { user_id: "0", scopes: &scopes, channels: &channels, chat, signals: false };
        let plan = Plan::new(&wishes);
        assert!(plan.connections[0].iter().all(|want| want.kind != Kind::AdBreakBegin));
    }

    #[test]
    fn signals_of_a_channel_that_is_not_ours_are_not_asked_for() {
        assert!(plan(2, "me", &["channel:read:ads"], false).connections.is_empty());
    }

    proptest! {
        #[test]
        fn no_limit_is_ever_passed(
            count in 0usize..400,
            own in 0usize..500,
            scopes in proptest::sample::subsequence(
                vec!["user:read:chat", "channel:read:ads", "bits:read", "channel:read:hype_train"],
                0..=4,
            ),
            chat in any::<bool>(),
        ) {
            let plan = plan(count, &own.to_string(), &scopes, chat);
            prop_assert!(plan.connections.len() <= MAX_CONNECTIONS && plan.cost <= MAX_COST);
            let all: Vec<&Want> = plan.connections.iter().flatten().collect();
            let once: BTreeSet<_> = all.iter().map(|w| (w.kind, &w.broadcaster_id)).collect();
            prop_assert_eq!(once.len(), all.len());
            prop_assert!(plan.connections.iter().all(|w| w.len() <= MAX_SUBSCRIPTIONS));
            let own = own.to_string();
            let paid = all.iter().filter(|w| Kind::OPEN.contains(&w.kind) && w.broadcaster_id != own);
            prop_assert_eq!(paid.count(), plan.cost);
            for want in &all {
                let may = Kind::CHAT.contains(&want.kind) || Kind::OPEN.contains(&want.kind);
                prop_assert!(may || want.broadcaster_id == own);
            }
            if chat && scopes.contains(&"user:read:chat") {
                prop_assert_eq!(plan.chat.len() + plan.too_many.len(), count);
            }
        }
    }
}
