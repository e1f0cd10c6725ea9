//! What the streamer named, as the engine's inputs: hype trains, cheers, redemptions, gifts
//! and raids held against the settings. Pure.

use std::collections::VecDeque;

use cliphound_engine::Input;
use cliphound_twitch::chat::{ChatEvent, Signal, event::NoticeKind, signal::Stage};

use crate::config::signals::{Does, NamedSignal, On};

/// Who cheers anonymously, as chat calls them.
const ANONYMOUS: &str = "ananonymouscheerer";
/// Chat and EventSub tell the same anonymous cheer at most so far apart.
const SAME_WITHIN_MS: i64 = 30_000;
/// Anonymous cheers that are remembered until they are told the other way; the oldest go first.
const REMEMBERED: usize = 32;

/// Holds what is heard of a channel against what its streamer named.
#[derive(Debug)]
pub struct Signals {
    named: Vec<NamedSignal>,
    /// The highest level of the hype train under way that was told.
    level: u32,
    anonymous: VecDeque<AnonymousCheer>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct AnonymousCheer {
    by_chat: bool,
    bits: u32,
    at_ms: i64,
}

/// Something that can have a name.
#[derive(Debug, PartialEq)]
enum Happening<'a> {
    Level(u32),
    Bits(u32),
    Reward(&'a str),
    Gifts(u32),
    Raiders(u32),
}

impl Signals {
    /// Nothing has been heard yet.
    #[must_use]
    pub fn new(named: Vec<NamedSignal>) -> Self {
        Self { named, level: 0, anonymous: VecDeque::new() }
    }

    /// What an event at `at_ms` (Unix milliseconds) means to the engine, beside what
    /// [`crate::feed::input`] says of it.
    pub fn hear(&mut self, event: &ChatEvent, at_ms: i64) -> Vec<Input> {
        let Some(happening) = self.happening(event, at_ms) else { return Vec::new() };
        let meant = self.named.iter().filter(|named| happening.is(&named.on));
        let input = |named: &NamedSignal| Input::Signal {
            name: named.name.clone(),
            forces: named.does == Does::Force,
        };
        meant.map(input).collect()
    }

    /// Each is told once, though chat and EventSub may both tell it.
    fn happening<'e>(&mut self, event: &'e ChatEvent, at_ms: i64) -> Option<Happening<'e>> {
        match event {
            ChatEvent::Message(message) if message.bits > 0 => {
                let cheer = AnonymousCheer { by_chat: true, bits: message.bits, at_ms };
                let is_new = message.login != ANONYMOUS || self.is_new(cheer);
                is_new.then_some(Happening::Bits(message.bits))
            }
            ChatEvent::UserNotice(notice) => match notice.kind {
                NoticeKind::Gift { count } => Some(Happening::Gifts(count)),
                NoticeKind::Raid { viewers } => Some(Happening::Raiders(viewers)),
                NoticeKind::Subscription | NoticeKind::Other(_) => None,
            },
            ChatEvent::Signal(signal) => self.signalled(signal, at_ms),
            _ => None,
        }
    }

    fn signalled<'e>(&mut self, signal: &'e Signal, at_ms: i64) -> Option<Happening<'e>> {
        match signal {
            Signal::HypeTrain { stage, level, .. } => self.train(*stage, *level),
            // With a name, the message in chat has told it.
            Signal::Cheer { login: None, bits } => {
                let cheer = AnonymousCheer { by_chat: false, bits: *bits, at_ms };
                self.is_new(cheer).then_some(Happening::Bits(*bits))
            }
            Signal::Redemption { reward, .. } => Some(Happening::Reward(reward)),
            _ => None,
        }
    }

    /// A train is told once a level, not at each contribution.
    fn train(&mut self, stage: Stage, level: u32) -> Option<Happening<'static>> {
        if stage != Stage::Progress {
            self.level = 0;
        }
        if stage == Stage::End || level <= self.level {
            return None;
        }
        self.level = level;
        Some(Happening::Level(level))
    }

    /// Whether an anonymous cheer was not told the other way before.
    fn is_new(&mut self, cheer: AnonymousCheer) -> bool {
        let is_same = |known: &AnonymousCheer| {
            known.by_chat != cheer.by_chat
                && known.bits == cheer.bits
                && known.at_ms.abs_diff(cheer.at_ms) <= SAME_WITHIN_MS.unsigned_abs()
        };
        if let Some(place) = self.anonymous.iter().position(is_same) {
            self.anonymous.remove(place);
            return false;
        }
        self.anonymous.push_back(cheer);
        if self.anonymous.len() > REMEMBERED {
            self.anonymous.pop_front();
        }
        true
    }
}

impl Happening<'_> {
    fn is(&self, on: &On) -> bool {
        match (self, on) {
            (Self::Level(level), On::HypeTrain { level: least })
            | (Self::Bits(level), On::Cheer { bits: least })
            | (Self::Gifts(level), On::Gift { count: least })
            | (Self::Raiders(level), On::Raid { viewers: least }) => level >= least,
            (Self::Reward(title), On::Redemption { reward }) => {
                title.trim().to_lowercase() == *reward
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use cliphound_twitch::chat::{ChatMessage, event::UserNotice};

    use super::*;
    use crate::config::Origin;

    fn signals() -> Signals {
        let named = |name: &str, on, does| NamedSignal {
            name: name.to_owned(),
            on,
            does,
            origin: Origin::Default,
        };
        Signals::new(vec![
            named("train", On::HypeTrain { level: 2 }, Does::Raise),
            named("cheer", On::Cheer { bits: 100 }, Does::Raise),
            named("big cheer", On::Cheer { bits: 1_000 }, Does::Force),
            named("clip", On::Redemption { reward: "clip that".to_owned() }, Does::Force),
            named("gifts", On::Gift { count: 10 }, Does::Force),
            named("raid", On::Raid { viewers: 50 }, Does::Force),
        ])
    }

    /// What comes of events a second apart, as `name` or `name!` where it forces.
    fn check(events: Vec<ChatEvent>, expected: &str) {
        let story = format!("{events:?}");
        let mut signals = signals();
        let mut told = Vec::new();
        for (number, event) in (0..).zip(events) {
            for input in signals.hear(&event, number * 1_000) {
                let Input::Signal { name, forces } = input else { panic!("{input:?}") };
                told.push(if forces { format!("{name}!") } else { name });
            }
        }
        assert_eq!(told.join(" "), expected, "{story}");
    }

    fn train(stage: Stage, level: u32) -> ChatEvent {
        ChatEvent::Signal(Signal::HypeTrain { stage, level, total: 1 })
    }

    fn cheer(login: &str, bits: u32) -> ChatEvent {
        let message = ChatMessage { login: login.to_owned(), bits, ..ChatMessage::default() };
        ChatEvent::Message(message)
    }

    fn cheer_signal(login: Option<&str>, bits: u32) -> ChatEvent {
        ChatEvent::Signal(Signal::Cheer { login: login.map(str::to_owned), bits })
    }

    fn reward(reward: &str) -> ChatEvent {
        ChatEvent::Signal(Signal::Redemption {
            login: "ann".to_owned(),
            reward_id: "r".to_owned(),
            reward: reward.to_owned(),
            cost: 1,
            input: String::new(),
        })
    }

    fn notice(kind: NoticeKind) -> ChatEvent {
        let (login, id) = ("ann".to_owned(), String::new());
        ChatEvent::UserNotice(UserNotice { kind, login, text: None, id })
    }

    #[test]
    fn a_hype_train_is_told_once_a_level() {
        use Stage::{Begin, End, Progress};
        let one = |levels: &[u32]| levels.iter().map(|&l| train(Progress, l)).collect::<Vec<_>>();
        check(one(&[1, 1, 2, 2, 2, 3]), "train train");
        check(one(&[4, 4]), "train");
        let two = vec![
            train(Begin, 1),
            train(Progress, 2),
            train(End, 2),
            train(Begin, 1),
            train(Progress, 2),
        ];
        check(two, "train train");
        check(vec![train(Progress, 3), train(End, 3), train(Begin, 2)], "train train");
    }

    #[test]
    fn a_cheer_is_told_once() {
        check(vec![cheer("ann", 99), cheer("ann", 0)], "");
        check(vec![cheer("ann", 100), cheer("ann", 100)], "cheer cheer");
        check(vec![cheer("ann", 5_000)], "cheer big cheer!");
        check(vec![cheer("ann", 100), cheer_signal(Some("ann"), 100)], "cheer");
        check(vec![cheer_signal(None, 100)], "cheer");
        check(vec![cheer(ANONYMOUS, 100), cheer_signal(None, 100)], "cheer");
        check(vec![cheer_signal(None, 100), cheer(ANONYMOUS, 100)], "cheer");
        check(vec![cheer_signal(None, 100), cheer_signal(None, 100)], "cheer cheer");
        check(vec![cheer_signal(None, 100), cheer(ANONYMOUS, 101)], "cheer cheer");
        let used = Signal::BitsUsed { login: None, bits: 500, what_for: "cheer".to_owned() };
        check(vec![ChatEvent::Signal(used)], "");
        let mut apart = vec![cheer_signal(None, 100)];
        apart.extend(vec![cheer("ann", 1); 30]);
        apart.push(cheer(ANONYMOUS, 100));
        check(apart, "cheer cheer");
    }

    #[test]
    fn a_reward_is_known_by_its_name_in_any_case() {
        check(vec![reward("Clip That "), reward("CLIP THAT"), reward("Hydrate")], "clip! clip!");
    }

    #[test]
    fn gifts_and_raids_are_told_by_chat() {
        check(
            vec![
                notice(NoticeKind::Gift { count: 9 }),
                notice(NoticeKind::Gift { count: 10 }),
                ChatEvent::Signal(Signal::Gifted { login: None, count: 10 }),
            ],
            "gifts!",
        );
        check(
            vec![
                notice(NoticeKind::Raid { viewers: 50 }),
                ChatEvent::Signal(Signal::Raid { login: "bob".to_owned(), viewers: 50 }),
            ],
            "raid!",
        );
        check(vec![notice(NoticeKind::Subscription), ChatEvent::Joined], "");
    }

    #[test]
    fn little_is_remembered() {
        let mut signals = signals();
        for number in 0..1_000 {
            signals.is_new(AnonymousCheer { by_chat: true, bits: number, at_ms: 0 });
        }
        assert_eq!(signals.anonymous.len(), REMEMBERED);
    }
}
