//! `[log]`: what is told on stderr, and how.

use std::{fmt, str::FromStr};

use tracing_subscriber::EnvFilter;

use super::{args::GlobalArgs, origin::ConfigErrors, raw, reader::Reader, sources::Sources};

pub(super) const KEYS: &[&str] = &["log.format", "log.filter"];

/// The log's form and filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// For people or for programs.
    pub format: LogFormat,
    /// What is told.
    pub filter: LogFilter,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// A checked filter of `tracing`: a level (`info`), or levels by module (`info,cliphound=debug`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl Log {
    /// What the command line alone says: for commands that read no settings.
    ///
    /// # Errors
    /// When an option's value is wrong.
    pub fn from_args(args: &GlobalArgs) -> Result<Self, ConfigErrors> {
        let sources = Sources {
            dir: ".".into(),
            overrides: args.overrides(),
            environment: std::collections::BTreeMap::new(),
            credential: None,
            dotenv: None,
            toml: None,
        };
        let (raw, mistakes) = raw::merge(&sources);
        let mut reader = Reader::new(&raw, mistakes);
        let log = Self::read(&mut reader);
        if reader.mistakes.is_empty() { Ok(log) } else { Err(ConfigErrors(reader.mistakes)) }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            format: reader.parsed("log.format", LogFormat::default()),
            filter: reader.parsed("log.filter", LogFilter::default()),
        }
    }
}

impl LogFilter {
    /// The filter's text, in the syntax of `tracing`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LogFilter {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        // A lone word that is no level would pass as a module's name and silence everything.
        let lone = !text.contains(['=', ',']);
        let level = text.parse::<tracing_subscriber::filter::LevelFilter>();
        // In other letters the reader of filters can lose its place and panic; modules have none.
        let is_readable = || text.is_ascii() && EnvFilter::builder().parse(text).is_ok();
        if (lone && level.is_err()) || !is_readable() {
            return Err(format!(
                "must be off, error, warn, info, debug, trace or a list such as info,cliphound=debug, not “{text}”"
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

impl FromStr for LogFormat {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("must be text or json, not “{text}”")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_levels_or_lists_of_modules() {
        let check = |text: &str, is_one: bool| {
            assert_eq!(text.parse::<LogFilter>().is_ok(), is_one, "{text}");
        };
        check("debug", true);
        check("info,cliphound=debug,sqlx::query=off", true);
        check("cliphound", false);
        check("cliphound=loud", false);
        check("=\u{feff}%d", false);
        check("\u{a259}#\u{10e00d}=\u{feff}%\u{824c}d", false);
    }
}
