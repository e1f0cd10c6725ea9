//! Refuses requests for other hosts: a web page whose name was pointed at this machine (DNS
//! rebinding) would read everything here, in the browser of whoever looks at it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::Url;

use super::access::Access;
use crate::config::Web;

const REFUSAL: &str = "Cliphound does not answer under this name: use localhost or 127.0.0.1 in the address, or add the name to web.hosts (web.public_url behind a proxy).\n";

/// Lets requests through whose `Host` is this machine, or a name that the settings have.
pub(super) async fn refuse_strangers(
    State(access): State<Access>,
    request: Request,
    next: Next,
) -> Response {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    if hosts.next().is_some() || !host.is_some_and(|host| is_known(access.web(), host)) {
        return (StatusCode::MISDIRECTED_REQUEST, REFUSAL).into_response();
    }
    next.run(request).await
}

/// Whether the settings allow this host. Beyond this machine bare addresses are fine: only names
/// can be pointed elsewhere.
fn is_known(web: &Web, host: &str) -> bool {
    let is_beyond = web.listen.address().is_some_and(|listen| !listen.ip().is_loopback());
    let name = without_port(host).to_ascii_lowercase();
    let is_named = web.hosts.iter().any(|known| known.as_str() == name || known.as_str() == host);
    let public = web.public_url.as_ref();
    is_this_machine(host)
        || is_named
        || public.is_some_and(|url| with_port(url).eq_ignore_ascii_case(host))
        || is_beyond && address(host).is_some()
}

/// What to call an address of ours in a link: Twitch's player wants a name to be shown under, and
/// takes `localhost` without TLS.
pub(super) fn of(address: SocketAddr) -> String {
    let usual = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
    if usual.contains(&address.ip()) {
        return format!("localhost:{}", address.port());
    }
    address.to_string()
}

/// The host of our public address, as browsers send it.
pub(super) fn with_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether `host`, with or without a port, can only mean this machine.
pub(super) fn is_this_machine(host: &str) -> bool {
    without_port(host).eq_ignore_ascii_case("localhost")
        || address(host).is_some_and(|address| address.is_loopback())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    }
}

/// The bare address that a host is; one of IPv6 is in brackets.
fn address(host: &str) -> Option<IpAddr> {
    let name = without_port(host);
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let address: IpAddr = bare.unwrap_or(name).parse().ok()?;
    (address.is_ipv6() == bare.is_some()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine_alone_are_taken() {
        for host in
            ["localhost", "LocalHost:8787", "127.0.0.1", "127.0.0.1:1", "127.9.9.9", "[::1]:8787"]
        {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8787",
            "localhost.evil.example",
            "127.0.0.1.evil.example:8787",
            "192.168.1.2:8787",
            "::1",
            "[127.0.0.1]",
            "localhost:port",
            "localhost:80:80",
            "user@localhost",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }

    #[test]
    fn links_name_this_machine_so_that_twitchs_player_is_shown() {
        for (address, expected) in [
            ("127.0.0.1:8787", "localhost:8787"),
            ("[::1]:8787", "localhost:8787"),
            // Another one of this machine, which is not called so.
            ("127.0.0.2:8787", "127.0.0.2:8787"),
            ("0.0.0.0:8787", "0.0.0.0:8787"),
            ("192.168.1.5:80", "192.168.1.5:80"),
        ] {
            let host = of(address.parse().unwrap());
            assert_eq!(host, expected);
        }
        assert!(is_this_machine(&of("127.0.0.1:8787".parse().unwrap())), "and it is let in");
    }

    #[tokio::test]
    async fn names_of_the_settings_are_taken_too() {
        let check = async |settings: &[(&str, &str)], host: &str, expected: bool| {
            let (access, _dir) = crate::web::access::tests::access(settings).await;
            assert_eq!(is_known(access.web(), host), expected, "{settings:?} {host}");
        };
        check(&[], "pi.local", false).await;
        check(&[("HOSTS", "pi.local")], "PI.local:8787", true).await;
        check(&[("HOSTS", "pi.local:80")], "pi.local:81", false).await;
        let public = [("PUBLIC_URL", "https://clips.example")];
        check(&public, "clips.example", true).await;
        check(&public, "clips.example:81", false).await;
        check(&public, "localhost:8787", true).await;
        check(&[], "192.168.1.2:8787", false).await;
        let wide = [("LISTEN", "0.0.0.0:8787")];
        check(&wide, "192.168.1.2:8787", true).await;
        check(&wide, "evil.example:8787", false).await;
    }
}
