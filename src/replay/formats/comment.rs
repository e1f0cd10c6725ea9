//! One comment of a VOD's chat as downloaders write it; also as JSON lines.

use cliphound_engine::{EventTime, Input, Message, Role};
use serde_json::Value;

use super::Read;
use crate::replay::{
    event::{Fed, plausible_ms},
    stamp,
};

/// Reads comments; the first one decides which of its two times is used for all.
#[derive(Debug, Default)]
pub struct Comments {
    clock: Option<Clock>,
}

#[derive(Debug, Clone, Copy)]
enum Clock {
    Offset,
    Created,
}

impl Comments {
    /// Reads a line that is one comment.
    pub fn read(&mut self, line: &str) -> Read {
        match serde_json::from_str(line) {
            Ok(comment) => self.read_value(&comment),
            Err(_) => Read::Unreadable,
        }
    }

    /// Reads one comment.
    pub fn read_value(&mut self, comment: &Value) -> Read {
        let Some(input) = input(comment) else { return Read::Unreadable };
        let offset = offset_ms(comment);
        let clock = *self.clock.get_or_insert(if offset.is_some() {
            Clock::Offset
        } else {
            Clock::Created
        });
        let at = match clock {
            Clock::Offset => offset,
            Clock::Created => comment["created_at"].as_str().and_then(stamp::date_time),
        };
        match at {
            Some(at) => Read::Fed(Fed { at: EventTime(at), channel: None, input }),
            None => Read::Untimed,
        }
    }
}

/// Whether a JSON value is such a comment.
#[must_use]
pub fn is_comment(value: &Value) -> bool {
    value["message"].is_object()
        && (value.get("content_offset_seconds").is_some() || value.get("created_at").is_some())
}

fn offset_ms(comment: &Value) -> Option<i64> {
    comment["content_offset_seconds"].as_f64().and_then(|seconds| plausible_ms(seconds * 1000.0))
}

fn input(comment: &Value) -> Option<Input> {
    let message = comment.get("message")?;
    Some(match message["user_notice_params"]["msg-id"].as_str() {
        Some("sub" | "resub") => Input::Subscription,
        Some("subgift" | "submysterygift" | "anonsubgift") => Input::Gift { count: 1 },
        Some("raid") => Input::Raid { viewers: raiders(message) },
        _ => Input::Message(Message {
            id: None,
            user: user(&comment["commenter"]),
            text: text(message)?,
            emotes: emotes(message),
            role: role(message),
            bits: message["bits_spent"].as_u64().and_then(|bits| bits.try_into().ok()).unwrap_or(0),
        }),
    })
}

fn raiders(message: &Value) -> u32 {
    let viewers = &message["user_notice_params"]["msg-param-viewerCount"];
    viewers.as_str().and_then(|count| count.parse().ok()).unwrap_or(0)
}

fn user(commenter: &Value) -> Option<String> {
    ["name", "login", "display_name"]
        .iter()
        .find_map(|key| commenter[key].as_str())
        .map(str::to_lowercase)
}

fn text(message: &Value) -> Option<String> {
    match message["body"].as_str() {
        Some(body) => Some(body.to_owned()),
        None => Some(fragments(message)?.filter_map(|f| f["text"].as_str()).collect()),
    }
}

fn fragments(message: &Value) -> Option<impl Iterator<Item = &Value>> {
    message["fragments"].as_array().map(|fragments| fragments.iter())
}

/// Names of the emotes, each once: from the fragments, else from places in the body.
fn emotes(message: &Value) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    for fragment in fragments(message).into_iter().flatten() {
        if fragment["emoticon"].is_object() || fragment["emote"].is_object() {
            add(fragment["text"].as_str().unwrap_or_default().trim());
        }
    }
    if message["fragments"].is_null() {
        let body = message["body"].as_str().unwrap_or_default();
        for place in message["emoticons"].as_array().into_iter().flatten() {
            add(&characters(body, place).unwrap_or_default());
        }
    }
    names
}

/// The characters from `begin` to `end`, both counted.
fn characters(body: &str, place: &Value) -> Option<String> {
    let begin = usize::try_from(place["begin"].as_u64()?).ok()?;
    let end = usize::try_from(place["end"].as_u64()?).ok()?;
    let count = end.checked_sub(begin)?.saturating_add(1);
    Some(body.chars().skip(begin).take(count).collect())
}

fn role(message: &Value) -> Role {
    let badges = message["user_badges"].as_array().into_iter().flatten();
    badges
        .filter_map(|badge| badge["_id"].as_str())
        .map(|id| match id {
            "broadcaster" => Role::Broadcaster,
            "moderator" | "lead_moderator" => Role::Moderator,
            _ => Role::Viewer,
        })
        .max()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(line: &str) -> Option<(i64, Message)> {
        match Comments::default().read(line) {
            Read::Fed(Fed { at, input: Input::Message(message), .. }) => Some((at.0, message)),
            _ => None,
        }
    }

    #[test]
    fn a_whole_comment() {
        let line = r#"{"content_offset_seconds": 3.5, "created_at": "2021-07-15T02:01:48.745Z",
            "commenter": {"display_name": "Ann", "name": "ann_"},
            "message": {"body": "wow Kappa Kappa <3", "bits_spent": 100,
              "fragments": [{"text": "wow "}, {"text": "Kappa", "emoticon": {"emoticon_id": "25"}},
                {"text": " "}, {"text": "Kappa", "emoticon": {"emoticon_id": "25"}}, {"text": " <3", "emoticon": null}],
              "user_badges": [{"_id": "subscriber"}, {"_id": "moderator"}]}}"#;
        let expected = Message {
            id: None,
            user: Some("ann_".into()),
            text: "wow Kappa Kappa <3".into(),
            emotes: vec!["Kappa".into()],
            role: Role::Moderator,
            bits: 100,
        };
        assert_eq!(message(line), Some((3500, expected)));
    }

    #[test]
    fn poorer_comments() {
        for (line, at, user, text, emotes) in [
            (
                r#"{"created_at":"1970-01-01T00:00:09Z","commenter":{"display_name":"Ann"},"message":{"body":"é Kappa","emoticons":[{"_id":"25","begin":2,"end":6},{"begin":9,"end":3}]}}"#,
                9000,
                Some("ann"),
                "é Kappa",
                vec!["Kappa"],
            ),
            (
                r#"{"content_offset_seconds":7,"commenter":null,"message":{"fragments":[{"text":"a "},{"text":"b","emote":{"emoteID":"1"}}]}}"#,
                7000,
                None,
                "a b",
                vec!["b"],
            ),
        ] {
            let (time, read) = message(line).unwrap();
            assert_eq!((time, read.user.as_deref(), read.text.as_str()), (at, user, text));
            assert_eq!(read.emotes, emotes);
        }
    }

    #[test]
    fn notices_are_no_messages() {
        for (params, expected) in [
            (r#"{"msg-id":"resub"}"#, Input::Subscription),
            (r#"{"msg-id":"subgift"}"#, Input::Gift { count: 1 }),
            (r#"{"msg-id":"raid","msg-param-viewerCount":"40"}"#, Input::Raid { viewers: 40 }),
        ] {
            let line = format!(
                r#"{{"content_offset_seconds":1,"message":{{"body":"x","user_notice_params":{params}}}}}"#
            );
            let fed = Fed { at: EventTime(1000), channel: None, input: expected };
            assert_eq!(Comments::default().read(&line), Read::Fed(fed));
        }
    }

    #[test]
    fn one_clock_for_all() {
        let mut reader = Comments::default();
        assert!(matches!(
            reader.read(r#"{"content_offset_seconds":1,"message":{"body":"x"}}"#),
            Read::Fed(_)
        ));
        let other = r#"{"created_at":"2021-07-15T02:01:48Z","message":{"body":"x"}}"#;
        assert_eq!(reader.read(other), Read::Untimed);
        assert_eq!(reader.read(r#"{"content_offset_seconds":1}"#), Read::Unreadable);
        assert_eq!(reader.read("[1]"), Read::Unreadable);
    }
}
