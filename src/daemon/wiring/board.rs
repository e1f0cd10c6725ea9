//! Wires what is seen of the channels.

use futures_util::FutureExt;

use super::{Base, posts};
use crate::{board::refill, web::Feeds};

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
}
