//! Whether there is a channel of a name at Twitch, asked before it is followed: pages and API follow
//! by the same function.

use cliphound_twitch::ChannelLogin;
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::{
    App,
    access::{Role, Viewer},
    problem::Problem,
};

/// Who knows the names of Twitch: the daemon.
pub trait Names: Send + Sync + 'static {
    /// Whether Twitch knows a channel. Answers within some seconds.
    fn ask<'a>(&'a self, login: &'a ChannelLogin) -> BoxFuture<'a, Known>;
}

/// Whether Twitch knows a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It does.
    Yes,
    /// There is none of that name.
    No,
    /// Why it could not be asked, in plain words.
    Unasked(String),
}

/// A channel that is followed from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Followed {
    /// Twitch was asked, and knows it.
    pub is_checked: bool,
    /// Where it was not: why, and what to do.
    pub note: Option<String>,
}

/// Follows a channel from now on, unless Twitch knows none of that name. One that Twitch could not
/// be asked about is followed all the same, and that is told.
///
/// # Errors
/// 403 for who is no owner, 404 for a name that Twitch does not know, 409 for a channel that does
/// not want it; or the database fails.
pub async fn follow(app: &App, viewer: &Viewer, login: &ChannelLogin) -> Result<Followed, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let known = app.names.ask(login).await;
    if known == Known::No {
        return Err(Problem::not_found(format!(
            "Twitch knows no channel {login}: check the name, it is what stands after twitch.tv/"
        )));
    }
    app.settings.follow(login, true, &viewer.name).await?;
    Ok(match known {
        Known::Unasked(why) => Followed { is_checked: false, note: Some(note(login, &why)) },
        Known::Yes | Known::No => Followed { is_checked: true, note: None },
    })
}

fn note(login: &ChannelLogin, why: &str) -> String {
    format!(
        "{login} is followed, but nobody knows whether there is such a channel: {why}. If it stays “not heard”, check its name"
    )
}
