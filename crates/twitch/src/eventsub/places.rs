//! Which subscriptions are made over which connection, while the list of channels changes and
//! within Twitch's limits. Pure, but for the ends of the queues that tell the connections.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::watch;

use super::{
    kind::Kind,
    plan::{MAX_CONNECTIONS, MAX_COST, MAX_ROOMS, MAX_SUBSCRIPTIONS, Plan, Want, Watched},
};
use crate::ChannelLogin;

/// The subscriptions that a connection is to have, by their numbers, the most important first.
/// One that is to be asked for anew gets a new number.
pub(super) type Target = BTreeMap<u64, Want>;

/// All subscriptions, by connection.
#[derive(Debug)]
pub(super) struct Places {
    user_id: String,
    may_chat: bool,
    next: u64,
    connections: Vec<watch::Sender<Target>>,
}

/// There is no room for a channel's chat, or the token may not read it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoRoom;

impl Places {
    /// Those of a plan; the connections that this takes.
    pub(super) fn new(plan: Plan) -> (Self, Vec<watch::Receiver<Target>>) {
        let (user_id, may_chat) = (plan.user_id, plan.may_chat);
        let mut places = Self { user_id, may_chat, next: 0, connections: Vec::new() };
        let opened = plan.connections.into_iter().map(|wants| places.open(wants)).collect();
        (places, opened)
    }

    /// Asks for a channel's chat, anew if it was asked for before, and for what else it tells as
    /// far as the cost allows. Gives the connection that this takes beyond those that there are.
    pub(super) fn put(
        &mut self,
        channel: &Watched,
    ) -> Result<Option<watch::Receiver<Target>>, NoRoom> {
        self.leave_chat(&channel.login);
        let takes_a_room = channel.id != self.user_id;
        if !self.may_chat || (takes_a_room && self.rooms() >= MAX_ROOMS) {
            return Err(NoRoom);
        }
        let chat = Kind::CHAT.map(|kind| want(channel, kind));
        let opened = match self.with_room(chat.len()) {
            Some(at) => {
                self.add(at, chat);
                None
            }
            None if self.connections.len() < MAX_CONNECTIONS => Some(self.open(chat)),
            None => return Err(NoRoom),
        };
        self.put_open(channel);
        Ok(opened)
    }

    /// Takes channels out, with all that they tell.
    pub(super) fn leave(&mut self, channels: &[ChannelLogin]) {
        self.retain(|want| !channels.contains(&want.channel));
    }

    /// Takes a channel's chat out; what else it tells stays.
    pub(super) fn leave_chat(&mut self, channel: &ChannelLogin) {
        self.retain(|want| want.channel != *channel || !want.kind.is_chat());
    }

    fn put_open(&mut self, channel: &Watched) {
        for kind in Kind::OPEN {
            let cost = usize::from(channel.id != self.user_id);
            let is_there = self.any(|want| want.kind == kind && want.broadcaster_id == channel.id);
            if !is_there
                && self.cost() + cost <= MAX_COST
                && let Some(at) = self.with_room(1)
            {
                self.add(at, [want(channel, kind)]);
            }
        }
    }

    fn open(&mut self, wants: impl IntoIterator<Item = Want>) -> watch::Receiver<Target> {
        let (tell, target) = watch::channel(Target::new());
        self.connections.push(tell);
        self.add(self.connections.len() - 1, wants);
        target
    }

    fn add(&mut self, at: usize, wants: impl IntoIterator<Item = Want>) {
        let next = &mut self.next;
        self.connections[at].send_modify(|target| {
            for want in wants {
                target.insert(*next, want);
                *next += 1;
            }
        });
    }

    fn retain(&mut self, stays: impl Fn(&Want) -> bool) {
        for connection in &self.connections {
            connection.send_if_modified(|target| {
                let before = target.len();
                target.retain(|_, want| stays(want));
                target.len() < before
            });
        }
    }

    fn with_room(&self, wants: usize) -> Option<usize> {
        let has_room = |connection: &watch::Sender<Target>| {
            connection.borrow().len() + wants <= MAX_SUBSCRIPTIONS
        };
        self.connections.iter().position(has_room)
    }

    fn any(&self, is_it: impl Fn(&Want) -> bool) -> bool {
        self.connections.iter().any(|connection| connection.borrow().values().any(&is_it))
    }

    /// Rooms that the user is in, or is to be; the own one does not count.
    fn rooms(&self) -> usize {
        let mut rooms = BTreeSet::new();
        for connection in &self.connections {
            let target = connection.borrow();
            let chats = target.values().filter(|want| want.kind == Kind::ChatMessage);
            rooms.extend(chats.map(|want| want.broadcaster_id.clone()));
        }
        rooms.remove(&self.user_id);
        rooms.len()
    }

    fn cost(&self) -> usize {
        let costs =
            |want: &&Want| Kind::OPEN.contains(&want.kind) && want.broadcaster_id != self.user_id;
        let of =
            |connection: &watch::Sender<Target>| connection.borrow().values().filter(costs).count();
        self.connections.iter().map(of).sum()
    }
}

fn want(channel: &Watched, kind: Kind) -> Want {
    Want { kind, channel: channel.login.clone(), broadcaster_id: channel.id.clone() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::plan::Wishes, *};

    fn watched(n: usize) -> Watched {
        let login = ChannelLogin::parse(&format!("channel{n}")).unwrap();
        Watched { login, id: n.to_string() }
    }

    fn places(count: usize, own: &str) -> Places {
        let channels: Vec<Watched> = (0..count).map(watched).collect();
        let scopes = ["user:read:chat".to_owned()];
        let plan = Plan::new(&Wishes {
            user_id: own,
            scopes: &scopes,
            channels: &channels,
            chat: true,
            signals: false,
        });
        Places::new(plan).0
    }

    fn sizes(places: &Places) -> Vec<usize> {
        places.connections.iter().map(|connection| connection.borrow().len()).collect()
    }

    #[test]
    fn a_channel_that_comes_gets_what_a_planned_one_has_within_the_cost() {
        let mut places = places(2, "me");
        assert_eq!((sizes(&places), places.cost()), (vec![2 * 5 + 2 * 4], 8));
        assert_eq!(places.put(&watched(2)).unwrap().map(drop), None);
        assert_eq!((sizes(&places), places.cost(), places.rooms()), (vec![3 * 5 + 10], 10, 3));
        places.leave(&[watched(0).login]);
        assert_eq!((sizes(&places), places.cost(), places.rooms()), (vec![2 * 5 + 6], 6, 2));
    }

    #[test]
    fn what_is_asked_for_anew_has_new_numbers() {
        let mut places = places(1, "me");
        let numbers = |places: &Places| -> Vec<u64> {
            let target = places.connections[0].borrow();
            let chats = target.iter().filter(|(_, want)| want.kind.is_chat());
            chats.map(|(number, _)| *number).collect()
        };
        let before = numbers(&places);
        places.put(&watched(0)).unwrap();
        let after = numbers(&places);
        assert_eq!((before.len(), after.len(), sizes(&places)), (5, 5, vec![9]));
        assert!(before.iter().all(|number| !after.contains(number)));
    }

    #[test]
    fn a_full_account_takes_nobody_until_somebody_leaves() {
        let mut places = places(100, "me");
        assert_eq!(places.put(&watched(100)).unwrap_err(), NoRoom);
        places.leave_chat(&watched(3).login);
        assert!(places.put(&watched(100)).is_ok());
        assert_eq!(places.put(&watched(101)).unwrap_err(), NoRoom);
        // The own room does not count.
        assert!(places.put(&Watched { id: "me".to_owned(), ..watched(102) }).is_ok());
    }

    #[test]
    fn without_the_right_to_chat_there_is_no_room() {
        let mut places = Places::new(Plan::default()).0;
        assert_eq!(places.put(&watched(0)).unwrap_err(), NoRoom);
    }

    proptest! {
        #[test]
        fn no_limit_is_ever_passed(
            count in 0usize..110,
            steps in prop::collection::vec((any::<bool>(), 0usize..200), 0..150),
        ) {
            let mut places = places(count, "7");
            for (comes, n) in steps {
                if comes {
                    let _ = places.put(&watched(n));
                } else {
                    places.leave(&[watched(n).login]);
                }
                prop_assert!(places.connections.len() <= MAX_CONNECTIONS);
                prop_assert!(sizes(&places).iter().all(|size| *size <= MAX_SUBSCRIPTIONS));
                prop_assert!(places.rooms() <= MAX_ROOMS && places.cost() <= MAX_COST);
            }
        }
    }
}
