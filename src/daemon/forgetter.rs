//! Forgets channels and users while Cliphound runs, one after the other.
//!
//! A channel is left first, and all its tasks have ended; a user's lines are taken out as if a
//! moderator had deleted them, and what they asked for goes on without their name. Then goes what
//! [`Found`] finds. What was under way may write once more (a figure, a viewer's clip that was just
//! asked for): so it is looked for again, at the times of [`again`], also after a restart, because
//! the database keeps what was asked for until then.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cliphound_clock::Clock;
use cliphound_store::{Forgetting, IntentKey, Store};
use cliphound_twitch::ChannelLogin;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    channel::ToChannel, dashboard::Dashboard, follow::Departure, inboxes::Onlooker, stats::Stats,
    watched::Watched,
};
use crate::{
    board::Board,
    clips::ToClips,
    config::{Dir, own},
    crew::rest,
    forget::{Found, Kind, Whom},
    records::Records,
    web::{Problem, deletion, settings::Settings},
};

/// Deletions that wait for their turn; more are refused.
pub const QUEUE: usize = 4;
/// Pause before a database or file that failed is tried again.
const RETRY: Duration = Duration::from_secs(30);
/// A channel is left, and calls for clips have ended, within this, real time; if not, what they
/// write is found the next time.
const WITHIN: Duration = Duration::from_secs(30);

/// Pauses before it is looked again. Figures are written after 5 s, when a channel was watched
/// after a minute, and viewers' clips are asked for up to a quarter of an hour after a stream.
const fn again(kind: Kind) -> &'static [Duration] {
    const PAUSES: [Duration; 3] =
        [Duration::from_secs(30), Duration::from_secs(120), Duration::from_secs(1_800)];
    match kind {
        Kind::Channel => &PAUSES,
        Kind::User => PAUSES.split_at(2).0,
    }
}

/// What a forgetter works with. It keeps nothing from ending.
pub struct Forgetter {
    /// The database.
    pub store: Store,
    /// The folder.
    pub dir: Dir,
    /// The records.
    pub records: Arc<Records>,
    /// The channels.
    pub followed: Onlooker,
    /// What is shown of them.
    pub board: Board,
    /// When they were watched.
    pub watched: Watched,
    /// What is counted of them.
    pub stats: Arc<Stats>,
    /// Works on clips.
    pub clips: mpsc::WeakSender<ToClips>,
    /// Tells when a channel was left.
    pub departures: mpsc::Sender<Departure>,
    /// Says which channels are followed.
    pub settings: Arc<Dashboard>,
    /// Our clock.
    pub clock: Clock,
}

/// Somebody asks that a channel or user be forgotten.
pub struct Request {
    whom: Whom,
    by: String,
    gone: oneshot::Sender<Result<Found, Problem>>,
}

/// A forgetter at work.
pub struct AtWork {
    forgetter: Forgetter,
    requests: mpsc::Receiver<Request>,
    /// Who is looked for again: how often they were, and when next.
    next: BTreeMap<Whom, (usize, i64)>,
    /// What an earlier run left is known.
    is_read: bool,
}

/// What is to be done next.
enum Next {
    Request(Request),
    Again,
    End,
}

impl Forgetter {
    /// Begins to work.
    #[must_use]
    pub fn begin(self, requests: mpsc::Receiver<Request>) -> AtWork {
        AtWork { forgetter: self, requests, next: BTreeMap::new(), is_read: false }
    }

    /// Whether a channel is followed, by this name of now or of the settings.
    fn is_followed(&self, login: &ChannelLogin) -> bool {
        self.settings.follows(login) || self.followed.get(login).is_some()
    }

    /// A channel is left for good, if it is followed.
    async fn leave(&self, login: &ChannelLogin, by: &str) -> Result<(), Problem> {
        if self.is_followed(login) {
            self.settings.follow(login, false, by).await?;
        }
        Ok(())
    }

    /// Waits until a channel has no task any more.
    async fn is_left(&self, login: &ChannelLogin) {
        let (left, told) = oneshot::channel();
        let departure = Departure { login: login.clone(), left };
        if self.departures.send(departure).await.is_ok() && timeout(WITHIN, told).await.is_err() {
            tracing::warn!(channel = %login, "takes long to be left; what it writes is deleted later");
        }
    }

    /// Deletes all that there is now.
    async fn pass(&self, whom: &Whom) -> Result<Found, Problem> {
        if whom.kind == Kind::Channel {
            self.is_left(&whom.login).await;
            self.watched.forget(&whom.login);
            self.stats.forget(&whom.login);
        } else {
            for login in self.followed.logins() {
                if let Some(inbox) = self.followed.get(&login) {
                    // One that does not keep up is told the next time.
                    drop(inbox.try_send(ToChannel::Forget(whom.login.clone())));
                }
            }
        }
        let clips = self.let_go(whom).await;
        self.board.forget(whom);
        let gone = self.delete(whom).await;
        if let Some(worker) = self.clips.upgrade()
            && !clips.is_empty()
        {
            drop(worker.send(ToClips::TakeUp(clips)).await);
        }
        gone
    }

    /// Nobody works on their clips any more; gives those that were open.
    async fn let_go(&self, whom: &Whom) -> Vec<IntentKey> {
        let Some(worker) = self.clips.upgrade() else { return Vec::new() };
        let (gone, told) = oneshot::channel();
        if worker.send(ToClips::LetGo(whom.clone(), gone)).await.is_err() {
            return Vec::new();
        }
        drop(worker);
        timeout(WITHIN, told).await.ok().and_then(Result::ok).unwrap_or_default()
    }

    async fn delete(&self, whom: &Whom) -> Result<Found, Problem> {
        let is_listed = whom.kind == Kind::Channel && self.settings.is_listed(&whom.login).await;
        let failed = |error: anyhow::Error| Problem::failed(&format!("{error:#}"));
        let mut found = Found::look(&self.dir, Some(&self.store), whom).await.map_err(failed)?;
        let (store, records) = (Some(&self.store), Some(Arc::clone(&self.records)));
        // Without it, a channel of the files would be learned anew.
        let but = is_listed.then_some(own::FOLLOW);
        found.carry_out(&self.dir, store, records, whom, but).await.map_err(failed)?;
        self.store.wipe(false).await?;
        if whom.kind == Kind::Channel {
            self.settings.take_over().await?;
        }
        Ok(found)
    }
}

impl AtWork {
    /// Works until nobody can ask any more.
    pub async fn run(&mut self) {
        loop {
            if !self.is_read {
                self.read().await;
            }
            let due_ms = self.next.values().map(|(_, due_ms)| *due_ms).min();
            let now_ms = self.now_ms();
            let due_ms = match (due_ms, self.is_read) {
                (Some(due_ms), true) => due_ms,
                (None, true) => i64::MAX,
                (_, false) => now_ms + in_ms(RETRY),
            };
            let clock = self.forgetter.clock.clone();
            let next = rest(async {
                tokio::select! {
                    request = self.requests.recv() => request.map_or(Next::End, Next::Request),
                    () = until(&clock, due_ms) => Next::Again,
                }
            });
            match next.await {
                Next::Request(request) => {
                    let gone = self.begin(&request.whom, &request.by).await;
                    // Whoever asked may have gone; it is done anyway.
                    drop(request.gone.send(gone));
                }
                Next::Again => self.look_again().await,
                Next::End => return,
            }
        }
    }

    fn now_ms(&self) -> i64 {
        self.forgetter.clock.now_ms()
    }

    /// What an earlier run was asked for.
    async fn read(&mut self) {
        let Ok(rows) = self.forgetter.store.forgettings().await else { return };
        self.is_read = true;
        let now_ms = self.now_ms();
        for row in rows {
            let (Ok(kind), Ok(login)) = (row.kind.parse(), ChannelLogin::parse(&row.login)) else {
                continue;
            };
            self.next.insert(Whom { kind, login }, (0, now_ms));
        }
    }

    async fn begin(&mut self, whom: &Whom, by: &str) -> Result<Found, Problem> {
        if whom.kind == Kind::Channel {
            self.forgetter.leave(&whom.login, by).await?;
        }
        let asked = Forgetting {
            kind: whom.kind.as_str().to_owned(),
            login: whom.login.to_string(),
            by: by.to_owned(),
            asked_ms: self.now_ms(),
        };
        self.forgetter.store.ask_to_forget(&asked).await?;
        let first = again(whom.kind).first().copied().unwrap_or(RETRY);
        self.next.insert(whom.clone(), (0, asked.asked_ms + in_ms(first)));
        let gone = rest(self.forgetter.pass(whom)).await?;
        // Without the name: the log is kept, too.
        tracing::info!(
            what = whom.kind.as_str(),
            %by,
            "everything about somebody was deleted, as asked in the dashboard: {}",
            gone.rows_in_words()
        );
        Ok(gone)
    }

    async fn look_again(&mut self) {
        let now_ms = self.now_ms();
        let due: Vec<(Whom, usize)> = self
            .next
            .iter()
            .filter(|(_, (_, due_ms))| *due_ms <= now_ms)
            .map(|(whom, (times, _))| (whom.clone(), *times))
            .collect();
        for (whom, times) in due {
            match self.again(&whom, times).await {
                Ok(Some(pause)) => {
                    self.next.insert(whom, (times + 1, self.now_ms() + in_ms(pause)));
                }
                Ok(None) => drop(self.next.remove(&whom)),
                Err(problem) => {
                    tracing::warn!(
                        "what is left of somebody can't be deleted yet: {}",
                        problem.detail
                    );
                    self.next.insert(whom, (times, self.now_ms() + in_ms(RETRY)));
                }
            }
        }
    }

    /// Deletes what came since; the pause until the next time, if there is to be one.
    async fn again(&self, whom: &Whom, times: usize) -> Result<Option<Duration>, Problem> {
        let (kind, login) = (whom.kind.as_str(), whom.login.as_str());
        let store = &self.forgetter.store;
        let asked = store.forgettings().await?;
        let is_asked = asked.iter().any(|row| row.kind == kind && row.login == login);
        if !is_asked {
            return Ok(None);
        }
        // It was added again since: then it may be known.
        let is_wanted = whom.kind == Kind::Channel && self.forgetter.is_followed(&whom.login);
        if !is_wanted {
            rest(self.forgetter.pass(whom)).await?;
            if let Some(pause) = again(whom.kind).get(times + 1) {
                return Ok(Some(*pause));
            }
        }
        store.end_forgetting(kind, login).await?;
        Ok(None)
    }
}

async fn until(clock: &Clock, at_ms: i64) {
    if at_ms == i64::MAX {
        return std::future::pending().await;
    }
    clock.sleep_until_ms(at_ms).await;
}

fn in_ms(pause: Duration) -> i64 {
    i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 2)
}

/// The way from a page to the forgetter.
pub struct Deletions {
    /// Takes what is asked for.
    pub requests: mpsc::Sender<Request>,
    /// The database.
    pub store: Store,
    /// The folder.
    pub dir: Dir,
}

impl deletion::Forget for Deletions {
    fn look<'a>(&'a self, whom: &'a Whom) -> BoxFuture<'a, Result<Found, Problem>> {
        async move {
            let found = Found::look(&self.dir, Some(&self.store), whom).await;
            found.map_err(|error| Problem::failed(&format!("{error:#}")))
        }
        .boxed()
    }

    fn forget<'a>(&'a self, whom: &'a Whom, by: &'a str) -> BoxFuture<'a, Result<Found, Problem>> {
        async move {
            let (gone, told) = oneshot::channel();
            let request = Request { whom: whom.clone(), by: by.to_owned(), gone };
            let busy = "other deletions are under way: try again in a moment";
            self.requests.try_send(request).map_err(|_| Problem::conflict(busy))?;
            let stopped = "Cliphound stopped meanwhile: what was begun goes on at the next start";
            told.await.map_err(|_| Problem::failed(&stopped))?
        }
        .boxed()
    }
}
