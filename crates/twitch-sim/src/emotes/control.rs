//! `/control/emotes`: sets change, and who listens is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{EmoteChange, EmoteService};
use crate::control::{ControlError, known, read};
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    service: EmoteService,
    /// Absent: the emotes of all channels.
    channel: Option<String>,
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    rename: BTreeMap<String, String>,
}

/// `POST {service, channel?, add?, remove?, rename?}`.
pub(crate) async fn change(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let call: Call = read(&body)?;
    let login = call.channel.map(|channel| known(&world, &channel)).transpose()?;
    let change = EmoteChange { add: call.add, remove: call.remove, rename: call.rename };
    world.change_emotes(call.service, login.as_deref(), &change);
    Ok(Json(json!({"ok": true})))
}

/// `GET`: what is listened to.
pub(crate) async fn topics(State(world): State<Arc<World>>) -> Json<Value> {
    let state = world.state();
    let (seventv, bttv) = (EmoteService::SevenTv, EmoteService::Bttv);
    Json(json!({
        "topics": {"7tv": state.emotes.topics(seventv), "bttv": state.emotes.topics(bttv)}
    }))
}
