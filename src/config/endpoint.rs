//! The address of a service: encrypted, or on this machine.

use std::{fmt, str::FromStr};

use cliphound_twitch::net::is_loopback;
use url::{Host, Url};

/// A base address to which paths are appended. It has a host, no user, no query, no slash
/// at its end, and is encrypted unless it is on loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    text: String,
    url: Url,
}

impl Endpoint {
    /// The address without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address as a URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The scheme: `irc`, `ircs`, `ws`, `wss`, `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// The host's name or address, an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> String {
        match self.url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        }
    }

    /// The port, or what its scheme usually has.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(match self.scheme() {
            "irc" => 6667,
            "ircs" => 6697,
            _ => 443,
        })
    }

    /// On this machine: `localhost`, 127.0.0.0/8 or ::1.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// Anybody on the way can read along.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self.scheme(), "irc" | "ws" | "http")
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Endpoint {
    type Err = String;

    /// Reads an address.
    ///
    /// # Errors
    /// When it is none, holds a user, password or query, or is plain text and not on loopback.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim_end_matches('/');
        let url = Url::parse(text).map_err(|e| format!("must be an address, not “{text}”: {e}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user name or password".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must not hold ? or #, since paths are appended to it".to_owned());
        }
        let endpoint = Self { text: text.to_owned(), url };
        if endpoint.host().is_empty() {
            return Err(format!("must hold a host, not “{text}”"));
        }
        if endpoint.is_plain() && !endpoint.is_loopback() {
            return Err(format!(
                "must be encrypted ({}://…) unless it is on this machine, not “{text}”",
                match endpoint.scheme() {
                    "irc" => "ircs",
                    "ws" => "wss",
                    _ => "https",
                }
            ));
        }
        Ok(endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(&str, u16, bool), &str>) {
        match (text.parse::<Endpoint>(), expected) {
            (Ok(e), Ok(expected)) => {
                assert_eq!((e.host().as_str(), e.port(), e.is_loopback()), expected, "{text}");
                assert!(!e.as_str().ends_with('/'));
            }
            (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn addresses_are_taken_apart() {
        check("ircs://irc.chat.twitch.tv", Ok(("irc.chat.twitch.tv", 6697, false)));
        check("irc://127.0.0.1:4000", Ok(("127.0.0.1", 4000, true)));
        check("irc://[::1]", Ok(("::1", 6667, true)));
        check("ws://localhost:80/", Ok(("localhost", 80, true)));
        check("https://api.twitch.tv/helix/", Ok(("api.twitch.tv", 443, false)));
        check("http://127.9.9.9:1", Ok(("127.9.9.9", 1, true)));
        check("wss://a.b", Ok(("a.b", 443, false)));
    }

    #[test]
    fn bad_addresses_are_told() {
        check("http://api.twitch.tv", Err("must be encrypted (https://…)"));
        check("ws://localhost.evil.example", Err("must be encrypted (wss://…)"));
        check("irc://10.0.0.1", Err("must be encrypted (ircs://…)"));
        check("https://me:hush@a.b", Err("must not hold a user name"));
        check("https://a.b?x=1", Err("must not hold ?"));
        check("nonsense", Err("must be an address"));
        check("irc:6667", Err("must hold a host"));
    }
}
