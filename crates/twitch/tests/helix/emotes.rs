//! Twitch's own emotes: fetched by one call, and only while points are plenty.

use cliphound_twitch::{
    emotes::Place,
    helix::{Helix, HelixError},
};
use serde_json::{Value, json};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{path, query_param},
};

use super::support::{NOW_MS, Twitch};

fn emote(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name, "images": {"url_1x": "a", "url_2x": "b", "url_4x": "c"},
        "tier": "1000", "emote_type": "subscriptions", "emote_set_id": "3",
        "format": ["static", "animated"], "scale": ["1.0"], "theme_mode": ["dark"]})
}

fn answer(emotes: &[Value], points_left: u32) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .insert_header("Ratelimit-Limit", "800")
        .insert_header("Ratelimit-Remaining", points_left.to_string())
        .insert_header("Ratelimit-Reset", (NOW_MS / 1000 + 60).to_string())
        .set_body_json(json!({"data": emotes, "template": "https://e/{{id}}"}))
}

async fn names(helix: &Helix, place: &Place) -> Result<Vec<String>, HelixError> {
    let found = helix.emotes(place, NOW_MS).await?;
    Ok(found.emotes.into_iter().map(|emote| emote.name).collect())
}

#[tokio::test]
async fn the_last_points_are_left_to_clips() {
    let twitch = Twitch::start().await.in_real_time();
    Mock::given(path("/helix/chat/emotes/global"))
        .respond_with(answer(&[emote("25", "Kappa"), emote("9", "<3")], 500))
        .mount(&twitch.server)
        .await;
    Mock::given(path("/helix/chat/emotes"))
        .and(query_param("broadcaster_id", "5"))
        .respond_with(answer(&[emote("emotesv2_1", "annWave")], 100))
        .mount(&twitch.server)
        .await;
    let (helix, channel) = (twitch.helix(), Place::channel("5").unwrap());
    assert_eq!(names(&helix, &Place::Global).await.unwrap(), ["Kappa", "<3"]);
    assert_eq!(names(&helix, &channel).await.unwrap(), ["annWave"]);
    let refused = names(&helix, &channel).await.unwrap_err();
    assert!(matches!(refused, HelixError::RateLimited { reset_ms } if reset_ms > NOW_MS));
    let asked = twitch.server.received_requests().await.unwrap();
    assert_eq!(asked.len(), 2, "the third time Twitch was not asked");
}

#[tokio::test]
async fn a_429_is_not_waited_for() {
    let twitch = Twitch::start().await.in_real_time();
    let busy = ResponseTemplate::new(429);
    Mock::given(path("/helix/chat/emotes/global")).respond_with(busy).mount(&twitch.server).await;
    let refused = names(&twitch.helix(), &Place::Global).await.unwrap_err();
    assert!(matches!(refused, HelixError::RateLimited { .. }));
    assert_eq!(twitch.server.received_requests().await.unwrap().len(), 1);
}
