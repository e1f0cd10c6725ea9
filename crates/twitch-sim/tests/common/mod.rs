//! A simulator for one test, with a fast clock, and ways to talk to it.
#![expect(dead_code, reason = "each test uses the part that it needs")]

use std::io::Write as _;
use std::time::Duration;

use cliphound_clock::Clock;
use cliphound_twitch_sim::{SimConfig, SimHandle, start};
use futures_util::StreamExt;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, LinesCodec};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// When the simulated time begins.
pub const START_MS: i64 = 1_700_000_000_000;
/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Sim {
    pub handle: SimHandle,
    pub clock: Clock,
    pub tracker: TaskTracker,
    http: reqwest::Client,
    pub stop: CancellationToken,
    _end: DropGuard,
}

impl Sim {
    /// Channels `small` (40 viewers), `middle` (800) and `large` (12,000).
    pub async fn start() -> Self {
        let channels = ["small:40", "middle:800", "large:12000"].map(str::to_owned).into();
        Self::with(SimConfig { channels, ..SimConfig::default() }, 100.0).await
    }

    /// The same, in real time: where two things must happen shortly after each other.
    pub async fn slow() -> Self {
        let channels = ["small:40", "middle:800", "large:12000"].map(str::to_owned).into();
        Self::with(SimConfig { channels, ..SimConfig::default() }, 1.0).await
    }

    /// A channel `quiet` in which nobody writes but the test.
    pub async fn quiet(speed: f64) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, r#"{{"t_ms":0,"user":"ann","text":"hi"}}"#).unwrap();
        let channels = ["played:40", "quiet:40"].map(str::to_owned).into();
        let recording = Some(file.path().to_owned());
        Self::with(SimConfig { channels, recording, ..SimConfig::default() }, speed).await
    }

    pub async fn with(config: SimConfig, speed: f64) -> Self {
        let clock = Clock::starting_at(START_MS, speed);
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let handle = start(config, clock.clone(), &tracker, stop.clone()).await.unwrap();
        let http = client(&handle);
        Self { handle, clock, tracker, http, stop: stop.clone(), _end: stop.drop_guard() }
    }

    /// The same for a client that has no connection yet.
    pub fn fresh(&self) -> Self {
        Self {
            handle: self.handle.clone(),
            clock: self.clock.clone(),
            tracker: self.tracker.clone(),
            http: client(&self.handle),
            stop: self.stop.clone(),
            // Its end is nobody's end.
            _end: CancellationToken::new().drop_guard(),
        }
    }

    pub fn id(&self, login: &str) -> String {
        self.handle.info().channels.iter().find(|c| c.login == login).unwrap().id.clone()
    }

    /// A Helix call by the usual user.
    pub fn helix(&self, method: Method, path: &str) -> RequestBuilder {
        let info = self.handle.info();
        self.helix_as(method, path, &info.client_id, &info.access_token)
    }

    pub fn helix_as(
        &self,
        method: Method,
        path: &str,
        client: &str,
        token: &str,
    ) -> RequestBuilder {
        let url = format!("{}{path}", self.handle.info().helix);
        self.http.request(method, url).header("Client-Id", client).bearer_auth(token)
    }

    pub fn create_clip(&self, channel: &str) -> RequestBuilder {
        self.helix(Method::POST, &format!("/clips?broadcaster_id={}&duration=30", self.id(channel)))
    }

    pub fn oauth(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.handle.info().oauth))
    }

    pub async fn control(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.handle.info().control);
        answer(self.http.get(url)).await.1
    }

    pub async fn command(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.handle.info().control);
        answer(self.http.post(url).json(&body)).await
    }
}

/// A client without connections, that trusts the simulator.
pub fn client(handle: &SimHandle) -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy();
    let builder = match handle.root_pem() {
        Some(pem) => {
            builder.tls_certs_only([reqwest::Certificate::from_pem(pem.as_bytes()).unwrap()])
        }
        None => builder,
    };
    builder.build().unwrap()
}

/// Status and body of the answer.
pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// A socket to an address of the simulator's.
pub async fn raw(address: &str) -> TcpStream {
    let address = address.split("://").nth(1).unwrap().split('/').next().unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// Reads until the connection ends: what came, and whether it was reset.
pub async fn until_it_ends(socket: &mut TcpStream) -> (String, bool) {
    let mut bytes = Vec::new();
    let end = timeout(PATIENCE, socket.read_to_end(&mut bytes)).await.unwrap();
    let reset = end.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset);
    (String::from_utf8_lossy(&bytes).into_owned(), reset)
}

/// A chat client over TCP.
pub struct Chat {
    lines: FramedRead<OwnedReadHalf, LinesCodec>,
    writer: OwnedWriteHalf,
}

impl Chat {
    pub async fn connect(sim: &Sim) -> Self {
        let address = sim.handle.info().irc.strip_prefix("irc://").unwrap();
        let (reader, writer) = TcpStream::connect(address).await.unwrap().into_split();
        Self { lines: FramedRead::new(reader, LinesCodec::new()), writer }
    }

    /// An anonymous reader with all capabilities, in a room.
    pub async fn reader(sim: &Sim, room: &str) -> Self {
        let mut chat = Self::connect(sim).await;
        chat.say("CAP REQ :twitch.tv/tags twitch.tv/commands\r\nNICK justinfan7").await;
        chat.say(&format!("JOIN #{room}")).await;
        chat.until(" ROOMSTATE ").await;
        chat
    }

    pub async fn say(&mut self, line: &str) {
        self.writer.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
    }

    /// The next line, but for pings, which are answered; nothing when the server hung up.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            let line = timeout(PATIENCE, self.lines.next()).await.expect("a line in time");
            match line.and_then(Result::ok) {
                Some(ping) if ping.starts_with("PING ") => {
                    self.say(&ping.replace("PING", "PONG")).await;
                }
                other => return other,
            }
        }
    }

    /// Reads until a line holds some text.
    pub async fn until(&mut self, text: &str) -> String {
        while let Some(line) = self.next().await {
            if line.contains(text) {
                return line;
            }
        }
        panic!("the server hung up before it said '{text}'");
    }

    /// Reads until the server hangs up; what it said before.
    pub async fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.next().await {
            lines.push(line);
        }
        lines
    }
}
