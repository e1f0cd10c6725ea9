//! A message to a webhook of Discord. Limits:
//! <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>.

use serde_json::json;
use url::Url;

use super::Request;
use crate::{
    alerts::{News, text},
    config::{AlertEvent, alerts::AlertTemplate},
};

const MOST_CONTENT: usize = 2_000;
const MOST_TITLE: usize = 256;
const MOST_DESCRIPTION: usize = 4_096;

/// Signs that mean something in Discord's Markdown, in mentions and in addresses: a backslash
/// before them takes that away.
const SIGNS: &str = "\\*_~`|>#-+[]()<@:/.";

pub(super) fn request(url: &str, template: Option<&AlertTemplate>, news: &News) -> Request {
    let mut embed = json!({});
    if let Some(picture) = &news.thumbnail {
        embed["image"] = json!({ "url": picture });
    }
    let content = match template {
        Some(template) => text::cut(&text::filled(template, news, &escaped), MOST_CONTENT),
        None => {
            let details = text::details(news, &escaped).join("\n");
            embed["title"] = text::cut(&text::headline(news, &escaped), MOST_TITLE).into();
            embed["description"] = text::cut(&details, MOST_DESCRIPTION).into();
            embed["color"] = colour(news).into();
            embed["footer"] = json!({ "text": "Cliphound" });
            if let Ok(time) = jiff::Timestamp::from_millisecond(news.at_ms) {
                embed["timestamp"] = time.to_string().into();
            }
            if let Some(link) = &news.url {
                embed["url"] = link.as_str().into();
            }
            String::new()
        }
    };
    // Nobody is mentioned, whatever the text says.
    let mut body = json!({ "allowed_mentions": { "parse": [] } });
    if !content.is_empty() {
        body["content"] = content.into();
    }
    if embed.as_object().is_some_and(|embed| !embed.is_empty()) {
        body["embeds"] = json!([embed]);
    }
    Request::json(waiting(url), &body)
}

/// With `wait`, Discord answers when the message is there, and not before.
fn waiting(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return url.to_owned() };
    url.query_pairs_mut().append_pair("wait", "true");
    url.to_string()
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if SIGNS.contains(c) {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

fn colour(news: &News) -> u32 {
    match news.event {
        AlertEvent::Trouble if news.is_over => 0x2e_9e_5b,
        AlertEvent::Clip => 0x2e_9e_5b,
        AlertEvent::Failed | AlertEvent::Trouble => 0xc0_39_2b,
        AlertEvent::Review => 0xd6_8a_00,
        AlertEvent::Online => 0x91_46_ff,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::news::tests::sample;

    fn body(template: Option<&str>, news: &News) -> serde_json::Value {
        let template = template.map(|text| text.parse().unwrap());
        let request =
            request("https://d.example/api/webhooks/1/x?thread_id=2", template.as_ref(), news);
        assert_eq!(request.url, "https://d.example/api/webhooks/1/x?thread_id=2&wait=true");
        serde_json::from_slice(&request.body).unwrap()
    }

    #[test]
    fn chat_can_neither_mention_nor_format_nor_link() {
        let body = body(None, &sample());
        assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
        let embed = &body["embeds"][0];
        assert_eq!(
            embed["title"],
            r"ninja: wow \@everyone \<!channel\> \*bold\* http\: \/\/evil\.example"
        );
        assert_eq!(embed["url"], "https://clips.twitch.tv/Abc-1");
        assert_eq!(embed["image"]["url"], "https://static.example/t.jpg");
        assert_eq!(embed["description"], "31 people in 15 s, usually 6, 12 x Kappa\nscore 0.87");
        assert!(body.get("content").is_none());
    }

    #[test]
    fn a_template_may_format_and_its_values_may_not() {
        let body = body(Some("**{title}** {url}"), &sample());
        let text = body["content"].as_str().unwrap();
        assert!(text.starts_with(r"**wow \@everyone"), "{text}");
        assert!(text.ends_with("** https://clips.twitch.tv/Abc-1"), "{text}");
    }

    #[test]
    fn no_limit_is_exceeded() {
        let long = "*😀".repeat(2_000);
        let news = News { title: long.clone(), reason: long, ..sample() };
        let units = |value: &serde_json::Value| value.as_str().unwrap().encode_utf16().count();
        let usual = body(None, &news);
        assert!(units(&usual["embeds"][0]["title"]) <= MOST_TITLE);
        assert!(units(&usual["embeds"][0]["description"]) <= MOST_DESCRIPTION);
        assert!(units(&body(Some("{title}{reason}"), &news)["content"]) <= MOST_CONTENT);
    }
}
