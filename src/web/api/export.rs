//! Exports: rows as CSV or JSON, sent as they are read, so that years of them need no memory.

mod rows;

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::rows::{Cursor, What};
use crate::web::{
    App,
    access::Viewer,
    figures,
    narrowed::Narrowed,
    problem::Problem,
    range::Asked,
    sent::{Path, Query},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export))
}

/// How rows are written.
#[derive(Clone, Copy, PartialEq)]
enum Format {
    Csv,
    Json,
}

/// Rows of a time: `moments`, `clips`, `windows` or `viewer_clips`, as `.csv` or `.json` (an array).
/// Text that a spreadsheet would calculate with has a `'` before it in CSV.
#[utoipa::path(get, path = "/export/{file}", tag = "figures",
    params(("file" = String, Path, description = "such as moments.csv"), Asked, Narrowed),
    responses((status = 200, content_type = "text/csv"), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
async fn export(
    State(app): State<App>,
    viewer: Viewer,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
    Query(narrowed): Query<Narrowed>,
) -> Result<Response, Problem> {
    let (what, format) = parts(&file)?;
    narrowed.check()?;
    if !what.is_judged() && !narrowed.is_nothing() {
        return Err(Problem::bad("verdict and state are of moments and clips: leave them out"));
    }
    let range = figures::range(&app, &viewer, &asked).await?;
    let channels = figures::channel_ids(&app.store, &viewer, range.channel.as_ref()).await?;
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/json", "json"),
    };
    let name = format!("cliphound-{}-{}-{}.{name}", what.name(), range.from, range.to);
    let (access, who) = (app.access.clone(), viewer.clone());
    let cursor = Cursor::new(app.store.clone(), what, viewer, range, narrowed, channels);
    let body = stream::unfold(Some((cursor, Part::First)), move |state| {
        let (access, who) = (access.clone(), who.clone());
        async move {
            let (cursor, part) = state?;
            // It may take hours, and a token be ended meanwhile.
            if part == Part::Later && !access.holds(&who).await.unwrap_or(false) {
                let words = "what you may see has changed: begin anew";
                return Some((Err(std::io::Error::other(words)), None));
            }
            part.next(cursor, format).await
        }
    });
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

fn parts(file: &str) -> Result<(What, Format), Problem> {
    let known = file.rsplit_once('.').and_then(|(what, ending)| {
        let format = match ending {
            "csv" => Format::Csv,
            "json" => Format::Json,
            _ => return None,
        };
        Some((What::named(what)?, format))
    });
    known.ok_or_else(|| {
        Problem::not_found(
            "there are moments, clips, windows and viewer_clips, each as .csv or .json",
        )
    })
}

/// Which part of the body comes next.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    First,
    Later,
    Last,
}

type Sent = Result<Vec<u8>, std::io::Error>;

impl Part {
    /// The next bytes, and what follows them. An error breaks the answer off, so that nobody
    /// takes a part for the whole.
    async fn next(
        self,
        mut cursor: Cursor,
        format: Format,
    ) -> Option<(Sent, Option<(Cursor, Self)>)> {
        if self == Self::Last {
            return (format == Format::Json).then(|| (Ok(b"\n]\n".to_vec()), None));
        }
        let rows = match cursor.rows().await {
            Ok(rows) => rows,
            Err(problem) => return Some((Err(std::io::Error::other(problem.detail)), None)),
        };
        let is_first = self == Self::First;
        let bytes = match format {
            Format::Csv => csv(cursor.what(), rows.as_deref().unwrap_or_default(), is_first),
            Format::Json => Ok(json(
                cursor.what(),
                rows.as_deref().unwrap_or_default(),
                is_first,
                cursor.has_sent(),
            )),
        };
        cursor.sent(rows.as_ref().map_or(0, Vec::len));
        let next = if rows.is_some() { Self::Later } else { Self::Last };
        Some((bytes, Some((cursor, next))))
    }
}

fn csv(what: What, rows: &[Vec<rows::Cell>], is_first: bool) -> Sent {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if is_first {
        writer.write_record(what.columns())?;
    }
    for row in rows {
        writer.write_record(row.iter().map(rows::Cell::csv))?;
    }
    writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))
}

fn json(what: What, rows: &[Vec<rows::Cell>], is_first: bool, has_sent: bool) -> Vec<u8> {
    let mut out = String::from(if is_first { "[" } else { "" });
    for (nth, row) in rows.iter().enumerate() {
        out.push_str(if nth > 0 || has_sent { ",\n" } else { "\n" });
        let object: serde_json::Map<String, serde_json::Value> = what
            .columns()
            .iter()
            .map(|name| (*name).to_owned())
            .zip(row.iter().map(rows::Cell::json))
            .collect();
        out.push_str(&serde_json::Value::Object(object).to_string());
    }
    out.into_bytes()
}
