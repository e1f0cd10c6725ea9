//! What the dashboard is told of alerts, and the tests that it asks for.

use std::{collections::BTreeMap, sync::Arc};

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
        words::At,
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
    /// What came of the newest test of each, of those that are still set.
    pub tried: watch::Sender<BTreeMap<String, Tried>>,
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
            let at = At(self.clock.now_ms()).timestamp();
            let tried = Tried { is_sent: trial.is_sent, told: trial.told, at };
            self.keep(name, tried.clone());
            Ok(tried)
        }
        .boxed()
    }

    fn tried(&self, name: &str) -> Option<Tried> {
        self.tried.borrow().get(name).cloned()
    }
}

impl Showing {
    fn keep(&self, name: &str, tried: Tried) {
        let config = self.config.borrow();
        self.tried.send_modify(|all| {
            all.retain(|name, _| config.alerts.iter().any(|alert| alert.name == *name));
            all.insert(name.to_owned(), tried);
        });
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
