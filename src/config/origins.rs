//! Where the settings were read, so that they can be read again while the daemon runs.

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use cliphound_store::peek_settings;
use cliphound_twitch::ChannelLogin;

use super::{Config, ConfigErrors, Dir, GlobalArgs, Mistake, Overlay, sources};

/// The command line and the environment of this run, and through them the files.
#[derive(Clone)]
pub struct Origins {
    args: GlobalArgs,
    environment: BTreeMap<String, String>,
    /// Clones agree on it.
    overlay: Arc<Mutex<Overlay>>,
}

impl Origins {
    /// `environment` is a snapshot of the process's.
    #[must_use]
    pub fn new(args: GlobalArgs, environment: BTreeMap<String, String>) -> Self {
        Self { args, environment, overlay: Arc::default() }
    }

    /// Takes over what was set in the dashboard as the database has it now, without changing
    /// the file. A database that can't be read has a say when it is opened.
    pub async fn peek_overlay(&self) {
        if let Ok(rows) = peek_settings(&self.dir().database()).await {
            self.set_overlay(Overlay::of(&rows));
        }
    }

    /// From now on this was set in the dashboard; says whether that is something else than before.
    pub fn set_overlay(&self, overlay: Overlay) -> bool {
        let mut now = self.overlay.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = *now != overlay;
        *now = overlay;
        is_new
    }

    /// Reads and checks all settings as the files have them now. Blocking.
    ///
    /// # Errors
    /// All mistakes at once, as [`Config::load`]; also when there is no channel to watch.
    pub fn load(&self) -> Result<Config, ConfigErrors> {
        let config = self.load_any()?;
        config.channels()?;
        Ok(config)
    }

    /// The same, whether there is a channel to watch or not. Blocking.
    ///
    /// # Errors
    /// All mistakes at once, as [`Config::load`].
    pub fn load_any(&self) -> Result<Config, ConfigErrors> {
        let overlay = self.overlay.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Config::load_with(&self.args, &self.environment, &overlay)
    }

    /// What would be wrong with settings of channels, if this were set in the dashboard. Blocking.
    ///
    /// # Errors
    /// All mistakes of the files, as [`Config::load`].
    pub fn mistakes_with(&self, overlay: &Overlay) -> Result<Vec<Mistake>, ConfigErrors> {
        let config = Config::load_with(&self.args, &self.environment, overlay)?;
        Ok(config.own_mistakes().to_vec())
    }

    /// Whether a channel is to be followed by the files alone. Blocking.
    ///
    /// # Errors
    /// All mistakes at once, as [`Config::load`].
    pub fn list(&self, login: &ChannelLogin) -> Result<bool, ConfigErrors> {
        let config = Config::load_with(&self.args, &self.environment, &Overlay::default())?;
        Ok(config.twitch.channels.contains(login))
    }

    /// Whether some of them are a credential of systemd: it copies the file when the service
    /// starts, so that what changes in the original is not seen before a restart.
    #[must_use]
    pub fn has_credential(&self) -> bool {
        sources::credential(&self.args, &self.environment).is_some_and(|path| path.exists())
    }

    /// Cliphound's folder, whether its settings can be read or not.
    #[must_use]
    pub fn dir(&self) -> Dir {
        sources::dir(&self.args, &self.environment)
    }

    /// The files that settings are read from, also those that do not exist (yet).
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        sources::files(&self.args, &self.environment)
    }
}

/// Without the environment: it holds secrets.
impl fmt::Debug for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origins").field("files", &self.files()).finish_non_exhaustive()
    }
}
