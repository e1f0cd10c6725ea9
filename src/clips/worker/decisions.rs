//! The worker's part about what people said: a yes or no in review, and a no to a clip that Twitch was
//! not asked for yet.

use cliphound_store::{Intent, IntentKey, Review, StoreError};
use tokio::sync::oneshot;

use super::{ClipApi, ClipWorker, DECISIONS, Event, Post, REVIEW_MS, Update};

/// What was decided in review.
pub(super) struct Decided {
    /// What was triggered before is forgotten.
    before_ms: i64,
    may_make: Option<bool>,
    intents: Result<Vec<Intent>, StoreError>,
    /// How many wait for the right to be made, where that lacks.
    held: Option<u64>,
    /// Clips that somebody said no to, and that Twitch was not asked for.
    turned_down: Vec<IntentKey>,
}

impl<A: ClipApi> ClipWorker<A> {
    /// Looks what was decided, in review or against what is on its way, beside other things: pages may
    /// read for long before it. In
    /// a dry run that waits.
    pub(super) fn look_for_decisions(&self) -> Option<oneshot::Receiver<Decided>> {
        if self.context.wishes().dry_run.is_some() {
            return None;
        }
        // Before it is certain what time it is, nothing is too old for a yes.
        let before_ms =
            self.context.time.certain_ms().map_or(i64::MIN, |now_ms| now_ms - REVIEW_MS);
        let may_make = self.may_make_accepted();
        let store = self.context.store.clone();
        let (out, decided) = oneshot::channel();
        let look = async move {
            // Those that wait for the right to be made take no other's place.
            let can_make = may_make == Some(true);
            let intents = store.decided(before_ms, can_make, DECISIONS).await;
            let held = match may_make {
                Some(false) => store.accepted(before_ms).await.ok(),
                _ => None,
            };
            let turned_down = store.turned_down(DECISIONS).await.unwrap_or_default();
            drop(out.send(Decided { before_ms, may_make, intents, held, turned_down }));
        };
        self.crew.spawn_or(Post::passing("what was decided in review"), look, || {});
        Some(decided)
    }

    /// Goes on with the moments in review of which somebody said something; what was accepted waits
    /// for the right to make it.
    pub(super) async fn act_on(&mut self, decided: Decided) {
        let Decided { before_ms, may_make, intents, held, turned_down } = decided;
        self.tell_turned_down(&turned_down);
        let can_make = may_make == Some(true);
        let decided = match intents {
            Ok(decided) => decided,
            Err(error) => {
                tracing::debug!(%error, "what was decided in review can't be read");
                return;
            }
        };
        for intent in decided {
            if self.is_led(&intent.key) || self.is_given_up(&intent.key) {
                continue;
            }
            let event = match intent.review {
                Review::Accepted if can_make => Event::Accepted,
                Review::Rejected => Event::Rejected,
                Review::Asked if intent.key.trigger_ms >= before_ms => Event::Distrusted,
                Review::None | Review::Asked | Review::Accepted => Event::Forgotten,
            };
            // What can't be read is looked for again with the next decisions.
            if let Ok(Some(order)) = self.order_of(&intent).await {
                let task = self.task(order.clone());
                self.spawn(order, task.decided(event));
            }
        }
        match may_make {
            Some(true) => self.held = 0,
            Some(false) => self.tell_held(held.unwrap_or(self.held)),
            None => {}
        }
    }

    /// Has the tasks of clips that somebody said no to look at that: Twitch was not asked for them.
    fn tell_turned_down(&self, keys: &[IntentKey]) {
        for key in keys {
            if let Some(under_way) = self.open.get(key) {
                under_way.updates.send_replace(Update::TurnedDown);
            }
        }
    }

    /// Says how many accepted moments wait for the right to make them, when they have become more.
    fn tell_held(&mut self, held: u64) {
        if held > self.held {
            tracing::warn!(
                moments = held,
                "moments were accepted in review, but their clips can't be made and wait: log in with `cliphound login` as an editor of the channel who grants editor:manage:clips, and leave clips.vod on"
            );
        }
        self.held = held;
    }

    /// Whether what was accepted in review can be made; `None` until Twitch has told what the
    /// account may.
    pub(super) fn may_make_accepted(&self) -> Option<bool> {
        match self.context.api.creator() {
            Ok(Some(_)) => Some(self.context.wishes().vod && self.context.api.may_use_vods()),
            Ok(None) => None,
            Err(_) => Some(false),
        }
    }
}
