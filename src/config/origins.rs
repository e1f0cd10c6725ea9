//! Where the settings were read, so that they can be read again while the daemon runs.

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use cliphound_store::peek_settings;

use super::{Config, ConfigErrors, GlobalArgs, Overlay, sources};

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
        let database = sources::dir(&self.args, &self.environment).database();
        if let Ok(rows) = peek_settings(&database).await {
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

    /// Whether some of them are a credential of systemd: it copies the file when the service
    /// starts, so that what changes in the original is not seen before a restart.
    #[must_use]
    pub fn has_credential(&self) -> bool {
        sources::credential(&self.args, &self.environment).is_some_and(|path| path.exists())
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
