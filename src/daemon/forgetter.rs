//! Forgets channels and users while Cliphound runs, one after the other.
//!
//! A channel is left first, and all its tasks have ended; a user's lines are taken out as if a
//! moderator had deleted them, and what they asked for goes on without their name. Then goes what
//! [`Found`] finds. What was under way may write once more (a figure, a viewer's clip that was just
//! asked for): so it is looked for again, at the times of [`again`], also after a restart, because
//! the database keeps what was asked for until then.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cliphound_clock::Clock;
use cliphound_store::{Forgetting, Store};
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
    clips::{LetGone, ToClips},
    config::{Dir, own},
    crew::rest,
    forget::{Found, Kind, Whom},
    records::Records,
    web::{Problem, deletion, settings::Settings},
};

/// Deletions that wait for their turn; more are refused.
pub const QUEUE: usize = 4;
/// Pause before a database or file that failed is tried again; each further one is twice as long …
const RETRY: Duration = Duration::from_secs(30);
/// … but never longer than this.
const LONGEST_RETRY: Duration = Duration::from_secs(3_600);
/// A channel is left, and calls for clips have ended, within this, real time; if not, what they
/// write is found the next time.
const WITHIN: Duration = Duration::from_secs(30);

/// Pauses before it is looked again. Figures are written after 5 s, when a channel was watched
/// after a minute, and a question for viewers' clips that was under way ends within half an hour: for
/// as long they are not asked for anew, and a day later only the known ones are counted.
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
    /// Who is looked for again.
    next: BTreeMap<Whom, Again>,
    /// What an earlier run left is known.
    is_read: bool,
}

/// When somebody is looked for again.
#[derive(Debug, Clone, Default)]
struct Again {
    /// How often they were.
    times: usize,
    due_ms: i64,
    /// The broadcaster ids of a channel.
    ids: Vec<String>,
    /// How often in a row it failed, and how last.
    failures: u32,
    failure: String,
}

/// What follows after somebody was looked for again.
enum Then {
    /// Once more after this pause.
    Later(Duration),
    /// The channel has a task that takes long to end: what that writes is to be deleted, too.
    NotLeft,
    /// It is over.
    Over,
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
    async fn pass(&self, whom: &Whom, ids: &[String]) -> Result<Found, Problem> {
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
        let let_gone = self.let_go(whom).await;
        self.board.forget(whom);
        let gone = self.delete(whom, ids).await;
        // Those that are still open go on from here.
        drop(let_gone);
        gone
    }

    /// Nobody works on their clips any more, as long as this is kept. Where that takes too long, they
    /// go on once it is so.
    async fn let_go(&self, whom: &Whom) -> Option<LetGone> {
        let worker = self.clips.upgrade()?;
        let (gone, told) = oneshot::channel();
        worker.send(ToClips::LetGo(whom.clone(), gone)).await.ok()?;
        drop(worker);
        timeout(WITHIN, told).await.ok()?.ok()
    }

    async fn delete(&self, whom: &Whom, ids: &[String]) -> Result<Found, Problem> {
        // Files that can't be read: rather not followed than learned anew.
        let is_listed = whom.kind == Kind::Channel
            && self.settings.is_listed(&whom.login).await.unwrap_or(true);
        let failed = |error: anyhow::Error| Problem::failed(&format!("{error:#}"));
        let found = Found::look(&self.dir, Some(&self.store), whom, ids).await;
        let mut found = found.map_err(failed)?;
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
            let due_ms = self.next.values().map(|again| again.due_ms).min();
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
            let ids = row.ids.split_whitespace().map(str::to_owned).collect();
            let again = Again { due_ms: now_ms, ids, ..Again::default() };
            self.next.insert(Whom { kind, login }, again);
        }
    }

    async fn begin(&mut self, whom: &Whom, by: &str) -> Result<Found, Problem> {
        if whom.kind == Kind::Channel {
            self.forgetter.leave(&whom.login, by).await?;
        }
        let mut ids = match whom.kind {
            Kind::Channel => self.forgetter.store.ids_of(whom.login.as_str()).await?,
            Kind::User => Vec::new(),
        };
        // Asked once more: its row may be gone by now.
        ids.extend(self.next.get(whom).into_iter().flat_map(|again| again.ids.clone()));
        ids.sort();
        ids.dedup();
        let asked = Forgetting {
            kind: whom.kind.as_str().to_owned(),
            login: whom.login.to_string(),
            by: by.to_owned(),
            asked_ms: self.now_ms(),
            ids: ids.join(" "),
        };
        self.forgetter.store.ask_to_forget(&asked).await?;
        let first = again(whom.kind).first().copied().unwrap_or(RETRY);
        let due_ms = asked.asked_ms + in_ms(first);
        let again = Again { due_ms, ids: ids.clone(), ..Again::default() };
        self.next.insert(whom.clone(), again);
        let gone = rest(self.forgetter.pass(whom, &ids)).await?;
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
        let due: Vec<(Whom, Again)> = self
            .next
            .iter()
            .filter(|(_, again)| again.due_ms <= now_ms)
            .map(|(whom, again)| (whom.clone(), again.clone()))
            .collect();
        for (whom, again) in due {
            let then = self.again(&whom, &again).await;
            match again.then(then, self.now_ms()) {
                Some(again) => drop(self.next.insert(whom, again)),
                None => drop(self.next.remove(&whom)),
            }
        }
    }

    /// Deletes what came since.
    async fn again(&self, whom: &Whom, so_far: &Again) -> Result<Then, Problem> {
        let (kind, login) = (whom.kind.as_str(), whom.login.as_str());
        let store = &self.forgetter.store;
        let asked = store.forgettings().await?;
        let is_asked = asked.iter().any(|row| row.kind == kind && row.login == login);
        if !is_asked {
            return Ok(Then::Over);
        }
        // It was added again since: then it may be known. That it still has a task is no sign of it.
        let is_channel = whom.kind == Kind::Channel;
        let is_wanted = is_channel && self.forgetter.settings.wants(&whom.login).await?;
        if !is_wanted {
            rest(self.forgetter.pass(whom, &so_far.ids)).await?;
            if is_channel && self.forgetter.followed.get(&whom.login).is_some() {
                return Ok(Then::NotLeft);
            }
            if let Some(pause) = again(whom.kind).get(so_far.times + 1) {
                return Ok(Then::Later(*pause));
            }
        }
        store.end_forgetting(kind, login).await?;
        Ok(Then::Over)
    }
}

impl Again {
    /// When next, if there is to be a next time. Trouble is told when it is new.
    fn then(self, then: Result<Then, Problem>, now_ms: i64) -> Option<Self> {
        match then {
            Ok(Then::Over) => None,
            Ok(Then::Later(pause)) => {
                let (times, due_ms) = (self.times + 1, now_ms + in_ms(pause));
                Some(Self { times, due_ms, ids: self.ids, ..Self::default() })
            }
            Ok(Then::NotLeft) => Some(self.retry(String::new(), now_ms)),
            Err(problem) => {
                if problem.detail != self.failure {
                    tracing::warn!(
                        "what is left of somebody can't be deleted yet: {}",
                        problem.detail
                    );
                }
                Some(self.retry(problem.detail, now_ms))
            }
        }
    }

    fn retry(self, failure: String, now_ms: i64) -> Self {
        let pause = RETRY.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST_RETRY);
        let failures = self.failures.saturating_add(1);
        Self { due_ms: now_ms + in_ms(pause), failures, failure, ..self }
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
            let found = Found::look(&self.dir, Some(&self.store), whom, &[]).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten times the same trouble, and what follows.
    #[test]
    fn what_fails_for_long_is_tried_less_and_less() {
        let mut again = Again { times: 1, ids: vec!["7".to_owned()], ..Again::default() };
        let mut pauses = Vec::new();
        for _ in 0..10 {
            again = again.then(Err(Problem::conflict("no")), 0).unwrap();
            pauses.push(again.due_ms / 1_000);
        }
        assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
        assert_eq!((again.times, again.failure.as_str()), (1, "no"));
        let later = again.then(Ok(Then::Later(Duration::from_secs(5))), 1_000).unwrap();
        assert_eq!((later.times, later.due_ms, later.failures), (2, 6_000, 0));
        assert_eq!(later.ids, ["7"]);
        let not_left = later.then(Ok(Then::NotLeft), 0).unwrap();
        assert_eq!((not_left.times, not_left.due_ms), (2, 30_000));
        assert!(not_left.then(Ok(Then::Over), 0).is_none());
    }
}
