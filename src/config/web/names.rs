//! Hosts and proxies, as the settings name them.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;

/// A name or an address, in small letters, with or without a port: `clips.example.org`,
/// `192.168.1.5:8787`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// In small letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for HostName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let is_fine =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
        if text.is_empty() || !text.chars().all(is_fine) {
            return Err(format!(
                "must be names such as clips.example.org, without http:// and without a path, not “{text}”"
            ));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// A proxy, or a net of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proxy(IpNet);

impl Proxy {
    /// Whether this address is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            write!(f, "{}", self.0.addr())
        } else {
            write!(f, "{}", self.0)
        }
    }
}

impl FromStr for Proxy {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let one = text.parse::<IpAddr>().map(IpNet::from).ok();
        one.or_else(|| text.parse().ok()).map(Self).ok_or_else(|| {
            format!("must be addresses such as 127.0.0.1 or 172.16.0.0/12, not “{text}”")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_proxies_are_read() {
        let host = |text: &str| text.parse::<HostName>().map(|host| host.to_string());
        assert_eq!(host("Clips.Example.org").as_deref(), Ok("clips.example.org"));
        assert_eq!(host("[::1]:80").as_deref(), Ok("[::1]:80"));
        assert!(host("https://a.b").is_err() && host("a.b/c").is_err());
        let proxy = |text: &str| text.parse::<Proxy>().map(|proxy| proxy.to_string());
        assert_eq!(proxy("127.0.0.1").as_deref(), Ok("127.0.0.1"));
        assert_eq!(proxy("10.0.0.0/8").as_deref(), Ok("10.0.0.0/8"));
        assert!(proxy("nginx").unwrap_err().contains("such as 127.0.0.1"));
        let net: Proxy = "10.0.0.0/8".parse().unwrap();
        assert!(net.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!net.contains("11.1.2.3".parse().unwrap()));
    }
}
