//! Our cookies. Behind TLS they are bound to the host and sent over TLS only (`__Host-`).
//!
//! `SameSite=Lax`, not `Strict`: a link in an alert, and the way back from Twitch, come from
//! another site, and shall find whoever is logged in. What changes something is kept from other
//! sites by `origin` and `csrf`.

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;

/// The session.
pub const SESSION: &str = "cliphound";
/// A log-in with Twitch that is under way.
pub const TWITCH: &str = "cliphound_twitch";

/// Reads a cookie. Behind TLS only the bound one counts: a page on another port or a
/// subdomain can set the other.
#[must_use]
pub fn read(headers: &HeaderMap, name: &str, is_tls: bool) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    jar.get(&full(name, is_tls)).map(|cookie| cookie.value().to_owned())
}

/// Sets a cookie for so many seconds; 0 takes it away.
#[must_use]
pub fn set(name: &str, value: &str, seconds: i64, is_tls: bool) -> String {
    let secure = if is_tls { "; Secure" } else { "" };
    let name = full(name, is_tls);
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn full(name: &str, is_tls: bool) -> String {
    if is_tls { format!("__Host-{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_tls_it_is_bound_to_the_host() {
        let plain = set(SESSION, "x", 60, false);
        assert_eq!(plain, "cliphound=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        let bound = set(SESSION, "x", 60, true);
        assert!(bound.starts_with("__Host-cliphound=x; Path=/;") && bound.ends_with("; Secure"));
        let mut headers = HeaderMap::new();
        headers.insert("cookie", "cliphound=one; __Host-cliphound=two".parse().unwrap());
        assert_eq!(read(&headers, SESSION, false).as_deref(), Some("one"));
        assert_eq!(read(&headers, SESSION, true).as_deref(), Some("two"));
        assert_eq!(read(&headers, TWITCH, true), None);
    }
}
