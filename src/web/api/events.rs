//! Moments and what becomes of them, as they happen: a stream of JSON that can be read on
//! after a break.

mod missed;

use std::{collections::BTreeSet, future::ready, sync::Arc, time::Duration};

use axum::{body::Bytes, extract::State, http::HeaderMap, response::Response};
use cliphound_clock::Clock;
use cliphound_twitch::ChannelLogin;
use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    board::{
        happenings::{Happening, What},
        noted::Fate,
    },
    web::{
        App, Problem,
        access::{Role, Viewer},
        events::stream::{event, heartbeat, of, respond},
        glance::MomentGlance,
        sent::Query,
        settings,
    },
};

/// So often those who wait hear that we are there, real time.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Wish {
    /// Only these channels, parted by commas; without any, all that you see.
    channels: Option<String>,
    /// Reads on after this id, as the header `Last-Event-ID` does.
    after: Option<i64>,
}

/// What happened to a moment.
#[derive(Serialize, utoipa::ToSchema)]
struct Told<'a> {
    /// The channel.
    channel: &'a str,
    /// The moment: the broadcaster's id and the trigger in Unix milliseconds.
    moment: String,
    /// Of an event `moment`: what was found.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    found: Option<MomentGlance>,
    /// Of an event `clip`: what became of it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    fate: Option<&'a Fate>,
}

/// Server-sent events: `moment` when one is found or asked for, `clip` whenever something
/// became of its clip (`state`, `clip_url` or `reason`). Each has an id; send the last one you
/// know as `Last-Event-ID` and nothing is left out (an event may come twice: go by `moment` and
/// `state`). A comment every 15 s shows that the stream lives. It ends after two minutes, when the
/// reader does not keep up, and when the session or token ends or may do something else: connect again,
/// as every client of such streams does.
#[utoipa::path(get, path = "/events", tag = "live", params(Wish), responses(
    (status = 200, content_type = "text/event-stream", body = Told),
    (status = 401, body = Problem),
    (status = 404, body = Problem),
    (status = 422, body = Problem),
))]
async fn events(
    viewer: Viewer,
    State(app): State<App>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let only = only(&app, &viewer, wish.channels.as_deref()).await?;
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let last = header.or(wish.after);
    let reading = app.board.happenings().read(last);
    let over = app.access.until_changed(viewer.clone());
    let wanted = move |happening: &Happening| {
        viewer.sees(&happening.login)
            && only.as_ref().is_none_or(|only| only.contains(&happening.login))
    };
    let mut missed = Vec::new();
    if let (Some(last), Some(begins)) = (last, reading.begins) {
        let turn = app.turns.turn().await?;
        missed = missed::missed(&app.store, &turn, last, begins).await?;
        // Held until all of it is sent.
        missed.retain(|happening| wanted(happening));
    }
    missed.extend(reading.missed);
    let happened = stream::iter(missed).chain(of(reading.coming));
    let told = happened.filter_map(move |happening: Arc<Happening>| {
        let told = wanted(&happening).then(|| tell(&happening));
        async move { told }
    });
    // When there is nothing more to tell, there is nothing to beat for.
    let told = told.map(Some).chain(stream::iter([None]));
    let both = stream::select(told, beats().map(Some));
    Ok(respond(both.take_while(|told| ready(told.is_some())).filter_map(ready), over))
}

/// The channels that are asked for; none: all. Of one that nothing is known of a stream would be
/// silent for ever.
async fn only(
    app: &App,
    viewer: &Viewer,
    list: Option<&str>,
) -> Result<Option<BTreeSet<ChannelLogin>>, Problem> {
    let mut logins = BTreeSet::new();
    let names = list.unwrap_or_default().split(',').map(str::trim);
    for name in names.filter(|name| !name.is_empty()) {
        let login = ChannelLogin::parse(name)
            .map_err(|_| Problem::bad(format!("channels: {name} is no name of a channel")))?;
        logins.insert(settings::seen(app, viewer, login.as_str(), Role::Viewer).await?);
    }
    Ok(Some(logins).filter(|logins| !logins.is_empty()))
}

fn tell(happening: &Happening) -> Bytes {
    let (name, found, fate) = match &happening.what {
        What::Moment(noted) => ("moment", Some(MomentGlance::of(noted)), None),
        What::Clip(fate) => ("clip", None, Some(fate)),
    };
    let (channel, moment) = (happening.login.as_str(), happening.key.to_string());
    let told = Told { channel, moment, found, fate };
    event(name, Some(happening.id), &serde_json::to_string(&told).unwrap_or_default())
}

fn beats() -> impl Stream<Item = Bytes> + Send + 'static {
    let clock = Clock::system();
    stream::unfold(clock, |clock| async move {
        clock.sleep(HEARTBEAT).await;
        Some((heartbeat(), clock))
    })
    .boxed()
}
