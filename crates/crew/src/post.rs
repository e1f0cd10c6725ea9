//! What a task is called, how long it may be silent, and when it ends. Pure.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// A task's place in the crew.
#[derive(Debug, Clone)]
pub struct Post {
    pub(super) name: &'static str,
    pub(super) about: Option<String>,
    pub(super) within: Option<Duration>,
    pub(super) until: Option<CancellationToken>,
}

impl Post {
    /// A task that does one thing and ends: it gives no signs of life.
    #[must_use]
    pub const fn passing(name: &'static str) -> Self {
        Self { name, about: None, within: None, until: None }
    }

    /// A long-lived task, which gives a sign of life ([`beat`](super::beat),
    /// [`rest`](super::rest)) at least so often, in real time, or it hangs.
    #[must_use]
    pub const fn lasting(name: &'static str, within: Duration) -> Self {
        Self { name, about: None, within: Some(within), until: None }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Which of several of that name it is, such as a channel's login.
    #[must_use]
    pub fn about(self, about: impl Into<String>) -> Self {
        Self { about: Some(about.into()), ..self }
    }

    /// It is simply dropped at `stop`: what it does may be cut short.
    #[must_use]
    pub fn until(self, stop: &CancellationToken) -> Self {
        Self { until: Some(stop.clone()), ..self }
    }
}
