//! `/review`: moments to judge, by hand and by keyboard, one after the other.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, header},
    response::{Html, IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::{Form, Query};
use cliphound_store::{JudgedAs, Listed, Place, Queue, Verdict};
use serde::Deserialize;

mod parts;
mod ways;

use parts::{Detail, Line, StatePart};

use crate::web::{
    App,
    access::{Role, Viewer},
    page::{ByScript, Frame, Tab},
    problem::Problem,
    review::{
        act::{self, Cut},
        filter::Filter,
        view, words,
    },
};

/// Moments on a page: an evening's worth, and quickly drawn.
const ON_A_PAGE: u32 = 50;
/// Counting what is left ends here.
const MOST_LEFT: u32 = 1_000;
/// A verdict of somebody's own that is so old is no more what U takes back.
const UNDO_MS: i64 = 12 * 3_600_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/review", get(list))
        .route("/review/{key}", get(one))
        .route("/review/{key}/state", get(state))
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
}

#[derive(Template)]
#[template(path = "review.html")]
struct Page {
    frame: Frame,
    filter: Filter,
    channels: Vec<String>,
    left: String,
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
    Query(filter): Query<Filter>,
    Query(at): Query<At>,
) -> Result<Html<String>, Problem> {
    let chosen = (!at.at.is_empty()).then_some(at.at);
    shown(&app, viewer, &headers, filter, chosen).await
}

/// The page of one moment: with the script its part alone.
async fn one(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    by_script: ByScript,
    Path(key): Path<String>,
    Query(filter): Query<Filter>,
    Query(at): Query<At>,
) -> Result<Html<String>, Problem> {
    if !by_script.0 {
        return shown(&app, viewer, &headers, filter, Some(key)).await;
    }
    let (row, _) = act::entry(&app, &viewer, &key, Role::Viewer).await?;
    let room =
        Room { app: &app, viewer: &viewer, filter: &filter, until: &at.until, headers: &headers };
    Ok(Html(room.detail(Some(row)).await?))
}

async fn shown(
    app: &App,
    viewer: Viewer,
    headers: &HeaderMap,
    filter: Filter,
    chosen: Option<String>,
) -> Result<Html<String>, Problem> {
    let queue = filter.queue(&viewer)?;
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
    let detail = room.detail(current).await?;
    let mut channels = app.store.channels_with_moments().await?;
    channels.retain(|login| sees(&viewer, login));
    let page = Page {
        left: left(app, &queue).await?,
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

fn sees(viewer: &Viewer, login: &str) -> bool {
    cliphound_twitch::ChannelLogin::parse(login).is_ok_and(|login| viewer.sees(&login))
}

/// How many are left, in words.
async fn left(app: &App, queue: &Queue) -> Result<String, Problem> {
    let whole = Queue { after: None, ..queue.clone() };
    let count = app.store.queue_length(&whole, MOST_LEFT).await?;
    let what = if queue.judged == JudgedAs::Undecided { "to judge" } else { "moments" };
    Ok(match count {
        MOST_LEFT.. => format!("{MOST_LEFT} or more {what}"),
        1 if queue.judged != JudgedAs::Undecided => "1 moment".to_owned(),
        count => format!("{count} {what}"),
    })
}

/// What the one channel that is looked at has learned.
async fn lesson(app: &App, viewer: &Viewer, filter: &Filter) -> Option<cliphound_engine::Teaching> {
    let login = cliphound_twitch::ChannelLogin::parse(&filter.channel).ok()?;
    if !viewer.sees(&login) {
        return None;
    }
    app.desk.teaching(&login).await
}

/// The list that somebody works through.
struct Room<'a> {
    app: &'a App,
    viewer: &'a Viewer,
    filter: &'a Filter,
    until: &'a str,
    headers: &'a HeaderMap,
}

impl Room<'_> {
    fn query(&self) -> String {
        self.filter.query_with(&[("after", &self.filter.after), ("until", self.until)])
    }

    fn line(&self, row: &Listed, is_current: bool) -> Result<String, Problem> {
        Ok(Line::of(row, self.query(), is_current).render()?)
    }

    /// The part that shows one moment; without one, that nothing is left.
    async fn detail(&self, row: Option<Listed>) -> Result<String, Problem> {
        let since_ms = self.app.clock.now_ms() - UNDO_MS;
        let last = self.app.store.last_verdict_of(&self.viewer.name, since_ms).await?;
        let query = self.query();
        let host = self.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let Some(row) = row else {
            return Ok(Detail::empty(self.viewer, query, last).render()?);
        };
        let seen = view::whole(self.app, row).await?;
        let detail =
            Detail::of(self.app, self.viewer, seen, query, last, host.unwrap_or("localhost"));
        Ok(detail.await?.render()?)
    }

    /// The next one to judge after this place: below it, else from the top.
    async fn next(&self, after: &Place) -> Result<Option<Listed>, Problem> {
        let mut queue = self.filter.queue(self.viewer)?;
        queue.after = Some(after.clone());
        let below = self.app.store.queue(&queue, 1).await?.pop();
        if below.is_some() || queue.judged != JudgedAs::Undecided {
            return Ok(below);
        }
        queue.after = None;
        Ok(self.app.store.queue(&queue, 1).await?.pop())
    }

    /// After a verdict: the line that has it, and the next moment, which is chosen.
    async fn go_on(&self, key: &str, by_script: ByScript) -> Result<Response, Problem> {
        let (row, _) = act::entry(self.app, self.viewer, key, Role::Viewer).await?;
        let next = self.next(&row.place()).await?;
        let at = next.as_ref().map(|next| next.moment.key.to_string()).unwrap_or_default();
        let page = format!("/review{}", self.filter.query_with(&[("at", &at)]));
        if !by_script.0 {
            return Ok(Redirect::to(&page).into_response());
        }
        let is_here = next.as_ref().is_none_or(|next| self.is_on_page(next));
        if !is_here {
            // The page is worked through: the list begins with what is left.
            let after = row.place().to_string();
            let is_above =
                next.as_ref().is_some_and(|next| self.filter.is_up_to(&next.place(), &row.place()));
            let page = if is_above { page } else { ways::after(self.filter, &after) };
            return Ok(by_script.done(String::new(), &page));
        }
        let mut fragments = self.line(&row, false)?;
        if let Some(next) = &next {
            fragments.push_str(&self.line(next, true)?);
        }
        fragments.push_str(&self.left().await?);
        fragments.push_str(&self.detail(next).await?);
        Ok(by_script.done(fragments, &page))
    }

    /// Whether the list that the script has shows it: it begins after a place and ends with one.
    fn is_on_page(&self, row: &Listed) -> bool {
        let is_up_to = |place: &str| {
            let place = place.parse::<Place>();
            place.is_ok_and(|place| self.filter.is_up_to(&row.place(), &place))
        };
        is_up_to(self.until) && !is_up_to(&self.filter.after)
    }

    async fn left(&self) -> Result<String, Problem> {
        let left = left(self.app, &self.filter.queue(self.viewer)?).await?;
        Ok(format!("<p id=\"left\" class=\"dim\" role=\"status\">{left}</p>"))
    }

    /// The same moment again, as it is now.
    async fn again(&self, key: &str, by_script: ByScript) -> Result<Response, Problem> {
        let page = format!("/review{}", self.filter.query_with(&[("at", key)]));
        if !by_script.0 {
            return Ok(Redirect::to(&page).into_response());
        }
        let (row, _) = act::entry(self.app, self.viewer, key, Role::Viewer).await?;
        let mut fragments = self.line(&row, true)?;
        fragments.push_str(&self.left().await?);
        fragments.push_str(&self.detail(Some(row)).await?);
        Ok(by_script.done(fragments, &page))
    }
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
        let bad = |error: &dyn std::fmt::Display| Problem::bad(error.to_string());
        let viewer = Viewer::from_request_parts(parts, app).await?;
        let Path(key) = Path::from_request_parts(parts, app).await.map_err(|error| bad(&error))?;
        let Query(filter) =
            Query::from_request_parts(parts, app).await.map_err(|error| bad(&error))?;
        let Query(At { until, .. }) =
            Query::from_request_parts(parts, app).await.map_err(|error| bad(&error))?;
        let by_script = ByScript(parts.headers.contains_key(crate::web::page::FRAGMENT));
        let headers = parts.headers.clone();
        Ok(Self { app: app.clone(), viewer, by_script, key, filter, until, headers })
    }
}

#[derive(Deserialize)]
struct VerdictForm {
    verdict: String,
}

async fn judge(asked: Asked, Form(form): Form<VerdictForm>) -> Result<Response, Problem> {
    let verdict: Verdict =
        form.verdict.parse().map_err(|error| Problem::bad(format!("{error}")))?;
    act::judge(&asked.app, &asked.viewer, &asked.key, verdict).await?;
    asked.room().go_on(&asked.key, asked.by_script).await
}

async fn undo(asked: Asked) -> Result<Response, Problem> {
    act::undo(&asked.app, &asked.viewer, &asked.key).await?;
    asked.room().again(&asked.key, asked.by_script).await
}

#[derive(Deserialize)]
struct TitleForm {
    title: String,
}

async fn entitle(asked: Asked, Form(form): Form<TitleForm>) -> Result<Response, Problem> {
    act::entitle(&asked.app, &asked.viewer, &asked.key, &form.title).await?;
    asked.room().again(&asked.key, asked.by_script).await
}

#[derive(Deserialize)]
struct CutForm {
    start: f64,
    end: f64,
}

async fn recut(asked: Asked, Form(form): Form<CutForm>) -> Result<Response, Problem> {
    let cut = Cut { start_s: form.start, end_s: form.end };
    act::recut(&asked.app, &asked.viewer, &asked.key, cut).await?;
    asked.room().again(&asked.key, asked.by_script).await
}

async fn download(asked: Asked) -> Result<Response, Problem> {
    act::download(&asked.app, &asked.viewer, &asked.key).await?;
    asked.room().again(&asked.key, asked.by_script).await
}

/// How the clips and the video stand now: asked for by the script while that changes.
async fn state(asked: Asked) -> Result<Html<String>, Problem> {
    let (row, _) = act::entry(&asked.app, &asked.viewer, &asked.key, Role::Viewer).await?;
    let seen = view::whole(&asked.app, row).await?;
    let query = asked.room().query();
    Ok(Html(StatePart::of(&asked.app, &asked.viewer, &seen, &query).render()?))
}

/// A time for an element, with its words.
fn time(at_ms: i64) -> (String, String) {
    (words::rfc3339(at_ms), words::utc(at_ms))
}
