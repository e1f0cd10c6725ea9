//! `/review`: moments to judge, by hand and by keyboard, one after the other.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{Html, Response},
    routing::{get, post},
};
use axum_extra::extract::Form;
use cliphound_store::{RecutAsked, Verdict};
use futures_util::StreamExt as _;
use serde::Deserialize;

mod parts;
mod room;
mod ways;
mod written;

use parts::StatePart;
use room::{Room, left, sees};
use written::Written;

use crate::web::{
    App,
    access::{Role, Viewer},
    events::stream::{event, heartbeat, respond},
    page::{ByScript, Frame, Tab},
    problem::Problem,
    review::{
        act::{self, Cut},
        filter::Filter,
        live, view, words,
    },
    sent::{Address, Path},
    settings,
};

/// Moments on a page: an evening's worth, and quickly drawn.
const ON_A_PAGE: u32 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/review", get(list))
        .route("/review/events", get(follow))
        .route("/review/{key}", get(one))
        .route("/review/{key}/state", get(state))
        .route("/review/{key}/written", get(written))
        .route("/review/{key}/verdict", post(judge))
        .route("/review/{key}/undo", post(undo))
        .route("/review/{key}/title", post(entitle))
        .route("/review/{key}/recut", post(recut))
        .route("/review/{key}/download", post(download))
}

/// Where in the list somebody is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct At {
    /// The key of the moment that is shown.
    at: String,
    /// The place of the last moment on the page.
    until: String,
    /// What somebody said of that moment when the opposite had been said meanwhile.
    crossed: String,
    /// The key of a moment that somebody said no to just now.
    late: String,
    /// The number of the newest verdict that the page knows of.
    since: i64,
}

impl At {
    fn crossed(&self) -> Option<Verdict> {
        self.crossed.parse().ok()
    }
}

#[derive(Template)]
#[template(path = "review.html")]
struct Page {
    frame: Frame,
    filter: Filter,
    channels: Vec<String>,
    left: String,
    /// What a no did not stop any more, as HTML.
    late: Option<String>,
    /// Where what others say is told.
    live: String,
    lines: Vec<String>,
    detail: String,
    /// Where the page before and the next one are.
    newer: Option<String>,
    older: Option<String>,
    lesson: Option<cliphound_engine::Teaching>,
    is_narrowed: bool,
}

async fn list(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Address(filter, at): Address<Filter, At>,
) -> Result<Html<String>, Problem> {
    let chosen = (!at.at.is_empty()).then(|| at.at.clone());
    shown(&app, viewer, &headers, filter, chosen, &at).await
}

/// The page of one moment: with the script its part alone.
async fn one(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    by_script: ByScript,
    Path(key): Path<String>,
    Address(filter, at): Address<Filter, At>,
) -> Result<Html<String>, Problem> {
    if !by_script.0 {
        return shown(&app, viewer, &headers, filter, Some(key), &at).await;
    }
    let (row, _) = act::entry(&app, &viewer, &key, Role::Viewer).await?;
    let room =
        Room { app: &app, viewer: &viewer, filter: &filter, until: &at.until, headers: &headers };
    Ok(Html(room.detail(Some(row), None).await?))
}

async fn shown(
    app: &App,
    viewer: Viewer,
    headers: &HeaderMap,
    filter: Filter,
    chosen: Option<String>,
    said: &At,
) -> Result<Html<String>, Problem> {
    let queue = filter.queue(&viewer)?;
    if !filter.channel.is_empty() {
        settings::seen(app, &viewer, &filter.channel, Role::Viewer).await?;
    }
    // Before anything is read: what is said meanwhile is told twice, and not left out.
    let since = app.store.newest_verdict().await?.to_string();
    let mut rows = app.store.queue(&queue, ON_A_PAGE + 1).await?;
    let has_more = rows.len() > ON_A_PAGE as usize;
    rows.truncate(ON_A_PAGE as usize);
    let until = rows.last().map(|row| row.place().to_string()).unwrap_or_default();
    let current = match &chosen {
        Some(key) => Some(act::entry(app, &viewer, key, Role::Viewer).await?.0),
        None => rows.first().cloned(),
    };
    let room = Room { app, viewer: &viewer, filter: &filter, until: &until, headers };
    let at = current.as_ref().map(|row| &row.moment.key);
    let lines = rows.iter().map(|row| room.line(row, at == Some(&row.moment.key)));
    let lines = lines.collect::<Result<_, Problem>>()?;
    let detail = room.detail(current, said.crossed()).await?;
    let late = match said.late.as_str() {
        "" => None,
        key => room.late(&act::entry(app, &viewer, key, Role::Viewer).await?.0),
    };
    let place = [("after", filter.after.as_str()), ("until", &until), ("since", &since)];
    let live = filter.query_with(&place);
    let mut channels = app.store.channels_with_moments().await?;
    channels.retain(|login| sees(&viewer, login));
    let page = Page {
        left: left(app, &queue).await?,
        late,
        live: format!("/review/events{live}"),
        lesson: lesson(app, &viewer, &filter).await,
        is_narrowed: !filter.query().is_empty(),
        newer: ways::newer(app, &filter, &queue, rows.first()).await?,
        older: has_more.then(|| ways::after(&filter, &until)),
        frame: Frame::new(viewer, Tab::Review, "Review"),
        filter,
        channels,
        lines,
        detail,
    };
    crate::web::page::page(&page)
}

/// What the one channel that is looked at has learned.
async fn lesson(app: &App, viewer: &Viewer, filter: &Filter) -> Option<cliphound_engine::Teaching> {
    let login = cliphound_twitch::ChannelLogin::parse(&filter.channel).ok()?;
    if !viewer.sees(&login) {
        return None;
    }
    app.desk.teaching(&login).await
}

/// What every form of this page comes with.
struct Asked {
    app: App,
    viewer: Viewer,
    by_script: ByScript,
    key: String,
    filter: Filter,
    until: String,
    headers: HeaderMap,
}

impl Asked {
    fn room(&self) -> Room<'_> {
        Room {
            app: &self.app,
            viewer: &self.viewer,
            filter: &self.filter,
            until: &self.until,
            headers: &self.headers,
        }
    }
}

impl axum::extract::FromRequestParts<App> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        app: &App,
    ) -> Result<Self, Problem> {
        let viewer = Viewer::from_request_parts(parts, app).await?;
        let Path(key) = Path::from_request_parts(parts, app).await?;
        let Address(filter, At { until, .. }) = Address::from_request_parts(parts, app).await?;
        let by_script = ByScript(parts.headers.contains_key(crate::web::page::FRAGMENT));
        let headers = parts.headers.clone();
        Ok(Self { app: app.clone(), viewer, by_script, key, filter, until, headers })
    }
}

#[derive(Deserialize)]
struct VerdictForm {
    verdict: String,
    /// The newest change of what was said of it that its sender knows of.
    seen: Option<i64>,
}

async fn judge(asked: Asked, Form(form): Form<VerdictForm>) -> Result<Response, Problem> {
    let verdict: Verdict =
        form.verdict.parse().map_err(|error| Problem::bad(format!("{error}")))?;
    match act::judge(&asked.app, &asked.viewer, &asked.key, verdict, form.seen).await? {
        act::Judged::Holds => asked.room().go_on(&asked.key, verdict, asked.by_script).await,
        act::Judged::Crossed => asked.room().crossed(&asked.key, verdict, asked.by_script).await,
    }
}

#[derive(Deserialize)]
struct UndoForm {
    /// The verdict that was seen: another one may have been given since.
    id: Option<i64>,
}

async fn undo(asked: Asked, Form(form): Form<UndoForm>) -> Result<Response, Problem> {
    let (row, undone) = act::undo(&asked.app, &asked.viewer, &asked.key, form.id).await?;
    let (verdict, moment) =
        (undone.verdict.as_str(), parts::named(&asked.app, &asked.viewer, &row));
    let told = format!("Taken back: “{verdict}” of {moment}.");
    asked.room().again(&asked.key, &told, asked.by_script).await
}

#[derive(Deserialize)]
struct TitleForm {
    title: String,
}

async fn entitle(asked: Asked, Form(form): Form<TitleForm>) -> Result<Response, Problem> {
    act::entitle(&asked.app, &asked.viewer, &asked.key, &form.title).await?;
    asked.room().again(&asked.key, "The title is saved.", asked.by_script).await
}

#[derive(Deserialize)]
struct CutForm {
    start: f64,
    end: f64,
}

async fn recut(asked: Asked, Form(form): Form<CutForm>) -> Result<Response, Problem> {
    let cut = Cut { start_s: form.start, end_s: form.end };
    let (row, _) = act::entry(&asked.app, &asked.viewer, &asked.key, Role::Editor).await?;
    let told = match act::recut(&asked.app, &asked.viewer, &asked.key, cut).await? {
        RecutAsked::Asked(_) => {
            let (start_ms, end_ms) = cut.checked().map_err(Problem::bad)?;
            let trigger_ms = row.moment.key.trigger_ms;
            let cut = words::cut(&row.moment, trigger_ms + start_ms, trigger_ms + end_ms);
            format!("Asked for, from the VOD: {cut}.")
        }
        _ => "This very stretch was asked for before: see below.".to_owned(),
    };
    asked.room().again(&asked.key, &told, asked.by_script).await
}

async fn download(asked: Asked) -> Result<Response, Problem> {
    act::download(&asked.app, &asked.viewer, &asked.key).await?;
    asked.room().again(&asked.key, "The video is asked for.", asked.by_script).await
}

/// What others say of the moments of this list, while it is looked at.
async fn follow(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Address(filter, at): Address<Filter, At>,
) -> Result<Response, Problem> {
    // One that can't be read is said now.
    filter.queue(&viewer)?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let over = app.access.clone().until_changed(viewer.clone());
    let rows = live::judged(app.store.clone(), last.unwrap_or(at.since));
    let told = rows.then(move |rows| {
        let (app, viewer, filter) = (app.clone(), viewer.clone(), filter.clone());
        let (headers, until) = (headers.clone(), at.until.clone());
        async move {
            let room = Room {
                app: &app,
                viewer: &viewer,
                filter: &filter,
                until: &until,
                headers: &headers,
            };
            let fragments = room.told(&rows).await.unwrap_or_default();
            let last = rows.last().map(|row| row.change);
            if fragments.is_empty() { heartbeat() } else { event("", last, &fragments) }
        }
    });
    Ok(respond(told, over))
}

/// How the clips and the video stand now: asked for by the script while that changes.
async fn state(asked: Asked) -> Result<Html<String>, Problem> {
    let (row, _) = act::entry(&asked.app, &asked.viewer, &asked.key, Role::Viewer).await?;
    let seen = view::whole(&asked.app, row).await?;
    let query = asked.room().query();
    Ok(Html(StatePart::of(&asked.app, &asked.viewer, &seen, &query).render()?))
}

/// What people wrote around a moment, as far as it is not deleted: asked for by the script while it is shown.
async fn written(asked: Asked) -> Result<Html<String>, Problem> {
    let (row, _) = act::entry(&asked.app, &asked.viewer, &asked.key, Role::Viewer).await?;
    let lines = asked.app.store.chat_around(&row.moment.key).await?;
    let query = asked.room().query();
    Ok(Html(Written::of(&asked.app, &asked.viewer, &row, &lines, &query).render()?))
}

/// A time for an element, with its words.
fn time(at_ms: i64) -> (String, String) {
    (words::rfc3339(at_ms), words::utc(at_ms))
}
