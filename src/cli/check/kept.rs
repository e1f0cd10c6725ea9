//! Which tokens `run` would use: those kept in `tokens.json`, or the one of the settings.
//!
//! `Tokens::new` chooses alike, with more care for the file: `check` changes nothing.

use cliphound_twitch::oauth::stored::{Role, StoredToken, TokenBook, kept_instead};
use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;

/// A token that would be used.
pub(super) struct Held {
    /// What for.
    pub(super) roles: Vec<Role>,
    pub(super) access: SecretString,
    pub(super) is_renewable: bool,
    /// When the access token ends, Unix milliseconds, where that is known.
    pub(super) ends_ms: Option<i64>,
    /// From the file; otherwise from the settings.
    pub(super) is_kept: bool,
    /// Whose it is and what it may do, as the file has it; empty where that is not known.
    pub(super) login: String,
    pub(super) scopes: Vec<String>,
}

/// All of them, each once; the clipper's first.
pub(super) fn held(config: &Config) -> Vec<Held> {
    let book = book(config).unwrap_or_default();
    let given = config.twitch.initial_token();
    let mut held: Vec<Held> = Vec::new();
    match (kept_instead(&book, given.as_ref()), given) {
        (Some(kept), _) => add(&mut held, Role::Clipper, kept),
        (None, Some((access, renewal))) => held.push(Held {
            roles: vec![Role::Clipper],
            access,
            is_renewable: renewal.is_some(),
            ends_ms: None,
            is_kept: false,
            login: String::new(),
            scopes: Vec::new(),
        }),
        (None, None) => {}
    }
    for role in [Role::Bot, Role::Broadcaster] {
        if let Some(kept) = book.with_role(role).filter(|kept| kept.is_usable()) {
            add(&mut held, role, kept);
        }
    }
    held
}

/// The clipper's.
pub(super) fn clipper(config: &Config) -> Option<Held> {
    held(config).into_iter().find(|held| held.roles.contains(&Role::Clipper))
}

fn add(held: &mut Vec<Held>, role: Role, kept: &StoredToken) {
    let access = kept.access_token.expose_secret();
    match held.iter_mut().find(|known| known.access.expose_secret() == access) {
        Some(known) => known.roles.push(role),
        None => held.push(Held {
            roles: vec![role],
            access: kept.access_token.clone(),
            is_renewable: kept.refresh_token.is_some(),
            ends_ms: kept.ends_ms(),
            is_kept: true,
            login: kept.login.clone(),
            scopes: kept.scopes.clone(),
        }),
    }
}

fn book(config: &Config) -> Option<TokenBook> {
    TokenBook::parse(&std::fs::read_to_string(config.dir.tokens()).ok()?).ok()
}

/// What is wrong with `tokens.json`, where it is there and can be read.
pub(super) fn damage(config: &Config) -> Option<String> {
    let text = std::fs::read_to_string(config.dir.tokens()).ok()?;
    TokenBook::parse(&text).err().map(|bad| bad.to_string())
}
