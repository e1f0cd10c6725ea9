//! An address of chat, checked once: which host and port, with TLS or not, WebSocket or not.

use std::net::IpAddr;

use url::Url;

/// A checked address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS is spoken. Never false for a host that is not this machine.
    pub tls: bool,
    /// IRC lines come in WebSocket frames; the URL to ask for.
    pub web_socket: Option<Url>,
}

/// Why an address can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Another scheme.
    #[error(
        "chat can't be reached by “{0}:”: use ircs://, wss://, or irc:// and ws:// on this machine"
    )]
    Scheme(String),
    /// No host in it.
    #[error(
        "the address of chat names no host: it should look like ircs://irc.chat.twitch.tv:6697"
    )]
    NoHost,
    /// Plain text to another machine.
    #[error(
        "{scheme}://{host} would send chat and tokens unencrypted: use {scheme}s://, plain text is for this machine only"
    )]
    PlainText {
        /// The scheme given.
        scheme: String,
        /// The host given.
        host: String,
    },
}

impl Endpoint {
    /// Checks an address. Without a port the scheme's own is taken (6667, 6697, 80, 443).
    ///
    /// # Errors
    /// A scheme that is not chat's, no host, or plain text to another machine.
    pub fn check(url: &Url) -> Result<Self, EndpointError> {
        let (tls, web_socket, usual_port) = match url.scheme() {
            "irc" => (false, false, 6667),
            "ircs" => (true, false, 6697),
            "ws" => (false, true, 80),
            "wss" => (true, true, 443),
            other => return Err(EndpointError::Scheme(other.to_owned())),
        };
        let host = host(url).to_owned();
        if host.is_empty() {
            return Err(EndpointError::NoHost);
        }
        if !tls && !is_loopback(url) {
            return Err(EndpointError::PlainText { scheme: url.scheme().to_owned(), host });
        }
        let port = url.port().unwrap_or(usual_port);
        Ok(Self { host, port, tls, web_socket: web_socket.then(|| url.clone()) })
    }
}

/// Whether an address is on this machine by its spelling: `localhost`, 127.0.0.0/8 or ::1,
/// the one place that plain text may go to. What `localhost` is resolved to is another
/// matter: chat looks again once it is connected.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    let host = host(url);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host without brackets; of a scheme that is not HTTP's, even an IPv4 address is a name
/// to the parser.
fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_matches(['[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> Result<(String, u16, bool, bool), String> {
        let url = Url::parse(url).expect("a URL");
        Endpoint::check(&url)
            .map(|e| (e.host, e.port, e.tls, e.web_socket.is_some()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn addresses_of_chat_are_read() {
        for (url, host, port, tls, web) in [
            ("ircs://irc.chat.twitch.tv:6697", "irc.chat.twitch.tv", 6697, true, false),
            ("ircs://irc.chat.twitch.tv", "irc.chat.twitch.tv", 6697, true, false),
            ("wss://irc-ws.chat.twitch.tv", "irc-ws.chat.twitch.tv", 443, true, true),
            ("irc://127.0.0.1:5000", "127.0.0.1", 5000, false, false),
            ("irc://[::1]", "::1", 6667, false, false),
            ("ws://LOCALHOST:80/chat", "localhost", 80, false, true),
        ] {
            assert_eq!(check(url), Ok((host.to_owned(), port, tls, web)), "{url}");
        }
    }

    #[test]
    fn what_would_leak_or_is_no_chat_is_refused_with_a_way_out() {
        for (url, words) in [
            ("irc://irc.chat.twitch.tv", "use ircs://"),
            ("ws://192.168.1.5:8080", "use wss://"),
            ("irc://127.0.0.1.example.org", "unencrypted"),
            ("irc://localhost.example.org", "unencrypted"),
            ("https://twitch.tv", "use ircs://"),
            ("irc:", "names no host"),
        ] {
            let error = check(url).expect_err(url);
            assert!(error.contains(words), "{url}: {error}");
        }
    }
}
