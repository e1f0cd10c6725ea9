//! A secret that can be held against another one, and never shown.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};

/// Bytes of a signing key, at least; Standard Webhooks wants 24 to 64.
const SHORTEST_KEY: usize = 24;

/// A secret of an alert: an address with a token in it, a password, a key.
#[derive(Clone)]
pub struct Hidden(SecretString);

impl Hidden {
    /// The secret itself, for whoever sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The bytes to sign with: `whsec_…` is base64, as Standard Webhooks has it; anything else
    /// is taken as it is.
    ///
    /// # Errors
    /// When it is no base64, or too short to protect anything; says what to do.
    pub fn signing_key(&self) -> Result<Vec<u8>, &'static str> {
        let key = match self.expose().strip_prefix("whsec_") {
            Some(text) => {
                STANDARD.decode(text).map_err(|_| "must be whsec_ with base64 behind it")?
            }
            None => self.expose().as_bytes().to_vec(),
        };
        if key.len() < SHORTEST_KEY {
            return Err("is too short: take 24 bytes or more, such as of openssl rand -base64 32");
        }
        Ok(key)
    }
}

impl From<&str> for Hidden {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

/// To notice that a setting has changed; nobody who could measure the time asks for it.
impl PartialEq for Hidden {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Hidden {}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(set)")
    }
}
