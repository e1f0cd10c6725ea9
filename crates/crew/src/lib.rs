//! The daemon's tasks: each has a name and an owner, none dies unseen, and what hangs is known.
//!
//! A task that panics is told (`panics`). What can't go on without it ends the daemon
//! ([`Crew::spawn`], [`Crew::watch`]); what can be started anew alone is ([`Crew::keep`]), after
//! a pause, and within a limit. `heart` knows which of the long-lived ones are alive. What the crew
//! does not own has a name as well ([`blocking`], [`named`]).

mod heart;
mod outside;
pub mod panics;
mod post;
mod roll;

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use cliphound_clock::{Clock, Stopwatch};
use futures_util::{FutureExt, future::BoxFuture};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use heart::{Late, beat, rest, rest_blocking};
pub use outside::{Broken, blocking, named, outcome};
pub use post::Post;
pub use roll::Restarts;

use heart::Own;
use roll::Roll;

/// More panics than this within [`roll::WITHIN`], of all tasks together, end the daemon:
/// something is wrong that starting anew does not mend.
const MOST_PANICS: usize = 5;
/// The pause before a task is started anew; each further one is four times as long, so that
/// one task alone does not reach the limit, …
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// … but never longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// A task that lived so long begins with the first pause again.
const CALM: Duration = Duration::from_secs(600);

/// Spawns tasks under a name. Cheap to clone; clones are the same crew.
#[derive(Debug, Clone, Default)]
pub struct Crew {
    /// Every task that was spawned.
    pub tasks: TaskTracker,
    /// Cancelled when one of them panicked that the daemon can't do without, or ended though
    /// it must not, or when too many panicked.
    pub alarm: CancellationToken,
    roll: Arc<Roll>,
}

impl Crew {
    /// Spawns a task that does one thing and ends. A panic sets off the alarm.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.watch(Post::passing(name), task);
    }

    /// Spawns a task that the daemon can't do without. A panic sets off the alarm.
    pub fn watch(&self, post: Post, task: impl Future<Output = ()> + Send + 'static) {
        let alarm = self.alarm.clone();
        self.spawn_or(post, task, move || alarm.cancel());
    }

    /// Spawns a task after whose panic something else is done.
    pub fn spawn_or(
        &self,
        post: Post,
        task: impl Future<Output = ()> + Send + 'static,
        panicked: impl FnOnce() + Send + 'static,
    ) {
        let crew = self.clone();
        self.put(post, async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                crew.panicked();
                panicked();
            }
        });
    }

    /// Spawns a task that is started anew when it panics, with the same `state` (its queue),
    /// as often as the limit allows.
    pub fn keep<S: Send + 'static>(
        &self,
        post: Post,
        mut state: S,
        mut run: impl for<'a> FnMut(&'a mut S) -> BoxFuture<'a, ()> + Send + 'static,
    ) {
        let (crew, name) = (self.clone(), post.name);
        self.put(post, async move {
            let mut restarts = crew.restarts(name);
            while AssertUnwindSafe(run(&mut state)).catch_unwind().await.is_err() {
                if !restarts.wait().await {
                    return;
                }
            }
        });
    }

    /// Runs something that blocks in a thread of its own; it gives signs of life by [`beat`]
    /// and [`rest_blocking`]. A panic is told and ends it alone.
    pub fn block(&self, post: Post, work: impl FnOnce() + Send + 'static) {
        let own = Arc::new(Own::new(&post));
        let (crew, name) = (self.clone(), self.roll.enter(&own));
        self.tasks.spawn_blocking(move || {
            let work = || catch_unwind(AssertUnwindSafe(work));
            if heart::of_thread(own, work).is_err() {
                crew.panicked();
            }
            drop(name);
        });
    }

    /// For a task that starts itself anew: the pauses between its lives.
    #[must_use]
    pub fn restarts(&self, name: &'static str) -> Pauses {
        let (crew, until) = (self.clone(), CancellationToken::new());
        Pauses { crew, name, pause: FIRST_PAUSE, lived: Stopwatch::start(), until }
    }

    /// The long-lived tasks that have not given a sign of life for longer than they may.
    #[must_use]
    pub fn late(&self) -> Vec<Late> {
        self.roll.hearts().iter().filter_map(|own| own.late()).collect()
    }

    /// By name: how long ago the long-lived tasks gave a sign of life; of several of a name,
    /// the longest.
    #[must_use]
    pub fn silences(&self) -> std::collections::BTreeMap<&'static str, Duration> {
        let mut silences = std::collections::BTreeMap::new();
        for own in self.roll.hearts() {
            let longest: &mut Duration = silences.entry(own.name).or_default();
            *longest = own.silent_for().max(*longest);
        }
        silences
    }

    /// The tasks that have not ended, by name.
    #[must_use]
    pub fn under_way(&self) -> std::collections::BTreeMap<&'static str, usize> {
        self.roll.under_way()
    }

    /// The tasks of one name that have not ended: which of that name each is, by name, and whether it
    /// waits for something that may take any time. Else it works.
    #[must_use]
    pub fn still(&self, name: &str) -> std::collections::BTreeMap<String, bool> {
        let own = self.roll.of(name);
        own.iter().map(|own| (own.which().to_owned(), own.is_waiting())).collect()
    }

    /// Panics of its tasks so far; [`panics::count`] knows those of the whole process.
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.roll.panics()
    }

    /// Tasks started anew so far, by name.
    #[must_use]
    pub fn restarted(&self) -> Restarts {
        self.roll.restarts()
    }

    fn put(&self, post: Post, task: impl Future<Output = ()> + Send + 'static) {
        let own = Arc::new(Own::new(&post));
        let name = self.roll.enter(&own);
        let task = heart::of(own, async move {
            match post.until {
                Some(stop) => drop(stop.run_until_cancelled(task).await),
                None => task.await,
            }
        });
        self.tasks.spawn(async move {
            task.await;
            drop(name);
        });
    }

    /// Counts a panic; too many set off the alarm.
    fn panicked(&self) -> bool {
        let too_many = self.roll.panicked() > MOST_PANICS;
        if too_many && !self.alarm.is_cancelled() {
            tracing::error!("more than {MOST_PANICS} tasks panicked within a minute");
            self.alarm.cancel();
        }
        !too_many
    }
}

/// The pauses between the lives of a task that panics again and again.
#[derive(Debug)]
pub struct Pauses {
    crew: Crew,
    name: &'static str,
    pause: Duration,
    lived: Stopwatch,
    until: CancellationToken,
}

impl Pauses {
    /// From then on there is no further life, and no pause.
    #[must_use]
    pub fn until(self, until: CancellationToken) -> Self {
        Self { until, ..self }
    }

    /// After a panic: waits until the next life may begin. False when none may.
    pub async fn wait(&mut self) -> bool {
        if !self.crew.panicked() {
            return false;
        }
        if self.lived.elapsed() >= CALM {
            self.pause = FIRST_PAUSE;
        }
        let (task, pause) = (self.name, self.pause);
        tracing::warn!(task, "is started anew in {} s", pause.as_secs());
        if rest(self.until.run_until_cancelled(Clock::system().sleep(pause))).await.is_none() {
            return false;
        }
        self.pause = (pause * 4).min(LONGEST_PAUSE);
        self.lived = Stopwatch::start();
        self.crew.roll.restarted(self.name);
        true
    }
}

#[cfg(test)]
mod tests;
