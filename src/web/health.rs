//! `/healthz`: whether the process is alive, and everything in it. `/readyz`: whether it can
//! do its work now. Both answer anybody; names of channels and files are for this machine alone.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, request::Parts},
    routing::get,
};
use serde_json::{Value, json};

use super::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

/// 503 when a task hangs: then the watchdog is not fed any more, either.
async fn healthz(State(app): State<App>, parts: Parts) -> (StatusCode, Json<Value>) {
    let late = app.live.late();
    if late.is_empty() {
        return (StatusCode::OK, Json(json!({ "status": "ok" })));
    }
    if !app.access.is_local(&parts) {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "hangs" })));
    }
    let late: Vec<Value> = late
        .iter()
        .map(|late| json!({ "task": late.name, "of": late.about, "silent_s": late.silent_for.as_secs() }))
        .collect();
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "hangs", "late": late })))
}

/// 503 with what is not ready.
async fn readyz(State(app): State<App>, parts: Parts) -> (StatusCode, Json<Value>) {
    let mut readiness = app.live.readiness().await;
    let is_ready = readiness.is_ready();
    if !app.access.is_local(&parts) {
        readiness.hide();
    }
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": is_ready, "parts": readiness })))
}
