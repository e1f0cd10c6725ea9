//! One attempt to tell one thing to one receiver, whatever its kind.

use std::{sync::Arc, time::Duration};

use cliphound_clock::Clock;
use tokio::time::timeout;

use super::{form, mail, net, net::Http, news::News, verdict::Verdict};
use crate::{config::Alert, crew::blocking};

/// Time for a whole attempt of any kind, in real time: an e-mail has many steps.
const WITHIN: Duration = Duration::from_secs(45);

/// The way to one receiver. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Postman {
    alert: Arc<Alert>,
    /// Or why there is none.
    http: Result<Http, String>,
}

impl Postman {
    /// For the receiver of an alert.
    pub async fn new(alert: Alert) -> Self {
        let own = alert.clone();
        let http = blocking("preparing alerts", move || Http::new(&own)).await;
        let http = http.map_err(anyhow::Error::from).flatten();
        Self { alert: Arc::new(alert), http: http.map_err(|error| format!("{error:#}")) }
    }

    /// Tells it, once.
    pub async fn send(&self, news: &News, clock: &Clock) -> Verdict {
        timeout(WITHIN, self.attempt(news, clock)).await.unwrap_or_else(|_| net::timed_out())
    }

    async fn attempt(&self, news: &News, clock: &Clock) -> Verdict {
        let never = |why: &str| Verdict::Never { for_all: true, why: why.to_owned() };
        let now_s = clock.now_ms() / 1_000;
        match (form::request(&self.alert, news, now_s), &self.http) {
            (Err(why), _) => never(why),
            (Ok(None), _) => mail::send(&self.alert, news).await,
            (Ok(Some(_)), Err(why)) => never(why),
            (Ok(Some(request)), Ok(http)) => http.post(request, now_s).await,
        }
    }
}
