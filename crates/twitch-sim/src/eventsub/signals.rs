//! Events beside chat, with all keys that Twitch gives. Pure.

use serde_json::{Map, Value, json};

use super::chat::{broadcaster, fragments, user};
use super::messages::rfc3339;
use crate::chat::{Line, Notice, NoticeKind, display_name, id_of};
use crate::irc::Room;

/// The viewer of signals that somebody asks for.
const VIEWER: &str = "helpful_viewer";

pub(super) fn cheer(line: &Line, room: &Room) -> Value {
    let mut fields = broadcaster(room);
    user(&mut fields, "", line.author.id, &line.author.login, &line.author.display);
    with(fields, json!({"is_anonymous": false, "message": line.text, "bits": line.bits}))
}

pub(super) fn bits_use(line: &Line, room: &Room) -> Value {
    let mut fields = broadcaster(room);
    user(&mut fields, "", line.author.id, &line.author.login, &line.author.display);
    with(
        fields,
        json!({
            "bits": line.bits,
            "type": "cheer",
            "power_up": null,
            "message": {"text": line.text, "fragments": fragments(line)},
        }),
    )
}

/// What a notice in chat is told as beside it.
pub(super) fn of_notice(notice: &Notice, room: &Room) -> Option<(&'static str, Value)> {
    let author = &notice.author;
    let mut fields = broadcaster(room);
    Some(match &notice.kind {
        NoticeKind::Raid { viewers } => {
            let mut fields = Map::new();
            let names = display_name(&room.login);
            user(&mut fields, "from_broadcaster_", author.id, &author.login, &author.display);
            user(&mut fields, "to_broadcaster_", room.id, &room.login, &names);
            ("channel.raid", with(fields, json!({ "viewers": viewers })))
        }
        NoticeKind::GiftBatch { count, total, .. } => {
            user(&mut fields, "", author.id, &author.login, &author.display);
            let more = json!({
                "total": count, "tier": "1000", "cumulative_total": total, "is_anonymous": false,
            });
            ("channel.subscription.gift", with(fields, more))
        }
        NoticeKind::Gift { recipient, .. } => {
            user(&mut fields, "", recipient.id, &recipient.login, &recipient.display);
            ("channel.subscribe", with(fields, json!({"tier": "1000", "is_gift": true})))
        }
        // A resubscription that is shared has a type that nobody here asks for.
        NoticeKind::Resub { .. } => return None,
    })
}

/// An event of a type, as it could happen now; what is given replaces what is made up.
pub(super) fn made_up(kind: &str, room: &Room, now_ms: i64, given: &Value) -> Value {
    let mut fields = broadcaster(room);
    let by_viewer = ["channel.cheer", "channel.bits.use", "channel.subscribe"];
    let by_viewer = by_viewer.contains(&kind)
        || kind.starts_with("channel.subscription")
        || kind.starts_with("channel.channel_points");
    if by_viewer {
        user(&mut fields, "", id_of(VIEWER), VIEWER, &display_name(VIEWER));
    }
    if kind == "channel.raid" {
        fields = Map::new();
        user(&mut fields, "from_broadcaster_", id_of(VIEWER), VIEWER, &display_name(VIEWER));
        user(&mut fields, "to_broadcaster_", room.id, &room.login, &display_name(&room.login));
    }
    let event = with(fields, rest(kind, now_ms));
    match (event, given) {
        (Value::Object(fields), Value::Object(_)) => with(fields, given.clone()),
        (event, _) => event,
    }
}

/// What a type has beside its users.
fn rest(kind: &str, now_ms: i64) -> Value {
    let (now, minute) = (rfc3339(now_ms), rfc3339(now_ms + 60_000));
    let id = format!("{kind}-{now_ms}");
    match kind {
        "stream.online" => json!({"id": id, "type": "live", "started_at": now}),
        "channel.update" => json!({
            "title": "a simulated evening", "language": "en", "category_id": "509658",
            "category_name": "Just Chatting", "content_classification_labels": [],
        }),
        "channel.raid" => json!({"viewers": 50}),
        "channel.cheer" => json!({"is_anonymous": false, "message": "cheer100", "bits": 100}),
        "channel.bits.use" => json!({
            "bits": 100, "type": "cheer", "power_up": null,
            "message": {"text": "cheer100", "fragments": []},
        }),
        "channel.subscribe" => json!({"tier": "1000", "is_gift": false}),
        "channel.subscription.gift" => json!({
            "total": 5, "tier": "1000", "cumulative_total": null, "is_anonymous": false,
        }),
        "channel.channel_points_custom_reward_redemption.add" => json!({
            "id": id, "user_input": "", "status": "unfulfilled", "redeemed_at": now,
            "reward": {"id": "reward-1", "title": "Clip that", "cost": 500, "prompt": ""},
        }),
        "channel.ad_break.begin" => json!({
            "duration_seconds": 90, "started_at": now, "is_automatic": true,
            "requester_user_id": "0", "requester_user_login": "", "requester_user_name": "",
        }),
        _ if kind.starts_with("channel.hype_train.") => train(kind, &id, &now, &minute),
        _ if kind.starts_with("channel.poll.") => poll(kind, &id, &now, &minute),
        _ if kind.starts_with("channel.prediction.") => prediction(kind, &id, &now, &minute),
        _ => json!({}),
    }
}

fn train(kind: &str, id: &str, now: &str, minute: &str) -> Value {
    let mut event = json!({
        "id": id, "total": 700, "top_contributions": [], "level": 1, "started_at": now,
        "shared_train_participants": null, "is_shared_train": false, "type": "regular",
    });
    let more = match kind {
        "channel.hype_train.end" => json!({"ended_at": now, "cooldown_ends_at": minute}),
        "channel.hype_train.begin" => json!({
            "progress": 700, "goal": 1600, "expires_at": minute, "all_time_high_level": 4,
            "all_time_high_total": 2845,
        }),
        _ => json!({"progress": 700, "goal": 1600, "expires_at": minute}),
    };
    merge(&mut event, more);
    event
}

fn poll(kind: &str, id: &str, now: &str, minute: &str) -> Value {
    let mut event = json!({
        "id": id, "title": "Heads or tails?", "started_at": now,
        "choices": [{"id": "1", "title": "Heads"}, {"id": "2", "title": "Tails"}],
        "bits_voting": {"is_enabled": false, "amount_per_vote": 0},
        "channel_points_voting": {"is_enabled": false, "amount_per_vote": 0},
    });
    let end = json!({"status": "completed", "ended_at": minute});
    merge(&mut event, if kind.ends_with("end") { end } else { json!({ "ends_at": minute }) });
    event
}

fn prediction(kind: &str, id: &str, now: &str, minute: &str) -> Value {
    let mut event = json!({
        "id": id, "title": "Will it work?", "started_at": now,
        "outcomes": [
            {"id": "1", "title": "Yes", "color": "blue"},
            {"id": "2", "title": "No", "color": "pink"},
        ],
    });
    let end = json!({"winning_outcome_id": "1", "status": "resolved", "ended_at": minute});
    merge(&mut event, if kind.ends_with("end") { end } else { json!({ "locks_at": minute }) });
    event
}

fn with(fields: Map<String, Value>, more: Value) -> Value {
    let mut event = Value::Object(fields);
    merge(&mut event, more);
    event
}

fn merge(event: &mut Value, more: Value) {
    if let (Value::Object(fields), Value::Object(more)) = (event, more) {
        fields.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventsub::Type;

    #[test]
    fn every_type_beside_chat_can_be_made_up_and_changed() {
        let room = Room { login: "dallas".to_owned(), id: 7, shared: false };
        for kind in Type::names().filter(|kind| !kind.starts_with("channel.chat.")) {
            let event = made_up(kind, &room, 0, &json!({"extra": 1}));
            let whose = ["broadcaster_user_id", "to_broadcaster_user_id"];
            assert!(whose.iter().any(|key| event[key] == "7"), "{kind}: {event}");
            assert_eq!(event["extra"], 1);
        }
        let ads = made_up("channel.ad_break.begin", &room, 0, &json!({"duration_seconds": 30}));
        assert_eq!((&ads["duration_seconds"], &ads["is_automatic"]), (&json!(30), &json!(true)));
    }
}
