//! JSON to anybody, signed as Standard Webhooks has it:
//! <https://github.com/standard-webhooks/standard-webhooks>.

use serde_json::json;

use super::Request;
use crate::{
    alerts::{News, sign::signature, text},
    config::{Alert, AlertEvent},
};

pub(super) fn request(
    url: &str,
    key: Option<&[u8]>,
    alert: &Alert,
    news: &News,
    now_s: i64,
) -> Request {
    let time = jiff::Timestamp::from_millisecond(news.at_ms).map(|time| time.to_string());
    let id = id(news);
    let body = json!({
        "type": format!("cliphound.{}", news.event),
        "id": id,
        "timestamp": time.ok(),
        "alert": alert.name,
        "text": text::plain_text(alert.template.as_ref(), news),
        "data": {
            "channel": Some(&news.channel).filter(|channel| !channel.is_empty()),
            "broadcaster_id": news.broadcaster_id,
            "key": news.key,
            "title": news.title,
            "reason": news.reason,
            "cause": news.cause,
            // Two decimals, as everywhere: a float of 32 bits has a long tail as JSON.
            "score": news.score.map(|score| (f64::from(score) * 100.0).round() / 100.0),
            "url": news.url,
            "thumbnail": news.thumbnail,
            "game": news.game,
            "is_over": (news.event == AlertEvent::Trouble).then_some(news.is_over),
        },
    });
    let mut request = Request::json(url.to_owned(), &body);
    let signed = key.map(|key| signature(key, &id, now_s, &request.body));
    request.headers.push(("webhook-id", id));
    request.headers.push(("webhook-timestamp", now_s.to_string()));
    request.headers.extend(signed.map(|signed| ("webhook-signature", signed)));
    request
}

/// The same for every attempt to tell the same thing: who has seen it, has it already. No full
/// stop is in it, which divides what is signed.
fn id(news: &News) -> String {
    let sign = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    format!("{}-{}", news.event, news.key).chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::{news::tests::sample, story::webhook};

    #[test]
    fn the_body_is_the_facts_and_the_id_stays() {
        let alert = webhook("hook", "https://a.b/c");
        let first = request("https://a.b/c", Some(b"key"), &alert, &sample(), 1);
        let again = request("https://a.b/c", Some(b"key"), &alert, &sample(), 2);
        assert_eq!(first.body, again.body);
        assert_eq!(first.headers[0], ("webhook-id", "clip-7-1790000000000".to_owned()));
        assert_eq!(first.headers[0], again.headers[0]);
        assert_ne!(first.headers[2], again.headers[2], "the time is in what is signed");
        let body: serde_json::Value = serde_json::from_slice(&first.body).unwrap();
        assert_eq!(body["type"], "cliphound.clip");
        assert_eq!(body["data"]["score"], 0.87);
        assert_eq!(body["data"]["title"], sample().title, "programs get it as it is");
    }
}
