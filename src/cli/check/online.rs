//! Asks the network: whether the services can be reached, whether Twitch takes the tokens,
//! and what it knows of the channels. Trouble with the network is a warning.

use anyhow::Context;
use cliphound_twitch::oauth::http_client;

use super::{channels, finding::Finding, kept, services, signals, skew, token};
use crate::config::Config;

/// Asks one after the other, so that the lines come in a fixed order.
pub(super) async fn check(config: &Config) -> Vec<Finding> {
    let mut findings = services::check(config).await;
    let is_reached = |subject| findings.iter().any(|f| f.is_ok() && f.is_about(subject));
    let (oauth, helix) = (is_reached("oauth"), is_reached("helix"));
    let asked = ask_twitch(config, oauth, helix).await;
    findings.extend(
        asked.unwrap_or_else(|trouble| vec![Finding::warn("oauth", format!("{trouble:#}"))]),
    );
    findings
}

/// Clock, tokens and channels.
async fn ask_twitch(config: &Config, oauth: bool, helix: bool) -> anyhow::Result<Vec<Finding>> {
    let endpoints = &config.endpoints;
    let http = http_client(&[endpoints.oauth.url(), endpoints.helix.url()])
        .context("the system's TLS can't be used")?;
    let mut findings = Vec::new();
    if helix {
        findings.extend(skew::check(config, &http).await);
    }
    if !oauth {
        return Ok(findings);
    }
    let (mut valid, mut may_return) = (Vec::new(), false);
    let held = if config.twitch.client_id.is_some() { kept::held(config) } else { Vec::new() };
    for held in &held {
        let answer = token::check(config, &http, held).await;
        findings.extend(answer.findings);
        valid.extend(answer.valid);
        may_return |= answer.may_return;
    }
    if helix {
        findings.extend(channels::check(config, &held, may_return, &valid, &http).await);
    }
    // Of a token that is not known there is a line already.
    if !valid.is_empty() && valid.len() == held.len() {
        findings.extend(signals::check(config, &valid));
    }
    Ok(findings)
}
