//! Asks Helix whether each channel exists.

use cliphound_twitch::{
    ChannelLogin,
    helix::{Helix, HelixError, User},
    oauth::Tokens,
};
use secrecy::SecretString;
use tokio::time::timeout;

use super::{finding::Finding, online::PATIENCE};
use crate::config::Config;

/// Asks for all channels, with a token that Twitch takes.
pub(super) async fn check(
    config: &Config,
    token: SecretString,
    http: reqwest::Client,
) -> Option<Finding> {
    let wanted = &config.twitch.channels;
    if wanted.is_empty() {
        return None;
    }
    let trouble =
        |why: String| Finding::warn("channels", format!("Twitch can't be asked about them: {why}"));
    Some(match timeout(PATIENCE, ask(config, token, http)).await {
        Ok(Ok(users)) => judge(wanted, &users),
        Ok(Err(why)) => trouble(format!("{why:#}")),
        Err(_) => trouble("no answer in time".to_owned()),
    })
}

/// The tokens are a copy without a refresh token and without a file to write: see `token.rs`.
async fn ask(
    config: &Config,
    token: SecretString,
    http: reqwest::Client,
) -> anyhow::Result<Vec<User>> {
    let nowhere = tempfile::tempdir()?;
    let (endpoints, clock) = (&config.endpoints, config.clock());
    let tokens = Tokens::new(
        endpoints.oauth.url().clone(),
        config.twitch.client_id.clone().unwrap_or_default(),
        None,
        nowhere.path().join("tokens.json"),
        Some((token, None)),
        clock.clone(),
        http.clone(),
    )?;
    let helix = Helix::new(endpoints.helix.url().clone(), tokens, clock, http);
    let users: Result<_, HelixError> = helix.users(&config.twitch.channels).await;
    Ok(users?)
}

fn judge(wanted: &[ChannelLogin], users: &[User]) -> Finding {
    let missing: Vec<_> = wanted
        .iter()
        .map(ChannelLogin::as_str)
        .filter(|login| users.iter().all(|user| user.login != *login))
        .collect();
    if missing.is_empty() {
        return Finding::ok("channels", "Twitch knows them all");
    }
    let text = format!(
        "Twitch knows no {}: misspelt, renamed or banned; correct TWITCH_CHANNELS",
        missing.join(", ")
    );
    Finding::bad("channels", text)
}
