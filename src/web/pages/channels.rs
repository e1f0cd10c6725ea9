//! Channels: which are followed, each one's own settings, and what was learned of it.

use askama::Template;
use axum::{
    Form, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    response::Response,
    routing::{get, post},
};
use cliphound_store::SettingRow;
use cliphound_twitch::ChannelLogin;
use serde::Deserialize;

use crate::{
    records::model_file,
    web::{
        App,
        access::{Role, Viewer},
        page::{ByScript, Frame, PageResult, Tab, page},
        pages::channel::knobs,
        problem::Problem,
        settings::{self, Change, Learned, Listed, Shown},
    },
};

/// Changes that are shown.
const CHANGES: u32 = 20;
/// What a field held when its page was loaded has its name after this.
const WAS: &str = "was.";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/channels", get(list).post(add))
        .route("/channels/{login}/remove", post(remove))
        .route("/channels/{login}/settings", get(show).post(change))
        .route("/channels/{login}/settings/undo", post(undo))
        .route("/channels/{login}/model/reset", post(reset))
        .route("/channels/{login}/model/import", post(import))
        .layer(DefaultBodyLimit::max(model_file::MAX_BYTES as usize + 65_536))
}

#[derive(Template)]
#[template(path = "channels.html")]
struct ChannelsPage {
    frame: Frame,
    channels: Vec<Listed>,
}

async fn list(State(app): State<App>, viewer: Viewer) -> PageResult {
    let mut channels = app.settings.channels();
    channels.retain(|channel| viewer.sees(&channel.login));
    page(&ChannelsPage { frame: Frame::new(viewer, Tab::Channels, "Channels"), channels })
}

#[derive(Deserialize)]
struct Added {
    login: String,
}

async fn add(
    State(app): State<App>,
    viewer: Viewer,
    script: ByScript,
    Form(added): Form<Added>,
) -> Result<Response, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let login =
        ChannelLogin::parse(added.login.trim()).map_err(|error| Problem::bad(error.to_string()))?;
    app.settings.follow(&login, true, &viewer.name).await?;
    Ok(script.done(String::new(), "/channels"))
}

async fn remove(
    State(app): State<App>,
    viewer: Viewer,
    script: ByScript,
    Path(login): Path<String>,
) -> Result<Response, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    app.settings.follow(&login_of(&login)?, false, &viewer.name).await?;
    Ok(script.done(String::new(), "/channels"))
}

#[derive(Template)]
#[template(path = "channel_settings.html")]
struct SettingsPage {
    frame: Frame,
    login: ChannelLogin,
    part: SettingsPart,
    model: Option<Learned>,
    may_own: bool,
}

#[derive(Template)]
#[template(path = "channel_settings_part.html")]
struct SettingsPart {
    login: ChannelLogin,
    csrf: String,
    may_edit: bool,
    settings: Vec<Shown>,
    changes: Vec<SettingRow>,
}

async fn show(State(app): State<App>, viewer: Viewer, Path(login): Path<String>) -> PageResult {
    let login = login_of(&login)?;
    viewer.must_be(Role::Viewer, &login)?;
    settings::must_be_known(&app, &login).await?;
    let part = part(&app, &viewer, &login).await?;
    let model = app.settings.model(&login).await;
    let may_own = viewer.is(Role::Owner, &login);
    let frame = Frame::new(viewer, Tab::Channels, format!("Settings of {login}"));
    page(&SettingsPage { frame, login, part, model, may_own })
}

async fn part(app: &App, viewer: &Viewer, login: &ChannelLogin) -> Result<SettingsPart, Problem> {
    Ok(SettingsPart {
        csrf: viewer.csrf.clone(),
        may_edit: viewer.is(Role::Editor, login),
        settings: app.settings.of(login),
        changes: app.store.setting_changes(login.as_str(), CHANGES).await?,
        login: login.clone(),
    })
}

/// Fields by key; empty ones take back what was set. What stays as it is, is no change, and
/// neither is what stood there when the page was loaded (`was.KEY`): others may have changed it
/// since.
async fn change(
    State(app): State<App>,
    viewer: Viewer,
    script: ByScript,
    Path(login): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let login = login_of(&login)?;
    viewer.must_be(Role::Editor, &login)?;
    settings::must_be_known(&app, &login).await?;
    let now = app.settings.of(&login);
    let is_new = |key: &str, value: &str| {
        let shown = now.iter().find(|shown| shown.key == key);
        shown.is_none_or(|shown| if value.is_empty() { shown.is_own } else { shown.value != value })
    };
    let stood = |key: &str, value: &str| {
        let was = fields.iter().find(|(name, _)| name.strip_prefix(WAS) == Some(key));
        was.is_some_and(|(_, was)| was.trim() == value)
    };
    let own = fields.iter().filter(|(key, _)| key != "csrf" && !key.starts_with(WAS));
    let changes: Vec<Change> = own
        .map(|(key, value)| (key, value.trim()))
        .filter(|(key, value)| !stood(key, value) && is_new(key, value))
        .map(|(key, value)| Change {
            key: key.clone(),
            value: (!value.is_empty()).then(|| value.to_owned()),
        })
        .collect();
    if !changes.is_empty() {
        settings::change(&app, &viewer, &login, &changes).await?;
    }
    answer(&app, &viewer, &login, script).await
}

#[derive(Deserialize)]
struct Undone {
    /// The change that is to be undone: another one may have been made since the page was shown.
    id: i64,
}

/// Back to what a setting was before its last change.
async fn undo(
    State(app): State<App>,
    viewer: Viewer,
    script: ByScript,
    Path(login): Path<String>,
    Form(undone): Form<Undone>,
) -> Result<Response, Problem> {
    let login = login_of(&login)?;
    viewer.must_be(Role::Editor, &login)?;
    settings::must_be_known(&app, &login).await?;
    let changes = app.store.setting_changes(login.as_str(), u32::from(u16::MAX)).await?;
    let change = as_before(&changes, undone.id)?;
    settings::change(&app, &viewer, &login, &[change]).await?;
    answer(&app, &viewer, &login, script).await
}

/// What a setting was before its newest change, `id`; `changes` are the newest first.
fn as_before(changes: &[SettingRow], id: i64) -> Result<Change, Problem> {
    let gone = || Problem::conflict("this change is not kept any more: type the value in");
    let row = changes.iter().find(|row| row.id == id).ok_or_else(gone)?;
    let mut of_key = changes.iter().filter(|other| other.key == row.key);
    if let Some(newest) = of_key.next().filter(|newest| newest.id != id) {
        return Err(Problem::conflict(format!(
            "{} has changed {} meanwhile, and nothing was undone: reload the page to see it",
            newest.by, newest.key,
        )));
    }
    Ok(Change { key: row.key.clone(), value: of_key.next().and_then(|row| row.value.clone()) })
}

async fn answer(
    app: &App,
    viewer: &Viewer,
    login: &ChannelLogin,
    script: ByScript,
) -> Result<Response, Problem> {
    let fragments = part(app, viewer, login).await?.render()? + &knobs(app, viewer, login, true);
    Ok(script.done(fragments, &format!("/channels/{login}/settings")))
}

async fn reset(
    State(app): State<App>,
    viewer: Viewer,
    script: ByScript,
    Path(login): Path<String>,
) -> Result<Response, Problem> {
    let login = login_of(&login)?;
    viewer.must_be(Role::Owner, &login)?;
    app.settings.renew(&login, None, &viewer.name).await?;
    Ok(script.done(String::new(), &format!("/channels/{login}/settings")))
}

/// A form with a file: its part with the name `model`.
async fn import(
    State(app): State<App>,
    viewer: Viewer,
    script: ByScript,
    Path(login): Path<String>,
    mut form: axum::extract::Multipart,
) -> Result<Response, Problem> {
    let login = login_of(&login)?;
    viewer.must_be(Role::Owner, &login)?;
    let unread = |error: axum::extract::multipart::MultipartError| Problem::bad(error.body_text());
    let mut file: Option<Bytes> = None;
    while let Some(field) = form.next_field().await.map_err(unread)? {
        if field.name() == Some("model") {
            file = Some(field.bytes().await.map_err(unread)?);
        }
    }
    let file =
        file.filter(|file| !file.is_empty()).ok_or_else(|| Problem::bad("choose a file first"))?;
    app.settings.renew(&login, Some(file.to_vec()), &viewer.name).await?;
    Ok(script.done(String::new(), &format!("/channels/{login}/settings")))
}

fn login_of(text: &str) -> Result<ChannelLogin, Problem> {
    ChannelLogin::parse(text).map_err(|error| Problem::not_found(error.to_string()))
}

/// What a key is called, its unit, and what it does.
fn words(key: &str) -> (&'static str, &'static str, &'static str) {
    match key {
        "clips.budget_per_hour" => {
            ("Budget", "clips an hour", "How many clips are wanted; 0.1 to 60.")
        }
        "clips.sensitivity" => (
            "Sensitivity",
            "",
            "How easily a moment is found while the budget has room; 1 is usual, 0.25 to 4.",
        ),
        "clips.cooldown_s" => {
            ("Cooldown", "seconds", "Least time between two moments; 10 to 3600.")
        }
        "clips.duration_s" => (
            "Length of a clip",
            "seconds, or auto",
            "auto: as long as the moment and what leads up to it, 30 to 60 s.",
        ),
        "clips.title" => ("Title", "", "With {channel}, {game}, {reason}, {time} …"),
        _ => ("", "", ""),
    }
}

impl SettingsPart {
    /// Whether a change is the newest of its setting, and can be undone.
    fn is_newest(&self, row: &SettingRow) -> bool {
        self.changes
            .iter()
            .find(|other| other.key == row.key)
            .is_some_and(|other| other.id == row.id)
            && row.key != crate::config::own::FOLLOW
    }

    fn at(ms: &i64) -> String {
        jiff::Timestamp::from_millisecond(*ms).map(|time| time.to_string()).unwrap_or_default()
    }
}

impl SettingsPage {
    fn at(ms: &i64) -> String {
        SettingsPart::at(ms)
    }
}
