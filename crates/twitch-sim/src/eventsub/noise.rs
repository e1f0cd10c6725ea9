//! Messages as a broken EventSub would send them. Pure.

use serde_json::{Value, json};

/// What a message becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Noise {
    /// It comes twice.
    Twice,
    /// It comes after messages of later; the sessions hold it back.
    Late,
    /// Its second half is missing.
    Truncated,
    /// One of a megabyte comes before it.
    Enormous,
    /// Types that nobody knows come before it.
    Unknown,
    /// It has keys that are new; before it comes one that lacks keys.
    Keys,
}

/// Letters of what is enormous.
const ENORMOUS: usize = 1_000_000;
/// What a broken event lacks.
const LACKING: [&str; 4] =
    ["message", "chatter_user_id", "broadcaster_user_id", "broadcaster_user_login"];

/// What is sent for a message with the given id.
pub(super) fn spoil(id: &str, text: String, noise: Option<Noise>) -> Vec<String> {
    match noise {
        None | Some(Noise::Late) => vec![text],
        Some(Noise::Twice) => vec![text.clone(), text],
        Some(Noise::Truncated) => {
            let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at));
            vec![text[..half.unwrap_or(0)].to_owned()]
        }
        Some(Noise::Enormous) => {
            let payload = json!({"event": {"message": {"text": "x".repeat(ENORMOUS)}}});
            vec![stranger(id, "notification", payload), text]
        }
        Some(Noise::Unknown) => vec![
            stranger(id, "notification", json!({"event": {"what": 1}})),
            stranger(id, "session_something_new", json!({})),
            "[]".to_owned(),
            text,
        ],
        Some(Noise::Keys) => match serde_json::from_str(&text) {
            Ok(message) => vec![without_keys(id, &message), with_keys(message)],
            Err(_) => vec![text],
        },
    }
}

/// A message of a type that nobody subscribed to.
fn stranger(id: &str, kind: &str, payload: Value) -> String {
    let metadata = json!({
        "message_id": format!("{id}-{kind}"),
        "message_type": kind,
        "message_timestamp": "2026-01-01T00:00:00Z",
        "subscription_type": "channel.something.new",
        "subscription_version": "99",
    });
    json!({"metadata": metadata, "payload": payload}).to_string()
}

fn without_keys(id: &str, message: &Value) -> String {
    let mut message = message.clone();
    message["metadata"]["message_id"] = json!(format!("{id}-lacking"));
    if let Some(event) = message["payload"]["event"].as_object_mut() {
        LACKING.iter().for_each(|key| drop(event.remove(*key)));
    }
    message.to_string()
}

fn with_keys(mut message: Value) -> String {
    let new = json!({"deep": [1, null, {"er": "\u{0}"}]});
    for part in ["metadata", "payload"] {
        message[part]["something_new"] = new.clone();
    }
    if let Some(event) = message["payload"]["event"].as_object_mut() {
        event.insert("something_new".to_owned(), new);
    }
    message.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_a_message() {
        let event = json!({"message": {"text": "hi ä"}, "broadcaster_user_id": "7"});
        let whole = json!({"metadata": {"message_id": "m"}, "payload": {"event": event}});
        let told = |noise| spoil("m", whole.to_string(), noise);
        let read = |text: &String| serde_json::from_str::<Value>(text);
        assert_eq!(told(None), [whole.to_string()]);
        assert_eq!(told(Some(Noise::Twice)).len(), 2);
        assert!(told(Some(Noise::Truncated)).iter().all(|text| read(text).is_err()));
        assert!(told(Some(Noise::Enormous))[0].len() > ENORMOUS);
        for noise in [Noise::Enormous, Noise::Unknown] {
            assert_eq!(told(Some(noise)).last(), Some(&whole.to_string()));
        }
        let keys = told(Some(Noise::Keys));
        let [lacking, more] = [read(&keys[0]).unwrap(), read(&keys[1]).unwrap()];
        assert_eq!(lacking["payload"]["event"], json!({}));
        assert_eq!(more["payload"]["event"]["message"], json!({"text": "hi ä"}));
        assert_ne!(lacking["metadata"]["message_id"], more["metadata"]["message_id"]);
    }
}
