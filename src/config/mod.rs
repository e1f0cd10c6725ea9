//! Settings: command line, environment, .env, cliphound.toml, defaults; checked once.
//!
//! What was written ([`raw`], by `sources`, `dotenv` and `toml_file`) becomes what
//! holds ([`Config`], one file a section, through `reader`). All mistakes are told at once.

pub mod alerts;
pub mod args;
pub mod changes;
pub mod chat;
pub mod clips;
mod commands;
pub mod dir;
mod dotenv;
pub mod emotes;
pub mod endpoint;
pub mod endpoints;
mod gone;
pub mod log;
pub mod origin;
pub mod origins;
pub mod own;
pub mod raw;
mod reader;
pub mod scopes;
pub mod signals;
mod sources;
pub mod speed;
pub mod storage;
mod tables;
pub mod title;
mod toml_file;
pub mod twitch;
pub mod web;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use cliphound_clock::Clock;
use cliphound_twitch::ChannelLogin;

pub use alerts::{Alert, AlertEvent};
pub use args::GlobalArgs;
pub use changes::Changes;
pub use chat::{Chat, ChatSource};
pub use clips::{ClipLength, Clips, Publish};
pub use dir::Dir;
pub use emotes::Emotes;
pub use endpoint::Endpoint;
pub use endpoints::Endpoints;
pub use log::{Log, LogFilter, LogFormat};
pub use origin::{ConfigErrors, Mistake, Origin, Setting};
pub use origins::Origins;
pub use own::{Overlay, Own};
pub use scopes::Scope;
pub use signals::NamedSignal;
pub use storage::Storage;
pub use title::{TitleFields, TitleTemplate};
pub use twitch::{LoginFlow, Twitch};
pub use web::{Listen, Web};

use reader::Reader;
use sources::Sources;

/// Checked settings. `Debug` masks the secrets.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that everything lies in.
    pub dir: Dir,
    /// Channels and account.
    pub twitch: Twitch,
    /// How many clips, how long, what they are called.
    pub clips: Clips,
    /// How chat is read, and who may give commands.
    pub chat: Chat,
    /// Who may give which command in chat.
    pub commands: cliphound_engine::CommandRules,
    /// Whose emotes count.
    pub emotes: Emotes,
    /// What is a sign of a moment besides chat.
    pub signals: Vec<NamedSignal>,
    /// Who is told of clips and streams.
    pub alerts: Vec<Alert>,
    /// How long figures are kept.
    pub storage: Storage,
    /// Where Cliphound can be looked at.
    pub web: Web,
    /// What is told on stderr.
    pub log: Log,
    /// Where Twitch is.
    pub endpoints: Endpoints,
    /// How many times faster than real time Cliphound lives, 0.1 to 1000; 1 against the real Twitch.
    pub speed: f64,
    settings: Vec<Setting>,
    own: BTreeMap<ChannelLogin, Own>,
    own_mistakes: Vec<Mistake>,
    near_misses: Vec<String>,
}

impl Config {
    /// Reads and checks all settings. `environment` is a snapshot of the process's
    /// (see [`environment`]); nothing is put into it.
    ///
    /// # Errors
    /// All mistakes at once: unreadable files, unknown names, bad values.
    pub fn load(
        args: &GlobalArgs,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigErrors> {
        Self::load_with(args, environment, &Overlay::default())
    }

    /// The same with what was set in the dashboard.
    ///
    /// # Errors
    /// As [`Config::load`]; what is wrong in the dashboard's is left out instead
    /// ([`Config::own_mistakes`]).
    pub fn load_with(
        args: &GlobalArgs,
        environment: &BTreeMap<String, String>,
        overlay: &Overlay,
    ) -> Result<Self, ConfigErrors> {
        let sources = Sources::gather(args, environment)?;
        Self::check(&sources, overlay)
    }

    fn check(sources: &Sources, overlay: &Overlay) -> Result<Self, ConfigErrors> {
        let (raw, mistakes) = raw::merge(sources);
        let mut reader = Reader::new(&raw, mistakes);
        let mut twitch = Twitch::read(&mut reader)
            .map_err(|problem| ConfigErrors(vec![Mistake::new(problem)]))?;
        overlay.follow(&mut twitch);
        let clips = Clips::read(&mut reader);
        let chat = Chat::read(&mut reader);
        let commands = commands::read(&mut reader);
        let emotes = Emotes::read(&mut reader);
        let storage = Storage::read(&mut reader);
        let web = Web::read(&mut reader);
        let log = Log::read(&mut reader);
        let endpoints = Endpoints::read(&mut reader)
            .map_err(|problem| ConfigErrors(vec![Mistake::new(problem)]))?;
        let speed = speed::read(&mut reader, &endpoints);
        let signals = signals::read(&mut reader);
        let alerts = alerts::read(&mut reader);
        if !reader.mistakes.is_empty() {
            return Err(ConfigErrors(reader.mistakes));
        }
        let (dir, settings) = (Dir::new(sources.dir.clone()), reader.settings);
        let (own, own_mistakes) = overlay.read(&raw);
        Ok(Self {
            dir,
            twitch,
            clips,
            chat,
            commands,
            emotes,
            signals,
            alerts,
            storage,
            web,
            log,
            endpoints,
            speed,
            settings,
            own,
            own_mistakes,
            near_misses: raw::near_misses(&sources.environment),
        })
    }

    /// Every setting with its origin, section by section; secrets are masked.
    #[must_use]
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// What holds of a channel's clips.
    #[must_use]
    pub fn clips_of(&self, login: &ChannelLogin) -> &Clips {
        self.own.get(login).map_or(&self.clips, |own| &own.clips)
    }

    /// The channels that have settings of their own, by login.
    pub fn own(&self) -> impl Iterator<Item = (&ChannelLogin, &Own)> {
        self.own.iter()
    }

    /// What is wrong with settings of channels: those of such a channel do not hold.
    #[must_use]
    pub fn own_mistakes(&self) -> &[Mistake] {
        &self.own_mistakes
    }

    /// Variables of the environment that look like a setting with a slip in it, a sentence each.
    #[must_use]
    pub fn near_misses(&self) -> &[String] {
        &self.near_misses
    }

    /// The channels to watch.
    ///
    /// # Errors
    /// When there are none; says how to name them.
    pub fn channels(&self) -> Result<&[ChannelLogin], ConfigErrors> {
        if self.twitch.channels.is_empty() && !self.twitch.left_out.is_empty() {
            return Err(ConfigErrors(vec![Mistake::new(ONLY_NEVER)]));
        }
        if self.twitch.channels.is_empty() {
            return Err(ConfigErrors(vec![Mistake::new(NO_CHANNELS)]));
        }
        Ok(&self.twitch.channels)
    }

    /// The clock to live by.
    #[must_use]
    pub fn clock(&self) -> Clock {
        if self.speed.to_bits() == 1f64.to_bits() {
            Clock::system()
        } else {
            Clock::fast(self.speed)
        }
    }

    /// What a channel's engine is told.
    #[must_use]
    pub fn engine_settings(&self, login: &ChannelLogin) -> cliphound_engine::Settings {
        let clips = self.clips_of(login);
        let names = |logins: &[ChannelLogin]| logins.iter().map(ToString::to_string).collect();
        cliphound_engine::Settings {
            budget_per_hour: clips.budget_per_hour,
            sensitivity: clips.sensitivity,
            cooldown_s: clips.cooldown_s,
            commands: self.commands.clone(),
            paused: clips.paused,
            clip_s: clips.duration_s.asked_for_s(),
            command_users: names(&self.chat.command_users),
            ignored_users: names(&self.chat.ignored_users),
            ..cliphound_engine::Settings::default()
        }
    }
}

/// What to do when there is no channel to watch.
const NO_CHANNELS: &str = "no channels to watch: set TWITCH_CHANNELS=name,other in .env or channels = [\"name\"] under [twitch] in cliphound.toml";

const ONLY_NEVER: &str = "no channels to watch: all of twitch.channels stand in twitch.never, too; take one out of either";

/// The process's environment as it is now. What is not UTF-8 comes with marks in place of the bad bytes.
#[must_use]
pub fn environment() -> BTreeMap<String, String> {
    let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}
