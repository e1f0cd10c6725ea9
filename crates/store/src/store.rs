//! The store as the rest of the daemon sees it.

mod access;
mod chat;
mod editing;
mod forget;
mod outbox;
mod outcomes;
mod settings;
mod verdicts;
mod waiting_lines;
mod watched;

use std::{path::Path, sync::Arc};

use sqlx::SqliteConnection;

use crate::{
    error::StoreError,
    intent::{Intent, NewIntent, Promise, StateChange},
    keeper::Keeper,
    rows::{IntentKey, MomentRow, Page, ViewerClip, WaitingLine, WantedDownload, WindowRow},
    sqlite::{
        Reading, Slot, Turn, downloads, health, intents, moments, review, viewer_clips, windows,
    },
    state::{ALL_STATES, IntentState},
    write::{Write, Written},
};

/// The database. Cheap to clone; clones are the same store.
///
/// Writes of one process queue behind each other, reads behind each other, and
/// neither behind the other. What a writing method did is on the disk when it returns; or,
/// while the disk does not take it, in memory, from where it follows as soon as it can. That
/// is said once in the log, and once when it works again. Lists show what is on the disk.
#[derive(Debug, Clone)]
pub struct Store {
    keeper: Arc<Keeper>,
}

impl Store {
    /// Opens the database file, and makes it, its folder and its tables where they are missing.
    /// Another program that holds it, or makes it at the same time, is waited for, ten seconds at
    /// most.
    ///
    /// # Errors
    /// A file that is damaged, locked, of another version, or can't be written.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { keeper: Arc::new(Keeper::open(path).await?) })
    }

    /// Opens the database as a daemon does that nobody looks after: a damaged file is set
    /// aside (`.bad`, never deleted) and a new one begun with what can be read of it; while
    /// the disk is full, everything is kept in memory until there is room.
    ///
    /// # Errors
    /// A file that is locked, of another version, or in a place that can't be used.
    pub async fn begin(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { keeper: Arc::new(Keeper::begin(path).await?) })
    }

    /// Writes what the disk did not take before, and mends what happened to the file: one
    /// that was deleted is written anew, one that was replaced is used, a damaged one is set
    /// aside. Every write does it, too; call it every few seconds for when there is none.
    pub async fn mend(&self) {
        self.keeper.mend().await;
    }

    /// A database that was deleted under way was written anew, and old figures of it are still
    /// to follow.
    pub async fn owes_figures(&self) -> bool {
        self.keeper.connections.owes_figures().await
    }

    /// Takes over old figures of databases that were deleted under way, the newest first, in
    /// pieces that others wait for a tenth of a second: one, and further ones for as long as
    /// `goes_on`. What has not followed when the store is closed is lost, and said.
    pub async fn take_over_figures(&self, goes_on: impl FnMut() -> bool + Send) {
        self.keeper.take_over_figures(goes_on).await;
    }

    /// Rows that wait in memory for the disk.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.keeper.waiting()
    }

    /// Ends all work on the file, also for the clones: they answer [`StoreError::Closed`].
    pub async fn close(self) {
        self.keeper.close().await;
    }

    /// Keeps a moment; one with the same key is replaced (an extended moment has
    /// a new end, score and reasons), and its intent, while it waits, gets the same
    /// stretch. A manual and an automatic moment never replace each other: the first
    /// stays. The promise to clip it comes with it ([`Store::promise_moment`]) or later.
    ///
    /// # Errors
    /// When the database fails, the reasons are no JSON, or the end is before the start.
    pub async fn record_moment(&self, moment: &MomentRow) -> Result<(), StoreError> {
        self.keeper.write(&Write::Moment(moment)).await.map(drop)
    }

    /// The moment with this key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn moment(&self, key: &IntentKey) -> Result<Option<MomentRow>, StoreError> {
        if let Some(moment) = self.keeper.remembered(|memory| memory.moments.get(key).cloned()) {
            return Ok(Some(moment));
        }
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

    /// Keeps a moment, as [`Store::record_moment`] does, and promises to clip it, as
    /// [`Store::promise`] does: a crash leaves both or neither. The moment is kept also where
    /// the promise is not made, and a moment that the tables refuse costs no promise.
    ///
    /// # Errors
    /// Those of the promise.
    pub async fn promise_moment(
        &self,
        moment: &MomentRow,
        intent: &NewIntent,
    ) -> Result<Promise, StoreError> {
        self.promised(Some(moment), intent).await
    }

    /// Promises to clip a moment that is kept already. When it returns, the promise outlives a
    /// crash of the machine. Stretches include both ends: two that touch overlap. Manual intents
    /// neither overlap nor are overlapped, nor are refused and missed ones.
    ///
    /// # Errors
    /// When the database fails, or the end is before the start.
    pub async fn promise(&self, intent: &NewIntent) -> Result<Promise, StoreError> {
        self.promised(None, intent).await
    }

    async fn promised(
        &self,
        moment: Option<&MomentRow>,
        intent: &NewIntent,
    ) -> Result<Promise, StoreError> {
        match self.keeper.write(&Write::Promise { moment, intent }).await? {
            Written::Promise(promise) => Ok(promise),
            Written::Done => Ok(Promise::Made),
        }
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
        self.keeper.write(&Write::Step { key, change, line: None, now_ms }).await.map(drop)
    }

    /// The same for a step that the records tell of only once it is made: their line is kept
    /// with it ([`Store::keep_lines`]), so that a crash before it is written does not cost it.
    ///
    /// # Errors
    /// As [`Store::set_state`].
    pub async fn set_state_with_line(
        &self,
        key: &IntentKey,
        change: &StateChange,
        line: &WaitingLine,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        self.keeper.write(&Write::Step { key, change, line: Some(line), now_ms }).await.map(drop)
    }

    /// The intent with this key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn intent(&self, key: &IntentKey) -> Result<Option<Intent>, StoreError> {
        if let Some(intent) = self.keeper.remembered(|memory| memory.intent(key).cloned()) {
            return Ok(Some(intent));
        }
        let mut conn = self.reader().await?;
        self.named(intents::find(&mut conn, key).await)
    }

    /// The intents that a restart takes up again, by the time they are due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_intents(&self) -> Result<Vec<Intent>, StoreError> {
        // Nobody writes meanwhile: what is learned is not old already.
        let _turn = self.keeper.connections.turn().await;
        let mut conn = self.reader().await?;
        let on_disk = self.named(intents::open(&mut conn).await)?;
        self.keeper.learn(&on_disk);
        let only_here = self.keeper.only_here(&on_disk);
        let mut open = self.keeper.freshened(on_disk);
        open.extend(only_here);
        open.retain(|intent| intent.state.is_open());
        Ok(open)
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
        let owner = self.keeper.remembered(|memory| memory.clip_owner(clip_id).cloned());
        if owner.is_some() {
            return Ok(owner);
        }
        let mut conn = self.reader().await?;
        self.named(intents::clip_owner(&mut conn, clip_id).await)
    }

    /// Another title for a clip that was not made yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retitle(&self, key: &IntentKey, title: &str) -> Result<(), StoreError> {
        self.keeper.write(&Write::Retitle { key, title, of: None }).await.map(drop)
    }

    /// The same where the title is still `of`: who gave it another meanwhile keeps that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retitle_of(
        &self,
        key: &IntentKey,
        of: &str,
        title: &str,
    ) -> Result<(), StoreError> {
        self.keeper.write(&Write::Retitle { key, title, of: Some(of) }).await.map(drop)
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

    /// Those of [`Store::in_review`] about which something is to be done: that were turned down,
    /// or accepted (where `may_make`), or triggered before `before_ms`, decided or not; and
    /// clips cut anew that wait for a yes, which nobody is asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decided(
        &self,
        before_ms: i64,
        may_make: bool,
        limit: u32,
    ) -> Result<Vec<Intent>, StoreError> {
        let mut conn = self.reader().await?;
        let decided = self.named(review::decided(&mut conn, before_ms, may_make, limit).await)?;
        // What became of one that memory has is not on the disk yet.
        let in_memory = |i: &Intent| self.keeper.remembered(|m| m.intent(&i.key).map(|_| ()));
        Ok(decided.into_iter().filter(|intent| in_memory(intent).is_none()).collect())
    }

    /// How many of [`Store::in_review`] were accepted and triggered at `since_ms` or later.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accepted(&self, since_ms: i64) -> Result<u64, StoreError> {
        let mut conn = self.reader().await?;
        let count = self.named(review::accepted(&mut conn, since_ms).await)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The video of this clip is to be fetched; it stays so until one of the next two.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn want_download(&self, clip_id: &str) -> Result<(), StoreError> {
        self.keeper.write(&Write::Download { clip_id, word: "wanted" }).await.map(drop)
    }

    /// The video of this clip was fetched, or (`false`) can't be.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_download(&self, clip_id: &str, is_done: bool) -> Result<(), StoreError> {
        let word = if is_done { "done" } else { "failed" };
        self.keeper.write(&Write::Download { clip_id, word }).await.map(drop)
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
        if self.keeper.remembered(|memory| memory.knows_clip(clip_id).then_some(())).is_some() {
            return Ok(true);
        }
        let mut conn = self.reader().await?;
        self.named(viewer_clips::is_known(&mut conn, clip_id).await)
    }

    /// Whether whoever made a clip, as Twitch shows their name, was forgotten: it is not kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_forgotten(&self, creator: &str) -> Result<bool, StoreError> {
        let mut conn = self.reader().await?;
        self.named(viewer_clips::is_forgotten(&mut conn, creator).await)
    }

    /// Keeps clips that others made, all or none, but for those of users who were forgotten; of those that are there already, the views
    /// grow, and where they lie is kept once it is known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_viewer_clips(&self, clips: &[ViewerClip]) -> Result<(), StoreError> {
        if clips.is_empty() {
            return Ok(());
        }
        self.keeper.write(&Write::ViewerClips(clips)).await.map(drop)
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

    /// Deletes at most `limit` clips of others, and says how many: first those that were made before
    /// `before_ms`, then the oldest of the channel that has most, where these are more than `most`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_viewer_clips(
        &self,
        before_ms: i64,
        most: u32,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        let old = self.named(viewer_clips::prune(conn, before_ms, limit).await)?;
        drop(turn);
        // Nobody who writes waits while they are counted.
        let too_many = viewer_clips::too_many(&mut *self.reader().await?, most).await;
        let Some((channel, over)) = self.named(too_many)? else { return Ok(old) };
        let mut turn = self.turn().await?;
        let conn = self.connection(&mut turn)?;
        let count = over.min(i64::from(limit).saturating_sub_unsigned(old));
        Ok(old + self.named(viewer_clips::prune_of(conn, channel, count).await)?)
    }

    /// Keeps windows, all or none; those that are there already stay as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_windows(&self, rows: &[WindowRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.keeper.write(&Write::Windows(rows)).await.map(drop)
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
        let mut turn = self.turn().await?;
        self.named(windows::prune(self.connection(&mut turn)?, before_ms, limit).await)
    }

    /// Deletes at most `limit` moments triggered before `before_ms` with their ended
    /// intents and their clips, and says how many moments. Open intents keep theirs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_moments(&self, before_ms: i64, limit: u32) -> Result<u64, StoreError> {
        let mut turn = self.turn().await?;
        self.named(moments::prune(self.connection(&mut turn)?, before_ms, limit).await)
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
        let mut turn = self.turn().await?;
        let tried = self.keeper.connections.try_writing(&mut turn).await;
        tried.map_err(|error| self.keeper.met(error))
    }

    /// The turn to write straight to the file: what can wait goes by [`Keeper::write`].
    async fn turn(&self) -> Result<Turn<'_>, StoreError> {
        let mut turn = self.keeper.connections.turn().await;
        let opened = self.keeper.connections.open_if_stuck(&mut turn).await;
        opened.map_err(|error| self.keeper.met(error))?;
        Ok(turn)
    }

    fn connection<'a>(&self, slot: &'a mut Slot) -> Result<&'a mut SqliteConnection, StoreError> {
        self.keeper.connections.connection(slot)
    }

    async fn reader(&self) -> Result<Reading<'_>, StoreError> {
        self.keeper.connections.reader().await
    }

    fn named<T>(&self, result: Result<T, crate::error::Failure>) -> Result<T, StoreError> {
        result.map_err(|failure| self.keeper.met(self.keeper.connections.name(failure)))
    }
}
