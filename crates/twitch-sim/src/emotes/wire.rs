//! The shapes in which the services say things. Pure.

use serde_json::{Value, json};

use super::EmoteService;
use super::state::{Emote, Push};

/// What happened to a set.
#[derive(Default)]
pub(super) struct Told {
    pub added: Vec<Emote>,
    pub removed: Vec<Emote>,
    /// As it was, and as it is.
    pub renamed: Vec<(Emote, Emote)>,
}

/// 7TV's id of a channel's set; `None`: the global one.
pub(super) fn set_id(channel: Option<u64>) -> String {
    channel.map_or_else(|| "01SETGLOBAL".to_owned(), |channel| format!("01SET{channel}"))
}

/// 7TV's id of a channel's owner.
pub(super) fn user_id(channel: u64) -> String {
    format!("01USER{channel}")
}

/// What a client says to hear about a place.
pub(super) fn topic(service: EmoteService, channel: Option<u64>) -> String {
    match service {
        EmoteService::SevenTv => format!("emote_set.update {}", set_id(channel)),
        _ => format!("twitch:{}", channel.unwrap_or_default()),
    }
}

pub(super) fn hello(session: &str) -> String {
    let d = json!({"heartbeat_interval": 25_000, "session_id": session, "subscription_limit": 500});
    json!({"op": 1, "t": 0, "d": d}).to_string()
}

pub(super) fn heartbeat(count: u64) -> String {
    json!({"op": 2, "t": 0, "d": {"count": count}}).to_string()
}

pub(super) fn reconnect() -> String {
    json!({"op": 4, "t": 0, "d": {"reason": "server restart"}}).to_string()
}

pub(super) fn ack(command: &str, data: &Value) -> Push {
    Push::Text(json!({"op": 5, "t": 0, "d": {"command": command, "data": data}}).to_string())
}

pub(super) fn end_of_stream(code: u16, message: &str) -> Push {
    Push::Text(json!({"op": 7, "t": 0, "d": {"code": code, "message": message}}).to_string())
}

/// The texts that tell a change.
pub(super) fn changes(service: EmoteService, channel: Option<u64>, told: &Told) -> Vec<String> {
    match service {
        EmoteService::SevenTv => vec![dispatch(&set_id(channel), told)],
        EmoteService::Bttv => bttv_events(channel.unwrap_or_default(), told),
        EmoteService::Ffz => Vec::new(),
    }
}

fn dispatch(set: &str, told: &Told) -> String {
    let item = |old: Option<&Emote>, new: Option<&Emote>| {
        json!({"key": "emotes", "index": 0, "type": "object",
            "old_value": old.map(active), "value": new.map(active)})
    };
    let list = |items: Vec<Value>| if items.is_empty() { Value::Null } else { items.into() };
    let body = json!({
        "id": set,
        "kind": 3,
        "actor": {"id": "01USER0", "username": "somebody"},
        "pushed": list(told.added.iter().map(|new| item(None, Some(new))).collect()),
        "pulled": list(told.removed.iter().map(|old| item(Some(old), None)).collect()),
        "updated": list(told.renamed.iter().map(|(a, b)| item(Some(a), Some(b))).collect()),
    });
    json!({"op": 0, "t": 0, "d": {"type": "emote_set.update", "body": body}}).to_string()
}

fn bttv_events(channel: u64, told: &Told) -> Vec<String> {
    let channel = format!("twitch:{channel}");
    let event = |name: &str, emote: &Emote| {
        json!({"name": name, "data": {"channel": channel, "emote": coded(emote)}}).to_string()
    };
    let deleted = |emote: &Emote| {
        json!({"name": "emote_delete", "data": {"channel": channel, "emoteId": emote.id}})
            .to_string()
    };
    let added = told.added.iter().map(|emote| event("emote_create", emote));
    let renamed = told.renamed.iter().map(|(_, emote)| event("emote_update", emote));
    added.chain(renamed).chain(told.removed.iter().map(deleted)).collect()
}

/// An emote as it is in a set of 7TV: `data.name` is the name that its maker gave.
pub(super) fn active(emote: &Emote) -> Value {
    let data = json!({"id": emote.id, "name": "itsMakersName", "flags": 0, "animated": true});
    json!({"id": emote.id, "name": emote.name, "flags": 0, "timestamp": 0, "data": data})
}

/// An emote as BTTV tells it.
pub(super) fn coded(emote: &Emote) -> Value {
    json!({"id": emote.id, "code": emote.name, "imageType": "png", "animated": false})
}

/// An emote as FFZ tells it: its ids are numbers.
pub(super) fn emoticon(emote: &Emote) -> Value {
    let number: u64 = emote.id.trim_start_matches("01EMOTE").parse().unwrap_or(0);
    json!({"id": number, "name": emote.name, "height": 32, "width": 32, "urls": {}})
}
