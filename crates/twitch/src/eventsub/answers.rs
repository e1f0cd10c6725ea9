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
use crate::{
    chat::{ChatEvent, Loss},
    words::told as plainly,
};

/// What Twitch ends within so long of each other, it ends for the same reason.
const DOUBTED_FOR_MS: i64 = 60_000;

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
        self.told(&asked.want, outcome, error.map(|error| error.to_string())).await?;
        for told in self.connection.wants.ended_early() {
            self.ended(&told).await?;
        }
        Ok(())
    }

    pub(super) async fn revoked(&mut self, told: &Subscription) -> Result<(), End> {
        count(&self.shared().counters.revoked);
        let now_ms = self.shared().clock.now_ms();
        if told.doubts_token() {
            self.doubt_token(told, now_ms);
        }
        self.ended(told).await
    }

    /// What follows for the one that it was.
    async fn ended(&mut self, told: &Subscription) -> Result<(), End> {
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
        let is_told =
            matches!(outcome, Outcome::Again | Outcome::ChatRefused { falls_back: false });
        if told.lost_rights() && is_told {
            // Once for all of them.
            return Ok(());
        }
        let why = format!("Twitch ended the subscription: {}", plainly(&told.status));
        self.told(&want, outcome, Some(why)).await
    }

    /// Asks whether the token is dead: else nobody would know before its next use. Of many that
    /// end together, one is told.
    fn doubt_token(&mut self, told: &Subscription, now_ms: i64) {
        let before_ms = self.connection.doubted_ms.replace(now_ms);
        if before_ms.is_some_and(|before_ms| now_ms - before_ms < DOUBTED_FOR_MS) {
            return;
        }
        let why = plainly(&told.status);
        warn!(
            why,
            "Twitch ends what we subscribed to by EventSub; it is asked for again after the next log-in, or in ten minutes"
        );
        let shared = Arc::clone(self.shared());
        self.calls.push(Box::pin(async move {
            shared.api.doubt_token().await;
            Answer::Done
        }));
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
            Outcome::Rests => {
                count(&self.shared().counters.refused);
                if self.connection.told.insert((want.kind, "rests")) {
                    warn!(%channel, kind, why, "EventSub does not give us this now; trying again every ten minutes");
                }
            }
            Outcome::Dropped => {
                count(&self.shared().counters.refused);
                if self.connection.told.insert((want.kind, "dropped")) {
                    warn!(%channel, kind, why, "EventSub does not give us this; going on without it");
                }
            }
            Outcome::ChatRefused { falls_back: false } => {
                count(&self.shared().counters.refused);
                warn!(%channel, why, "EventSub does not give us this chat; trying again in ten minutes. chat.source = \"auto\" would read it by IRC");
            }
            Outcome::ChatRefused { falls_back: true } => {
                count(&self.shared().counters.refused);
                self.connection.refuse(channel.clone(), &why);
            }
            Outcome::Late => {}
        }
        Ok(())
    }

    fn forget_dead(&mut self) {
        let shared = Arc::clone(self.shared());
        self.calls.push(Box::pin(async move {
            shared.api.forget_dead().await;
            Answer::Done
        }));
    }
}
