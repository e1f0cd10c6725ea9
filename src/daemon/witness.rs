//! Keeps a few lines of chat around each moment, for whoever judges it (docs/adr/0018).
//!
//! A [`Witness`] is a channel's own: it remembers the newest lines, and hands those around a
//! moment to the task that writes ([`keep`]). What is deleted in chat is deleted in both.

use std::collections::{BTreeSet, VecDeque};

use cliphound_clock::Clock;
use cliphound_store::{ChatLine, Erasure, IntentKey, Store};
use cliphound_twitch::{ChannelLogin, chat::ChatEvent};
use tokio::sync::mpsc;

use crate::{crew::rest, plain::plain};

/// Testimonies that wait for the disk; lines that do not fit are left out, erasures wait.
pub const QUEUE: usize = 1_024;
/// Newest lines that a channel remembers, some 100 KB.
const RECENT: usize = 400;
/// Lines before the trigger that are kept: of more, every second, third and so on.
const BEFORE: usize = 40;
/// Lines after it.
const AFTER: usize = 20;
/// They are from so long before the moment …
const LEAD_MS: i64 = 10_000;
/// … and so long after its trigger.
const FOLLOW_MS: i64 = 15_000;
/// Longest text that is kept, in characters (Twitch's limit of a message).
const MAX_TEXT: usize = 500;
/// Moments that are followed at the same time.
const OPEN: usize = 8;
/// Erasures that may wait for a place in the queue; of more, all of the channel is erased.
const MAX_OWED: usize = 256;
/// Pause before the disk is tried again for an erasure.
const AGAIN_MS: i64 = 1_000;

/// Something for the database.
#[derive(Debug, PartialEq)]
pub enum Testimony {
    /// Lines around a moment.
    Lines {
        /// Its key.
        key: IntentKey,
        /// The channel's login.
        login: String,
        /// The lines.
        lines: Vec<ChatLine>,
    },
    /// Chat was deleted.
    Erase(Erasure),
}

/// Remembers a channel's newest lines.
#[derive(Debug)]
pub struct Witness {
    login: ChannelLogin,
    /// `None`: the user wants no chat kept.
    out: Option<mpsc::Sender<Testimony>>,
    recent: VecDeque<ChatLine>,
    open: VecDeque<(IntentKey, usize)>,
    owed: BTreeSet<Erasure>,
}

impl Witness {
    /// One of a channel; without `out` it remembers nothing.
    #[must_use]
    pub fn new(login: ChannelLogin, out: Option<mpsc::Sender<Testimony>>) -> Self {
        let (recent, open, owed) = (VecDeque::new(), VecDeque::new(), BTreeSet::new());
        Self { login, out, recent, open, owed }
    }

    /// Hears an event of its channel, sent at `at_ms` on Twitch's clock.
    pub fn hear(&mut self, event: &ChatEvent, at_ms: i64) {
        if self.out.is_none() {
            return;
        }
        self.pay();
        let channel = || self.login.to_string();
        match event {
            ChatEvent::Message(message) => self.line(ChatLine {
                sent_ms: at_ms,
                message_id: message.id.clone(),
                login: message.login.clone(),
                text: plain(&message.text).chars().take(MAX_TEXT).collect(),
            }),
            ChatEvent::MessageDeleted { id } => {
                self.recent.retain(|line| line.message_id != *id);
                self.erase(Erasure::Message { id: id.clone() });
            }
            ChatEvent::ChatCleared { user: Some(user) } => {
                let erasure = Erasure::User { channel: channel(), login: user.clone() };
                self.recent.retain(|line| line.login != *user);
                self.erase(erasure);
            }
            ChatEvent::ChatCleared { user: None } => {
                let erasure = Erasure::Chat { channel: channel() };
                self.recent.clear();
                self.erase(erasure);
            }
            _ => {}
        }
    }

    fn line(&mut self, line: ChatLine) {
        self.open.retain(|(key, left)| *left > 0 && line.sent_ms <= key.trigger_ms + FOLLOW_MS);
        for (key, left) in &mut self.open {
            if line.sent_ms >= key.trigger_ms {
                *left -= 1;
                let lines = vec![line.clone()];
                let login = self.login.to_string();
                send(&self.out, Testimony::Lines { key: key.clone(), login, lines });
            }
        }
        self.recent.push_back(line);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// A moment that began at `start_ms`: the lines up to now are handed on, those that come are
    /// followed.
    pub fn moment(&mut self, key: IntentKey, start_ms: i64) {
        if self.out.is_none() {
            return;
        }
        let from_ms = start_ms - LEAD_MS;
        let lines: Vec<&ChatLine> =
            self.recent.iter().filter(|line| line.sent_ms >= from_ms).collect();
        let every = lines.len().div_ceil(BEFORE).max(1);
        // Counted from the newest, which say most.
        let mut lines: Vec<ChatLine> = lines.into_iter().rev().step_by(every).cloned().collect();
        lines.reverse();
        let login = self.login.to_string();
        if !lines.is_empty() {
            send(&self.out, Testimony::Lines { key: key.clone(), login, lines });
        }
        self.open.push_back((key, AFTER));
        if self.open.len() > OPEN {
            self.open.pop_front();
        }
    }

    fn erase(&mut self, erasure: Erasure) {
        self.owed.insert(erasure);
        if self.owed.len() > MAX_OWED {
            self.owed.clear();
            self.owed.insert(Erasure::Chat { channel: self.login.to_string() });
        }
        self.pay();
    }

    /// Hands on what was to be erased, as far as there is room.
    pub fn pay(&mut self) {
        let Some(out) = &self.out else { return };
        while let Some(erasure) = self.owed.pop_first() {
            if let Err(mpsc::error::TrySendError::Full(Testimony::Erase(erasure))) =
                out.try_send(Testimony::Erase(erasure))
            {
                self.owed.insert(erasure);
                return;
            }
        }
    }
}

/// A full queue costs lines of chat, nothing else.
fn send(out: &Option<mpsc::Sender<Testimony>>, testimony: Testimony) {
    if let Some(out) = out {
        let _ = out.try_send(testimony);
    }
}

/// Writes lines, and erases what was deleted, until the queue is closed. Lines that the disk
/// does not take are left out; an erasure is tried until it is done.
pub async fn keep(store: Store, queue: &mut mpsc::Receiver<Testimony>, clock: Clock) {
    let mut is_failing = false;
    while let Some(testimony) = rest(queue.recv()).await {
        loop {
            let written = match &testimony {
                Testimony::Lines { key, login, lines } => store.keep_chat(key, login, lines).await,
                Testimony::Erase(erasure) => {
                    store.erase_chat(std::slice::from_ref(erasure)).await.map(drop)
                }
            };
            let Err(error) = written else {
                is_failing = false;
                break;
            };
            if !std::mem::replace(&mut is_failing, true) {
                tracing::warn!(%error, "lines of chat around moments can't be stored or deleted now");
            }
            if matches!(testimony, Testimony::Lines { .. }) || queue.is_closed() {
                break;
            }
            rest(clock.sleep_until_ms(clock.now_ms() + AGAIN_MS)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use cliphound_twitch::chat::ChatMessage;

    use super::*;

    fn said(n: i64) -> ChatEvent {
        ChatEvent::Message(ChatMessage {
            id: format!("m{n}"),
            login: if n % 2 == 0 { "ann".to_owned() } else { "bob".to_owned() },
            text: format!("line\u{202e} {n}"),
            ..ChatMessage::default()
        })
    }

    fn key(trigger_ms: i64) -> IntentKey {
        IntentKey { broadcaster_id: "7".to_owned(), trigger_ms }
    }

    fn witness(room: usize) -> (Witness, mpsc::Receiver<Testimony>) {
        let (out, queue) = mpsc::channel(room);
        (Witness::new(ChannelLogin::parse("ninja").unwrap(), Some(out)), queue)
    }

    /// Times of the lines that were handed on.
    fn times(queue: &mut mpsc::Receiver<Testimony>) -> Vec<i64> {
        let mut times = Vec::new();
        while let Ok(testimony) = queue.try_recv() {
            match testimony {
                Testimony::Lines { lines, .. } => times.extend(lines.iter().map(|l| l.sent_ms)),
                other => panic!("{other:?}"),
            }
        }
        times
    }

    #[test]
    fn the_lines_around_a_moment_are_handed_on_and_no_others() {
        let (mut witness, mut queue) = witness(QUEUE);
        for s in 0..100 {
            witness.hear(&said(s), s * 1_000);
        }
        witness.moment(key(99_000), 90_000);
        assert_eq!(times(&mut queue), (80..100).map(|s| s * 1_000).collect::<Vec<_>>());
        for s in 100..200 {
            witness.hear(&said(s), s * 1_000);
        }
        assert_eq!(times(&mut queue), (100..=114).map(|s| s * 1_000).collect::<Vec<_>>());
        // A flood is thinned, and ends in time.
        for n in 0..1_000 {
            witness.hear(&said(n), 300_000 + n);
        }
        witness.moment(key(301_000), 300_000);
        let flood = times(&mut queue);
        assert_eq!((flood.len(), flood.last()), (BEFORE, Some(&300_999)));
        for n in 0..100 {
            witness.hear(&said(n), 301_000 + n);
        }
        assert_eq!(times(&mut queue).len(), AFTER);
    }

    #[test]
    fn what_is_deleted_is_remembered_no_more() {
        for (deletion, left) in [
            (ChatEvent::MessageDeleted { id: "m4".to_owned() }, vec![0, 1, 2, 3, 5]),
            (ChatEvent::ChatCleared { user: Some("ann".to_owned()) }, vec![1, 3, 5]),
            (ChatEvent::ChatCleared { user: None }, vec![]),
        ] {
            let (mut witness, mut queue) = witness(QUEUE);
            (0..6).for_each(|n| witness.hear(&said(n), n));
            witness.hear(&deletion, 6);
            assert!(matches!(queue.try_recv(), Ok(Testimony::Erase(_))));
            witness.moment(key(6), 0);
            assert_eq!(times(&mut queue), left);
        }
    }

    #[test]
    fn no_erasure_is_lost_when_there_is_no_room() {
        let (mut witness, mut queue) = witness(1);
        let delete = |n: usize| ChatEvent::MessageDeleted { id: format!("{n:04}") };
        (0..4).for_each(|n| witness.hear(&delete(n), 0));
        for n in 0..4 {
            let id = format!("{n:04}");
            assert_eq!(queue.try_recv(), Ok(Testimony::Erase(Erasure::Message { id })));
            witness.pay();
        }
        (0..2 * MAX_OWED).for_each(|n| witness.hear(&delete(n), 0));
        assert!(queue.try_recv().is_ok());
        witness.pay();
        let mut erased = Vec::new();
        while let Ok(Testimony::Erase(erasure)) = queue.try_recv() {
            erased.push(erasure);
            witness.pay();
        }
        assert!(erased.contains(&Erasure::Chat { channel: "ninja".to_owned() }));
    }

    #[tokio::test]
    async fn lines_are_kept_until_they_are_deleted_and_leave_no_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        let (mut witness, mut queue) = witness(QUEUE);
        (0..6).for_each(|n| witness.hear(&said(n), n));
        witness.moment(key(6), 0);
        witness.hear(&ChatEvent::ChatCleared { user: Some("ann".to_owned()) }, 7);
        witness.hear(&ChatEvent::MessageDeleted { id: "m3".to_owned() }, 8);
        drop(witness);
        keep(store.clone(), &mut queue, Clock::system()).await;
        let lines = store.chat_around(&key(6)).await.unwrap();
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["line  1", "line  5"]);
        let mut bytes = Vec::new();
        for name in ["cliphound.db", "cliphound.db-wal"] {
            bytes.extend(std::fs::read(dir.path().join(name)).unwrap());
        }
        let has = |words: &str| bytes.windows(words.len()).any(|part| part == words.as_bytes());
        assert!(has("line  5") && !has("line  2") && !has("line  3"));
    }
}
