//! Carries out what is set in the dashboard: kept in the database, checked, and taken over by the
//! running daemon as if a file had changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use cliphound_clock::Clock;
use cliphound_store::{NewSetting, SettingRow, Store, StoreError};
use cliphound_twitch::ChannelLogin;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::{
    sync::{Mutex, Notify, mpsc, oneshot, watch},
    time::timeout,
};

use super::{
    channel::ToChannel,
    directory::Directory,
    inboxes::Onlooker,
    models::{self, Snapshot},
};
use crate::{
    config::{Config, Mistake, Origins, Overlay, own},
    costs,
    crew::blocking,
    forget::Kind,
    records::{
        model_file::{self, Written},
        renamed,
    },
    web::{
        Problem,
        settings::{Change, Learned, Listed, Settings, Shown, changed_since},
    },
};

/// Changed settings are taken over within this, or the answer does not wait for them.
const WITHIN: Duration = Duration::from_secs(3);

/// Sets things in a daemon that runs. It keeps no channel from ending.
pub struct Dashboard {
    /// Keeps what is set.
    pub store: Store,
    /// What else settings come from; without them nothing can be set.
    pub origins: Option<Origins>,
    /// Told that something was set.
    pub changed: Arc<Notify>,
    /// What holds now.
    pub config: watch::Receiver<Arc<Config>>,
    /// The channels.
    pub inboxes: Onlooker,
    /// Which of them Twitch does not know.
    pub directory: Directory,
    /// Folder of the models.
    pub models: PathBuf,
    /// Our clock.
    pub clock: Clock,
    /// One change after the other: an older state of the database would hold above a newer one.
    pub turn: Arc<Mutex<()>>,
}

/// Takes over what was set in the dashboard, at the start, once the database is open: before, a
/// damaged one could not be read, and what can be salvaged of it still holds.
pub async fn take_over_stored(store: &Store, origins: &Origins, changed: &Notify) {
    let mut rows = store.settings().await;
    if matches!(rows, Err(StoreError::Damaged { .. })) {
        store.mend().await;
        rows = store.settings().await;
    }
    match rows {
        Ok(rows) if origins.set_overlay(Overlay::of(&rows)) => changed.notify_one(),
        Ok(_) => {}
        Err(error) => costs::tell(&error, "what was set in the dashboard can't be read"),
    }
}

/// Carries what was set for a channel over to the name that it has now: the settings' old name is
/// nobody's once they are corrected, and what is set from then on is set for the new one.
#[derive(Clone)]
pub struct Heirs {
    /// Keeps what is set.
    pub store: Store,
    /// As in the [`Dashboard`].
    pub origins: Option<Origins>,
    /// As there.
    pub changed: Arc<Notify>,
    /// The same as there.
    pub turn: Arc<Mutex<()>>,
}

impl Heirs {
    /// These old names have new ones: a crash may have come between a rename and [`Heirs::carry`].
    pub async fn carry_all(&self, names: &BTreeMap<ChannelLogin, ChannelLogin>) {
        for (from, to) in names {
            self.carry(from, to).await;
        }
    }

    /// A channel that was called `from` is called `to`.
    pub async fn carry(&self, from: &ChannelLogin, to: &ChannelLogin) {
        let _turn = self.turn.lock().await;
        match self.store.carry_settings(from.as_str(), to.as_str()).await {
            Ok(0) => {}
            Ok(_) => {
                if let Some(origins) = &self.origins {
                    take_over_stored(&self.store, origins, &self.changed).await;
                }
            }
            Err(error) => {
                costs::tell(&error, "what was set for a renamed channel stays under its old name")
            }
        }
    }
}

impl Dashboard {
    /// Keeps changes of a channel, by whatever names it has, and waits until they hold. A single
    /// one may be kept only as long as the newest change of its setting has the number `over`.
    async fn keep(
        &self,
        names: &[&ChannelLogin],
        changes: &[Change],
        over: Option<i64>,
        by: &str,
    ) -> Result<(), Problem> {
        let origins = self.origins.as_ref().ok_or_else(|| {
            Problem::conflict("settings can't be changed in this run of Cliphound: it was started without its files")
        })?;
        let _turn = self.turn.lock().await;
        self.check_files(origins, "nothing was changed").await?;
        let at_ms = self.clock.now_ms();
        self.would_hold(origins, names, changes).await?;
        let mut rows = Vec::new();
        for login in names {
            rows.extend(changes.iter().map(|change| NewSetting {
                login: login.as_str(),
                key: &change.key,
                value: change.value.as_deref(),
                by,
                at_ms,
            }));
        }
        match (over, rows.as_slice()) {
            (Some(newest), [row]) => {
                if !self.store.change_setting_over(newest, row).await? {
                    return Err(changed_since("somebody", row.key));
                }
            }
            (_, rows) => self.store.change_settings(rows).await?,
        }
        origins.set_overlay(Overlay::of(&self.store.settings().await?));
        let mut config = self.config.clone();
        config.mark_unchanged();
        self.changed.notify_one();
        for row in &rows {
            let value = row.value.unwrap_or("(as for all)");
            tracing::info!(channel = %row.login, key = %row.key, %value, %by, "set in the dashboard");
        }
        // Whoever looks next sees what holds. If not, it will hold soon, unless somebody has just
        // written a mistake.
        if timeout(WITHIN, config.changed()).await.is_err() {
            self.check_files(origins, "it is kept, and holds once that is mended").await?;
        }
        Ok(())
    }

    /// What is kept holds from now on. Whoever looks next sees it; if not, it will hold soon.
    pub async fn take_over(&self) -> Result<(), Problem> {
        let Some(origins) = &self.origins else { return Ok(()) };
        let _turn = self.turn.lock().await;
        origins.set_overlay(Overlay::of(&self.store.settings().await?));
        let mut config = self.config.clone();
        config.mark_unchanged();
        self.changed.notify_one();
        drop(timeout(WITHIN, config.changed()).await);
        Ok(())
    }

    /// Refuses what would be left out afterwards: values that are right alone may not fit together.
    async fn would_hold(
        &self,
        origins: &Origins,
        names: &[&ChannelLogin],
        changes: &[Change],
    ) -> Result<(), Problem> {
        let is_said = |change: &Change| change.value.is_some() && change.key != own::FOLLOW;
        if !changes.iter().any(is_said) {
            return Ok(());
        }
        let mut rows = self.store.settings().await?;
        let is_its = |row: &SettingRow| names.iter().any(|name| row.login == name.as_str());
        rows.retain(|row| is_its(row) && changes.iter().all(|change| change.key != row.key));
        for login in names {
            rows.extend(changes.iter().map(|change| SettingRow {
                id: 0,
                login: login.to_string(),
                key: change.key.clone(),
                value: change.value.clone(),
                by: String::new(),
                at_ms: 0,
            }));
        }
        let (origins, overlay) = (origins.clone(), Overlay::of(&rows));
        let read = blocking("reading the settings", move || origins.mistakes_with(&overlay)).await;
        // Files that can't be read have their own say.
        let mistakes = read.ok().and_then(Result::ok).unwrap_or_default();
        if mistakes.is_empty() {
            return Ok(());
        }
        Err(Problem::bad(mistakes.iter().map(Mistake::message).collect::<Vec<_>>().join("; ")))
    }

    /// Whether the files alone say that a channel is to be followed; `None` when they can't be read.
    pub async fn is_listed(&self, login: &ChannelLogin) -> Option<bool> {
        let Some(origins) = self.origins.clone() else { return Some(false) };
        let login = login.clone();
        blocking("reading the settings", move || origins.list(&login)).await.ok()?.ok()
    }

    /// Whether the database or the files say that a channel is to be followed, by whatever name
    /// they call it: what holds in the daemon may follow later.
    pub async fn wants(&self, login: &ChannelLogin) -> Result<bool, Problem> {
        if self.origins.is_none() {
            return Ok(self.follows(login));
        }
        let set = self.store.settings().await?;
        let old = self.old_names(login).await?;
        for name in old.iter().chain([login]) {
            let row = set.iter().find(|row| row.login == name.as_str() && row.key == own::FOLLOW);
            let is_wanted = match row.and_then(|row| row.value.as_deref()) {
                Some(word) => word == "yes",
                None => self.is_listed(name).await.ok_or_else(|| {
                    Problem::conflict("the settings files have a mistake, or can't be read")
                })?,
            };
            if is_wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a channel is to be followed.
    pub fn follows(&self, login: &ChannelLogin) -> bool {
        let config = self.config.borrow();
        config.twitch.channels.iter().any(|listed| self.directory.now(listed) == *login)
    }

    /// While the files have a mistake, nothing new holds.
    async fn check_files(&self, origins: &Origins, so: &str) -> Result<(), Problem> {
        let origins = origins.clone();
        match blocking("reading the settings", move || origins.load()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(errors)) => Err(Problem::conflict(format!("{so}: {errors}"))),
            Err(error) => Err(Problem::failed(&error)),
        }
    }

    /// Since when a channel is learned, and when that was last saved. A model does not keep when it
    /// began: that is the first that is known of the channel, unless another model took its place.
    async fn age(&self, login: &ChannelLogin) -> (Option<i64>, Option<i64>) {
        let (models, of) = (self.models.clone(), login.clone());
        let written =
            blocking("looking at models", move || model_file::written(&models, &of)).await;
        let Written { saved, renewed } = written.unwrap_or_default();
        let ms = |at: SystemTime| {
            let since = at.duration_since(UNIX_EPOCH).ok()?;
            i64::try_from(since.as_millis()).ok()
        };
        let first_ms = self.store.known_since(login.as_str()).await.ok().flatten();
        (first_ms.max(renewed.and_then(ms)), saved.and_then(ms))
    }

    /// What the list calls a channel that is called `login` now, besides that.
    async fn old_names(&self, login: &ChannelLogin) -> Result<Vec<ChannelLogin>, Problem> {
        let (models, listed) = (self.models.clone(), self.config.borrow().twitch.channels.clone());
        let names = blocking("looking at models", move || renamed::names(&models, &listed)).await;
        let names = names.map_err(io::Error::other).flatten();
        let names = names.map_err(|error| Problem::failed(&error))?;
        let is_it = |(old, new): (ChannelLogin, ChannelLogin)| (new == *login).then_some(old);
        Ok(names.into_iter().filter_map(is_it).collect())
    }

    fn inbox(&self, login: &ChannelLogin) -> Result<mpsc::Sender<ToChannel>, Problem> {
        self.inboxes.get(login).ok_or_else(|| {
            Problem::conflict(format!("{login} is not followed now: add it to the channels first"))
        })
    }

    async fn snapshot(&self, login: &ChannelLogin) -> Result<Snapshot, Problem> {
        let (answer, snapshot) = oneshot::channel();
        let busy = || Problem::conflict(format!("{login} is busy: try again in a moment"));
        self.inbox(login)?.try_send(ToChannel::Model(answer)).map_err(|_| busy())?;
        timeout(WITHIN, snapshot).await.map_err(|_| busy())?.map_err(|_| busy())
    }

    fn are_all(&self, names: &[&ChannelLogin]) -> bool {
        self.config.borrow().twitch.channels.iter().all(|listed| names.contains(&listed))
    }
}

/// Whether a setting can be changed so. What is taken back needs a key that there is, and no value.
fn check(change: &Change) -> Result<(), Problem> {
    match &change.value {
        Some(value) => own::check(&change.key, value).map_err(Problem::bad),
        None if own::KEYS.contains(&change.key.as_str()) => Ok(()),
        None => Err(Problem::bad(format!("there is no setting {}", change.key))),
    }
}

impl Settings for Dashboard {
    fn channels(&self) -> Vec<Listed> {
        let (config, unknown) = (self.config.borrow(), self.directory.unknown());
        let twitch = &config.twitch;
        let of_list: BTreeSet<ChannelLogin> =
            twitch.channels.iter().map(|login| self.directory.now(login)).collect();
        let with_own = |login: &ChannelLogin| config.own().any(|(own, _)| own == login);
        let own = config.own().map(|(login, _)| self.directory.now(login));
        let logins: BTreeSet<ChannelLogin> =
            of_list.iter().chain(&twitch.left_out).cloned().chain(own).collect();
        let listed = logins.into_iter().map(|login| Listed {
            is_followed: of_list.contains(&login),
            has_own: with_own(&login),
            is_never: twitch.never.contains(&login),
            is_unknown: unknown.contains(&login),
            login,
        });
        listed.collect()
    }

    fn of(&self, login: &ChannelLogin) -> Vec<Shown> {
        let config = self.config.borrow();
        let own = config.own().find(|(of, _)| *of == login).map(|(_, own)| own);
        let general = config.settings().iter().filter(|setting| own::KEYS.contains(&setting.key));
        let shown = general.map(|general| {
            let own = own.and_then(|own| own.settings.iter().find(|one| one.key == general.key));
            let holds = own.unwrap_or(general);
            Shown {
                key: general.key,
                value: holds.value.clone(),
                origin: holds.origin.to_string(),
                is_own: own.is_some(),
                general: general.value.clone(),
            }
        });
        shown.collect()
    }

    fn change<'a>(
        &'a self,
        login: &'a ChannelLogin,
        changes: &'a [Change],
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        async move {
            changes.iter().try_for_each(check)?;
            self.keep(&[login], changes, None, by).await
        }
        .boxed()
    }

    fn undo<'a>(
        &'a self,
        login: &'a ChannelLogin,
        change: &'a Change,
        newest: i64,
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        async move {
            check(change)?;
            self.keep(&[login], std::slice::from_ref(change), Some(newest), by).await
        }
        .boxed()
    }

    fn follow<'a>(
        &'a self,
        login: &'a ChannelLogin,
        is_followed: bool,
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        async move {
            if is_followed && self.config.borrow().twitch.never.contains(login) {
                return Err(Problem::conflict(format!(
                    "{login} does not want to be clipped: it is in twitch.never of the settings"
                )));
            }
            let old = if is_followed { Vec::new() } else { self.old_names(login).await? };
            let names: Vec<&ChannelLogin> = [login].into_iter().chain(&old).collect();
            if !is_followed && self.are_all(&names) {
                return Err(Problem::conflict(format!(
                    "{login} is the only channel: add another one before you remove it"
                )));
            }
            if is_followed {
                let word = Kind::Channel.as_str();
                self.store.end_forgetting(word, login.as_str()).await?;
            }
            let value = Some(if is_followed { "yes" } else { "no" }.to_owned());
            self.keep(&names, &[Change { key: own::FOLLOW.to_owned(), value }], None, by).await
        }
        .boxed()
    }

    fn model<'a>(&'a self, login: &'a ChannelLogin) -> BoxFuture<'a, Option<Learned>> {
        async move {
            let model = self.snapshot(login).await.ok()?.model?;
            let about = model.about();
            let (since_ms, saved_ms) = self.age(login).await;
            Some(Learned {
                since_ms,
                saved_ms,
                is_learning: about.is_learning,
                samples: about.samples,
                trainings: about.trainings,
                last_ms: about.last.map(|last| last.0),
                messages_per_hour: about.messages_per_hour,
                delay_s: about.delay_s,
                usual: about
                    .usual
                    .into_iter()
                    .map(|(name, level)| (name.to_owned(), level))
                    .collect(),
            })
        }
        .boxed()
    }

    fn export<'a>(&'a self, login: &'a ChannelLogin) -> BoxFuture<'a, Result<Vec<u8>, Problem>> {
        async move {
            let Snapshot { broadcaster_id, model, .. } = self.snapshot(login).await?;
            let model = model
                .ok_or_else(|| Problem::conflict(format!("nothing was learned of {login} yet")))?;
            model_file::encode(broadcaster_id.as_deref(), &model)
                .map_err(|error| Problem::failed(&error))
        }
        .boxed()
    }

    fn renew<'a>(
        &'a self,
        login: &'a ChannelLogin,
        file: Option<Vec<u8>>,
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        async move {
            let before = self.snapshot(login).await?;
            let id = before.broadcaster_id.as_deref();
            let model = match &file {
                Some(bytes) => Some(Box::new(
                    model_file::from_bytes(bytes, id).map_err(|error| Problem::bad(format!("{error:#}")))?,
                )),
                None => None,
            };
            let (folder, of) = (self.models.clone(), login.clone());
            if before.model.is_some() {
                models::save(&folder, vec![before]).await;
                let aside = blocking("keeping a model", move || model_file::keep_before(&folder, &of)).await;
                aside
                    .map_err(anyhow::Error::from)
                    .flatten()
                    .map_err(|error| Problem::failed(&format!("{error:#}")))?;
            }
            let busy = || Problem::conflict(format!("{login} is busy: try again in a moment"));
            self.inbox(login)?.try_send(ToChannel::Renew(model)).map_err(|_| busy())?;
            models::save(&self.models, vec![self.snapshot(login).await?]).await;
            let what = if file.is_some() { "goes on with a model from a file" } else { "learns anew" };
            tracing::info!(channel = %login, %by, "{what}; what it knew before is in models/{login}.bin.before");
            Ok(())
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
