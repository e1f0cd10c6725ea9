//! The services' answers over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::state::Emote;
use super::trouble::{EmoteTrouble, Kind};
use super::{EmoteService, wire};
use crate::world::{Fault, World};

/// All three services, each below its name.
pub(crate) fn routes(world: Arc<World>) -> Router {
    use EmoteService::{Bttv, Ffz, SevenTv};
    Router::new()
        .route("/7tv/v3/emote-sets/global", get(move |w| global(SevenTv, w)))
        .route("/7tv/v3/users/twitch/{id}", get(move |w, p| channel(SevenTv, w, p)))
        .route("/bttv/3/cached/emotes/global", get(move |w| global(Bttv, w)))
        .route("/bttv/3/cached/users/twitch/{id}", get(move |w, p| channel(Bttv, w, p)))
        .route("/ffz/v1/set/global", get(move |w| global(Ffz, w)))
        .route("/ffz/v1/room/id/{id}", get(move |w, p| channel(Ffz, w, p)))
        .with_state(world)
}

async fn global(service: EmoteService, world: State<Arc<World>>) -> Response {
    answer(service, &world, None).await
}

async fn channel(service: EmoteService, world: State<Arc<World>>, id: Path<u64>) -> Response {
    answer(service, &world, Some(id.0)).await
}

async fn answer(service: EmoteService, world: &World, channel: Option<u64>) -> Response {
    let (login, emotes) = {
        let state = world.state();
        let login = channel.and_then(|id| {
            state.channels.values().find(|c| c.id() == id).map(|c| c.login().to_owned())
        });
        (login, state.emotes.of(service, channel).map(<[Emote]>::to_vec))
    };
    let trouble = [Kind::Down, Kind::Html, Kind::Hang, Kind::Missing, Kind::NullSet]
        .into_iter()
        .find(|kind| {
            let fault = Fault::Emotes(EmoteTrouble { service, kind: *kind });
            world.state().faults.take(fault, login.as_deref())
        });
    let response = match (trouble, emotes) {
        (Some(Kind::Down), _) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        (Some(Kind::Html), _) => {
            Html("<html><body>We'll be right back</body></html>").into_response()
        }
        (Some(Kind::Hang), _) => std::future::pending().await,
        (Some(Kind::Missing), _) | (None, None) => missing(service),
        (Some(_), _) => axum::Json(without_a_set(service, channel)).into_response(),
        (None, Some(emotes)) => axum::Json(whole(service, channel, &emotes)).into_response(),
    };
    let name = format!("GET {service:?} {}", channel.map_or("global", |_| "channel"));
    world.state().stats.count(name, response.status().as_u16());
    response
}

fn whole(service: EmoteService, channel: Option<u64>, emotes: &[Emote]) -> Value {
    let list = |form: fn(&Emote) -> Value| emotes.iter().map(form).collect::<Vec<_>>();
    match (service, channel) {
        (EmoteService::SevenTv, None) => seventv_set(None, list(wire::active)),
        (EmoteService::SevenTv, Some(id)) => {
            seventv_user(id, seventv_set(channel, list(wire::active)))
        }
        (EmoteService::Bttv, None) => list(wire::coded).into(),
        (EmoteService::Bttv, Some(id)) => {
            let mut own = list(wire::coded);
            let shared = own.split_off(own.len().min(1));
            json!({"id": format!("user{id}"), "bots": [], "avatar": "",
                "channelEmotes": own, "sharedEmotes": shared})
        }
        (EmoteService::Ffz, None) => {
            let hidden = json!({"id": 8, "name": "NotForEverybody"});
            json!({"default_sets": [3], "users": {}, "sets": {
                "3": {"id": 3, "title": "Global", "emoticons": list(wire::emoticon)},
                "4": {"id": 4, "title": "Hidden", "emoticons": [hidden]}}})
        }
        (EmoteService::Ffz, Some(id)) => json!({
            "room": {"_id": 1, "twitch_id": id, "set": 9},
            "sets": {"9": {"id": 9, "emoticons": list(wire::emoticon)}}}),
    }
}

fn seventv_set(channel: Option<u64>, emotes: Vec<Value>) -> Value {
    let count = emotes.len();
    json!({"id": wire::set_id(channel), "name": "Emotes", "flags": 0, "capacity": 1000,
        "emote_count": count, "emotes": emotes})
}

fn seventv_user(id: u64, set: Value) -> Value {
    let set_id = set["id"].clone();
    json!({"id": id.to_string(), "platform": "TWITCH", "emote_capacity": 1000,
        "emote_set_id": set_id, "emote_set": set, "user": {"id": wire::user_id(id)}})
}

fn without_a_set(service: EmoteService, channel: Option<u64>) -> Value {
    match service {
        EmoteService::SevenTv => seventv_user(channel.unwrap_or_default(), Value::Null),
        EmoteService::Bttv if channel.is_none() => json!([]),
        EmoteService::Bttv => json!({"channelEmotes": null, "sharedEmotes": null}),
        EmoteService::Ffz => json!({"default_sets": null, "sets": null}),
    }
}

fn missing(service: EmoteService) -> Response {
    let body = match service {
        EmoteService::SevenTv => {
            json!({"status_code": 404, "status": "Not Found", "error": "Unknown User"})
        }
        EmoteService::Bttv => json!({"message": "user not found"}),
        EmoteService::Ffz => {
            json!({"status": 404, "error": "Not Found", "message": "No such room"})
        }
    };
    (StatusCode::NOT_FOUND, axum::Json(body)).into_response()
}
