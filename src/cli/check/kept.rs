//! Which token `run` would use: the one kept in `tokens.json`, or the one of the settings.
//!
//! `Tokens::new` chooses alike, with more care for the file: `check` changes nothing.

use cliphound_twitch::oauth::stored::{TokenBook, kept_instead};
use secrecy::SecretString;

use crate::config::Config;

/// The token that would be used.
pub(super) struct Chosen {
    pub(super) access: SecretString,
    pub(super) is_renewable: bool,
}

/// The kept token wins as long as the settings still hold the one that it replaces.
pub(super) fn choose(config: &Config) -> Option<Chosen> {
    let given = config.twitch.initial_token();
    let text = std::fs::read_to_string(config.dir.tokens()).unwrap_or_default();
    let book = TokenBook::parse(&text).ok();
    let kept = book.as_ref().and_then(|book| kept_instead(book, given.as_ref()));
    let (access, renewal) = match (kept, given) {
        (Some(kept), _) => (kept.access_token.clone(), kept.refresh_token.clone()),
        (None, Some(given)) => given,
        (None, None) => return None,
    };
    Some(Chosen { access, is_renewable: renewal.is_some() })
}

/// What is wrong with `tokens.json`, where it is there and can be read.
pub(super) fn damage(config: &Config) -> Option<String> {
    let text = std::fs::read_to_string(config.dir.tokens()).ok()?;
    TokenBook::parse(&text).err().map(|bad| bad.to_string())
}
