//! Wires what owners do: settings, deletion, and tests of alerts.

use std::sync::Arc;

use anyhow::Context as _;
use futures_util::FutureExt;
use tokio::sync::{Mutex, mpsc, watch};

use super::{Base, posts};
use crate::{
    clips::ToClips,
    config::Config,
    daemon::{
        alerting::Showing,
        dashboard::{Dashboard, Heirs},
        follow::{self, Departure},
        forgetter::{self, Deletions, Forgetter},
        reload,
        signals::Hangup,
        status::Status,
        supervisor::RunOptions,
    },
    records::Records,
    web::alerts::Alerting,
};

impl Base<'_> {
    /// What is set in the dashboard.
    pub(super) fn dashboard(&self, status: &Status, options: &RunOptions) -> Arc<Dashboard> {
        Arc::new(Dashboard {
            store: self.store.clone(),
            origins: options.origins.clone(),
            changed: Arc::clone(&self.changed),
            config: self.wanted.config(),
            inboxes: status.followed.clone(),
            directory: self.directory.clone(),
            models: self.config.dir.models(),
            clock: self.clock.clone(),
            turn: Arc::clone(&self.turn),
        })
    }

    /// What is set in the dashboard goes along when channels are renamed.
    pub(super) fn heirs(&self, options: &RunOptions) -> Heirs {
        Heirs {
            store: self.store.clone(),
            origins: options.origins.clone(),
            changed: Arc::clone(&self.changed),
            turn: Arc::clone(&self.turn),
        }
    }

    /// The settings, whenever they may have changed.
    pub(super) fn watch_settings(
        &self,
        options: &RunOptions,
    ) -> anyhow::Result<mpsc::Receiver<Config>> {
        let (settings_in, settings) = mpsc::channel(follow::QUEUE);
        if let Some(origins) = options.origins.clone() {
            let hangup = Hangup::listen().context("signals can't be heard")?;
            let (clock, changed) = (self.clock.clone(), Arc::clone(&self.changed));
            self.crew.keep(posts::SETTINGS.until(&self.stop), hangup, move |hangup| {
                let (changed, clock) = (Arc::clone(&changed), clock.clone());
                reload::watch(origins.clone(), hangup, changed, clock, settings_in.clone()).boxed()
            });
        }
        Ok(settings)
    }

    /// Forgets channels and users, also those that an earlier run was asked for.
    pub(super) fn start_forgetter(
        &self,
        records: Arc<Records>,
        clips: mpsc::WeakSender<ToClips>,
        departures: mpsc::Sender<Departure>,
        settings: &Arc<Dashboard>,
    ) -> Deletions {
        let (requests, asked) = mpsc::channel(forgetter::QUEUE);
        let (store, dir) = (self.store.clone(), self.config.dir.clone());
        let forgetter = Forgetter {
            store: store.clone(),
            dir: dir.clone(),
            records,
            followed: settings.inboxes.clone(),
            board: self.board.clone(),
            watched: self.watched.clone(),
            stats: Arc::clone(&self.stats),
            clips,
            departures,
            settings: Arc::clone(settings),
            clock: self.clock.clone(),
        };
        let post = posts::FORGETTER.until(&self.stop);
        self.crew.keep(post, forgetter.begin(asked), |forgetter| forgetter.run().boxed());
        Deletions { requests, store, dir }
    }

    /// Who is told of clips and streams, for who looks.
    pub(super) fn alerting(&self) -> Arc<dyn Alerting> {
        let (config, clock) = (self.wanted.config(), self.clock.clone());
        Arc::new(Showing {
            config,
            clock,
            testing: Mutex::new(()),
            tried: watch::Sender::default(),
        })
    }
}
