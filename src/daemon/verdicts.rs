//! Hands verdicts to the channels' tasks: what was given on a page or by a command, also while
//! Cliphound was off; each once, and what was taken back, too.
//!
//! A channel that is new here, or whose engine begins anew, is told all that hold in it, in place of
//! what its engine knows; from then on it is told each change. The database numbers the changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use cliphound_clock::Clock;
use cliphound_engine::{Verdict as Taught, VerdictInput};
use cliphound_store::{IntentKey, Store, StoreError, Verdict, VerdictChange};
use cliphound_twitch::ChannelLogin;
use tokio::sync::Notify;

use super::{
    channel::ToChannel,
    directory::Directory,
    inboxes::{Full, Inboxes},
};
use crate::{clips::row, costs, crew::rest};

/// How often the database is looked at when nobody says that there is something: for verdicts
/// from a command.
const EVERY: Duration = Duration::from_secs(5);
/// Verdicts that a channel is told at its start: the newest.
const ALL: u32 = 512;
/// Changes that are read at once.
const BATCH: u32 = 256;

/// Hands verdicts on.
pub struct Verdicts {
    /// The database.
    pub store: Store,
    /// The channels.
    pub inboxes: Inboxes,
    /// Their ids: names are not enough, for they change hands.
    pub directory: Directory,
    /// Our clock.
    pub clock: Clock,
    /// Who has to be told something.
    pub bell: Arc<Bell>,
}

/// Wakes who hands verdicts on.
#[derive(Debug, Default)]
pub struct Bell {
    wake: Notify,
    /// Channels whose engines have begun anew since they were told.
    anew: Mutex<BTreeSet<ChannelLogin>>,
}

impl Bell {
    /// Somebody gave a verdict, or took one back.
    pub fn ring(&self) {
        self.wake.notify_one();
    }

    /// A channel's engine begins anew, after a panic or because somebody wants it so: what editors
    /// said still holds.
    pub fn begins_anew(&self, login: &ChannelLogin) {
        self.anew.lock().unwrap_or_else(PoisonError::into_inner).insert(login.clone());
        self.ring();
    }

    pub(super) fn take_anew(&self) -> BTreeSet<ChannelLogin> {
        std::mem::take(&mut *self.anew.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What was handed on so far.
#[derive(Debug, Default)]
struct Told {
    /// Channels that know all up to `change`.
    channels: BTreeSet<ChannelLogin>,
    /// The newest change that they know.
    change: i64,
}

impl Verdicts {
    /// Hands verdicts on until it is dropped.
    pub async fn run(mut self) {
        let (mut told, mut is_failing) = (Told::default(), false);
        loop {
            match self.round(&mut told).await {
                Ok(()) => is_failing = false,
                Err(error) if !std::mem::replace(&mut is_failing, true) => {
                    costs::tell(&error, "verdicts can't be read; channels learn from them later");
                }
                Err(error) => tracing::debug!(%error, "verdicts can't be read yet"),
            }
            let pause = self.clock.sleep(EVERY);
            rest(async {
                tokio::select! {
                    () = self.bell.wake.notified() => {}
                    () = self.inboxes.changed() => {}
                    () = pause => {}
                }
            })
            .await;
        }
    }

    async fn round(&self, told: &mut Told) -> Result<(), StoreError> {
        for login in self.bell.take_anew() {
            told.channels.remove(&login);
        }
        let newest = self.store.newest_verdict().await?;
        if newest < told.change {
            // It is another database by now.
            *told = Told::default();
        }
        let followed: BTreeSet<_> = self.inboxes.logins().into_iter().collect();
        told.channels.retain(|login| followed.contains(login));
        let mut ids = self.directory.known();
        ids.retain(|login, _| followed.contains(login));
        self.tell_changes(told, &ids).await?;
        // Until its id is known, a channel keeps what its engine knows.
        for (login, id) in ids {
            if !told.channels.contains(&login) && self.tell_all(&login, &id).await? {
                told.channels.insert(login);
            }
        }
        Ok(())
    }

    /// What has changed since the last round, to those who know what was before.
    async fn tell_changes(
        &self,
        told: &mut Told,
        ids: &BTreeMap<ChannelLogin, String>,
    ) -> Result<(), StoreError> {
        loop {
            let changes = self.store.verdicts_after(told.change, BATCH).await?;
            for change in &changes {
                told.change = change.change;
                let Some(login) = whose(&change.moment.key, ids) else { continue };
                let line = ToChannel::Verdict(Box::new(input(change)));
                if told.channels.contains(&login) && self.inboxes.tell(&login, line) == Err(Full) {
                    // It is told all, when it has room.
                    told.channels.remove(&login);
                }
            }
            if changes.len() < BATCH as usize {
                return Ok(());
            }
        }
    }

    /// Everything that holds in a channel; false when it has no room now. A change that comes
    /// meanwhile may be told twice: the second replaces the first.
    async fn tell_all(&self, login: &ChannelLogin, id: &str) -> Result<bool, StoreError> {
        let all = self.store.verdicts_in(id, login.as_str(), ALL).await?;
        let line = ToChannel::Verdicts(all.iter().map(input).collect());
        Ok(self.inboxes.tell(login, line) != Err(Full))
    }
}

/// The channel of a moment, by what it is called now.
fn whose(key: &IntentKey, ids: &BTreeMap<ChannelLogin, String>) -> Option<ChannelLogin> {
    match key.broadcaster_id.strip_prefix("login:") {
        Some(login) => ChannelLogin::parse(login).ok(),
        None => {
            let mut all = ids.iter();
            all.find(|(_, id)| **id == key.broadcaster_id).map(|(login, _)| login.clone())
        }
    }
}

fn input(change: &VerdictChange) -> VerdictInput {
    let verdict = change.verdict.map(|verdict| match verdict {
        Verdict::Kept => Taught::Kept,
        Verdict::Rejected => Taught::Rejected,
    });
    row::verdict(&change.moment, verdict)
}

#[cfg(test)]
mod tests {
    use cliphound_store::MomentRow;
    use tokio::sync::mpsc;

    use super::{super::inboxes::tests::of, *};
    use crate::clips::sample;

    fn moment(login: &str, trigger_ms: i64) -> MomentRow {
        let of_anybody = sample::moment(&format!("id of {login}"), trigger_ms);
        MomentRow { login: login.to_owned(), ..of_anybody }
    }

    /// What a channel was told: all (the number of them), or one with its trigger.
    fn told(inbox: &mut mpsc::Receiver<ToChannel>) -> Vec<(usize, i64, Option<Taught>)> {
        let mut lines = Vec::new();
        while let Ok(line) = inbox.try_recv() {
            lines.push(match line {
                ToChannel::Verdicts(all) => (all.len(), 0, None),
                ToChannel::Verdict(one) => (1, one.trigger.0, one.verdict),
                other => panic!("{other:?}"),
            });
        }
        lines
    }

    #[tokio::test]
    async fn each_is_told_once_and_what_was_taken_back_too() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        for trigger_ms in [1_000, 2_000] {
            store.record_moment(&moment("ann", trigger_ms)).await.unwrap();
        }
        store.record_moment(&moment("bob", 1_000)).await.unwrap();
        let key = |trigger_ms| moment("ann", trigger_ms).key;
        store.judge(&key(1_000), Verdict::Kept, "x", 1).await.unwrap();
        let [ann, bob] = ["ann", "bob"].map(|name| ChannelLogin::parse(name).unwrap());
        let directory = Directory::default();
        for login in [&ann, &bob] {
            directory.tell(login, &format!("id of {login}"));
        }
        let ((ann_in, mut ann_out), (bob_in, mut bob_out)) = (mpsc::channel(1), mpsc::channel(1));
        let (roster, inboxes) = of([(ann.clone(), ann_in), (bob, bob_in)]);
        let (clock, bell) = (Clock::starting_at(0, 1.0), Arc::new(Bell::default()));
        let bell_in = Arc::clone(&bell);
        let verdicts = Verdicts { store: store.clone(), inboxes, directory, clock, bell: bell_in };
        let mut known = Told::default();
        let mut round = async || verdicts.round(&mut known).await.unwrap();

        round().await;
        assert_eq!(told(&mut ann_out), [(1, 0, None)], "what was given before the start");
        assert_eq!(told(&mut bob_out), [(0, 0, None)], "none: so that it forgets others");
        round().await;
        assert_eq!((told(&mut ann_out), told(&mut bob_out)), (vec![], vec![]));
        store.judge(&key(2_000), Verdict::Rejected, "x", 2).await.unwrap();
        round().await;
        assert_eq!(told(&mut ann_out), [(1, 2_000, Some(Taught::Rejected))]);
        store.undo_verdict(&key(2_000), None, "x", 3).await.unwrap();
        round().await;
        assert_eq!(told(&mut ann_out), [(1, 2_000, None)]);
        // Two at once find room for one: then it is told all.
        store.judge(&key(2_000), Verdict::Kept, "x", 4).await.unwrap();
        store.undo_verdict(&key(1_000), None, "x", 5).await.unwrap();
        round().await;
        assert_eq!(told(&mut ann_out), [(1, 2_000, Some(Taught::Kept))]);
        round().await;
        assert_eq!(told(&mut ann_out), [(1, 0, None)]);
        // One whose engine begins anew is told all, and nobody else.
        bell.begins_anew(&ann);
        round().await;
        assert_eq!((told(&mut ann_out), told(&mut bob_out)), (vec![(1, 0, None)], vec![]));
        round().await;
        assert_eq!(told(&mut ann_out), []);
        // A channel that comes back is told all.
        roster.remove(&ann);
        round().await;
        let (ann_in, mut ann_out) = mpsc::channel(1);
        roster.add(ann, ann_in);
        round().await;
        assert_eq!((told(&mut ann_out), told(&mut bob_out)), (vec![(1, 0, None)], vec![]));
    }

    /// Ann is called bea now, and somebody else took her old name: what editors said of her
    /// moments stays with her.
    #[tokio::test]
    async fn verdicts_follow_the_id_and_wait_until_it_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        store.record_moment(&moment("ann", 1_000)).await.unwrap();
        let key = moment("ann", 1_000).key;
        store.judge(&key, Verdict::Kept, "x", 1).await.unwrap();
        let [ann, bea] = ["ann", "bea"].map(|name| ChannelLogin::parse(name).unwrap());
        let ((ann_in, mut ann_out), (bea_in, mut bea_out)) = (mpsc::channel(4), mpsc::channel(4));
        let (_roster, inboxes) = of([(ann.clone(), ann_in), (bea.clone(), bea_in)]);
        let (clock, bell) = (Clock::starting_at(0, 1.0), Arc::default());
        let directory = Directory::default();
        let verdicts =
            Verdicts { store: store.clone(), inboxes, directory: directory.clone(), clock, bell };
        let mut known = Told::default();
        verdicts.round(&mut known).await.unwrap();
        assert_eq!((told(&mut ann_out), told(&mut bea_out)), (vec![], vec![]), "nobody is known");
        directory.tell(&ann, "a newcomer");
        directory.tell(&bea, "id of ann");
        verdicts.round(&mut known).await.unwrap();
        assert_eq!(told(&mut ann_out), [(0, 0, None)]);
        assert_eq!(told(&mut bea_out), [(1, 0, None)]);
        store.undo_verdict(&key, None, "x", 2).await.unwrap();
        verdicts.round(&mut known).await.unwrap();
        assert_eq!((told(&mut ann_out), told(&mut bea_out)), (vec![], vec![(1, 1_000, None)]));
    }
}
