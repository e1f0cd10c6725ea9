//! Signs of life of the long-lived tasks. Waiting for something that may take any time
//! ([`rest`]) is a sign of life, work that does not end is none. A task has one heart: futures
//! that it polls together would beat for each other, so each gets a task of its own.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use cliphound_clock::{Clock, Stopwatch};
use tokio::task_local;

use super::Post;

/// The longest pause between two signs of life of a task that rests.
const EVERY: Duration = Duration::from_secs(5);

task_local! {
    /// The task that runs.
    static OWN: Arc<Own>;
}

/// A task that runs.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) name: &'static str,
    about: Option<String>,
    within: Option<Duration>,
    began: Stopwatch,
    /// Of the last sign of life, since it began.
    beat_ms: AtomicU64,
    /// Its thread waits for something that may take any time.
    is_resting: AtomicBool,
    /// So many of its futures do.
    rests: AtomicUsize,
}

/// A future of a task waits for something that may take any time, until this is dropped.
struct Resting(Arc<Own>);

impl Resting {
    fn begin(own: &Arc<Own>) -> Self {
        own.rests.fetch_add(1, Relaxed);
        Self(Arc::clone(own))
    }
}

impl Drop for Resting {
    fn drop(&mut self) {
        self.0.rests.fetch_sub(1, Relaxed);
    }
}

/// A long-lived task that gave no sign of life for longer than it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Its name.
    pub name: &'static str,
    /// Which of that name, such as a channel.
    pub about: Option<String>,
    /// For so long.
    pub silent_for: Duration,
}

/// The task that runs gives a sign of life: to be called between steps of longer work.
pub fn beat() {
    let _ = OWN.try_with(|own| own.beat());
}

/// Waits for something that may take any time (an order, the next round): meanwhile the task
/// gives signs of life. Dropping it drops `wait` and nothing else.
pub async fn rest<T>(wait: impl Future<Output = T>) -> T {
    let Ok(own) = OWN.try_with(Arc::clone) else { return wait.await };
    let Some(within) = own.within else { return wait.await };
    let _resting = Resting::begin(&own);
    let (mut wait, clock) = (pin!(wait), Clock::system());
    loop {
        own.beat();
        tokio::select! {
            biased;
            done = &mut wait => {
                own.beat();
                return done;
            }
            () = clock.sleep(EVERY.min(within / 4)) => {}
        }
    }
}

/// The same for a thread of [`Crew::block`](super::Crew::block).
pub fn rest_blocking<T>(wait: impl FnOnce() -> T) -> T {
    let Ok(own) = OWN.try_with(Arc::clone) else { return wait() };
    own.is_resting.store(true, Relaxed);
    let done = wait();
    own.beat();
    own.is_resting.store(false, Relaxed);
    done
}

/// Name of the task that runs, for who tells of a panic.
pub(super) fn name() -> Option<String> {
    OWN.try_with(|own| named(own.name, own.about.as_deref())).ok()
}

/// Runs `task` as this one.
pub(super) fn of<T>(own: Arc<Own>, task: impl Future<Output = T>) -> impl Future<Output = T> {
    OWN.scope(own, task)
}

/// Runs `work`, which blocks, as this one.
pub(super) fn of_thread<T>(own: Arc<Own>, work: impl FnOnce() -> T) -> T {
    OWN.sync_scope(own, work)
}

impl Own {
    pub(super) fn new(post: &Post) -> Self {
        Self {
            name: post.name,
            about: post.about.clone(),
            within: post.within,
            began: Stopwatch::start(),
            beat_ms: AtomicU64::new(0),
            is_resting: AtomicBool::new(false),
            rests: AtomicUsize::new(0),
        }
    }

    /// Which of its name it is.
    pub(super) fn which(&self) -> &str {
        self.about.as_deref().unwrap_or_default()
    }

    /// It waits for something that may take any time; else it works.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_resting.load(Relaxed) || self.rests.load(Relaxed) > 0
    }

    pub(super) fn is_lasting(&self) -> bool {
        self.within.is_some()
    }

    fn beat(&self) {
        self.beat_ms.store(self.age_ms(), Relaxed);
    }

    pub(super) fn silent_for(&self) -> Duration {
        if self.is_resting.load(Relaxed) {
            return Duration::ZERO;
        }
        Duration::from_millis(self.age_ms().saturating_sub(self.beat_ms.load(Relaxed)))
    }

    pub(super) fn late(&self) -> Option<Late> {
        let silent_for = self.silent_for();
        let is_late = self.within.is_some_and(|within| silent_for > within);
        is_late.then(|| Late { name: self.name, about: self.about.clone(), silent_for })
    }

    fn age_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Late {
    /// Its name, with which of that name it is.
    #[must_use]
    pub fn task(&self) -> String {
        named(self.name, self.about.as_deref())
    }
}

fn named(name: &str, about: Option<&str>) -> String {
    about.map_or_else(|| name.to_owned(), |about| format!("{name} {about}"))
}
