//! Keeps a few lines of chat around each moment, for whoever judges it (docs/adr/0018).
//!
//! A [`Witness`] is a channel's own: it remembers the newest lines, and hands those around a
//! moment to the task that writes ([`keep`]). What is deleted in chat is deleted in both.

use std::collections::{BTreeSet, VecDeque};

use cliphound_clock::Clock;
use cliphound_engine::Cause;
use cliphound_store::{ChatLine, Erasure, IntentKey, StoreError};
use cliphound_twitch::{ChannelLogin, chat::ChatEvent};
use tokio::sync::mpsc;

use super::untitle::{Archive, Out};
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
/// Pause before the records are tried again for titles that were deleted.
const OWED_EVERY_MS: i64 = 60_000;
/// The same where none is known to be left: whoever wrote a line may have failed to take one out.
const LOOK_EVERY_MS: i64 = 3_600_000;

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
/// does not take are left out; an erasure is tried until it is done, what it leaves in the records
/// once in a while.
pub async fn keep(archive: Archive, queue: &mut mpsc::Receiver<Testimony>, clock: Clock) {
    let (mut is_failing, mut owes, mut due_ms) = (false, false, clock.now_ms());
    loop {
        let came = rest(async {
            tokio::select! {
                biased;
                () = clock.sleep_until_ms(due_ms) => None,
                testimony = queue.recv() => Some(testimony),
            }
        });
        match came.await {
            Some(Some(testimony)) => loop {
                let Err(error) = take(&archive, &testimony, &mut owes).await else {
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
            },
            Some(None) => return,
            None => {
                let ended = archive.end_what_was_begun().await;
                owes = owed(ended.map_err(anyhow::Error::from), owes);
                due_ms = i64::MAX;
            }
        }
        let pause_ms = if owes { OWED_EVERY_MS } else { LOOK_EVERY_MS };
        due_ms = due_ms.min(clock.now_ms() + pause_ms);
    }
}

/// Writes or erases.
async fn take(archive: &Archive, testimony: &Testimony, owes: &mut bool) -> Result<(), StoreError> {
    match testimony {
        Testimony::Lines { key, login, lines } => archive.store.keep_chat(key, login, lines).await,
        Testimony::Erase(erasure) => {
            let out = archive.erase(erasure).await?;
            if matches!(out, Out::ButOfRecords(_)) {
                *owes = owed(Ok(out), *owes);
            }
            Ok(())
        }
    }
}

/// Whether titles are left in the records; says it once.
fn owed(out: anyhow::Result<Out>, was_owed: bool) -> bool {
    let why = match out {
        Ok(Out::Everywhere) => return false,
        Ok(Out::ButOfRecords(why)) | Err(why) => why,
    };
    if !was_owed {
        tracing::error!(
            "titles that were deleted in chat may stay in moments.tsv for now; it is tried again every minute: {why:#}"
        );
    }
    true
}

#[cfg(test)]
mod tests;
