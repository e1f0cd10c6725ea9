//! Asks Twitch whose token this is, what it may do, and what time it is.
//!
//! `check` only looks: it never renews a token, because the service may be running, and a
//! refresh token can work once.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{finding::Finding, online::PATIENCE};
use crate::config::Config;

/// Twitch's answer about a valid token.
#[derive(Deserialize)]
struct Validated {
    client_id: String,
    #[serde(default)]
    login: Option<String>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
}

/// Clocks further apart than this spoil the moments' times, in milliseconds.
const MAX_SKEW_MS: i64 = 30_000;

/// Asks once, with the token where there is one.
///
/// # Errors
/// When there is no usable answer.
pub(super) async fn check(config: &Config) -> anyhow::Result<Vec<Finding>> {
    let token = config.twitch.access_token.as_ref();
    let answer = ask(config, token).await?;
    let mut findings: Vec<_> = skew(config, &answer).into_iter().collect();
    match (token, answer.status().as_u16()) {
        (None, _) => {}
        (Some(_), 200) => findings.extend(judge(config, &answer.json().await?)),
        (Some(_), 401) => findings.push(expired(config)),
        (Some(_), status) => anyhow::bail!("the answer was {status}"),
    }
    Ok(findings)
}

async fn ask(config: &Config, token: Option<&SecretString>) -> anyhow::Result<reqwest::Response> {
    let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let request = http.get(format!("{}/validate", config.endpoints.oauth));
    let request = match token {
        Some(token) => request.header("Authorization", format!("OAuth {}", token.expose_secret())),
        None => request,
    };
    Ok(request.send().await?)
}

/// Compares our clock with the answer's `Date`. Nothing is said about a simulated time.
fn skew(config: &Config, answer: &reqwest::Response) -> Option<Finding> {
    let date = answer.headers().get("date")?.to_str().ok()?;
    let theirs = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_millisecond();
    let ahead_ms = config.clock().now_ms() - theirs;
    let is_simulated = config.endpoints.oauth.is_loopback();
    (ahead_ms.abs() > MAX_SKEW_MS && !is_simulated).then(|| {
        let (seconds, way) = (ahead_ms.abs() / 1000, if ahead_ms > 0 { "fast" } else { "slow" });
        Finding::warn("clock", format!("{seconds} s {way}: set it (timedatectl set-ntp true)"))
    })
}

fn judge(config: &Config, valid: &Validated) -> Vec<Finding> {
    if config.twitch.client_id.as_deref().is_some_and(|id| id != valid.client_id) {
        let id = &valid.client_id;
        let text = format!(
            "the token was made for the app {id}: set TWITCH_CLIENT_ID to that, or make a new token"
        );
        return vec![Finding::bad("token", text)];
    }
    let Some(login) = &valid.login else {
        return vec![Finding::bad(
            "token",
            "an app's token, which can't clip: make a user's token (see .env.example)",
        )];
    };
    let may = |scope: &str| valid.scopes.iter().flatten().any(|given| given == scope);
    let mut findings = Vec::new();
    if may("clips:edit") {
        findings.push(Finding::ok("token", format!("clips as {login}")));
    } else {
        let text = format!(
            "the token of {login} lacks the scope clips:edit: make a new one with it (see .env.example)"
        );
        findings.push(if config.clips.dry_run {
            Finding::warn("token", text)
        } else {
            Finding::bad("token", text)
        });
    }
    if config.chat.answer && !may("user:write:chat") {
        findings.push(Finding::ok(
            "answers",
            "to the log only: the token lacks the scope user:write:chat",
        ));
    }
    findings
}

fn expired(config: &Config) -> Finding {
    if config.twitch.refresh_token.is_some() || config.dir.tokens().exists() {
        Finding::warn("token", "has expired; cliphound run renews it at its start")
    } else {
        Finding::bad("token", "has expired or was taken back: make a new one (see .env.example)")
    }
}
