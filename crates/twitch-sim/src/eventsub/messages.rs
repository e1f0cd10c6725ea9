//! Messages of the WebSocket, with all keys that Twitch gives. Pure.

use serde_json::{Value, json};

use super::subscription::Subscription;

/// A time as EventSub writes it.
pub(super) fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_string()
}

pub(super) fn welcome(id: &str, session_id: &str, now_ms: i64, keepalive_s: u64) -> String {
    let session = json!({
        "id": session_id,
        "status": "connected",
        "connected_at": rfc3339(now_ms),
        "keepalive_timeout_seconds": keepalive_s,
        "reconnect_url": null,
        "recovery_url": null,
    });
    message(id, "session_welcome", now_ms, json!({ "session": session }))
}

pub(super) fn keepalive(id: &str, now_ms: i64) -> String {
    message(id, "session_keepalive", now_ms, json!({}))
}

pub(super) fn reconnect(id: &str, session_id: &str, now_ms: i64, url: &str) -> String {
    let session = json!({
        "id": session_id,
        "status": "reconnecting",
        "connected_at": rfc3339(now_ms),
        "keepalive_timeout_seconds": null,
        "reconnect_url": url,
        "recovery_url": null,
    });
    message(id, "session_reconnect", now_ms, json!({ "session": session }))
}

pub(super) fn notification(
    id: &str,
    at_ms: i64,
    subscription: &Subscription,
    event: &Value,
) -> String {
    let payload = json!({"subscription": subscription.json(), "event": event});
    about("notification", id, at_ms, subscription, payload)
}

pub(super) fn revocation(id: &str, now_ms: i64, subscription: &Subscription) -> String {
    let payload = json!({ "subscription": subscription.json() });
    about("revocation", id, now_ms, subscription, payload)
}

fn about(kind: &str, id: &str, at_ms: i64, about: &Subscription, payload: Value) -> String {
    json!({
        "metadata": {
            "message_id": id,
            "message_type": kind,
            "message_timestamp": rfc3339(at_ms),
            "subscription_type": about.kind.name,
            "subscription_version": about.kind.version,
        },
        "payload": payload,
    })
    .to_string()
}

fn message(id: &str, kind: &str, at_ms: i64, payload: Value) -> String {
    json!({
        "metadata": {
            "message_id": id,
            "message_type": kind,
            "message_timestamp": rfc3339(at_ms),
        },
        "payload": payload,
    })
    .to_string()
}
