//! One clip's task: performs what its life asks for, each state on the disk before
//! the effect that depends on it.

use std::{sync::Arc, time::Duration};

use cliphound_engine::Moment;
use cliphound_store::{IntentKey, IntentState, NewIntent, Promise, StoreError};
use cliphound_twitch::helix::{Clip, CreateClip, CreatedClip, HelixError};
use tokio::{sync::watch, task::spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::{
    api::ClipApi,
    context::Context,
    life::{Action, Event, Life, WAIT_MS},
    lookup::{AFTER_MS, BEFORE_MS},
    order::{ClipNews, ClipOrder},
    row,
    state::State,
    steps::{clip_url, edit_url, steps},
};
use crate::records::{MomentState, Records};

/// Pause before a database that failed is tried again.
const STORE_RETRY: Duration = Duration::from_secs(1);

/// Leads one clip through its life.
pub struct ClipTask<A> {
    context: Arc<Context<A>>,
    order: ClipOrder,
    key: IntentKey,
    updates: watch::Receiver<Moment>,
    stop: CancellationToken,
    is_told: bool,
}

/// Whether a clip's task goes on.
enum Go {
    On(Life),
    /// Cliphound stops: the promise is on the disk and waits for the next start.
    Stopped,
}

impl<A: ClipApi> ClipTask<A> {
    /// A task for `order`, whose moment may be updated while the clip waits.
    #[must_use]
    pub fn new(
        context: Arc<Context<A>>,
        order: ClipOrder,
        updates: watch::Receiver<Moment>,
        stop: CancellationToken,
    ) -> Self {
        let key = order.key();
        Self { context, order, key, updates, stop, is_told: false }
    }

    /// Promises the clip and leads it to its end.
    pub async fn begin(mut self) {
        let due_ms = self.due_ms();
        self.keep_moment().await;
        if let Some(reason) = self.why_dry() {
            self.wait(due_ms, false).await;
            return self.end(&State::DryRun { reason }).await;
        }
        match self.promise(due_ms).await {
            Ok(Promise::Made) => self.lead(Life::promised(due_ms)).await,
            Ok(Promise::Repeated) => {}
            Ok(Promise::Overlaps(other)) => {
                tracing::info!(channel = %self.order.login, %other, "no clip: another has this stretch");
                self.write_moment(&State::Waiting { at_ms: due_ms, tries: 0 }).await;
            }
            Err(error) => {
                tracing::error!(channel = %self.order.login, %error, "no clip: its promise can't be stored");
                let reason = format!("the promise could not be stored: {error}");
                self.end(&State::Missed { reason }).await;
            }
        }
    }

    /// Goes on with a clip that was open, as the database knows it.
    pub async fn go_on(mut self, life: Life, stored: IntentState) {
        if stored != IntentState::Unknown
            && let State::Unknown { .. } | State::Missed { .. } = life.state()
        {
            let before = if stored == IntentState::Waiting {
                State::Waiting { at_ms: life.due_ms(), tries: 0 }
            } else {
                State::Requested { called_ms: life.due_ms(), tries: 0 }
            };
            self.store(&before, life.state()).await.unwrap_or_else(|error| self.unsaved(&error));
        }
        if let Some(called_ms) = lost_call(life.state()) {
            self.context.lose(&self.key, called_ms);
        }
        if let State::Created { clip, called_ms, .. } = life.state() {
            self.is_told = true;
            self.write_clip(clip, *called_ms).await;
        }
        self.lead(life).await;
    }

    /// When to call, on our clock: never further away than the seven seconds.
    fn due_ms(&self) -> i64 {
        let now_ms = self.now_ms();
        if self.order.is_manual() {
            return now_ms;
        }
        let trigger_ms = self.context.time.to_ours(self.order.moment.trigger.0);
        (trigger_ms + WAIT_MS).clamp(now_ms, now_ms + WAIT_MS)
    }

    fn why_dry(&self) -> Option<String> {
        self.context.dry_run.clone().or_else(|| self.context.api.creator().err())
    }

    /// Stores the promise; a database that fails is asked again until the clip is due.
    async fn promise(&self, due_ms: i64) -> Result<Promise, StoreError> {
        let moment = &self.order.moment;
        let intent = NewIntent {
            key: self.key.clone(),
            login: self.order.login.to_string(),
            start_ms: moment.start.0,
            end_ms: moment.end.0.max(moment.start.0),
            automatic: !self.order.is_manual(),
            due_ms,
            title: self.order.title.clone(),
            duration_s: self.order.duration_s,
            now_ms: self.now_ms(),
        };
        loop {
            match self.context.store.promise(&intent).await {
                Err(error) if self.now_ms() < due_ms && !self.stop.is_cancelled() => {
                    tracing::warn!(%error, "a clip's promise can't be stored; trying again");
                    self.context.time.clock().sleep(STORE_RETRY).await;
                }
                result => return result,
            }
        }
    }

    async fn lead(mut self, mut life: Life) {
        loop {
            life = match self.act(life).await {
                Some(Go::On(life)) => life,
                Some(Go::Stopped) => return,
                None => break,
            };
        }
    }

    /// Performs the next action; `None` after the end.
    async fn act(&mut self, life: Life) -> Option<Go> {
        let event = match life.action(self.now_ms()) {
            Action::Wait { until_ms } => {
                let is_called = !matches!(life.state(), State::Waiting { .. });
                if !self.wait(until_ms, is_called).await {
                    return Some(Go::Stopped);
                }
                self.due()
            }
            Action::Create => Event::Answer(self.create().await),
            Action::FindById(id) => self.find_by_id(&id).await,
            Action::FindByTime { called_ms } => self.find_by_time(called_ms).await,
            Action::Done => {
                self.context.settle(&self.key);
                self.tell(life.state());
                return None;
            }
        };
        Some(Go::On(self.step(life, event).await))
    }

    /// Takes the life one step further: on the disk first, then in the records.
    async fn step(&mut self, life: Life, event: Event) -> Life {
        let next = life.clone().on(self.now_ms(), event);
        if next.state().is_end() {
            // Before the end is stored: a restart between the two writes the same line again,
            // which the file knows to leave out.
            self.write_moment(next.state()).await;
        }
        if let Err(error) = self.store(life.state(), next.state()).await {
            match (next.state(), error) {
                (State::Requested { .. }, error) => {
                    self.unsaved(&error);
                    return next.on(self.now_ms(), Event::NotSaved);
                }
                (State::Confirmed { .. }, StoreError::ClipTaken { .. }) => {
                    return life.on(self.now_ms(), Event::NotFound);
                }
                (_, error) => self.unsaved(&error),
            }
        }
        if let Some(called_ms) = lost_call(next.state()) {
            self.context.lose(&self.key, called_ms);
        }
        if life.state().clip().is_none()
            && let (Some(clip), Some(called_ms)) = (next.state().clip(), next.state().called_ms())
        {
            self.write_clip(clip, called_ms).await;
            if !next.state().is_end() {
                self.tell(next.state());
            }
        }
        next
    }

    async fn store(&self, before: &State, after: &State) -> Result<(), StoreError> {
        for step in steps(before, after) {
            let at_ms = match after {
                State::Requested { called_ms, .. } => *called_ms,
                _ => self.now_ms(),
            };
            self.context.store.set_state(&self.key, &step, at_ms).await?;
        }
        Ok(())
    }

    fn unsaved(&self, error: &StoreError) {
        tracing::error!(channel = %self.order.login, key = %self.key, %error, "a clip's state can't be stored");
    }

    /// Waits; `false` when Cliphound stops first. Until the clip is called for, it takes up
    /// what is new about the moment; then the moment stays as it was, so that a restart
    /// writes the very same line (and the file leaves it out).
    async fn wait(&mut self, until_ms: i64, is_called: bool) -> bool {
        loop {
            let clock = self.context.time.clock();
            tokio::select! {
                () = self.stop.cancelled() => return false,
                () = clock.sleep_until_ms(until_ms) => return true,
                Ok(()) = self.updates.changed(), if !is_called => {}
            }
            self.order.moment = self.updates.borrow_and_update().clone();
            self.keep_moment().await;
        }
    }

    fn due(&self) -> Event {
        match self.why_dry() {
            Some(reason) => Event::DueDry(reason),
            None if !self.order.is_manual() && self.order.offline.get() => Event::DueOffline,
            None => Event::Due,
        }
    }

    async fn create(&self) -> Result<CreatedClip, HelixError> {
        let Some(broadcaster_id) = self.order.broadcaster_id.clone() else {
            return Err(HelixError::BadRequest("the channel's id is not known".to_owned()));
        };
        let clip = CreateClip {
            broadcaster_id,
            title: self.order.title.clone(),
            duration_s: self.order.duration_s,
        };
        let _place = self.context.creating.acquire().await;
        let answer = self.context.api.create(&clip).await;
        match answer {
            Err(HelixError::RateLimited { reset_ms }) => {
                Err(HelixError::RateLimited { reset_ms: self.context.time.to_ours(reset_ms) })
            }
            answer => answer,
        }
    }

    async fn find_by_id(&self, id: &str) -> Event {
        let _place = self.context.looking.acquire().await;
        match self.context.api.by_id(id).await {
            Ok(Some(clip)) => self.found(clip),
            Ok(None) => Event::NotFound,
            Err(error) => self.not_seen(&error),
        }
    }

    async fn find_by_time(&self, called_ms: i64) -> Event {
        let Ok(Some(creator_id)) = self.context.api.creator() else { return Event::NotFound };
        let at_ms = self.context.time.to_twitch(called_ms);
        let _place = self.context.looking.acquire().await;
        let (from_ms, to_ms) = (at_ms - BEFORE_MS, at_ms + AFTER_MS);
        let clips = self.context.api.between(&self.key.broadcaster_id, from_ms, to_ms).await;
        match clips {
            Ok(clips) => {
                let ours = self.context.ours(&creator_id, &self.key, called_ms, &clips).await;
                ours.map_or(Event::NotFound, |clip| self.found(clip))
            }
            Err(error) => self.not_seen(&error),
        }
    }

    fn found(&self, clip: Clip) -> Event {
        let url = if clip.url.is_empty() { clip_url(&clip.id) } else { clip.url };
        let edit_url = edit_url(self.order.login.as_str(), &clip.id);
        Event::Found { clip: CreatedClip { id: clip.id, edit_url }, url }
    }

    fn not_seen(&self, error: &HelixError) -> Event {
        tracing::debug!(channel = %self.order.login, %error, "Get Clips did not answer");
        Event::NotFound
    }

    async fn end(&mut self, state: &State) {
        self.write_moment(state).await;
        self.tell(state);
    }

    fn tell(&mut self, state: &State) {
        let news = ClipNews {
            login: self.order.login.clone(),
            broadcaster_id: self.order.broadcaster_id.clone(),
            cause: self.order.moment.cause.clone(),
            is_first: !std::mem::replace(&mut self.is_told, true),
            state: state.clone(),
        };
        if self.context.news.try_send(news).is_err() {
            tracing::debug!("nobody hears of a clip");
        }
    }

    async fn keep_moment(&self) {
        let row = row::moment_row(&self.order);
        if let Err(error) = self.context.store.record_moment(&row).await {
            tracing::error!(channel = %self.order.login, %error, "a moment can't be stored");
        }
    }

    async fn write_clip(&self, clip: &CreatedClip, called_ms: i64) {
        let record = row::record(&self.order, Some(clip), Some(called_ms));
        self.write(move |records| records.clip_urls.append(&record)).await;
    }

    /// Writes the moment with its fate; one that is still open had its stretch taken.
    async fn write_moment(&self, state: &State) {
        let record = row::record(&self.order, state.clip(), state.called_ms());
        let state = match state {
            State::Confirmed { .. } => MomentState::Confirmed,
            State::Unconfirmed { .. } => MomentState::Unconfirmed,
            State::Refused { .. } => MomentState::Refused,
            State::Missed { .. } => MomentState::Missed,
            State::DryRun { .. } => MomentState::DryRun,
            _ => MomentState::Overlaps,
        };
        self.write(move |records| records.moments.append(&record, state)).await;
    }

    /// Writes to the records where waiting for the disk is allowed.
    async fn write(&self, append: impl FnOnce(&Records) -> anyhow::Result<bool> + Send + 'static) {
        let records = Arc::clone(&self.context.records);
        let written = spawn_blocking(move || append(&records)).await;
        let written = written.map_err(anyhow::Error::from).flatten();
        if let Err(error) = written {
            tracing::error!(channel = %self.order.login, error = format!("{error:#}"), "a record is lost");
        }
    }

    fn now_ms(&self) -> i64 {
        self.context.time.clock().now_ms()
    }
}

fn lost_call(state: &State) -> Option<i64> {
    match state {
        State::Unknown { called_ms, .. } => Some(*called_ms),
        _ => None,
    }
}
