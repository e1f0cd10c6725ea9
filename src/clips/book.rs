//! What is kept of one clip: its moment and its states in the database, its lines in
//! the records.

use std::{sync::Arc, time::Duration};

use cliphound_store::{IntentKey, NewIntent, Promise, StateChange, StoreError, Titled};
use cliphound_twitch::helix::CreatedClip;
use tokio_util::sync::CancellationToken;

use super::{
    api::ClipApi, context::Context, life::Life, order::ClipOrder, row, state::State,
    steps::next_step,
};
use crate::{
    costs,
    crew::blocking,
    records::{MomentState, MomentsTsv, Records, Untitled, kept_lines},
};

/// Pause before a database that failed is tried again; doubled each time for an end.
const STORE_RETRY: Duration = Duration::from_secs(1);
const MAX_STORE_RETRY: Duration = Duration::from_secs(60);

/// Keeps what becomes of one clip.
pub struct Book<A> {
    context: Arc<Context<A>>,
    key: IntentKey,
    /// The last state that is on the disk; `None` without a promise.
    stored: Option<State>,
}

impl<A: ClipApi> Book<A> {
    /// The book of a clip of which nothing is stored.
    #[must_use]
    pub fn new(context: Arc<Context<A>>, key: IntentKey) -> Self {
        Self { context, key, stored: None }
    }

    /// The clip was promised before, and this is stored of it.
    pub fn take_up(&mut self, stored: State) {
        self.stored = Some(stored);
    }

    /// Keeps the moment as it is now.
    pub async fn keep_moment(&self, order: &ClipOrder) {
        if let Err(error) = self.context.store.record_moment(&row::moment_row(order)).await {
            tracing::error!(channel = %order.login, %error, "a moment can't be stored");
        }
    }

    /// Keeps the moment and stores the promise, both or neither; `dry`: why no clip is to be asked for.
    /// While the disk fails, the store keeps it in memory, and the clip is made (docs/adr/0015); when there
    /// is no room left for that either, it is tried again until the clip is due.
    ///
    /// # Errors
    /// When it still fails then, or Cliphound stops.
    pub async fn promise(
        &mut self,
        order: &ClipOrder,
        due_ms: i64,
        in_review: bool,
        dry: Option<String>,
        stop: &CancellationToken,
    ) -> Result<Promise, StoreError> {
        let moment = row::moment_row(order);
        let intent = NewIntent {
            key: self.key.clone(),
            login: order.login.to_string(),
            start_ms: moment.start_ms,
            end_ms: moment.end_ms,
            automatic: !order.is_manual(),
            due_ms,
            title: order.title.clone(),
            words: order.said.words.clone(),
            duration_s: order.duration_s,
            in_review,
            dry,
            now_ms: self.now_ms(),
        };
        let result = loop {
            match self.context.store.promise_moment(&moment, &intent).await {
                Err(error) if self.now_ms() < due_ms && !stop.is_cancelled() => {
                    tracing::warn!(%error, "a clip's promise can't be stored; trying again");
                    self.context.time.clock().sleep(STORE_RETRY).await;
                }
                result => break result,
            }
        };
        if matches!(result, Ok(Promise::Made)) {
            let waiting = State::Waiting { at_ms: due_ms, tries: 0 };
            self.stored = Some(if in_review { State::InReview } else { waiting });
        }
        result
    }

    /// Keeps another title, for a restart: without it the former would be used once more.
    pub async fn retitle(&self, title: &str) {
        if let Err(error) = self.context.store.retitle(&self.key, title).await {
            tracing::warn!(key = %self.key, %error, "a clip's title can't be stored");
        }
    }

    /// Keeps the title that a moment has since it went on, unless an editor gave it another one.
    pub async fn retitle_of(&self, of: &str, title: &str) {
        if let Err(error) = self.context.store.retitle_of(&self.key, of, title).await {
            tracing::warn!(key = %self.key, %error, "a clip's title can't be stored");
        }
    }

    /// Keeps the title in place of words that were deleted; while the disk fails, in memory. Whose
    /// they were stays known: a line may have them.
    pub async fn untitle(&self, order: &ClipOrder) {
        if self.context.store.untitle(&[self.titled(order)]).await.is_err() {
            self.retitle(&order.title).await;
        }
    }

    /// Takes the title out of the moment's line: it was deleted when that was about to be written.
    /// Once it is out, nobody need look for it any more.
    pub async fn untitle_line(&self, order: &ClipOrder) {
        let titled = [self.titled(order)];
        let lines = titled.iter().map(|one| (one.key.trigger_ms, one.cause.as_str()));
        let Context { records, store, .. } = &*self.context;
        let untitled = async {
            kept_lines::untitle(records, store, Untitled::new(lines)).await?;
            anyhow::Ok(store.end_untitling(&titled).await?)
        };
        if let Err(error) = untitled.await {
            tracing::error!(key = %self.key, "a title that was deleted may stay in moments.tsv for now: {error:#}");
        }
    }

    fn titled(&self, order: &ClipOrder) -> Titled {
        Titled {
            key: self.key.clone(),
            login: order.login.to_string(),
            cause: order.moment.cause.to_string(),
            title: order.title.clone(),
        }
    }

    /// The clip's video is to be fetched.
    pub async fn want_download(&self, clip_id: &str) {
        if let Err(error) = self.context.store.want_download(clip_id).await {
            tracing::error!(key = %self.key, %error, "a download can't be stored");
        }
    }

    /// Stores a state, and those before it that could not be stored when they came.
    ///
    /// # Errors
    /// When the database fails; what of it is stored is remembered.
    pub async fn store(&mut self, life: &Life) -> Result<(), StoreError> {
        while let Some((mut step, next)) =
            self.stored.as_ref().and_then(|stored| next_step(stored, life))
        {
            if let StateChange::Requested { called_by, .. } = &mut step {
                *called_by = self.context.api.creator().ok().flatten();
            }
            self.context.store.set_state(&self.key, &step, self.now_ms()).await?;
            self.stored = Some(next);
        }
        Ok(())
    }

    /// Stores an end that may not hold any more, and only then writes the moment with it; a crash
    /// in between leaves the line to the next start.
    ///
    /// # Errors
    /// When the database fails or does not take the step: then nothing is written.
    pub async fn store_and_write(
        &mut self,
        order: &ClipOrder,
        life: &Life,
    ) -> Result<(), StoreError> {
        let state = life.state();
        let step = self.stored.as_ref().and_then(|stored| next_step(stored, life));
        let Some(((step, next), fate)) = step.zip(state.fate()) else { return Ok(()) };
        let record = row::record(order, state.clip(), state.called_ms());
        let line = MomentsTsv::waiting(&record, fate);
        self.context.store.set_state_with_line(&self.key, &step, &line, self.now_ms()).await?;
        self.stored = Some(next);
        self.write_moment(order, Some(state), fate).await;
        self.context.records.has_kept_lines(&line.record);
        Ok(())
    }

    /// Stores a state for as long as it takes, or until `stop`: then the next start finds
    /// an earlier state and goes on from there.
    pub async fn store_at_last(&mut self, life: &Life, stop: &CancellationToken) {
        let mut pause = STORE_RETRY;
        while let Err(error) = self.store(life).await {
            costs::tell(&error, format_args!("the end of a clip can't be stored ({})", self.key));
            if !error.may_pass() {
                return;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.context.time.clock().sleep(pause) => {}
            }
            pause = (pause * 2).min(MAX_STORE_RETRY);
        }
    }

    /// Writes the clip into clip_urls.txt.
    pub async fn write_clip(&self, order: &ClipOrder, clip: &CreatedClip, called_ms: i64) {
        let record = row::record(order, Some(clip), Some(called_ms));
        self.write(order, move |records| records.clip_urls.append(&record)).await;
    }

    /// Writes the moment with its fate into moments.tsv; what `state` knows of its clip goes along.
    pub async fn write_moment(&self, order: &ClipOrder, state: Option<&State>, fate: MomentState) {
        let (clip, called_ms) = (state.and_then(State::clip), state.and_then(State::called_ms));
        let record = row::record(order, clip, called_ms);
        self.write(order, move |records| records.moments.append(&record, fate)).await;
    }

    /// Writes to the records where waiting for the disk is allowed.
    async fn write(
        &self,
        order: &ClipOrder,
        append: impl FnOnce(&Records) -> anyhow::Result<bool> + Send + 'static,
    ) {
        let records = Arc::clone(&self.context.records);
        let written =
            blocking("writing a record", move || append(&records).map(|_| records.unkept())).await;
        let written = written.map_err(anyhow::Error::from).flatten();
        match written {
            Ok(unkept) => {
                kept_lines::keep(&self.context.records, &self.context.store, unkept).await;
            }
            Err(error) => {
                tracing::error!(channel = %order.login, error = format!("{error:#}"), "a record is lost");
            }
        }
    }

    fn now_ms(&self) -> i64 {
        self.context.time.clock().now_ms()
    }
}
