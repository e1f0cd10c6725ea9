//! One client's session: what it says goes in, what Twitch does comes out. Pure.

use std::collections::BTreeSet;
use std::fmt;

use super::format::{Caps, Room, global_user_state, room_state, user_state};

/// The server asks for a sign of life this often.
const PING_EVERY_MS: i64 = 300_000;
/// ... and waits this long for it.
const PONG_WITHIN_MS: i64 = 60_000;
/// An account may be in so many rooms.
const MAX_ROOMS: usize = 100;
/// Longest chat line, in characters.
const MAX_CHAT: usize = 500;

/// Who is behind a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub login: String,
    pub display: String,
    pub user_id: u64,
    pub may_read: bool,
    pub may_write: bool,
}

/// What a session asks of the world.
pub(crate) trait Directory {
    /// The account of a valid token.
    fn account(&self, token: &str) -> Option<Account>;
    /// A room that exists.
    fn room(&self, login: &str) -> Option<Room>;
    /// Why nobody may be in a room, if so: the notice's `msg-id` and words.
    fn shuts_out(&self, login: &str) -> Option<(&'static str, String)>;
    /// Counts a JOIN of this account (`None`: of this connection); false: too many.
    fn may_join(&self, account: Option<&str>, now_ms: i64) -> bool;
}

/// What follows from a client's line, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Send a line.
    Send(String),
    /// From here on the client hears the room …
    Listen(Room),
    /// … or does not any longer.
    Leave(String),
    /// The client wrote in a room.
    Chat { room: String, account: Account, text: String },
    /// Hang up.
    Close,
}

/// A session's state.
pub(crate) struct Session {
    pub caps: Caps,
    /// Being told secrets, it keeps no other copy of them.
    pass: Option<String>,
    login: Login,
    rooms: BTreeSet<String>,
    ping_at_ms: i64,
    waiting_for_pong: bool,
}

enum Login {
    Unknown,
    Anonymous(String),
    Account(Account),
}

impl Session {
    pub fn new(now_ms: i64) -> Self {
        Self {
            caps: Caps::default(),
            pass: None,
            login: Login::Unknown,
            rooms: BTreeSet::new(),
            ping_at_ms: now_ms + PING_EVERY_MS,
            waiting_for_pong: false,
        }
    }

    /// When the session wants to be woken.
    pub fn deadline_ms(&self) -> i64 {
        self.ping_at_ms
    }

    /// Whether the client is in a room.
    pub fn is_in(&self, room: &str) -> bool {
        self.rooms.contains(room)
    }

    /// The deadline has come: ask for a sign of life, or give up.
    pub fn wake(&mut self, now_ms: i64) -> Vec<Effect> {
        if now_ms < self.ping_at_ms {
            return Vec::new();
        }
        if self.waiting_for_pong {
            return vec![Effect::Close];
        }
        self.waiting_for_pong = true;
        self.ping_at_ms = now_ms + PONG_WITHIN_MS;
        vec![send("PING :tmi.twitch.tv")]
    }

    /// Asks for no sign of life this time.
    pub fn put_off_ping(&mut self, now_ms: i64) {
        self.ping_at_ms = now_ms + PING_EVERY_MS;
        self.waiting_for_pong = false;
    }

    /// A line from the client, without its end.
    pub fn handle(&mut self, line: &str, now_ms: i64, world: &dyn Directory) -> Vec<Effect> {
        let line = skip_tags(line.trim_end_matches(['\r', '\n']));
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        match command.to_ascii_uppercase().as_str() {
            "" | "USER" => Vec::new(),
            "CAP" => self.capabilities(rest),
            "PASS" => {
                self.pass = Some(trailing(rest).to_owned());
                Vec::new()
            }
            "NICK" => self.log_in(&trailing(rest).to_lowercase(), world),
            // Twitch answers two ways, and there are clients that wait for one of them.
            "PING" if trailing(rest).is_empty() => vec![send("PONG :tmi.twitch.tv")],
            "PING" => vec![send(format!(":tmi.twitch.tv PONG tmi.twitch.tv :{}", trailing(rest)))],
            "PONG" => {
                self.waiting_for_pong = false;
                self.ping_at_ms = now_ms + PING_EVERY_MS;
                Vec::new()
            }
            "QUIT" => vec![Effect::Close],
            _ if matches!(self.login, Login::Unknown) => Vec::new(),
            "JOIN" => self.join(rest, now_ms, world),
            "PART" => self.part(rest),
            "PRIVMSG" => self.chat(rest, world),
            other => {
                let words = format!(":tmi.twitch.tv 421 {} {other} :Unknown command", self.nick());
                vec![Effect::Send(words)]
            }
        }
    }

    fn capabilities(&mut self, rest: &str) -> Vec<Effect> {
        let (verb, list) = rest.split_once(' ').unwrap_or((rest, ""));
        let known = ["twitch.tv/commands", "twitch.tv/membership", "twitch.tv/tags"];
        match verb.to_ascii_uppercase().as_str() {
            "LS" => vec![send(format!(":tmi.twitch.tv CAP * LS :{}", known.join(" ")))],
            "REQ" => {
                let list = trailing(list);
                if list.is_empty() || !list.split_whitespace().all(|cap| known.contains(&cap)) {
                    return vec![send(format!(":tmi.twitch.tv CAP * NAK :{list}"))];
                }
                for cap in list.split_whitespace() {
                    self.caps.tags |= cap == "twitch.tv/tags";
                    self.caps.commands |= cap == "twitch.tv/commands";
                }
                vec![send(format!(":tmi.twitch.tv CAP * ACK :{list}"))]
            }
            _ => Vec::new(),
        }
    }

    fn log_in(&mut self, nick: &str, world: &dyn Directory) -> Vec<Effect> {
        if !matches!(self.login, Login::Unknown) {
            return Vec::new();
        }
        let pass = self.pass.take();
        if is_anonymous(nick) {
            self.login = Login::Anonymous(nick.to_owned());
            return welcome(nick);
        }
        let Some(token) = pass.as_deref().and_then(|p| p.strip_prefix("oauth:")) else {
            return refuse("Improperly formatted auth");
        };
        let account = world.account(token).filter(|a| a.login == nick && a.may_read);
        let Some(account) = account else {
            return refuse("Login authentication failed");
        };
        let mut effects = welcome(nick);
        if self.caps.commands {
            let state = global_user_state(&account.display, account.user_id, self.caps);
            effects.push(Effect::Send(state));
        }
        self.login = Login::Account(account);
        effects
    }

    fn join(&mut self, rest: &str, now_ms: i64, world: &dyn Directory) -> Vec<Effect> {
        let mut effects = Vec::new();
        for login in room_names(rest) {
            let account = self.account().map(|a| a.login.clone());
            if !world.may_join(account.as_deref(), now_ms) {
                effects.push(send(":tmi.twitch.tv NOTICE * :You are joining rooms too fast"));
                effects.push(Effect::Close);
                return effects;
            }
            // Twitch says nothing about a room that does not exist.
            let Some(room) = world.room(&login) else { continue };
            if let Some((msg_id, words)) = world.shuts_out(&login) {
                effects.push(self.room_notice(&login, msg_id, &words));
                continue;
            }
            if account.is_some() && self.rooms.len() >= MAX_ROOMS && !self.rooms.contains(&login) {
                effects.push(self.room_notice(
                    &login,
                    "msg_concurrent_channel_limit_reached",
                    "You have reached the limit of rooms",
                ));
                continue;
            }
            self.rooms.insert(login);
            effects.extend(self.joined(room));
        }
        effects
    }

    fn joined(&self, room: Room) -> Vec<Effect> {
        let (nick, login) = (self.nick(), &room.login);
        let mut effects = vec![
            send(format!(":{nick}!{nick}@{nick}.tmi.twitch.tv JOIN #{login}")),
            send(format!(":{nick}.tmi.twitch.tv 353 {nick} = #{login} :{nick}")),
            send(format!(":{nick}.tmi.twitch.tv 366 {nick} #{login} :End of /NAMES list")),
        ];
        if self.caps.commands {
            if let Some(account) = self.account() {
                effects.push(Effect::Send(user_state(&account.display, &room, self.caps)));
            }
            effects.push(Effect::Send(room_state(&room, self.caps)));
        }
        effects.push(Effect::Listen(room));
        effects
    }

    /// A room is closed: the client is put out of it, and told so.
    pub fn put_out(&mut self, login: &str) -> Option<String> {
        let nick = self.nick();
        let line = format!(":{nick}!{nick}@{nick}.tmi.twitch.tv PART #{login}");
        self.rooms.remove(login).then_some(line)
    }

    fn part(&mut self, rest: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for login in room_names(rest) {
            if self.rooms.remove(&login) {
                let nick = self.nick();
                effects.push(send(format!(":{nick}!{nick}@{nick}.tmi.twitch.tv PART #{login}")));
                effects.push(Effect::Leave(login));
            }
        }
        effects
    }

    fn chat(&mut self, rest: &str, world: &dyn Directory) -> Vec<Effect> {
        let Some((target, text)) = rest.split_once(' ') else { return Vec::new() };
        let Some(login) = room_names(target).into_iter().next() else { return Vec::new() };
        let text = text.strip_prefix(':').unwrap_or(text);
        // Anonymous readers can't write; Twitch does not even say so.
        let Some(account) = self.account().cloned() else { return Vec::new() };
        let Some(room) = world.room(&login).filter(|_| !text.trim().is_empty()) else {
            return Vec::new();
        };
        if !account.may_write {
            return vec![self.room_notice(
                &login,
                "no_permission",
                "You don't have permission to perform that action.",
            )];
        }
        let mut effects = Vec::new();
        if self.caps.commands {
            effects.push(Effect::Send(user_state(&account.display, &room, self.caps)));
        }
        let text = text.chars().take(MAX_CHAT).collect();
        effects.push(Effect::Chat { room: login, account, text });
        effects
    }

    fn room_notice(&self, login: &str, msg_id: &str, words: &str) -> Effect {
        let tags = if self.caps.tags { format!("@msg-id={msg_id} ") } else { String::new() };
        Effect::Send(format!("{tags}:tmi.twitch.tv NOTICE #{login} :{words}"))
    }

    fn account(&self) -> Option<&Account> {
        match &self.login {
            Login::Account(account) => Some(account),
            _ => None,
        }
    }

    fn nick(&self) -> &str {
        match &self.login {
            Login::Unknown => "*",
            Login::Anonymous(nick) => nick,
            Login::Account(account) => &account.login,
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("nick", &self.nick()).finish_non_exhaustive()
    }
}

fn send(line: impl Into<String>) -> Effect {
    Effect::Send(line.into())
}

fn refuse(words: &str) -> Vec<Effect> {
    vec![send(format!(":tmi.twitch.tv NOTICE * :{words}")), Effect::Close]
}

fn welcome(nick: &str) -> Vec<Effect> {
    let lines = [
        ("001", "Welcome, GLHF!"),
        ("002", "Your host is tmi.twitch.tv"),
        ("003", "This server is rather new"),
        ("004", "-"),
        ("375", "-"),
        ("372", "You are in a maze of twisty passages, all alike."),
        ("376", ">"),
    ];
    lines.map(|(number, words)| send(format!(":tmi.twitch.tv {number} {nick} :{words}"))).into()
}

fn is_anonymous(nick: &str) -> bool {
    nick.strip_prefix("justinfan")
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn skip_tags(line: &str) -> &str {
    if line.starts_with('@') { line.split_once(' ').map_or("", |(_, rest)| rest) } else { line }
}

fn trailing(rest: &str) -> &str {
    let rest = rest.trim();
    rest.strip_prefix(':').unwrap_or(rest)
}

fn room_names(rest: &str) -> Vec<String> {
    let list = rest.split_whitespace().next().unwrap_or("");
    let names = list.split(',').filter_map(|name| name.strip_prefix('#'));
    names.map(str::to_lowercase).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
