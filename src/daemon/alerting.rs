//! What the dashboard is told of alerts, and the tests that it asks for.

use std::sync::Arc;

use cliphound_clock::Clock;
use cliphound_twitch::ChannelLogin;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::{Mutex, watch};

use crate::{
    alerts::trial,
    config::{Alert, AlertEvent, Config},
    web::{
        Problem,
        alerts::{Alerting, Target, Tried},
    },
};

/// The alerts as they are set now.
pub struct Showing {
    /// All settings.
    pub config: watch::Receiver<Arc<Config>>,
    /// Our clock.
    pub clock: Clock,
    /// Held while a test is sent: one at a time.
    pub testing: Mutex<()>,
}

impl Alerting for Showing {
    fn targets(&self) -> Vec<Target> {
        self.config.borrow().alerts.iter().map(target).collect()
    }

    fn test<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Tried, Problem>> {
        async move {
            let (alert, channel) = {
                let config = self.config.borrow();
                let alert = config.alerts.iter().find(|alert| alert.name == name).cloned();
                (alert, config.twitch.channels.first().cloned())
            };
            let unknown =
                || Problem::not_found(format!("there is no alert {name} that is turned on"));
            let alert = alert.ok_or_else(unknown)?;
            let busy = "another test is being sent: try again in a moment";
            let _alone = self.testing.try_lock().map_err(|_| Problem::conflict(busy))?;
            let channel = channel.as_ref().map(ChannelLogin::as_str);
            let trial = trial::send(&alert, channel, &self.clock).await;
            Ok(Tried { is_sent: trial.is_sent, told: trial.told })
        }
        .boxed()
    }
}

fn target(alert: &Alert) -> Target {
    Target {
        name: alert.name.clone(),
        kind: alert.to.kind().as_str(),
        to: alert.to.to_string(),
        events: alert.events.iter().copied().map(AlertEvent::as_str).collect(),
        channels: alert.channels.iter().map(ToString::to_string).collect(),
        min_score: alert.min_score,
        quiet: alert.quiet.as_ref().map(ToString::to_string),
        has_template: alert.template.is_some(),
        is_private: alert.allow_private,
    }
}
