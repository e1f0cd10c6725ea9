//! What browsers call our pages. Pure.

use url::{Host, Url};

use crate::config::alerts::reach;

/// Endings of names that lead nowhere on the internet: RFC 6761, RFC 6762, RFC 8375, and the one
/// that ICANN keeps for private use.
const AT_HOME: [&str; 5] = ["localhost", "local", "home.arpa", "internal", "lan"];

/// Reads `https://clips.example.org`, or `http://` of this machine and of a private network.
///
/// # Errors
/// What is wrong with it, to follow the setting's name.
pub(super) fn parse(text: &str) -> Result<Url, String> {
    let wrong = || {
        format!(
            "must be an address without a path, such as https://clips.example.org, not “{text}”"
        )
    };
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
    });
    let url = url.ok_or_else(wrong)?;
    let is_near = match url.host().ok_or_else(wrong)? {
        Host::Ipv4(address) => reach::is_private(address.into()),
        Host::Ipv6(address) => reach::is_private(address.into()),
        Host::Domain(name) => is_near(name),
    };
    if url.scheme() == "http" && !is_near {
        return Err(format!(
            "must begin with https:// (a password would go unencrypted through the internet; http:// is for this machine and private networks), not “{text}”"
        ));
    }
    Ok(url)
}

/// Whether a name is one of this machine or of a network at home.
fn is_near(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let ends = |end: &str| name.strip_suffix(end).is_some_and(|host| host.ends_with('.'));
    !name.contains('.') || AT_HOME.iter().any(|end| ends(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_encrypted_or_near() {
        for text in [
            "https://clips.example.org",
            "https://clips.example.org:8443/",
            "http://localhost:8787",
            "http://127.0.0.1:8787",
            "http://[::1]:8787",
            "http://192.168.1.5:8787",
            "http://[fd00::5]",
            "http://pi:8787",
            "http://pi.local",
            "http://clips.home.arpa",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for text in [
            "http://clips.example.org",
            "http://93.184.216.34",
            "http://local.example.org",
            "http://nolocal.org",
        ] {
            let words = parse(text).unwrap_err();
            assert!(words.starts_with("must begin with https://"), "{words}");
        }
        for text in [
            "",
            "clips.example.org",
            "ftp://clips.example.org",
            "https://",
            "https://u:p@clips.example.org",
            "https://clips.example.org/cliphound",
            "https://clips.example.org/?a=b",
            "https://clips.example.org/#a",
        ] {
            let words = parse(text).unwrap_err();
            assert!(words.starts_with("must be an address without a path"), "{words}");
        }
    }
}
