//! A Twitch made of canned answers, and clients that talk to it.

use std::{net::SocketAddr, path::PathBuf};

use cliphound_clock::Clock;
use cliphound_twitch::{
    helix::Helix,
    oauth::{TokenError, Tokens, http_client},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;
use wiremock::{
    Mock, MockBuilder, MockServer, ResponseTemplate,
    matchers::{body_string_contains, header, method, path},
};

/// What the clocks of these tests start at: 2026-11-01T12:00:00Z.
pub const NOW_MS: i64 = 1_793_534_400_000;
/// The clocks run this much faster than real time.
pub const SPEED: f64 = 1000.0;

pub const CLIENT_ID: &str = "client-1";
pub const CLIENT_SECRET: &str = "very-client-secret";

/// A server, and a folder for `tokens.json`.
pub struct Twitch {
    pub server: MockServer,
    pub folder: TempDir,
    pub clock: Clock,
}

impl Twitch {
    pub async fn start() -> Self {
        Self {
            server: MockServer::start().await,
            folder: tempfile::tempdir().unwrap(),
            clock: Clock::starting_at(NOW_MS, SPEED),
        }
    }

    /// Its clock runs as fast as ours: for exact times, however slow the machine.
    pub fn in_real_time(self) -> Self {
        Self { clock: Clock::starting_at(NOW_MS, 1.0), ..self }
    }

    /// A server that also validates `access-1` and `access-2`.
    pub async fn with_user() -> Self {
        let twitch = Self::start().await;
        twitch.validates("access-1").await;
        twitch.validates("access-2").await;
        twitch
    }

    pub fn url(&self, path: &str) -> Url {
        format!("{}{path}", self.server.uri()).parse().unwrap()
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("tokens.json")
    }

    /// What `tokens.json` holds now.
    pub fn stored(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.file()).unwrap()).unwrap()
    }

    /// A public client with the first pair in `.env`.
    pub fn tokens(&self) -> Tokens {
        self.tokens_from(Some(("access-1", Some("refresh-1")))).unwrap()
    }

    pub fn tokens_from(&self, env: Option<(&str, Option<&str>)>) -> Result<Tokens, TokenError> {
        self.client(None, env)
    }

    pub fn client(
        &self,
        secret: Option<&str>,
        env: Option<(&str, Option<&str>)>,
    ) -> Result<Tokens, TokenError> {
        Tokens::new(
            self.url("/oauth2"),
            CLIENT_ID.to_owned(),
            secret.map(SecretString::from),
            self.file(),
            env.map(|(access, refresh)| (access.into(), refresh.map(SecretString::from))),
            self.clock.clone(),
            http_client(&[&self.url("/oauth2")]).unwrap(),
        )
    }

    /// A Helix on this server.
    pub fn helix(&self) -> Helix {
        self.helix_at(self.url("/helix"))
    }

    /// A Helix elsewhere, with this server's tokens.
    pub fn helix_at(&self, base: Url) -> Helix {
        let http = http_client(&[&base]).unwrap();
        Helix::new(base, self.tokens(), self.clock.clone(), http)
    }

    pub async fn validates(&self, access: &str) {
        let answer = json!({"client_id": CLIENT_ID, "login": "ann", "user_id": "7",
            "scopes": ["clips:edit", "user:write:chat"], "expires_in": 14_000});
        Mock::given(path("/oauth2/validate"))
            .and(header("Authorization", format!("OAuth {access}").as_str()))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .mount(&self.server)
            .await;
    }

    /// Trades `refresh-1` for `access-2` and `refresh-2`, as often as `times`.
    pub async fn refreshes(&self, times: u64) {
        Mock::given(path("/oauth2/token"))
            .and(method("POST"))
            .and(body_string_contains("refresh_token=refresh-1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(new_pair()))
            .expect(times)
            .mount(&self.server)
            .await;
    }

    /// The requests to a path so far.
    pub async fn count(&self, path: &str) -> usize {
        let all = self.server.received_requests().await.unwrap();
        all.iter().filter(|r| r.url.path() == path).count()
    }
}

pub fn new_pair() -> Value {
    json!({"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 14_000,
        "scope": ["clips:edit", "user:write:chat"], "token_type": "bearer"})
}

pub fn bearer(access: &str, on: &str) -> MockBuilder {
    Mock::given(path(on)).and(header("Authorization", format!("Bearer {access}").as_str()))
}

/// Twitch's way to say no.
pub fn refusal(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({"error": "E", "status": status, "message": message}))
}

pub fn clip_json(id: &str) -> Value {
    json!({"id": id, "url": format!("https://clips.twitch.tv/{id}"),
        "embed_url": "https://clips.twitch.tv/embed", "broadcaster_id": "1",
        "broadcaster_name": "Bea", "creator_id": "7", "creator_name": "Ann", "video_id": "",
        "game_id": "", "language": "en", "title": "well", "view_count": 0,
        "created_at": "2026-11-01T12:00:03Z", "thumbnail_url": "https://clips.example/a.jpg", "duration": 30.5,
        "vod_offset": null, "is_featured": false})
}

/// A loopback port on which nobody listens.
pub async fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

/// Serves one connection: reads a whole head, says `answer`, closes. Gives back what it read.
pub async fn one_answer(listener: TcpListener, answer: &[u8]) -> Vec<u8> {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    while !read.windows(4).any(|w| w == b"\r\n\r\n") {
        match socket.read(&mut piece).await.unwrap() {
            0 => break,
            n => read.extend_from_slice(&piece[..n]),
        }
    }
    socket.write_all(answer).await.unwrap();
    read
}
