//! Where Cliphound can be looked at.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    str::FromStr,
};

/// The port that is easy to remember, of no service that is registered with IANA.
const PORT: u16 = 8787;

/// An address to listen on, or nothing. Beyond this machine it is used once somebody can log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(Option<SocketAddr>);

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
            .or_else(|| text.parse().ok());
        let address = address.ok_or_else(|| {
            format!(
                "must be an address with a port, such as 127.0.0.1:{PORT}, or off, not “{text}”"
            )
        })?;
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
    fn it_is_an_address_or_nothing() {
        assert_eq!(Listen::default().to_string(), "127.0.0.1:8787");
        check("127.0.0.1:0", Ok("127.0.0.1:0"));
        check("localhost:99", Ok("127.0.0.1:99"));
        check("[::1]:8787", Ok("[::1]:8787"));
        check("off", Ok("off"));
        check("0.0.0.0:8787", Ok("0.0.0.0:8787"));
        check("[::]:80", Ok("[::]:80"));
        check("8787", Err("with a port"));
        check("example.org:80", Err("or off"));
    }
}
