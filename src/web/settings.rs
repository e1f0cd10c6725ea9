//! What the dashboard may set, and what was learned of channels: the daemon's side of it, and what
//! pages and the API ask before.

use std::collections::BTreeSet;

use cliphound_store::SettingRow;
use cliphound_twitch::ChannelLogin;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{
    App,
    access::{Role, Viewer},
    problem::Problem,
};
use crate::config::own;

/// Channels that a sentence names at most.
const NAMED: usize = 10;

/// What the dashboard may change. The daemon is one. Each method answers within some seconds.
pub trait Settings: Send + Sync + 'static {
    /// The channels, by login.
    fn channels(&self) -> Vec<Listed>;

    /// What holds in a channel, key by key.
    fn of(&self, login: &ChannelLogin) -> Vec<Shown>;

    /// Changes settings of a channel, all or none; they hold when it returns.
    ///
    /// # Errors
    /// A value that can't be, or a database that fails.
    fn change<'a>(
        &'a self,
        login: &'a ChannelLogin,
        changes: &'a [Change],
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>>;

    /// The same for one setting, as long as `newest` is the number of its newest change.
    ///
    /// # Errors
    /// 409 when it was changed since, and nothing is; or as [`Self::change`].
    fn undo<'a>(
        &'a self,
        login: &'a ChannelLogin,
        change: &'a Change,
        newest: i64,
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>>;

    /// Follows a channel from now on, or no more.
    ///
    /// # Errors
    /// A channel that doesn't want it (`twitch.never`), the last one, or a database that fails.
    fn follow<'a>(
        &'a self,
        login: &'a ChannelLogin,
        is_followed: bool,
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>>;

    /// What was learned of a channel; `None`: nothing yet, or it is not followed.
    fn model<'a>(&'a self, login: &'a ChannelLogin) -> BoxFuture<'a, Option<Learned>>;

    /// What was learned, as a file of `models/`.
    ///
    /// # Errors
    /// When nothing was learned, or the channel is not followed.
    fn export<'a>(&'a self, login: &'a ChannelLogin) -> BoxFuture<'a, Result<Vec<u8>, Problem>>;

    /// The channel goes on with what a file of `models/` knows, or (`None`) learns anew. What it
    /// knew before is kept beside it.
    ///
    /// # Errors
    /// A file that is no model, or of another channel; a channel that is not followed.
    fn renew<'a>(
        &'a self,
        login: &'a ChannelLogin,
        file: Option<Vec<u8>>,
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>>;
}

/// The channel of an address, followed or not.
///
/// # Errors
/// 404 for what is no name of a channel.
pub fn login_of(text: &str) -> Result<ChannelLogin, Problem> {
    ChannelLogin::parse(text).map_err(|error| Problem::not_found(error.to_string()))
}

/// The same, for whoever has this role in it; a channel of which something is known.
///
/// # Errors
/// 404 for one that they may not see or that nothing is known of, 403 for one in which they may do
/// less; or the database fails.
pub async fn seen(
    app: &App,
    viewer: &Viewer,
    login: &str,
    least: Role,
) -> Result<ChannelLogin, Problem> {
    let login = login_of(login)?;
    viewer.must_be(least, &login)?;
    must_be_known(app, &login).await?;
    Ok(login)
}

/// The channels of a list, between commas and blanks: such as the viewer sees, and of which
/// something is known.
///
/// # Errors
/// 422 for any other, with those that are followed; or the database fails.
pub async fn all_seen(
    app: &App,
    viewer: &Viewer,
    list: &str,
) -> Result<Vec<ChannelLogin>, Problem> {
    let words = list.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
    let logins: Result<BTreeSet<_>, _> = words.map(ChannelLogin::parse).collect();
    let logins = logins.map_err(|error| Problem::bad(error.to_string()))?;
    for login in &logins {
        if let Err(problem) = seen(app, viewer, login.as_str(), Role::Viewer).await {
            return Err(match problem.status {
                404 => Problem::bad(format!("{}: {}", problem.detail, followed(app, viewer))),
                _ => problem,
            });
        }
    }
    Ok(logins.into_iter().collect())
}

/// Which channels are followed that the viewer sees, in words.
fn followed(app: &App, viewer: &Viewer) -> String {
    let mut logins = app.settings.channels();
    logins.retain(|listed| listed.is_followed && viewer.sees(&listed.login));
    let names: Vec<&str> = logins.iter().map(|listed| listed.login.as_str()).take(NAMED).collect();
    match logins.len() {
        0 => "none is followed yet that you see, an owner adds them in Channels".to_owned(),
        all if all > NAMED => {
            format!("followed are {} and {} more, see Channels", names.join(", "), all - NAMED)
        }
        _ => format!("followed are {}", names.join(", ")),
    }
}

/// Lets those go on who name a channel that is followed, was set up, or of which something is
/// known: nothing is kept for names that somebody made up.
///
/// # Errors
/// 404; or the database fails.
async fn must_be_known(app: &App, login: &ChannelLogin) -> Result<(), Problem> {
    let is_listed = app.settings.channels().iter().any(|listed| listed.login == *login);
    if is_listed
        || app.store.known_channels().await?.iter().any(|(_, known)| known == login.as_str())
    {
        return Ok(());
    }
    Err(Problem::not_found(format!("there is no channel {login} here")))
}

/// Changes settings of a channel that is known.
///
/// # Errors
/// 422 for more changes than there are settings, or two of one; or as [`Settings::change`].
pub async fn change(
    app: &App,
    viewer: &Viewer,
    login: &ChannelLogin,
    changes: &[Change],
) -> Result<(), Problem> {
    if changes.len() > own::KEYS.len() {
        let most = own::KEYS.len();
        return Err(Problem::bad(format!("these are too many changes: there are {most} settings")));
    }
    let mut keys = BTreeSet::new();
    if let Some(twice) = changes.iter().find(|change| !keys.insert(change.key.as_str())) {
        return Err(Problem::bad(format!("{} is changed twice: say it once", twice.key)));
    }
    app.settings.change(login, changes, &viewer.name).await
}

/// Back to what a setting of a channel was before its newest change, `id`.
///
/// # Errors
/// 409 when that change is not kept any more, or is not the newest; or as [`Settings::change`].
pub async fn undo(
    app: &App,
    viewer: &Viewer,
    login: &ChannelLogin,
    id: i64,
) -> Result<(), Problem> {
    let changes = app.store.setting_changes(login.as_str(), u32::from(u16::MAX)).await?;
    app.settings.undo(login, &as_before(&changes, id)?, id, &viewer.name).await
}

/// What a setting was before its newest change, `id`; `changes` are the newest first.
fn as_before(changes: &[SettingRow], id: i64) -> Result<Change, Problem> {
    let gone = || Problem::conflict("this change is not kept any more: type the value in");
    let row = changes.iter().find(|row| row.id == id).ok_or_else(gone)?;
    let mut of_key = changes.iter().filter(|other| other.key == row.key);
    if let Some(newest) = of_key.next().filter(|newest| newest.id != id) {
        return Err(changed_since(&newest.by, &newest.key));
    }
    Ok(Change { key: row.key.clone(), value: of_key.next().and_then(|row| row.value.clone()) })
}

/// Why nothing was undone.
#[must_use]
pub fn changed_since(by: &str, key: &str) -> Problem {
    Problem::conflict(format!(
        "{by} has changed {key} meanwhile, and nothing was undone: reload the page to see it"
    ))
}

/// A channel that is followed, or was set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Listed {
    /// Its login.
    #[schema(value_type = String)]
    #[serde(serialize_with = "as_text")]
    pub login: ChannelLogin,
    /// It is followed.
    pub is_followed: bool,
    /// It has settings of its own.
    pub has_own: bool,
    /// It does not want to be clipped (`twitch.never`).
    pub is_never: bool,
    /// Twitch was asked, and knows no channel of this name (any more).
    pub is_unknown: bool,
}

impl Listed {
    /// One that is not followed (any more), and has nothing of its own.
    #[must_use]
    pub fn nothing_of(login: ChannelLogin) -> Self {
        Self { login, is_followed: false, has_own: false, is_never: false, is_unknown: false }
    }
}

fn as_text<S: serde::Serializer>(login: &ChannelLogin, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(login.as_str())
}

/// A setting as it holds in a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Shown {
    /// Key, such as `clips.budget_per_hour`.
    pub key: &'static str,
    /// Its value as one writes it.
    pub value: String,
    /// Where it came from, for people.
    pub origin: String,
    /// It is the channel's own.
    pub is_own: bool,
    /// What holds in channels that have no value of their own.
    pub general: String,
}

impl Shown {
    /// What is set for the channel itself; nothing: what holds for all does.
    #[must_use]
    pub fn own(&self) -> &str {
        if self.is_own { &self.value } else { "" }
    }
}

/// A change of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Key, such as `clips.budget_per_hour`.
    pub key: String,
    /// Its value as one writes it; `null`: what holds for all channels holds here, too.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    pub value: Option<String>,
}

/// What was learned of a channel.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Learned {
    /// The forest does not vote yet: too little of the channel was seen.
    pub is_learning: bool,
    /// Samples that the forest is trained on.
    pub samples: usize,
    /// How often it was trained.
    pub trainings: u64,
    /// Since when it is learned, ms since 1970: the first that is known of the channel, or when the
    /// model was last reset or imported.
    pub since_ms: Option<i64>,
    /// When it was last saved, ms since 1970; `null`: not yet.
    pub saved_ms: Option<i64>,
    /// Time of the last message, ms since 1970.
    pub last_ms: Option<i64>,
    /// How much is usually written, messages an hour.
    pub messages_per_hour: f32,
    /// Chat usually reacts so late, seconds.
    pub delay_s: f32,
    /// What is usual: name and level, per 15 s.
    pub usual: Vec<(String, f32)>,
}
