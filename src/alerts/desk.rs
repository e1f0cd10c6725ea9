//! Puts what somebody wants to hear into the outbox, and sees to it that each alert has its
//! sender.
//!
//! While the database fails, what is new waits here. What was never told (Cliphound was killed
//! between a clip's end and the outbox, or a queue was full) is found again: the intents that
//! changed of late are looked through, once each, and what is in the outbox already is left alone.
//! Only trouble does not wait for a disk that fails: that is what it tells of.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use cliphound_clock::Clock;
use cliphound_store::{Intent, NewAlert, Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    handle::Told,
    news::News,
    sender::Senders,
    starts::{self, Starts},
    tally::Tally,
    troubles::Courses,
};
use crate::{
    clips::{row, viewers::LiveNow},
    config::{Alert, AlertEvent, alerts::Then},
    crew::{Crew, Post, rest},
    time::TwitchTime,
    trouble::{Kind, Watched},
};

/// Alerts that wait here while the database fails; then the oldest goes.
const MOST_PENDING: usize = 1_000;
/// So many go into the database at once.
const BATCH: usize = 200;
/// How often it is tried again, and looked after starts of streams.
const TICK: Duration = Duration::from_secs(5);
/// How often it is looked for what was never told …
const SWEEP_EVERY_MS: i64 = 600_000;
/// … and how far back at first: older things are no news. Rows are kept for longer than that.
const SWEEP_MS: i64 = 86_400_000;
/// Whoever changes an intent names the time of it, and may then wait for its turn at the database, but
/// never for so long.
const TURN_MS: i64 = 600_000;
/// Intents that are looked through at once; in tests few, so that it takes several times.
const SWEPT_AT_ONCE: u32 = if cfg!(test) { 2 } else { 500 };

/// Why what waits for an alert that is gone is not sent.
const GONE: &str = "the alert was taken out of the settings, or turned off";

/// What a desk works with.
pub struct Desk {
    /// What happens.
    pub queue: mpsc::Receiver<Told>,
    /// Something found no room in the queue.
    pub overflowed: Arc<AtomicBool>,
    /// The alerts, as they are set now.
    pub settings: watch::Receiver<Vec<Alert>>,
    /// Who is live.
    pub live: watch::Receiver<LiveNow>,
    /// What is wrong.
    pub troubles: Watched,
    /// What browsers call our pages, for links, if that is known.
    pub pages: Option<Url>,
    /// The database.
    pub store: Store,
    /// Our clock and Twitch's.
    pub time: TwitchTime,
    /// Runs the senders.
    pub crew: Crew,
    /// How a sender's task is called.
    pub post: Post,
    /// Ends the senders.
    pub stop: CancellationToken,
    /// What was done.
    pub tally: Tally,
}

/// A desk at work.
pub struct AtWork {
    desk: Desk,
    senders: Senders,
    starts: Starts,
    courses: Courses,
    /// What an earlier run told of trouble is known.
    knows_courses: bool,
    pending: VecDeque<NewAlert>,
    /// Since when there is each alert; `None` until the database says so.
    since: Option<BTreeMap<String, i64>>,
    /// When this run began.
    begun_ms: i64,
    swept_ms: Option<i64>,
    /// All that changed before was told, or lies here; `None`: that is not known.
    told_to_ms: Option<i64>,
    /// Something was left out.
    has_lost: bool,
}

impl Desk {
    /// Begins to work: nothing is asked of anybody yet.
    #[must_use]
    pub fn begin(self) -> AtWork {
        let senders = Senders::new(
            self.store.clone(),
            self.time.clock().clone(),
            self.crew.clone(),
            self.post.clone(),
            self.stop.clone(),
            self.tally.clone(),
        );
        let (starts, pending) = (Starts::default(), VecDeque::new());
        let begun_ms = self.time.clock().now_ms();
        AtWork {
            begun_ms,
            desk: self,
            senders,
            starts,
            courses: Courses::default(),
            knows_courses: false,
            pending,
            since: None,
            swept_ms: None,
            told_to_ms: None,
            has_lost: false,
        }
    }
}

impl AtWork {
    /// Works until nobody can tell anything any more.
    pub async fn run(&mut self) {
        let clock = self.clock();
        self.settle().await;
        let (mut has_live, mut has_settings, mut has_troubles) = (true, true, true);
        loop {
            let next = rest(async {
                tokio::select! {
                    told = self.desk.queue.recv() => Next::Told(told),
                    change = self.desk.settings.changed(), if has_settings => Next::Settings(change.is_ok()),
                    change = self.desk.live.changed(), if has_live => Next::Live(change.is_ok()),
                    change = self.desk.troubles.changed(), if has_troubles => Next::Troubles(change.is_ok()),
                    () = clock.sleep(TICK) => Next::Tick,
                }
            });
            match next.await {
                Next::Told(Some(Told::Clip(news))) => {
                    self.take(&news, clock.now_ms(), None);
                }
                Next::Told(Some(Told::Online(login, id))) => {
                    self.starts.heard(clock.now_ms(), login.as_str(), id);
                    continue;
                }
                Next::Told(None) => break,
                Next::Settings(is_open) => {
                    has_settings = is_open;
                    self.settle().await;
                }
                Next::Live(is_open) => {
                    has_live = is_open;
                    self.look_who_is_live();
                }
                Next::Troubles(is_open) => {
                    has_troubles = is_open;
                    self.look_at_troubles().await;
                }
                Next::Tick => self.tick().await,
            }
            self.flush().await;
        }
        self.flush().await;
        if !self.pending.is_empty() {
            tracing::warn!(
                alerts = self.pending.len(),
                "alerts could not be stored at the end; clips among them are found again at the next start"
            );
        }
    }

    fn clock(&self) -> Clock {
        self.desk.time.clock().clone()
    }

    /// The alerts are these from now on.
    async fn settle(&mut self) {
        let alerts = self.desk.settings.borrow_and_update().clone();
        self.since = None;
        self.senders.settle(&alerts);
        self.courses.offer_anew();
        self.tick().await;
        self.flush().await;
    }

    async fn tick(&mut self) {
        let now_ms = self.clock().now_ms();
        if self.since.is_none() {
            self.get_to_know(now_ms).await;
        }
        self.look_at_troubles().await;
        for news in self.starts.overdue(now_ms) {
            self.take(&news, now_ms, None);
        }
        let is_due = self.swept_ms.is_none_or(|at_ms| now_ms - at_ms >= SWEEP_EVERY_MS);
        if is_due || self.desk.overflowed.swap(false, Relaxed) {
            self.sweep(now_ms).await;
        }
    }

    async fn get_to_know(&mut self, now_ms: i64) {
        let names: Vec<(String, String)> = {
            let alerts = self.desk.settings.borrow();
            alerts.iter().map(|alert| (alert.name.clone(), alert.wish())).collect()
        };
        let store = &self.desk.store;
        let known = async {
            let last = store.last_alerts_of(AlertEvent::Online.as_str()).await?;
            let begun_ms = self.begun_ms;
            let streams = store.streams_between(begun_ms - starts::FLAP_MS, begun_ms).await?;
            Ok::<_, StoreError>((store.know_alerts(&names, GONE, now_ms).await?, last, streams))
        };
        match known.await {
            Ok((since, last, streams)) => {
                self.since = Some(since);
                self.starts.remember(last);
                self.starts.remember_streams(&streams, self.begun_ms);
            }
            Err(error) => tracing::debug!(%error, "what was told can't be read"),
        }
    }

    fn look_who_is_live(&mut self) {
        let (now_ms, time) = (self.clock().now_ms(), self.desk.time.clone());
        let live = self.desk.live.borrow_and_update().clone();
        // What an earlier run told must be known first.
        if self.since.is_none() {
            return;
        }
        for news in self.starts.live(now_ms, &live, |ms| time.to_ours(ms)) {
            self.take(&news, now_ms, None);
        }
    }

    /// What an earlier run told must be known first, but a disk that fails is told in any case.
    async fn look_at_troubles(&mut self) {
        let (now_ms, troubles) =
            (self.clock().now_ms(), Arc::clone(&self.desk.troubles.borrow_and_update()));
        if !self.knows_courses {
            let told = self.desk.store.alert_keys_of(AlertEvent::Trouble.as_str()).await;
            match told {
                Ok(keys) => {
                    self.courses.remember(&keys);
                    self.knows_courses = true;
                }
                Err(error) if troubles.of(Kind::Disk).is_none() => {
                    return tracing::debug!(%error, "what was told of trouble can't be read");
                }
                Err(_) => {}
            }
        }
        for news in self.courses.look(now_ms, &troubles) {
            if self.take(&news, now_ms, None) {
                self.courses.heard(&news);
            }
        }
    }

    /// Looks for what was never told, from where the look before ended. What waits for the disk is older
    /// than what is on it by then: until it is there, no look ends later.
    async fn sweep(&mut self, now_ms: i64) {
        let Some(since) = self.since.clone() else { return };
        let Some(first_ms) = since.values().min().copied() else {
            self.swept_ms = Some(now_ms);
            return;
        };
        let from_ms = first_ms.max(now_ms - SWEEP_MS).max(self.told_to_ms.unwrap_or(i64::MIN));
        let is_all_there = self.desk.store.waiting() == 0;
        self.has_lost = false;
        let mut after = None;
        loop {
            let (store, after_) = (&self.desk.store, after.as_ref());
            let read = rest(store.intents_changed(from_ms, after_, SWEPT_AT_ONCE)).await;
            let intents = match read {
                Ok(intents) => intents,
                Err(error) => {
                    return tracing::debug!(%error, "what was not told can't be looked for");
                }
            };
            let is_last = intents.len() < SWEPT_AT_ONCE as usize;
            after = intents.last().map(|last| (last.updated_ms, last.key.clone()));
            self.take_untold(intents, &since).await;
            if is_last {
                break;
            }
        }
        self.swept_ms = Some(now_ms);
        if is_all_there && !self.has_lost {
            self.told_to_ms = Some(now_ms - TURN_MS);
        }
    }

    /// Something is left out: as far as the database knows it, the next look finds it.
    fn lose(&mut self) {
        (self.told_to_ms, self.has_lost) = (None, true);
    }

    async fn take_untold(&mut self, intents: Vec<Intent>, since: &BTreeMap<String, i64>) {
        for intent in intents {
            let moment = self.desk.store.moment(&intent.key).await.unwrap_or_default();
            if let Some(news) = News::of_intent(&intent, &row::moment(&intent, moment)) {
                self.take(&news, intent.updated_ms, Some(since));
            }
            if self.pending.len() >= BATCH {
                self.flush().await;
            }
        }
    }

    /// For each alert that wants it; `since`: only those that were there when it happened. Whether
    /// there is such an alert.
    fn take(
        &mut self,
        news: &News,
        happened_ms: i64,
        since: Option<&BTreeMap<String, i64>>,
    ) -> bool {
        let news = &news.clone().linked(self.desk.pages.as_ref());
        let Ok(payload) = serde_json::to_string(news) else { return false };
        let mut is_wanted = false;
        let now_ms = self.clock().now_ms();
        let alerts = self.desk.settings.borrow().clone();
        for alert in &alerts {
            let was_there =
                since.is_none_or(|all| all.get(&alert.name).is_some_and(|ms| *ms <= happened_ms));
            if !was_there || !alert.wants(news.event, &news.channel, news.score) {
                continue;
            }
            is_wanted = true;
            if is_dropped(alert, news.event, happened_ms) {
                continue;
            }
            let id = match news.channel.as_str() {
                "" => Some(String::new()),
                _ => news.broadcaster_id.clone(),
            };
            self.pending.push_back(NewAlert {
                alert: alert.name.clone(),
                event: news.event.to_string(),
                key: news.key.clone(),
                broadcaster_id: id.unwrap_or_else(|| format!("login:{}", news.channel)),
                login: news.channel.clone(),
                payload: payload.clone(),
                now_ms,
            });
        }
        while self.pending.len() > MOST_PENDING {
            if let Some(lost) = self.pending.pop_front() {
                self.desk.tally.count(&lost.alert, |counts| counts.failed += 1);
                if !self.has_lost {
                    tracing::warn!(alert = %lost.alert, "too many alerts wait for the database: the oldest are left out");
                }
                self.lose();
            }
        }
        is_wanted
    }

    /// Into the database, as far as it takes it.
    async fn flush(&mut self) {
        while !self.pending.is_empty() {
            let batch: Vec<NewAlert> = self.pending.iter().take(BATCH).cloned().collect();
            match self.desk.store.post_alerts(&batch).await {
                Ok(new) => {
                    self.pending.drain(..batch.len());
                    if new > 0 {
                        self.senders.wake();
                    }
                }
                Err(error)
                    if error.may_pass()
                        || matches!(error, StoreError::Closed | StoreError::Damaged { .. }) =>
                {
                    tracing::debug!(%error, "alerts wait for the database");
                    return self.tell_trouble_at_once();
                }
                Err(error) => {
                    tracing::error!(%error, alerts = batch.len(), "alerts can't be stored and are left out");
                    self.pending.drain(..batch.len());
                    self.lose();
                }
            }
        }
    }

    /// While the disk fails, trouble goes straight to its senders.
    fn tell_trouble_at_once(&mut self) {
        if self.desk.troubles.borrow().of(Kind::Disk).is_none() {
            return;
        }
        let is_trouble = |alert: &NewAlert| alert.event == AlertEvent::Trouble.as_str();
        let (now, later): (VecDeque<_>, VecDeque<_>) = self.pending.drain(..).partition(is_trouble);
        self.pending = later;
        now.into_iter().for_each(|alert| self.senders.tell_unstored(alert));
    }
}

/// What is to be done next.
enum Next {
    Told(Option<Told>),
    Settings(bool),
    Live(bool),
    Troubles(bool),
    Tick,
}

/// In quiet hours: what the settings say, and the start of a stream, which is old news when
/// they end.
fn is_dropped(alert: &Alert, event: AlertEvent, happened_ms: i64) -> bool {
    alert.quiet.as_ref().is_some_and(|quiet| {
        quiet.end_ms(happened_ms).is_some()
            && (quiet.then == Then::Drop || event == AlertEvent::Online)
    })
}
