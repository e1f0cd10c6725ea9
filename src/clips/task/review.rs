//! The part of a clip's task about its review: it asks, and does what was said.

use super::{ClipApi, ClipTask, Event, Life, State, told};

impl<A: ClipApi> ClipTask<A> {
    /// Waits for the end of the moment, and tells that somebody has to say yes.
    pub(super) async fn ask(&mut self, due_ms: i64) {
        if self.wait(due_ms, false).await.is_ok() {
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
        let life = self.step(life, event).await;
        match life.state() {
            // What could not be done is decided anew when the worker next looks.
            State::InReview => {}
            State::Rejected { .. } => self.reject(&life).await,
            _ => self.lead(life).await,
        }
    }

    /// A no holds once the database has it, with the line that tells it: until then somebody may
    /// say yes, and then nothing was told. A crash before the line is written leaves it to the
    /// next start.
    async fn reject(&mut self, life: &Life) {
        self.take_title().await;
        match self.book.store_and_write(&self.order, life).await {
            Ok(()) => {
                self.retake_title().await;
                self.tell(life.state());
                self.context.settle(&self.key);
            }
            Err(error) => {
                tracing::debug!(key = %self.key, %error, "a no in review is not done; the next look decides anew");
            }
        }
    }
}
