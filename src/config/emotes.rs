//! `[emotes]`: whose emotes count besides the built-in ones.

use std::{fmt, str::FromStr};

use cliphound_twitch::emotes::Service;

use super::reader::Reader;

pub(super) const KEYS: &[&str] = &["emotes.enabled", "emotes.services"];

/// Emotes of services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emotes {
    /// Whether any are fetched, Twitch's own included.
    pub enabled: bool,
    /// Whose, besides Twitch's own, which need an account.
    pub services: Vec<ThirdParty>,
}

/// A service that is not Twitch, shown by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThirdParty(pub Service);

impl Emotes {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            enabled: reader.flag("emotes.enabled", true),
            services: reader
                .several("emotes.services", Service::THIRD_PARTY.map(ThirdParty).into()),
        }
    }
}

impl fmt::Display for ThirdParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.key())
    }
}

impl FromStr for ThirdParty {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|problem: String| format!("can't be read: {problem}"))
    }
}
