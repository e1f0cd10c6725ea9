//! Events of a room as EventSub tells them, with all keys that Twitch gives. Pure.

use serde_json::{Map, Value, json};

use super::signals;
use crate::chat::{Author, ChatEvent, Line, Notice, NoticeKind, Standing, display_name, id_of};
use crate::config::is_login;
use crate::irc::Room;

/// What subscribers of each type are told about an event.
pub(super) fn events(event: &ChatEvent, room: &Room) -> Vec<(&'static str, Value)> {
    match event {
        ChatEvent::Line(line) => {
            let mut told = vec![("channel.chat.message", message(line, room))];
            if line.bits > 0 && line.source_room.is_none_or(|source| source == room.id) {
                told.push(("channel.cheer", signals::cheer(line, room)));
                told.push(("channel.bits.use", signals::bits_use(line, room)));
            }
            told
        }
        ChatEvent::Notice(notice) => {
            let mut told = vec![("channel.chat.notification", notification(notice, room))];
            told.extend(signals::of_notice(notice, room));
            told
        }
        ChatEvent::TimedOut { login, .. } => {
            vec![("channel.chat.clear_user_messages", target(room, login))]
        }
        ChatEvent::Cleared => vec![("channel.chat.clear", Value::Object(broadcaster(room)))],
        ChatEvent::Deleted { line_id, login, .. } => {
            let mut event = target(room, login);
            event["message_id"] = json!(line_id);
            vec![("channel.chat.message_delete", event)]
        }
    }
}

/// The three names of a user, as keys with a prefix.
pub(super) fn user(
    fields: &mut Map<String, Value>,
    prefix: &str,
    id: u64,
    login: &str,
    name: &str,
) {
    fields.insert(format!("{prefix}user_id"), json!(id.to_string()));
    fields.insert(format!("{prefix}user_login"), json!(login));
    fields.insert(format!("{prefix}user_name"), json!(name));
}

/// The keys that every event begins with.
pub(super) fn broadcaster(room: &Room) -> Map<String, Value> {
    let mut fields = Map::new();
    user(&mut fields, "broadcaster_", room.id, &room.login, &display_name(&room.login));
    fields
}

fn target(room: &Room, login: &str) -> Value {
    let mut fields = broadcaster(room);
    user(&mut fields, "target_", id_of(login), login, &display_name(login));
    Value::Object(fields)
}

fn message(line: &Line, room: &Room) -> Value {
    let author = &line.author;
    let mut fields = broadcaster(room);
    source(&mut fields, room, line.source_room, &line.id);
    user(&mut fields, "chatter_", author.id, &author.login, &author.display);
    // Within the text, `/me` has IRC's frame; within the fragments it has none.
    let text =
        if line.action { format!("\u{1}ACTION {}\u{1}", line.text) } else { line.text.clone() };
    let cheer = if line.bits > 0 { json!({ "bits": line.bits }) } else { Value::Null };
    fields.extend([
        ("message_id".to_owned(), json!(line.id)),
        ("message".to_owned(), json!({"text": text, "fragments": fragments(line)})),
        ("color".to_owned(), json!(author.color)),
        ("badges".to_owned(), badges(author)),
        ("message_type".to_owned(), json!("text")),
        ("cheer".to_owned(), cheer),
        ("reply".to_owned(), Value::Null),
        ("channel_points_custom_reward_id".to_owned(), Value::Null),
        ("channel_points_animation_id".to_owned(), Value::Null),
    ]);
    Value::Object(fields)
}

/// Where it was written, in a shared chat.
fn source(fields: &mut Map<String, Value>, room: &Room, source: Option<u64>, id: &str) {
    let shared = room.shared || source.is_some();
    let source_id = source.unwrap_or(room.id);
    // Only the own channel has a name here; the other one is somewhere else.
    let login = if source_id == room.id { room.login.as_str() } else { "somewhere_else" };
    let when = |value: Value| if shared { value } else { Value::Null };
    fields.extend([
        ("source_broadcaster_user_id".to_owned(), when(json!(source_id.to_string()))),
        ("source_broadcaster_user_login".to_owned(), when(json!(login))),
        ("source_broadcaster_user_name".to_owned(), when(json!(display_name(login)))),
        ("source_message_id".to_owned(), when(json!(id))),
        ("source_badges".to_owned(), when(json!([]))),
        ("is_source_only".to_owned(), when(json!(false))),
    ]);
}

fn badges(author: &Author) -> Value {
    let badge =
        |set_id: &str, id: &str, info: &str| json!({"set_id": set_id, "id": id, "info": info});
    let mut badges = Vec::new();
    match author.standing {
        Standing::Broadcaster => badges.push(badge("broadcaster", "1", "")),
        Standing::Moderator => badges.push(badge("moderator", "1", "")),
        Standing::Vip => badges.push(badge("vip", "1", "")),
        Standing::Viewer => {}
    }
    if author.months > 0 {
        badges.push(badge("subscriber", "0", &author.months.to_string()));
    }
    Value::from(badges)
}

/// The text in pieces: emotes, cheers and mentions each for themselves.
pub(super) fn fragments(line: &Line) -> Value {
    let letters: Vec<char> = line.text.chars().collect();
    let mut uses = line.emotes.clone();
    uses.sort_by_key(|emote| emote.first);
    let (mut pieces, mut at) = (Vec::new(), 0);
    for emote in uses {
        let Some(name) = letters.get(emote.first..=emote.last).filter(|_| emote.first >= at) else {
            continue;
        };
        words(&letters[at..emote.first], line.bits > 0, &mut pieces);
        let details = json!({
            "id": emote.id, "emote_set_id": "0", "owner_id": "0", "format": ["static"],
        });
        let name: String = name.iter().collect();
        pieces.push(piece("emote", &name, "emote", details));
        at = emote.last + 1;
    }
    words(&letters[at..], line.bits > 0, &mut pieces);
    Value::from(pieces)
}

/// Text between emotes.
fn words(letters: &[char], has_bits: bool, pieces: &mut Vec<Value>) {
    let text: String = letters.iter().collect();
    let mut plain = String::new();
    for word in text.split_inclusive(' ') {
        let bare = word.trim_end();
        let special = if has_bits { cheermote(bare) } else { None }.or_else(|| mention(bare));
        let Some(special) = special else {
            plain.push_str(word);
            continue;
        };
        flush(&mut plain, pieces);
        pieces.push(special);
        plain.push_str(&word[bare.len()..]);
    }
    flush(&mut plain, pieces);
}

fn flush(plain: &mut String, pieces: &mut Vec<Value>) {
    if !plain.is_empty() {
        pieces.push(piece("text", plain, "", Value::Null));
        plain.clear();
    }
}

fn cheermote(word: &str) -> Option<Value> {
    let prefix = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let bits: u32 = word[prefix.len()..].parse().ok()?;
    let details = json!({"prefix": prefix.to_lowercase(), "bits": bits, "tier": 1});
    prefix.eq_ignore_ascii_case("cheer").then(|| piece("cheermote", word, "cheermote", details))
}

fn mention(word: &str) -> Option<Value> {
    let login = word.strip_prefix('@')?.to_lowercase();
    let details = json!({
        "user_id": id_of(&login).to_string(),
        "user_name": display_name(&login),
        "user_login": login,
    });
    is_login(&login).then(|| piece("mention", word, "mention", details))
}

fn piece(kind: &str, text: &str, key: &str, details: Value) -> Value {
    let mut piece = json!({
        "type": kind, "text": text, "cheermote": null, "emote": null, "mention": null,
    });
    if !key.is_empty() {
        piece[key] = details;
    }
    piece
}

/// Details of notices; each notice has all of them, and all but one are `null`.
const DETAILS: [&str; 22] = [
    "sub",
    "resub",
    "sub_gift",
    "community_sub_gift",
    "gift_paid_upgrade",
    "prime_paid_upgrade",
    "raid",
    "unraid",
    "pay_it_forward",
    "announcement",
    "bits_badge_tier",
    "charity_donation",
    "watch_streak",
    "shared_chat_sub",
    "shared_chat_resub",
    "shared_chat_sub_gift",
    "shared_chat_community_sub_gift",
    "shared_chat_gift_paid_upgrade",
    "shared_chat_prime_paid_upgrade",
    "shared_chat_raid",
    "shared_chat_pay_it_forward",
    "shared_chat_announcement",
];

/// Whom IRC names when nobody shall be named.
const ANONYMOUS: &str = "ananonymousgifter";

fn notification(notice: &Notice, room: &Room) -> Value {
    let author = &notice.author;
    let mut fields = broadcaster(room);
    source(&mut fields, room, None, &notice.id);
    if author.login == ANONYMOUS {
        let names = ["chatter_user_id", "chatter_user_login", "chatter_user_name"];
        fields.extend(names.map(|name| (name.to_owned(), Value::Null)));
    } else {
        user(&mut fields, "chatter_", author.id, &author.login, &author.display);
    }
    fields.extend(DETAILS.map(|key| (key.to_owned(), Value::Null)));
    let (kind, details, system) = notice_words(&notice.kind, author);
    let text = &notice.text;
    let fragments =
        if text.is_empty() { vec![] } else { vec![piece("text", text, "", Value::Null)] };
    fields.extend([
        ("chatter_is_anonymous".to_owned(), json!(author.login == ANONYMOUS)),
        ("color".to_owned(), json!(author.color)),
        ("badges".to_owned(), badges(author)),
        ("system_message".to_owned(), json!(system)),
        ("message_id".to_owned(), json!(notice.id)),
        ("message".to_owned(), json!({"text": text, "fragments": fragments})),
        ("notice_type".to_owned(), json!(kind)),
        (kind.to_owned(), details),
    ]);
    Value::Object(fields)
}

/// `notice_type`, its details, and the words for people.
fn notice_words(kind: &NoticeKind, author: &Author) -> (&'static str, Value, String) {
    let name = &author.display;
    match kind {
        NoticeKind::Raid { viewers } => {
            let details = json!({
                "user_id": author.id.to_string(),
                "user_name": name,
                "user_login": author.login,
                "viewer_count": viewers,
                "profile_image_url": "https://static.example/profile-70x70.png",
            });
            ("raid", details, format!("{viewers} raiders from {name} have joined!"))
        }
        NoticeKind::Resub { months } => {
            let details = json!({
                "cumulative_months": months,
                "duration_months": 0,
                "streak_months": null,
                "sub_tier": "1000",
                "is_prime": false,
                "is_gift": false,
                "gifter_is_anonymous": null,
                "gifter_user_id": null,
                "gifter_user_name": null,
                "gifter_user_login": null,
            });
            ("resub", details, format!("{name} subscribed for {months} months!"))
        }
        NoticeKind::GiftBatch { count, total, origin } => {
            let details = json!({
                "id": origin, "total": count, "sub_tier": "1000", "cumulative_total": total,
            });
            let words = format!("{name} is gifting {count} Tier 1 Subs to the community!");
            ("community_sub_gift", details, words)
        }
        NoticeKind::Gift { recipient, total, origin } => {
            let details = json!({
                "duration_months": 1,
                "cumulative_total": total,
                "recipient_user_id": recipient.id.to_string(),
                "recipient_user_name": recipient.display,
                "recipient_user_login": recipient.login,
                "sub_tier": "1000",
                "community_gift_id": origin,
            });
            ("sub_gift", details, format!("{name} gifted a Tier 1 sub to {}!", recipient.display))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::chat::emotes_in;
    use crate::world::guest;

    fn room() -> Room {
        Room { login: "dallas".to_owned(), id: 7, shared: false }
    }

    fn line(text: &str, bits: u32, action: bool) -> Line {
        Line {
            id: "m1".to_owned(),
            author: Arc::new(guest("ann", Standing::Moderator)),
            emotes: emotes_in(text),
            text: text.to_owned(),
            first: false,
            action,
            bits,
            source_room: None,
        }
    }

    #[test]
    fn a_text_falls_into_its_pieces() {
        let said = message(&line("ä @Bob cheer100 Kappa LUL!", 100, true), &room());
        let pieces: Vec<(&str, &str)> = said["message"]["fragments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|piece| (piece["type"].as_str().unwrap(), piece["text"].as_str().unwrap()))
            .collect();
        assert_eq!(
            pieces,
            [
                ("text", "ä "),
                ("mention", "@Bob"),
                ("text", " "),
                ("cheermote", "cheer100"),
                ("text", " "),
                ("emote", "Kappa"),
                ("text", " LUL!"),
            ]
        );
        assert_eq!(said["message"]["text"], "\u{1}ACTION ä @Bob cheer100 Kappa LUL!\u{1}");
        assert_eq!(
            (&said["cheer"]["bits"], &said["badges"][0]["set_id"]),
            (&json!(100), &json!("moderator"))
        );
        assert_eq!(said["source_broadcaster_user_id"], Value::Null);
    }

    #[test]
    fn a_cheer_is_told_three_times_and_a_raid_twice() {
        let told = |event: ChatEvent| -> Vec<&'static str> {
            events(&event, &room()).into_iter().map(|(name, _)| name).collect()
        };
        let cheer = ChatEvent::Line(line("cheer5", 5, false));
        assert_eq!(told(cheer), ["channel.chat.message", "channel.cheer", "channel.bits.use"]);
        let raid = ChatEvent::Notice(Notice {
            id: "n".to_owned(),
            author: Arc::new(guest("ann", Standing::Viewer)),
            kind: NoticeKind::Raid { viewers: 9 },
            text: String::new(),
        });
        assert_eq!(told(raid), ["channel.chat.notification", "channel.raid"]);
    }
}
