//! Asks Twitch whose token this is, what it may do, and what time it is.
//!
//! `check` only looks: it never renews a token, because the service may be running, and a
//! refresh token can work once.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{
    finding::Finding,
    kept::{self, Chosen},
    online::PATIENCE,
};
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

/// What Twitch's log-in service says.
pub(super) struct Answer {
    pub(super) findings: Vec<Finding>,
    /// The token, when Twitch takes it for a user of our app.
    pub(super) valid: Option<SecretString>,
}

/// Asks once, with the token where there is one.
///
/// # Errors
/// When there is no usable answer.
pub(super) async fn check(config: &Config, http: &reqwest::Client) -> anyhow::Result<Answer> {
    let chosen = kept::choose(config).filter(|_| config.twitch.client_id.is_some());
    let answer = ask(config, http, chosen.as_ref().map(|chosen| &chosen.access)).await?;
    let mut findings: Vec<_> = skew(config, &answer).into_iter().collect();
    let Some(chosen) = chosen else {
        return Ok(Answer { findings, valid: None });
    };
    let judged = match answer.status().as_u16() {
        200 => judge(config, &answer.json().await?),
        401 => Err(expired(&chosen)),
        status => anyhow::bail!("the answer was {status}"),
    };
    let valid = judged.is_ok().then_some(chosen.access);
    findings.extend(judged.unwrap_or_else(|finding| vec![finding]));
    Ok(Answer { findings, valid })
}

async fn ask(
    config: &Config,
    http: &reqwest::Client,
    token: Option<&SecretString>,
) -> anyhow::Result<reqwest::Response> {
    let mut request = http.get(format!("{}/validate", config.endpoints.oauth)).timeout(PATIENCE);
    if let Some(token) = token {
        request = request.header("Authorization", format!("OAuth {}", token.expose_secret()));
    }
    // The address is told already; the cause says more than the crate's wrapping.
    request.send().await.map_err(|e| anyhow::anyhow!("no answer: {}", e.without_url()))
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

/// What a valid token is good for; `Err` when it is not one that can be used.
fn judge(config: &Config, valid: &Validated) -> Result<Vec<Finding>, Finding> {
    if config.twitch.client_id.as_deref() != Some(&valid.client_id) {
        let id = &valid.client_id;
        let text = format!(
            "the token was made for the app {id}: set TWITCH_CLIENT_ID to that, or make a new token"
        );
        return Err(Finding::bad("token", text));
    }
    let Some(login) = &valid.login else {
        let text = "an app's token, which can't clip: make a user's token (see .env.example)";
        return Err(Finding::bad("token", text));
    };
    let may = |scope: &str| valid.scopes.iter().flatten().any(|given| given == scope);
    let lack = format!(
        "the token of {login} lacks the scope clips:edit: make a new one with it (see .env.example)"
    );
    let mut findings = vec![match (may("clips:edit"), config.clips.dry_run) {
        (true, _) => Finding::ok("token", format!("clips as {login}")),
        (false, true) => Finding::warn("token", lack),
        (false, false) => Finding::bad("token", lack),
    }];
    if config.chat.answer && !may("user:write:chat") {
        let text = "to the log only: the token lacks the scope user:write:chat";
        findings.push(Finding::ok("answers", text));
    }
    Ok(findings)
}

fn expired(chosen: &Chosen) -> Finding {
    if chosen.is_renewable {
        Finding::warn("token", "has expired; cliphound run renews it at its start")
    } else {
        Finding::bad("token", "has expired or was taken back: make a new one (see .env.example)")
    }
}
