//! The live pages, their streams and their API, against the real binary.

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, Line},
    twitch::Twitch,
};

/// Somebody who looks at a daemon.
struct Looker {
    http: Client,
    url: String,
}

impl Looker {
    async fn at(daemon: &mut Daemon) -> Self {
        let line = daemon.log_line("its address", |line| line["address"].is_string()).await;
        let url = format!("http://{}", line["address"].as_str().unwrap());
        Self { http: Client::builder().no_proxy().build().unwrap(), url }
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.page(&format!("/api/v1{path}")).await).unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> StatusCode {
        let request = self.http.post(format!("{}/api/v1{path}", self.url)).json(body);
        request.send().await.unwrap().status()
    }

    async fn form(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.http.post(format!("{}{path}", self.url)).form(form).send().await.unwrap()
    }

    async fn follow(&self, path: &str) -> Follow {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Follow { answer, text: String::new() }
    }

    /// What a channel is by the API, once it fits.
    async fn until(&self, login: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let look = async {
            loop {
                let now = self.json(&format!("/channels/{login}")).await;
                if fits(&now) {
                    return now;
                }
                cliphound_clock::Clock::system().sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, look).await.unwrap()
    }
}

/// A stream of events.
struct Follow {
    answer: Response,
    text: String,
}

impl Follow {
    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = event.to_owned();
                self.text = rest.to_owned();
                return Some(event);
            }
            let chunk = timeout(PATIENCE, self.answer.chunk()).await.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk.ok()??).unwrap());
        }
    }

    /// The next event that fits.
    async fn until(&mut self, story: &str, fits: impl Fn(&str) -> bool) -> String {
        let find = async {
            loop {
                let event = self.next().await;
                let event = event.unwrap_or_else(|| panic!("{story}: the stream has ended"));
                if fits(&event) {
                    return event;
                }
            }
        };
        timeout(PATIENCE, find).await.unwrap_or_else(|_| panic!("{story}: not told"))
    }
}

/// The data of an event, where it is JSON.
fn data(event: &str) -> Value {
    let line = event.lines().find_map(|line| line.strip_prefix("data: "));
    line.and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clip_by_hand_is_seen_as_it_happens_and_after_a_restart() {
    let twitch = Twitch::start(&["ninja:800", "mossykettle:40"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let looker = Looker::at(&mut daemon).await;
    daemon
        .log_line("chat is heard", |line| line.has("chat is heard") && line.is("channel", "ninja"))
        .await;
    let live = |now: &Value| now["live"] == true && now["history"][5].is_object();
    let before = looker.until("ninja", live).await;
    let overview = looker.page("/").await;
    assert!(overview.contains("id=\"on-ninja\"") && overview.contains("id=\"on-mossykettle\""));
    let mut events = looker.follow("/api/v1/events?channels=ninja").await;
    let mut page = looker.follow("/channels/ninja/events").await;
    let mut all = looker.follow("/live/events").await;
    all.until("the overview", |event| event.contains("id=\"on-ninja\"")).await;

    let wish = json!({ "title": "what a <b>play</b>" });
    assert_eq!(looker.post("/channels/ninja/clip", &wish).await, StatusCode::ACCEPTED);
    let by_hand = |event: &str| {
        event.contains("event: moment")
            && data(event)["trigger"].as_str().is_some_and(|cause| cause.starts_with("manual:"))
    };
    let moment = events.until("the moment", by_hand).await;
    let key = data(&moment)["moment"].as_str().unwrap().to_owned();
    assert_eq!(data(&moment)["title"], "what a <b>play</b>");
    let made =
        |event: &str| data(event)["moment"] == key.as_str() && data(event)["clip_url"].is_string();
    let made = events.until("its clip", made).await;
    let url = data(&made)["clip_url"].as_str().unwrap().to_owned();
    page.until("the clip on the page", |event| event.contains(&url)).await;
    assert!(looker.page("/channels/ninja").await.contains(&url));
    daemon.log_line("who it was", |line| line.has("a clip is asked for on the dashboard")).await;
    assert_eq!(looker.json("/channels").await[1]["channel"], "ninja");
    let stranger =
        looker.http.get(format!("{}/api/v1/channels/nobody", looker.url)).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::NOT_FOUND);
    assert_eq!(stranger.headers()["content-type"], "application/problem+json");
    daemon.terminate().await;
    while page.next().await.is_some() {}

    // The half hour before is there again, and who was away reads on.
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let looker = Looker::at(&mut daemon).await;
    let first = before["history"][0]["at"].as_str().unwrap();
    let is_back = |now: &Value| {
        let history = now["history"].as_array().unwrap();
        history.iter().any(|step| step["at"] == first)
    };
    let again = looker.until("ninja", is_back).await;
    assert!(again["moments"].as_array().unwrap().iter().any(|moment| moment["clip_url"] == url));
    let mut missed = looker.follow("/api/v1/events?after=1").await;
    missed
        .until("what was missed", |event| {
            event.contains("id: ") && data(event)["moment"] == key.as_str()
        })
        .await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleted_chat_is_gone_and_a_pause_holds_at_once() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run"]).await;
    let looker = Looker::at(&mut daemon).await;
    daemon.log_line("chat is heard", |line: &Line| line.has("chat is heard")).await;
    let mut page = looker.follow("/channels/ninja/events").await;
    for (text, whole_user) in [("an indiscretion", false), ("<i>another</i>", true)] {
        let shown = text.replace('<', "&#60;").replace('>', "&#62;");
        let id = twitch.say_by("ninja", "gossip", text, cliphound_twitch_sim::Role::Viewer);
        page.until("it is shown", |event| event.contains(&shown)).await;
        match whole_user {
            true => twitch.purge("ninja", "gossip"),
            false => twitch.delete_line("ninja", "gossip", &id, text),
        }
        let gone = |event: &str| event.contains("id=\"chat\"") && !event.contains(&shown);
        page.until("it is gone", gone).await;
        assert!(!looker.page("/channels/ninja").await.contains(&shown));
    }
    for (path, form, state) in [
        ("pause", &[][..], "paused"),
        ("resume", &[], "learning"),
        ("mute", &[("minutes", "30")], "muted"),
        ("resume", &[], "learning"),
    ] {
        let answer = looker.form(&format!("/channels/ninja/{path}"), form).await;
        assert_eq!(answer.status(), StatusCode::OK, "it leads back to the page");
        assert!(answer.url().path() == "/channels/ninja", "{}", answer.url());
        assert_eq!(looker.json("/channels/ninja").await["state"], state, "{path}");
    }
    assert_eq!(looker.post("/channels/ninja/mute", &json!({ "minutes": 0 })).await, 422);
    daemon.log_line("told", |line: &Line| line.has("is muted on the dashboard")).await;
    daemon.terminate().await;
}
