//! Asks Helix about each channel: whether it exists, is live, and what our account is there.

use anyhow::Context as _;
use cliphound_twitch::{
    ChannelLogin,
    helix::{Helix, Stream, User, vod::CLIP_MANAGING},
    oauth::{Tokens, stored::Role},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use tempfile::TempDir;
use tokio::time::timeout;

use super::{chat, finding::Finding, kept::Held, services::PATIENCE, token::Valid};
use crate::{
    config::{Config, scopes::EDITORS},
    daemon::lock,
};

/// So many channels get a line each; more would hide what matters.
const LINES: usize = 25;

/// Asks for all channels, with a token that Twitch takes. `may_return`: the daemon may renew one
/// that it takes no more.
pub(super) async fn check(
    config: &Config,
    held: &[Held],
    may_return: bool,
    valid: &[Valid],
    http: &reqwest::Client,
) -> Vec<Finding> {
    let wanted = &config.twitch.channels;
    if wanted.is_empty() {
        return Vec::new();
    }
    // The clipper's comes first.
    let Some(asker) = valid.first() else { return not_asked(config, held, may_return) };
    let trouble = |why: String| {
        vec![Finding::warn(
            "channels",
            format!("Twitch can't be asked about them ({why}): try later"),
        )]
    };
    let seen = match timeout(PATIENCE, ask(config, asker, http)).await {
        Ok(Ok(seen)) => seen,
        Ok(Err(why)) => return trouble(format!("{why:#}")),
        Err(_) => return trouble("no answer in time".to_owned()),
    };
    let clipper = valid.iter().find(|valid| valid.roles.contains(&Role::Clipper));
    let mut findings = vec![known(wanted, &seen.users)];
    findings.extend(clipper.and_then(|clipper| chat::check(config, clipper, &seen.users)));
    if wanted.len() > LINES {
        let text = format!("{} of {} are live now", seen.streams.len(), wanted.len());
        findings.push(Finding::ok("live", text));
        return findings;
    }
    for user in in_order(wanted, &seen.users) {
        let part = match clipper {
            Some(clipper) => part(config, user, clipper, valid, http).await,
            None => String::new(),
        };
        let live = live(seen.streams.iter().find(|stream| stream.user_id == user.id));
        findings.push(Finding::ok(format!("#{}", user.login), format!("{live}{part}")));
    }
    findings
}

/// Nobody can ask; without any token that is told where the account is.
fn not_asked(config: &Config, held: &[Held], may_return: bool) -> Vec<Finding> {
    if held.is_empty() {
        return Vec::new();
    }
    let what =
        "not asked whether they exist, are live and can be clipped, for Twitch takes no token";
    let text = match (may_return, lock::is_held(config.dir.path()) == Some(true)) {
        (false, _) => format!("{what}: log in as said above, then `cliphound check` again"),
        (true, true) => format!(
            "{what} of those above now: Cliphound runs and renews what has run out; `cliphound check` again in a minute (or log in as said above)"
        ),
        (true, false) => format!(
            "{what} of those above now: start `cliphound run`, which renews what has run out (or log in as said above), then `cliphound check` again"
        ),
    };
    vec![Finding::warn("channels", text)]
}

struct Seen {
    users: Vec<User>,
    streams: Vec<Stream>,
}

async fn ask(config: &Config, asker: &Valid, http: &reqwest::Client) -> anyhow::Result<Seen> {
    let (helix, _nowhere) = helix(config, asker, http)?;
    let users = helix.users(&config.twitch.channels).await?;
    let ids: Vec<String> = users.iter().map(|user| user.id.clone()).collect();
    let streams = if ids.is_empty() { Vec::new() } else { helix.streams(&ids).await? };
    Ok(Seen { users, streams })
}

/// Twitch's web API as this token's user. The tokens are a copy without a refresh token, and their
/// file lies in a folder that is gone with the second part: see `token.rs`.
fn helix(
    config: &Config,
    asker: &Valid,
    http: &reqwest::Client,
) -> anyhow::Result<(Helix, TempDir)> {
    let nowhere = tempfile::tempdir()?;
    let (endpoints, clock) = (&config.endpoints, config.clock());
    let tokens = Tokens::new(
        endpoints.oauth.url().clone(),
        config.twitch.client_id.clone().unwrap_or_default(),
        None,
        nowhere.path().join("tokens.json"),
        Some((asker.access.clone(), None)),
        clock.clone(),
        http.clone(),
    )?;
    Ok((Helix::new(endpoints.helix.url().clone(), tokens, clock, http.clone()), nowhere))
}

fn known(wanted: &[ChannelLogin], users: &[User]) -> Finding {
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

pub(super) fn in_order<'a>(wanted: &[ChannelLogin], users: &'a [User]) -> Vec<&'a User> {
    let find = |login: &ChannelLogin| users.iter().find(|user| user.login == login.as_str());
    wanted.iter().filter_map(find).collect()
}

fn live(stream: Option<&Stream>) -> String {
    match stream {
        Some(stream) => format!("live now, {} viewers", stream.viewers),
        None => "off line now; clips can be made when it is live".to_owned(),
    }
}

/// What the clipping account is there. Twitch tells only the broadcaster who the editors are; else
/// it shows by what it allows.
async fn part(
    config: &Config,
    user: &User,
    clipper: &Valid,
    valid: &[Valid],
    http: &reqwest::Client,
) -> String {
    let name = &clipper.login;
    if clipper.user_id == user.id {
        return format!("; {name} is its broadcaster");
    }
    let may_ask = |valid: &&Valid| {
        valid.user_id == user.id && valid.scopes.iter().any(|scope| scope == EDITORS)
    };
    let broadcaster = valid.iter().find(may_ask);
    let may_manage = clipper.scopes.iter().any(|scope| CLIP_MANAGING.contains(&scope.as_str()));
    if broadcaster.is_none() && !may_manage {
        // What the token lacks is told where the token is.
        return String::new();
    }
    let asked = async {
        anyhow::Ok(match broadcaster {
            Some(broadcaster) => {
                let ids = editors(config, broadcaster, http).await?;
                Some(ids.contains(&clipper.user_id))
            }
            None => {
                let (helix, _nowhere) = helix(config, clipper, http)?;
                helix.edits(&user.id).await?
            }
        })
    };
    match timeout(PATIENCE, asked).await {
        Ok(Ok(Some(true))) => format!("; {name} is its editor"),
        Ok(Ok(Some(false))) => format!(
            "; {name} is no editor: clips of recorded streams need that (Twitch: Creator Dashboard, Community, Roles Manager)"
        ),
        Ok(Ok(None)) => format!(
            "; whether {name} is its editor shows once it has a clip with a video; its owner sees it before (Roles Manager), or lets check ask: `cliphound login --role broadcaster`"
        ),
        Ok(Err(why)) => format!("; its editors are not known ({why:#})"),
        Err(_) => "; its editors are not known (no answer in time)".to_owned(),
    }
}

/// User ids of a channel's editors.
async fn editors(
    config: &Config,
    broadcaster: &Valid,
    http: &reqwest::Client,
) -> anyhow::Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Page {
        data: Vec<Editor>,
    }
    #[derive(Deserialize)]
    struct Editor {
        user_id: String,
    }
    let answer = http
        .get(format!("{}/channels/editors", config.endpoints.helix))
        .query(&[("broadcaster_id", &broadcaster.user_id)])
        .header("Client-Id", config.twitch.client_id.as_deref().unwrap_or_default())
        .bearer_auth(broadcaster.access.expose_secret())
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(|e| anyhow::anyhow!("{}", e.without_url()))?;
    let page: Page = answer.json().await.context("the answer makes no sense")?;
    Ok(page.data.into_iter().map(|editor| editor.user_id).collect())
}
