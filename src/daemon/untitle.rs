//! Takes out of everything that is kept what was deleted in chat: lines around moments, and
//! titles that somebody gave a moment there, as long as it has no clip. What is public stays.

use std::sync::Arc;

use cliphound_store::{Erasure, Store, StoreError, Titled};
use cliphound_twitch::ChannelLogin;

use crate::{
    board::Board,
    config::title::neutral_title,
    crew::{beat, rest},
    records::{Records, Untitled, kept_lines},
};

/// Titles that are changed at once: promises wait for the database no longer than for these.
const SOME: usize = 200;

/// How far titles are taken out.
#[derive(Debug)]
#[must_use]
pub enum Out {
    /// None is left.
    Everywhere,
    /// Some stay in moments.tsv, for this reason, until what was begun is ended.
    ButOfRecords(anyhow::Error),
}

/// Where titles are kept. Cheap to clone; clones are the same.
#[derive(Clone)]
pub struct Archive {
    /// The database.
    pub store: Store,
    /// moments.tsv.
    pub records: Arc<Records>,
    /// What is shown.
    pub board: Board,
}

impl Archive {
    /// Takes out what was deleted; a clip that is still to be made gets a neutral title.
    ///
    /// # Errors
    /// When the database fails: then it is to be done again.
    pub async fn erase(&self, erasures: &[Erasure]) -> Result<Out, StoreError> {
        let titled = self.store.titled_with(erasures).await?;
        let mut out = Out::Everywhere;
        if !titled.is_empty() {
            tracing::info!(moments = titled.len(), "titles from chat were deleted there, and here");
            out = self.untitle(titled.into_iter().map(neutral).collect()).await?;
        }
        self.store.erase_chat(erasures).await?;
        Ok(out)
    }

    /// Ends what was begun, by an earlier run or while the disk failed: the database has another
    /// title already, and the records may not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_what_was_begun(&self) -> Result<Out, StoreError> {
        let titled = self.store.titled().await?.into_iter();
        let begun: Vec<_> = titled.filter(|one| neutral(one.clone()).title == one.title).collect();
        if begun.is_empty() { Ok(Out::Everywhere) } else { self.untitle(begun).await }
    }

    /// Gives these promises their titles everywhere: first in the database, so that whoever writes
    /// a line meanwhile knows. Whose words they were is forgotten in the end: after a crash in
    /// between they are found once more.
    async fn untitle(&self, titles: Vec<Titled>) -> Result<Out, StoreError> {
        for some in titles.chunks(SOME) {
            self.store.untitle(some).await?;
            beat();
        }
        for Titled { key, login, title, .. } in &titles {
            if let Ok(login) = ChannelLogin::parse(login) {
                self.board.retitle(&login, key, title);
            }
        }
        let moments = titles.iter().map(|one| (one.key.trigger_ms, one.cause.as_str()));
        let moments = Untitled::new(moments);
        if let Err(error) = rest(kept_lines::untitle(&self.records, &self.store, moments)).await {
            return Ok(Out::ButOfRecords(error));
        }
        for some in titles.chunks(SOME) {
            self.store.end_untitling(some).await?;
            beat();
        }
        Ok(Out::Everywhere)
    }
}

fn neutral(titled: Titled) -> Titled {
    let title = neutral_title(&titled.login, titled.key.trigger_ms);
    Titled { title, ..titled }
}
