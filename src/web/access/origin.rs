//! Where a request comes from: the address, whether TLS brought it, and whether a page of our own
//! sent it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::{Extensions, HeaderMap, HeaderValue, Method, header, request::Parts};

use super::Access;
use crate::web::{Problem, host};

/// The other end of the connection; the server puts it into each request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Peer {
    fn of(extensions: &Extensions) -> IpAddr {
        let peer = extensions.get::<Self>();
        peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |Self(peer)| peer.ip().to_canonical())
    }
}

impl Access {
    /// Who sent a request: the other end of the connection, or whom a proxy names that the
    /// settings trust.
    #[must_use]
    pub fn address(&self, parts: &Parts) -> IpAddr {
        let peer = Peer::of(&parts.extensions);
        if !self.trusts(peer) {
            return peer;
        }
        // Each proxy adds the one before it at the end; what a stranger wrote comes first.
        let named = parts.headers.get_all("x-forwarded-for").iter().rev();
        // That may be any bytes, in one value with what our proxy wrote.
        let named = named.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        let mut named = named.map(|word| String::from_utf8_lossy(word).trim().parse());
        let last = named.find(|address| !address.as_ref().is_ok_and(|a| self.trusts(*a)));
        last.and_then(Result::ok).map_or(peer, |address: IpAddr| address.to_canonical())
    }

    /// Whether the browser speaks TLS, with a proxy before us: it used the name in
    /// `web.public_url`, or a trusted proxy says so.
    #[must_use]
    pub fn is_tls(&self, parts: &Parts) -> bool {
        let proto = parts.headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
        if proto == Some("https") && self.trusts(Peer::of(&parts.extensions)) {
            return true;
        }
        let url = self.web().public_url.as_ref().filter(|url| url.scheme() == "https");
        url.is_some_and(|url| host_of(&parts.headers) == Some(&host::with_port(url)))
    }

    /// Whether it comes straight from this machine, and from no proxy on it.
    #[must_use]
    pub fn is_local(&self, parts: &Parts) -> bool {
        let is_passed_on = parts
            .headers
            .keys()
            .any(|name| name == "forwarded" || name.as_str().starts_with("x-forwarded-"));
        let host = host_of(&parts.headers).unwrap_or_default();
        Peer::of(&parts.extensions).is_loopback() && !is_passed_on && host::is_this_machine(host)
    }

    /// What our pages are called by whoever sent this, such as `http://127.0.0.1:8787`.
    #[must_use]
    pub fn base(&self, headers: &HeaderMap) -> String {
        match &self.web().public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", host_of(headers).unwrap_or("127.0.0.1")),
        }
    }

    /// Refuses what a page of somebody else's lets a browser send. Requests that change nothing
    /// are let through, and programs, which tell no origin and have no cookies of others.
    ///
    /// # Errors
    /// 403.
    pub fn must_be_ours(&self, parts: &Parts) -> Result<(), Problem> {
        if is_safe(&parts.method) {
            return Ok(());
        }
        let told = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let is_ours = match (told("sec-fetch-site"), told("origin")) {
            (Some(site), _) => matches!(site, "same-origin" | "none"),
            (None, Some(origin)) => self.is_our_origin(origin, host_of(&parts.headers)),
            (None, None) => true,
        };
        if is_ours { Ok(()) } else { Err(foreign()) }
    }

    /// Refuses what another site leads a browser to, though it changes nothing here: what costs
    /// attempts to log in. Old browsers, and those without TLS, don't tell.
    ///
    /// # Errors
    /// 403.
    pub fn must_be_wanted(&self, parts: &Parts) -> Result<(), Problem> {
        let site = parts.headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
            return Err(foreign());
        }
        Ok(())
    }

    fn is_our_origin(&self, origin: &str, host: Option<&str>) -> bool {
        let public = self.web().public_url.as_ref();
        let is_public = public.is_some_and(|url| url.origin().ascii_serialization() == origin);
        let at = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        is_public || at.is_some() && at == host
    }

    /// Whether it is this machine, or a proxy that the settings trust.
    #[must_use]
    pub fn is_near(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback() || self.trusts(address)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.web().trusted_proxies.iter().any(|proxy| proxy.contains(address))
    }
}

/// Whether a request changes nothing.
pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn host_of(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

fn foreign() -> Problem {
    Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        "this was sent from another site: open Cliphound's own page and do it there (behind a proxy: web.public_url must be its address)",
    )
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::web::access::tests::access;

    fn parts(peer: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::post("/x");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        parts.extensions.insert(Peer(SocketAddr::new(peer.parse().unwrap(), 9)));
        parts
    }

    #[tokio::test]
    async fn only_a_trusted_proxy_says_who_it_is() {
        let (access, _dir) = access(&[("TRUSTED_PROXIES", "127.0.0.1 10.0.0.0/8")]).await;
        let check = |peer: &str, forwarded: &[(&str, &str)], expected: &str| {
            assert_eq!(access.address(&parts(peer, forwarded)).to_string(), expected);
        };
        let by = "x-forwarded-for";
        check("127.0.0.1", &[], "127.0.0.1");
        check("127.0.0.1", &[(by, "198.51.100.7")], "198.51.100.7");
        check("127.0.0.1", &[(by, "6.6.6.6, 198.51.100.7")], "198.51.100.7");
        check("127.0.0.1", &[(by, "198.51.100.7, 10.1.2.3")], "198.51.100.7");
        check("127.0.0.1", &[(by, "6.6.6.6"), (by, "198.51.100.7")], "198.51.100.7");
        check("127.0.0.1", &[(by, "198.51.100.7, nonsense")], "127.0.0.1");
        check("192.0.2.1", &[(by, "198.51.100.7")], "192.0.2.1");
        let mut odd = parts("127.0.0.1", &[]);
        let bytes = HeaderValue::from_bytes(b"\xff, 198.51.100.7").unwrap();
        odd.headers.insert(by, bytes);
        assert_eq!(access.address(&odd).to_string(), "198.51.100.7");
        check("::ffff:10.0.0.1", &[(by, "2001:db8::1")], "2001:db8::1");
    }

    #[tokio::test]
    async fn what_other_sites_send_is_refused() {
        let (access, _dir) = access(&[("PUBLIC_URL", "https://clips.example")]).await;
        let check = |headers: &[(&str, &str)], expected: bool| {
            let mut all = vec![("host", "127.0.0.1:8787")];
            all.extend(headers);
            let is_ours = access.must_be_ours(&parts("127.0.0.1", &all)).is_ok();
            assert_eq!(is_ours, expected, "{headers:?}");
        };
        check(&[], true);
        check(&[("origin", "http://127.0.0.1:8787")], true);
        check(&[("origin", "https://clips.example")], true);
        check(&[("origin", "http://127.0.0.1:3000")], false);
        check(&[("origin", "https://evil.example")], false);
        check(&[("origin", "null")], false);
        check(&[("sec-fetch-site", "same-origin"), ("origin", "https://clips.example")], true);
        check(&[("sec-fetch-site", "none")], true);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:8787")], false);
    }

    #[tokio::test]
    async fn this_machine_and_trusted_proxies_are_near() {
        let (access, _dir) = access(&[("TRUSTED_PROXIES", "10.0.0.0/8")]).await;
        for (address, expected) in [
            ("127.0.0.1", true),
            ("::ffff:127.0.0.1", true),
            ("::1", true),
            ("10.1.2.3", true),
            ("192.0.2.1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(access.is_near(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[tokio::test]
    async fn where_another_site_leads_to_is_known() {
        let (access, _dir) = access(&[]).await;
        for (headers, expected) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
        ] {
            let is_wanted = access.must_be_wanted(&parts("127.0.0.1", headers)).is_ok();
            assert_eq!(is_wanted, expected, "{headers:?}");
        }
    }

    #[tokio::test]
    async fn tls_and_this_machine_are_known() {
        let settings = [("PUBLIC_URL", "https://clips.example"), ("TRUSTED_PROXIES", "127.0.0.1")];
        let (access, _dir) = access(&settings).await;
        let check = |peer: &str, headers: &[(&str, &str)], tls: bool, local: bool| {
            let parts = parts(peer, headers);
            let found = (access.is_tls(&parts), access.is_local(&parts));
            assert_eq!(found, (tls, local), "{peer} {headers:?}");
        };
        check("127.0.0.1", &[("host", "127.0.0.1:8787")], false, true);
        check("127.0.0.1", &[("host", "clips.example")], true, false);
        let passed_on = [("host", "127.0.0.1:8787"), ("x-forwarded-proto", "https")];
        check("127.0.0.1", &passed_on, true, false);
        check("192.0.2.1", &passed_on, false, false);
        check("192.0.2.1", &[("host", "127.0.0.1:8787")], false, false);
    }
}
