//! The end of the daemon, in the order in which things flow: nothing that was heard is lost.
//!
//! Sources stop, channels take what their queues hold and tell what they have learned, models
//! are saved; then clips and records end, and the database closes.

use std::{
    path::PathBuf,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use cliphound_clock::Stopwatch;
use cliphound_store::{Review, Store};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    account::Account,
    models::{self, Snapshot},
    named::named,
    posts::{self, WORTH_WAITING_FOR},
};
use crate::crew::Crew;

/// The tasks have this long to end, in real time, …
const WITHIN: Duration = Duration::from_millis(4_000);
/// … and this long while one of them writes what would be lost, or a call is under way whose
/// answer counts. Then it is given up; its promise is on the disk and is looked up at the next
/// start. With [`CLOSING`] and the end of the process it stays below the 20 s that are
/// promised, and systemd's `TimeoutStopSec` above them.
const LONGEST: Duration = Duration::from_millis(19_000);
/// How often it is looked whether anything is still worth waiting for.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Old figures of a database that was deleted under way are written for so long of it: what has
/// not followed then is lost, as nothing else has that file any more.
const FIGURES: Duration = Duration::from_millis(15_000);
/// Then the database has this long.
const CLOSING: Duration = Duration::from_millis(500);
/// Channels that hang are given up after this long; the others are saved.
const CHANNELS_WITHIN: Duration = Duration::from_millis(2_000);

/// What must be ended.
pub struct Parts {
    /// All tasks.
    pub crew: Crew,
    /// Ends chat and all questions.
    pub stop: CancellationToken,
    /// Ends the waiting of clips.
    pub clips_stop: CancellationToken,
    /// What the channels have learned, told as they end.
    pub snapshots: mpsc::Receiver<Snapshot>,
    /// Folder of the models.
    pub models: PathBuf,
    /// The database.
    pub store: Store,
    /// The account.
    pub account: Option<Account>,
}

impl Parts {
    /// Ends everything: chat, then the channels and their models, then clips, records and
    /// the database.
    pub async fn end(self) {
        let (store, crew, saves) = (self.store.clone(), self.crew.clone(), AtomicBool::new(false));
        let stopwatch = Stopwatch::start();
        in_time(&crew, &saves, self.end_in_order(&saves)).await;
        take_over_figures(&store, stopwatch).await;
        let promised = timeout(CLOSING, promised(&store)).await.unwrap_or_default();
        if timeout(CLOSING, store.close()).await.is_err() {
            tracing::warn!(
                "the database took too long to close; it repairs itself at the next start"
            );
        }
        match promised {
            Some(0) => tracing::info!("stopped"),
            Some(promised) => tracing::info!(
                promised,
                "stopped; clips that were promised are made at the next start if it comes in time"
            ),
            None => tracing::warn!(
                "stopped; the database can't tell whether clips are promised: those that it has not are lost"
            ),
        }
    }

    async fn end_in_order(mut self, saves: &AtomicBool) {
        self.stop.cancel();
        let snapshots = self.snapshots().await;
        saves.store(true, Relaxed);
        let saved = models::save(&self.models, snapshots).await;
        saves.store(false, Relaxed);
        tracing::info!(saved, "models are saved");
        self.clips_stop.cancel();
        self.crew.tasks.close();
        // A new pair of tokens is kept even if some task hangs.
        tokio::join!(self.crew.tasks.wait(), self.settled());
        // Of a refresh that the last tasks began.
        self.settled().await;
    }

    async fn settled(&self) {
        if let Some(account) = &self.account {
            account.settled().await;
        }
    }

    /// What the channels have learned, of all that end in time.
    async fn snapshots(&mut self) -> Vec<Snapshot> {
        let mut snapshots = Vec::new();
        let all = async {
            while let Some(snapshot) = self.snapshots.recv().await {
                snapshots.push(snapshot);
            }
        };
        if timeout(CHANNELS_WITHIN, all).await.is_err() {
            let (channels, under_way) = (channels(&self.crew), under_way(&self.crew));
            tracing::warn!(
                "channels did not end in time, and their models are as old as their last save: {channels} (under way: {under_way})"
            );
        }
        snapshots
    }
}

/// How many clips the next start takes up, but for those that wait for somebody's yes; `None`: that
/// can't be told.
async fn promised(store: &Store) -> Option<usize> {
    let open = store.open_intents().await.ok()?;
    Some(open.iter().filter(|intent| intent.review != Review::Asked).count())
}

/// Writes old figures of a deleted database, if there are any.
async fn take_over_figures(store: &Store, stopwatch: Stopwatch) {
    if !store.owes_figures().await {
        return;
    }
    tracing::info!("the database was deleted under way: old figures of it are still being written");
    let figures = store.take_over_figures(|| stopwatch.elapsed() < FIGURES);
    // A piece on a slow disk: it is taken back.
    let _ = timeout(LONGEST.saturating_sub(stopwatch.elapsed()), figures).await;
}

/// Waits for `end`, but longer than [`WITHIN`] only for what is worth it, and never longer than
/// [`LONGEST`].
async fn in_time(crew: &Crew, saves: &AtomicBool, end: impl Future<Output = ()>) {
    let (stopwatch, mut end, mut has_told) = (Stopwatch::start(), pin!(end), false);
    while timeout(LOOK_EVERY, &mut end).await.is_err() {
        if stopwatch.elapsed() < WITHIN {
            continue;
        }
        let under_way = under_way(crew);
        let is_worth_it = saves.load(Relaxed)
            || WORTH_WAITING_FOR.iter().any(|name| crew.under_way().contains_key(name));
        if stopwatch.elapsed() >= LONGEST || !is_worth_it {
            tracing::warn!("something took too long to end and was given up: {under_way}");
            return;
        }
        if !std::mem::replace(&mut has_told, true) {
            tracing::info!("still under way, and worth waiting for: {under_way}");
        }
    }
}

/// The channels that have not ended, and what keeps them: `ann (works on what it had heard)`.
fn channels(crew: &Crew) -> String {
    let still = crew.still(posts::CHANNEL.name());
    named(still.iter().map(|(login, is_waiting)| match is_waiting {
        // It ends once nobody can tell it anything any more.
        true => format!("{login} (waits for the end of its queue, which another task holds)"),
        false => format!("{login} (works on what it had heard)"),
    }))
}

/// `clip (2), figures`.
fn under_way(crew: &Crew) -> String {
    let tasks = crew.under_way();
    let words = tasks.iter().map(|(name, count)| match count {
        1 => (*name).to_owned(),
        _ => format!("{name} ({count})"),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use cliphound_store::{NewIntent, Promise, StateChange};

    use super::*;
    use crate::clips::sample;

    /// How long an end is waited for while a task of this name goes on for so long.
    async fn waited(name: &'static str, goes_on: Option<Duration>) -> Duration {
        let (crew, saves) = (Crew::default(), AtomicBool::new(false));
        let clock = cliphound_clock::Clock::system();
        crew.spawn(name, async move {
            match goes_on {
                Some(goes_on) => clock.sleep(goes_on).await,
                None => pending().await,
            }
        });
        crew.tasks.close();
        let stopwatch = Stopwatch::start();
        in_time(&crew, &saves, crew.tasks.wait()).await;
        stopwatch.elapsed()
    }

    /// What waits for somebody's yes is not made at the next start, and is not said to be.
    #[tokio::test]
    async fn what_waits_for_a_yes_is_not_promised() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db")).await.unwrap();
        assert_eq!(promised(&store).await, Some(0));
        for (at_ms, in_review) in [(60_000, false), (120_000, true), (180_000, false)] {
            let moment = sample::moment("7", at_ms);
            store.record_moment(&moment).await.unwrap();
            let promise = NewIntent { in_review, ..sample::promise(&moment) };
            assert_eq!(store.promise(&promise).await.unwrap(), Promise::Made);
        }
        assert_eq!(promised(&store).await, Some(2));
        let missed = StateChange::Missed { reason: "too late".to_owned() };
        let key = &sample::moment("7", 60_000).key;
        store.set_state(key, &missed, 200_000).await.unwrap();
        assert_eq!(promised(&store).await, Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn channels_that_do_not_end_are_named_with_what_keeps_them() {
        let crew = Crew::default();
        crew.watch(posts::CHANNEL.about("ann"), pending());
        crew.watch(posts::CHANNEL.about("bob"), async { crate::crew::rest(pending()).await });
        crew.watch(posts::CHANNEL.about("carl"), async {});
        crew.watch(posts::CHAT, pending());
        cliphound_clock::Clock::system().sleep(Duration::from_millis(1)).await;
        assert_eq!(
            channels(&crew),
            "ann (works on what it had heard), bob (waits for the end of its queue, which another task holds)"
        );
        for nth in 0..10 {
            crew.watch(posts::CHANNEL.about(format!("c{nth}")), pending());
        }
        assert!(channels(&crew).ends_with(" and 2 more"), "{}", channels(&crew));
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_would_be_lost_is_waited_for() {
        let seconds = Duration::from_secs;
        assert!(waited("viewers", Some(seconds(1))).await < seconds(2));
        assert!(waited("viewers", None).await < seconds(5));
        for name in WORTH_WAITING_FOR {
            assert!((seconds(9)..seconds(10)).contains(&waited(name, Some(seconds(9))).await));
            assert!((LONGEST..seconds(20)).contains(&waited(name, None).await));
        }
    }
}
