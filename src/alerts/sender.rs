//! One task an alert: sends what waits for it, in order, one after the other. A receiver that
//! is slow or gone delays nothing else.

use std::{
    collections::{BTreeMap, VecDeque},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use cliphound_clock::Clock;
use cliphound_store::{NewAlert, OutboxRow, OutboxStep, Store};
use futures_util::FutureExt as _;
use tokio::{
    sync::{Mutex, mpsc, watch},
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    news::News,
    post::Postman,
    tally::{Counts, Tally},
    verdict::{Verdict, pause_ms},
};
use crate::{
    config::{Alert, AlertEvent},
    crew::{Crew, Post, rest},
};

/// So long it is tried.
const GIVE_UP_MS: i64 = 86_400_000;
/// The start of a stream is news for so long only.
const OLD_START_MS: i64 = 3_600_000;
/// No row is left alone for longer than this, whatever the clock was when it was put off.
const LONGEST_PAUSE_MS: i64 = 6 * 3_600_000;
/// Pause after the database failed.
const DATABASE_PAUSE: Duration = Duration::from_secs(5);
/// Alerts that the database did not take, for one sender; further ones are left out. They are
/// about trouble, which comes seldom.
const UNSTORED: usize = 16;
/// An attempt under way when Cliphound stops has this long, in real time.
const GRACE: Duration = Duration::from_secs(3);

/// All senders.
pub struct Senders {
    store: Store,
    clock: Clock,
    crew: Crew,
    post: Post,
    stop: CancellationToken,
    tally: Tally,
    news: watch::Sender<u64>,
    running: BTreeMap<String, Running>,
    /// Whose turn it is, by alert: two tasks of one alert never send at the same time.
    turns: BTreeMap<String, Arc<Mutex<()>>>,
}

struct Running {
    alert: Alert,
    unstored: mpsc::Sender<NewAlert>,
    _ends: DropGuard,
}

impl Senders {
    /// Nobody sends yet.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Clock,
        crew: Crew,
        post: Post,
        stop: CancellationToken,
        tally: Tally,
    ) -> Self {
        let (news, running, turns) = (watch::Sender::new(0), BTreeMap::new(), BTreeMap::new());
        Self { store, clock, crew, post, stop, tally, news, running, turns }
    }

    /// There is something new in the outbox.
    pub fn wake(&self) {
        self.news.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Sends what the database does not take: from memory, and before what waits in the outbox.
    pub fn tell_unstored(&self, alert: NewAlert) {
        let Some(running) = self.running.get(&alert.alert) else { return };
        if let Err(error) = running.unstored.try_send(alert) {
            let alert = &running.alert.name;
            tracing::warn!(alert = %alert, "too much waits while the database fails: {error}");
        }
        self.wake();
    }

    /// From now on there are these alerts. Whoever stays the same notices nothing.
    pub fn settle(&mut self, alerts: &[Alert]) {
        self.running.retain(|name, running| {
            alerts.iter().any(|alert| alert.name == *name && *alert == running.alert)
        });
        for alert in alerts {
            if !self.running.contains_key(&alert.name) {
                let running = self.start(alert.clone());
                self.running.insert(alert.name.clone(), running);
            }
        }
    }

    fn start(&mut self, alert: Alert) -> Running {
        let is_anew = self.turns.contains_key(&alert.name);
        let stop = self.stop.child_token();
        let (unstored_in, queue) = mpsc::channel(UNSTORED);
        let sender = Sender {
            alert: alert.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            stop: stop.clone(),
            tally: self.tally.clone(),
            news: self.news.subscribe(),
            turn: Arc::clone(self.turns.entry(alert.name.clone()).or_default()),
            is_anew,
            unmarked: None,
            queue,
            unstored: VecDeque::new(),
            said: Said::Nothing,
        };
        let post = self.post.clone().about(alert.name.clone());
        self.crew.keep(post, sender, |sender| sender.run().boxed());
        Running { alert, unstored: unstored_in, _ends: stop.drop_guard() }
    }
}

/// Sends for one alert.
struct Sender {
    alert: Alert,
    store: Store,
    clock: Clock,
    stop: CancellationToken,
    tally: Tally,
    news: watch::Receiver<u64>,
    turn: Arc<Mutex<()>>,
    /// Its settings have just been changed: what waits for better times is tried at once.
    is_anew: bool,
    /// What became of a row that the database does not know yet.
    unmarked: Option<(i64, OutboxStep)>,
    /// What the database did not take comes here …
    queue: mpsc::Receiver<NewAlert>,
    /// … and waits to be sent.
    unstored: VecDeque<Unstored>,
    said: Said,
}

/// An alert that is in no database.
struct Unstored {
    alert: NewAlert,
    tries: u32,
    due_ms: i64,
}

/// What was said in the log, so that it is said once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// Nothing is wrong.
    Nothing,
    /// It is tried again.
    Waits,
    /// Alerts were given up.
    GivenUp,
}

impl Sender {
    async fn run(&mut self) {
        let (stop, turn) = (self.stop.clone(), Arc::clone(&self.turn));
        let Some(_turn) = rest(stop.run_until_cancelled(turn.lock())).await else { return };
        let postman = Postman::new(self.alert.clone()).await;
        while !stop.is_cancelled() {
            self.news.mark_unchanged();
            if self.handle_unstored(&postman).await {
                continue;
            }
            if self.mark().await.is_none() {
                self.sleep(DATABASE_PAUSE).await;
                continue;
            }
            match self.store.next_alert(&self.alert.name).await {
                Ok(Some(row)) => self.handle(&postman, row).await,
                Ok(None) => {
                    let mut news = self.news.clone();
                    if !matches!(rest(stop.run_until_cancelled(news.changed())).await, Some(Ok(())))
                    {
                        return;
                    }
                }
                Err(error) => {
                    tracing::debug!(alert = %self.alert.name, %error, "the outbox can't be read");
                    self.sleep(DATABASE_PAUSE).await;
                }
            }
        }
    }

    /// The same for the first that the database did not take; false: there is none.
    async fn handle_unstored(&mut self, postman: &Postman) -> bool {
        while let Ok(alert) = self.queue.try_recv() {
            self.unstored.push_back(Unstored { due_ms: alert.now_ms, alert, tries: 0 });
        }
        let Some(first) = self.unstored.front() else { return false };
        let now_ms = self.clock.now_ms();
        let is_old = now_ms - first.alert.now_ms > self.give_up_ms(&first.alert.event);
        let due_ms = self.due_ms(first.due_ms, now_ms);
        let news = serde_json::from_str::<News>(&first.alert.payload);
        let (false, Ok(news)) = (is_old, news) else {
            self.unstored_ended(|counts| counts.failed += 1);
            return true;
        };
        if due_ms > now_ms {
            let wait = u64::try_from(due_ms - now_ms).unwrap_or_default();
            self.sleep(Duration::from_millis(wait)).await;
            return true;
        }
        match self.attempt(postman, &news).await {
            Some(Verdict::Sent(_)) => self.unstored_ended(|counts| counts.sent += 1),
            Some(Verdict::Never { why, .. }) => {
                tracing::error!(alert = %self.alert.name, "an alert is not sent: {why}");
                self.unstored_ended(|counts| counts.failed += 1);
            }
            Some(Verdict::Later { after, why }) => {
                tracing::debug!(alert = %self.alert.name, "an alert is tried again: {why}");
                self.tally.count(&self.alert.name, |counts| counts.retried += 1);
                if let Some(first) = self.unstored.front_mut() {
                    first.due_ms = self.clock.now_ms() + pause_ms(first.tries, 0, after);
                    first.tries += 1;
                }
            }
            None => {}
        }
        true
    }

    fn unstored_ended(&mut self, count: impl FnOnce(&mut Counts)) {
        self.unstored.pop_front();
        self.tally.count(&self.alert.name, count);
    }

    /// When something may be sent that is due at `due_ms`.
    fn due_ms(&self, due_ms: i64, now_ms: i64) -> i64 {
        let quiet_ms = self.alert.quiet.as_ref().and_then(|quiet| quiet.end_ms(now_ms));
        due_ms.min(now_ms + LONGEST_PAUSE_MS).max(quiet_ms.unwrap_or(0))
    }

    /// Until it is due and may be sent, then sends it, or gives it up.
    async fn handle(&mut self, postman: &Postman, row: OutboxRow) {
        let now_ms = self.clock.now_ms();
        if now_ms - row.created_ms > self.give_up_ms(&row.event) {
            let why = row.error.as_deref().unwrap_or("it was not sent in time");
            return self.give_up(&row, false, &format!("given up: {why}")).await;
        }
        let due_ms = if self.is_anew { now_ms } else { row.due_ms };
        let due_ms = self.due_ms(due_ms, now_ms);
        if due_ms > now_ms {
            let wait = u64::try_from(due_ms - now_ms).unwrap_or_default();
            return self.sleep(Duration::from_millis(wait)).await;
        }
        self.is_anew = false;
        let Ok(news) = serde_json::from_str::<News>(&row.payload) else {
            return self.give_up(&row, false, "what it should tell can't be read").await;
        };
        let Some(verdict) = self.attempt(postman, &news).await else { return };
        self.judged(&row, verdict).await;
    }

    /// A quiet night is no reason to give up.
    fn give_up_ms(&self, event: &str) -> i64 {
        let is_start = event == AlertEvent::Online.as_str();
        if is_start {
            OLD_START_MS
        } else {
            GIVE_UP_MS + self.alert.quiet.as_ref().map_or(0, |_| GIVE_UP_MS)
        }
    }

    /// `None`: Cliphound stops, and nobody knows what became of it.
    async fn attempt(&self, postman: &Postman, news: &News) -> Option<Verdict> {
        let mut sending = pin!(postman.send(news, &self.clock));
        let sent = rest(self.stop.run_until_cancelled(&mut sending)).await;
        if sent.is_some() {
            return sent;
        }
        timeout(GRACE, sending).await.ok()
    }

    async fn judged(&mut self, row: &OutboxRow, verdict: Verdict) {
        let name = &self.alert.name;
        match verdict {
            Verdict::Sent(_) => {
                self.tally.count(name, |counts| counts.sent += 1);
                if std::mem::replace(&mut self.said, Said::Nothing) != Said::Nothing {
                    tracing::info!(alert = %name, "alerts are sent again");
                }
                tracing::debug!(alert = %name, event = %row.event, key = %row.key, "an alert was sent");
                self.keep(row.id, OutboxStep::Sent).await;
            }
            Verdict::Later { after, why } => {
                self.tally.count(name, |counts| counts.retried += 1);
                if self.said == Said::Nothing {
                    self.said = Said::Waits;
                    tracing::warn!(alert = %name, "an alert can't be sent now; it is tried again for a day: {why}");
                }
                let seed = u64::try_from(row.id).unwrap_or_default();
                let due_ms = self.clock.now_ms() + pause_ms(row.tries, seed, after);
                self.keep(row.id, OutboxStep::Again { due_ms, error: why }).await;
            }
            Verdict::Never { for_all, why } => self.give_up(row, for_all, &why).await,
        }
    }

    /// Gives up one, or all that wait; says so once, until one is sent.
    async fn give_up(&mut self, row: &OutboxRow, for_all: bool, why: &str) {
        let name = self.alert.name.clone();
        let step = if for_all { OutboxStep::AllFailed } else { OutboxStep::Failed };
        // At least this one, also while the database does not know it yet.
        let lost = self.keep(row.id, step(why.to_owned())).await.unwrap_or(1);
        self.tally.count(&name, |counts| counts.failed += lost);
        if std::mem::replace(&mut self.said, Said::GivenUp) != Said::GivenUp {
            tracing::error!(alert = %name, lost, "alerts are not sent: {why}; try it with `cliphound alert test {name}`");
        }
    }

    async fn keep(&mut self, id: i64, step: OutboxStep) -> Option<u64> {
        self.unmarked = Some((id, step));
        self.mark().await
    }

    /// Writes down what became of the last row: before that is done, no other is sent. Says how
    /// many rows changed; `None`: the database fails.
    async fn mark(&mut self) -> Option<u64> {
        let Some((id, step)) = &self.unmarked else { return Some(0) };
        match self.store.step_alert(*id, step, self.clock.now_ms()).await {
            Ok(changed) => {
                self.unmarked = None;
                Some(changed)
            }
            Err(error) => {
                tracing::debug!(alert = %self.alert.name, %error, "what became of an alert can't be stored");
                None
            }
        }
    }

    async fn sleep(&self, time: Duration) {
        rest(self.stop.run_until_cancelled(self.clock.sleep(time))).await;
    }
}
