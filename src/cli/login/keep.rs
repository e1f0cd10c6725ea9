//! Keeps what a log-in gave, durably, before anybody is told that it worked.

use std::time::Duration;

use anyhow::{Context as _, bail};
use cliphound_twitch::oauth::{
    Identity, Pair, TokenError, file,
    stored::{Role, StoredToken, fingerprint},
};

use super::Login;
use crate::{
    config::{Config, Scope},
    crew::blocking,
    records::durable,
};

/// How often Twitch is asked whose the new token is, and the pause between.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(2);

/// Whether a token could be kept now.
///
/// # Errors
/// When it could not.
pub(super) fn can_be_kept(config: &Config) -> anyhow::Result<()> {
    durable::try_folder(config.dir.path()).context("a token could not be kept")
}

/// Stores the token; what to tell the user. One that can't be stored is ended at Twitch.
pub(super) async fn keep(login: &Login<'_>, pair: Pair, asked: &[Scope]) -> anyhow::Result<String> {
    let identity = whose(login, &pair).await?;
    let path = login.config.dir.tokens();
    let mut words = told(login, identity.as_ref(), asked);
    let access = pair.access.clone();
    let entry = StoredToken::new(
        pair,
        identity,
        login.roles.clone(),
        login.clock.now_ms(),
        replaced(login),
    );
    let place = path.clone();
    let write = move || -> anyhow::Result<()> {
        durable::make_folder_of(&place)?;
        Ok(file::update(&place, |book| book.put(entry))?)
    };
    let kept = blocking("keeping a token", write).await.map_err(anyhow::Error::from).flatten();
    if kept.is_err()
        && let Err(error) = login.app.revoke(&access).await
    {
        tracing::warn!(%error, "a token that nobody has can't be ended at Twitch: its rights end by themselves, or under Settings, Connections there");
    }
    kept.with_context(|| {
        format!(
            "the token can't be kept in {}: make room or fix its rights, then log in again",
            path.display()
        )
    })?;
    words += &format!(
        "\nThe token is kept in {}, for you only. A running Cliphound takes it up by itself.",
        path.display()
    );
    Ok(words)
}

/// Whose the token is; `None` while Twitch can't be asked: `run` learns it later.
async fn whose(login: &Login<'_>, pair: &Pair) -> anyhow::Result<Option<Identity>> {
    for _ in 0..TRIES {
        match login.app.whose(&pair.access).await {
            Ok(Some(identity)) => return Ok(Some(identity)),
            Ok(None) => bail!("Twitch does not accept the token that it has just given: try again"),
            Err(TokenError::Unreachable(_)) => login.clock.sleep(PAUSE).await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// The token of the settings that the new one stands for from now on.
fn replaced(login: &Login<'_>) -> Option<String> {
    let (access, refresh) = login.config.twitch.initial_token()?;
    login.roles.contains(&Role::Clipper).then(|| fingerprint(&access, refresh.as_ref()))
}

fn told(login: &Login<'_>, identity: Option<&Identity>, asked: &[Scope]) -> String {
    let roles: Vec<&str> = login.roles.iter().map(|role| role.name()).collect();
    let roles = roles.join(", ");
    let Some(identity) = identity else {
        return format!("Logged in as {roles}; whose account it is, Twitch did not say yet.");
    };
    let name = &identity.login;
    let mut words = format!("Logged in as {name}: {roles}.");
    let refused: Vec<&str> =
        asked.iter().map(|scope| scope.name).filter(|scope| !identity.has_scope(scope)).collect();
    if !refused.is_empty() {
        words += &format!("\nTwitch did not give the rights {}.", refused.join(", "));
    }
    let channels = &login.config.twitch.channels;
    let is_watched = channels.iter().any(|channel| channel.as_str() == name);
    if login.roles.contains(&Role::Broadcaster) && !channels.is_empty() && !is_watched {
        words += &format!("\n{name} is not among the channels that are watched (TWITCH_CHANNELS).");
    }
    words
}
