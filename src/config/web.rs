//! `[web]`: where Cliphound can be looked at.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    str::FromStr,
};

use super::reader::Reader;

pub(super) const KEYS: &[&str] = &["web.listen"];

/// The port that is easy to remember, of no service that is registered with IANA.
const PORT: u16 = 8787;

/// Being looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Web {
    /// Where `/healthz`, `/readyz` and `/metrics` are.
    pub listen: Listen,
}

/// An address of this machine, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(Option<SocketAddr>);

impl Web {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { listen: reader.parsed("web.listen", Listen::default()) }
    }
}

impl Listen {
    /// The address to listen on; port 0 is any free one. `None`: nowhere.
    #[must_use]
    pub fn address(self) -> Option<SocketAddr> {
        self.0
    }
}

impl Default for Listen {
    fn default() -> Self {
        Self(Some(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => write!(f, "{address}"),
            None => f.write_str("off"),
        }
    }
}

impl FromStr for Listen {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let port_of_localhost = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
        let address = port_of_localhost
            .map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .or_else(|| text.parse().ok())
            .ok_or_else(|| {
                format!(
                    "must be an address with a port, such as 127.0.0.1:{PORT}, or off, not “{text}”"
                )
            })?;
        if !address.ip().is_loopback() {
            return Err(format!(
                "must be an address of this machine alone, such as 127.0.0.1:{PORT}, not “{text}”: there is no log-in yet that would keep others out; from elsewhere, come through an SSH tunnel"
            ));
        }
        Ok(Self(Some(address)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let read = text.parse::<Listen>().map(|listen| listen.to_string());
        match (read, expected) {
            (Ok(shown), Ok(expected)) => assert_eq!(shown, expected),
            (Err(words), Err(expected)) => assert!(words.contains(expected), "{words}"),
            (read, _) => panic!("{text}: {read:?}"),
        }
    }

    #[test]
    fn it_is_this_machine_or_nothing() {
        assert_eq!(Listen::default().to_string(), "127.0.0.1:8787");
        check("127.0.0.1:0", Ok("127.0.0.1:0"));
        check("localhost:99", Ok("127.0.0.1:99"));
        check("[::1]:8787", Ok("[::1]:8787"));
        check("off", Ok("off"));
        check("0.0.0.0:8787", Err("of this machine alone"));
        check("192.168.1.2:80", Err("SSH tunnel"));
        check("[::]:80", Err("of this machine alone"));
        check("8787", Err("with a port"));
        check("example.org:80", Err("or off"));
    }
}
