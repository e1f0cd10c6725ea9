//! Events of a room as IRC lines, with the tags that Twitch gives. Pure.

use std::fmt::Write as _;

use crate::chat::{Author, ChatEvent, EmoteUse, Line, Notice, NoticeKind, Standing};

/// What a client asked for with CAP REQ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Caps {
    pub tags: bool,
    pub commands: bool,
}

/// A room, as lines name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Room {
    pub login: String,
    pub id: u64,
    /// Lines carry where they were written, though most were written here.
    pub shared: bool,
}

/// The line that a client with these capabilities gets; `None`: nothing.
pub(crate) fn render(event: &ChatEvent, room: &Room, sent_ms: i64, caps: Caps) -> Option<String> {
    let (tags, body) = match event {
        ChatEvent::Line(line) => message(line, room, sent_ms),
        _ if !caps.commands => return None,
        ChatEvent::Notice(notice) => user_notice(notice, room, sent_ms),
        ChatEvent::TimedOut { login, id, seconds } => (
            format!(
                "ban-duration={seconds};room-id={};target-user-id={id};tmi-sent-ts={sent_ms}",
                room.id
            ),
            format!(":tmi.twitch.tv CLEARCHAT #{} :{login}", room.login),
        ),
        ChatEvent::Cleared => (
            format!("room-id={};tmi-sent-ts={sent_ms}", room.id),
            format!(":tmi.twitch.tv CLEARCHAT #{}", room.login),
        ),
        ChatEvent::Deleted { line_id, login, text } => (
            format!("login={login};room-id=;target-msg-id={line_id};tmi-sent-ts={sent_ms}"),
            format!(":tmi.twitch.tv CLEARMSG #{} :{text}", room.login),
        ),
    };
    Some(tagged(caps, &tags, body))
}

/// ROOMSTATE, as it comes after a JOIN.
pub(crate) fn room_state(room: &Room, caps: Caps) -> String {
    let tags =
        format!("emote-only=0;followers-only=-1;r9k=0;room-id={};slow=0;subs-only=0", room.id);
    tagged(caps, &tags, format!(":tmi.twitch.tv ROOMSTATE #{}", room.login))
}

/// USERSTATE, as it comes after a JOIN and after each line that was sent.
pub(crate) fn user_state(display: &str, room: &Room, caps: Caps) -> String {
    let tags = format!(
        "badge-info=;badges=;color=;display-name={};emote-sets=0;mod=0;subscriber=0;user-type=",
        escape(display)
    );
    tagged(caps, &tags, format!(":tmi.twitch.tv USERSTATE #{}", room.login))
}

/// GLOBALUSERSTATE, as it comes after a log-in.
pub(crate) fn global_user_state(display: &str, user_id: u64, caps: Caps) -> String {
    let tags = format!(
        "badge-info=;badges=;color=;display-name={};emote-sets=0;user-id={user_id};user-type=",
        escape(display)
    );
    tagged(caps, &tags, ":tmi.twitch.tv GLOBALUSERSTATE".to_owned())
}

fn tagged(caps: Caps, tags: &str, body: String) -> String {
    if caps.tags { format!("@{tags} {body}") } else { body }
}

fn message(line: &Line, room: &Room, sent_ms: i64) -> (String, String) {
    let author = &line.author;
    let mut tags = String::with_capacity(420);
    person_start(&mut tags, author);
    if line.bits > 0 {
        let _ = write!(tags, "bits={};", line.bits);
    }
    let _ = write!(
        tags,
        "color={};display-name={};emotes={};first-msg={};flags=;id={};mod={};returning-chatter=0;\
         room-id={};",
        author.color,
        escape(&author.display),
        emotes(&line.emotes),
        u8::from(line.first),
        line.id,
        u8::from(author.standing == Standing::Moderator),
        room.id,
    );
    if room.shared || line.source_room.is_some() {
        let source = line.source_room.unwrap_or(room.id);
        let _ = write!(
            tags,
            "source-badge-info=;source-badges=;source-id={};source-only=0;source-room-id={source};",
            line.id
        );
    }
    let _ = write!(tags, "subscriber={};tmi-sent-ts={sent_ms};", u8::from(author.months > 0));
    person_end(&mut tags, author);
    let text =
        if line.action { format!("\u{1}ACTION {}\u{1}", line.text) } else { line.text.clone() };
    let login = &author.login;
    let body = format!(":{login}!{login}@{login}.tmi.twitch.tv PRIVMSG #{} :{text}", room.login);
    (tags, body)
}

fn user_notice(notice: &Notice, room: &Room, sent_ms: i64) -> (String, String) {
    let author = &notice.author;
    let (msg_id, params, system) = notice_words(&notice.kind, author);
    let mut tags = String::with_capacity(600);
    person_start(&mut tags, author);
    let _ = write!(
        tags,
        "color={};display-name={};emotes=;flags=;id={};login={};mod={};msg-id={msg_id};",
        author.color,
        escape(&author.display),
        notice.id,
        author.login,
        u8::from(author.standing == Standing::Moderator),
    );
    for (name, value) in params {
        let _ = write!(tags, "msg-param-{name}={};", escape(&value));
    }
    let _ = write!(
        tags,
        "room-id={};subscriber={};system-msg={};tmi-sent-ts={sent_ms};",
        room.id,
        u8::from(author.months > 0),
        escape(&system)
    );
    person_end(&mut tags, author);
    let body = format!(":tmi.twitch.tv USERNOTICE #{}", room.login);
    let body = if notice.text.is_empty() { body } else { format!("{body} :{}", notice.text) };
    (tags, body)
}

/// `msg-id`, the `msg-param-…` tags, and the words for people.
fn notice_words(
    kind: &NoticeKind,
    author: &Author,
) -> (&'static str, Vec<(&'static str, String)>, String) {
    let name = &author.display;
    match kind {
        NoticeKind::Raid { viewers } => {
            let params = vec![
                ("displayName", name.clone()),
                ("login", author.login.clone()),
                ("profileImageURL", "https://static.example/profile-70x70.png".to_owned()),
                ("viewerCount", viewers.to_string()),
            ];
            ("raid", params, format!("{viewers} raiders from {name} have joined!"))
        }
        NoticeKind::Resub { months } => {
            let params = vec![
                ("cumulative-months", months.to_string()),
                ("months", "0".to_owned()),
                ("should-share-streak", "0".to_owned()),
                ("sub-plan-name", "Channel Subscription".to_owned()),
                ("sub-plan", "1000".to_owned()),
                ("was-gifted", "false".to_owned()),
            ];
            let words =
                format!("{name} subscribed at Tier 1. They've subscribed for {months} months!");
            ("resub", params, words)
        }
        NoticeKind::GiftBatch { count, total, origin } => {
            let params = vec![
                ("community-gift-id", origin.clone()),
                ("mass-gift-count", count.to_string()),
                ("origin-id", origin.clone()),
                ("sender-count", total.to_string()),
                ("sub-plan", "1000".to_owned()),
            ];
            let words = format!(
                "{name} is gifting {count} Tier 1 Subs to the community! \
                 They've gifted a total of {total} in the channel!"
            );
            ("submysterygift", params, words)
        }
        NoticeKind::Gift { recipient, total, origin } => {
            let params = vec![
                ("community-gift-id", origin.clone()),
                ("gift-months", "1".to_owned()),
                ("months", "1".to_owned()),
                ("origin-id", origin.clone()),
                ("recipient-display-name", recipient.display.clone()),
                ("recipient-id", recipient.id.to_string()),
                ("recipient-user-name", recipient.login.clone()),
                ("sender-count", total.to_string()),
                ("sub-plan-name", "Channel Subscription".to_owned()),
                ("sub-plan", "1000".to_owned()),
            ];
            ("subgift", params, format!("{name} gifted a Tier 1 sub to {}!", recipient.display))
        }
    }
}

/// The tags that Twitch's alphabetical order puts first …
fn person_start(tags: &mut String, author: &Author) {
    let mut badges = Vec::new();
    match author.standing {
        Standing::Broadcaster => badges.push("broadcaster/1".to_owned()),
        Standing::Moderator => badges.push("moderator/1".to_owned()),
        Standing::Vip => badges.push("vip/1".to_owned()),
        Standing::Viewer => {}
    }
    let info = if author.months > 0 {
        let badge = [0, 3, 6, 12, 24, 36].into_iter().rfind(|m| *m <= author.months);
        badges.push(format!("subscriber/{}", badge.unwrap_or(0)));
        format!("subscriber/{}", author.months)
    } else {
        String::new()
    };
    let _ = write!(tags, "badge-info={info};badges={};", badges.join(","));
}

/// … and last.
fn person_end(tags: &mut String, author: &Author) {
    let moderator = author.standing == Standing::Moderator;
    let _ = write!(
        tags,
        "turbo=0;user-id={};user-type={}",
        author.id,
        if moderator { "mod" } else { "" }
    );
}

/// `id:first-last,first-last/id:…`, by first appearance.
fn emotes(uses: &[EmoteUse]) -> String {
    let mut groups: Vec<(&str, String)> = Vec::new();
    for emote in uses {
        let range = format!("{}-{}", emote.first, emote.last);
        match groups.iter_mut().find(|(id, _)| *id == emote.id) {
            Some((_, ranges)) => {
                ranges.push(',');
                ranges.push_str(&range);
            }
            None => groups.push((&emote.id, range)),
        }
    }
    groups.iter().map(|(id, ranges)| format!("{id}:{ranges}")).collect::<Vec<_>>().join("/")
}

/// A tag's value as IRCv3 writes it.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            ';' => escaped.push_str("\\:"),
            ' ' => escaped.push_str("\\s"),
            '\\' => escaped.push_str("\\\\"),
            '\r' => escaped.push_str("\\r"),
            '\n' => escaped.push_str("\\n"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
