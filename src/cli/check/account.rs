//! What the account in the settings is good for, as far as can be told without asking Twitch.

use super::{finding::Finding, platform};
use crate::config::Config;

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = vec![account(config)];
    findings.extend(private(config));
    findings
}

fn account(config: &Config) -> Finding {
    let twitch = &config.twitch;
    let kept = config.dir.tokens().exists();
    if twitch.access_token.is_none() && !kept {
        return match &twitch.client_id {
            None => Finding::ok(
                "account",
                "none: chat is read anonymously and moments are recorded, nothing is clipped; for clips, see .env.example",
            ),
            Some(_) => Finding::warn(
                "account",
                "an app but no user's token, so nothing is clipped: set TWITCH_ACCESS_TOKEN and TWITCH_REFRESH_TOKEN (see .env.example)",
            ),
        };
    }
    if twitch.client_id.is_none() {
        return Finding::warn(
            "account",
            "tokens.json holds a token, but TWITCH_CLIENT_ID is not set, so it can't be used: set the id of its app",
        );
    }
    if twitch.refresh_token.is_none() && !kept {
        return Finding::warn(
            "account",
            "the access token can't be renewed and will end within hours or weeks: set TWITCH_REFRESH_TOKEN too",
        );
    }
    if config.clips.dry_run {
        return Finding::ok("account", "set, but nothing is clipped: clips.dry_run is true");
    }
    Finding::ok("account", "set: moments are clipped")
}

/// Whether others on this machine can read the secrets.
fn private(config: &Config) -> Vec<Finding> {
    let tokens = config.dir.tokens();
    let dotenv = config.dir.path().join(".env");
    let mut findings = Vec::new();
    match platform::open_to_others(&tokens) {
        None => {}
        Some(false) => findings.push(Finding::ok("tokens.json", "only its owner can read it")),
        Some(true) => findings.push(Finding::bad(
            "tokens.json",
            format!("others can read the tokens: chmod 600 {}", tokens.display()),
        )),
    }
    let holds_secrets = config.settings().iter().any(|s| s.value == "(set)");
    if holds_secrets && platform::open_to_others(&dotenv) == Some(true) {
        let text = format!("others can read the secrets: chmod 600 {}", dotenv.display());
        findings.push(Finding::warn(".env", text));
    }
    findings
}
