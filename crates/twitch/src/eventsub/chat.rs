//! EventSub's chat events as those that IRC's lines mean. Pure.

use std::collections::HashSet;

use cliphound_work::{each, steps};
use serde_json::Value;

use super::json::{flag, login, number, some_text, text};
use crate::chat::event::{ChatEvent, ChatMessage, NoticeKind, UserNotice};

/// More different emotes than this are not named, as with IRC.
const MAX_EMOTES: usize = 128;
/// Twitch's longest emote codes (prefix and name) stay well under this.
const MAX_NAME_CHARS: usize = 100;
/// Who gives anonymously, as IRC calls them.
const ANONYMOUS: &str = "ananonymousgifter";

/// Whether shared chat brought the event to this broadcaster's channel from another one.
pub(super) fn is_foreign(event: &Value, broadcaster_id: Option<&str>) -> bool {
    let source = text(event, "source_broadcaster_user_id");
    let elsewhere = !source.is_empty() && broadcaster_id.is_some_and(|own| own != source);
    elsewhere || text(event, "notice_type").starts_with("shared_chat_")
}

/// `channel.chat.message`; `None` without any text.
pub(super) fn message(event: &Value) -> Option<ChatEvent> {
    let message = event.get("message")?;
    let (broadcaster, moderator) = role(event);
    Some(ChatEvent::Message(ChatMessage {
        id: text(event, "message_id").to_owned(),
        user_id: text(event, "chatter_user_id").to_owned(),
        login: login(event, "chatter_user_login"),
        text: written(message)?,
        emotes: emotes(message),
        broadcaster,
        moderator,
        vip: has_badge(event, &["vip"]),
        subscriber: has_badge(event, &["subscriber", "founder"]),
        bits: event.get("cheer").and_then(|cheer| number(cheer, "bits")).unwrap_or(0),
    }))
}

/// `channel.chat.notification`.
pub(super) fn notice(event: &Value) -> ChatEvent {
    let login = match login(event, "chatter_user_login") {
        nobody if nobody.is_empty() && flag(event, "chatter_is_anonymous") => ANONYMOUS.to_owned(),
        login => login,
    };
    let text_of = |message: &Value| some_text(message, "text");
    ChatEvent::UserNotice(UserNotice {
        kind: notice_kind(event),
        login,
        text: event.get("message").and_then(text_of),
        id: text(event, "message_id").to_owned(),
    })
}

/// `channel.chat.message_delete`; `None` when it does not say which.
pub(super) fn deleted(event: &Value) -> Option<ChatEvent> {
    some_text(event, "message_id").map(|id| ChatEvent::MessageDeleted { id })
}

/// `channel.chat.clear_user_messages`. Without a name, nobody's messages go: the whole
/// chat has an event of its own.
pub(super) fn user_cleared(event: &Value) -> Option<ChatEvent> {
    let user = Some(login(event, "target_user_login")).filter(|login| !login.is_empty());
    user.map(|user| ChatEvent::ChatCleared { user: Some(user) })
}

/// Broadcaster and moderator, by the badges. The broadcaster's own id counts as well.
fn role(event: &Value) -> (bool, bool) {
    let chatter = text(event, "chatter_user_id");
    let owns = !chatter.is_empty() && chatter == text(event, "broadcaster_user_id");
    let owns = owns || has_badge(event, &["broadcaster"]);
    (owns, has_badge(event, &["moderator", "lead_moderator"]))
}

/// One of these badges is worn.
fn has_badge(event: &Value, names: &[&str]) -> bool {
    let badges = event.get("badges").and_then(Value::as_array);
    badges.is_some_and(|all| each(all.iter()).any(|badge| names.contains(&text(badge, "set_id"))))
}

/// The text, without the `/me` frame; put together from its pieces where it is missing.
fn written(message: &Value) -> Option<String> {
    let whole = message.get("text").and_then(Value::as_str);
    let pieces = || -> Option<String> {
        let pieces = message.get("fragments")?.as_array()?;
        Some(pieces.iter().map(|piece| text(piece, "text")).collect())
    };
    let whole = whole.map(str::to_owned).or_else(pieces)?;
    Some(crate::chat::event::without_action(&whole).to_owned())
}

/// Names of Twitch's emotes, each once, in order of first appearance.
fn emotes(message: &Value) -> Vec<String> {
    let Some(fragments) = message.get("fragments").and_then(Value::as_array) else {
        return Vec::new();
    };
    let mut known = HashSet::new();
    let names = each(fragments.iter()).filter_map(emote).filter(|name| known.insert(*name));
    names.take(MAX_EMOTES).map(str::to_owned).collect()
}

/// The name of the emote that a piece of text is.
fn emote(fragment: &Value) -> Option<&str> {
    let is_emote =
        text(fragment, "type") == "emote" || fragment.get("emote").is_some_and(Value::is_object);
    let name = Some(text(fragment, "text").trim()).filter(|name| is_emote && !name.is_empty())?;
    steps(name.len());
    let fits = !name.contains(char::is_whitespace) && name.chars().count() <= MAX_NAME_CHARS;
    fits.then_some(name)
}

fn notice_kind(event: &Value) -> NoticeKind {
    let kind = text(event, "notice_type");
    let details = event.get(kind).unwrap_or(&Value::Null);
    match kind {
        "raid" => NoticeKind::Raid { viewers: number(details, "viewer_count").unwrap_or(0) },
        "sub" | "resub" => NoticeKind::Subscription,
        // The gifts to a community follow it one by one; it has told their number.
        "sub_gift" if some_text(details, "community_gift_id").is_some() => {
            NoticeKind::Other("subgift".to_owned())
        }
        "sub_gift" => NoticeKind::Gift { count: 1 },
        "community_sub_gift" => NoticeKind::Gift { count: number(details, "total").unwrap_or(1) },
        other => NoticeKind::Other(irc_name(other).to_owned()),
    }
}

/// What IRC calls a notice, where it has another name for it.
fn irc_name(kind: &str) -> &str {
    match kind {
        "gift_paid_upgrade" => "giftpaidupgrade",
        "prime_paid_upgrade" => "primepaidupgrade",
        "pay_it_forward" => "standardpayforward",
        "bits_badge_tier" => "bitsbadgetier",
        "charity_donation" => "charitydonation",
        "watch_streak" => "viewermilestone",
        same => same,
    }
}
