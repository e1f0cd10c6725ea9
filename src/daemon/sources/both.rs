//! What two clients of EventSub tell, one for the user who was logged in and one for the user
//! who is, made one. Pure: times are Unix milliseconds of our clock.

use std::collections::BTreeMap;

use cliphound_twitch::{
    ChannelLogin,
    chat::{ChatEvent, Heard},
};

/// So long both are listened to, once the new one hears everything: what Twitch said before it
/// did is under way.
const BOTH_MS: i64 = 10_000;
/// Then the old one ends, whatever the new one hears.
const AT_MOST_MS: i64 = 180_000;

/// Whose client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Old,
    New,
}

/// All channels, while both listen.
#[derive(Debug)]
pub(super) struct Both {
    channels: BTreeMap<ChannelLogin, Channel>,
    ends_ms: i64,
    is_settled: bool,
}

/// Who hears a channel.
#[derive(Debug, Default)]
struct Channel {
    old: bool,
    new: bool,
}

impl Both {
    /// The old one hears these channels, the new one none yet.
    pub(super) fn new(heard: Vec<ChannelLogin>, now_ms: i64) -> Self {
        let of_old = |login| (login, Channel { old: true, ..Channel::default() });
        let channels = heard.into_iter().map(of_old).collect();
        Self { channels, ends_ms: now_ms + AT_MOST_MS, is_settled: false }
    }

    /// Whether what one of them tells is news, but for messages: those are known by their ids
    /// (`ways.rs`).
    pub(super) fn hear(&mut self, whose: Whose, heard: &Heard) -> bool {
        let channel = self.channels.entry(heard.channel.clone()).or_default();
        let (this, other) = match whose {
            Whose::Old => (&mut channel.old, channel.new),
            Whose::New => (&mut channel.new, channel.old),
        };
        match &heard.event {
            ChatEvent::Joined => {
                *this = true;
                !other
            }
            // It is no loss while the other one hears it.
            ChatEvent::Lost(_) => {
                *this = false;
                !other
            }
            // They have no ids: one of both tells them.
            ChatEvent::Signal(_) => (whose == Whose::New) == channel.new,
            _ => true,
        }
    }

    /// Channels are not read any more.
    pub(super) fn forget(&mut self, logins: &[ChannelLogin]) {
        self.channels.retain(|login, _| !logins.contains(login));
    }

    /// The old one ends soon, once nothing needs it any more; `is_heard`: some other way hears it.
    pub(super) fn settle(&mut self, is_heard: impl Fn(&ChannelLogin) -> bool, now_ms: i64) {
        let needs_old = |(login, channel): (&ChannelLogin, &Channel)| {
            channel.old && !channel.new && !is_heard(login)
        };
        if !self.channels.iter().any(needs_old) && !std::mem::replace(&mut self.is_settled, true) {
            self.ends_ms = self.ends_ms.min(now_ms + BOTH_MS);
        }
    }

    /// When the old one ends.
    pub(super) fn ends_ms(&self) -> i64 {
        self.ends_ms
    }

    /// Channels that the old one hears and the new one does not.
    pub(super) fn only_by_old(&self) -> Vec<ChannelLogin> {
        let only = self.channels.iter().filter(|(_, channel)| channel.old && !channel.new);
        only.map(|(login, _)| login.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use cliphound_twitch::chat::{Loss, WhyLost, signal::Signal};
    use proptest::prelude::*;

    use super::*;

    const LOST: ChatEvent = ChatEvent::Lost(Loss { why: WhyLost::EventSub, alive_ms: None });

    fn login(name: &str) -> ChannelLogin {
        ChannelLogin::parse(name).unwrap()
    }

    fn heard(event: ChatEvent) -> Heard {
        Heard { channel: login("ann"), room_id: None, sent_ms: None, event }
    }

    #[test]
    fn the_new_one_takes_over() {
        use Whose::{New, Old};
        let mut both = Both::new(vec![login("ann"), login("bob")], 0);
        let online = heard(ChatEvent::Signal(Signal::Offline));
        assert!(both.hear(Old, &online) && !both.hear(New, &online));
        assert!(!both.hear(New, &heard(ChatEvent::Joined)), "it was heard before");
        assert!(!both.hear(Old, &online) && both.hear(New, &online));
        assert!(!both.hear(Old, &heard(LOST)), "it is heard");
        both.settle(|_| false, 1_000);
        assert_eq!((both.ends_ms(), both.only_by_old()), (180_000, vec![login("bob")]));
        both.settle(|login| login.as_str() == "bob", 2_000);
        assert_eq!(both.ends_ms(), 12_000, "bob is read by IRC");
        assert!(both.hear(New, &heard(LOST)), "now nobody hears it");
        both.settle(|_| true, 5_000);
        assert_eq!(both.ends_ms(), 12_000);
        both.forget(&[login("bob")]);
        assert!(both.only_by_old().is_empty());
    }

    proptest! {
        /// A channel that was heard is lost when neither hears it any more, and only then.
        #[test]
        fn what_one_of_them_hears_is_heard(steps in prop::collection::vec(any::<[bool; 2]>(), 0..60)) {
            let mut both = Both::new(vec![login("ann")], 0);
            let (mut hears, mut is_heard) = ([true, false], true);
            for [is_new, joins] in steps {
                if hears[usize::from(is_new)] == joins {
                    continue;
                }
                hears[usize::from(is_new)] = joins;
                let whose = if is_new { Whose::New } else { Whose::Old };
                if both.hear(whose, &heard(if joins { ChatEvent::Joined } else { LOST })) {
                    is_heard = joins;
                }
                prop_assert_eq!(is_heard, hears[0] || hears[1]);
            }
        }
    }
}
