//! Takes the videos that are wanted, two at a time; what fails is tried again later.

use std::{
    collections::BTreeMap,
    future::Future,
    path::PathBuf,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::anyhow;
use cliphound_clock::Clock;
use cliphound_store::{Store, WantedDownload};
use cliphound_twitch::helix::HelixError;
use futures_util::{StreamExt, future::select, stream};
use tokio::sync::Notify;

use super::{name, transfer};
use crate::crew::{beat, rest};

/// Videos fetched at the same time.
const AT_ONCE: usize = 2;
/// Attempts for one video in one run of Cliphound.
const TRIES: u32 = 6;
/// Pause after an attempt that failed; doubled each time. The last comes after a quarter of
/// an hour: by then Twitch has the address of each video that it will ever have.
const PAUSE_MS: i64 = 30_000;
/// The database is looked at this often without being told to.
const LOOK_EVERY_MS: i64 = 600_000;

/// Twitch, as far as videos need it.
pub trait DownloadApi: Send + Sync + 'static {
    /// Get Clips Download: the address of a clip's video; `None` while Twitch tells none.
    fn address(
        &self,
        broadcaster_id: &str,
        clip_id: &str,
    ) -> impl Future<Output = Result<Option<String>, HelixError>> + Send;
}

/// Fetches videos.
pub struct Fetcher<A> {
    /// Twitch.
    pub api: A,
    /// The database, which is the queue.
    pub store: Store,
    /// The folder of the records.
    pub recordings: PathBuf,
    /// Our clock.
    pub clock: Clock,
    /// For the videos.
    pub http: reqwest::Client,
    /// Somebody wants another one.
    pub wake: Arc<Notify>,
}

/// How an attempt failed.
enum Failure {
    /// It may work later.
    Passing(anyhow::Error),
    /// It will not.
    Final(String),
}

/// Attempts that failed, and when the next may begin, by clip id.
type Failed = BTreeMap<String, (u32, i64)>;

impl<A: DownloadApi> Fetcher<A> {
    /// Fetches until it is dropped; what is half there then is gone on with later.
    pub async fn run(&self) {
        let failed: Mutex<Failed> = Mutex::default();
        loop {
            let next_ms = self.round(&failed).await;
            let (woken, due) = (self.wake.notified(), self.clock.sleep_until_ms(next_ms));
            rest(select(pin!(woken), pin!(due))).await;
        }
    }

    /// Fetches what is due; says when to look again, which is never at once.
    async fn round(&self, failed: &Mutex<Failed>) -> i64 {
        let wanted = match self.store.wanted_downloads().await {
            Ok(wanted) => wanted,
            Err(error) => {
                tracing::error!(%error, "the videos to fetch can't be read");
                return self.clock.now_ms() + PAUSE_MS;
            }
        };
        lock(failed).retain(|clip_id, _| wanted.iter().any(|wanted| wanted.clip_id == *clip_id));
        let now_ms = self.clock.now_ms();
        let due: Vec<WantedDownload> =
            wanted.into_iter().filter(|w| next_ms(failed, &w.clip_id) <= now_ms).collect();
        stream::iter(due).for_each_concurrent(AT_ONCE, |wanted| self.one(wanted, failed)).await;
        let next_ms = lock(failed).values().map(|(_, at_ms)| *at_ms).min();
        let latest_ms = self.clock.now_ms() + LOOK_EVERY_MS;
        next_ms.unwrap_or(latest_ms).min(latest_ms)
    }

    async fn one(&self, wanted: WantedDownload, failed: &Mutex<Failed>) {
        beat();
        let (channel, clip) = (&wanted.login, &wanted.clip_id);
        let (tries, _) = lock(failed).remove(clip).unwrap_or_default();
        let is_done = match self.attempt(&wanted).await {
            Ok(path) => {
                tracing::info!(%channel, file = %path.display(), "the clip's video is there");
                true
            }
            Err(Failure::Passing(error)) if tries + 1 < TRIES => {
                let at_ms = self.clock.now_ms() + (PAUSE_MS << tries);
                lock(failed).insert(clip.clone(), (tries + 1, at_ms));
                tracing::warn!(%channel, %clip, "a video can't be fetched now, trying again: {error:#}");
                return;
            }
            Err(Failure::Passing(error)) => {
                tracing::error!(%channel, %clip, "a video could not be fetched: {error:#}");
                false
            }
            Err(Failure::Final(reason)) => {
                tracing::error!(%channel, %clip, "a video can't be fetched: {reason}");
                false
            }
        };
        if let Err(error) = self.store.end_download(clip, is_done).await {
            tracing::error!(%channel, %clip, %error, "that a video was fetched can't be stored");
            // Not at once again, or it would go round in circles.
            lock(failed).insert(clip.clone(), (tries, self.clock.now_ms() + LOOK_EVERY_MS));
        }
    }

    async fn attempt(&self, wanted: &WantedDownload) -> Result<PathBuf, Failure> {
        let path = name::path(&self.recordings, wanted);
        if tokio::fs::try_exists(&path).await.unwrap_or(false) {
            return Ok(path);
        }
        let address = self.api.address(&wanted.broadcaster_id, &wanted.clip_id).await;
        let address = address.map_err(|error| match error {
            HelixError::Forbidden(words) => {
                Failure::Final(format!("only editors of the channel may fetch its clips ({words})"))
            }
            HelixError::NoToken(words) => Failure::Final(words),
            error => Failure::Passing(error.into()),
        })?;
        let address =
            address.ok_or_else(|| Failure::Passing(anyhow!("Twitch tells no address yet")))?;
        transfer::fetch(&self.http, &address, &path).await.map_err(Failure::Passing)?;
        Ok(path)
    }
}

fn next_ms(failed: &Mutex<Failed>, clip_id: &str) -> i64 {
    lock(failed).get(clip_id).map_or(i64::MIN, |(_, at_ms)| *at_ms)
}

fn lock(failed: &Mutex<Failed>) -> std::sync::MutexGuard<'_, Failed> {
    failed.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing is asked of it here.
    struct Nobody;

    impl DownloadApi for Nobody {
        async fn address(&self, _: &str, _: &str) -> Result<Option<String>, HelixError> {
            Ok(None)
        }
    }

    /// A video whose time has come stays due while the database can't say whether it is
    /// wanted; one that nobody wants any more is forgotten.
    #[tokio::test]
    async fn it_does_not_spin_while_the_database_fails() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::starting_at(1_000_000, 1.0);
        let fetcher = Fetcher {
            api: Nobody,
            store: Store::open(&dir.path().join("cliphound.db")).await.unwrap(),
            recordings: dir.path().to_owned(),
            clock: clock.clone(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            wake: Arc::new(Notify::new()),
        };
        let failed = Mutex::new(Failed::from([("A".to_owned(), (1, 0))]));
        let before_ms = clock.now_ms();
        assert!(fetcher.round(&failed).await >= before_ms + LOOK_EVERY_MS);
        assert!(lock(&failed).is_empty());
        lock(&failed).insert("A".to_owned(), (1, 0));
        fetcher.store.clone().close().await;
        assert!(fetcher.round(&failed).await >= before_ms + PAUSE_MS);
    }
}
