//! A message to an incoming webhook of Slack.
//!
//! What may be from chat is `plain_text`, in which Slack sees neither mentions nor formats; the
//! one line that is `mrkdwn` is ours. The picture is an attachment: a block whose picture can't
//! be fetched would be refused with the whole message.

use serde_json::json;

use super::Request;
use crate::{
    alerts::{News, text},
    config::alerts::AlertTemplate,
};

/// A section's text has at most 3,000 characters.
const MOST: usize = 3_000;

pub(super) fn request(url: &str, template: Option<&AlertTemplate>, news: &News) -> Request {
    let as_it_is = |text: &str| text.to_owned();
    let message = match template {
        Some(template) => text::filled(template, news, &as_it_is),
        None => {
            let mut lines = vec![text::headline(news, &as_it_is)];
            lines.extend(text::details(news, &as_it_is));
            lines.join("\n")
        }
    };
    let plain = json!({ "type": "plain_text", "text": text::cut(&message, MOST), "emoji": false });
    let mut blocks = vec![json!({ "type": "section", "text": plain })];
    if let Some(link) = &news.url {
        let link = format!("<{}|{}>", escaped(link).replace('|', "%7C"), text::link(news));
        let ours = json!({ "type": "mrkdwn", "text": link, "verbatim": true });
        blocks.push(json!({ "type": "section", "text": ours }));
    }
    let mut body = json!({
        // For notifications.
        "text": text::cut(&escaped(&text::headline(news, &as_it_is)), MOST),
        "mrkdwn": false,
        "blocks": blocks,
        "unfurl_links": false,
        "unfurl_media": false,
    });
    if let Some(picture) = &news.thumbnail {
        body["attachments"] = json!([{ "fallback": text::link(news), "image_url": picture }]);
    }
    Request::json(url.to_owned(), &body)
}

/// The three signs that Slack reads everywhere.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::news::tests::sample;

    #[test]
    fn chat_can_neither_mention_nor_format() {
        let request = request("https://hooks.example/x", None, &sample());
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(
            body["text"],
            "ninja: wow @everyone &lt;!channel&gt; *bold* http: //evil.example"
        );
        let first = &body["blocks"][0]["text"];
        assert_eq!(first["type"], "plain_text");
        assert!(first["text"].as_str().unwrap().starts_with("ninja: wow @everyone <!channel>"));
        let link = &body["blocks"][1]["text"];
        assert_eq!(link["text"], "<https://clips.twitch.tv/Abc-1|Watch the clip>");
        assert_eq!(body["attachments"][0]["image_url"], "https://static.example/t.jpg");
    }
}
