//! Settings that hold at once for parts other than the channels' tasks: what is wanted of
//! clips, whose emotes count, and who is told. One [`LiveSettings`] changes them, everybody else follows.

use std::{collections::BTreeMap, sync::Arc};

use cliphound_twitch::ChannelLogin;
use tokio::sync::watch;

use crate::{
    clips::Wishes,
    config::{Alert, Config, Emotes},
};

/// Where the settings change while Cliphound runs.
#[derive(Debug)]
pub struct LiveSettings {
    config: watch::Sender<Arc<Config>>,
    wishes: watch::Sender<Wishes>,
    emotes: watch::Sender<Emotes>,
    alerts: watch::Sender<Vec<Alert>>,
}

impl LiveSettings {
    /// As they are at the start.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            config: watch::channel(Arc::new(config.clone())).0,
            wishes: watch::channel(wishes(config)).0,
            emotes: watch::channel(config.emotes.clone()).0,
            alerts: watch::channel(config.alerts.clone()).0,
        }
    }

    /// From now on they are these; `names` tells what channels are called now that they call by an old
    /// name. Nobody hears of what stays the same.
    pub fn set(&self, config: &Config, names: &BTreeMap<ChannelLogin, ChannelLogin>) {
        replace(&self.wishes, wishes(config));
        replace(&self.emotes, config.emotes.clone());
        let mut alerts = config.alerts.clone();
        for listed in alerts.iter_mut().flat_map(|alert| &mut alert.channels) {
            if let Some(now) = names.get(listed) {
                listed.clone_from(now);
            }
        }
        replace(&self.alerts, alerts);
        self.config.send_replace(Arc::new(config.clone()));
    }

    /// All settings; told of each time they are set, changed or not.
    #[must_use]
    pub fn config(&self) -> watch::Receiver<Arc<Config>> {
        self.config.subscribe()
    }

    /// What is wanted of clips.
    #[must_use]
    pub fn wishes(&self) -> watch::Receiver<Wishes> {
        self.wishes.subscribe()
    }

    /// Who is told of clips and streams.
    #[must_use]
    pub fn alerts(&self) -> watch::Receiver<Vec<Alert>> {
        self.alerts.subscribe()
    }

    /// Whose emotes count.
    #[must_use]
    pub fn emotes(&self) -> watch::Receiver<Emotes> {
        self.emotes.subscribe()
    }
}

fn replace<T: PartialEq>(place: &watch::Sender<T>, new: T) {
    place.send_if_modified(|old| {
        let is_new = *old != new;
        *old = new;
        is_new
    });
}

fn wishes(config: &Config) -> Wishes {
    let clips = &config.clips;
    Wishes {
        dry_run: clips.dry_run.then(|| "this is a dry run".to_owned()),
        vod: clips.vod,
        download: clips.download,
    }
}

#[cfg(test)]
mod tests {
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
    fn who_follows_hears_of_what_changed_and_of_nothing_else() {
        let live = LiveSettings::new(&config(&[]));
        let (mut wishes, mut emotes, none) = (live.wishes(), live.emotes(), BTreeMap::new());
        live.set(&config(&[("CLIPHOUND_CLIPS__TITLE", "other")]), &none);
        assert!(!wishes.has_changed().unwrap() && !emotes.has_changed().unwrap());
        live.set(&config(&[("CLIPHOUND_CLIPS__DOWNLOAD", "true")]), &none);
        assert!(wishes.borrow_and_update().download && !emotes.has_changed().unwrap());
        live.set(&config(&[("CLIPHOUND_EMOTES__ENABLED", "false")]), &none);
        assert!(!wishes.borrow_and_update().download && !emotes.borrow_and_update().enabled);
    }
}
