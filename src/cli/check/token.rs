//! Asks Twitch whose a token is, and holds what it may do against what the settings use.
//!
//! `check` only looks: it never renews a token, because the service may be running, and a
//! refresh token can work once.

use cliphound_twitch::oauth::stored::Role;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{finding::Finding, kept::Held, services::PATIENCE};
use crate::config::{
    Config, Scope,
    scopes::{CLIPS, RECORDINGS},
};

const DAY_MS: i64 = 86_400_000;
/// A token that ends so soon may have ended already, by Twitch's clock.
const CLOCKS_DIFFER_MS: i64 = 300_000;
/// Twitch renews no token of a public app that was not used for so long.
const IDLE_MS: i64 = 30 * DAY_MS;

/// Twitch's answer about a valid token.
#[derive(Deserialize)]
struct Validated {
    client_id: String,
    #[serde(default)]
    login: Option<String>,
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    scopes: Option<Vec<String>>,
}

/// A token that Twitch takes for a user of our app.
pub(super) struct Valid {
    pub(super) access: SecretString,
    pub(super) roles: Vec<Role>,
    pub(super) login: String,
    pub(super) user_id: String,
    pub(super) scopes: Vec<String>,
}

/// What Twitch's log-in service says.
pub(super) struct Answer {
    pub(super) findings: Vec<Finding>,
    pub(super) valid: Option<Valid>,
    /// It is not taken now, and the daemon may renew it.
    pub(super) may_return: bool,
}

/// Asks once.
pub(super) async fn check(config: &Config, http: &reqwest::Client, held: &Held) -> Answer {
    let subject = subject(held);
    let without = |finding| Answer { findings: vec![finding], valid: None, may_return: false };
    match ask(config, http, &held.access).await {
        Ok(Some(valid)) => match usable(config, held, valid) {
            Ok(valid) => Answer {
                findings: held.roles.iter().map(|role| judge(config, *role, &valid)).collect(),
                valid: Some(valid),
                may_return: false,
            },
            Err(text) => without(Finding::bad(subject, text)),
        },
        Ok(None) => {
            let not_taken = not_taken(held, config.clock().now_ms());
            let may_return = held.is_renewable && !not_taken.is_bad();
            let mut findings = vec![not_taken];
            findings.extend(lacking(config, held));
            Answer { findings, valid: None, may_return }
        }
        Err(trouble) => {
            let text = format!(
                "Twitch can't be asked about it ({trouble:#}): look at the network, or try later"
            );
            without(Finding::warn(subject, text))
        }
    }
}

fn subject(held: &Held) -> String {
    let names: Vec<&str> = held.roles.iter().map(|role| role.name()).collect();
    names.join("+")
}

/// `None`: Twitch does not take it.
async fn ask(
    config: &Config,
    http: &reqwest::Client,
    access: &SecretString,
) -> anyhow::Result<Option<Validated>> {
    let answer = http
        .get(format!("{}/validate", config.endpoints.oauth))
        .timeout(PATIENCE)
        .header("Authorization", format!("OAuth {}", access.expose_secret()))
        .send()
        .await
        // The address is told already; the cause says more than the crate's wrapping.
        .map_err(|e| anyhow::anyhow!("no answer: {}", e.without_url()))?;
    match answer.status().as_u16() {
        200 => Ok(Some(answer.json().await.map_err(reqwest::Error::without_url)?)),
        401 => Ok(None),
        status => anyhow::bail!("the answer was {status}"),
    }
}

/// What can be used of a valid token; else what is wrong with it.
fn usable(config: &Config, held: &Held, valid: Validated) -> Result<Valid, String> {
    if config.twitch.client_id.as_deref() != Some(&valid.client_id) {
        let id = &valid.client_id;
        return Err(format!(
            "the token was made for the app {id}: set TWITCH_CLIENT_ID to that, or run `cliphound login`"
        ));
    }
    let Some(login) = valid.login else {
        return Err("an app's token, which can't clip: run `cliphound login`".to_owned());
    };
    Ok(Valid {
        access: held.access.clone(),
        roles: held.roles.clone(),
        login,
        user_id: valid.user_id.unwrap_or_default(),
        scopes: valid.scopes.unwrap_or_default(),
    })
}

/// What the token is good for in a role.
fn judge(config: &Config, role: Role, valid: &Valid) -> Finding {
    let login = &valid.login;
    let does = match role {
        Role::Clipper => format!("clips as {login}"),
        Role::Bot => format!("answers as {login}"),
        Role::Broadcaster => format!("is {login}"),
    };
    // Signals have lines of their own.
    let signals = config.owners_signals();
    let is_signal = |scope: &Scope| signals.iter().any(|signal| signal.scope == *scope);
    let mut missing = config.scopes(role);
    missing.retain(|scope| !scope.is_in(&valid.scopes) && !is_signal(scope));
    let command = match role {
        Role::Clipper => "cliphound login".to_owned(),
        other => format!("cliphound login --role {other}"),
    };
    let needed: Vec<&Scope> = missing.iter().filter(|scope| scope.is_needed).collect();
    if !needed.is_empty() {
        let names: Vec<_> = needed.iter().map(|s| format!("{} ({})", s.name, s.why)).collect();
        let text = format!(
            "the token of {login} lacks the scope {}: run `{command}`",
            names.join(" and the scope ")
        );
        // A dry run makes no clips.
        let is_idle = config.clips.dry_run && needed.iter().all(|scope| scope.name == CLIPS);
        return if is_idle {
            Finding::warn(role.name(), text)
        } else {
            Finding::bad(role.name(), text)
        };
    }
    let channels = &config.twitch.channels;
    if role == Role::Broadcaster && channels.iter().all(|channel| channel.as_str() != login) {
        let text = format!(
            "{login} is none of the channels: add it to TWITCH_CHANNELS, or log in as the owner of one"
        );
        return Finding::warn(role.name(), text);
    }
    let unmet = config.without_recordings(&valid.scopes).filter(|_| role == Role::Clipper);
    if let Some(settings) = unmet {
        let text = format!(
            "{does}; but for {settings} the token lacks the scope {RECORDINGS}: run `{command}`"
        );
        return Finding::warn(role.name(), text);
    }
    if missing.is_empty() {
        return Finding::ok(role.name(), does);
    }
    let lacks: Vec<_> = missing.iter().map(|s| format!("{} ({})", s.name, s.why)).collect();
    let text = format!("{does}; it may not {}; if you want that: `{command}`", lacks.join(", "));
    Finding::ok(role.name(), text)
}

/// Twitch does not take it: it ran out, or was taken back. Twitch's answer is the same; what
/// tells is when it was to end.
fn not_taken(held: &Held, now_ms: i64) -> Finding {
    let (subject, login) = (subject(held), login_as(held));
    let ran_out_ms = held.ends_ms.map(|ends_ms| now_ms - ends_ms);
    match (ran_out_ms, held.is_renewable) {
        (Some(ran_out_ms), _) if ran_out_ms < -CLOCKS_DIFFER_MS => {
            let text = format!(
                "was taken back before its time (a new password, or the app was disconnected): run `{login}`"
            );
            Finding::bad(subject, text)
        }
        (Some(ran_out_ms), true) if ran_out_ms > IDLE_MS => {
            let text = format!(
                "has not been used for {} days, and Twitch renews no token after 30: run `{login}`",
                ran_out_ms / DAY_MS
            );
            Finding::warn(subject, text)
        }
        (Some(_), true) => {
            Finding::ok(subject, "the access token has run out; cliphound run renews it by itself")
        }
        (None, true) => {
            let text = format!(
                "has run out or was taken back: cliphound run renews it at its start if it can; otherwise run `{login}`"
            );
            Finding::warn(subject, text)
        }
        (_, false) => {
            Finding::bad(subject, format!("has run out or was taken back: run `{login}`"))
        }
    }
}

/// What a token that is to be renewed will lack, too: a new one may do what it might.
fn lacking(config: &Config, held: &Held) -> Vec<Finding> {
    if !held.is_renewable || held.scopes.is_empty() {
        return Vec::new();
    }
    let stored = Valid {
        access: held.access.clone(),
        roles: held.roles.clone(),
        login: held.login.clone(),
        user_id: String::new(),
        scopes: held.scopes.clone(),
    };
    let judged = held.roles.iter().map(|role| judge(config, *role, &stored));
    judged.filter(|finding| !finding.is_ok()).collect()
}

/// The log-in for all roles of a token.
fn login_as(held: &Held) -> String {
    let roles = held.roles.iter().filter(|_| held.roles != [Role::Clipper]);
    roles.fold("cliphound login".to_owned(), |words, role| format!("{words} --role {role}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(roles: Vec<Role>, access: SecretString) -> Held {
        let (login, scopes) = (String::new(), Vec::new());
        Held { roles, access, is_renewable: true, ends_ms: None, is_kept: true, login, scopes }
    }

    fn check(ends_ms: Option<i64>, is_renewable: bool, expected: &str) {
        let (roles, access) = (vec![Role::Clipper], "a".into());
        let held = Held { is_renewable, ends_ms, ..kept(roles, access) };
        let line = not_taken(&held, 100 * DAY_MS).to_string();
        assert!(line.contains(expected), "{line}");
    }

    #[test]
    fn a_token_that_ran_out_is_told_from_one_that_was_taken_back() {
        check(Some(100 * DAY_MS - 1), true, "ok    clipper       the access token has run out");
        check(Some(100 * DAY_MS + 60_000), true, "ok ");
        check(Some(101 * DAY_MS), true, "bad   clipper       was taken back before its time");
        check(Some(69 * DAY_MS), true, "warn  clipper       has not been used for 31 days");
        check(None, true, "warn  clipper       has run out or was taken back: cliphound run");
        check(None, false, "bad   clipper       has run out or was taken back: run");
        check(Some(99 * DAY_MS), false, "bad   clipper       has run out");
    }

    #[test]
    fn the_log_in_that_mends_it_names_its_roles() {
        let named = |roles: &[Role]| {
            let (roles, access) = (roles.to_vec(), "a".into());
            login_as(&kept(roles, access))
        };
        assert_eq!(named(&[Role::Clipper]), "cliphound login");
        assert_eq!(named(&[Role::Bot]), "cliphound login --role bot");
        let both = [Role::Clipper, Role::Broadcaster];
        assert_eq!(named(&both), "cliphound login --role clipper --role broadcaster");
    }
}
