//! Twitch's state: channels, connections, tokens, clips, limits. One lock, held briefly.

mod channel;
mod clips;
mod disturb;
mod faults;
mod flood;
mod hub;
mod limits;
mod logins;
mod notices;
mod playback;
mod stats;
mod time;
mod tokens;
mod vods;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cliphound_clock::Clock;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::chat::{Author, ChatEvent, Line, Standing, emotes_in, id_of, one_line, uuid};
use crate::emotes::{EmoteChange, EmoteService, Emotes};
use crate::eventsub::{Sessions, Type};
use crate::generator::Truth;
use crate::irc::{Account, Room};
use crate::net::{Cables, Hosts};
pub(crate) use channel::Channel;
pub use clips::ClipRecord;
pub(crate) use clips::{Clips, NewClip, OFFSET_AFTER_MS, VIEWERS};
pub(crate) use faults::{Fault, Faults, Order, known as known_faults};
pub use faults::{FaultCall, FaultError, KnownFault, WaitingFault};
use flood::Flood;
pub(crate) use hub::{Connection, Delivery, Hub};
pub(crate) use limits::{Bucket, JoinWindow};
pub(crate) use logins::{Asked as AskedLogin, DEVICE_LIFETIME_MS, Logins};
pub use notices::Announcement;
pub(crate) use playback::Recording;
pub(crate) use stats::Stats;
pub(crate) use time::TwitchTime;
pub(crate) use tokens::{Access, Grant, LIFETIME_MS as TOKEN_LIFETIME_MS, Refusal, Tokens, USER};
pub(crate) use vods::{VodRecord, Vods};

/// Lines from outside that are remembered.
const MAX_SENT: usize = 1_000;

/// The simulated Twitch.
pub(crate) struct World {
    pub clock: Clock,
    state: Mutex<State>,
}

/// What the lock guards.
pub(crate) struct State {
    pub channels: BTreeMap<String, Channel>,
    pub tokens: Tokens,
    pub logins: Logins,
    pub clips: Clips,
    pub vods: Vods,
    /// Stream markers: login, instant, description; newest last.
    pub markers: VecDeque<Marker>,
    pub faults: Faults,
    /// What a storm still brings, by its time; newest last.
    agenda: VecDeque<(i64, Order)>,
    pub stats: Stats,
    pub emotes: Emotes,
    /// Points of the general limit, by application and user.
    pub points: BTreeMap<String, Bucket>,
    /// Points of the limit of Create Clip, by user.
    pub clip_points: BTreeMap<String, Bucket>,
    /// Lines that came from outside, newest last.
    pub sent: VecDeque<Sent>,
    pub rng: Pcg64Mcg,
    pub eventsub: Sessions,
    pub cables: Cables,
    /// The hosts file that is kept, if one is.
    pub hosts: Option<Hosts>,
    /// TLS is spoken to all clients but those of this port, control's. `None`: to nobody.
    pub tls_but_at: Option<u16>,
    /// What time it is by Twitch's clock.
    pub time: TwitchTime,
    floods: Vec<Flood>,
    hub: Hub,
    joins: BTreeMap<String, JoinWindow>,
}

/// A stream marker that somebody set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Marker {
    pub channel: String,
    pub at_ms: i64,
    pub description: String,
}

/// A chat line that came from outside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Sent {
    pub at_ms: i64,
    pub channel: String,
    pub user: String,
    pub text: String,
    /// `irc`, `helix` or `control`.
    pub by: &'static str,
}

impl World {
    pub fn new(
        clock: Clock,
        seed: u64,
        channels: Vec<Channel>,
        faults: Faults,
        logins: Logins,
    ) -> Self {
        let mut rng = Pcg64Mcg::seed_from_u64(seed ^ 0x7477_6974_6368);
        let tokens = Tokens::new(&mut rng, clock.now_ms());
        let emotes = Emotes::new(channels.iter().map(Channel::id));
        let state = State {
            emotes,
            channels: channels.into_iter().map(|c| (c.login().to_owned(), c)).collect(),
            tokens,
            logins,
            clips: Clips::default(),
            vods: Vods::default(),
            markers: VecDeque::new(),
            faults,
            agenda: VecDeque::new(),
            stats: Stats::default(),
            points: BTreeMap::new(),
            clip_points: BTreeMap::new(),
            sent: VecDeque::new(),
            rng,
            eventsub: Sessions::new(seed),
            cables: Cables::default(),
            hosts: None,
            tls_but_at: None,
            time: TwitchTime::default(),
            floods: Vec::new(),
            hub: Hub::default(),
            joins: BTreeMap::new(),
        };
        Self { clock, state: Mutex::new(state) }
    }

    /// The state; never held across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets everything happen that is due by now.
    pub fn advance(&self, now_ms: i64) {
        let state = &mut *self.state();
        state.disturb(now_ms);
        let due = state.channels.values_mut().map(|c| (c.room(), c.advance(now_ms)));
        let due: Vec<(Room, Vec<(i64, ChatEvent)>)> = due.collect();
        for (room, events) in due.into_iter().chain(state.flood(now_ms)) {
            for (at_ms, event) in events {
                state.stats.chat_events += 1;
                state.publish(&room, at_ms, event, None);
            }
        }
        let all: Vec<_> = state
            .channels
            .values()
            .map(|c| (c.login().to_owned(), c.id(), c.live_since_ms(), c.live(now_ms)))
            .collect();
        for (login, id, since_ms, live) in all {
            state.vods.see(&login, id, since_ms, now_ms);
            if let Some(live) = live {
                state.clips.by_viewers(&live, now_ms, &mut state.rng);
            }
        }
        state.stats.slow_readers = state.hub.slow_readers();
    }

    /// Everything that truly happened so far, by time.
    pub fn truth(&self) -> Vec<Truth> {
        let state = self.state();
        let mut all: Vec<Truth> =
            state.channels.values().flat_map(|c| c.truth().iter().cloned()).collect();
        all.sort_by_key(|truth| truth.start_ms);
        all
    }

    /// A chat client arrives.
    pub fn connect(&self, closed: CancellationToken) -> Connection {
        let state = &mut *self.state();
        state.stats.connections_total += 1;
        state.hub.connect(closed)
    }

    /// A chat client is gone.
    pub fn disconnect(&self, connection: u64) {
        let state = &mut *self.state();
        state.hub.disconnect(connection);
        state.joins.remove(&join_key(None, connection));
    }

    /// A client hears a room from now on.
    pub fn listen(&self, connection: u64, room: Room) {
        let state = &mut *self.state();
        let again = state.faults.take(Fault::IrcReconnectStorm, Some(&room.login));
        state.hub.listen(connection, room);
        if again {
            state.hub.reconnect_one(connection);
        }
    }

    /// A client leaves a room.
    pub fn leave(&self, connection: u64, login: &str) {
        self.state().hub.leave(connection, login);
    }

    /// A room of a channel that exists.
    pub fn room(&self, login: &str) -> Option<Room> {
        self.state().channels.get(login).map(Channel::room)
    }

    /// Who may chat with this token.
    pub fn chat_account(&self, token: &str) -> Option<Account> {
        let state = &mut *self.state();
        let Some(access) = state.tokens.access(token, self.clock.now_ms()) else {
            state.stats.logins_refused += 1;
            return None;
        };
        let may_read = access.has("chat:read") || access.has("user:read:chat");
        state.stats.logins_refused += u64::from(!may_read);
        Some(Account {
            login: access.login.clone(),
            display: crate::chat::display_name(&access.login),
            user_id: access.user_id,
            may_read,
            may_write: access.has("chat:edit") || access.has("user:write:chat"),
        })
    }

    /// Counts a JOIN; false when there are too many.
    pub fn may_join(&self, account: Option<&str>, connection: u64, now_ms: i64) -> bool {
        let state = &mut *self.state();
        let allowed = state.joins.entry(join_key(account, connection)).or_default().take(now_ms);
        state.stats.joins += 1;
        state.stats.join_violations += u64::from(!allowed);
        allowed
    }

    /// Somebody wrote over IRC: everybody hears it but the connection it came from.
    pub fn wrote(&self, room: &str, account: &Account, text: &str, connection: u64) {
        let action = text.strip_prefix("\u{1}ACTION ").map(|t| t.trim_end_matches('\u{1}'));
        let author = guest(&account.login, Standing::Viewer);
        self.put(room, author, action.unwrap_or(text), action.is_some(), "irc", Some(connection));
    }

    /// Puts a line into a chat at once and returns its id; `None`: there is no such channel.
    pub fn say(&self, room: &str, author: Author, text: &str, by: &'static str) -> Option<String> {
        self.put(room, author, text, false, by, None)
    }

    fn put(
        &self,
        room: &str,
        author: Author,
        text: &str,
        action: bool,
        by: &'static str,
        except: Option<u64>,
    ) -> Option<String> {
        let state = &mut *self.state();
        let room = state.channels.get(room)?.room();
        let login = room.login.clone();
        let author = Author { id: state.tokens.user_id(&author.login), ..author };
        let (at_ms, text) = (self.clock.now_ms(), one_line(text));
        let id = uuid(state.rng.random());
        state.remember(Sent {
            at_ms,
            channel: login.clone(),
            user: author.login.clone(),
            text: text.clone(),
            by,
        });
        let line = Line {
            id: id.clone(),
            author: Arc::new(author),
            emotes: emotes_in(&text),
            text,
            first: false,
            action,
            bits: 0,
            source_room: None,
        };
        state.publish(&room, at_ms, ChatEvent::Line(line), except);
        Some(id)
    }

    /// A moderator deletes one line of somebody (with what it said), or all of them and times
    /// the writer out; without a user the whole chat is cleared. False: there is no such channel.
    pub fn delete(&self, room: &str, user: &str, line: Option<(&str, &str)>) -> bool {
        let (now_ms, state) = (self.clock.now_ms(), &mut *self.state());
        let Some(room) = state.channels.get(room).map(Channel::room) else { return false };
        let login = user.to_owned();
        let event = match line {
            Some((id, text)) => {
                ChatEvent::Deleted { line_id: id.to_owned(), login, text: one_line(text) }
            }
            None if login.is_empty() => ChatEvent::Cleared,
            None => ChatEvent::TimedOut { id: id_of(&login), login, seconds: 600 },
        };
        state.publish(&room, now_ms, event, None);
        true
    }

    /// A stream begins or ends; nothing happens when it did already.
    pub fn set_live(&self, login: &str, live: bool) {
        let now_ms = self.clock.now_ms();
        let state = &mut *self.state();
        let Some(channel) = state.channels.get_mut(login) else { return };
        if live != channel.live_since_ms().is_some() {
            channel.set_live(live, now_ms);
            let kind = if live { "stream.online" } else { "stream.offline" };
            let shown_ms = state.time.shown(now_ms);
            state.eventsub.signal(kind, &channel.room(), shown_ms, &serde_json::Value::Null);
        }
    }

    /// A viewer makes a clip of a stream now; its id. `None`: no such channel, or it is not live.
    pub fn viewer_clips(&self, login: &str) -> Option<String> {
        let now_ms = self.clock.now_ms();
        let state = &mut *self.state();
        let live = state.channels.get(login)?.live(now_ms)?;
        Some(state.clips.by_viewer(&live, now_ms, &mut state.rng))
    }

    /// A user takes another login: the room of the old one is closed, and those in it are put
    /// out. False when the new login is that of another channel.
    pub fn rename(&self, from: &str, to: &str) -> bool {
        let state = &mut *self.state();
        if state.channels.contains_key(to) {
            return false;
        }
        state.tokens.rename(from, to);
        if let Some(mut channel) = state.channels.remove(from) {
            channel.rename(to);
            state.channels.insert(to.to_owned(), channel);
            state.hub.put_out(from);
        }
        true
    }

    /// Tells about a signal; how many heard it. `None`: no such channel or type.
    pub fn signal(&self, login: &str, kind: &str, event: &serde_json::Value) -> Option<usize> {
        let now_ms = self.clock.now_ms();
        let kind = Type::named(kind)?.name;
        let state = &mut *self.state();
        let room = state.channels.get(login)?.room();
        let shown_ms = state.time.shown(now_ms);
        Some(state.eventsub.signal(kind, &room, shown_ms, event))
    }

    /// Changes a channel's emotes, or those of all; who listens is told. A channel that does
    /// not exist has none.
    pub fn change_emotes(&self, service: EmoteService, login: Option<&str>, change: &EmoteChange) {
        let state = &mut *self.state();
        let id = login.map(|login| state.channels.get(login).map(Channel::id));
        match id {
            Some(None) => {}
            Some(channel) => state.emotes.change(service, channel, change),
            None => state.emotes.change(service, None, change),
        }
    }

    /// Figures of now.
    pub fn stats(&self) -> Stats {
        let state = self.state();
        Stats {
            connections: state.hub.len(),
            eventsub_sessions: state.eventsub.len(),
            ..state.stats.clone()
        }
    }
}

impl State {
    /// The channel of a broadcaster's id.
    pub fn channel_by_id(&self, id: &str) -> Option<&Channel> {
        self.channels.values().find(|channel| channel.id().to_string() == id)
    }

    /// The scheme of more addresses at a host (`HOST:PORT`) that a client has reached.
    pub fn scheme_at(&self, host: &str) -> &'static str {
        let port = host.rsplit(':').next().and_then(|port| port.parse().ok());
        if self.tls_but_at.is_none() || self.tls_but_at == port { "http" } else { "https" }
    }

    /// Keeps a marker; of many, the oldest go first.
    pub fn mark(&mut self, marker: Marker) {
        if self.markers.len() == MAX_SENT {
            self.markers.pop_front();
        }
        self.markers.push_back(marker);
    }

    fn remember(&mut self, sent: Sent) {
        self.stats.chat_sent += 1;
        if self.sent.len() == MAX_SENT {
            self.sent.pop_front();
        }
        self.sent.push_back(sent);
    }
}

/// Somebody from outside, as a chatter.
pub(crate) fn guest(login: &str, standing: Standing) -> Author {
    Author {
        login: login.to_owned(),
        display: crate::chat::display_name(login),
        id: crate::chat::id_of(login),
        color: String::new(),
        standing,
        months: 0,
    }
}

/// JOINs are counted by account; those of anonymous readers by connection.
fn join_key(account: Option<&str>, connection: u64) -> String {
    account.map_or_else(|| format!("#{connection}"), str::to_owned)
}
