//! Takes the videos that are wanted, two at a time; what fails is tried again later.

use std::{
    collections::BTreeMap,
    future::Future,
    path::PathBuf,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use anyhow::anyhow;
use cliphound_clock::Clock;
use cliphound_store::{Store, WantedDownload};
use cliphound_twitch::helix::HelixError;
use futures_util::{StreamExt, future::select, stream};
use tokio::sync::Notify;

use super::{name, transfer};
use crate::{
    costs,
    crew::{beat, rest},
};

/// Videos fetched at the same time.
const AT_ONCE: usize = 2;
/// Attempts for one video in one run of Cliphound: about a day. A disk that is full or a network that
/// is down for a night costs no video.
const TRIES: u32 = 150;
/// Pause after an attempt that failed; doubled each time …
const PAUSE_MS: i64 = 30_000;
/// … up to this.
const MAX_PAUSE_MS: i64 = 600_000;
/// The database is looked at this often without being told to.
const LOOK_EVERY_MS: i64 = 600_000;

/// What the account may, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Calls have a chance.
    Able,
    /// Nobody is logged in, or Twitch takes the token no more: the next log-in mends it.
    Nobody,
    /// The token was not given the right to fetch videos.
    NotAllowed,
}

/// Twitch, as far as videos need it.
pub trait DownloadApi: Send + Sync + 'static {
    /// What the account may now.
    fn standing(&self) -> Standing;

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
    /// Nobody was there whom Twitch lets ask: it does not count.
    Nobody(String),
    /// It may work later.
    Passing(anyhow::Error),
    /// It will not.
    Final(String),
}

/// Videos whose attempts failed, by clip id.
type Failed = BTreeMap<String, Tried>;

/// Attempts that failed.
#[derive(Debug, Clone, Default)]
struct Tried {
    times: u32,
    /// When the next may begin.
    next_ms: i64,
    /// Why, as last told.
    why: String,
}

/// What a run remembers of its attempts.
#[derive(Debug, Default)]
struct Attempts {
    failed: Mutex<Failed>,
    /// It was told that videos wait for a log-in.
    are_held: AtomicBool,
    /// Why they can't be read, as last told.
    unread: Mutex<Option<String>>,
}

impl Attempts {
    /// Whether that is new: as long as it is the same, it is told once.
    fn is_news(&self, unread: Option<String>) -> bool {
        let mut told = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = unread.is_some() && *told != unread;
        *told = unread;
        is_news
    }
}

impl<A: DownloadApi> Fetcher<A> {
    /// Fetches until it is dropped; what is half there then is gone on with later.
    pub async fn run(&self) {
        let attempts = Attempts::default();
        loop {
            let next_ms = self.round(&attempts).await;
            let (woken, due) = (self.wake.notified(), self.clock.sleep_until_ms(next_ms));
            rest(select(pin!(woken), pin!(due))).await;
        }
    }

    /// Fetches what is due; says when to look again, which is never at once.
    async fn round(&self, attempts: &Attempts) -> i64 {
        let failed = &attempts.failed;
        let wanted = match self.store.wanted_downloads().await {
            Ok(wanted) => {
                attempts.is_news(None);
                wanted
            }
            Err(error) => {
                if attempts.is_news(Some(error.to_string())) {
                    costs::tell(&error, "the videos to fetch can't be read for now");
                }
                return self.clock.now_ms() + PAUSE_MS;
            }
        };
        lock(failed).retain(|clip_id, _| wanted.iter().any(|wanted| wanted.clip_id == *clip_id));
        if !wanted.is_empty() && self.is_held(attempts, wanted.len()) {
            return self.clock.now_ms() + PAUSE_MS;
        }
        let now_ms = self.clock.now_ms();
        let due: Vec<WantedDownload> =
            wanted.into_iter().filter(|w| next_ms(failed, &w.clip_id) <= now_ms).collect();
        stream::iter(due).for_each_concurrent(AT_ONCE, |wanted| self.one(wanted, failed)).await;
        let next_ms = lock(failed).values().map(|tried| tried.next_ms).min();
        let latest_ms = self.clock.now_ms() + LOOK_EVERY_MS;
        next_ms.unwrap_or(latest_ms).min(latest_ms)
    }

    /// Whether videos wait because nobody is logged in whom Twitch takes: that costs no try,
    /// and is told once.
    fn is_held(&self, attempts: &Attempts, videos: usize) -> bool {
        let are_held = self.api.standing() == Standing::Nobody;
        if are_held && !attempts.are_held.swap(are_held, Relaxed) {
            tracing::warn!(videos, "videos wait until somebody logs in: `cliphound login`");
        }
        attempts.are_held.store(are_held, Relaxed);
        are_held
    }

    async fn one(&self, wanted: WantedDownload, failed: &Mutex<Failed>) {
        beat();
        let (channel, clip) = (&wanted.login, &wanted.clip_id);
        let tried = lock(failed).remove(clip).unwrap_or_default();
        let waits = |pause_ms: i64, tried: Tried| {
            let next_ms = self.clock.now_ms() + pause_ms;
            lock(failed).insert(clip.clone(), Tried { next_ms, ..tried });
        };
        let is_done = match self.attempt(&wanted).await {
            Ok(path) => {
                tracing::info!(%channel, file = %path.display(), "the clip's video is there");
                true
            }
            Err(Failure::Nobody(why)) => {
                waits(PAUSE_MS, tried);
                tracing::info!(%channel, %clip, "a video waits: {why}");
                return;
            }
            Err(Failure::Passing(error)) if tried.times + 1 < TRIES => {
                let why = format!("{error:#}");
                if why != tried.why {
                    tracing::warn!(%channel, %clip, "a video can't be fetched now, trying again for a day: {why}");
                }
                let pause_ms = (PAUSE_MS << tried.times.min(10)).min(MAX_PAUSE_MS);
                waits(pause_ms, Tried { times: tried.times + 1, why, ..tried });
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
            waits(LOOK_EVERY_MS, tried);
        }
    }

    async fn attempt(&self, wanted: &WantedDownload) -> Result<PathBuf, Failure> {
        let path = name::path(&self.recordings, wanted);
        if tokio::fs::try_exists(&path).await.unwrap_or(false) {
            return Ok(path);
        }
        let address = self.api.address(&wanted.broadcaster_id, &wanted.clip_id).await;
        let address = address.map_err(|error| self.failure(error))?;
        let address =
            address.ok_or_else(|| Failure::Passing(anyhow!("Twitch tells no address yet")))?;
        transfer::fetch(&self.http, &address, &path).await.map_err(Failure::Passing)?;
        Ok(path)
    }

    fn failure(&self, error: HelixError) -> Failure {
        match (error, self.api.standing()) {
            (HelixError::Forbidden(words), _) => {
                Failure::Final(format!("only editors of the channel may fetch its clips ({words})"))
            }
            (HelixError::NoToken(words), Standing::NotAllowed) => Failure::Final(words),
            // Somebody may have logged in since.
            (HelixError::NoToken(words), _)
            | (HelixError::Unauthorized(words), Standing::Nobody) => Failure::Nobody(words),
            (error, _) => Failure::Passing(error.into()),
        }
    }
}

fn next_ms(failed: &Mutex<Failed>, clip_id: &str) -> i64 {
    lock(failed).get(clip_id).map_or(i64::MIN, |tried| tried.next_ms)
}

fn lock(failed: &Mutex<Failed>) -> std::sync::MutexGuard<'_, Failed> {
    failed.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use cliphound_store::{IntentKey, NewIntent, StateChange};

    use super::*;

    /// A Twitch that gives no address.
    struct Grudging {
        standing: Mutex<Standing>,
        error: HelixError,
        asked: Mutex<u32>,
    }

    impl Grudging {
        fn new(standing: Standing, error: HelixError) -> Self {
            Self { standing: Mutex::new(standing), error, asked: Mutex::default() }
        }
    }

    impl DownloadApi for Grudging {
        fn standing(&self) -> Standing {
            *self.standing.lock().unwrap()
        }

        async fn address(&self, _: &str, _: &str) -> Result<Option<String>, HelixError> {
            *self.asked.lock().unwrap() += 1;
            Err(self.error.clone())
        }
    }

    async fn fetcher(dir: &std::path::Path, api: Grudging) -> Fetcher<Grudging> {
        Fetcher {
            api,
            store: Store::open(&dir.join("cliphound.db")).await.unwrap(),
            recordings: dir.to_owned(),
            clock: Clock::starting_at(1_000_000, 1.0),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            wake: Arc::new(Notify::new()),
        }
    }

    /// A clip whose video is wanted.
    async fn want(store: &Store) {
        let now_ms = 900_000;
        let key = IntentKey { broadcaster_id: "7".to_owned(), trigger_ms: now_ms };
        let intent = NewIntent {
            key: key.clone(),
            login: "ninja".to_owned(),
            start_ms: now_ms,
            end_ms: now_ms,
            automatic: true,
            due_ms: now_ms,
            title: String::new(),
            words: cliphound_store::Words::default(),
            duration_s: 30.0,
            in_review: false,
            dry: None,
            now_ms,
        };
        store.promise(&intent).await.unwrap();
        for step in [
            StateChange::Requested { called_ms: now_ms, called_by: None },
            StateChange::Created { clip_id: "A".to_owned(), edit_url: None },
        ] {
            store.set_state(&key, &step, now_ms).await.unwrap();
        }
        store.want_download("A").await.unwrap();
    }

    /// What is wanted, and how often Twitch was asked, after so many rounds, each when it is due.
    async fn after(rounds: u32, standing: Standing, error: HelixError) -> (usize, u32) {
        let dir = tempfile::tempdir().unwrap();
        let fetcher = fetcher(dir.path(), Grudging::new(standing, error)).await;
        want(&fetcher.store).await;
        let attempts = Attempts::default();
        for _ in 0..rounds {
            let before_ms = fetcher.clock.now_ms();
            assert!(fetcher.round(&attempts).await >= before_ms + PAUSE_MS);
            lock(&attempts.failed).values_mut().for_each(|tried| tried.next_ms = 0);
        }
        let wanted = fetcher.store.wanted_downloads().await.unwrap().len();
        (wanted, *fetcher.api.asked.lock().unwrap())
    }

    #[tokio::test]
    async fn a_video_waits_for_a_log_in_without_spending_a_try() {
        let no_token = || HelixError::NoToken("none".to_owned());
        let refused = || HelixError::Unauthorized("401".to_owned());
        assert_eq!(after(20, Standing::Nobody, no_token()).await, (1, 0), "nobody is asked");
        // Nobody knew it before the call, or somebody has logged in since.
        assert_eq!(after(20, Standing::Able, no_token()).await, (1, 20));
        assert_eq!(after(TRIES + 1, Standing::Able, refused()).await, (0, TRIES));
        assert_eq!(after(20, Standing::NotAllowed, no_token()).await, (0, 1));
    }

    #[tokio::test]
    async fn a_token_that_dies_at_a_call_spends_no_try() {
        let dir = tempfile::tempdir().unwrap();
        let refused = HelixError::Unauthorized("401".to_owned());
        let fetcher = fetcher(dir.path(), Grudging::new(Standing::Nobody, refused.clone())).await;
        assert!(matches!(fetcher.failure(refused), Failure::Nobody(_)));
    }

    #[test]
    fn what_is_wrong_is_told_once_until_it_changes() {
        let attempts = Attempts::default();
        let told = |why: &str| attempts.is_news(Some(why.to_owned()));
        let all = ["full", "full", "gone", "gone", "full"].map(told);
        assert_eq!(all, [true, false, true, false, true]);
        assert!(!attempts.is_news(None));
        assert!(told("full"), "it was well in between");
    }

    /// A video whose time has come stays due while the database can't say whether it is
    /// wanted; one that nobody wants any more is forgotten.
    #[tokio::test]
    async fn it_does_not_spin_while_the_database_fails() {
        let dir = tempfile::tempdir().unwrap();
        let unused = HelixError::NotSent(String::new());
        let fetcher = fetcher(dir.path(), Grudging::new(Standing::Able, unused)).await;
        let attempts = Attempts::default();
        let due = || lock(&attempts.failed).insert("A".to_owned(), Tried::default());
        due();
        let before_ms = fetcher.clock.now_ms();
        assert!(fetcher.round(&attempts).await >= before_ms + LOOK_EVERY_MS);
        assert!(lock(&attempts.failed).is_empty());
        due();
        fetcher.store.clone().close().await;
        assert!(fetcher.round(&attempts).await >= before_ms + PAUSE_MS);
    }
}
