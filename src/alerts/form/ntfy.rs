//! A message to a topic of ntfy, as JSON: no text of chat is in a header.

use serde_json::json;
use url::Url;

use super::Request;
use crate::{
    alerts::{News, text},
    config::{AlertEvent, alerts::AlertTemplate},
};

/// ntfy makes a file of a message above 4,096 bytes; a character has at most four.
const MOST: usize = 1_000;
const MOST_TITLE: usize = 250;

pub(super) fn request(
    url: &str,
    token: Option<&str>,
    priority: Option<u32>,
    template: Option<&AlertTemplate>,
    news: &News,
) -> Request {
    let as_it_is = |text: &str| text.to_owned();
    let message = match template {
        Some(template) => text::filled(template, news, &as_it_is),
        None => text::details(news, &as_it_is).join("\n"),
    };
    let (server, topic) = places(url);
    let mut body = json!({
        "topic": topic,
        "title": text::cut(&text::headline(news, &as_it_is), MOST_TITLE),
        "message": text::cut(&message, MOST),
        "tags": [tag(news)],
    });
    if let Some(priority) = priority {
        body["priority"] = priority.into();
    }
    if let Some(link) = &news.url {
        body["click"] = link.as_str().into();
    }
    if let Some(picture) = &news.thumbnail {
        body["attach"] = picture.as_str().into();
        body["filename"] = "clip.jpg".into();
    }
    let mut request = Request::json(server, &body);
    let bearer = token.map(|token| ("authorization", format!("Bearer {token}")));
    request.headers.extend(bearer);
    request
}

/// JSON goes to the server's own address; the topic is in it.
fn places(url: &str) -> (String, String) {
    let Ok(mut server) = Url::parse(url) else { return (url.to_owned(), String::new()) };
    let topic = server.path().rsplit('/').next().unwrap_or_default().to_owned();
    if let Ok(mut path) = server.path_segments_mut() {
        path.pop();
    }
    (server.to_string(), topic)
}

/// ntfy shows these as signs.
fn tag(news: &News) -> &'static str {
    match news.event {
        AlertEvent::Trouble if news.is_over => "white_check_mark",
        AlertEvent::Trouble => "rotating_light",
        AlertEvent::Clip => "clapper",
        AlertEvent::Failed => "warning",
        AlertEvent::Review => "eyes",
        AlertEvent::Online => "red_circle",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::news::tests::sample;

    #[test]
    fn topic_and_text_are_in_the_body() {
        let request = request("https://ntfy.sh/mine", Some("tk_x"), Some(4), None, &sample());
        assert_eq!(request.url, "https://ntfy.sh/");
        assert_eq!(request.headers, [("authorization", "Bearer tk_x".to_owned())]);
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!((&body["topic"], &body["priority"]), (&json!("mine"), &json!(4)));
        assert_eq!(body["click"], "https://clips.twitch.tv/Abc-1");
        assert_eq!(body["message"], "31 people in 15 s, usually 6, 12 x Kappa\nscore 0.87");
        assert_eq!(places("https://h.example/ntfy/mine").0, "https://h.example/ntfy");
    }
}
