//! The live pages, their streams and their API, against the real binary.

use std::time::Duration;

use cliphound_clock::Clock;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    PATIENCE, SPEED,
    daemon::Daemon,
    dashboard::{Dashboard, NAME},
    twitch::Twitch,
};

/// What a channel is by the API, once it fits.
async fn until(owner: &Dashboard, login: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let look = async {
        loop {
            let (_, now) = owner.api("GET", &format!("/channels/{login}"), None).await;
            if fits(&now) {
                return now;
            }
            Clock::system().sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, look).await.unwrap()
}

/// A stream of events.
struct Follow {
    answer: Response,
    text: String,
}

impl Follow {
    async fn of(owner: &Dashboard, path: &str) -> Self {
        let answer = owner.request("GET", path).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, text: String::new() }
    }

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
    let mut owner = Dashboard::first_owner(&mut daemon).await;
    until(&owner, "ninja", |now| now["live"] == true && now["history"][5].is_object()).await;
    let overview = owner.page("/").await;
    assert!(overview.contains("id=\"on-ninja\"") && overview.contains("id=\"on-mossykettle\""));
    let mut events = Follow::of(&owner, "/api/v1/events?channels=ninja").await;
    let mut page = Follow::of(&owner, "/channels/ninja/events").await;
    let mut all = Follow::of(&owner, "/live/events").await;
    all.until("the overview", |event| event.contains("id=\"on-ninja\"")).await;

    let wish = json!({ "title": "what a <b>play</b>" });
    let (status, _) = owner.api("POST", "/channels/ninja/clip", Some(&wish)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let by_hand = |event: &str| data(event)["trigger"] == format!("manual:{NAME}");
    let moment = events.until("the moment", by_hand).await;
    assert!(moment.contains("event: moment") && moment.contains("id: "), "{moment}");
    let key = data(&moment)["moment"].as_str().unwrap().to_owned();
    assert_eq!(data(&moment)["title"], "what a <b>play</b>");
    let is_of_it = |event: &str| data(event)["moment"] == key.as_str();
    let made = |event: &str| is_of_it(event) && data(event)["clip_url"].is_string();
    let made = events.until("its clip", made).await;
    let url = data(&made)["clip_url"].as_str().unwrap().to_owned();
    page.until("the clip on the page", |event| event.contains(&url)).await;
    assert!(owner.page("/channels/ninja").await.contains(&url));
    daemon.log_line("who it was", |line| line.has("a clip is asked for on the dashboard")).await;
    assert_eq!(owner.api("GET", "/channels", None).await.1[1]["channel"], "ninja");
    let (status, problem) = owner.api("GET", "/channels/nobody", None).await;
    assert_eq!((status, &problem["status"]), (StatusCode::NOT_FOUND, &json!(404)));
    let before = until(&owner, "ninja", |now| now["history"][0].is_object()).await;
    daemon.terminate().await;
    while page.next().await.is_some() {}

    // The half hour before is there again, and who was away reads on.
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let line = daemon.log_line("its address", |line| line["address"].is_string()).await;
    owner.url = format!("http://{}", line["address"].as_str().unwrap());
    let newest = before["history"].as_array().unwrap().last().unwrap();
    let is_back = |now: &Value| {
        let history = now["history"].as_array();
        history.is_some_and(|history| history.iter().any(|step| step["at"] == newest["at"]))
    };
    let again = until(&owner, "ninja", is_back).await;
    let moments = again["moments"].as_array().unwrap();
    assert!(moments.iter().any(|moment| moment["clip_url"] == url), "{moments:?}");
    let mut missed = Follow::of(&owner, "/api/v1/events?after=1").await;
    missed.until("what was missed", is_of_it).await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleted_chat_is_gone_and_a_pause_holds_at_once() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &["--dry-run"]).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    let is_heard = |now: &Value| now["state"] == "learning" || now["state"] == "armed";
    until(&owner, "ninja", is_heard).await;
    let mut page = Follow::of(&owner, "/channels/ninja/events").await;
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
        assert!(!owner.page("/channels/ninja").await.contains(&shown));
    }
    for (path, form, expected) in [
        ("pause", &[][..], "paused"),
        ("resume", &[], ""),
        ("mute", &[("minutes", "600")], "muted"),
        ("resume", &[], ""),
    ] {
        let (status, _) = owner.send(&format!("/channels/ninja/{path}"), form).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "it leads back to the page");
        let (_, now) = owner.api("GET", "/channels/ninja", None).await;
        assert!(now["state"] == expected || expected.is_empty() && is_heard(&now), "{path}: {now}");
    }
    let none = json!({ "minutes": 0 });
    let (status, _) = owner.api("POST", "/channels/ninja/mute", Some(&none)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    daemon.log_line("told", |line| line.has("is muted on the dashboard")).await;
    daemon.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_end_with_the_session() {
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &Twitch::nowhere(), &[]).await;
    let owner = Dashboard::first_owner(&mut daemon).await;
    let mut follows = Vec::new();
    for path in ["/live/events", "/channels/ninja/events", "/api/v1/events"] {
        follows.push(Follow::of(&owner, path).await);
    }
    assert_eq!(owner.send("/logout", &[]).await.0, StatusCode::SEE_OTHER);
    // Long before a stream ends by itself.
    let ended = async {
        for follow in &mut follows {
            while follow.next().await.is_some() {}
        }
    };
    timeout(cliphound::web::events::LASTS / 2, ended).await.unwrap();
    daemon.terminate().await;
}
