//! `/healthz`: whether the process is alive, and everything in it. `/readyz`: whether it can
//! do its work now.

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde_json::{Value, json};

use super::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

/// 503 when a task hangs: then the watchdog is not fed any more, either.
async fn healthz(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let late = app.live.late();
    if late.is_empty() {
        return (StatusCode::OK, Json(json!({ "status": "ok" })));
    }
    let late: Vec<Value> = late
        .iter()
        .map(|late| json!({ "task": late.name, "of": late.about, "silent_s": late.silent_for.as_secs() }))
        .collect();
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "hangs", "late": late })))
}

/// 503 with what is not ready.
async fn readyz(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let readiness = app.live.readiness().await;
    let is_ready = readiness.is_ready();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ready": is_ready, "parts": readiness })))
}
