//! Wires what is seen of the channels and of what is wrong.

use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::watch;

use super::{Base, Status, posts};
use crate::{
    board::refill,
    daemon::{
        account::Clipper,
        controls::ByHand,
        troubles::{Lookout, Seen},
    },
    trouble::Troubles,
    web::{Controls, Feeds},
};

impl Base<'_> {
    /// Knows the last half hour after a restart, and lets pages follow what happens.
    pub(super) fn start_board(&self) -> Feeds {
        let (board, store) = (self.board.clone(), self.store.clone());
        self.until_stop(posts::BOARD, move || refill::run(board.clone(), store.clone()).boxed());
        let feeds = Feeds::new(self.board.clone());
        let followed = feeds.clone();
        self.until_stop(posts::FEEDS, move || {
            let feeds = followed.clone();
            async move { feeds.run().await }.boxed()
        });
        feeds
    }

    /// Looks what keeps Cliphound from its work.
    pub(super) fn look_for_trouble(
        &self,
        status: &Arc<Status>,
        told: watch::Sender<Arc<Troubles>>,
    ) {
        let lookout = Lookout {
            clipper: Clipper(self.account.clone()),
            wishes: self.wanted.wishes(),
            status: Arc::clone(status),
            board: self.board.clone(),
            told,
            seen: Seen::default(),
        };
        let post = posts::TROUBLES.until(&self.stop);
        self.crew.keep(post, lookout, |lookout| lookout.run().boxed());
    }

    /// What may be done with the channels by hand.
    pub(super) fn by_hand(&self, status: &Status) -> Arc<dyn Controls> {
        Arc::new(ByHand { followed: status.followed.clone(), board: self.board.clone() })
    }
}
