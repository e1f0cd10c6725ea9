//! What faults do to the world: those that act at once, storms, and what is told amid noise.

use super::hub::Told;
use super::{Channel, Fault, FaultCall, FaultError, Flood, Order, State, WaitingFault, World};
use crate::chat::{ChatEvent, id_of};
use crate::eventsub::Revocation;
use crate::irc::Room;
use crate::net::{NetTrouble, Service};
use crate::storm::{Gust, Storm};
use crate::{eventsub, irc};

/// A chat line that comes late comes so late.
const LATE_MS: i64 = 1_500;
/// What can become of a chat line, and of a message of EventSub.
const IRC_NOISE: [irc::Noise; 6] = [
    irc::Noise::Twice,
    irc::Noise::Late,
    irc::Noise::Truncated,
    irc::Noise::Enormous,
    irc::Noise::Invalid,
    irc::Noise::Notices,
];
const EVENTSUB_NOISE: [eventsub::Noise; 6] = [
    eventsub::Noise::Twice,
    eventsub::Noise::Late,
    eventsub::Noise::Truncated,
    eventsub::Noise::Enormous,
    eventsub::Noise::Unknown,
    eventsub::Noise::Keys,
];

impl World {
    /// Puts a fault in place, now.
    ///
    /// # Errors
    /// When there is no such fault, or not like this.
    pub fn fault(&self, call: &FaultCall) -> Result<(), FaultError> {
        let order = Order::check(call)?;
        self.state().inject(&order, self.clock.now_ms());
        Ok(())
    }

    /// A user takes all rights back.
    pub fn revoke_user(&self, login: &str) {
        self.state().revoke_user(Some(login), self.clock.now_ms());
    }

    /// Why a JOIN is refused, if it is: the notice's `msg-id` and words. That uses a fault up.
    pub fn shuts_out(&self, login: &str) -> Option<(&'static str, String)> {
        let faults = &mut self.state().faults;
        if faults.take(Fault::IrcBanned, Some(login)) {
            let words = format!("You are permanently banned from talking in {login}.");
            return Some(("msg_banned", words));
        }
        let words = || "This channel does not exist or has been suspended.".to_owned();
        let is_suspended = faults.take(Fault::IrcSuspended, Some(login));
        is_suspended.then(|| ("msg_channel_suspended", words()))
    }

    /// Lets a storm begin now, in place of one that goes on. Returns its plan.
    pub fn storm(&self, storm: &Storm) -> Vec<Gust> {
        let now_ms = self.clock.now_ms();
        let state = &mut *self.state();
        let channels: Vec<String> = state.channels.keys().cloned().collect();
        let plan = storm.plan(&channels);
        let orders = plan
            .iter()
            .filter_map(|gust| Some((now_ms + gust.at_ms, Order::check(&gust.call).ok()?)));
        state.agenda = orders.collect();
        tracing::info!(seed = storm.seed, gusts = plan.len(), "a storm begins");
        plan
    }

    /// Whether a new connection is refused now; if so, that uses one up. Where no hosts file
    /// can lose its names, refusing stands for it.
    pub fn is_refused(&self, service: Service) -> bool {
        let state = &mut *self.state();
        let mut comes = |trouble| state.faults.take(Fault::Net(trouble), Some(service.name()));
        comes(NetTrouble::Refuse) || (state.hosts.is_none() && comes(NetTrouble::Dns))
    }

    /// Whether a fault of the network comes now; if so, that uses one up.
    pub fn trouble_comes(&self, trouble: NetTrouble, service: Service) -> bool {
        self.state().faults.take(Fault::Net(trouble), Some(service.name()))
    }

    /// What waits or goes on, and how much a storm still brings.
    pub fn faults(&self) -> (Vec<WaitingFault>, usize) {
        let state = self.state();
        (state.faults.list(), state.agenda.len())
    }
}

impl State {
    /// What storms bring by now, what is over, and what was kept back.
    pub(super) fn disturb(&mut self, now_ms: i64) {
        self.faults.expire(now_ms);
        while self.agenda.front().is_some_and(|(at_ms, _)| *at_ms <= now_ms) {
            if let Some((_, order)) = self.agenda.pop_front() {
                self.inject(&order, now_ms);
            }
        }
        self.keep_hosts();
        self.hub.release(now_ms);
        self.eventsub.release(now_ms);
    }

    /// Tells everybody in a room, over chat and EventSub, as well as faults let it.
    pub(super) fn publish(
        &mut self,
        room: &Room,
        at_ms: i64,
        event: ChatEvent,
        except: Option<u64>,
    ) {
        let shown_ms = self.time.shown(at_ms);
        let login = Some(room.login.as_str());
        let faults = &mut self.faults;
        self.eventsub.publish(room, (at_ms, shown_ms), &event, || {
            EVENTSUB_NOISE.into_iter().find(|noise| faults.take(Fault::EventSub(*noise), login))
        });
        let noise = IRC_NOISE.into_iter().find(|noise| faults.take(Fault::Irc(*noise), login));
        let told = Told { login: room.login.clone(), at_ms: shown_ms, event, except };
        match noise {
            Some(irc::Noise::Late) => self.hub.hold(at_ms + LATE_MS, told),
            noise => self.hub.publish(told, noise),
        }
    }

    /// What floods bring by now. Half of a client's queue stays free for others: where a client or
    /// this machine does not keep up, the flood waits, as if the network held it back.
    pub(super) fn flood(&mut self, now_ms: i64) -> Vec<(Room, Vec<(i64, ChatEvent)>)> {
        let mut all = Vec::new();
        for flood in &mut self.floods {
            if let Some(room) = self.channels.get(&flood.login).map(Channel::room) {
                let at_most = self.hub.room_for(&room.login) / 2;
                all.push((room, flood.advance(now_ms, at_most as u64, &mut self.rng)));
            }
        }
        self.floods.retain(|flood| !flood.is_over());
        all
    }

    /// Puts a fault in place; those that can act at once do.
    fn inject(&mut self, order: &Order, now_ms: i64) {
        let place = order.place.as_deref();
        let room = place.and_then(|login| self.channels.get(login)).map(Channel::id);
        let service = place.and_then(Service::parse);
        match order.fault {
            Fault::IrcReconnectStorm => {
                self.hub.reconnect(place);
                self.faults.add(order, now_ms);
            }
            Fault::EventSubReconnectStorm => {
                self.eventsub.reconnect(room, now_ms);
                self.faults.add(order, now_ms);
            }
            Fault::ClockJump => self.time.jump(order.seconds.unwrap_or(0) * 1000, now_ms),
            Fault::Flood => {
                let (login, seconds) = (order.place.clone(), order.seconds.unwrap_or(0));
                let crowd = (order.per_second, order.people);
                let flood = Flood::new(login.unwrap_or_default(), crowd, now_ms, seconds);
                self.floods.push(flood);
            }
            Fault::Net(NetTrouble::Reset) => self.cables.tear(service),
            Fault::Net(NetTrouble::HalfOpen) => self.cables.kill(service),
            Fault::IrcReconnect => self.hub.reconnect(place),
            Fault::IrcDrop => self.hub.drop_all(place),
            Fault::IrcSilence => self.hub.silence(place),
            Fault::EventSubReconnect => self.eventsub.reconnect(room, now_ms),
            Fault::EventSubDrop => self.eventsub.drop_all(room),
            Fault::EventSubSilence => self.eventsub.silence(room),
            Fault::EventSubRevoke => self.eventsub.revoke(&Revocation::Banned(room), now_ms),
            Fault::EventSubUserRemoved => {
                self.eventsub.revoke(&Revocation::UserRemoved(room), now_ms);
            }
            Fault::TokenExpired => self.tokens.expire_all(),
            Fault::Emotes(trouble) if trouble.is_of_sockets() => self.emotes.disturb(trouble),
            Fault::TokenRevoked => self.revoke_user(None, now_ms),
            Fault::FairWeather => self.clear_up(now_ms),
            _ => self.faults.add(order, now_ms),
        }
        self.keep_hosts();
        let (fault, count) = (order.fault.name(), order.count);
        tracing::info!(fault, place, count, seconds = order.seconds, "fault injected");
    }

    /// The hosts file says whether names are known.
    fn keep_hosts(&mut self) {
        if let Some(hosts) = &mut self.hosts {
            hosts.name(!self.faults.goes_on_somewhere(Fault::Net(NetTrouble::Dns)));
        }
    }

    /// A user (or everybody) takes all rights back: tokens end, and so does what was subscribed
    /// to with them.
    fn revoke_user(&mut self, login: Option<&str>, now_ms: i64) {
        self.tokens.revoke_user(login);
        self.eventsub.revoke(&Revocation::Rights(login.map(id_of)), now_ms);
    }

    /// Ends every fault. Clients that hear nothing are closed, so that they notice.
    fn clear_up(&mut self, now_ms: i64) {
        self.faults.clear();
        self.floods.clear();
        self.time.set_right(now_ms);
        self.agenda.clear();
        self.hub.drop_silent();
        self.eventsub.drop_silent();
        self.cables.tear_dead();
    }
}
