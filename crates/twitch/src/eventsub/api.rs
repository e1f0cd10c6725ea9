//! Making and ending subscriptions: what is asked for, and what can be answered.

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;

use super::plan::Want;

/// A subscription that Twitch made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribed {
    /// Its id.
    pub id: String,
    /// What it costs of the ten points.
    pub cost: u32,
}

/// Why there is no subscription, by what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// 409: it is there already, and which one it is can't be told yet.
    #[error("it is there already, but not listed")]
    Exists,
    /// 403 and 400: Twitch does not give it to us. For chat: we are banned, or in as many
    /// rooms as an account may be in.
    #[error("Twitch does not allow it: {0}")]
    Refused(String),
    /// 429: connections, subscriptions or cost are used up; ended ones may still count.
    #[error("Twitch's limit is reached: {0}")]
    Full(String),
    /// There is no token that may do this: nothing was sent.
    #[error("no usable token: {0}")]
    NoToken(String),
    /// The session has ended.
    #[error("the session has ended: {0}")]
    NoSession(String),
    /// Not now: Twitch can't be reached, has a bad moment, or wants fewer calls.
    #[error("{why}")]
    Later {
        /// What happened.
        why: String,
        /// Not before this time, Unix milliseconds on our clock, where that was told.
        at_ms: Option<i64>,
    },
}

/// Makes and ends subscriptions of one user.
pub trait Subscriptions: Send + Sync {
    /// Makes a subscription over a session, or finds the one that is there already.
    fn subscribe<'a>(
        &'a self,
        session_id: &'a str,
        want: &'a Want,
    ) -> BoxFuture<'a, Result<Subscribed, SubscribeError>>;

    /// Ends a subscription. False when it is to be tried again.
    fn forget<'a>(&'a self, id: &'a str) -> BoxFuture<'a, bool>;

    /// Ends those that Twitch still counts though their session is gone.
    fn forget_dead(&self) -> BoxFuture<'_, ()>;

    /// The ids of those that Twitch has, and that are not dead; `None` when that can't be told.
    fn alive(&self) -> BoxFuture<'_, Option<BTreeSet<String>>>;

    /// Twitch says that our rights were taken back: finds out whether the token is worth
    /// anything yet.
    fn doubt_token(&self) -> BoxFuture<'_, ()>;
}
