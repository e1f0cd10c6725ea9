//! One thing that is followed: what was sent last, so that only what has changed is sent.

use std::{collections::BTreeMap, sync::Arc};

use axum::body::Bytes;
use cliphound_twitch::ChannelLogin;
use tokio::sync::broadcast;

use super::stream::event;
use crate::{
    board::{Board, state::State},
    web::{
        access::Viewer,
        pages::{
            channel::Parts,
            overview::{Part, Row, Wish},
        },
        zone::Zone,
    },
};

/// Rounds that may wait for a reader; one that is further behind is dropped.
const WAITING: usize = 8;

/// One channel, followed from one time zone.
#[derive(Debug)]
pub struct ChannelFeed {
    sender: broadcast::Sender<Bytes>,
    zone: Zone,
    /// By part; empty when somebody new has come.
    sent: BTreeMap<&'static str, String>,
    /// Trigger of the newest moment that was told of.
    told_ms: Option<i64>,
}

impl ChannelFeed {
    /// Nobody follows it yet.
    pub fn new(zone: Zone) -> Self {
        Self { sender: broadcast::channel(WAITING).0, zone, sent: BTreeMap::new(), told_ms: None }
    }

    /// What is sent from the next round on, which sends everything.
    pub fn follow(&mut self) -> broadcast::Receiver<Bytes> {
        self.sent.clear();
        self.sender.subscribe()
    }

    /// Whether anybody follows.
    pub fn is_followed(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// Sends what has changed; false when the channel is there no more.
    pub fn draw(&mut self, board: &Board, login: &ChannelLogin, with_charts: bool) -> bool {
        let (Some(state), now_ms) = (board.look(login), board.now_ms()) else { return false };
        let parts = match with_charts || self.sent.is_empty() {
            true => Parts::of(login, &state, now_ms, &self.zone),
            false => Parts::without_charts(login, &state, now_ms, &self.zone),
        };
        let mut changed = String::new();
        for (name, html) in parts.each() {
            if self.sent.get(name) != Some(&html) {
                changed.push_str(&html);
                self.sent.insert(name, html);
            }
        }
        if !changed.is_empty() {
            self.send(event("", None, &changed));
        }
        if let Some(words) = self.news(&state) {
            self.send(event("say", None, &words));
        }
        true
    }

    pub fn send(&self, bytes: Bytes) {
        // Those who follow may have gone.
        let _ = self.sender.send(bytes);
    }

    /// A new moment in words: the one thing that is read out.
    fn news(&mut self, state: &State) -> Option<String> {
        let newest = state.moments.newest().next();
        let newest_ms = newest.map_or(i64::MIN, |noted| noted.trigger_ms);
        let told_ms = self.told_ms.replace(newest_ms)?;
        let noted = newest.filter(|noted| noted.trigger_ms > told_ms)?;
        Some(format!("Moment at {}: {}", self.zone.clock(noted.trigger_ms), noted.why()))
    }
}

/// All channels, followed.
#[derive(Debug)]
pub struct OverviewFeed(broadcast::Sender<Drawn>);

/// What is drawn of all channels.
#[derive(Debug, Clone)]
pub enum Drawn {
    /// All rows.
    Rows(Arc<Vec<Row>>),
    /// Nothing, to show that we are there.
    Heartbeat,
}

/// Somebody who follows a part of all channels.
#[derive(Debug)]
pub struct Follower {
    viewer: Viewer,
    wish: Wish,
    /// What they have seen; `None` at first.
    sent: Option<Arc<Vec<Row>>>,
}

impl Follower {
    /// Somebody who has seen nothing yet.
    pub fn new(viewer: Viewer, wish: Wish) -> Self {
        Self { viewer, wish, sent: None }
    }

    /// What they get of it; `None` when nothing of theirs has changed.
    pub fn takes(&mut self, drawn: &Drawn) -> Option<Bytes> {
        let Drawn::Rows(rows) = drawn else { return Some(super::stream::heartbeat()) };
        let (viewer, wish) = (&self.viewer, &self.wish);
        let part = Part::of(rows, viewer, wish);
        let html = match &self.sent {
            Some(sent) => part.changed(&Part::of(sent, viewer, wish), wish),
            None => Some(part.whole(wish)),
        };
        self.sent = Some(Arc::clone(rows));
        html.map(|html| event("", None, &html))
    }
}

impl Default for OverviewFeed {
    fn default() -> Self {
        Self(broadcast::channel(WAITING).0)
    }
}

impl OverviewFeed {
    /// What is drawn from the next round on.
    pub fn follow(&self) -> broadcast::Receiver<Drawn> {
        self.0.subscribe()
    }

    /// Whether anybody follows.
    pub fn is_followed(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// Draws all rows, once for all: the script of each page writes their times in its zone.
    pub fn draw(&self, board: &Board) {
        self.send(Drawn::Rows(Arc::new(Row::all(board, &Zone::default()))));
    }

    pub fn send(&self, drawn: Drawn) {
        // Those who follow may have gone.
        let _ = self.0.send(drawn);
    }
}
