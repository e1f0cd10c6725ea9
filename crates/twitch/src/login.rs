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
    "“{0}” is not a Twitch login: give the name from the channel's address, such as twitch.tv/NAME (letters, digits and _, at most 25)"
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
    fn what_is_no_login_is_refused() {
        for name in ["", "#", "a b", "ünder", "twitch.tv/ninja", "abcdefghijklmnopqrstuvwxyz"] {
            assert!(ChannelLogin::parse(name).is_err(), "{name}");
        }
    }
}
