//! One channel: its last half hour, why the score is what it is, and what can be done by hand.

mod charts;
mod knobs;
mod parts;

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use cliphound_engine::Quieting;
use cliphound_twitch::ChannelLogin;
use serde::Deserialize;

pub use knobs::knobs;
pub use parts::Parts;

use crate::web::{
    App, Problem,
    access::{Role, Viewer},
    controls,
    page::{ByScript, Frame, PageResult, Tab, page},
    sent::{Address, Path},
};

/// The longest mute that can be asked for, minutes: a day.
pub const LONGEST_MUTE_M: u32 = 1_440;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/channels/{login}", get(show))
        .route("/channels/{login}/events", get(follow))
        .route("/channels/{login}/clip", post(clip))
        .route("/channels/{login}/pause", post(pause))
        .route("/channels/{login}/mute", post(mute))
        .route("/channels/{login}/resume", post(resume))
}

/// The channel of an address, if it is followed and the viewer sees it.
///
/// # Errors
/// 404 for any other; 403 where they may not do what needs the role.
pub fn channel(
    app: &App,
    viewer: &Viewer,
    least: Role,
    login: &str,
) -> Result<ChannelLogin, Problem> {
    let unknown = || Problem::not_found(format!("there is no channel {login} here"));
    let channel = ChannelLogin::parse(login).map_err(|_| unknown())?;
    viewer.must_be(least, &channel)?;
    if app.board.read(&channel, |_| ()).is_none() {
        return Err(unknown());
    }
    Ok(channel)
}

#[derive(Template)]
#[template(path = "channel.html")]
struct Channel {
    frame: Frame,
    login: ChannelLogin,
    parts: Parts,
    minutes: Vec<charts::Minute>,
    knobs: String,
    may: bool,
    /// They have just asked for a clip.
    asked: bool,
}

impl Channel {
    /// A time, Unix milliseconds, as an element.
    fn at(&self, ms: &i64) -> String {
        self.frame.viewer.zone.time(*ms)
    }
}

/// To who has asked for a clip.
const ASKED: &str =
    "<p id=\"asked\" class=\"dim\" role=\"status\">A clip of the last seconds is on its way.</p>";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Came {
    /// From the form for a clip, without a script.
    asked: bool,
}

async fn show(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
    Address(Came { asked }, _): Address<Came>,
) -> PageResult {
    let login = channel(&app, &viewer, Role::Viewer, &login)?;
    let now_ms = app.board.now_ms();
    let state = app.board.look(&login).ok_or_else(|| Problem::not_found("it has just left"))?;
    page(&Channel {
        parts: Parts::of(&login, &state, now_ms, &viewer.zone),
        minutes: charts::minutes(&state, now_ms),
        knobs: knobs(&app, &viewer, &login, false),
        may: viewer.is(Role::Editor, &login),
        asked,
        frame: Frame::new(viewer, Tab::Live, login.as_str()),
        login,
    })
}

async fn follow(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
) -> Result<Response, Problem> {
    let login = channel(&app, &viewer, Role::Viewer, &login)?;
    let over = app.access.until_changed(viewer.clone());
    Ok(app.feeds.channel(viewer, &login, app.live.troubles(), over))
}

#[derive(Deserialize)]
struct ClipForm {
    #[serde(default)]
    title: String,
}

async fn clip(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
    by_script: ByScript,
    Form(form): Form<ClipForm>,
) -> Result<Response, Problem> {
    let login = channel(&app, &viewer, Role::Editor, &login)?;
    app.controls.clip(&login, &viewer.name, Some(form.title.as_str()))?;
    Ok(by_script.done(ASKED.to_owned(), &format!("/channels/{login}?asked=true")))
}

async fn pause(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
    by_script: ByScript,
) -> Result<Response, Problem> {
    quiet(&viewer, &app, &login, by_script, Quieting::Pause)
}

#[derive(Deserialize)]
struct MuteForm {
    minutes: u32,
}

async fn mute(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
    by_script: ByScript,
    Form(form): Form<MuteForm>,
) -> Result<Response, Problem> {
    let minutes = form.minutes.clamp(1, LONGEST_MUTE_M);
    quiet(&viewer, &app, &login, by_script, Quieting::Mute(minutes))
}

async fn resume(
    viewer: Viewer,
    State(app): State<App>,
    Path(login): Path<String>,
    by_script: ByScript,
) -> Result<Response, Problem> {
    quiet(&viewer, &app, &login, by_script, Quieting::Resume)
}

fn quiet(
    viewer: &Viewer,
    app: &App,
    login: &str,
    by_script: ByScript,
    quieting: Quieting,
) -> Result<Response, Problem> {
    let login = channel(app, viewer, Role::Editor, login)?;
    controls::quiet(app, &login, &viewer.name, quieting)?;
    let state = app.board.read(&login, |state| parts::state(&login, state));
    Ok(by_script.done(state.unwrap_or_default(), &format!("/channels/{login}")))
}

#[cfg(test)]
mod tests;
