//! A receiver on loopback that answers as it is told, and keeps what it heard.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use cliphound_clock::Clock;

/// Real time after which a story has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request.
#[derive(Debug, Clone)]
pub struct Heard {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Heard {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).cloned().unwrap_or_default()
    }
}

#[derive(Default)]
struct Script {
    heard: Vec<Heard>,
    answers: VecDeque<(u16, String, String)>,
    usual: Option<u16>,
}

type Shared = Arc<Mutex<Script>>;

/// A receiver.
pub struct Listening {
    pub url: String,
    script: Shared,
    _ends: tokio::task::JoinSet<()>,
}

impl Listening {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Shared::default();
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&script));
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, script, _ends: tasks }
    }

    /// The next answers: status, `Retry-After`, body.
    pub fn answers(&self, answers: &[(u16, &str, &str)]) {
        let own = |(status, after, body): &(u16, &str, &str)| {
            (*status, (*after).to_owned(), (*body).to_owned())
        };
        self.script.lock().unwrap().answers.extend(answers.iter().map(own));
    }

    /// What is answered when nothing else was said.
    pub fn then_always(&self, status: u16) {
        self.script.lock().unwrap().usual = Some(status);
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.script.lock().unwrap().heard.clone()
    }
}

async fn answer(
    State(script): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let mut script = script.lock().unwrap();
    script.heard.push(Heard { path: uri.to_string(), headers, body: body.to_vec() });
    let usual = (script.usual.unwrap_or(200), String::new(), String::new());
    let (status, after, said) = script.answers.pop_front().unwrap_or(usual);
    let status = StatusCode::from_u16(status).unwrap();
    let mut answer = (status, said).into_response();
    if !after.is_empty() {
        answer.headers_mut().insert("retry-after", after.parse().unwrap());
    }
    if status.is_redirection() {
        answer.headers_mut().insert("location", "http://127.0.0.1:1/inside".parse().unwrap());
    }
    answer
}

/// Asks until there is an answer.
pub async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            Clock::system().sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap()
}
