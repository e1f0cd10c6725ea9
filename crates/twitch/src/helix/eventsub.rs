//! EventSub's subscriptions, through the same transport, token and limits as every call.
//!
//! The crate's types of them are strict about what Twitch adds over time, so both requests
//! and answers are our own here.

use std::collections::BTreeSet;

use futures_util::{FutureExt, future::BoxFuture};
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use twitch_api::client::{Request, Response};
use url::{Url, form_urlencoded};

use super::{
    client::Helix,
    error::HelixError,
    transport::{CallError, PREFIX, Transport},
};
use crate::{
    eventsub::{SubscribeError, Subscribed, Subscriptions, Want},
    oauth::AccessToken,
};

/// Pages of a hundred subscriptions that are read. A user has at most nine; those of lost sessions
/// are listed for an hour more.
const MAX_PAGES: usize = 50;
/// The status of what is not dead.
const ALIVE: &str = "enabled";

/// The subscriptions of one user.
#[derive(Debug, Clone)]
pub struct EventSubApi {
    helix: Helix,
    /// `…/eventsub/subscriptions`.
    base: Url,
    /// The user in the conditions: whose token it is.
    user_id: String,
}

/// A subscription that Twitch knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// `enabled`, or why it is not.
    pub status: String,
    /// What it costs.
    pub cost: u32,
}

impl EventSubApi {
    /// Subscriptions at `base`, such as `https://api.twitch.tv/helix/eventsub/subscriptions`,
    /// for the user of the token.
    #[must_use]
    pub fn new(helix: Helix, base: Url, user_id: String) -> Self {
        Self { helix, base, user_id }
    }

    /// Makes a subscription, or finds the one that is there already; a 401 is answered with one
    /// refresh. An answer that names no subscription is none, whatever its status: between us and
    /// Twitch others may answer, and chat that nobody subscribed to would be waited for in vain.
    /// Asked again, Twitch says when it is there already.
    ///
    /// # Errors
    /// By what to do; see [`SubscribeError`].
    pub async fn create(
        &self,
        session_id: &str,
        want: &Want,
    ) -> Result<Subscribed, SubscribeError> {
        let body = json!({
            "type": want.kind.name(),
            "version": want.kind.version(),
            "condition": want.kind.condition(&want.broadcaster_id, &self.user_id),
            "transport": {"method": "websocket", "session_id": session_id},
        });
        let answer = match self.call(Method::POST, &[], Some(&body)).await {
            Err(SubscribeError::Exists) => return self.existing(session_id, want).await,
            answer => answer?,
        };
        let told: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let made = listed(&told["data"][0]);
        if made.id.is_empty() {
            let why = "the answer names no subscription".to_owned();
            return Err(SubscribeError::Later { why, at_ms: None });
        }
        Ok(Subscribed { id: made.id, cost: made.cost })
    }

    /// The one that Twitch says is there: without its id nobody would see that it has ended.
    async fn existing(&self, session_id: &str, want: &Want) -> Result<Subscribed, SubscribeError> {
        let wanted = want.kind.condition(&want.broadcaster_id, &self.user_id);
        let all = self.all(&[("type", want.kind.name())]).await?;
        let is_it = |told: &&Value| {
            // Twitch lists conditions that nobody made, empty.
            let mut conditions = wanted.as_object().into_iter().flatten();
            told["status"] == ALIVE
                && conditions.all(|(key, value)| told["condition"][key] == *value)
        };
        let is_here = |told: &&Value| told["transport"]["session_id"] == session_id;
        let found = all.iter().filter(is_it).max_by_key(is_here).map(listed);
        found
            .map(|found| Subscribed { id: found.id, cost: found.cost })
            .ok_or(SubscribeError::Exists)
    }

    /// All subscriptions of the user, also those that have ended and are still listed.
    ///
    /// # Errors
    /// Of the first call that fails, or that is answered with something else, and when there are
    /// more than can be.
    pub async fn list(&self) -> Result<Vec<Listed>, SubscribeError> {
        Ok(self.all(&[]).await?.iter().map(listed).collect())
    }

    /// As Twitch lists them; it takes one filter.
    async fn all(&self, filter: &[(&str, &str)]) -> Result<Vec<Value>, SubscribeError> {
        let (mut all, mut after) = (Vec::new(), String::new());
        let unusable = |why: &str| SubscribeError::Later { why: why.to_owned(), at_ms: None };
        for _ in 0..MAX_PAGES {
            let mut query = filter.to_vec();
            if !after.is_empty() {
                query.push(("after", after.as_str()));
            }
            let answer = self.call(Method::GET, &query, None).await?;
            let told: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            let Some(data) = told["data"].as_array() else {
                return Err(unusable("the answer lists no subscriptions"));
            };
            all.extend_from_slice(data);
            after = told["pagination"]["cursor"].as_str().unwrap_or_default().to_owned();
            if after.is_empty() {
                return Ok(all);
            }
        }
        Err(unusable("the list of subscriptions has no end"))
    }

    /// Ends a subscription.
    ///
    /// # Errors
    /// When Twitch does not know it, or can't be asked.
    pub async fn delete(&self, id: &str) -> Result<(), SubscribeError> {
        self.call(Method::DELETE, &[("id", id)], None).await.map(drop)
    }

    async fn call(
        &self,
        method: Method,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response, SubscribeError> {
        let transport = self.transport();
        let mut token = self.helix.token().await.map_err(token_error)?;
        let mut may_refresh = true;
        loop {
            self.is_ours(&token)?;
            let request = self.request(&method, query, body, &token)?;
            match transport.call(request).await {
                Err(CallError::Status { status: 401, message, .. }) if may_refresh => {
                    may_refresh = false;
                    token = self.helix.renewed(&token, message).await.map_err(token_error)?;
                }
                result => return result.map_err(meaning),
            }
        }
    }

    /// By another user's token, another user's subscriptions would be meant.
    fn is_ours(&self, token: &AccessToken) -> Result<(), SubscribeError> {
        match &token.identity {
            Some(identity) if identity.user_id != self.user_id => Err(SubscribeError::NoToken(
                format!("{} has logged in instead of who subscribed", identity.login),
            )),
            _ => Ok(()),
        }
    }

    /// Our address below the transport that all calls share.
    fn transport(&self) -> Transport {
        Transport { base: self.base.clone(), ..self.helix.transport().clone() }
    }

    fn request(
        &self,
        method: &Method,
        query: &[(&str, &str)],
        body: Option<&Value>,
        token: &AccessToken,
    ) -> Result<Request, SubscribeError> {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let mut request = Request::new(body.map(Value::to_string).unwrap_or_default().into());
        *request.method_mut() = method.clone();
        // The transport puts its own address in front.
        let uri = format!("https://api.twitch.tv{PREFIX}?{query}");
        *request.uri_mut() = uri.parse().map_err(|_| unusable("the address"))?;
        let bearer = format!("Bearer {}", token.secret.expose_secret());
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| unusable("the token"))?;
        bearer.set_sensitive(true);
        let client_id =
            HeaderValue::from_str(self.helix.client_id()).map_err(|_| unusable("the client id"))?;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(HeaderName::from_static("client-id"), client_id);
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(request)
    }
}

impl Subscriptions for EventSubApi {
    fn subscribe<'a>(
        &'a self,
        session_id: &'a str,
        want: &'a Want,
    ) -> BoxFuture<'a, Result<Subscribed, SubscribeError>> {
        self.create(session_id, want).boxed()
    }

    fn forget<'a>(&'a self, id: &'a str) -> BoxFuture<'a, bool> {
        async move {
            let Err(error) = self.delete(id).await else { return true };
            tracing::debug!(%error, "a subscription could not be ended");
            // What Twitch does not know is over; by another user's token nobody can end it.
            matches!(error, SubscribeError::Refused(_) | SubscribeError::NoToken(_))
        }
        .boxed()
    }

    fn forget_dead(&self) -> BoxFuture<'_, ()> {
        async move {
            let listed = self.list().await.unwrap_or_default();
            let dead = |listed: &&Listed| listed.status != ALIVE && listed.cost > 0;
            for dead in listed.iter().filter(dead) {
                self.forget(&dead.id).await;
            }
        }
        .boxed()
    }

    fn alive(&self) -> BoxFuture<'_, Option<BTreeSet<String>>> {
        async move {
            let all = self.all(&[("status", ALIVE)]).await.ok()?;
            let alive = all.iter().map(listed).filter(|listed| listed.status == ALIVE);
            Some(alive.map(|listed| listed.id).collect())
        }
        .boxed()
    }

    fn doubt_token(&self) -> BoxFuture<'_, ()> {
        self.helix.check_token().boxed()
    }
}

fn listed(told: &Value) -> Listed {
    let text = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
    let cost = told["cost"].as_u64().and_then(|cost| u32::try_from(cost).ok());
    Listed { id: text("id"), status: text("status"), cost: cost.unwrap_or(0) }
}

fn unusable(what: &str) -> SubscribeError {
    SubscribeError::Refused(format!("{what} can't be put into a request"))
}

fn token_error(error: HelixError) -> SubscribeError {
    match error {
        HelixError::NotSent(why) => SubscribeError::Later { why, at_ms: None },
        error => SubscribeError::NoToken(error.to_string()),
    }
}

/// What a failed call means. A 429 is told for too many calls and for too many
/// subscriptions alike; the words tell them apart.
fn meaning(error: CallError) -> SubscribeError {
    let (status, message, retry_at_ms) = match error {
        CallError::NotSent(why) | CallError::AnswerLost(why) => {
            return SubscribeError::Later { why, at_ms: None };
        }
        CallError::Status { status, message, retry_at_ms } => (status, message, retry_at_ms),
    };
    let words = message.to_ascii_lowercase();
    match status {
        401 => SubscribeError::NoToken(message),
        409 => SubscribeError::Exists,
        429 if ["cost", "transport", "subscription", "exceed"]
            .iter()
            .any(|w| words.contains(w)) =>
        {
            SubscribeError::Full(message)
        }
        429 => SubscribeError::Later { why: message, at_ms: Some(retry_at_ms) },
        400 if words.contains("session") => SubscribeError::NoSession(message),
        400 | 403 | 404 | 410 | 422 => SubscribeError::Refused(message),
        _ => SubscribeError::Later { why: format!("status {status}: {message}"), at_ms: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_says_what_to_do() {
        let check = |status: u16, message: &str, expected: SubscribeError| {
            let error = CallError::Status { status, message: message.to_owned(), retry_at_ms: 7 };
            assert_eq!(meaning(error), expected, "{status} {message}");
        };
        let own = str::to_owned;
        check(409, "subscription already exists", SubscribeError::Exists);
        let words = "subscription missing proper authorization";
        check(403, words, SubscribeError::Refused(own(words)));
        let words = "number of websocket transports limit exceeded";
        check(429, words, SubscribeError::Full(own(words)));
        let words = "total cost exceeded";
        check(429, words, SubscribeError::Full(own(words)));
        let why = own("Too Many Requests");
        check(429, &why.clone(), SubscribeError::Later { why, at_ms: Some(7) });
        let words = "websocket transport session does not exist or has already disconnected";
        check(400, words, SubscribeError::NoSession(own(words)));
        check(400, "invalid condition", SubscribeError::Refused(own("invalid condition")));
        check(401, "OAuth", SubscribeError::NoToken(own("OAuth")));
        let why = own("status 503: busy");
        check(503, "busy", SubscribeError::Later { why, at_ms: None });
    }
}
