//! What people wrote around a moment: its chat, and a title that somebody gave it there. It is asked for
//! again while it is shown, for what is deleted in chat must not stay on a page.

use askama::Template;
use cliphound_engine::hash::fnv1a;
use cliphound_store::{ChatLine, Listed};

use super::time;
use crate::web::{
    App,
    access::Viewer,
    review::view::{self, Summary},
};

/// So long after its trigger the lines of chat of a moment are there, at the latest: they reach
/// 15 s beyond it, and whoever writes them may be some seconds late.
const LINES_COME_MS: i64 = 30_000;

/// A line of chat.
struct Said {
    time: (String, String),
    login: String,
    text: String,
    is_after: bool,
}

impl Said {
    fn of(line: &ChatLine, trigger_ms: i64) -> Self {
        Self {
            time: time(line.sent_ms),
            login: line.login.clone(),
            text: crate::web::words::line(&line.text),
            is_after: line.sent_ms > trigger_ms,
        }
    }
}

/// What people wrote of a moment.
pub struct Written {
    title: String,
    /// Of the field: what somebody named it, or what it would be called.
    named: String,
    lines: AroundPart,
}

#[derive(Template)]
#[template(path = "review/heading.html")]
struct Heading<'a> {
    title: &'a str,
    change: u64,
}

#[derive(Template)]
#[template(path = "review/field.html")]
struct Field<'a> {
    title: &'a str,
    change: u64,
}

#[derive(Template)]
#[template(path = "review/around.html")]
struct AroundPart {
    at: String,
    query: String,
    change: u64,
    lines: Vec<Said>,
    /// So young that its lines are to come.
    is_young: bool,
}

impl Written {
    pub fn of(app: &App, viewer: &Viewer, row: &Listed, lines: &[ChatLine], query: &str) -> Self {
        let key = &row.moment.key;
        let lines: Vec<_> = lines.iter().map(|line| Said::of(line, key.trigger_ms)).collect();
        let is_young = app.clock.now_ms() - key.trigger_ms < LINES_COME_MS;
        let all = lines.iter().map(|line| format!("{} {}\n", line.login, line.text));
        let change = fnv1a(format!("{is_young} {}", all.collect::<String>()).as_bytes());
        let (at, query) = (format!("/review/{key}"), query.to_owned());
        Self {
            title: view::title(row, &viewer.zone),
            named: Summary::of(row).title,
            lines: AroundPart { at, query, change, lines, is_young },
        }
    }

    pub fn heading(&self) -> askama::Result<String> {
        Heading { title: &self.title, change: fnv1a(self.title.as_bytes()) }.render()
    }

    pub fn field(&self) -> askama::Result<String> {
        Field { title: &self.named, change: fnv1a(self.named.as_bytes()) }.render()
    }

    pub fn lines(&self) -> askama::Result<String> {
        self.lines.render()
    }

    /// All of it, for a page that shows it.
    pub fn render(&self) -> askama::Result<String> {
        Ok(self.heading()? + &self.lines()? + &self.field()?)
    }
}
