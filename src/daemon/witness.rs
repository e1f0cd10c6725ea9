//! Keeps a few lines of chat around each moment, for whoever judges it (docs/adr/0018).
//!
//! A [`Witness`] is a channel's own: it remembers the newest lines, and hands those around a
//! moment to the task that writes ([`keep`]). What is deleted in chat is deleted in both.

use std::collections::{BTreeSet, VecDeque};

use cliphound_clock::Clock;
use cliphound_engine::Cause;
use cliphound_store::{ChatLine, Erasure, IntentKey};
use cliphound_twitch::{ChannelLogin, chat::ChatEvent};
use tokio::sync::mpsc;

use super::untitle::Archive;
use crate::{clips::ClipOrder, crew::rest, plain::plain};

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
    out: Option<mpsc::Sender<Testimony>>,
    /// Lines are kept; what was deleted is handed on in any case.
    keeps: bool,
    recent: VecDeque<ChatLine>,
    open: VecDeque<(IntentKey, usize)>,
    owed: BTreeSet<Erasure>,
}

impl Witness {
    /// One of a channel, that remembers lines if it `keeps` them; without `out` it does nothing.
    #[must_use]
    pub fn new(login: ChannelLogin, out: Option<mpsc::Sender<Testimony>>, keeps: bool) -> Self {
        let (recent, open, owed) = (VecDeque::new(), VecDeque::new(), BTreeSet::new());
        Self { login, out, keeps, recent, open, owed }
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
        if !self.keeps {
            return;
        }
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

    /// A moment: the lines up to now are handed on, those that come are followed.
    pub fn moment(&mut self, order: &ClipOrder) {
        if self.out.is_none() || !self.keeps {
            return;
        }
        let key = order.key();
        let from_ms = order.moment.start.0 - LEAD_MS;
        let lines: Vec<&ChatLine> =
            self.recent.iter().filter(|line| line.sent_ms >= from_ms).collect();
        let every = lines.len().div_ceil(BEFORE).max(1);
        // Counted from the newest, which say most. Who asked is always among them.
        let asked = |line: &ChatLine| match &order.moment.cause {
            Cause::Manual(login) => line.sent_ms == key.trigger_ms && line.login == *login,
            _ => false,
        };
        let lines = lines.into_iter().rev().enumerate();
        let mut lines: Vec<ChatLine> = lines
            .filter(|(at, line)| at % every == 0 || asked(line))
            .map(|(_, line)| line.clone())
            .collect();
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
pub async fn keep(archive: Archive, queue: &mut mpsc::Receiver<Testimony>, clock: Clock) {
    let mut is_failing = false;
    if let Err(error) = archive.end_what_was_begun().await {
        tracing::warn!(%error, "titles that were deleted in chat can't be looked for now");
    }
    while let Some(testimony) = rest(queue.recv()).await {
        loop {
            let written = match &testimony {
                Testimony::Lines { key, login, lines } => {
                    archive.store.keep_chat(key, login, lines).await
                }
                Testimony::Erase(erasure) => archive.erase(erasure).await,
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
    use std::sync::Arc;

    use cliphound_engine::{EventTime, Moment};
    use cliphound_store::{NewIntent, Store, Words};
    use cliphound_twitch::chat::ChatMessage;

    use super::*;
    use crate::{
        board::Board,
        clips::{OfflineFlag, Said, row},
        config::title::neutral_title,
        records::Records,
        time::TwitchTime,
    };

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
        (Witness::new(ChannelLogin::parse("ninja").unwrap(), Some(out), true), queue)
    }

    /// A moment between these, asked for by somebody or not.
    fn moment(start_ms: i64, trigger_ms: i64, cause: Cause) -> ClipOrder {
        ClipOrder {
            login: ChannelLogin::parse("ninja").unwrap(),
            broadcaster_id: Some("7".to_owned()),
            moment: Moment {
                trigger: EventTime(trigger_ms),
                start: EventTime(start_ms),
                end: EventTime(trigger_ms),
                score: 1.0,
                threshold: 0.5,
                cause,
                reasons: Vec::new(),
                learning: false,
                title: None,
            },
            title: "their words".to_owned(),
            said: Said::default(),
            duration_s: 30.0,
            offline: OfflineFlag::default(),
            publish: crate::config::Publish::Auto,
        }
    }

    fn hype(start_ms: i64, trigger_ms: i64) -> ClipOrder {
        moment(start_ms, trigger_ms, Cause::Hype)
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
        witness.moment(&hype(90_000, 99_000));
        assert_eq!(times(&mut queue), (80..100).map(|s| s * 1_000).collect::<Vec<_>>());
        for s in 100..200 {
            witness.hear(&said(s), s * 1_000);
        }
        assert_eq!(times(&mut queue), (100..=114).map(|s| s * 1_000).collect::<Vec<_>>());
        // A flood is thinned, and ends in time.
        for n in 0..1_000 {
            witness.hear(&said(n), 300_000 + n);
        }
        witness.moment(&hype(300_000, 301_000));
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
            witness.moment(&hype(0, 6));
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

    fn archive(dir: &std::path::Path, store: &Store) -> Archive {
        Archive {
            store: store.clone(),
            records: Arc::new(Records::open(&dir.join("recordings")).unwrap()),
            board: Board::new(TwitchTime::new(Clock::starting_at(0, 1.0))),
        }
    }

    /// A promise of a moment that somebody asked for.
    async fn promise(store: &Store, order: &ClipOrder) {
        store.record_moment(&row::moment_row(order)).await.unwrap();
        let now_ms = order.moment.trigger.0;
        let intent = NewIntent {
            key: order.key(),
            login: order.login.to_string(),
            start_ms: order.moment.start.0,
            end_ms: now_ms,
            automatic: false,
            due_ms: now_ms,
            title: order.title.clone(),
            words: order.said.words.clone(),
            duration_s: order.duration_s,
            in_review: true,
            now_ms,
        };
        store.promise(&intent).await.unwrap();
    }

    /// Which of four titles stay: one by ann at 10 and 20, by bob at 30, and one of a clip.
    async fn titles_after(deletion: &ChatEvent, keeps: bool) -> Vec<bool> {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        let (out, mut queue) = mpsc::channel(QUEUE);
        let login = ChannelLogin::parse("ninja").unwrap();
        let mut witness = Witness::new(login, Some(out), keeps);
        let asked = |at_ms, by: &str| {
            let words = Words { said_by: Some(by.to_owned()), said_in: Some(format!("m{at_ms}")) };
            let order = moment(0, at_ms, Cause::Manual(by.to_owned()));
            ClipOrder { said: Said::new(words), ..order }
        };
        let orders = [asked(10, "ann"), asked(20, "ann"), asked(31, "bob"), hype(0, 40)];
        for (order, n) in orders.iter().zip([10, 20, 31, 40]) {
            promise(&store, order).await;
            witness.hear(&said(n), n);
            witness.moment(order);
        }
        witness.hear(deletion, 50);
        drop(witness);
        let archive = archive(dir.path(), &store);
        keep(archive, &mut queue, Clock::system()).await;
        let mut stay = Vec::new();
        for order in &orders {
            let title = store.intent(&order.key()).await.unwrap().unwrap().title;
            let neutral = neutral_title("ninja", order.moment.trigger.0);
            assert!(title == "their words" || title == neutral, "{title}");
            stay.push(title == "their words");
        }
        stay
    }

    #[tokio::test]
    async fn a_deleted_title_is_a_title_no_more() {
        let user = |user: Option<&str>| ChatEvent::ChatCleared { user: user.map(str::to_owned) };
        let message = ChatEvent::MessageDeleted { id: "m20".to_owned() };
        for (deletion, keeps, expected) in [
            (&message, true, [true, false, true, true]),
            // Its line need not be kept.
            (&message, false, [true, false, true, true]),
            (&user(Some("ann")), false, [false, false, true, true]),
            (&user(None), false, [false, false, false, true]),
        ] {
            assert_eq!(titles_after(deletion, keeps).await, expected, "{deletion:?} {keeps}");
        }
    }

    /// A flood around it does not hide whose line asked for a moment.
    #[test]
    fn who_asked_is_among_the_lines() {
        let (mut witness, mut queue) = witness(QUEUE);
        (0..399).for_each(|n| witness.hear(&said(n), n));
        for asked_ms in [6, 7] {
            let by = if asked_ms % 2 == 0 { "ann" } else { "bob" };
            witness.moment(&moment(0, asked_ms, Cause::Manual(by.to_owned())));
            assert!(times(&mut queue).contains(&asked_ms));
        }
    }

    #[tokio::test]
    async fn lines_are_kept_until_they_are_deleted_and_leave_no_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        let (mut witness, mut queue) = witness(QUEUE);
        (0..6).for_each(|n| witness.hear(&said(n), n));
        witness.moment(&hype(0, 6));
        witness.hear(&ChatEvent::ChatCleared { user: Some("ann".to_owned()) }, 7);
        witness.hear(&ChatEvent::MessageDeleted { id: "m3".to_owned() }, 8);
        drop(witness);
        keep(archive(dir.path(), &store), &mut queue, Clock::system()).await;
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
