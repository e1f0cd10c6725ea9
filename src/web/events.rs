//! What pages follow: fragments that are drawn once and sent to all who look (from one time zone),
//! as server-sent events.
//!
//! One task draws every second what somebody follows, and only what has changed is sent. A
//! reader that does not keep up is dropped. Each stream ends after [`LASTS`], and within seconds after
//! its reader's session or rights have changed: the browser comes back at once, and is asked again who
//! it is.

mod feed;
pub mod stream;

use std::{
    collections::BTreeMap,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::response::Response;
use cliphound_clock::Clock;
use cliphound_twitch::ChannelLogin;
use futures_util::StreamExt;

use self::feed::{ChannelFeed, Drawn, Follower, OverviewFeed};
use super::{access::Viewer, banner, pages::overview::Wish};
use crate::{board::Board, crew::rest, trouble::Watched};

pub use stream::LASTS;

/// How often figures are drawn.
const EVERY: Duration = Duration::from_secs(1);
/// The overview is drawn once in so many rounds, …
const OVERVIEW: u64 = 2;
/// … a chart once in so many, …
const CHARTS: u64 = 3;
/// … and so often those who wait hear that we are there.
const HEARTBEAT: u64 = 15;

/// All that is followed. Cheap to clone; clones agree.
#[derive(Debug, Clone)]
pub struct Feeds(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    board: Board,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    overview: OverviewFeed,
    /// By channel and the name of a time zone.
    channels: BTreeMap<(ChannelLogin, String), ChannelFeed>,
}

impl Feeds {
    /// Nobody follows anything yet.
    #[must_use]
    pub fn new(board: Board) -> Self {
        Self(Arc::new(Inner { board, open: Mutex::default() }))
    }

    /// Draws what is followed, for ever.
    pub async fn run(&self) {
        let mut round = 0_u64;
        loop {
            rest(Clock::system().sleep(EVERY)).await;
            round = round.wrapping_add(1);
            self.draw(round);
        }
    }

    /// Follows what the viewer wishes of the channels that they see, and what is wrong, until they
    /// may no more (`over`).
    #[must_use]
    pub fn overview(
        &self,
        viewer: Viewer,
        wish: Wish,
        troubles: Watched,
        over: impl Future<Output = ()> + Send + 'static,
    ) -> Response {
        let drawn = stream::of(self.open().overview.follow());
        let mut follower = Follower::new(viewer.clone(), wish);
        let seen = drawn.filter_map(move |drawn| ready(follower.takes(&drawn)));
        stream::respond(stream::beside(seen, banner::follow(troubles, viewer)), over)
    }

    /// Follows one channel with the viewer's times, and what is wrong, until they may no more (`over`).
    #[must_use]
    pub fn channel(
        &self,
        viewer: Viewer,
        login: &ChannelLogin,
        troubles: Watched,
        over: impl Future<Output = ()> + Send + 'static,
    ) -> Response {
        let (zone, key) = (&viewer.zone, (login.clone(), viewer.zone.name().to_owned()));
        let feed = || ChannelFeed::new(zone.clone());
        let bytes = self.open().channels.entry(key).or_insert_with(feed).follow();
        let drawn = stream::of(bytes);
        stream::respond(stream::beside(drawn, banner::follow(troubles, viewer)), over)
    }

    fn draw(&self, round: u64) {
        let is_in = |every: u64| round.is_multiple_of(every);
        let board = &self.0.board;
        let mut open = self.open();
        open.channels.retain(|(login, _), feed| {
            let is_there = feed.is_followed() && feed.draw(board, login, is_in(CHARTS));
            if is_there && is_in(HEARTBEAT) {
                feed.send(stream::heartbeat());
            }
            is_there
        });
        if open.overview.is_followed() && is_in(OVERVIEW) {
            open.overview.draw(board);
        }
        if is_in(HEARTBEAT) {
            open.overview.send(Drawn::Heartbeat);
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
