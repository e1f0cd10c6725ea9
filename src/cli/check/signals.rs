//! Which of the signals that Twitch tells a channel's owner only are heard, and what is
//! missing for the others.

use cliphound_twitch::oauth::stored::Role;

use super::{finding::Finding, token::Valid};
use crate::config::{Config, scopes::OwnersSignal};

/// One line for each owner of a channel; one for all where nobody is one.
pub(super) fn check(config: &Config, valid: &[Valid]) -> Vec<Finding> {
    let signals = config.owners_signals();
    let mut findings = Vec::new();
    for channel in &config.twitch.channels {
        let may_listen = |valid: &&Valid| {
            valid.login == channel.as_str() && valid.roles.iter().any(|role| *role != Role::Bot)
        };
        // `daemon::own_signals` chooses alike.
        let heard =
            |valid: &&Valid| signals.iter().filter(|s| s.scope.is_in(&valid.scopes)).count();
        let owner = valid.iter().filter(may_listen).max_by_key(heard);
        findings.extend(owner.map(|owner| judge(config, &signals, owner)));
    }
    if findings.is_empty() { vec![without_owner(config, &signals)] } else { findings }
}

fn judge(config: &Config, signals: &[OwnersSignal], owner: &Valid) -> Finding {
    let (heard, missing): (Vec<_>, Vec<_>) =
        signals.iter().copied().partition(|signal| signal.scope.is_in(&owner.scopes));
    let login = &owner.login;
    let heard = if heard.is_empty() { "none".to_owned() } else { names(&heard) };
    if missing.is_empty() {
        return Finding::ok("signals", format!("of #{login} are heard: {heard}"));
    }
    let lacks: Vec<_> =
        missing.iter().map(|s| format!("{} (scope {})", s.what, s.scope.name)).collect();
    let text = format!(
        "of #{login} are heard: {heard}; not: {}{}; for these: `cliphound login --role broadcaster` as {login}",
        lacks.join(", "),
        lost(config, &missing),
    );
    finding(config, &missing, text)
}

fn without_owner(config: &Config, signals: &[OwnersSignal]) -> Finding {
    let text = format!(
        "told to a channel's owner only are {}{}; for these: `cliphound login --role broadcaster` as the owner",
        names(signals),
        lost(config, signals)
    );
    finding(config, signals, text)
}

/// A warning where something that somebody named does nothing.
fn finding(config: &Config, missing: &[OwnersSignal], text: String) -> Finding {
    if missing.iter().any(|signal| !config.named_by(signal).is_empty()) {
        Finding::warn("signals", text)
    } else {
        Finding::ok("signals", text)
    }
}

/// What was named and does nothing.
fn lost(config: &Config, missing: &[OwnersSignal]) -> String {
    let names = missing.iter().flat_map(|signal| config.named_by(signal));
    let names: Vec<_> = names.map(|name| format!("“{name}”")).collect();
    if names.is_empty() { String::new() } else { format!(", so {} does nothing", names.join(", ")) }
}

fn names(signals: &[OwnersSignal]) -> String {
    signals.iter().map(|signal| signal.what).collect::<Vec<_>>().join(", ")
}
