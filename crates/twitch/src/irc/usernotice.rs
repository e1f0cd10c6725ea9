//! USERNOTICE: raids, subscriptions, gifts, and whatever Twitch thinks of next.
//!
//! Read from the bare tags: the parser's typed message refuses kinds that it does
//! not know, and a new kind must never lose the event.

use tmi::IrcMessageRef;

use super::parse::{last_param, non_empty};
use crate::chat::event::{NoticeKind, UserNotice};

/// The notice, or `None` for `sharedchatnotice`, which tells of another room.
pub(super) fn read(message: &IrcMessageRef<'_>) -> Option<UserNotice> {
    let kind = kind(message)?;
    Some(UserNotice {
        kind,
        login: message.tag("login").unwrap_or_default().to_ascii_lowercase(),
        text: message.params().and_then(|_| non_empty(last_param(message))),
        id: message.tag("id").unwrap_or_default().to_owned(),
    })
}

fn kind(message: &IrcMessageRef<'_>) -> Option<NoticeKind> {
    let number = |tag: &str| message.tag(tag).and_then(|value| value.parse::<u32>().ok());
    Some(match message.tag("msg-id").unwrap_or_default() {
        "sharedchatnotice" => return None,
        "raid" => NoticeKind::Raid { viewers: number("msg-param-viewerCount").unwrap_or(0) },
        "sub" | "resub" => NoticeKind::Subscription,
        // The gifts of a mystery gift follow it one by one; it has told their number.
        other @ ("subgift" | "anonsubgift")
            if message.tag("msg-param-community-gift-id").is_some_and(|id| !id.is_empty()) =>
        {
            NoticeKind::Other(other.to_owned())
        }
        "subgift" | "anonsubgift" => NoticeKind::Gift { count: 1 },
        "submysterygift" | "anonsubmysterygift" => {
            NoticeKind::Gift { count: number("msg-param-mass-gift-count").unwrap_or(1) }
        }
        other => NoticeKind::Other(other.to_owned()),
    })
}
