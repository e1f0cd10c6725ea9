//! Which way each channel is read, and how EventSub takes one over from IRC without a gap or a
//! doubled message. Pure: times are Unix milliseconds of our clock.
//!
//! A channel is read by IRC until EventSub says that it hears it; then by both for a while, in
//! which messages are known by their ids; then IRC is left. They are known so, too, while two
//! users' clients of EventSub tell the same.

use std::collections::BTreeMap;

use cliphound_twitch::{
    ChannelLogin,
    chat::{ChatEvent, Heard},
    eventsub::Recent,
};

/// So long both are listened to: what was said before EventSub heard the channel comes by
/// IRC, however late.
const BOTH_MS: i64 = 10_000;
/// So much longer ids are kept: who goes on may be late, too.
const KNOWN_MS: i64 = 60_000;
/// The first pause before EventSub is asked for a channel again; doubled each time …
const FIRST_PAUSE_MS: i64 = 60_000;
/// … up to this.
const MAX_PAUSE_MS: i64 = 3_600_000;

/// Where something was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Irc,
    EventSub,
}

/// All channels that EventSub reads, or may read.
#[derive(Debug, Default)]
pub(super) struct Ways(BTreeMap<ChannelLogin, Way>);

/// One channel.
#[derive(Debug, Default)]
struct Way {
    /// IRC listens to it.
    irc: bool,
    /// IRC hears it.
    irc_hears: bool,
    /// EventSub hears it.
    eventsub: bool,
    /// When EventSub is asked for it again.
    again_ms: Option<i64>,
    /// Times that this came to nothing.
    misses: u32,
    /// When IRC is left.
    leave_ms: Option<i64>,
    /// Ids of what was said, while both may tell it.
    recent: Option<Recent>,
    /// When they are of no use any more, …
    forget_ms: Option<i64>,
    /// … unless two users' clients of EventSub tell what is said.
    is_told_by_two: bool,
}

impl Ways {
    /// IRC listens to a channel; EventSub is asked for it after `pause_ms`.
    pub(super) fn by_irc(&mut self, login: &ChannelLogin, now_ms: i64, pause_ms: i64) {
        let way = self.0.entry(login.clone()).or_default();
        way.irc = true;
        way.again_ms = Some(now_ms + pause_ms);
    }

    /// Nobody listens to a channel yet; EventSub is asked for it now.
    pub(super) fn wanted(&mut self, login: &ChannelLogin, now_ms: i64) {
        self.0.entry(login.clone()).or_default().again_ms = Some(now_ms);
    }

    /// EventSub was asked for a channel. From now on both may tell the same.
    pub(super) fn asked(&mut self, login: &ChannelLogin) {
        let way = self.0.entry(login.clone()).or_default();
        way.again_ms = None;
        if way.irc {
            way.forget_ms = None;
            way.recent.get_or_insert_default();
        }
    }

    /// EventSub does not give us a channel, or could not be asked: it is asked again, ever more
    /// rarely. True when IRC does not listen to it.
    pub(super) fn not_given(&mut self, login: &ChannelLogin, now_ms: i64) -> bool {
        let Some(way) = self.0.get_mut(login) else { return false };
        let pause_ms = (FIRST_PAUSE_MS << way.misses.min(10)).min(MAX_PAUSE_MS);
        way.misses = way.misses.saturating_add(1);
        (way.eventsub, way.leave_ms) = (false, None);
        if !way.is_told_by_two {
            (way.recent, way.forget_ms) = (None, None);
        }
        way.again_ms = Some(now_ms + pause_ms);
        !way.irc
    }

    /// Whether it has come to nothing so far, and was not told yet.
    pub(super) fn is_first_miss(&self, login: &ChannelLogin) -> bool {
        self.0.get(login).is_some_and(|way| way.misses == 1 && !way.irc)
    }

    /// How many channels both hear.
    pub(super) fn both(&self) -> usize {
        self.0.values().filter(|way| way.irc_hears && way.eventsub).count()
    }

    /// The channels that EventSub hears.
    pub(super) fn heard_by_eventsub(&self) -> Vec<ChannelLogin> {
        let heard = self.0.iter().filter(|(_, way)| way.eventsub);
        heard.map(|(login, _)| login.clone()).collect()
    }

    /// Whether IRC hears a channel.
    pub(super) fn irc_hears(&self, login: &ChannelLogin) -> bool {
        self.0.get(login).is_some_and(|way| way.irc_hears)
    }

    /// What EventSub was to be asked for later is asked for then.
    pub(super) fn ask_at(&mut self, at_ms: i64) {
        for way in self.0.values_mut() {
            way.again_ms = way.again_ms.map(|again_ms| again_ms.min(at_ms));
        }
    }

    /// Channels are not read any more.
    pub(super) fn forget(&mut self, logins: &[ChannelLogin]) {
        self.0.retain(|login, _| !logins.contains(login));
    }

    /// The channels that EventSub is to be asked for now.
    pub(super) fn due(&self, now_ms: i64) -> Vec<ChannelLogin> {
        let is_due = |way: &Way| way.again_ms.is_some_and(|at_ms| at_ms <= now_ms);
        self.0.iter().filter(|(_, way)| is_due(way)).map(|(login, _)| login.clone()).collect()
    }

    /// The channels that IRC is to leave now; it counts as left.
    pub(super) fn left_by_irc(&mut self, now_ms: i64) -> Vec<ChannelLogin> {
        let mut left = Vec::new();
        for (login, way) in &mut self.0 {
            if way.leave_ms.is_some_and(|at_ms| at_ms <= now_ms) {
                (way.irc, way.irc_hears, way.leave_ms) = (false, false, None);
                way.forget_ms = Some(now_ms + KNOWN_MS);
                left.push(login.clone());
            }
            if way.forgets_ms().is_some_and(|at_ms| at_ms <= now_ms) {
                (way.recent, way.forget_ms) = (None, None);
            }
        }
        left
    }

    /// From now on two users' clients of EventSub may tell the same.
    pub(super) fn told_by_two(&mut self) {
        for way in self.0.values_mut() {
            way.is_told_by_two = true;
            way.recent.get_or_insert_default();
        }
    }

    /// One of them has ended; the other one may still have to tell what that one told.
    pub(super) fn told_by_one(&mut self, now_ms: i64) {
        for way in self.0.values_mut() {
            if std::mem::take(&mut way.is_told_by_two) && !way.irc {
                way.forget_ms = Some(now_ms + KNOWN_MS);
            }
        }
    }

    /// When there is something to do; `may_ask`: EventSub can be asked.
    pub(super) fn next_ms(&self, may_ask: bool) -> Option<i64> {
        let of = |way: &Way| {
            let again_ms = way.again_ms.filter(|_| may_ask);
            [again_ms, way.leave_ms, way.forgets_ms()].into_iter().flatten().min()
        };
        self.0.values().filter_map(of).min()
    }

    /// Whether what was heard is news.
    pub(super) fn hear(&mut self, by: By, heard: &Heard, now_ms: i64) -> bool {
        let Some(way) = self.0.get_mut(&heard.channel) else { return true };
        match (by, &heard.event) {
            (By::Irc, _) if !way.irc => false,
            (By::Irc, ChatEvent::Joined) => {
                way.irc_hears = true;
                true
            }
            // It is no loss while the other one hears it.
            (By::Irc, ChatEvent::Lost(_)) => {
                way.irc_hears = false;
                !way.eventsub
            }
            (By::EventSub, ChatEvent::Lost(_)) => {
                (way.eventsub, way.leave_ms) = (false, None);
                !way.irc_hears
            }
            (By::EventSub, ChatEvent::Joined) => {
                (way.eventsub, way.again_ms, way.misses) = (true, None, 0);
                way.leave_ms = way.irc.then_some(now_ms + BOTH_MS);
                true
            }
            (_, ChatEvent::Message(message)) => way.is_new(&message.id),
            (_, ChatEvent::UserNotice(notice)) => way.is_new(&notice.id),
            _ => true,
        }
    }
}

impl Way {
    fn forgets_ms(&self) -> Option<i64> {
        self.forget_ms.filter(|_| !self.is_told_by_two)
    }

    fn is_new(&mut self, id: &str) -> bool {
        self.recent.as_mut().is_none_or(|recent| recent.is_new(id))
    }
}

#[cfg(test)]
mod tests {
    use cliphound_twitch::chat::{ChatMessage, Loss, WhyLost};
    use proptest::prelude::*;

    use super::*;

    const LOST: ChatEvent = ChatEvent::Lost(Loss { why: WhyLost::Connection, alive_ms: None });

    fn ann() -> ChannelLogin {
        ChannelLogin::parse("ann").unwrap()
    }

    fn heard(event: ChatEvent) -> Heard {
        Heard { channel: ann(), room_id: None, sent_ms: None, event }
    }

    fn said(id: &str) -> Heard {
        heard(ChatEvent::Message(ChatMessage { id: id.to_owned(), ..ChatMessage::default() }))
    }

    #[test]
    fn eventsub_takes_a_channel_over_from_irc() {
        use By::{EventSub, Irc};
        let mut ways = Ways::default();
        ways.by_irc(&ann(), 0, 0);
        assert_eq!((ways.next_ms(true), ways.next_ms(false)), (Some(0), None));
        assert_eq!(ways.due(0), [ann()]);
        ways.asked(&ann());
        assert!(ways.due(0).is_empty());
        assert!(ways.hear(Irc, &said("1"), 10));
        // What was subscribed to in that very instant comes again.
        assert!(ways.hear(EventSub, &heard(ChatEvent::Joined), 20));
        assert!(!ways.hear(EventSub, &said("1"), 30));
        assert!(ways.hear(EventSub, &said("2"), 40) && !ways.hear(Irc, &said("2"), 50));
        assert!(!ways.hear(Irc, &heard(LOST), 60), "EventSub hears it");
        assert!(ways.left_by_irc(10_019).is_empty());
        assert_eq!((ways.next_ms(true), ways.left_by_irc(10_020)), (Some(10_020), vec![ann()]));
        assert!(!ways.hear(Irc, &said("3"), 10_030) && ways.hear(EventSub, &said("3"), 10_040));
        assert!(!ways.hear(EventSub, &said("2"), 20_000), "late");
        assert!(ways.left_by_irc(80_000).is_empty());
        assert_eq!(ways.next_ms(true), None);
        assert!(ways.hear(EventSub, &heard(LOST), 90_000), "nobody else hears it");
    }

    #[test]
    fn a_loss_while_both_are_listened_to_leaves_it_to_irc() {
        let mut ways = Ways::default();
        ways.by_irc(&ann(), 0, 0);
        assert!(ways.hear(By::Irc, &heard(ChatEvent::Joined), 0));
        ways.asked(&ann());
        assert!(ways.hear(By::EventSub, &heard(ChatEvent::Joined), 0));
        assert_eq!(ways.both(), 1);
        assert!(!ways.hear(By::EventSub, &heard(LOST), 5_000));
        assert_eq!(ways.both(), 0);
        assert!(ways.left_by_irc(60_000).is_empty());
        assert!(ways.hear(By::EventSub, &heard(ChatEvent::Joined), 70_000));
        // With both lost, the channel is.
        assert!(!ways.hear(By::Irc, &heard(LOST), 71_000));
        assert!(ways.hear(By::EventSub, &heard(LOST), 72_000));
        assert!(ways.hear(By::EventSub, &heard(ChatEvent::Joined), 73_000));
        assert_eq!(ways.left_by_irc(83_000), [ann()]);
    }

    #[test]
    fn what_two_users_clients_tell_is_known_until_the_late_one_has_told_it() {
        let mut ways = Ways::default();
        ways.asked(&ann());
        assert!(ways.hear(By::EventSub, &heard(ChatEvent::Joined), 0));
        assert!(ways.hear(By::EventSub, &said("1"), 10), "nobody else tells it");
        ways.told_by_two();
        // As the new one's plan does.
        ways.asked(&ann());
        assert!(
            ways.hear(By::EventSub, &said("2"), 20) && !ways.hear(By::EventSub, &said("2"), 30)
        );
        assert!(ways.hear(By::EventSub, &said("3"), 40));
        assert!(ways.left_by_irc(200_000).is_empty());
        assert_eq!(ways.next_ms(true), None);
        ways.told_by_one(200_000);
        assert!(!ways.hear(By::EventSub, &said("3"), 211_000), "late");
        assert_eq!(ways.next_ms(true), Some(260_000));
        assert!(ways.left_by_irc(260_000).is_empty());
        assert_eq!(ways.next_ms(true), None);
        assert!(ways.hear(By::EventSub, &said("3"), 260_000), "forgotten by then");
    }

    #[test]
    fn what_the_new_user_may_not_read_is_told_once_by_irc_and_the_old_one() {
        let mut ways = Ways::default();
        ways.asked(&ann());
        assert!(ways.hear(By::EventSub, &heard(ChatEvent::Joined), 0));
        ways.told_by_two();
        ways.asked(&ann());
        assert!(ways.not_given(&ann(), 10));
        ways.by_irc(&ann(), 10, FIRST_PAUSE_MS);
        assert!(ways.hear(By::EventSub, &said("1"), 20) && !ways.hear(By::Irc, &said("1"), 30));
    }

    #[test]
    fn what_eventsub_does_not_give_is_asked_for_ever_more_rarely() {
        let mut ways = Ways::default();
        ways.asked(&ann());
        let mut now_ms = 0;
        let mut pauses = Vec::new();
        assert!(ways.not_given(&ann(), 0), "IRC has to read it");
        ways.by_irc(&ann(), 0, 60_000);
        for _ in 0..8 {
            let at_ms = ways.next_ms(true).unwrap();
            pauses.push((at_ms - now_ms) / 60_000);
            now_ms = at_ms;
            assert_eq!(ways.due(now_ms), [ann()]);
            ways.asked(&ann());
            assert!(!ways.not_given(&ann(), now_ms));
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        ways.forget(&[ann()]);
        assert_eq!(ways.next_ms(true), None);
    }

    /// One thing that happens to a channel.
    #[derive(Debug, Clone)]
    enum Step {
        Asked,
        Refused,
        EventSub(bool),
        Later(i64),
        Say,
    }

    fn steps() -> impl Strategy<Value = Step> {
        prop_oneof![
            1 => Just(Step::Asked),
            1 => Just(Step::Refused),
            2 => any::<bool>().prop_map(Step::EventSub),
            2 => (0..20_000_i64).prop_map(Step::Later),
            6 => Just(Step::Say),
        ]
    }

    proptest! {
        /// Whoever listens tells what is said: it is passed on exactly once.
        #[test]
        fn no_message_is_lost_or_doubled(steps in prop::collection::vec(steps(), 0..80)) {
            let (mut ways, mut now_ms, mut nth) = (Ways::default(), 0, 0);
            let (mut irc, mut asked, mut eventsub) = (true, false, false);
            ways.by_irc(&ann(), 0, 0);
            for step in steps {
                match step {
                    Step::Asked if !asked => {
                        ways.asked(&ann());
                        asked = true;
                    }
                    Step::Refused if asked => {
                        if eventsub {
                            ways.hear(By::EventSub, &heard(LOST), now_ms);
                        }
                        (asked, eventsub) = (false, false);
                        if ways.not_given(&ann(), now_ms) {
                            ways.by_irc(&ann(), now_ms, FIRST_PAUSE_MS);
                            irc = true;
                        }
                    }
                    Step::EventSub(joins) if asked && joins != eventsub => {
                        eventsub = joins;
                        let event = if joins { ChatEvent::Joined } else { LOST };
                        ways.hear(By::EventSub, &heard(event), now_ms);
                    }
                    Step::Later(ms) => {
                        now_ms += ms;
                        irc &= ways.left_by_irc(now_ms).is_empty();
                    }
                    Step::Say => {
                        nth += 1;
                        let line = said(&nth.to_string());
                        let by_irc = irc && ways.hear(By::Irc, &line, now_ms);
                        let by_eventsub = eventsub && ways.hear(By::EventSub, &line, now_ms);
                        prop_assert_eq!(by_irc != by_eventsub, irc || eventsub);
                    }
                    _ => {}
                }
            }
        }
    }
}
