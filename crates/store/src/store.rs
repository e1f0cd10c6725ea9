//! The store as the rest of the daemon sees it.

use std::{path::Path, sync::Arc};

use crate::{
    error::StoreError,
    intent::{Intent, NewIntent, Promise, StateChange},
    review::Review,
    rows::{IntentKey, MomentRow, Page, ViewerClip, WantedDownload, WindowRow},
    sqlite::{
        Connections, Reading, Writing, downloads, health, intents, moments, review, viewer_clips,
        windows,
    },
    state::{ALL_STATES, IntentState},
};

/// The database. Cheap to clone; clones are the same store.
///
/// Writes of one process queue behind each other, reads behind each other, and
/// neither behind the other. What a writing method did is on the disk when it returns.
#[derive(Debug, Clone)]
pub struct Store {
    connections: Arc<Connections>,
}

impl Store {
    /// Opens the database file, and makes it, its folder and its tables where they are missing.
    ///
    /// # Errors
    /// A file that is damaged, locked, of another version, or can't be written.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let connections = Connections::open(path, crate::sqlite::BUSY_TIMEOUT).await?;
        Ok(Self { connections: Arc::new(connections) })
    }

    /// Ends all work on the file, also for the clones: they answer [`StoreError::Closed`].
    pub async fn close(self) {
        self.connections.close().await;
    }

    /// Keeps a moment; one with the same key is replaced (an extended moment has
    /// a new end, score and reasons), and its intent, while it waits, gets the same
    /// stretch. A manual and an automatic moment never replace each other: the first
    /// stays. Do it before the promise to clip it.
    ///
    /// # Errors
    /// When the database fails, the reasons are no JSON, or the end is before the start.
    pub async fn record_moment(&self, moment: &MomentRow) -> Result<(), StoreError> {
        let mut conn = self.writer().await?;
        self.named(moments::record(&mut conn, moment).await)
    }

    /// The moment with this key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn moment(&self, key: &IntentKey) -> Result<Option<MomentRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(moments::find(&mut conn, key).await)
    }

    /// A page of moments, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn moments(&self, page: &Page) -> Result<Vec<MomentRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(moments::page(&mut conn, page).await)
    }

    /// Promises to clip a moment. When it returns, the promise outlives a crash of the
    /// machine. Stretches include both ends: two that touch overlap. Manual intents
    /// neither overlap nor are overlapped, nor are refused and missed ones.
    ///
    /// # Errors
    /// When the database fails, or the end is before the start.
    pub async fn promise(&self, intent: &NewIntent) -> Result<Promise, StoreError> {
        let mut conn = self.writer().await?;
        self.named(intents::promise(&mut conn, intent).await)
    }

    /// Takes an intent one step further.
    ///
    /// # Errors
    /// [`StoreError::Impossible`] when the step can't follow, [`StoreError::NoIntent`],
    /// [`StoreError::ClipTaken`]; or the database fails.
    pub async fn set_state(
        &self,
        key: &IntentKey,
        change: &StateChange,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let mut conn = self.writer().await?;
        self.named(intents::set_state(&mut conn, key, change, now_ms).await)
    }

    /// The intent with this key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn intent(&self, key: &IntentKey) -> Result<Option<Intent>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(intents::find(&mut conn, key).await)
    }

    /// The intents that a restart takes up again, by the time they are due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_intents(&self) -> Result<Vec<Intent>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(intents::open(&mut conn).await)
    }

    /// A page of the intents triggered at `since_ms` or later, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn intents_since(
        &self,
        since_ms: i64,
        page: &Page,
    ) -> Result<Vec<Intent>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(intents::since(&mut conn, since_ms, page).await)
    }

    /// The intent whose clip this is: whoever looks for a lost clip leaves out the known ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clip_owner(&self, clip_id: &str) -> Result<Option<IntentKey>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(intents::clip_owner(&mut conn, clip_id).await)
    }

    /// Another title for a clip that was not made yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retitle(&self, key: &IntentKey, title: &str) -> Result<(), StoreError> {
        let mut conn = self.writer().await?;
        self.named(review::retitle(&mut conn, key, title).await)
    }

    /// The intents that wait for somebody's yes or for what follows from it, the oldest
    /// first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn in_review(&self, limit: u32) -> Result<Vec<Intent>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(review::waiting(&mut conn, limit).await)
    }

    /// Those of [`Store::in_review`] that were decided, and those triggered before
    /// `before_ms`, decided or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decided(&self, before_ms: i64, limit: u32) -> Result<Vec<Intent>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(review::decided(&mut conn, before_ms, limit).await)
    }

    /// Keeps what somebody said of a moment in review: [`Review::Accepted`] or
    /// [`Review::Rejected`]. It may be changed until it was acted upon.
    ///
    /// # Errors
    /// [`StoreError::NoIntent`], [`StoreError::NotInReview`]; or the database fails.
    pub async fn decide(&self, key: &IntentKey, decision: Review) -> Result<(), StoreError> {
        let mut conn = self.writer().await?;
        self.named(review::decide(&mut conn, key, decision).await)
    }

    /// The video of this clip is to be fetched; it stays so until one of the next two.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn want_download(&self, clip_id: &str) -> Result<(), StoreError> {
        let mut conn = self.writer().await?;
        self.named(downloads::mark(&mut conn, clip_id, "wanted").await)
    }

    /// The video of this clip was fetched, or (`false`) can't be.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_download(&self, clip_id: &str, is_done: bool) -> Result<(), StoreError> {
        let mut conn = self.writer().await?;
        let word = if is_done { "done" } else { "failed" };
        self.named(downloads::mark(&mut conn, clip_id, word).await)
    }

    /// The clips whose videos are to be fetched, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wanted_downloads(&self) -> Result<Vec<WantedDownload>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(downloads::wanted(&mut conn).await)
    }

    /// Whether a clip is known, as ours or as somebody else's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn knows_clip(&self, clip_id: &str) -> Result<bool, StoreError> {
        let mut conn = self.reader().await?;
        self.named(viewer_clips::is_known(&mut conn, clip_id).await)
    }

    /// Keeps clips that others made, all or none; those that are there already stay as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_viewer_clips(&self, clips: &[ViewerClip]) -> Result<(), StoreError> {
        if clips.is_empty() {
            return Ok(());
        }
        let mut conn = self.writer().await?;
        self.named(viewer_clips::add(&mut conn, clips).await)
    }

    /// The clips that others made of a channel from `from_ms` on, the oldest first, at most
    /// `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn viewer_clips(
        &self,
        broadcaster_id: &str,
        from_ms: i64,
        limit: u32,
    ) -> Result<Vec<ViewerClip>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(viewer_clips::since(&mut conn, broadcaster_id, from_ms, limit).await)
    }

    /// Keeps windows, all or none; those that are there already stay as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_windows(&self, rows: &[WindowRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut conn = self.writer().await?;
        self.named(windows::add(&mut conn, rows).await)
    }

    /// The windows of a channel that end after `from_ms` and up to `to_ms`, the oldest
    /// first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn windows(
        &self,
        broadcaster_id: &str,
        from_ms: i64,
        to_ms: i64,
        limit: u32,
    ) -> Result<Vec<WindowRow>, StoreError> {
        let mut conn = self.reader().await?;
        self.named(windows::between(&mut conn, broadcaster_id, from_ms, to_ms, limit).await)
    }

    /// Deletes at most `limit` windows that ended before `before_ms`, the oldest first,
    /// and says how many: call it again while it deletes `limit`. A few thousand at a
    /// time keep other writes from waiting.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune(&self, before_ms: i64, limit: u32) -> Result<u64, StoreError> {
        let mut conn = self.writer().await?;
        self.named(windows::prune(&mut conn, before_ms, limit).await)
    }

    /// Deletes at most `limit` moments triggered before `before_ms` with their ended
    /// intents and their clips, and says how many moments. Open intents keep theirs.
    /// As many clips of others that were made before go, too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_moments(&self, before_ms: i64, limit: u32) -> Result<u64, StoreError> {
        let mut conn = self.writer().await?;
        self.named(viewer_clips::prune(&mut conn, before_ms, limit).await)?;
        self.named(moments::prune(&mut conn, before_ms, limit).await)
    }

    /// How many intents there are in each state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_intents(&self) -> Result<Vec<(IntentState, u64)>, StoreError> {
        let mut conn = self.reader().await?;
        let counts = self.named(health::count_intents(&mut conn).await)?;
        let of = |state: IntentState| {
            let count = counts.iter().find(|(word, _)| word == state.as_str());
            (state, count.and_then(|(_, count)| u64::try_from(*count).ok()).unwrap_or(0))
        };
        Ok(ALL_STATES.map(of).to_vec())
    }

    /// Whether something can be written now: tries it, with something that changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn try_writing(&self) -> Result<(), StoreError> {
        let mut conn = self.writer().await?;
        self.named(health::try_writing(&mut conn).await)
    }

    async fn writer(&self) -> Result<Writing<'_>, StoreError> {
        self.connections.writer().await
    }

    async fn reader(&self) -> Result<Reading<'_>, StoreError> {
        self.connections.reader().await
    }

    fn named<T>(&self, result: Result<T, crate::error::Failure>) -> Result<T, StoreError> {
        result.map_err(|failure| self.connections.name(failure))
    }
}
