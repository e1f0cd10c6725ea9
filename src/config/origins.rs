//! Where the settings were read, so that they can be read again while the daemon runs.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use super::{Config, ConfigErrors, GlobalArgs, sources};

/// The command line and the environment of this run, and through them the files.
#[derive(Clone)]
pub struct Origins {
    args: GlobalArgs,
    environment: BTreeMap<String, String>,
}

impl Origins {
    /// `environment` is a snapshot of the process's.
    #[must_use]
    pub fn new(args: GlobalArgs, environment: BTreeMap<String, String>) -> Self {
        Self { args, environment }
    }

    /// Reads and checks all settings as the files have them now. Blocking.
    ///
    /// # Errors
    /// All mistakes at once, as [`Config::load`]; also when there is no channel to watch.
    pub fn load(&self) -> Result<Config, ConfigErrors> {
        let config = Config::load(&self.args, &self.environment)?;
        config.channels()?;
        Ok(config)
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
