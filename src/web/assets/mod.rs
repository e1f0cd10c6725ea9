//! The style and the script, part of the program. Their addresses change with what they hold,
//! so that browsers may keep them.

use std::sync::LazyLock;

use axum::{Router, http::header, response::IntoResponse, routing::get};

use super::App;

/// One file a room; they are sent as one.
const STYLE: &str = concat!(
    include_str!("base.css"),
    include_str!("chart.css"),
    include_str!("live.css"),
    include_str!("access.css"),
    include_str!("analytics.css"),
    include_str!("review.css"),
    include_str!("streams.css")
);
const SCRIPT: &str = include_str!("script.js");
const ICON: &str = include_str!("icon.svg");

static STYLE_AT: LazyLock<String> = LazyLock::new(|| address(STYLE, "css"));
static SCRIPT_AT: LazyLock<String> = LazyLock::new(|| address(SCRIPT, "js"));

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(style(), get(async || kept("text/css; charset=utf-8", STYLE)))
        .route(script(), get(async || kept("text/javascript; charset=utf-8", SCRIPT)))
        .route("/icon.svg", get(async || kept("image/svg+xml", ICON)))
}

/// The style's path.
pub fn style() -> &'static str {
    &STYLE_AT
}

/// The script's path.
pub fn script() -> &'static str {
    &SCRIPT_AT
}

fn address(content: &str, ending: &str) -> String {
    format!("/assets/{:08x}.{ending}", crc32fast::hash(content.as_bytes()))
}

fn kept(kind: &'static str, content: &'static str) -> impl IntoResponse {
    let keep = "public, max-age=31536000, immutable";
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], content)
}
