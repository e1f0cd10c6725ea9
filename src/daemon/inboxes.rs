//! The channels that are followed now, and the way to their tasks. One [`Roster`] changes
//! it, everybody else reads.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cliphound_twitch::ChannelLogin;
use tokio::sync::{mpsc, watch};

use super::{
    channel::ToChannel,
    queues::{Fill, fill},
};

type Map = BTreeMap<ChannelLogin, mpsc::Sender<ToChannel>>;

/// The channels that are followed now. Cheap to clone; clones agree. A channel's task ends
/// once it has left the roster, or nobody has a clone any more.
#[derive(Debug, Clone)]
pub struct Inboxes(watch::Receiver<Map>);

/// A channel's queue has no room: what was for it is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Inboxes {
    /// Tells a channel something, without waiting. A channel that is not followed (any more)
    /// is told nothing.
    ///
    /// # Errors
    /// When its queue is full.
    pub fn tell(&self, login: &ChannelLogin, line: ToChannel) -> Result<(), Full> {
        let inboxes = self.0.borrow();
        let Some(inbox) = inboxes.get(login) else { return Ok(()) };
        match inbox.try_reserve() {
            Ok(room) => room.send(line),
            Err(mpsc::error::TrySendError::Full(())) => return Err(Full),
            Err(mpsc::error::TrySendError::Closed(())) => {}
        }
        Ok(())
    }

    /// A channel's queue. Whoever keeps it keeps the channel's task from ending.
    #[must_use]
    pub fn get(&self, login: &ChannelLogin) -> Option<mpsc::Sender<ToChannel>> {
        self.0.borrow().get(login).cloned()
    }

    /// Whether a channel is followed.
    #[must_use]
    pub fn has(&self, login: &ChannelLogin) -> bool {
        self.0.borrow().contains_key(login)
    }

    /// All channels, by name.
    #[must_use]
    pub fn logins(&self) -> Vec<ChannelLogin> {
        self.0.borrow().keys().cloned().collect()
    }

    /// Waits until channels have come or gone since this clone last waited or was made; for
    /// ever when none will.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether channels have come or gone since this was last asked.
    pub fn take_changed(&mut self) -> bool {
        let has_changed = self.0.has_changed().unwrap_or(false);
        self.0.mark_unchanged();
        has_changed
    }
}

/// Changes which channels are followed.
#[derive(Debug)]
pub struct Roster {
    map: watch::Sender<Map>,
    onlooker: Onlooker,
}

/// Looks at the channels that are followed, without keeping any of them alive.
#[derive(Debug, Clone, Default)]
pub struct Onlooker(Arc<Mutex<BTreeMap<ChannelLogin, mpsc::WeakSender<ToChannel>>>>);

impl Onlooker {
    /// How many channels are followed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// All channels, by name.
    #[must_use]
    pub fn logins(&self) -> Vec<ChannelLogin> {
        self.lock().keys().cloned().collect()
    }

    /// A channel's queue, to be let go of at once: whoever keeps it keeps the task from ending.
    #[must_use]
    pub fn get(&self, login: &ChannelLogin) -> Option<mpsc::Sender<ToChannel>> {
        self.lock().get(login).and_then(mpsc::WeakSender::upgrade)
    }

    /// The queue in which most waits.
    #[must_use]
    pub fn fullest(&self) -> Fill {
        let channels = self.lock();
        let inboxes = channels.values().filter_map(mpsc::WeakSender::upgrade);
        inboxes.map(|inbox| fill(&inbox)).max().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ChannelLogin, mpsc::WeakSender<ToChannel>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Roster {
    /// Nobody is followed yet.
    #[must_use]
    pub fn new() -> (Self, Inboxes) {
        let (map, inboxes) = watch::channel(Map::new());
        (Self { map, onlooker: Onlooker::default() }, Inboxes(inboxes))
    }

    /// A way to look at them.
    #[must_use]
    pub fn onlooker(&self) -> Onlooker {
        self.onlooker.clone()
    }

    /// A channel is followed from now on.
    pub fn add(&self, login: ChannelLogin, inbox: mpsc::Sender<ToChannel>) {
        self.onlooker.lock().insert(login.clone(), inbox.downgrade());
        self.map.send_modify(|map| drop(map.insert(login, inbox)));
    }

    /// A channel is followed no more; its task takes what its queue holds, and ends.
    pub fn remove(&self, login: &ChannelLogin) {
        self.onlooker.lock().remove(login);
        self.map.send_modify(|map| drop(map.remove(login)));
    }

    /// A channel's queue.
    #[must_use]
    pub fn get(&self, login: &ChannelLogin) -> Option<mpsc::Sender<ToChannel>> {
        self.map.borrow().get(login).cloned()
    }

    /// The queue of each channel.
    #[must_use]
    pub fn all(&self) -> Vec<mpsc::Sender<ToChannel>> {
        self.map.borrow().values().cloned().collect()
    }
}

#[cfg(test)]
pub(in crate::daemon) mod tests {
    use super::*;

    /// These channels, for as long as the roster lives.
    pub fn of(
        inboxes: impl IntoIterator<Item = (ChannelLogin, mpsc::Sender<ToChannel>)>,
    ) -> (Roster, Inboxes) {
        let (roster, followed) = Roster::new();
        inboxes.into_iter().for_each(|(login, inbox)| roster.add(login, inbox));
        (roster, followed)
    }

    #[tokio::test]
    async fn a_channel_that_leaves_ends_and_nobody_else() {
        let [ann, bob] = ["ann", "bob"].map(|name| ChannelLogin::parse(name).unwrap());
        let ((ann_in, mut ann_out), (bob_in, mut bob_out)) = (mpsc::channel(1), mpsc::channel(1));
        let (roster, mut inboxes) = of([(ann.clone(), ann_in), (bob.clone(), bob_in)]);
        inboxes.changed().await;
        let line = || ToChannel::Id("7".to_owned());
        assert_eq!(inboxes.tell(&ann, line()), Ok(()));
        assert_eq!(inboxes.tell(&ann, line()), Err(Full));
        roster.remove(&ann);
        assert!(inboxes.take_changed() && !inboxes.take_changed());
        assert_eq!(inboxes.tell(&ann, line()), Ok(()), "it is told nothing");
        assert!(ann_out.recv().await.is_some(), "what it was told before is there");
        assert!(ann_out.recv().await.is_none());
        let onlooker = roster.onlooker();
        assert_eq!((inboxes.logins(), onlooker.count()), (vec![bob.clone()], 1));
        drop(roster);
        assert_eq!(inboxes.tell(&bob, line()), Ok(()));
        assert_eq!(onlooker.fullest(), Fill { items: 1, capacity: 1 });
        drop(inboxes);
        assert!(bob_out.recv().await.is_some() && bob_out.recv().await.is_none());
    }
}
