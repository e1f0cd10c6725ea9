//! Helix: users, streams, clips, VODs, markers, chat messages, with Twitch's limits, statuses and words.

pub(crate) mod access;
mod chat;
mod clips;
mod editors;
mod eventsub;
mod streams;
mod users;
mod vods;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::emotes;
use crate::http::ApiError;
use crate::odd;
use crate::world::World;

/// All of Helix that is simulated.
pub(crate) fn routes(world: Arc<World>) -> Router {
    Router::new()
        .route("/users", get(users::get))
        .route("/streams", get(streams::get))
        .route("/clips", get(clips::get).post(clips::create))
        .route("/clips/downloads", get(vods::downloads))
        .route("/videos", get(vods::get))
        .route("/videos/clips", post(vods::create))
        .route("/streams/markers", post(vods::mark))
        .route("/chat/messages", post(chat::send))
        .route("/chat/emotes", get(emotes::helix::channel))
        .route("/chat/emotes/global", get(emotes::helix::global))
        .route("/channels/editors", get(editors::get))
        .route(
            "/eventsub/subscriptions",
            get(eventsub::list).post(eventsub::create).delete(eventsub::delete),
        )
        .fallback(|| async { ApiError::new(StatusCode::NOT_FOUND, "") })
        .layer(from_fn_with_state(Arc::clone(&world), access::limit))
        .layer(from_fn_with_state(Arc::clone(&world), odd::helix))
        .with_state(world)
}

/// Values asked for in the query, by name; names may repeat.
pub(crate) struct Asked(pub Vec<(String, String)>);

/// The extractor of [`Asked`].
pub(crate) type Query = axum::extract::Query<Vec<(String, String)>>;

impl Asked {
    /// The first that is not empty.
    pub fn one(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// Those of a list that Twitch holds to 100.
    fn list(&self, name: &str) -> Result<Vec<&str>, ApiError> {
        let given = self.0.iter().filter(|(key, value)| key == name && !value.is_empty());
        let list: Vec<&str> = given.map(|(_, value)| value.as_str()).collect();
        if list.len() > 100 {
            let words = format!("The parameter \"{name}\" was malformed: more than 100 values");
            return Err(ApiError::new(StatusCode::BAD_REQUEST, words));
        }
        Ok(list)
    }

    /// `first`, 1 to 100; 20 when it was not said.
    fn first(&self) -> Result<usize, ApiError> {
        let Some(first) = self.one("first") else { return Ok(20) };
        first.parse().ok().filter(|n| (1..=100).contains(n)).ok_or_else(|| {
            let words = "The parameter \"first\" was malformed: the value must be from 1 to 100";
            ApiError::new(StatusCode::BAD_REQUEST, words)
        })
    }
}

/// One page of a list, in the order given. The cursor is the number of those before.
fn page(all: Vec<Value>, asked: &Asked) -> Result<Value, ApiError> {
    let first = asked.first()?;
    let malformed =
        || ApiError::new(StatusCode::BAD_REQUEST, "The parameter \"after\" was malformed");
    let skip: usize = match asked.one("after") {
        Some(cursor) => {
            let number = cursor.strip_prefix("at").ok_or_else(malformed)?;
            number.parse().map_err(|_| malformed())?
        }
        None => 0,
    };
    let more = all.len() > skip.saturating_add(first);
    let data: Vec<Value> = all.into_iter().skip(skip).take(first).collect();
    let pagination =
        if more { json!({"cursor": format!("at{}", skip + first)}) } else { json!({}) };
    Ok(json!({"data": data, "pagination": pagination}))
}

/// A time as Helix writes it.
fn rfc3339(ms: i64) -> String {
    let seconds = jiff::Timestamp::from_second(ms.div_euclid(1000)).unwrap_or_default();
    seconds.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let all = || (0..5).map(Value::from).collect::<Vec<_>>();
        let get = |query: &[(&str, &str)]| {
            let pairs = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            page(all(), &Asked(pairs)).map_err(|error| error.message)
        };
        assert_eq!(
            get(&[("first", "3")]),
            Ok(json!({"data": [0, 1, 2], "pagination": {"cursor": "at3"}}))
        );
        assert_eq!(
            get(&[("first", "3"), ("after", "at3")]),
            Ok(json!({"data": [3, 4], "pagination": {}}))
        );
        assert!(get(&[("first", "0")]).is_err() && get(&[("after", "x")]).is_err());
    }

    #[test]
    fn times_are_whole_seconds() {
        assert_eq!(rfc3339(1_700_000_000_999), "2023-11-14T22:13:20Z");
    }
}
