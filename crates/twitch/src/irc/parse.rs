//! One raw IRC line to what it means for us. Pure; any text is survived.

use cliphound_work::{each, steps};
use tmi::{Command, IrcMessageRef};

use super::{emotes::emote_names, usernotice};
use crate::{
    ChannelLogin,
    chat::event::{ChatEvent, ChatMessage, Loss, RoomState, without_action},
    words::told,
};

/// The longest line that is read, in bytes. Twitch's lines stay under 16 KiB (8 KiB of
/// tags by IRCv3, twice that by habit); the parser's 16-bit tag lengths end at 64 KiB.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// The parser's fixed table of tags; a line with more would make it panic.
const MAX_TAGS: usize = 128;

/// What a line means.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// Something happened in a channel.
    Event {
        /// Where it happened.
        channel: ChannelLogin,
        /// The channel's id, where the line tells it.
        room_id: Option<String>,
        /// Twitch's own time, Unix milliseconds.
        sent_ms: Option<i64>,
        /// What happened.
        event: ChatEvent,
    },
    /// The server asks whether we live; answer with PONG and the same text.
    Ping(String),
    /// The server answers our PING.
    Pong(String),
    /// The server will close this connection soon.
    Reconnect,
    /// 001: we are logged in.
    Welcome,
    /// The server refuses our login, in its own words.
    LoginFailed(String),
    /// The capabilities that we asked for are granted.
    CapAck,
    /// Shared chat: written in another room.
    Foreign,
    /// Understood, and of no use to us (353, 366, USERSTATE, other people's JOINs …).
    Known,
    /// Not understood.
    Unknown,
}

/// Reads one line, with or without its line end. `own_login` is the nick of this
/// connection in any case: JOIN and PART of others are not ours.
#[must_use]
pub fn parse_line(line: &str, own_login: &str) -> Line {
    let line = line.trim_end_matches(['\r', '\n']);
    steps(line.len());
    if !within_parser_limits(line) {
        return Line::Unknown;
    }
    let Some(message) = IrcMessageRef::parse(line) else { return Line::Unknown };
    match message.command() {
        Command::Privmsg => privmsg(&message),
        Command::UserNotice => user_notice(&message),
        Command::ClearChat => clear_chat(&message),
        Command::ClearMsg => clear_message(&message),
        Command::RoomState => room_state(&message),
        Command::Notice => notice(&message),
        Command::Join => own(&message, own_login, ChatEvent::Joined),
        Command::Part => own(&message, own_login, ChatEvent::Lost(Loss::PUT_OUT)),
        Command::Ping => Line::Ping(last_param(&message).to_owned()),
        Command::Pong => Line::Pong(last_param(&message).to_owned()),
        Command::Reconnect => Line::Reconnect,
        Command::RplWelcome => Line::Welcome,
        Command::Capability => capability(&message),
        Command::Whisper
        | Command::GlobalUserState
        | Command::UserState
        | Command::RplYourHost
        | Command::RplCreated
        | Command::RplMyInfo
        | Command::RplNames
        | Command::RplEndOfNames
        | Command::RplMotd
        | Command::RplMotdStart
        | Command::RplEndOfMotd
        | Command::Other("HOSTTARGET") => Line::Known,
        Command::Other(_) => Line::Unknown,
    }
}

/// `tmi` keeps tag lengths in 16 bits and at most [`MAX_TAGS`] tags, and panics past that.
fn within_parser_limits(line: &str) -> bool {
    if line.len() > MAX_LINE_BYTES {
        return false;
    }
    match line.split_once(' ') {
        Some((tags, _)) if tags.starts_with('@') => {
            tags.bytes().filter(|byte| *byte == b';').count() < MAX_TAGS
        }
        _ => true,
    }
}

/// The tags of a PRIVMSG that we use, found in one pass; empty where missing.
#[derive(Default)]
struct MessageTags<'a> {
    badges: &'a str,
    bits: &'a str,
    emotes: &'a str,
    id: &'a str,
    moderator: &'a str,
    room_id: &'a str,
    sent: &'a str,
    source_room_id: &'a str,
    user_id: &'a str,
}

impl<'a> MessageTags<'a> {
    fn read(message: &IrcMessageRef<'a>) -> Self {
        let mut tags = Self::default();
        for (key, value) in each(message.tags()) {
            match key {
                "badges" => tags.badges = value,
                "bits" => tags.bits = value,
                "emotes" => tags.emotes = value,
                "id" => tags.id = value,
                "mod" => tags.moderator = value,
                "room-id" => tags.room_id = value,
                "tmi-sent-ts" => tags.sent = value,
                "source-room-id" => tags.source_room_id = value,
                "user-id" => tags.user_id = value,
                _ => {}
            }
        }
        tags
    }
}

fn privmsg(message: &IrcMessageRef<'_>) -> Line {
    let tags = MessageTags::read(message);
    if is_foreign(tags.source_room_id, tags.room_id) {
        return Line::Foreign;
    }
    let (Some(channel), Some(params)) = (channel(message), message.params()) else {
        return Line::Unknown;
    };
    let text = without_action(params.strip_prefix(':').unwrap_or(params));
    let sender = message.prefix().and_then(|prefix| prefix.nick).unwrap_or_default();
    let broadcaster = has_badge(tags.badges, "broadcaster");
    Line::Event {
        channel,
        room_id: non_empty(tags.room_id),
        sent_ms: tags.sent.parse().ok(),
        event: ChatEvent::Message(ChatMessage {
            id: tags.id.to_owned(),
            user_id: tags.user_id.to_owned(),
            login: sender.to_ascii_lowercase(),
            text: text.to_owned(),
            emotes: emote_names(tags.emotes, text),
            broadcaster,
            moderator: tags.moderator == "1"
                || has_badge(tags.badges, "moderator")
                || has_badge(tags.badges, "lead_moderator"),
            vip: has_badge(tags.badges, "vip"),
            subscriber: has_badge(tags.badges, "subscriber") || has_badge(tags.badges, "founder"),
            bits: tags.bits.parse().unwrap_or(0),
        }),
    }
}

/// Whether shared chat brought the line here from another room.
fn is_foreign(source_room_id: &str, room_id: &str) -> bool {
    !source_room_id.is_empty() && source_room_id != room_id
}

fn has_badge(badges: &str, name: &str) -> bool {
    each(badges.split(',')).any(|badge| badge.split('/').next() == Some(name))
}

fn user_notice(message: &IrcMessageRef<'_>) -> Line {
    let room_id = message.tag("room-id").unwrap_or_default();
    if is_foreign(message.tag("source-room-id").unwrap_or_default(), room_id) {
        return Line::Foreign;
    }
    match usernotice::read(message) {
        Some(notice) => event(message, ChatEvent::UserNotice(notice)),
        None => Line::Foreign,
    }
}

fn clear_chat(message: &IrcMessageRef<'_>) -> Line {
    let user = message.params().and_then(|_| non_empty(last_param(message)));
    event(message, ChatEvent::ChatCleared { user: user.map(|user| user.to_ascii_lowercase()) })
}

fn clear_message(message: &IrcMessageRef<'_>) -> Line {
    match message.tag("target-msg-id").and_then(non_empty) {
        Some(id) => event(message, ChatEvent::MessageDeleted { id }),
        None => Line::Unknown,
    }
}

fn room_state(message: &IrcMessageRef<'_>) -> Line {
    let flag = |name: &str| message.tag(name).and_then(non_empty).map(|value| value == "1");
    let state = RoomState {
        slow_s: message.tag("slow").and_then(|seconds| seconds.parse().ok()),
        followers_only_min: message.tag("followers-only").and_then(|min| min.parse().ok()),
        subscribers_only: flag("subs-only"),
        emote_only: flag("emote-only"),
    };
    event(message, ChatEvent::RoomState(state))
}

fn notice(message: &IrcMessageRef<'_>) -> Line {
    const REFUSALS: [&str; 5] = [
        "Login authentication failed",
        "Improperly formatted auth",
        "Login unsuccessful",
        "Error logging in",
        "Invalid NICK",
    ];
    let text = last_param(message);
    if message.channel().is_none() && REFUSALS.iter().any(|words| text.starts_with(words)) {
        return Line::LoginFailed(told(text));
    }
    let msg_id = message.tag("msg-id").unwrap_or_default().to_owned();
    event(message, ChatEvent::Notice { msg_id, text: text.to_owned() })
}

/// JOIN and PART count when they are our own.
fn own(message: &IrcMessageRef<'_>, own_login: &str, what: ChatEvent) -> Line {
    let nick = message.prefix().and_then(|prefix| prefix.nick).unwrap_or_default();
    if nick.eq_ignore_ascii_case(own_login) { event(message, what) } else { Line::Known }
}

fn capability(message: &IrcMessageRef<'_>) -> Line {
    let granted = message.params().is_some_and(|params| params.split(' ').any(|w| w == "ACK"));
    if granted { Line::CapAck } else { Line::Unknown }
}

fn event(message: &IrcMessageRef<'_>, event: ChatEvent) -> Line {
    match channel(message) {
        Some(channel) => Line::Event {
            channel,
            room_id: message.tag("room-id").and_then(non_empty),
            sent_ms: message.tag("tmi-sent-ts").and_then(|ms| ms.parse().ok()),
            event,
        },
        None => Line::Unknown,
    }
}

fn channel(message: &IrcMessageRef<'_>) -> Option<ChannelLogin> {
    // RFC 1459 allows `JOIN :#channel`, which `tmi` leaves among the parameters.
    let name = message.channel().or_else(|| message.params()?.strip_prefix(":#"))?;
    ChannelLogin::parse(name).ok()
}

/// The text after the first ` :` (or a leading `:`), else all parameters.
pub(super) fn last_param<'a>(message: &IrcMessageRef<'a>) -> &'a str {
    let params = message.params().unwrap_or_default();
    params
        .strip_prefix(':')
        .or_else(|| params.split_once(" :").map(|(_, text)| text))
        .unwrap_or(params)
}

pub(super) fn non_empty(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}
