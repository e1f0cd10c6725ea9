//! Who may look, and what lets them in.
//!
//! Roles are words here: what they mean is the caller's. Of what opens the door by itself
//! (sessions, tokens, invitations) only hashes come here.

use std::collections::BTreeMap;

/// SHA-256 of something that opens the door.
pub type Hash = [u8; 32];

/// Most people there may be.
pub const MAX_PEOPLE: u32 = 500;
/// Most channels that are granted to a person.
pub const MAX_GRANTS: u32 = 500;
/// Most sessions of a person; then the one that was unused for longest ends.
pub const MAX_SESSIONS: u32 = 50;
/// Most API tokens of a person.
pub const MAX_TOKENS: u32 = 100;

/// Somebody who may look.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Person {
    /// Never used again, while there is somebody with a higher one.
    pub id: i64,
    /// Each has another, also in small letters.
    pub name: String,
    /// What they may do in every channel.
    pub role: Option<String>,
    /// Whether they can log in with a password.
    pub has_password: bool,
    /// Whom Twitch must say that they are.
    pub twitch_login: Option<String>,
    /// The account at Twitch that logged in first under that name.
    pub twitch_id: Option<String>,
    /// How long their invitation is good, where it is still to be used.
    pub invite_until_ms: Option<i64>,
    /// Since when they are known.
    pub created_ms: i64,
}

/// Somebody new.
#[derive(Debug, Clone, Default)]
pub struct NewPerson<'a> {
    /// Their name.
    pub name: &'a str,
    /// What they may do in every channel.
    pub role: Option<&'a str>,
    /// A PHC string.
    pub password: Option<&'a str>,
    /// Whom Twitch must say that they are.
    pub twitch_login: Option<&'a str>,
    /// Their account at Twitch, where it is known.
    pub twitch_id: Option<&'a str>,
    /// Now.
    pub now_ms: i64,
}

/// A log-in that lasts.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionRow {
    /// For its end.
    pub id: i64,
    /// Whose.
    pub person: i64,
    /// When it began.
    pub created_ms: i64,
    /// When it was last used, to the minute.
    pub seen_ms: i64,
    /// The browser, as it calls itself.
    pub agent: String,
    /// Where it was begun from.
    pub address: String,
}

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// What opens it.
    pub hash: &'a Hash,
    /// Whose.
    pub person: i64,
    /// Now.
    pub now_ms: i64,
    /// The browser, as it calls itself.
    pub agent: &'a str,
    /// Where it is begun from.
    pub address: &'a str,
    /// Of who typed a password: what it was held against. The session begins only while that is theirs.
    pub password: Option<&'a str>,
}

/// What a program may do in a person's name.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TokenRow {
    /// For its end.
    pub id: i64,
    /// Whose.
    pub person: i64,
    /// That person's name.
    pub person_name: String,
    /// What it is for, in their words.
    pub name: String,
    /// The most that it may do.
    pub role: String,
    /// Logins between blanks; `None`: wherever its person may.
    pub channels: Option<String>,
    /// When it was made.
    pub created_ms: i64,
    /// From when on it is of no use.
    pub expires_ms: Option<i64>,
    /// When it was last used, to the minute.
    pub used_ms: Option<i64>,
}

/// A token that is made.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    /// What it is.
    pub hash: &'a Hash,
    /// Whose.
    pub person: i64,
    /// What it is for, in their words.
    pub name: &'a str,
    /// The most that it may do.
    pub role: &'a str,
    /// Logins between blanks; `None`: wherever its person may.
    pub channels: Option<&'a str>,
    /// Now.
    pub now_ms: i64,
    /// From when on it is of no use.
    pub expires_ms: Option<i64>,
}

/// Somebody who came in, by a session or a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameIn<By> {
    /// What opened the door.
    pub by: By,
    /// Who.
    pub person: Person,
    /// What they may do in single channels, by login.
    pub grants: BTreeMap<String, String>,
}
