//! The part of a clip's task about its review: it asks, and does what was said; also about a no to a
//! clip that nobody was asked about.

use std::time::Duration;

use super::{ClipApi, ClipTask, Event, Life, State, Stopped, told};

/// Pause after a no that could not be done, or was taken back just then.
const RETRY: Duration = Duration::from_secs(1);

impl<A: ClipApi> ClipTask<A> {
    /// Waits for the end of the moment, and tells that somebody has to say yes.
    pub(super) async fn ask(&mut self, due_ms: i64) {
        if self.wait_out(due_ms).await.is_ok() {
            self.take_title().await;
            let (channel, key) = (&self.order.login, &self.key);
            tracing::info!(%channel, %key, "waits for review: `cliphound review accept {key}` makes the clip");
            self.tell(&State::InReview);
        }
    }

    /// Goes on with a moment in review of which somebody said something.
    pub async fn decided(mut self, event: Event) {
        let told = told::end(&self.context, &self.order, &State::InReview).await;
        self.book.take_up(State::InReview);
        if let Some(end) = told {
            return self.ended(&Life::ended(end)).await;
        }
        let life = Life::in_review(self.now_ms()).allowing_vod(self.may_vod());
        let event =
            if event == Event::Accepted && self.is_cut().await { Event::Cut } else { event };
        let life = self.step(life, event).await;
        match life.state() {
            // What could not be done is decided anew when the worker next looks.
            State::InReview => {}
            State::Rejected { .. } => drop(self.reject(&life).await),
            _ => self.lead(life).await,
        }
    }

    /// The clip was promised by who cut it by hand.
    async fn is_cut(&self) -> bool {
        matches!(self.context.store.recut(&self.key).await, Ok(Some(_)))
    }

    /// Performs the next action, unless somebody said no while Twitch was not asked: then the clip is
    /// let go of, and `None`. Nothing is read for it, for that could hold up a call: the database
    /// takes neither a call while a no holds, nor this end when it does not.
    pub(super) async fn unless_let_go(&mut self, life: Life) -> Result<Option<Life>, Stopped> {
        if !std::mem::take(&mut self.is_turned_down) || !life.state().is_uncalled() {
            return self.act(life).await.map(Some);
        }
        let rejected = life.clone().on(self.now_ms(), Event::Rejected);
        if self.reject(&rejected).await {
            return Ok(None);
        }
        let pause = self.context.time.clock().sleep(RETRY);
        self.unless_stopped(pause).await?;
        Ok(Some(life))
    }

    /// A no holds once the database has it, with the line that tells it: until then somebody may
    /// say yes, and then nothing was told. A crash before the line is written leaves it to the
    /// next start. Whether it is done.
    async fn reject(&mut self, life: &Life) -> bool {
        self.take_title().await;
        match self.book.store_and_write(&self.order, life).await {
            Ok(()) => {
                self.retake_title().await;
                self.tell(life.state());
                self.context.settle(&self.key);
                true
            }
            Err(error) => {
                tracing::debug!(key = %self.key, %error, "a no is not done; the next look decides anew");
                false
            }
        }
    }
}
