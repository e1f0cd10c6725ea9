//! What was set in the dashboard: above the settings file, a channel at a time.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

/// One change of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct SettingRow {
    /// Counts the changes; a later one is higher.
    pub id: i64,
    /// The channel's login.
    pub login: String,
    /// Key, such as `clips.budget_per_hour`.
    pub key: String,
    /// Its value as one writes it; `None`: it was taken back.
    pub value: Option<String>,
    /// Who changed it.
    pub by: String,
    /// When, Unix milliseconds on our clock.
    pub at_ms: i64,
}

/// A change to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSetting<'a> {
    /// The channel's login.
    pub login: &'a str,
    /// Key, such as `clips.budget_per_hour`.
    pub key: &'a str,
    /// Its value; `None` takes back what was set.
    pub value: Option<&'a str>,
    /// Who changes it.
    pub by: &'a str,
    /// Now, Unix milliseconds.
    pub at_ms: i64,
}
