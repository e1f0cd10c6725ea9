//! What the command line says about settings.

use std::path::PathBuf;

/// Options of every command. In `--help` they stand below the command's own.
#[derive(clap::Args, Clone, Default)]
pub struct GlobalArgs {
    /// Folder with models/, recordings/, cliphound.db, tokens.json and .env [env: CLIPHOUND_DIR] [default: .]
    #[arg(long, global = true, display_order = 900, value_name = "DIR")]
    pub dir: Option<PathBuf>,

    /// Settings file; without it, DIR/cliphound.toml is read where there is one [env: CLIPHOUND_CONFIG]
    #[arg(long, global = true, display_order = 901, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Logs on stderr: `text` for people, `json` for programs
    #[arg(long, global = true, display_order = 902, value_name = "text|json")]
    pub log_format: Option<String>,

    /// Say more: -v what is done and why, -vv everything
    #[arg(short, long, global = true, display_order = 903, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,

    /// Say less: -q warnings and errors, -qq errors
    #[arg(short, long, global = true, display_order = 904, action = clap::ArgAction::Count)]
    pub quiet: u8,

    /// DIR/.env is not read.
    #[arg(skip)]
    pub(crate) without_dotenv: bool,

    /// Settings that a subcommand's own options stand for.
    #[arg(skip)]
    pub(crate) overrides: Vec<Override>,
}

/// One setting from the command line.
#[derive(Clone)]
pub(crate) struct Override {
    pub(super) key: &'static str,
    pub(super) option: &'static str,
    pub(super) value: String,
}

impl GlobalArgs {
    /// Lets a subcommand's option set a key: `args.set("clips.dry_run", "--dry-run", "true")`.
    /// The last one said about a key holds.
    pub fn set(&mut self, key: &'static str, option: &'static str, value: impl Into<String>) {
        self.overrides.retain(|earlier| earlier.key != key);
        self.overrides.push(Override { key, option, value: value.into() });
    }

    /// Everything the command line sets, as keys.
    pub(super) fn overrides(&self) -> Vec<Override> {
        let mut all = self.overrides.clone();
        if let Some(format) = &self.log_format {
            all.push(Override { key: "log.format", option: "--log-format", value: format.clone() });
        }
        if let Some((option, filter)) = self.filter() {
            all.push(Override { key: "log.filter", option, value: filter.to_owned() });
        }
        all
    }

    fn filter(&self) -> Option<(&'static str, &'static str)> {
        match (self.verbose, self.quiet) {
            (0, 0) => None,
            (0, 1) => Some(("-q", "warn")),
            (0, _) => Some(("-q", "error")),
            (1, _) => Some(("-v", "info,cliphound=debug")),
            (_, _) => Some(("-v", "info,cliphound=trace")),
        }
    }
}
