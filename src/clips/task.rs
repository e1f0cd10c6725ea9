//! One clip's task: performs what its life asks for, each state on the disk before
//! the effect that depends on it.

mod better;
mod review;
mod title;
mod waits;

use std::sync::Arc;

use cliphound_store::{IntentKey, Promise, StoreError};
use cliphound_twitch::helix::{CreateClip, HelixError, VodClip};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_util::sync::CancellationToken;

use super::{
    api::{ClipApi, NoCreator},
    book::Book,
    context::Context,
    life::{Action, Event, Life, WAIT_MS},
    lookup::Call,
    marker,
    order::{ClipNews, ClipOrder, Said, covered_by},
    question, refusal,
    state::State,
    told,
    vod::{self, Place},
};
use crate::{config::Publish, costs, records::MomentState};

/// Leads one clip through its life.
pub struct ClipTask<A> {
    context: Arc<Context<A>>,
    book: Book<A>,
    order: ClipOrder,
    key: IntentKey,
    updates: watch::Receiver<Update>,
    stop: CancellationToken,
    is_told: bool,
    /// Twitch said once that the channel is not live.
    was_not_live: bool,
    /// Somebody said no while Twitch was not asked; the database knows whether that holds.
    is_turned_down: bool,
    /// Twitch makes no clips of what is streamed, or not for the account: a marker may do.
    is_unclippable: bool,
    /// What Get Clips showed with the clip.
    thumbnail: Option<String>,
    /// A place for Create Clip, from just before the call is promised to its answer.
    place: Option<OwnedSemaphorePermit>,
}

/// What is new for a clip while it has a task.
#[derive(Debug, Clone)]
pub enum Update {
    /// Its order, whose moment may have gone on.
    Order(Box<ClipOrder>),
    /// Somebody said no.
    TurnedDown,
}

/// Cliphound stops: the promise is on the disk and waits for the next start.
struct Stopped;

impl<A: ClipApi> ClipTask<A> {
    /// A task for `order`, whose moment may be updated while the clip waits.
    #[must_use]
    pub fn new(
        context: Arc<Context<A>>,
        order: ClipOrder,
        updates: watch::Receiver<Update>,
        stop: CancellationToken,
    ) -> Self {
        let key = order.key();
        let book = Book::new(Arc::clone(&context), key.clone());
        let (is_told, was_not_live, is_turned_down, is_unclippable) = Default::default();
        let (thumbnail, place) = (None, None);
        Self {
            context,
            book,
            order,
            key,
            updates,
            stop,
            is_told,
            was_not_live,
            is_turned_down,
            is_unclippable,
            thumbnail,
            place,
        }
    }

    /// Promises the clip and leads it to its end.
    pub async fn begin(mut self) {
        let due_ms = self.due_ms();
        let why_dry = self.why_dry();
        let in_review = self.order.publish == Publish::Review && why_dry.is_none();
        if self.lose_words() {
            self.order.said = Said::default();
        }
        // A dry run promises too: a crash during the wait must not cost the moment its line.
        match self.book.promise(&self.order, due_ms, in_review, why_dry.clone(), &self.stop).await {
            Ok(Promise::Made) => {
                self.heed_deletion().await;
                match why_dry {
                    Some(reason) => {
                        // Stopped or not, this is how it ends.
                        let _ = self.wait_out(due_ms).await;
                        self.end(State::DryRun { reason }).await;
                    }
                    None if in_review => self.ask(due_ms).await,
                    None => self.lead(Life::promised(due_ms)).await,
                }
            }
            Ok(Promise::Repeated) => self.repeated().await,
            Ok(Promise::Overlaps(other)) => {
                tracing::info!(channel = %self.order.login, %other, "no clip: another has this stretch");
                self.end(State::Covered {
                    by_ms: other.trigger_ms,
                    reason: covered_by(other.trigger_ms),
                })
                .await;
            }
            Err(error) => {
                tracing::error!(channel = %self.order.login, %error, "no clip: its promise can't be stored");
                self.drop_words();
                self.book.keep_moment(&self.order).await;
                let reason = format!("the promise could not be stored: {error}");
                self.end(State::Missed { reason }).await;
            }
        }
    }

    /// Records that there was no room for this moment's clip.
    pub async fn miss(mut self, reason: String) {
        self.drop_words();
        self.book.keep_moment(&self.order).await;
        self.end(State::Missed { reason }).await;
    }

    /// Goes on with a clip that was open: `stored` is what the database knows of it.
    pub async fn go_on(mut self, life: Life, stored: State) {
        let told = told::end(&self.context, &self.order, &stored).await;
        self.book.take_up(stored);
        if let Some(end) = told {
            return self.ended(&Life::ended(end)).await;
        }
        let shows_ms = vod::shows_when_late_by(&self.order.moment, self.order.duration_s);
        let life = life.allowing_vod(self.may_vod()).showing_until(shows_ms);
        let life = life.if_late(self.now_ms());
        if !life.state().is_end() {
            self.store(&life).await.unwrap_or_else(|error| self.unsaved(&error));
        }
        if let State::Vod { .. } = life.state() {
            self.tell_on_the_way(life.state());
        }
        if let State::Created { clip, called_ms, .. } = life.state() {
            self.is_told = true;
            self.book.write_clip(&self.order, clip, *called_ms).await;
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

    /// Why no clip is asked for, now or later.
    fn why_dry(&self) -> Option<String> {
        let wishes = self.context.wishes();
        wishes.dry_run.or_else(|| match self.context.api.creator() {
            Ok(_) => None,
            Err(NoCreator::DeadToken(_)) if wishes.vod => None,
            Err(none) => Some(none.to_string()),
        })
    }

    /// Why Twitch takes no token, where the clip can be made after the next log-in.
    fn why_no_token(&self) -> Option<String> {
        match self.context.api.creator() {
            Err(NoCreator::DeadToken(why)) if self.context.wishes().vod => Some(why),
            _ => None,
        }
    }

    /// Why no clip is made from the VOD, though an earlier run meant to.
    fn why_no_vod(&self) -> Option<String> {
        let is_off = || "clips from the VOD are turned off (clips.vod)".to_owned();
        let wishes = self.context.wishes();
        wishes.dry_run.or_else(|| (!wishes.vod).then(is_off))
    }

    fn may_vod(&self) -> bool {
        self.context.wishes().vod && self.context.api.may_use_vods()
    }

    /// Another promise has the very same key: after a restart the same moment, or somebody
    /// asked in the very millisecond of a trigger. Who asked gets an answer.
    async fn repeated(&mut self) {
        tracing::info!(channel = %self.order.login, key = %self.key, "no clip: this moment has one already");
        if self.order.is_manual() {
            self.drop_words();
            self.book.write_moment(&self.order, None, MomentState::Overlaps).await;
            let reason = "a clip of this very moment was promised already".to_owned();
            self.tell(&State::Refused { reason });
        }
    }

    async fn lead(mut self, mut life: Life) {
        while !life.state().is_end() {
            if matches!(life.action(self.now_ms()), Action::Done) {
                return;
            }
            life = match self.unless_let_go(life).await {
                Ok(Some(life)) => life,
                Ok(None) | Err(Stopped) => return,
            };
        }
        self.finish(&life).await;
    }

    async fn end(&mut self, state: State) {
        self.finish(&Life::ended(state)).await;
    }

    /// Every end, however it was reached, goes this way: into the records, then into the
    /// database. A restart between the two finds the line ([`told`]), and keeps to it.
    async fn finish(&mut self, life: &Life) {
        let state = life.state();
        if state.clip().is_none() {
            self.take_title().await;
        }
        if let Some(fate) = state.fate() {
            self.book.write_moment(&self.order, Some(state), fate).await;
        }
        if state.clip().is_none() {
            self.retake_title().await;
        }
        self.ended(life).await;
    }

    /// An end that is in the records.
    async fn ended(&mut self, life: &Life) {
        let state = life.state();
        let stored = self.store(life).await;
        self.tell(state);
        if stored.is_err() {
            self.book.store_at_last(life, &self.stop).await;
        }
        self.context.settle(&self.key);
        match state {
            State::Confirmed { clip, .. } if self.context.wishes().download => {
                self.book.want_download(&clip.id).await;
                self.context.downloads.notify_one();
            }
            State::Missed { .. } => marker::set(&self.context, &self.order).await,
            State::Refused { .. } if self.is_unclippable => {
                marker::set(&self.context, &self.order).await;
            }
            _ => {}
        }
    }

    /// Performs the next action.
    async fn act(&mut self, life: Life) -> Result<Life, Stopped> {
        let event = match life.action(self.now_ms()) {
            Action::Wait { until_ms } => {
                let is_waiting = matches!(life.state(), State::Waiting { .. });
                let is_time = self.wait(until_ms, !is_waiting).await?;
                if !is_waiting || !is_time {
                    return Ok(life);
                }
                let rather_vod = self.unless_stopped(self.why_rather_vod()).await?;
                self.place = Some(self.find_place().await?);
                self.due(rather_vod)
            }
            Action::Create => self.create().await,
            Action::CreateFromVod(place) => self.create_from_vod(place).await,
            Action::FindVod => self.find_vod(&life).await?,
            Action::FindById(id) => {
                let login = self.order.login.as_str();
                self.unless_stopped(question::by_id(&self.context, login, &id)).await?
            }
            Action::FindByTime { called_ms, ended_ms } => {
                let call = self.call(called_ms, ended_ms);
                let question = question::by_time(&self.context, &self.order, &self.key, call);
                self.unless_stopped(question).await?
            }
            Action::Done => return Ok(life),
        };
        if let Event::Found { thumbnail, .. } = &event {
            self.thumbnail.clone_from(thumbnail);
        }
        Ok(self.step(life, event).await)
    }

    /// Looks for the VOD; once it has the moment, there is a place for the call, too. The
    /// instant of the call is the one after the wait for the place.
    async fn find_vod(&mut self, life: &Life) -> Result<Event, Stopped> {
        if let Some(reason) = self.why_no_vod() {
            return Ok(Event::DueDry(reason));
        }
        let since_ms = life.vod_since_ms().unwrap_or_else(|| self.now_ms());
        let question = question::vod(&self.context, &self.order, since_ms);
        let mut event = self.unless_stopped(question).await?;
        if let Event::Placed { twitch_ms, .. } = &mut event {
            self.place = Some(self.find_place().await?);
            *twitch_ms = self.context.time.to_twitch(self.now_ms());
        }
        Ok(event)
    }

    /// Takes the life one step further: on the disk first, then in the records.
    async fn step(&mut self, life: Life, event: Event) -> Life {
        let next = life.clone().allowing_vod(self.may_vod()).on(self.now_ms(), event);
        if !matches!(next.state(), State::Requested { .. }) {
            self.place = None;
        }
        if next.state().is_end() {
            return next;
        }
        if let Err(error) = self.store(&next).await {
            match (life.state(), next.state()) {
                // A no that came just in time is acted upon next.
                (_, State::Requested { .. }) if matches!(error, StoreError::TurnedDown(_)) => {
                    self.place = None;
                    self.is_turned_down = true;
                    return life;
                }
                (_, State::Requested { .. }) => {
                    self.unsaved(&error);
                    self.place = None;
                    return next.on(self.now_ms(), Event::NotSaved);
                }
                // Found by its time, but not ours before it is claimed.
                (State::Unknown { .. }, State::Created { .. }) => {
                    let taken = matches!(error, StoreError::ClipTaken { .. });
                    let event = if taken { Event::NotFound } else { Event::NotAsked };
                    return life.allowing_vod(self.may_vod()).on(self.now_ms(), event);
                }
                // Nothing is done about a decision that may not be what was said last.
                (State::InReview, _) => {
                    self.unsaved(&error);
                    return life;
                }
                // Stored with one of the next states.
                _ => self.unsaved(&error),
            }
        }
        self.say(&life, &next).await;
        next
    }

    /// Tells what is new.
    async fn say(&mut self, life: &Life, next: &Life) {
        if let (None, Some(why)) = (life.why_vod(), next.why_vod()) {
            tracing::info!(channel = %self.order.login, key = %self.key, "the clip will be made from the VOD: {why}");
            self.tell_on_the_way(next.state());
        }
        if life.state().clip().is_none()
            && let (Some(clip), Some(called_ms)) = (next.state().clip(), next.state().called_ms())
        {
            self.book.write_clip(&self.order, clip, called_ms).await;
            self.tell(next.state());
        }
    }

    /// Stores a state. From before a call until what came of it is stored, the call is known
    /// to the looks of others.
    async fn store(&mut self, life: &Life) -> Result<(), StoreError> {
        let open_call = match life.state() {
            State::Requested { called_ms, .. } => Some(Call::of(*called_ms, &self.order)),
            State::Unknown { called_ms, looks, .. } => Some(self.call(*called_ms, looks.from_ms())),
            _ => None,
        };
        let is_open = open_call.is_some();
        if let Some(call) = open_call {
            self.context.call(&self.key, call);
        }
        self.book.store(life).await?;
        if !is_open {
            self.context.settle(&self.key);
        }
        Ok(())
    }

    /// The call at `called_ms` (Twitch's clock), of which nothing was heard until `ended_ms` (ours).
    fn call(&self, called_ms: i64, ended_ms: i64) -> Call {
        Call::of(called_ms, &self.order).unheard_until(self.context.time.to_twitch(ended_ms))
    }

    fn unsaved(&self, error: &StoreError) {
        costs::tell(error, format_args!("a clip's state can't be stored ({})", self.key));
    }

    /// A place for Create Clip, before the call is promised: whether it still is in time
    /// is asked after the wait for a place.
    async fn find_place(&mut self) -> Result<OwnedSemaphorePermit, Stopped> {
        let places = Arc::clone(&self.context.creating);
        // Nobody closes the places.
        let place = self.unless_stopped(places.acquire_owned()).await?.map_err(|_| Stopped)?;
        self.take_title_in_time().await;
        Ok(place)
    }

    async fn unless_stopped<T>(&self, task: impl Future<Output = T>) -> Result<T, Stopped> {
        self.stop.run_until_cancelled(task).await.ok_or(Stopped)
    }

    fn due(&self, rather_vod: Option<String>) -> Event {
        if let Some(reason) = self.why_dry() {
            return Event::DueDry(reason);
        }
        match self.why_no_token().map(Event::NoToken).or(rather_vod.map(Event::DueBetter)) {
            Some(event) => event,
            None if !self.order.is_manual() && self.order.offline.get() => Event::DueOffline,
            None if !self.context.may_call(&self.key) => Event::DueBroken,
            None => Event::Due { twitch_ms: self.context.time.to_twitch(self.now_ms()) },
        }
    }

    /// Calls Create Clip. No stop cuts it short: its answer counts.
    async fn create(&mut self) -> Event {
        let _place = self.place.take();
        let Some(broadcaster_id) = self.order.broadcaster_id.clone() else {
            let words = "the channel's id is not known".to_owned();
            return Event::Answer(Err(HelixError::BadRequest(words)));
        };
        let clip = CreateClip {
            broadcaster_id,
            title: self.order.title.clone(),
            duration_s: self.order.duration_s,
        };
        let answer = self.context.api.create(&clip).await;
        self.context.heard(&self.key, self.order.login.as_str(), &answer);
        self.is_unclippable = answer.as_ref().is_err_and(refusal::is_of_the_stream);
        if matches!(answer, Err(HelixError::NotFound(_)))
            && !self.order.offline.get()
            && !std::mem::replace(&mut self.was_not_live, true)
        {
            return Event::NotLiveYet;
        }
        self.answered(answer).await
    }

    /// Calls Create Clip From VOD. No stop cuts it short.
    async fn create_from_vod(&mut self, place: Place) -> Event {
        let _place = self.place.take();
        let is_titled = !self.order.title.trim().is_empty();
        let clip = VodClip {
            broadcaster_id: self.key.broadcaster_id.clone(),
            vod_id: place.vod_id,
            end_s: place.end_s,
            title: if is_titled { self.order.title.clone() } else { self.order.neutral_title() },
            duration_s: place.duration_s,
        };
        let answer = self.context.api.create_from_vod(&clip).await;
        self.context.heard_of_vod(&self.key, &answer);
        self.answered(answer).await
    }

    fn tell(&mut self, state: &State) {
        let is_first = !std::mem::replace(&mut self.is_told, true);
        self.send(state, is_first);
    }

    /// How far it has come: whoever asked for it is told more later.
    fn tell_on_the_way(&self, state: &State) {
        self.send(state, false);
    }

    fn send(&self, state: &State, is_first: bool) {
        let news = ClipNews {
            login: self.order.login.clone(),
            key: self.key.clone(),
            broadcaster_id: self.order.broadcaster_id.clone(),
            cause: self.order.moment.cause.clone(),
            moment: self.order.moment.clone(),
            title: self.order.title.clone(),
            thumbnail: self.thumbnail.clone(),
            asked_in_chat: self.order.said.is_in_chat(),
            is_first,
            state: state.clone(),
        };
        if self.context.news.try_send(news).is_err() {
            tracing::debug!("nobody hears of a clip");
        }
    }

    fn now_ms(&self) -> i64 {
        self.context.time.clock().now_ms()
    }
}
