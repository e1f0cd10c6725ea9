//! One thing that is followed: what was sent last, so that only what has changed is sent.

use std::{collections::BTreeMap, sync::Arc};

use axum::body::Bytes;
use cliphound_twitch::ChannelLogin;
use tokio::sync::broadcast;

use super::stream::event;
use crate::{
    board::{Board, state::State},
    web::{
        access::{Role, Viewer},
        pages::{
            channel::Parts,
            overview::{Row, list},
        },
        words::At,
    },
};

/// Rounds that may wait for a reader; one that is further behind is dropped.
const WAITING: usize = 8;

/// One channel, followed.
#[derive(Debug)]
pub struct ChannelFeed {
    sender: broadcast::Sender<Bytes>,
    /// By part; empty when somebody new has come.
    sent: BTreeMap<&'static str, String>,
    /// Trigger of the newest moment that was told of.
    told_ms: Option<i64>,
}

impl Default for ChannelFeed {
    fn default() -> Self {
        Self { sender: broadcast::channel(WAITING).0, sent: BTreeMap::new(), told_ms: None }
    }
}

impl ChannelFeed {
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
            true => Parts::of(login, &state, now_ms),
            false => Parts::without_charts(login, &state, now_ms),
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
        Some(format!("Moment at {} UTC: {}", At(noted.trigger_ms).clock(), noted.why()))
    }
}

/// All channels, followed.
#[derive(Debug)]
pub struct OverviewFeed {
    sender: broadcast::Sender<Drawn>,
    /// In their order; empty when somebody new has come.
    sent: Vec<Row>,
}

/// What is sent of all channels.
#[derive(Debug, Clone)]
pub enum Drawn {
    /// All rows, or (in the same order as before) those that have changed.
    Rows {
        /// For who sees all channels.
        all: Bytes,
        /// For the others.
        rows: Arc<Vec<Row>>,
        /// They are all.
        is_whole: bool,
    },
    /// Nothing, to show that we are there.
    Heartbeat,
}

impl Drawn {
    /// What a viewer gets of it.
    pub fn for_viewer(&self, viewer: &Viewer) -> Option<Bytes> {
        match self {
            Self::Heartbeat => Some(super::stream::heartbeat()),
            Self::Rows { all, .. } if viewer.is_everywhere(Role::Viewer) => Some(all.clone()),
            Self::Rows { rows, is_whole, .. } => {
                let seen: Vec<&Row> = rows.iter().filter(|row| viewer.sees(&row.login)).collect();
                (*is_whole || !seen.is_empty()).then(|| written(&seen, *is_whole))
            }
        }
    }
}

impl Default for OverviewFeed {
    fn default() -> Self {
        Self { sender: broadcast::channel(WAITING).0, sent: Vec::new() }
    }
}

impl OverviewFeed {
    /// What is sent from the next round on, which sends everything.
    pub fn follow(&mut self) -> broadcast::Receiver<Drawn> {
        self.sent.clear();
        self.sender.subscribe()
    }

    /// Whether anybody follows.
    pub fn is_followed(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// Sends what has changed.
    pub fn draw(&mut self, board: &Board) {
        let rows = Row::all(board);
        let (before, now) = (self.sent.iter(), rows.iter());
        let is_whole =
            rows.is_empty() || !before.map(|row| &row.login).eq(now.map(|row| &row.login));
        let changed: Vec<Row> = match is_whole {
            true => rows.clone(),
            false => {
                let pairs = rows.iter().zip(&self.sent);
                pairs.filter(|(new, old)| new != old).map(|(new, _)| new.clone()).collect()
            }
        };
        self.sent = rows;
        if is_whole || !changed.is_empty() {
            let all = written(&changed.iter().collect::<Vec<_>>(), is_whole);
            self.send(Drawn::Rows { all, rows: Arc::new(changed), is_whole });
        }
    }

    pub fn send(&self, drawn: Drawn) {
        // Those who follow may have gone.
        let _ = self.sender.send(drawn);
    }
}

fn written(rows: &[&Row], is_whole: bool) -> Bytes {
    let rows = rows.iter().map(|row| row.html.as_str());
    event("", None, &if is_whole { list(rows) } else { rows.collect() })
}
