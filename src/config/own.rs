//! What was set in the dashboard: which channels are followed besides the list or in spite of it,
//! and settings of single channels. It lies in the database, above everything that is said for
//! all channels. Pure.

use std::collections::{BTreeMap, BTreeSet};

use cliphound_store::SettingRow;
use cliphound_twitch::ChannelLogin;

use super::{
    clips::Clips,
    origin::{Mistake, Origin, Setting},
    raw::{Entry, Raw, Value},
    reader::Reader,
    twitch::Twitch,
};

/// Settings that a channel may have of its own.
pub const KEYS: &[&str] = &[
    "clips.budget_per_hour",
    "clips.sensitivity",
    "clips.cooldown_s",
    "clips.duration_s",
    "clips.title",
    "clips.publish",
    "clips.paused",
];

/// Not a setting of clips: whether a channel is followed, `yes` or `no`.
pub const FOLLOW: &str = "follow";

/// Everything that was set in the dashboard and holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlay {
    /// Whether a channel is followed, whatever the list says.
    follow: BTreeMap<ChannelLogin, bool>,
    /// What was set for a channel: key, value, by whom.
    own: BTreeMap<ChannelLogin, Vec<Said>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    key: &'static str,
    value: String,
    by: String,
}

/// What a channel has of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    /// All settings of its clips: its own, and for the rest those of all channels.
    pub clips: Clips,
    /// Its own ones, as they hold.
    pub settings: Vec<Setting>,
}

impl Overlay {
    /// From what holds in the database. What this version knows nothing of is left out.
    #[must_use]
    pub fn of(rows: &[SettingRow]) -> Self {
        let mut overlay = Self::default();
        for row in rows {
            let (Ok(login), Some(value)) = (ChannelLogin::parse(&row.login), &row.value) else {
                continue;
            };
            if row.key == FOLLOW {
                overlay.follow.insert(login, value == "yes");
            } else if let Some(key) = KEYS.iter().find(|key| **key == row.key) {
                let said = Said { key, value: value.clone(), by: row.by.clone() };
                overlay.own.entry(login).or_default().push(said);
            }
        }
        overlay
    }

    /// Adds and takes out channels. Who is in `twitch.never` stays out.
    pub(super) fn follow(&self, twitch: &mut Twitch) {
        let is_out = |login: &ChannelLogin| self.follow.get(login) == Some(&false);
        twitch.channels.retain(|login| !is_out(login));
        let known: BTreeSet<ChannelLogin> =
            twitch.channels.iter().chain(&twitch.left_out).cloned().collect();
        let more = self.follow.iter().filter(|(login, is_in)| **is_in && !known.contains(*login));
        let (out, more) = more
            .map(|(login, _)| login.clone())
            .partition::<Vec<_>, _>(|login| twitch.never.contains(login));
        twitch.channels.extend(more);
        twitch.left_out.extend(out);
    }

    /// The channels' own settings, read as if they stood where the general ones do. Those of a
    /// channel that can't be read are left out, with what is wrong.
    pub(super) fn read(&self, raw: &Raw) -> (BTreeMap<ChannelLogin, Own>, Vec<Mistake>) {
        let (mut own, mut mistakes) = (BTreeMap::new(), Vec::new());
        for (login, said) in &self.own {
            match read(raw, said) {
                Ok(read) => drop(own.insert(login.clone(), read)),
                Err(wrong) => mistakes.extend(wrong),
            }
        }
        (own, mistakes)
    }
}

fn read(raw: &Raw, said: &[Said]) -> Result<Own, Vec<Mistake>> {
    let mut raw = raw.clone();
    for one in said {
        let origin = Origin::Dashboard { by: one.by.clone() };
        raw.insert(one.key, Entry { value: Value::Word(one.value.clone()), origin });
    }
    let mut reader = Reader::new(&raw, Vec::new());
    let clips = Clips::read(&mut reader);
    if !reader.mistakes.is_empty() {
        return Err(reader.mistakes);
    }
    let is_own = |setting: &Setting| matches!(setting.origin, Origin::Dashboard { .. });
    let settings = reader.settings.into_iter().filter(is_own).collect();
    Ok(Own { clips, settings })
}

/// Whether a value can be set for a channel, as somebody wrote it.
///
/// # Errors
/// One sentence: there is no such setting of a channel, or its value is wrong.
pub fn check(key: &str, value: &str) -> Result<(), String> {
    let Some(key) = KEYS.iter().find(|known| **known == key) else {
        return Err(format!(
            "a channel has no setting {key} of its own; it can have {}",
            KEYS.join(", ")
        ));
    };
    let said = Said { key, value: value.to_owned(), by: String::new() };
    let wrong = read(&Raw::new(), &[said]).err();
    wrong.map_or(Ok(()), |wrong| {
        Err(wrong.iter().map(Mistake::message).collect::<Vec<_>>().join("; "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, GlobalArgs};

    fn row(login: &str, key: &str, value: Option<&str>) -> SettingRow {
        SettingRow {
            id: 1,
            login: login.to_owned(),
            key: key.to_owned(),
            value: value.map(str::to_owned),
            by: "ann".to_owned(),
            at_ms: 0,
        }
    }

    fn config(rows: &[SettingRow]) -> Config {
        let dir = tempfile::tempdir().unwrap();
        let args = GlobalArgs { dir: Some(dir.path().to_owned()), ..GlobalArgs::default() };
        let words = [
            ("TWITCH_CHANNELS", "ann,bob"),
            ("TWITCH_NEVER", "eve"),
            ("CLIPHOUND_CLIPS__COOLDOWN_S", "60"),
        ];
        let environment = words.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Config::load_with(&args, &environment, &Overlay::of(rows)).unwrap()
    }

    fn login(name: &str) -> ChannelLogin {
        ChannelLogin::parse(name).unwrap()
    }

    #[test]
    fn channels_come_and_go() {
        let rows = [
            row("bob", FOLLOW, Some("no")),
            row("cat", FOLLOW, Some("yes")),
            row("ann", FOLLOW, Some("yes")),
            row("eve", FOLLOW, Some("yes")),
            row("dan", FOLLOW, None),
            row("not a name", FOLLOW, Some("yes")),
        ];
        let config = config(&rows);
        assert_eq!(config.twitch.channels, [login("ann"), login("cat")]);
        assert_eq!(config.twitch.left_out, [login("eve")]);
    }

    #[test]
    fn a_channels_own_settings_are_above_those_of_all() {
        let rows = [
            row("ann", "clips.budget_per_hour", Some("3.5")),
            row("ann", "clips.later", Some("x")),
            row("bob", "clips.budget_per_hour", Some("many")),
        ];
        let config = config(&rows);
        let ann = config.clips_of(&login("ann"));
        assert_eq!((ann.budget_per_hour, ann.cooldown_s), (3.5, 60));
        assert_eq!(
            config.clips_of(&login("bob")).budget_per_hour,
            8.0,
            "what is wrong is left out"
        );
        assert_eq!(config.own_mistakes().len(), 1);
        let own: Vec<_> =
            config.own().map(|(login, own)| (login.as_str(), own.settings.len())).collect();
        assert_eq!(own, [("ann", 1)]);
        let shown = &config.own().next().unwrap().1.settings[0];
        assert_eq!(
            (shown.value.as_str(), shown.origin.to_string().as_str()),
            ("3.5", "dashboard, by ann")
        );
    }

    #[test]
    fn values_are_checked_before_they_are_kept() {
        assert_eq!(check("clips.budget_per_hour", "4"), Ok(()));
        assert_eq!(check("clips.title", "{channel}: {reason}"), Ok(()));
        for (key, value, words) in [
            ("clips.budget_per_hour", "0", "from 0.1 to 60 clips an hour"),
            ("clips.duration_s", "90", "from 5 to 60"),
            ("clips.title", "{nothing}", "{nothing}"),
            ("clips.title", " \t", "clips.title must not be empty"),
            ("twitch.client_secret", "x", "no setting twitch.client_secret of its own"),
        ] {
            let told = check(key, value).unwrap_err();
            assert!(told.contains(words), "{told}");
        }
    }
}
