//! Asks the network: whether Twitch can be reached, and whether it takes the token.
//! Trouble with the network is a warning, since it may pass.

use std::time::Duration;

use anyhow::Context;
use cliphound_twitch::oauth::http_client;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{channels, finding::Finding, token};
use crate::config::{Config, Endpoint};

/// How long an answer may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Asks one after the other, so that the lines come in a fixed order.
pub(super) async fn check(config: &Config) -> Vec<Finding> {
    let endpoints = &config.endpoints;
    let mut findings = vec![reach("irc", &endpoints.irc).await];
    let oauth = reach("oauth", &endpoints.oauth).await;
    let is_reached = oauth.is_ok();
    findings.push(oauth);
    findings.push(reach("helix", &endpoints.helix).await);
    if is_reached {
        findings.extend(ask_twitch(config).await.unwrap_or_else(|trouble| {
            vec![Finding::warn("oauth", format!("{trouble:#}: look at the network, or try later"))]
        }));
    }
    findings
}

/// Token, clock and channels.
async fn ask_twitch(config: &Config) -> anyhow::Result<Vec<Finding>> {
    let (oauth, helix) = (config.endpoints.oauth.url(), config.endpoints.helix.url());
    let http = http_client(&[oauth, helix]).context("the system's TLS can't be used")?;
    let answer = token::check(config, &http).await?;
    let mut findings = answer.findings;
    if let Some(token) = answer.valid {
        findings.extend(channels::check(config, token, http).await);
    }
    Ok(findings)
}

async fn reach(subject: &str, endpoint: &Endpoint) -> Finding {
    let (host, port) = (endpoint.host(), endpoint.port());
    let Ok(connected) = timeout(PATIENCE, connect(&host, port)).await else {
        let text = format!(
            "{host}:{port} did not answer within {} s: look at the network and firewall",
            PATIENCE.as_secs()
        );
        return Finding::warn(subject, text);
    };
    match connected {
        Ok(()) => Finding::ok(subject, format!("{host}:{port} can be reached")),
        Err(trouble) => Finding::warn(subject, trouble),
    }
}

async fn connect(host: &str, port: u16) -> Result<(), String> {
    let addresses: Vec<_> = lookup_host((host, port))
        .await
        .map_err(|_| format!("the name {host} is not known: look at the network and DNS"))?
        .collect();
    TcpStream::connect(addresses.as_slice()).await.map(drop).map_err(|e| {
        format!("{host}:{port} can't be reached ({e}): look at the network and firewall")
    })
}
