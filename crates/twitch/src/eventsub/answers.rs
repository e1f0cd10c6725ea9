//! What follows in a session when Twitch makes, refuses or ends a subscription.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use tracing::{debug, info, warn};

use super::{
    api::{SubscribeError, Subscribed},
    envelope::Subscription,
    kind::Kind,
    plan::Want,
    session::{Answer, Asked, End, Session},
    stats::count,
    wants::Outcome,
};
use crate::chat::{ChatEvent, Loss};

impl Session<'_> {
    pub(super) async fn answered(
        &mut self,
        asked: Asked,
        answer: Result<Subscribed, SubscribeError>,
    ) -> Result<(), End> {
        if asked.session_id != self.session_id && self.connection.wants.ask_anew(asked.number) {
            // Nobody tells whether what was made came along: Twitch will, when asked again.
            return Ok(());
        }
        let now_ms = self.shared().clock.now_ms();
        let error = answer.as_ref().err().cloned();
        if matches!(error, Some(SubscribeError::Full(_)))
            && !std::mem::replace(&mut self.has_tidied, true)
        {
            self.forget_dead();
        }
        let outcome = self.connection.wants.answered(asked.number, answer, now_ms);
        self.told(&asked.want, outcome, error.map(|error| error.to_string())).await
    }

    pub(super) async fn revoked(&mut self, told: &Subscription) -> Result<(), End> {
        count(&self.shared().counters.revoked);
        let now_ms = self.shared().clock.now_ms();
        let Some((want, outcome)) = self.connection.wants.revoked(told, now_ms) else {
            return Ok(());
        };
        if want.kind == Kind::ChatMessage {
            self.shared().counters.channels_heard.fetch_sub(1, Relaxed);
            let channel = want.channel.clone();
            let lost = ChatEvent::Lost(Loss::PUT_OUT);
            self.connection.deliver(channel, None, None, lost).await?;
        }
        let why = format!("Twitch ended the subscription: {}", told.status);
        self.told(&want, outcome, Some(why)).await
    }

    /// Does and says what follows for a subscription.
    async fn told(
        &mut self,
        want: &Want,
        outcome: Outcome,
        why: Option<String>,
    ) -> Result<(), End> {
        let (channel, kind) = (&want.channel, want.kind.name());
        let why = why.unwrap_or_default();
        match outcome {
            Outcome::Active => {
                debug!(%channel, kind, "subscribed");
                if want.kind == Kind::ChatMessage {
                    self.shared().counters.channels_heard.fetch_add(1, Relaxed);
                    let (channel, id) = (channel.clone(), want.broadcaster_id.clone());
                    let joined = ChatEvent::Joined;
                    self.connection.deliver(channel, Some(id), None, joined).await?;
                }
            }
            Outcome::Again => {
                if self.connection.told.insert((want.kind, "again")) {
                    info!(%channel, kind, why, "not subscribed yet, trying again");
                }
            }
            Outcome::Dropped => {
                count(&self.shared().counters.refused);
                if self.connection.told.insert((want.kind, "dropped")) {
                    warn!(%channel, kind, why, "EventSub does not give us this; going on without it");
                }
            }
            Outcome::ChatRefused { forget: None } => {
                count(&self.shared().counters.refused);
                warn!(%channel, why, "EventSub does not give us this chat; trying again in ten minutes. chat.source = \"auto\" would read it by IRC");
            }
            Outcome::ChatRefused { forget: Some(ids) } => {
                count(&self.shared().counters.refused);
                ids.into_iter().for_each(|id| self.forget(id));
                self.connection.refuse(channel.clone(), &why);
            }
            Outcome::Forget(id) => self.forget(id),
            Outcome::Late => {}
        }
        Ok(())
    }

    pub(super) fn forget(&mut self, id: String) {
        if id.is_empty() {
            return;
        }
        let shared = Arc::clone(self.shared());
        self.calls.push(Box::pin(async move {
            shared.api.forget(&id).await;
            Answer::Forgotten
        }));
    }

    fn forget_dead(&mut self) {
        let shared = Arc::clone(self.shared());
        self.calls.push(Box::pin(async move {
            shared.api.forget_dead().await;
            Answer::Forgotten
        }));
    }
}
