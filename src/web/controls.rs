//! What a page or a program may do with a channel that runs.

use axum::http::StatusCode;
use cliphound_engine::Quieting;
use cliphound_twitch::ChannelLogin;

use super::{App, problem::Problem};

/// The channels that run, for who may do something with them. It must hold nothing that keeps
/// a part of the daemon from ending, and never waits.
pub trait Controls: Send + Sync + 'static {
    /// A clip of the last seconds, as `!clip` in chat: `by` is the name in the moment's cause.
    /// A second one within the cooldown of commands is the same moment.
    ///
    /// # Errors
    /// When the channel can't be told.
    fn clip(&self, login: &ChannelLogin, by: &str, title: Option<&str>) -> Result<(), CantControl>;

    /// Moments are held back, or come again.
    ///
    /// # Errors
    /// When the channel can't be told.
    fn quiet(&self, login: &ChannelLogin, by: &str, quieting: Quieting) -> Result<(), CantControl>;
}

/// The same, for who asks on a page or by the API: what the settings pause, nobody resumes there.
///
/// # Errors
/// 409 for that; or the channel can't be told.
pub fn quiet(app: &App, login: &ChannelLogin, by: &str, quieting: Quieting) -> Result<(), Problem> {
    let by_settings = app.board.read(login, |state| state.paused_by_settings);
    if quieting == Quieting::Resume && by_settings == Some(true) {
        return Err(Problem::conflict(format!(
            "{login} is paused for good (clips.paused): take that back in its settings"
        )));
    }
    Ok(app.controls.quiet(login, by, quieting)?)
}

/// Why a channel can't be told something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CantControl {
    /// It is not followed.
    #[error("there is no channel {0} here: add it in Channels first")]
    NotFollowed(ChannelLogin),
    /// Its queue is full.
    #[error("{0} has more chat than it can take just now: try again in a moment")]
    Busy(ChannelLogin),
}

impl From<CantControl> for Problem {
    fn from(error: CantControl) -> Self {
        let status = match error {
            CantControl::NotFollowed(_) => StatusCode::NOT_FOUND,
            CantControl::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}
