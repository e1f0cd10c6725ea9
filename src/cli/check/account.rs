//! What the account in the settings is good for, as far as can be told without asking Twitch.

use super::{
    finding::Finding,
    kept::{self, Held},
    platform,
};
use crate::config::{ChatSource, Config};

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = vec![account(config)];
    findings.extend(tokens(config));
    findings.extend(dotenv(config));
    findings
}

fn account(config: &Config) -> Finding {
    let chosen = kept::clipper(config);
    if config.chat.source == ChatSource::EventSub
        && let Some(text) = unheard(chosen.is_some(), config.twitch.client_id.is_some())
    {
        return Finding::bad("account", text);
    }
    let text = match (&chosen, &config.twitch.client_id) {
        (None, None) => {
            let text = "none: chat is read anonymously and moments are recorded, nothing is clipped; for clips: docs/login.md";
            return Finding::ok("account", text);
        }
        (None, Some(_)) => {
            "an app, but nobody is logged in, so nothing is clipped: run `cliphound login`"
        }
        (Some(_), None) => {
            "tokens.json holds a token, but TWITCH_CLIENT_ID is not set, so it can't be used: set the id of its app"
        }
        (Some(chosen), Some(_)) if !chosen.is_renewable => {
            "the access token can't be renewed and will end within hours or weeks: run `cliphound login`, or set TWITCH_REFRESH_TOKEN too"
        }
        _ if config.clips.dry_run => {
            return Finding::ok("account", "set, but nothing is clipped: clips.dry_run is true");
        }
        (Some(chosen), Some(_)) => return Finding::ok("account", origin(config, chosen)),
    };
    Finding::warn("account", text)
}

/// Why no chat is read where EventSub alone may read it: that takes an account.
fn unheard(has_token: bool, has_app: bool) -> Option<&'static str> {
    match (has_token, has_app) {
        (_, false) => Some(
            "chat.source is eventsub, which needs an account, and TWITCH_CLIENT_ID is not set: set it and run `cliphound login`, or set chat.source to auto",
        ),
        (false, true) => Some(
            "chat.source is eventsub, and nobody is logged in, so no chat is read: run `cliphound login`, or set chat.source to auto",
        ),
        (true, true) => None,
    }
}

/// Where the token comes from: what renews it may work once, so the file takes over. Whether Twitch
/// takes it is another question.
fn origin(config: &Config, chosen: &Held) -> &'static str {
    match (chosen.is_kept, config.twitch.access_token.is_some()) {
        (true, false) => "set: there is a token to clip with",
        (true, true) => {
            "set: there is a token to clip with, that of tokens.json, which replaces the one of the settings"
        }
        (false, _) => {
            "set: there is a token to clip with, that of the settings; from its first refresh on it is kept in tokens.json"
        }
    }
}

/// Whether the kept tokens make sense, and are nobody else's to read.
fn tokens(config: &Config) -> Option<Finding> {
    let path = config.dir.tokens();
    let is_open = platform::open_to_others(&path)?;
    if is_open {
        let text = format!("others can read the tokens: chmod 600 {}", path.display());
        return Some(Finding::bad("tokens.json", text));
    }
    Some(match kept::damage(config) {
        Some(damage) => {
            let text = format!(
                "can't be read ({damage}): run `cliphound login`; cliphound run sets it aside as .bad"
            );
            Finding::warn("tokens.json", text)
        }
        None => Finding::ok("tokens.json", "only its owner can read it"),
    })
}

/// Whether others on this machine can read the secrets in `.env`.
fn dotenv(config: &Config) -> Option<Finding> {
    let path = config.dir.path().join(".env");
    let holds_secrets = config.settings().iter().any(|setting| setting.value == "(set)");
    let is_open = platform::open_to_others(&path) == Some(true);
    (holds_secrets && is_open).then(|| {
        Finding::warn(".env", format!("others can read the secrets: chmod 600 {}", path.display()))
    })
}
