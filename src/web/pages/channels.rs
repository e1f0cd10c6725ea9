//! Channels: which are followed, each one's own settings, and what was learned of it.

use askama::Template;
use axum::{
    Form, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use cliphound_store::SettingRow;
use cliphound_twitch::ChannelLogin;
use serde::Deserialize;

use crate::{
    config::own::FOLLOW,
    records::model_file,
    web::{
        App,
        access::{Role, Viewer},
        names,
        page::{ByScript, Frame, PageResult, Tab, page},
        pages::channel::knobs,
        paging::{A_PAGE, Part, Wish},
        problem::Problem,
        sent::{Address, Path},
        settings::{self, Change, Learned, Listed, Shown, login_of, seen},
        sure::{Question, Sure},
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
struct ChannelsPage<'a> {
    frame: Frame,
    channels: Part<'a, Listed>,
    /// Part of a name that was looked for.
    name: String,
    /// Where the page before and the next one are.
    newer: Option<String>,
    older: Option<String>,
    /// Added just now, and nobody knows whether Twitch knows it.
    unchecked: Option<&'a ChannelLogin>,
}

/// Which channel was just added without asking Twitch.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Added {
    unchecked: String,
}

async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Address(wish, added): Address<Wish, Added>,
) -> PageResult {
    let mut all = app.settings.channels();
    all.retain(|channel| viewer.sees(&channel.login));
    let name = wish.name();
    let channels = Part::of(&all, &wish, |channel| channel.login.as_str().contains(&name));
    let at = |page: usize| format!("/channels{}", wish.at(page));
    let just_added = |channel: &&Listed| {
        channel.is_followed && channel.login.as_str() == added.unchecked && !channel.is_unknown
    };
    page(&ChannelsPage {
        newer: channels.newer().map(at),
        older: channels.older().map(at),
        unchecked: all.iter().find(just_added).map(|channel| &channel.login),
        frame: Frame::new(viewer, Tab::Channels, "Channels"),
        channels,
        name,
    })
}

#[derive(Deserialize)]
struct Wanted {
    login: String,
}

async fn add(
    State(app): State<App>,
    viewer: Viewer,
    script: ByScript,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let login =
        ChannelLogin::typed(&wanted.login).map_err(|error| Problem::bad(error.to_string()))?;
    let followed = names::follow(&app, &viewer, &login).await?;
    Ok(script.done(String::new(), &after(&app, &login, followed.is_checked)))
}

/// Where a channel that was added is to be seen: on a long list by its name.
fn after(app: &App, login: &ChannelLogin, is_checked: bool) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if app.settings.channels().len() > A_PAGE {
        query.append_pair("name", login.as_str());
    }
    if !is_checked {
        query.append_pair("unchecked", login.as_str());
    }
    match query.finish() {
        query if query.is_empty() => "/channels".to_owned(),
        query => format!("/channels?{query}"),
    }
}

async fn remove(
    State(app): State<App>,
    viewer: Viewer,
    script: ByScript,
    Path(login): Path<String>,
    sure: Sure,
) -> Result<Response, Problem> {
    viewer.must_be_everywhere(Role::Owner)?;
    let login = login_of(&login)?;
    let question = Question::unfollow(login.as_str());
    if let Some(asking) = sure.asks(&viewer, Tab::Channels, &question, "/channels")? {
        return Ok(asking);
    }
    app.settings.follow(&login, false, &viewer.name).await?;
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
    let login = seen(&app, &viewer, &login, Role::Viewer).await?;
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
/// since. What they changed is not set from an older page.
async fn change(
    State(app): State<App>,
    viewer: Viewer,
    script: ByScript,
    Path(login): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let login = seen(&app, &viewer, &login, Role::Editor).await?;
    let is_typed = |key: &str| !key.starts_with(WAS);
    if let Some((key, _)) = fields.iter().find(|(key, value)| is_typed(key) && is_blank(value)) {
        let (name, ..) = words(key);
        return Err(Problem::bad(format!(
            "{name}: blanks alone are no value, and nothing was saved. Leave the field empty for what holds for all channels"
        )));
    }
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
    for change in &changes {
        not_meanwhile(change, &fields, &now)?;
    }
    if !changes.is_empty() {
        settings::change(&app, &viewer, &login, &changes).await?;
    }
    answer(&app, &viewer, &login, script).await
}

/// Refuses to set what somebody else has changed since the page was loaded.
fn not_meanwhile(
    change: &Change,
    fields: &[(String, String)],
    now: &[Shown],
) -> Result<(), Problem> {
    let was = fields.iter().find(|(name, _)| name.strip_prefix(WAS) == Some(change.key.as_str()));
    let shown = now.iter().find(|shown| shown.key == change.key);
    let (Some((_, was)), Some(shown)) = (was, shown) else { return Ok(()) };
    if was.trim() == shown.own().trim() {
        return Ok(());
    }
    let (name, ..) = words(&change.key);
    Err(Problem::conflict(format!(
        "{name} was changed since this page was loaded, to {}; nothing was saved. Load the page again to see what holds",
        in_words(shown.key, &shown.value),
    )))
}

/// Something was typed, and it is nothing.
fn is_blank(value: &str) -> bool {
    !value.is_empty() && value.trim().is_empty()
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
    let login = seen(&app, &viewer, &login, Role::Editor).await?;
    settings::undo(&app, &viewer, &login, undone.id).await?;
    answer(&app, &viewer, &login, script).await
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
    sure: Sure,
) -> Result<Response, Problem> {
    let login = seen(&app, &viewer, &login, Role::Owner).await?;
    let (question, back) = (Question::reset(login.as_str()), format!("/channels/{login}/settings"));
    if let Some(asking) = sure.asks(&viewer, Tab::Channels, &question, &back)? {
        return Ok(asking);
    }
    app.settings.renew(&login, None, &viewer.name).await?;
    Ok(script.done(String::new(), &back))
}

/// A form with a file: its part with the name `model`.
async fn import(
    State(app): State<App>,
    viewer: Viewer,
    script: ByScript,
    Path(login): Path<String>,
    mut form: axum::extract::Multipart,
) -> Result<Response, Problem> {
    let login = seen(&app, &viewer, &login, Role::Owner).await?;
    let unread = |error: axum::extract::multipart::MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(error.status(), "this file is too large to be a model")
        }
        _ => Problem::bad("the file did not arrive whole: send it again"),
    };
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
            "5 to 60; auto: as long as the moment and what leads up to it, 30 to 60 s.",
        ),
        "clips.title" => ("Title", "", "With {channel}, {game}, {reason}, {time} …"),
        "clips.publish" => (
            "Publish",
            "",
            "Whether somebody has to say yes under Review before a clip is made, from the VOD.",
        ),
        "clips.paused" => (
            "Pause for good",
            "",
            "Chat is heard and learned from, but nothing is clipped by itself until you take this back, also after a restart.",
        ),
        FOLLOW => ("Followed", "", ""),
        _ => ("", "", ""),
    }
}

/// The values that a key can have, each in words, where there are few.
fn choices(key: &str) -> &'static [(&'static str, &'static str)] {
    match key {
        "clips.publish" => &[
            ("auto", "auto: clips are made and public at once"),
            ("review", "review: moments wait for a yes"),
        ],
        "clips.paused" => &[("true", "paused"), ("false", "not paused")],
        _ => &[],
    }
}

/// A value in words.
fn in_words<'a>(key: &str, value: &'a str) -> &'a str {
    match (key, value) {
        ("clips.paused", "true") => "paused",
        ("clips.paused", "false") => "not paused",
        _ => value,
    }
}

/// A value as it was typed, as the form shows it: `1e1` is 10.
fn as_shown(key: &str, value: &str) -> String {
    let is_number = matches!(
        key,
        "clips.budget_per_hour" | "clips.sensitivity" | "clips.cooldown_s" | "clips.duration_s"
    );
    let number = value.trim().parse::<f64>().ok().filter(|number| is_number && number.is_finite());
    number.map_or_else(|| in_words(key, value).to_owned(), |number| number.to_string())
}

impl SettingsPart {
    /// Whether a change is the newest of its setting, and can be undone.
    fn is_newest(&self, row: &SettingRow) -> bool {
        self.changes
            .iter()
            .find(|other| other.key == row.key)
            .is_some_and(|other| other.id == row.id)
            && row.key != FOLLOW
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_stand_there_as_the_form_shows_them() {
        let check = |key: &str, value: &str, expected: &str| {
            assert_eq!(as_shown(key, value), expected, "{key} = {value}");
        };
        check("clips.budget_per_hour", "1e1", "10");
        check("clips.sensitivity", "0.50", "0.5");
        check("clips.duration_s", "auto", "auto");
        check("clips.title", "1e1", "1e1");
        check("clips.paused", "true", "paused");
        check(FOLLOW, "yes", "yes");
    }

    #[test]
    fn every_setting_has_its_words() {
        for key in crate::config::own::KEYS.iter().chain([&FOLLOW]) {
            assert!(!words(key).0.is_empty(), "{key}");
        }
    }
}
