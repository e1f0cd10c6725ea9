//! How the daemon is, for the log, systemd and whoever looks at it. It holds nothing that
//! keeps a part from ending.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, Weak, atomic::AtomicU64, atomic::Ordering::Relaxed},
    time::Duration,
};

use cliphound_clock::{Clock, Stopwatch};
use cliphound_store::Store;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::{sync::watch, time::timeout};

use super::{account::Clipper, inboxes::Onlooker, queues::Queue, sources::Watch, stats::Stats};
use crate::{
    alerts::Tally,
    clips::viewers::LiveNow,
    crew::{Crew, Late, blocking, panics},
    records::{Records, durable::try_folder},
    time::TwitchTime,
    trouble::Watched,
    web::{
        Live, Part, Readiness,
        metrics::{Metric, Sample, catalogue as the},
    },
};

/// The database has so long to answer somebody who looks.
const WITHIN: Duration = Duration::from_secs(3);
/// A write to the disk is tried at most so often, however often somebody looks.
const TRIED_EVERY: Duration = Duration::from_secs(5);

/// How the daemon is.
pub struct Status {
    /// Our clock and Twitch's.
    pub time: TwitchTime,
    /// When it was started, on our clock.
    pub started_ms: i64,
    /// Counters.
    pub stats: Arc<Stats>,
    /// All tasks.
    pub crew: Crew,
    /// The database …
    pub store: Store,
    /// … and its file.
    pub database: PathBuf,
    /// The folders of models and records …
    pub folders: Vec<PathBuf>,
    /// … and the records, which are closed when the clips have ended.
    pub records: Weak<Records>,
    /// Connections to chat.
    pub chat: Watch,
    /// Who is followed.
    pub followed: Onlooker,
    /// Who is live; nobody without an account.
    pub live: watch::Receiver<LiveNow>,
    /// What the alerts did.
    pub alerts: Tally,
    /// The accounts, if there are any.
    pub clipper: Clipper,
    /// What is wrong, as it was found last.
    pub troubles: Watched,
    /// The queues of which there is one each.
    pub queues: Vec<Queue>,
    /// When writes to the database and the folders were last tried, and what came of it.
    pub tried: Mutex<Option<(Stopwatch, [Part; 2])>>,
}

impl Status {
    /// One line on how it goes.
    #[must_use]
    pub fn line(&self) -> String {
        let (heard, all) = (self.chat.channels_heard(), self.followed.count());
        format!("{heard} of {all} channels heard; {}", self.stats.line())
    }

    fn chat(&self) -> Part {
        let sources = self.chat.sources();
        let connected: usize = sources.iter().map(|source| source.connected).sum();
        let (heard, all) = (self.chat.channels_heard(), self.followed.count());
        let detail = match connected {
            0 => "no connection to chat".to_owned(),
            _ => format!("{heard} of {all} channels heard"),
        };
        Part { ok: connected > 0, detail }
    }

    /// Why no chat is heard at all, though some should be, and what to do.
    #[must_use]
    pub fn why_deaf(&self) -> Option<&'static str> {
        if self.followed.count() == 0 || self.chat.channels_heard() > 0 {
            return None;
        }
        let is_connected = self.chat.sources().iter().any(|source| source.connected > 0);
        Some(if is_connected {
            "Twitch lets us into no channel: look whether their names are right, and what the log says"
        } else {
            "there is no connection to Twitch's chat: look at the network; it is tried again and again"
        })
    }

    /// Both are tried at most every [`TRIED_EVERY`].
    async fn disk(&self) -> [Part; 2] {
        let last = self.tried.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, parts)) = last
            && at.elapsed() < TRIED_EVERY
        {
            return parts;
        }
        let parts = [self.try_database().await, self.try_folders().await];
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        *tried = Some((Stopwatch::start(), parts.clone()));
        parts
    }

    async fn try_folders(&self) -> Part {
        let (folders, records) = (self.folders.clone(), Weak::clone(&self.records));
        let tried = blocking("trying the folders", move || {
            folders.iter().try_for_each(|folder| try_folder(folder))?;
            match records.upgrade().and_then(|records| records.why_unwritten()) {
                Some(why) => Err(anyhow::anyhow!(why)),
                None => Ok(()),
            }
        });
        match timeout(WITHIN, tried).await {
            Ok(Ok(Ok(()))) => Part { ok: true, detail: "can be written".to_owned() },
            Ok(Ok(Err(error))) => Part { ok: false, detail: format!("{error:#}") },
            Ok(Err(error)) => Part { ok: false, detail: error.to_string() },
            Err(_) => Part { ok: false, detail: too_long() },
        }
    }

    async fn try_database(&self) -> Part {
        let no = |detail: String| Part { ok: false, detail };
        // An open file can be written after somebody deleted it; nothing of it is kept.
        if let Err(error) = tokio::fs::metadata(&self.database).await {
            return no(format!("the file {} can't be found: {error}", self.database.display()));
        }
        match timeout(WITHIN, self.store.try_writing()).await {
            Ok(Ok(())) => Part { ok: true, detail: "can be written".to_owned() },
            Ok(Err(error)) => no(error.to_string()),
            Err(_) => no(too_long()),
        }
    }

    fn counted(&self) -> Vec<Sample> {
        let count = |metric: &'static Metric, counter: &AtomicU64| metric.is(number(counter));
        let stats = &self.stats;
        let mut samples = vec![
            the::BUILD_INFO.of("version", env!("CARGO_PKG_VERSION"), 1.0),
            the::START_TIME.is(seconds(self.started_ms)),
            count(&the::MESSAGES, &stats.messages),
            count(&the::MOMENTS, &stats.moments),
            count(&the::CLIPS_CREATED, &stats.clips),
            count(&the::CLIPS_CONFIRMED, &stats.confirmed),
            count(&the::MODELS_SAVED, &stats.models_saved),
            the::DROPPED.of("queue", "inbox", number(&stats.dropped)),
            the::DROPPED.of("queue", "clips", number(&stats.overflowed)),
            the::DROPPED.of("queue", "figures", number(&stats.rows_lost)),
            the::DROPPED.of("queue", "answers", number(&stats.answers_lost)),
            the::DROPPED.of("queue", "chat_around", number(&stats.chat_lost)),
            the::PANICS.is(panics::count() as f64),
        ];
        for (channel, of) in stats.channels() {
            let own = |metric: &'static Metric, counter| {
                metric.of("channel", channel.clone(), number(counter))
            };
            samples.extend([
                own(&the::CHANNEL_MESSAGES, &of.messages),
                own(&the::CHANNEL_MOMENTS, &of.moments),
                own(&the::CHANNEL_DROPPED, &of.dropped),
            ]);
        }
        let restarts = self.crew.restarted();
        samples.extend(restarts.iter().map(|(name, n)| the::RESTARTS.of("task", *name, *n as f64)));
        samples
    }

    fn seen(&self) -> Vec<Sample> {
        let clock = self.time.clock();
        let mut samples = vec![
            the::CHANNELS_FOLLOWED.is(self.followed.count() as f64),
            the::CHANNELS_HEARD.is(self.chat.channels_heard() as f64),
            the::CHANNELS_LIVE.is(self.live.borrow().len() as f64),
            the::CLOCK_SET.is(seconds(clock.set_by_ms())),
        ];
        if self.time.is_known() {
            samples.push(the::CLOCK_OFFSET.is(seconds(self.time.to_twitch(0))));
        }
        let sources = self.chat.sources();
        let of_sources: Vec<_> =
            sources.iter().filter_map(|source| Some((source.name, source.fill?))).collect();
        for source in sources {
            let own = |metric: &'static Metric, value| metric.of("source", source.name, value);
            samples.extend([
                own(&the::CONNECTIONS, source.connected as f64),
                own(&the::CONNECTIONS_WANTED, source.connections as f64),
                own(&the::RECONNECTS, source.reconnects as f64),
            ]);
            let bad = source.bad.iter();
            samples.extend(bad.map(|(what, n)| the::BAD_INPUT.of("kind", *what, *n as f64)));
        }
        let fullest = self.followed.fullest();
        let fills = self.queues.iter().filter_map(|queue| Some((queue.name, queue.fill()?)));
        for (name, fill) in fills.chain(of_sources).chain([("inbox", fullest)]) {
            samples.push(the::QUEUE.of("queue", name, fill.items as f64));
            samples.push(the::QUEUE_CAPACITY.of("queue", name, fill.capacity as f64));
        }
        let silences = self.crew.silences().into_iter();
        samples
            .extend(silences.map(|(name, time)| the::SILENCE.of("task", name, time.as_secs_f64())));
        samples
    }

    fn rate_limits(&self) -> Vec<Sample> {
        let Some(account) = &self.clipper.0 else { return Vec::new() };
        let limits = account.helix.limits();
        let mut samples = Vec::new();
        for (name, bucket) in [("general", limits.general), ("clips", limits.clips)] {
            let told = [(&the::RATE_LEFT, bucket.remaining), (&the::RATE_LIMIT, bucket.limit)];
            samples.extend(told.into_iter().filter_map(|(metric, points)| {
                Some(metric.of("bucket", name, f64::from(points?)))
            }));
        }
        samples
    }

    fn accounts(&self) -> Vec<Sample> {
        let of = |(role, is_usable): (&'static str, bool)| {
            the::ACCOUNT_USABLE.of("role", role, f64::from(u8::from(is_usable)))
        };
        self.clipper.standings().into_iter().map(of).collect()
    }

    async fn alerts(&self) -> Vec<Sample> {
        let mut samples = Vec::new();
        for (alert, counts) in self.alerts.all() {
            let own = |metric: &'static Metric, n: u64| metric.of("alert", alert.clone(), n as f64);
            samples.extend([
                own(&the::ALERTS_SENT, counts.sent),
                own(&the::ALERTS_FAILED, counts.failed),
                own(&the::ALERTS_RETRIED, counts.retried),
            ]);
        }
        let sums = timeout(WITHIN, self.store.alert_sums()).await;
        let sums = sums.ok().and_then(Result::ok).unwrap_or_default();
        let sample = |sum: cliphound_store::OutboxSum| {
            the::ALERTS_WAITING.of("alert", sum.alert, f64::from(sum.waiting))
        };
        samples.extend(sums.into_iter().map(sample));
        samples
    }

    /// Nothing when the database does not answer: the other figures are shown.
    async fn intents(&self) -> Vec<Sample> {
        let counts = timeout(WITHIN, self.store.count_intents()).await;
        let counts = counts.ok().and_then(Result::ok).unwrap_or_default();
        let sample = |(state, n): (cliphound_store::IntentState, u64)| {
            the::INTENTS.of("state", state.as_str(), n as f64)
        };
        counts.into_iter().map(sample).collect()
    }
}

impl Live for Status {
    fn late(&self) -> Vec<Late> {
        self.crew.late()
    }

    fn readiness(&self) -> BoxFuture<'_, Readiness> {
        async {
            let [database, folders] = self.disk().await;
            Readiness { chat: self.chat(), database, folders }
        }
        .boxed()
    }

    fn troubles(&self) -> Watched {
        self.troubles.clone()
    }

    fn samples(&self) -> BoxFuture<'_, Vec<Sample>> {
        async {
            let mut samples = self.counted();
            samples.extend(self.seen());
            samples.extend(self.rate_limits());
            samples.extend(self.accounts());
            samples.extend(self.intents().await);
            samples.extend(self.alerts().await);
            samples
        }
        .boxed()
    }
}

fn too_long() -> String {
    format!("a write took more than {} s", WITHIN.as_secs())
}

fn number(counter: &AtomicU64) -> f64 {
    counter.load(Relaxed) as f64
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// The clock was set by more than this: worth a word.
const WORTH_A_WORD_MS: i64 = 60_000;

/// Tells once when the machine's clock was set, which we do not follow.
#[derive(Debug, Default)]
pub struct ClockWatch {
    told_ms: i64,
}

impl ClockWatch {
    /// Looks, and tells.
    pub fn look(&mut self, clock: &Clock) {
        let by_ms = clock.set_by_ms();
        if (by_ms - self.told_ms).abs() > WORTH_A_WORD_MS {
            self.told_ms = by_ms;
            tracing::warn!(
                seconds = by_ms / 1000,
                "the machine's clock was set: clips go by Twitch's clock and notice nothing; the times in our log follow at the next start"
            );
        }
    }
}
