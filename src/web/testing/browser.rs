//! Somebody's browser, for tests: what it sends goes through all that stands before the pages and
//! the API. Who looks is found by the session's cookie, and what changes something needs its token.

use axum::{
    body::Body,
    http::{Request, header, request::Builder},
    response::Response,
};
use cliphound_store::access::NewSession;
use tower::ServiceExt as _;

use super::{Answer, Rig, answer};
use crate::web::{
    access::{Role, people::Wanted, secret},
    routes,
};

/// What a form of a page is sent as.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// Somebody's browser, on the machine of the daemon.
pub struct Browser<'a> {
    rig: &'a Rig,
    /// Of the session.
    word: String,
}

impl Rig {
    /// Nobody's.
    pub fn stranger(&self) -> Browser<'_> {
        Browser { rig: self, word: String::new() }
    }

    /// That of somebody new, who is logged in; the role is one in all channels.
    pub async fn browser(&self, name: &str, role: Role) -> Browser<'_> {
        let wanted = Wanted { name, role: Some(role), twitch: None };
        let person = self.app.access.add_person(&wanted).await.unwrap();
        let (word, now_ms) = (secret::word(), self.app.clock.now_ms());
        let (hash, agent, address) = (&secret::hash(&word), "a browser", "127.0.0.1");
        let session = NewSession { hash, person, now_ms, agent, address, password: None };
        self.app.store.add_session(&session).await.unwrap();
        Browser { rig: self, word }
    }
}

impl Browser<'_> {
    /// A page.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path), "").await
    }

    /// Sends something, as a page of ours does.
    pub async fn post(&self, path: &str, kind: &str, body: &str) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, kind);
        self.ask(request.header("sec-fetch-site", "same-origin"), body).await
    }

    /// Any request, with the host and the cookie.
    pub async fn ask(&self, request: Builder, body: &str) -> Answer {
        answer(routes(self.rig.app.clone()), self.request(request, body)).await
    }

    /// A page or a file as it begins: the rest is to come.
    pub async fn open(&self, path: &str) -> Response {
        routes(self.rig.app.clone()).oneshot(self.request(Request::get(path), "")).await.unwrap()
    }

    fn request(&self, request: Builder, body: &str) -> Request<Body> {
        let cookie = format!("cliphound={}", self.word);
        let request = request.header(header::HOST, "127.0.0.1:8787").header(header::COOKIE, cookie);
        request.body(Body::from(body.to_owned())).unwrap()
    }
}
