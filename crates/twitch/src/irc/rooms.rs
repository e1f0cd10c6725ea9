//! Which channels are listened to over which connection, while their list changes. Pure, but
//! for the ends of the queues that tell the connections.

use std::collections::BTreeSet;

use tokio::sync::watch;

use super::client::{CHANNELS_PER_CONNECTION, ROOMS_OF_AN_ACCOUNT};
use crate::ChannelLogin;

/// The channels of one connection, as they are to be.
pub(super) type Wanted = BTreeSet<ChannelLogin>;

/// All channels, by connection.
#[derive(Debug)]
pub(super) struct Rooms {
    places: Vec<Place>,
    has_account: bool,
}

/// One connection.
#[derive(Debug)]
struct Place {
    wanted: watch::Sender<Wanted>,
    logs_in: bool,
}

/// A connection that is to be opened.
#[derive(Debug)]
pub(super) struct Opened {
    /// Its channels, in the order in which they are to be joined.
    pub(super) channels: Vec<ChannelLogin>,
    /// Its channels from then on.
    pub(super) wanted: watch::Receiver<Wanted>,
    /// Whether it may log in: an account has places in so many rooms only.
    pub(super) logs_in: bool,
}

impl Rooms {
    pub(super) fn new(has_account: bool) -> Self {
        Self { places: Vec::new(), has_account }
    }

    /// Puts channels where there is room, each once; the connections that this takes beyond
    /// those that there are.
    pub(super) fn put(&mut self, channels: Vec<ChannelLogin>) -> Vec<Opened> {
        let (before, mut opened) = (self.places.len(), Vec::<Opened>::new());
        for channel in channels {
            if self.places.iter().any(|place| place.wanted.borrow().contains(&channel)) {
                continue;
            }
            let at = self.with_room().unwrap_or_else(|| {
                opened.push(self.open());
                self.places.len() - 1
            });
            if let Some(opened) = at.checked_sub(before).and_then(|at| opened.get_mut(at)) {
                opened.channels.push(channel.clone());
            }
            self.places[at].wanted.send_if_modified(|wanted| wanted.insert(channel));
        }
        opened
    }

    /// Takes channels out, wherever they are.
    pub(super) fn leave(&mut self, channels: &[ChannelLogin]) {
        for place in &self.places {
            place.wanted.send_if_modified(|wanted| {
                let before = wanted.len();
                wanted.retain(|channel| !channels.contains(channel));
                wanted.len() < before
            });
        }
    }

    fn with_room(&self) -> Option<usize> {
        let account_has_room = self.of_account() < ROOMS_OF_AN_ACCOUNT;
        self.places.iter().position(|place| {
            place.len() < CHANNELS_PER_CONNECTION && (account_has_room || !place.logs_in)
        })
    }

    fn open(&mut self) -> Opened {
        let logs_in = self.has_account && self.of_account() < ROOMS_OF_AN_ACCOUNT;
        let (tell, wanted) = watch::channel(Wanted::new());
        self.places.push(Place { wanted: tell, logs_in });
        Opened { channels: Vec::new(), wanted, logs_in }
    }

    /// Rooms that the account is in.
    fn of_account(&self) -> usize {
        self.places.iter().filter(|place| place.logs_in).map(Place::len).sum()
    }
}

impl Place {
    fn len(&self) -> usize {
        self.wanted.borrow().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logins(numbers: std::ops::Range<usize>) -> Vec<ChannelLogin> {
        numbers.map(|n| ChannelLogin::parse(&format!("channel{n}")).expect("a login")).collect()
    }

    fn sizes(opened: &[Opened]) -> Vec<(usize, bool)> {
        opened.iter().map(|opened| (opened.channels.len(), opened.logs_in)).collect()
    }

    #[test]
    fn connections_are_filled_before_another_one_is_opened() {
        let mut rooms = Rooms::new(false);
        let first = rooms.put(logins(0..91));
        assert_eq!(sizes(&first), [(90, false), (1, false)]);
        assert!(rooms.put(logins(0..100)).is_empty(), "nobody twice, and there is room");
        assert_eq!(first[1].wanted.borrow().len(), 10);
        rooms.leave(&logins(0..2));
        assert_eq!(first[0].wanted.borrow().len(), 88);
        assert!(rooms.put(logins(200..202)).is_empty());
        assert_eq!(first[0].wanted.borrow().len(), 90);
    }

    #[test]
    fn an_account_is_in_a_hundred_rooms_at_most() {
        let mut rooms = Rooms::new(true);
        assert_eq!(sizes(&rooms.put(logins(0..95))), [(90, true), (5, true)]);
        assert_eq!(sizes(&rooms.put(logins(95..110))), [(10, false)]);
    }
}
