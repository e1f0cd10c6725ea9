//! A channel's login name, checked once and trusted afterwards.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A Twitch login: 1 to 25 of `a-z`, `0-9`, `_`, in lower case, without `#`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChannelLogin(String);

/// Why a name is no login.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” is not a Twitch login: give NAME of twitch.tv/NAME (letters, digits and _, at most 25)"
)]
pub struct BadLogin(String);

impl ChannelLogin {
    /// Reads a login in any case, with or without `#` or `@` before it and blanks around it.
    ///
    /// # Errors
    /// When what remains can't be a login.
    pub fn parse(name: &str) -> Result<Self, BadLogin> {
        let trimmed = name.trim();
        let bare = trimmed.strip_prefix(['#', '@']).unwrap_or(trimmed);
        let valid = (1..=25).contains(&bare.len())
            && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if valid { Ok(Self(bare.to_ascii_lowercase())) } else { Err(BadLogin(name.to_owned())) }
    }

    /// Reads what somebody typed: a login, or the address at Twitch of its channel.
    ///
    /// # Errors
    /// For what is neither.
    pub fn typed(text: &str) -> Result<Self, BadLogin> {
        let lower = text.trim().to_ascii_lowercase();
        let bare =
            lower.strip_prefix("https://").or(lower.strip_prefix("http://")).unwrap_or(&lower);
        let bare = bare.strip_prefix("www.").or(bare.strip_prefix("m.")).unwrap_or(bare);
        let path = bare.strip_prefix("twitch.tv/");
        let name = path.and_then(|path| path.split(['/', '?', '#']).next());
        Self::parse(name.unwrap_or(text)).map_err(|_| BadLogin(text.to_owned()))
    }

    /// The login in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChannelLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ChannelLogin {
    type Err = BadLogin;
    fn from_str(name: &str) -> Result<Self, BadLogin> {
        Self::parse(name)
    }
}

impl TryFrom<String> for ChannelLogin {
    type Error = BadLogin;
    fn try_from(name: String) -> Result<Self, BadLogin> {
        Self::parse(&name)
    }
}

impl From<ChannelLogin> for String {
    fn from(login: ChannelLogin) -> Self {
        login.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_spelling_of_a_login_is_read() {
        for name in ["ninja", "#Ninja", " NINJA ", "@ninja"] {
            assert_eq!(ChannelLogin::parse(name).map(|l| l.to_string()), Ok("ninja".to_owned()));
        }
    }

    #[test]
    fn a_channel_is_typed_by_its_name_or_its_address() {
        for text in [
            "abc",
            " #ABC ",
            "@abc",
            "https://twitch.tv/abc",
            "https://www.twitch.tv/Abc/videos?filter=all",
            "m.twitch.tv/abc#about",
            "twitch.tv/abc",
        ] {
            let login = ChannelLogin::typed(text).map(|login| login.to_string());
            assert_eq!(login, Ok("abc".to_owned()), "{text}");
        }
        for text in ["", "https://twitch.tv/", "https://example.org/abc", "a b", "twitch.tv"] {
            let told = ChannelLogin::typed(text).unwrap_err().to_string();
            assert!(told.starts_with(&format!("“{text}” is not a Twitch login")), "{told}");
        }
    }

    #[test]
    fn what_is_no_login_is_refused() {
        for name in ["", "#", "a b", "ünder", "twitch.tv/ninja", "abcdefghijklmnopqrstuvwxyz"] {
            assert!(ChannelLogin::parse(name).is_err(), "{name}");
        }
    }
}
