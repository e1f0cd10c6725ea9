//! What differs between the settings that hold and those that were read anew. Pure.

use std::collections::BTreeSet;

use cliphound_twitch::ChannelLogin;
use secrecy::{ExposeSecret, SecretString};

use super::{Config, Setting, own};

/// Settings that a running daemon takes over, by key or (`section.`) as a whole.
const AT_ONCE: &[&str] = &[
    "clips.title",
    "clips.duration_s",
    "clips.budget_per_hour",
    "clips.sensitivity",
    "clips.cooldown_s",
    "clips.dry_run",
    "clips.publish",
    "clips.paused",
    "clips.vod",
    "clips.download",
    "emotes.",
    "chat.command_users",
    "chat.ignored_users",
    "chat.answer",
    "commands.",
];

/// Lists, which as a whole hold at once.
const LISTS: [&str; 2] = ["signals", "alerts"];

/// What differs, in words.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What holds from now on: `channels: +ninja, -mossykettle; budget_per_hour 8 -> 4`.
    pub now: String,
    /// Keys of what a running daemon can't change.
    pub later: Vec<&'static str>,
}

impl Changes {
    /// What became of `old`.
    #[must_use]
    pub fn between(old: &Config, new: &Config) -> Self {
        let lists = [
            ("channels", &old.twitch.channels, &new.twitch.channels),
            ("never", &old.twitch.never, &new.twitch.never),
        ];
        let mut now: Vec<String> =
            lists.iter().filter_map(|(name, old, new)| names(name, old, new)).collect();
        let mut later = secrets(old, new);
        let values = |config: &Config, list: &str| {
            let own = config.settings.iter().filter(|setting| setting.key == list);
            own.map(|setting| setting.value.clone()).collect::<Vec<_>>().join(" | ")
        };
        for list in LISTS {
            let (before, after) = (values(old, list), values(new, list));
            if before != after {
                now.push(format!("{list} {before} -> {after}"));
            } else if list == "alerts" && old.alerts != new.alerts {
                now.push("alerts: what is not shown here (addresses, secrets, texts)".to_owned());
            }
        }
        let is_single = |setting: &&Setting| !LISTS.contains(&setting.key);
        let single = |config| Config::settings(config).iter().filter(is_single);
        for (before, after) in single(old).zip(single(new)) {
            let key = after.key;
            let is_told = matches!(key, "twitch.channels" | "twitch.never");
            if before.value == after.value || is_told {
                continue;
            }
            if AT_ONCE.iter().any(|own| key == *own || own.ends_with('.') && key.starts_with(own)) {
                let name = key.strip_prefix("clips.").unwrap_or(key);
                now.push(format!("{name} {} -> {}", before.value, after.value));
            } else if !later.contains(&key) {
                later.push(key);
            }
        }
        now.extend(of_channels(old, new));
        Self { now: now.join("; "), later }
    }
}

/// What single channels have otherwise than before, as far as it is their own.
fn of_channels(old: &Config, new: &Config) -> Vec<String> {
    let logins: BTreeSet<_> = old.own().chain(new.own()).map(|(login, _)| login).collect();
    let all = |config: &Config, key: &str| {
        let setting = config.settings().iter().find(|setting| setting.key == key);
        setting.map_or_else(String::new, |setting| setting.value.clone())
    };
    let value = |config: &Config, login: &ChannelLogin, key: &str| {
        let own = config.own().find(|(of, _)| *of == login);
        let own = own.and_then(|(_, own)| own.settings.iter().find(|setting| setting.key == key));
        own.map(|setting| setting.value.clone())
    };
    let mut told = Vec::new();
    for (login, key) in
        logins.iter().flat_map(|login| own::KEYS.iter().map(move |key| (login, key)))
    {
        let (before, after) = (value(old, login, key), value(new, login, key));
        if before != after {
            let name = key.strip_prefix("clips.").unwrap_or(key);
            let (before, after) =
                (before.unwrap_or_else(|| all(old, key)), after.unwrap_or_else(|| all(new, key)));
            told.push(format!("{name} of {login} {before} -> {after}"));
        }
    }
    told
}

/// Which names came and went.
fn names(what: &str, old: &[ChannelLogin], new: &[ChannelLogin]) -> Option<String> {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (old.iter().collect(), new.iter().collect());
    let came = new.difference(&old).map(|login| format!("+{login}"));
    let went = old.difference(&new).map(|login| format!("-{login}"));
    let words: Vec<String> = came.chain(went).collect();
    (!words.is_empty()).then(|| format!("{what}: {}", words.join(", ")))
}

/// Secrets are shown masked: whether they differ shows in themselves only.
fn secrets(old: &Config, new: &Config) -> Vec<&'static str> {
    let exposed = |secret: &Option<SecretString>| {
        secret.as_ref().map(|secret| secret.expose_secret().to_owned())
    };
    let (old, new) = (&old.twitch, &new.twitch);
    let all = [
        ("twitch.client_secret", &old.client_secret, &new.client_secret),
        ("twitch.access_token", &old.access_token, &new.access_token),
        ("twitch.refresh_token", &old.refresh_token, &new.refresh_token),
    ];
    let differ = all.into_iter().filter(|(_, old, new)| exposed(old) != exposed(new));
    differ.map(|(key, ..)| key).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::GlobalArgs;

    fn config(words: &[(&str, &str)]) -> Config {
        let dir = tempfile::tempdir().unwrap();
        let args = GlobalArgs { dir: Some(dir.path().to_owned()), ..GlobalArgs::default() };
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: BTreeMap<_, _> = words.iter().map(own).collect();
        Config::load(&args, &environment).unwrap()
    }

    #[test]
    fn what_changes_is_told_by_when_it_holds() {
        let check = |old: &[(&str, &str)], new: &[(&str, &str)], now: &str, later: &[&str]| {
            let changes = Changes::between(&config(old), &config(new));
            assert_eq!((changes.now.as_str(), changes.later.as_slice()), (now, later));
        };
        let both = [("TWITCH_CHANNELS", "mossykettle,ann")];
        check(&both, &both, "", &[]);
        check(&both, &[("TWITCH_CHANNELS", "ann mossykettle")], "", &[]);
        check(
            &both,
            &[("TWITCH_CHANNELS", "ann,ninja"), ("CLIPHOUND_CLIPS__BUDGET_PER_HOUR", "4")],
            "channels: +ninja, -mossykettle; budget_per_hour 8 -> 4",
            &[],
        );
        let never = [both[0], ("TWITCH_NEVER", "ann")];
        check(&both, &never, "channels: -ann; never: +ann", &[]);
        let words = [
            both[0],
            ("CLIPHOUND_COMMANDS__CLIP", "vip"),
            ("CLIPHOUND_CLIPS__DRY_RUN", "true"),
            ("TWITCH_CLIENT_SECRET", "hush"),
        ];
        check(
            &both,
            &words,
            "dry_run false -> true; commands.clip moderator -> vip",
            &["twitch.client_secret"],
        );
        let other = [words[0], words[1], words[2], ("TWITCH_CLIENT_SECRET", "other")];
        check(&words, &other, "", &["twitch.client_secret"]);
    }
}
