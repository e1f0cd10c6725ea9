//! Knows when each channel was really watched, and keeps it in the database once a minute.
//!
//! Whoever hears something of a channel tells [`Watched`], which holds a [`ledger`] a
//! channel; [`Keeper`] gives them the time and stores what has changed (`page`). A crash is
//! measured from the last minute that was stored, a stop in good order exactly. [`vods`] learns
//! where moments without a clip can be seen.

pub mod cause;
pub mod ledger;
mod page;
pub mod timeline;
pub mod vods;
mod wall;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cliphound_engine::Live;
use cliphound_store::{LastRun, Rewrite, Run, Store, StoreError};
use cliphound_twitch::{
    ChannelLogin,
    chat::{ChatEvent, Heard, Signal},
    helix::Stream,
};
use tokio_util::sync::CancellationToken;

use self::{
    cause::Cause,
    ledger::{Before, Ledger},
    page::Page,
    wall::Wall,
};
use super::{directory::Directory, inboxes::Inboxes};
use crate::{costs, crew::rest, time::TwitchTime};

/// How often a sign of life is stored.
pub const MARK_EVERY: Duration = Duration::from_secs(60);
/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(1);
/// From one look to the next no more than this passes, unless the machine sleeps or its clock
/// is set.
const STEP_MS: i64 = 10_000;

/// What is known of all channels. Cheap to clone; clones agree.
#[derive(Debug, Clone)]
pub struct Watched {
    time: TwitchTime,
    pages: Arc<Mutex<Pages>>,
}

/// The channels' ledgers, and those of channels that were left but not stored yet.
#[derive(Debug, Default)]
struct Pages {
    followed: BTreeMap<ChannelLogin, Page>,
    left: Vec<(ChannelLogin, Page)>,
    /// How far the machine's clock is ahead of ours.
    set_ms: i64,
}

impl Watched {
    /// Nobody is followed yet.
    #[must_use]
    pub fn new(time: TwitchTime) -> Self {
        Self { time, pages: Arc::default() }
    }

    /// What chat tells of a channel.
    pub fn hear(&self, heard: &Heard) {
        let (login, now_ms) = (&heard.channel, self.now_ms());
        match &heard.event {
            ChatEvent::Joined => self.change(login, |ledger| ledger.joined(now_ms)),
            ChatEvent::Lost(loss) => {
                let cause = Cause::from(loss.why);
                self.change(login, |ledger| ledger.lost(now_ms, loss.alive_ms, cause));
            }
            ChatEvent::Notice { msg_id, .. } if shuts_out(msg_id) => {
                self.change(login, |ledger| ledger.refused(now_ms));
            }
            ChatEvent::Signal(Signal::Online) => {
                self.change(login, |ledger| ledger.live(now_ms, Live::Online, None));
            }
            ChatEvent::Signal(Signal::Offline) => {
                self.change(login, |ledger| ledger.live(now_ms, Live::Offline, None));
            }
            _ => {}
        }
    }

    /// A channel's queue was full, so that it was not told something.
    pub fn overflowed(&self, login: &ChannelLogin) {
        let now_ms = self.now_ms();
        self.change(login, |ledger| ledger.overflowed(now_ms));
    }

    /// A channel's task had failed at `from_ms`, and goes on now.
    pub fn failed(&self, login: &ChannelLogin, from_ms: i64) {
        let now_ms = self.now_ms();
        self.change(login, |ledger| ledger.failed(now_ms, from_ms));
    }

    /// What Get Streams says of a channel; `stream`: its stream, if there is one.
    pub fn live(&self, login: &ChannelLogin, live: Live, stream: Option<&Stream>) {
        let since_ms = stream.map(|stream| self.time.to_ours(stream.started_ms));
        let now_ms = self.now_ms();
        self.change(login, |ledger| ledger.live(now_ms, live, since_ms));
    }

    /// Moments of a channel are held back from now on, or come again.
    pub fn held(&self, login: &ChannelLogin, is_held: bool) {
        let now_ms = self.now_ms();
        self.change(login, |ledger| ledger.held(now_ms, is_held));
    }

    /// What is known of a channel that was left is stored no more.
    pub fn forget(&self, login: &ChannelLogin) {
        let mut pages = self.pages();
        pages.followed.remove(login);
        pages.left.retain(|(left, _)| left != login);
    }

    fn change(&self, login: &ChannelLogin, change: impl FnOnce(&mut Ledger)) {
        if let Some(page) = self.pages().followed.get_mut(login) {
            change(&mut page.ledger);
        }
    }

    /// These channels are followed now.
    fn follow(&self, logins: &[ChannelLogin], last: &LastRun) {
        let (mut pages, now_ms) = (self.pages(), self.now_ms());
        let Pages { followed, left, set_ms } = &mut *pages;
        let gone: Vec<_> =
            followed.keys().filter(|login| !logins.contains(login)).cloned().collect();
        for login in gone {
            if let Some(mut page) = followed.remove(&login) {
                page.ledger.tick(now_ms);
                left.push((login, page));
            }
        }
        for login in logins.iter().filter(|login| !followed.contains_key(login)).collect::<Vec<_>>()
        {
            let before = before(last, login);
            followed.insert(login.clone(), Page::new(now_ms, before, *set_ms));
        }
    }

    /// Time passes; `slept_ms`: nothing ran since then.
    fn tick(&self, slept_ms: Option<i64>) {
        let now_ms = self.now_ms();
        for page in self.pages().followed.values_mut() {
            match slept_ms {
                Some(from_ms) => page.ledger.slept(now_ms, from_ms),
                None => page.ledger.tick(now_ms),
            }
        }
    }

    /// The machine's clock was set: it is so far ahead of ours now.
    fn set(&self, by_ms: i64) {
        let mut pages = self.pages();
        let Pages { followed, left, set_ms } = &mut *pages;
        *set_ms = by_ms;
        let all = followed.values_mut().chain(left.iter_mut().map(|(_, page)| page));
        all.for_each(|page| page.set(by_ms));
    }

    /// What is to be stored, in this order: who was left and is followed again is so from then on.
    fn rewrites(&self, directory: &Directory) -> Vec<Rewrite> {
        let (mut pages, ids) = (self.pages(), directory.known());
        let Pages { followed, left, .. } = &mut *pages;
        let left = left.iter_mut().map(|(login, page)| (&*login, page));
        let all = left.chain(followed.iter_mut());
        all.flat_map(|(login, page)| page.rewrites(login, ids.get(login))).collect()
    }

    /// What was to be stored is, or (`false`) could not be.
    fn stored(&self, is_stored: bool) {
        let mut pages = self.pages();
        pages.followed.values_mut().for_each(|page| page.stored(is_stored));
        if is_stored {
            pages.left.clear();
        } else {
            // What can't be stored for long is bounded like everything else.
            let surplus = pages.left.len().saturating_sub(MOST_LEFT);
            pages.left.drain(..surplus);
        }
    }

    fn now_ms(&self) -> i64 {
        self.time.clock().now_ms()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Channels kept that were left while nothing could be stored; the oldest go first.
const MOST_LEFT: usize = 1_000;

/// Whether a notice says that we can't be in a channel: <https://dev.twitch.tv/docs/chat/irc/>.
fn shuts_out(msg_id: &str) -> bool {
    matches!(msg_id, "msg_banned" | "msg_channel_suspended" | "tos_ban")
}

fn before(last: &LastRun, login: &ChannelLogin) -> Option<Before> {
    let run = last.run?;
    let until_ms = *last.followed.get(login.as_str())?;
    let cause = if run.is_clean { Cause::Stopped } else { Cause::Crashed };
    Some(Before { until_ms, cause })
}

/// Stores what [`Watched`] knows.
pub struct Keeper {
    watched: Watched,
    store: Store,
    inboxes: Inboxes,
    directory: Directory,
    /// This run, on our clock.
    run: Run,
    /// Under which start it is stored.
    stored_as: Option<i64>,
    wall: Wall,
    /// When the time was last told.
    ticked_ms: i64,
    is_failing: bool,
}

impl Keeper {
    /// Takes up from the run before, and stores the first sign of life. A database that fails
    /// stops nobody.
    pub async fn start(
        watched: Watched,
        store: Store,
        inboxes: Inboxes,
        directory: Directory,
    ) -> Self {
        let last = store.last_run().await.unwrap_or_else(|error| {
            costs::tell(&error, "when Cliphound last ran is not known");
            LastRun::default()
        });
        watched.follow(&inboxes.logins(), &last);
        let now_ms = watched.now_ms();
        let run = Run { start_ms: now_ms, end_ms: now_ms, is_clean: false };
        let wall = Wall::new(now_ms, last.run.map(|run| run.end_ms));
        if let Some(behind_ms) = wall.behind_ms() {
            tracing::warn!(
                seconds = behind_ms / 1000,
                "the machine's clock stands before Cliphound's last sign of life in this folder: what is watched is kept in memory until the clock is set, ten minutes at most"
            );
        }
        let (ticked_ms, stored_as, is_failing) = (now_ms, None, false);
        let mut keeper = Self {
            watched,
            store,
            inboxes,
            directory,
            run,
            stored_as,
            wall,
            ticked_ms,
            is_failing,
        };
        keeper.store().await;
        keeper
    }

    /// Keeps the time until `stop`; then stores the end.
    pub async fn run(mut self, stop: CancellationToken) {
        while stop.run_until_cancelled(self.wait()).await.is_some() {
            self.beat().await;
        }
        self.end().await;
    }

    async fn wait(&mut self) {
        let clock = self.watched.time.clock().clone();
        tokio::select! {
            () = rest(clock.sleep(TICK)) => {}
            () = self.inboxes.changed() => self.follow(),
        }
    }

    fn follow(&self) {
        self.watched.follow(&self.inboxes.logins(), &LastRun::default());
    }

    async fn beat(&mut self) {
        self.tick();
        let time = &self.watched.time;
        let twitch_ms = time.is_known().then(|| time.to_twitch(0));
        let was_set = self.wall.look(self.ticked_ms, time.clock().set_by_ms(), twitch_ms);
        if was_set {
            self.watched.set(self.wall.set_ms());
        }
        if was_set || self.ticked_ms - self.run.end_ms >= MARK_EVERY.as_millis() as i64 {
            self.store().await;
        }
    }

    async fn end(mut self) {
        self.tick();
        self.run.is_clean = true;
        self.store().await;
    }

    fn tick(&mut self) {
        let clock = self.watched.time.clock();
        let now_ms = clock.now_ms();
        // A clock of a simulation can't be set, and a slow machine is no sleep.
        let slept = now_ms - self.ticked_ms > STEP_MS && clock.speed() == 1.0;
        if slept {
            let seconds = (now_ms - self.ticked_ms) / 1000;
            tracing::warn!(
                "nothing was watched for {seconds} s: the machine slept, or its clock was set"
            );
        }
        self.watched.tick(slept.then_some(self.ticked_ms));
        self.ticked_ms = now_ms;
    }

    async fn store(&mut self) {
        if !self.wall.is_credible() {
            return;
        }
        self.run.end_ms = self.ticked_ms;
        let set_ms = self.wall.set_ms();
        let Run { start_ms, end_ms, is_clean } = self.run;
        let run = Run { start_ms: start_ms + set_ms, end_ms: end_ms + set_ms, is_clean };
        let rewrites = self.watched.rewrites(&self.directory);
        let was_ms = self.stored_as.unwrap_or(run.start_ms);
        let stored = self.store.move_watched(was_ms, &run, &rewrites).await;
        if stored.is_ok() {
            self.stored_as = Some(run.start_ms);
        }
        self.watched.stored(stored.is_ok());
        self.tell(stored);
    }

    fn tell(&mut self, stored: Result<(), StoreError>) {
        let was_failing = std::mem::replace(&mut self.is_failing, stored.is_err());
        if let (Err(error), false) = (stored, was_failing) {
            costs::tell(&error, "what was watched can't be stored now; it is kept until it can");
        }
    }
}

#[cfg(test)]
mod tests;
