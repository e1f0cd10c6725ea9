//! Keeps a few lines of chat around each moment, for whoever judges it (docs/adr/0018).
//!
//! A [`Witness`] is a channel's own: it remembers the newest lines, and hands those around a
//! moment to the task that writes ([`keep`]). What is deleted in chat is deleted in both.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, atomic::Ordering::Relaxed},
};

use cliphound_clock::Clock;
use cliphound_engine::Cause;
use cliphound_store::{Around, ChatLine, Erased, Erasure, IntentKey, StoreError};
use cliphound_twitch::{ChannelLogin, chat::ChatEvent};
use tokio::sync::mpsc;

use super::{
    stats::Stats,
    untitle::{Archive, Out},
};
use crate::{clips::ClipOrder, costs, crew::rest, plain::plain};

/// Testimonies that wait for the disk; lines that do not fit are left out and counted, erasures
/// wait.
pub const QUEUE: usize = 1_024;
/// Testimonies that are taken at once, so that a slow disk is waited for seldom.
const AT_ONCE: usize = 256;
/// One in so many lost lines is told.
const TELL_EVERY: u64 = 1_000;
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
    Lines(Around),
    /// Chat was deleted.
    Erase(Erasure),
}

/// Remembers a channel's newest lines.
#[derive(Debug)]
pub struct Witness {
    login: ChannelLogin,
    broadcaster_id: Option<String>,
    out: Option<mpsc::Sender<Testimony>>,
    /// Lines are kept; what was deleted is handed on in any case.
    keeps: bool,
    stats: Arc<Stats>,
    recent: VecDeque<Heard>,
    open: VecDeque<(IntentKey, usize)>,
    owed: BTreeSet<Erasure>,
}

/// A line, and when it counts for the engine: that of one that comes late is later than when it
/// was sent, and moments are found by it.
#[derive(Debug)]
struct Heard {
    counts_ms: i64,
    line: ChatLine,
}

impl Witness {
    /// One of a channel, that remembers lines if it `keeps` them; without `out` it does nothing.
    /// What finds no room is counted in `stats`.
    #[must_use]
    pub fn new(
        login: ChannelLogin,
        out: Option<mpsc::Sender<Testimony>>,
        keeps: bool,
        stats: Arc<Stats>,
    ) -> Self {
        let (recent, open, owed) = (VecDeque::new(), VecDeque::new(), BTreeSet::new());
        Self { login, broadcaster_id: None, out, keeps, stats, recent, open, owed }
    }

    /// The channel's id is known.
    pub fn know(&mut self, id: &str) {
        self.broadcaster_id = Some(id.to_owned());
    }

    /// Hears an event of its channel, sent at `at_ms` on Twitch's clock, which counts for the
    /// engine at `counts_ms`.
    pub fn hear(&mut self, event: &ChatEvent, at_ms: i64, counts_ms: i64) {
        if self.out.is_none() {
            return;
        }
        self.pay();
        match event {
            ChatEvent::Message(message) => {
                let line = ChatLine {
                    sent_ms: at_ms,
                    message_id: message.id.clone(),
                    login: message.login.clone(),
                    text: plain(&message.text).chars().take(MAX_TEXT).collect(),
                };
                self.line(Heard { counts_ms, line });
            }
            ChatEvent::MessageDeleted { id } => {
                self.recent.retain(|heard| heard.line.message_id != *id);
                self.erase(Erasure::Message { id: id.clone() });
            }
            ChatEvent::ChatCleared { user: Some(user) } => {
                let erasure = Erasure::User { channel: self.channel(), login: user.clone() };
                self.recent.retain(|heard| heard.line.login != *user);
                self.erase(erasure);
            }
            ChatEvent::ChatCleared { user: None } => {
                let erasure = Erasure::Chat { channel: self.channel() };
                self.recent.clear();
                self.erase(erasure);
            }
            _ => {}
        }
    }

    fn line(&mut self, heard: Heard) {
        if !self.keeps {
            return;
        }
        let at_ms = heard.counts_ms;
        self.open.retain(|(key, left)| *left > 0 && at_ms <= key.trigger_ms + FOLLOW_MS);
        let mut followed = Vec::new();
        for (key, left) in &mut self.open {
            if at_ms >= key.trigger_ms {
                *left -= 1;
                followed.push(key.clone());
            }
        }
        for key in followed {
            self.send(key, vec![heard.line.clone()]);
        }
        self.recent.push_back(heard);
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
        let lines: Vec<&Heard> =
            self.recent.iter().filter(|heard| heard.counts_ms >= from_ms).collect();
        let every = lines.len().div_ceil(BEFORE).max(1);
        // Counted from the newest, which say most. Who asked is always among them.
        let asked = |heard: &Heard| match &order.moment.cause {
            Cause::Manual(login) => heard.counts_ms == key.trigger_ms && heard.line.login == *login,
            _ => false,
        };
        let lines = lines.into_iter().rev().enumerate();
        let mut lines: Vec<ChatLine> = lines
            .filter(|(at, heard)| at % every == 0 || asked(heard))
            .map(|(_, heard)| heard.line.clone())
            .collect();
        lines.reverse();
        if !lines.is_empty() {
            self.send(key.clone(), lines);
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
            self.owed.insert(Erasure::Chat { channel: self.channel() });
        }
        self.pay();
    }

    fn channel(&self) -> Erased {
        Erased { login: self.login.to_string(), broadcaster_id: self.broadcaster_id.clone() }
    }

    /// A full queue costs lines of chat, nothing else.
    fn send(&self, key: IntentKey, lines: Vec<ChatLine>) {
        let Some(out) = &self.out else { return };
        let around = Around { key, login: self.login.to_string(), lines };
        if let Err(error) = out.try_send(Testimony::Lines(around))
            && let Testimony::Lines(lost) = error.into_inner()
        {
            leave_out(&self.stats, std::slice::from_ref(&lost), false);
        }
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

/// Counts lines that are not kept; of many, says it once in a while, unless `is_told` of their disk.
fn leave_out(stats: &Stats, lost: &[Around], is_told: bool) {
    let lines = lost.iter().map(|around| around.lines.len() as u64).sum();
    let before = stats.chat_lost.fetch_add(lines, Relaxed);
    let is_due = before == 0 || before / TELL_EVERY < (before + lines) / TELL_EVERY;
    if is_due && !is_told {
        tracing::warn!(
            lost = before + lines,
            "lines of chat around moments are left out: the disk does not keep up with them; clips go on"
        );
    }
}

/// Writes lines, and erases what was deleted, until the queue is closed. Lines that the disk
/// does not take are left out and counted; an erasure is tried until it is done, what it leaves in
/// the records once in a while.
pub async fn keep(
    archive: Archive,
    queue: &mut mpsc::Receiver<Testimony>,
    clock: Clock,
    stats: Arc<Stats>,
) {
    let (mut is_failing, mut owes, mut due_ms) = (false, false, clock.now_ms());
    // What came behind those that are taken together, and is of the other kind.
    let mut next = None;
    loop {
        let came = match next.take() {
            Some(testimony) => Some(Some(testimony)),
            None => {
                rest(async {
                    tokio::select! {
                        biased;
                        () = clock.sleep_until_ms(due_ms) => None,
                        testimony = queue.recv() => Some(testimony),
                    }
                })
                .await
            }
        };
        match came {
            Some(Some(testimony)) => {
                let work = Work::begin(testimony, queue, &mut next);
                is_failing = loop {
                    let Err(error) = work.take(&archive, &mut owes).await else { break false };
                    if !std::mem::replace(&mut is_failing, true) {
                        let what = "lines of chat around moments can't be stored or deleted now";
                        costs::tell(&error, what);
                    }
                    if matches!(work, Work::Lines(_)) || queue.is_closed() {
                        work.give_up(&stats, &error);
                        break true;
                    }
                    rest(clock.sleep_until_ms(clock.now_ms() + AGAIN_MS)).await;
                };
            }
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

/// What is done at once: many are deleted together where a moderator clears up.
enum Work {
    Lines(Vec<Around>),
    Erase(Vec<Erasure>),
}

impl Work {
    /// A testimony, and those of its kind that wait right behind it. What is of the other kind is
    /// `next`.
    fn begin(
        first: Testimony,
        queue: &mut mpsc::Receiver<Testimony>,
        next: &mut Option<Testimony>,
    ) -> Self {
        let mut work = match first {
            Testimony::Lines(around) => Self::Lines(vec![around]),
            Testimony::Erase(erasure) => Self::Erase(vec![erasure]),
        };
        while work.len() < AT_ONCE
            && next.is_none()
            && let Ok(testimony) = queue.try_recv()
        {
            *next = work.add(testimony);
        }
        work
    }

    fn len(&self) -> usize {
        match self {
            Self::Lines(all) => all.len(),
            Self::Erase(all) => all.len(),
        }
    }

    /// Adds what is of its kind; gives back what is not.
    fn add(&mut self, testimony: Testimony) -> Option<Testimony> {
        match (self, testimony) {
            (Self::Lines(all), Testimony::Lines(around)) => all.push(around),
            (Self::Erase(all), Testimony::Erase(erasure)) => all.push(erasure),
            (_, other) => return Some(other),
        }
        None
    }

    /// Writes or erases.
    async fn take(&self, archive: &Archive, owes: &mut bool) -> Result<(), StoreError> {
        match self {
            Self::Lines(all) => archive.store.keep_chat(all).await,
            Self::Erase(all) => {
                let out = archive.erase(all).await?;
                if matches!(out, Out::ButOfRecords(_)) {
                    *owes = owed(Ok(out), *owes);
                }
                Ok(())
            }
        }
    }

    fn give_up(&self, stats: &Stats, error: &StoreError) {
        if let Self::Lines(all) = self {
            leave_out(stats, all, error.is_of_disk());
        }
    }
}

/// Whether titles are left in the records; says it once.
fn owed(out: anyhow::Result<Out>, was_owed: bool) -> bool {
    let why = match out {
        Ok(Out::Everywhere) => return false,
        Ok(Out::ButOfRecords(why)) | Err(why) => why,
    };
    let store = why.downcast_ref::<StoreError>();
    if !was_owed && !store.is_some_and(StoreError::is_of_disk) {
        tracing::error!(
            "titles that were deleted in chat may stay in moments.tsv for now; it is tried again every minute: {why:#}"
        );
    }
    true
}

#[cfg(test)]
mod tests;
