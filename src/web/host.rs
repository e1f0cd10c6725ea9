//! Refuses requests for other hosts: a web page whose name was pointed at this machine (DNS
//! rebinding) would read everything here, in the browser of whoever looks at it.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

const REFUSAL: &str = "Cliphound answers requests to localhost and 127.0.0.1 only: use one of these in the address.\n";

/// Lets requests through whose `Host` is this machine.
pub(super) async fn refuse_strangers(request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    if hosts.next().is_some() || !host.is_some_and(is_this_machine) {
        return (StatusCode::MISDIRECTED_REQUEST, REFUSAL).into_response();
    }
    next.run(request).await
}

/// Whether `host`, with or without a port, can only mean this machine.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let address = bare.unwrap_or(name).parse::<IpAddr>();
    let is_bracketed_right =
        address.as_ref().is_ok_and(|address| address.is_ipv6() == bare.is_some());
    name.eq_ignore_ascii_case("localhost")
        || is_bracketed_right && address.is_ok_and(|address| address.is_loopback())
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
}
