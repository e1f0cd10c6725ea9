//! Everything about a channel or a user, deleted: for owners, as pages and API do it.

use cliphound_twitch::ChannelLogin;
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::{
    App,
    access::{Role, Viewer},
    problem::Problem,
    words::At,
};
use crate::forget::{Found, Kind, Whom};

/// Who forgets: the daemon.
pub trait Forget: Send + Sync + 'static {
    /// What there is of somebody.
    ///
    /// # Errors
    /// When a file or the database can't be read.
    fn look<'a>(&'a self, whom: &'a Whom) -> BoxFuture<'a, Result<Found, Problem>>;

    /// Deletes it; a channel that is followed is removed first. What was under way is looked for
    /// again for a while. Says what was there.
    ///
    /// # Errors
    /// The only channel can't be removed; a file or the database that fails: then it is tried
    /// again by itself.
    fn forget<'a>(&'a self, whom: &'a Whom, by: &'a str) -> BoxFuture<'a, Result<Found, Problem>>;
}

/// What there is of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Outlook {
    /// `channel` or `user`.
    pub kind: &'static str,
    /// The name at Twitch.
    pub login: String,
    /// A channel that is followed: it is removed first.
    pub is_followed: bool,
    /// It is the only channel that is followed: another one has to be added before.
    pub is_only: bool,
    /// A user who is the only owner, and logs in by Twitch alone: afterwards nobody is owner. Never
    /// while `web.owners` names somebody.
    pub is_last_owner: bool,
    /// What there is.
    #[serde(flatten)]
    pub what: What,
}

/// What is or was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct What {
    /// Rows of the database, by kind.
    pub rows: Vec<Count>,
    /// Lines of files below `recordings/`.
    pub lines: Vec<Count>,
    /// Files and folders.
    pub files: Vec<String>,
}

/// How many there are of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Count {
    /// What.
    pub what: &'static str,
    /// How many.
    pub count: u64,
}

/// A deletion that is not over: it is looked again for what was under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UnderWay {
    /// `channel` or `user`.
    pub kind: String,
    /// The name at Twitch.
    pub login: String,
    /// Who asked for it.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked: jiff::Timestamp,
}

/// What there is of somebody.
///
/// # Errors
/// For who is no owner everywhere; a kind or name that is none; a database that fails.
pub async fn look(app: &App, viewer: &Viewer, kind: &str, login: &str) -> Result<Outlook, Problem> {
    let whom = whom(viewer, kind, login)?;
    let found = app.forget.look(&whom).await?;
    let channels = app.settings.channels();
    let followed = || channels.iter().filter(|channel| channel.is_followed);
    let is_followed =
        whom.kind == Kind::Channel && followed().any(|channel| channel.login == whom.login);
    Ok(Outlook {
        kind: whom.kind.as_str(),
        login: whom.login.to_string(),
        is_followed,
        is_only: is_followed && followed().count() == 1,
        is_last_owner: whom.kind == Kind::User && is_last_owner(app, whom.login.as_str()).await?,
        what: What::of(&found),
    })
}

/// Whoever has a password stays, and can log in as before. Whoever the settings name is owner with
/// their next log-in by Twitch, also without a row.
async fn is_last_owner(app: &App, login: &str) -> Result<bool, Problem> {
    if !app.access.web().owners.is_empty() {
        return Ok(false);
    }
    let people = app.store.people().await?;
    let owners =
        people.iter().filter(|person| person.role.as_deref() == Some(Role::Owner.as_str()));
    let (theirs, others): (Vec<_>, Vec<_>) =
        owners.partition(|one| !one.has_password && one.twitch_login.as_deref() == Some(login));
    Ok(!theirs.is_empty() && others.is_empty())
}

/// Deletes it; `typed` has to be the name.
///
/// # Errors
/// For who is no owner everywhere; a kind or name that is none or not the one that was typed; as
/// [`Forget::forget`].
pub async fn forget(
    app: &App,
    viewer: &Viewer,
    kind: &str,
    login: &str,
    typed: &str,
) -> Result<What, Problem> {
    let whom = whom(viewer, kind, login)?;
    if !typed.trim().eq_ignore_ascii_case(whom.login.as_str()) {
        return Err(Problem::bad(format!(
            "nothing was deleted: type the name {} to confirm",
            whom.login
        )));
    }
    Ok(What::of(&app.forget.forget(&whom, &viewer.name).await?))
}

/// What is not over, the oldest first.
///
/// # Errors
/// For who is no owner everywhere; a database that fails.
pub async fn under_way(app: &App, viewer: &Viewer) -> Result<Vec<UnderWay>, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let rows = app.store.forgettings().await?.into_iter().map(|row| UnderWay {
        kind: row.kind,
        login: row.login,
        by: row.by,
        asked: At(row.asked_ms).timestamp(),
    });
    Ok(rows.collect())
}

fn whom(viewer: &Viewer, kind: &str, login: &str) -> Result<Whom, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let kind = kind.parse().map_err(Problem::bad)?;
    let login =
        ChannelLogin::parse(login.trim()).map_err(|error| Problem::bad(error.to_string()))?;
    Ok(Whom { kind, login })
}

impl What {
    fn of(found: &Found) -> Self {
        let rows = found.rows.by_name().map(|(what, count)| Count { what, count });
        let lines = found
            .lines
            .iter()
            .map(|(what, lines)| Count { what, count: u64::try_from(*lines).unwrap_or(u64::MAX) });
        let is_some = |count: &Count| count.count > 0;
        Self {
            rows: rows.into_iter().filter(is_some).collect(),
            lines: lines.filter(is_some).collect(),
            files: found.files_in_words(),
        }
    }

    /// There is nothing.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.rows.is_empty() && self.lines.is_empty() && self.files.is_empty()
    }
}
