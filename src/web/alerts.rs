//! Who is told of clips, streams and trouble, and what became of it: for owners, as pages and API show it.

use std::collections::BTreeMap;

use cliphound_store::{OutboxRow, OutboxSum};
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::{
    App,
    access::{Role, Viewer},
    problem::Problem,
    words::At,
};

/// Alerts that are shown: the newest.
const NEWEST: u32 = 50;

/// Who tells: the daemon.
pub trait Alerting: Send + Sync + 'static {
    /// The alerts that are set and turned on, in their order.
    fn targets(&self) -> Vec<Target>;

    /// Sends a test to one of them, now. Answers within a minute.
    ///
    /// # Errors
    /// There is no such alert, or one is being tested.
    fn test<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Tried, Problem>>;

    /// What came of the newest test of one of them since Cliphound was started.
    fn tried(&self, name: &str) -> Option<Tried>;
}

/// Somebody who is told, without any secret.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Target {
    /// Its name in the settings.
    pub name: String,
    /// `discord`, `slack`, `email`, `sms`, `ntfy` or `webhook`.
    pub kind: &'static str,
    /// Where it goes: a host, mailboxes, a number; of an address that is a secret, its host only.
    pub to: String,
    /// What is told: `clip`, `failed`, `review`, `online`, `trouble`.
    pub events: Vec<&'static str>,
    /// Of which channels; none: of all.
    pub channels: Vec<String>,
    /// Least score, 0 to 1.
    pub min_score: f32,
    /// Quiet hours, in words.
    pub quiet: Option<String>,
    /// It has words of its own.
    pub has_template: bool,
    /// It may be on a private network.
    pub is_private: bool,
}

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Tried {
    /// The receiver took it.
    pub is_sent: bool,
    /// What came back.
    pub told: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
}

/// An alert and how it goes. Counted are those of the last seven days.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Going {
    /// What it is.
    #[serde(flatten)]
    pub target: Target,
    /// How many were sent.
    pub sent: u32,
    /// How many wait.
    pub waiting: u32,
    /// How many were given up.
    pub failed: u32,
    /// When the last one was sent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_sent: Option<jiff::Timestamp>,
    /// What is wrong now.
    pub trouble: Option<String>,
}

/// Something that was told, or is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Told {
    /// Which alert.
    pub alert: String,
    /// `clip`, `failed`, `review`, `online` or `trouble`.
    pub event: String,
    /// The channel's login; empty for what concerns them all.
    pub channel: String,
    /// What it is called, or what is wrong.
    pub title: String,
    /// `waiting`, `sent` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: jiff::Timestamp,
    /// What went wrong last.
    pub error: Option<String>,
}

/// All alerts, and the newest of what they told.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Overview {
    /// The alerts of the settings.
    pub alerts: Vec<Going>,
    /// What they told, the newest first, 50 at most.
    pub newest: Vec<Told>,
}

/// All of it.
///
/// # Errors
/// For who is no owner everywhere; a database that fails.
pub async fn overview(app: &App, viewer: &Viewer) -> Result<Overview, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let sums = app.store.alert_sums().await?.into_iter();
    let sums: BTreeMap<String, OutboxSum> = sums.map(|sum| (sum.alert.clone(), sum)).collect();
    let going = |target: Target| {
        let sum = sums.get(&target.name).cloned().unwrap_or_default();
        Going::of(target, sum)
    };
    Ok(Overview {
        alerts: app.alerting.targets().into_iter().map(going).collect(),
        newest: app.store.newest_alerts(NEWEST).await?.into_iter().map(Told::of).collect(),
    })
}

/// Sends a test.
///
/// # Errors
/// For who is no owner everywhere; as [`Alerting::test`].
pub async fn test(app: &App, viewer: &Viewer, name: &str) -> Result<Tried, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    app.alerting.test(name).await
}

impl Going {
    fn of(target: Target, sum: OutboxSum) -> Self {
        let is_failing = sum.failed_ms > sum.sent_ms;
        Self {
            target,
            sent: sum.sent,
            waiting: sum.waiting,
            failed: sum.failed,
            last_sent: sum.sent_ms.map(|ms| At(ms).timestamp()),
            trouble: sum.waiting_error.or(sum.failed_error.filter(|_| is_failing)),
        }
    }
}

impl Told {
    fn of(row: OutboxRow) -> Self {
        let payload: serde_json::Value = serde_json::from_str(&row.payload).unwrap_or_default();
        Self {
            alert: row.alert,
            event: row.event,
            channel: row.login,
            title: payload["title"].as_str().unwrap_or_default().to_owned(),
            state: row.state,
            tries: row.tries,
            at: At(row.created_ms).timestamp(),
            error: row.error,
        }
    }

    /// The class of its state's tag.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self.state.as_str() {
            "sent" => "good",
            "failed" => "bad",
            _ if self.error.is_some() => "warn",
            _ => "",
        }
    }
}
