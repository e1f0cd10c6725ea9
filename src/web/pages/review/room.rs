//! The list that somebody works through: its parts, and what they become after each deed.

use askama::Template;
use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse as _, Redirect, Response},
};
use cliphound_store::{JudgedAs, Listed, Place, Queue, Verdict};
use cliphound_twitch::ChannelLogin;

use super::parts::{Detail, Last, Line, SaidPart, UndoPart, may_edit, named};
use crate::{
    clips::stands::Stands,
    web::{
        App,
        access::{Role, Viewer},
        page::ByScript,
        problem::Problem,
        review::{
            act,
            filter::{self, Filter, MOST_COUNTED},
            view, words,
        },
    },
};

/// A verdict of somebody's own that is so old is no more what U takes back.
const UNDO_MS: i64 = 12 * 3_600_000;

/// The list that somebody works through.
pub(super) struct Room<'a> {
    pub app: &'a App,
    pub viewer: &'a Viewer,
    pub filter: &'a Filter,
    pub until: &'a str,
    pub headers: &'a HeaderMap,
}

impl Room<'_> {
    pub fn query(&self) -> String {
        self.filter.query_with(&[("after", &self.filter.after), ("until", self.until)])
    }

    pub fn line(&self, row: &Listed, is_current: bool) -> Result<String, Problem> {
        Ok(Line::of(row, self.query(), is_current, &self.viewer.zone).render()?)
    }

    /// The part that shows one moment; without one, that nothing is left. `crossed`: what the viewer
    /// said of it without having seen the opposite.
    pub async fn detail(
        &self,
        row: Option<Listed>,
        crossed: Option<Verdict>,
    ) -> Result<String, Problem> {
        let last = self.last().await?;
        let query = self.query();
        let host = self.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let Some(row) = row else {
            return Ok(Detail::empty(self.viewer, query, last)?.render()?);
        };
        let seen = view::whole(self.app, row).await?;
        let host = host.unwrap_or("localhost");
        let detail = Detail::of(self.app, self.viewer, seen, query, last, host, crossed).await?;
        Ok(detail.render()?)
    }

    /// The viewer's last verdict, as long as U takes it back.
    async fn last(&self) -> Result<Option<Last>, Problem> {
        let since_ms = self.app.clock.now_ms() - UNDO_MS;
        let last = self.app.store.last_verdict_of(&self.viewer.name, since_ms).await?;
        let Some(last) = last else { return Ok(None) };
        let row = self.app.store.listed(&last.key).await?;
        let row = row.filter(|row| may_edit(self.viewer, row));
        Ok(row.map(|row| {
            let moment = named(self.app, self.viewer, &row);
            Last::of(last.id, &last.key, last.verdict, &self.query()).on(moment)
        }))
    }

    /// What was said of a moment, and what U takes back while it is shown.
    async fn said(
        &self,
        row: &Listed,
        wanted: Option<Verdict>,
        last: Option<Last>,
    ) -> Result<String, Problem> {
        let mut fragments = SaidPart::of(self.viewer, row, wanted).render()?;
        if may_edit(self.viewer, row) {
            let verdicts = self.app.store.verdicts(&row.moment.key).await?;
            let verdicts: Vec<_> = verdicts.into_iter().map(view::Said::from).collect();
            let undo = UndoPart::of(self.viewer, row, &verdicts, last, &self.query());
            fragments.push_str(&undo.render()?);
        }
        Ok(fragments)
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

    /// After a verdict: the line that has it, and the next moment, which is chosen; said is what
    /// was done to which moment, as another one is shown.
    pub async fn go_on(
        &self,
        key: &str,
        verdict: Verdict,
        by_script: ByScript,
    ) -> Result<Response, Problem> {
        let (row, _) = act::entry(self.app, self.viewer, key, Role::Viewer).await?;
        let next = self.next(&row.place()).await?;
        let at = next.as_ref().map(|next| next.moment.key.to_string()).unwrap_or_default();
        let late = self.late(&row);
        let told = if late.is_some() { key } else { "" };
        let page = format!("/review{}", self.filter.query_with(&[("at", &at), ("late", told)]));
        if !by_script.0 {
            return Ok(Redirect::to(&page).into_response());
        }
        let is_here = next.as_ref().is_none_or(|next| self.is_on_page(next));
        if !is_here {
            // The page is worked through: the list begins with what is left.
            let after = row.place().to_string();
            let is_above =
                next.as_ref().is_some_and(|next| self.filter.is_up_to(&next.place(), &row.place()));
            let on = [("after", after.as_str()), ("late", told)];
            let on = format!("/review{}", self.filter.query_with(&on));
            let page = if is_above { page } else { on };
            return Ok(by_script.done(String::new(), &page));
        }
        let mut fragments = self.line(&row, false)?;
        if let Some(next) = &next {
            fragments.push_str(&self.line(next, true)?);
        }
        fragments.push_str(&self.left().await?);
        fragments.push_str(&self.detail(next, None).await?);
        let done = || words::judged(verdict, &named(self.app, self.viewer, &row));
        fragments.push_str(&format!("<output>{}</output>", late.unwrap_or_else(done)));
        Ok(by_script.done(fragments, &page))
    }

    /// That a no to this moment came too late for its clip, as HTML: the next one is shown already.
    pub fn late(&self, row: &Listed) -> Option<String> {
        let words = Stands::not_stopped(row)?;
        Some(format!("{}: {words}", named(self.app, self.viewer, row)))
    }

    /// After a verdict that met the opposite one: the same moment, with who said that. Its player
    /// goes on.
    pub async fn crossed(
        &self,
        key: &str,
        wanted: Verdict,
        by_script: ByScript,
    ) -> Result<Response, Problem> {
        let wanted_words = [("at", key), ("crossed", wanted.as_str())];
        let page = format!("/review{}", self.filter.query_with(&wanted_words));
        if !by_script.0 {
            return Ok(Redirect::to(&page).into_response());
        }
        let (row, _) = act::entry(self.app, self.viewer, key, Role::Viewer).await?;
        let mut fragments = self.line(&row, true)?;
        fragments.push_str(&self.left().await?);
        let last = self.last().await?;
        fragments.push_str(&self.said(&row, Some(wanted), last).await?);
        Ok(by_script.done(fragments, &page))
    }

    /// What others said of moments, as parts of this page: what is worked on stays as it is.
    pub async fn told(&self, rows: &[Listed]) -> Result<String, Problem> {
        let seen: Vec<_> = rows.iter().filter(|row| sees(self.viewer, &row.moment.login)).collect();
        if seen.is_empty() {
            return Ok(String::new());
        }
        let (last, mut fragments) = (self.last().await?, String::new());
        for row in &seen {
            fragments.push_str(&self.line(row, false)?);
            fragments.push_str(&self.said(row, None, last.clone()).await?);
        }
        fragments.push_str(&self.left().await?);
        Ok(fragments)
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

    /// The same moment again, as it is now; to the script with something to be said.
    pub async fn again(
        &self,
        key: &str,
        say: &str,
        by_script: ByScript,
    ) -> Result<Response, Problem> {
        let page = format!("/review{}", self.filter.query_with(&[("at", key)]));
        if !by_script.0 {
            return Ok(Redirect::to(&page).into_response());
        }
        let (row, _) = act::entry(self.app, self.viewer, key, Role::Viewer).await?;
        let mut fragments = self.line(&row, true)?;
        fragments.push_str(&self.left().await?);
        fragments.push_str(&self.detail(Some(row), None).await?);
        // Our own words.
        fragments.push_str(&format!("<output>{say}</output>"));
        Ok(by_script.done(fragments, &page))
    }
}

/// How many are left, in words.
pub(super) async fn left(app: &App, queue: &Queue) -> Result<String, Problem> {
    let count = filter::count(app, queue).await?;
    let what = if queue.judged == JudgedAs::Undecided { "to judge" } else { "moments" };
    Ok(match count {
        MOST_COUNTED.. => format!("{MOST_COUNTED} or more {what}"),
        1 if queue.judged != JudgedAs::Undecided => "1 moment".to_owned(),
        count => format!("{count} {what}"),
    })
}

pub(super) fn sees(viewer: &Viewer, login: &str) -> bool {
    ChannelLogin::parse(login).is_ok_and(|login| viewer.sees(&login))
}
