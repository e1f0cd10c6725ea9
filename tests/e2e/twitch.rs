//! A simulated Twitch in the test's process, and the settings that point to it.

use std::{collections::BTreeMap, path::Path, time::Duration};

use cliphound_clock::Clock;
use cliphound_twitch_sim::{
    Announcement, ClipRecord, EmoteChange, EmoteService, FaultCall, Role, SimConfig, SimHandle,
    start,
};
use serde_json::Value;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::PATIENCE;

/// Those of the emote services.
const EMOTES: [&str; 5] = ["SEVENTV", "SEVENTV_EVENTS", "BTTV", "BTTV_EVENTS", "FFZ"];
const NOWHERE: &str = "127.0.0.1:9";

pub struct Twitch {
    handle: Option<SimHandle>,
    pub environment: BTreeMap<String, String>,
}

impl Twitch {
    /// Brings up channels (`login:viewers`) that live `speed` times faster than we do.
    pub async fn start(channels: &[&str], speed: f64) -> Self {
        Self::with_config(channels, speed, SimConfig::default()).await
    }

    /// The same over TLS. The certificate to trust lies in `dir`.
    pub async fn encrypted(channels: &[&str], speed: f64, dir: &Path) -> Self {
        let config = SimConfig { tls: true, ..SimConfig::default() };
        let mut twitch = Self::with_config(channels, speed, config).await;
        let root = dir.join("root.pem");
        std::fs::write(&root, twitch.handle().root_pem().unwrap()).unwrap();
        for (name, value) in [("SSL_CERT_FILE", root.to_str().unwrap()), ("NO_PROXY", "127.0.0.1")]
        {
            twitch.environment.insert(name.to_owned(), value.to_owned());
        }
        twitch
    }

    /// The same with a name, which stands in a hosts file.
    pub async fn named(channels: &[&str], speed: f64, hosts: &Path) -> Self {
        let config = SimConfig { hosts: Some(hosts.to_owned()), ..SimConfig::default() };
        Self::with_config(channels, speed, config).await
    }

    async fn with_config(channels: &[&str], speed: f64, config: SimConfig) -> Self {
        let channels = channels.iter().map(|&channel| channel.to_owned()).collect();
        let config = SimConfig { channels, seed: 7, ..config };
        let stop = CancellationToken::new();
        let clock = Clock::fast(speed);
        let handle = start(config, clock, &TaskTracker::new(), stop).await.unwrap();
        let mut environment: BTreeMap<_, _> = handle.info().environment().into_iter().collect();
        // A proxy must never see tokens in plain text: nothing here would work through it.
        environment.insert("HTTP_PROXY".to_owned(), format!("http://{NOWHERE}"));
        environment.insert("CLIPHOUND_SPEED".to_owned(), speed.to_string());
        environment.insert("CLIPHOUND_WEB__LISTEN".to_owned(), "127.0.0.1:0".to_owned());
        Self { handle: Some(handle), environment }
    }

    /// A Twitch that can't be reached, with an account.
    pub fn nowhere() -> Self {
        let mut environment: BTreeMap<_, _> =
            nobody_at(&["EVENTSUB"]).chain(nobody_at(&EMOTES)).collect();
        for (name, value) in [
            ("CLIPHOUND_ENDPOINTS__IRC", format!("irc://{NOWHERE}")),
            ("CLIPHOUND_ENDPOINTS__HELIX", format!("http://{NOWHERE}")),
            ("CLIPHOUND_ENDPOINTS__OAUTH", format!("http://{NOWHERE}")),
            ("CLIPHOUND_WEB__LISTEN", "127.0.0.1:0".to_owned()),
            ("TWITCH_CHANNELS", "ninja".to_owned()),
            ("TWITCH_CLIENT_ID", "app".to_owned()),
            ("TWITCH_ACCESS_TOKEN", "token".to_owned()),
        ] {
            environment.insert(name.to_owned(), value);
        }
        Self { handle: None, environment }
    }

    /// The same for a daemon with another setting.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut environment = self.environment.clone();
        environment.insert(name.to_owned(), value.to_owned());
        Self { handle: self.handle.clone(), environment }
    }

    /// The same for a daemon with another token of the simulator's.
    pub fn with_token(&self, name: &str) -> Self {
        let tokens = &self.handle().info().test_tokens;
        let token = tokens.iter().find(|token| token.name == name).unwrap();
        let with_access = self.with("TWITCH_ACCESS_TOKEN", &token.access_token);
        with_access.with("TWITCH_REFRESH_TOKEN", &token.refresh_token)
    }

    /// The same for somebody who has no account there.
    pub fn anonymous(mut self) -> Self {
        let tokens = ["CLIENT_ID", "CLIENT_SECRET", "ACCESS_TOKEN", "REFRESH_TOKEN"];
        for name in tokens {
            self.environment.remove(&format!("TWITCH_{name}"));
        }
        self
    }

    /// The same for somebody with a public app of their own, who has not logged in yet.
    pub fn logged_out(self) -> Self {
        let client_id = self.handle().info().test_tokens[0].client_id.clone();
        let mut twitch = self.anonymous();
        twitch.environment.insert("TWITCH_CLIENT_ID".to_owned(), client_id);
        twitch
    }

    /// Who says yes to log-ins from now on.
    pub fn seat(&self, login: &str) {
        self.handle().seat(login);
    }

    pub fn say_viewer(&self, channel: &str, user: &str, text: &str) {
        self.handle().say(channel, user, text, Role::Viewer).unwrap();
    }

    pub fn say_moderator(&self, channel: &str, user: &str, text: &str) {
        self.handle().say(channel, user, text, Role::Moderator).unwrap();
    }

    /// A line whose id is given.
    pub fn say_by(&self, channel: &str, user: &str, text: &str, role: Role) -> String {
        self.handle().say(channel, user, text, role).unwrap()
    }

    /// A moderator deletes a line.
    pub fn delete_line(&self, channel: &str, user: &str, id: &str, text: &str) {
        assert!(self.handle().delete(channel, user, Some((id, text))));
    }

    /// A moderator times somebody out: all their lines go.
    pub fn purge(&self, channel: &str, user: &str) {
        assert!(self.handle().delete(channel, user, None));
    }

    /// A moderator clears the whole chat.
    pub fn clear_chat(&self, channel: &str) {
        assert!(self.handle().clear(channel));
    }

    /// Chat announces something of a user.
    pub fn announce(&self, channel: &str, user: &str, what: Announcement) {
        assert!(self.handle().announce(channel, user, what));
    }

    pub fn fault(&self, call: &FaultCall) {
        self.handle().fault(call).unwrap();
    }

    pub fn inject(&self, fault: &str) {
        self.handle().inject(fault, None, 1).unwrap();
    }

    /// Puts a fault in place that goes on until the weather is fair.
    pub fn inject_lasting(&self, fault: &str) {
        self.handle().fault(&FaultCall::new(fault).seconds(86_400)).unwrap();
    }

    /// Ends all faults.
    pub fn fair_weather(&self) {
        self.handle().fair_weather();
    }

    /// A user takes all rights back from the application.
    pub fn revoke(&self, login: &str) {
        self.handle().revoke_user(login);
    }

    /// How often Twitch has answered a call so, such as `GET /oauth2/validate`.
    pub async fn answered(&self, call: &str, status: &str) -> u64 {
        self.stats().await["requests"][call][status].as_u64().unwrap_or(0)
    }

    /// Waits until it has so often.
    pub async fn until_answered(&self, call: &str, status: &str, times: u64) {
        let look = async {
            while self.answered(call, status).await < times {
                Clock::system().sleep(Duration::from_millis(20)).await;
            }
        };
        let story = || panic!("{call} was not answered {times} times");
        tokio::time::timeout(PATIENCE, look).await.unwrap_or_else(|_| story());
    }

    /// So many people write the same at once.
    pub fn say_together(&self, channel: &str, people: usize, text: &str) {
        for number in 0..people {
            self.say_viewer(channel, &format!("fan{number}"), text);
        }
    }

    /// Lets a fault come so many times.
    pub fn inject_often(&self, fault: &str, count: u32) {
        self.handle().inject(fault, None, count).unwrap();
    }

    /// A new emote in a channel's set at 7TV, and everybody who listens is told.
    pub fn add_emote(&self, channel: &str, name: &str) {
        self.change_emote(EmoteService::SevenTv, channel, name, true);
    }

    /// An emote comes into a channel's set at a service, or goes.
    pub fn change_emote(&self, service: EmoteService, channel: &str, name: &str, is_there: bool) {
        let names = vec![name.to_owned()];
        let change = if is_there {
            EmoteChange { add: names, ..EmoteChange::default() }
        } else {
            EmoteChange { remove: names, ..EmoteChange::default() }
        };
        self.handle().change_emotes(service, Some(channel), &change);
    }

    /// The same Twitch, while no emote service can be reached.
    pub fn without_emote_services(mut self) -> Self {
        self.environment.extend(nobody_at(&EMOTES));
        self
    }

    pub fn inject_in(&self, fault: &str, channel: &str, count: u32) {
        self.handle().inject(fault, Some(channel), count).unwrap();
    }

    /// A channel's owner takes another login.
    pub fn rename(&self, from: &str, to: &str) {
        assert!(self.handle().rename(from, to));
    }

    pub fn set_live(&self, channel: &str, live: bool) {
        self.handle().set_live(channel, live);
    }

    /// Tells of an event of EventSub, as soon as somebody has subscribed to it.
    pub async fn signal(&self, channel: &str, kind: &str, event: Value) {
        let tell = async {
            while self.handle().signal(channel, kind, &event).unwrap() == 0 {
                Clock::system().sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, tell).await.unwrap();
    }

    /// What the simulator counted.
    pub async fn stats(&self) -> Value {
        let control = &self.handle().info().control;
        reqwest::get(format!("{control}/stats")).await.unwrap().json().await.unwrap()
    }

    pub fn end_stream(&self, channel: &str) {
        self.handle().set_live(channel, false);
    }

    /// A viewer makes a clip of a live stream now; its id.
    pub fn viewer_clips_now(&self, channel: &str) -> String {
        self.handle().viewer_clips(channel).unwrap()
    }

    /// The clips that viewers made so far.
    pub async fn viewer_clips(&self) -> Vec<Value> {
        self.control("viewer_clips").await
    }

    /// The stream markers so far.
    pub async fn markers(&self) -> Vec<Value> {
        self.control("markers").await
    }

    async fn control(&self, list: &str) -> Vec<Value> {
        let control = &self.handle().info().control;
        reqwest::get(format!("{control}/{list}")).await.unwrap().json().await.unwrap()
    }

    /// Waits until a viewer has made a clip.
    pub async fn until_viewers_clip(&self) {
        let ask = async {
            while self.viewer_clips().await.is_empty() {
                Clock::system().sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ask).await.unwrap();
    }

    /// Waits until so many clips were made.
    pub async fn until_clips(&self, count: usize) {
        let made = async {
            while self.clips().len() < count {
                Clock::system().sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, made).await.unwrap();
    }

    pub fn clips(&self) -> Vec<ClipRecord> {
        self.handle().clips()
    }

    /// What the account said in a channel, as soon as it has said something.
    pub async fn answer_in(&self, channel: &str) -> String {
        self.answer_line(channel).await["text"].as_str().unwrap().to_owned()
    }

    /// The same with who said it.
    pub async fn answer_line(&self, channel: &str) -> Value {
        let control = &self.handle().info().control;
        let ask = async {
            loop {
                let sent: Value =
                    reqwest::get(format!("{control}/sent")).await.unwrap().json().await.unwrap();
                let ours = sent.as_array().unwrap().iter().rev().find(|line| {
                    line["channel"] == channel
                        && line["text"].as_str().is_some_and(|text| text.starts_with("Clip"))
                });
                if let Some(line) = ours {
                    return line.clone();
                }
                Clock::system().sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ask).await.unwrap()
    }

    /// What the account said in a channel that begins so, as soon as it has.
    pub async fn said(&self, channel: &str, words: &str) -> String {
        let ask = async {
            loop {
                let mut lines = self.lines_of(channel).await.into_iter();
                if let Some(line) = lines.find(|text| text.starts_with(words)) {
                    return line;
                }
                Clock::system().sleep(Duration::from_millis(20)).await;
            }
        };
        let said = tokio::time::timeout(PATIENCE, ask).await;
        said.unwrap_or_else(|_| panic!("nobody said: {words}"))
    }

    /// All that accounts said in a channel, the oldest first.
    pub async fn lines_of(&self, channel: &str) -> Vec<String> {
        let sent = self.control("sent").await.into_iter();
        let ours = sent.filter(|line| line["channel"] == channel && line["by"] == "helix");
        ours.filter_map(|line| line["text"].as_str().map(str::to_owned)).collect()
    }

    /// The account says something itself, by the same call as the daemon does.
    pub async fn say_as_account(&self, channel: &str, text: &str) {
        let helix = &self.environment["CLIPHOUND_ENDPOINTS__HELIX"];
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let call = |request: reqwest::RequestBuilder| {
            let request = request.header("Client-Id", &self.environment["TWITCH_CLIENT_ID"]);
            request.bearer_auth(&self.environment["TWITCH_ACCESS_TOKEN"]).send()
        };
        let id = async |query: String| {
            let answer = call(http.get(format!("{helix}/users{query}"))).await.unwrap();
            let users: Value = answer.json().await.unwrap();
            users["data"][0]["id"].as_str().unwrap().to_owned()
        };
        let body = serde_json::json!({
            "broadcaster_id": id(format!("?login={channel}")).await,
            "sender_id": id(String::new()).await,
            "message": text,
        });
        let sent = call(http.post(format!("{helix}/chat/messages")).json(&body)).await.unwrap();
        assert!(sent.status().is_success());
    }

    /// Address and begin (Unix ms) of the newest VOD of a channel.
    pub async fn vod(&self, channel: &str) -> (String, i64) {
        let user = self.helix(&format!("users?login={channel}")).await;
        let id = user["data"][0]["id"].as_str().unwrap();
        let vod = &self.helix(&format!("videos?user_id={id}")).await["data"][0];
        let began: jiff::Timestamp = vod["created_at"].as_str().unwrap().parse().unwrap();
        (vod["url"].as_str().unwrap().to_owned(), began.as_millisecond())
    }

    /// What Helix tells the account.
    async fn helix(&self, path: &str) -> Value {
        let helix = &self.environment["CLIPHOUND_ENDPOINTS__HELIX"];
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.get(format!("{helix}/{path}"));
        let request = request.header("Client-Id", &self.environment["TWITCH_CLIENT_ID"]);
        let request = request.bearer_auth(&self.environment["TWITCH_ACCESS_TOKEN"]);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// A fault of one call to Helix, and a way to wait until it has come.
    pub fn spoil(&self, fault: &str, service: &str) {
        let call = serde_json::json!({"fault": fault, "service": service});
        self.handle().fault(&serde_json::from_value(call).unwrap()).unwrap();
    }

    /// So many lines a second come in one channel, for so many seconds, each by somebody else.
    pub fn flood(&self, channel: &str, per_second: u32, seconds: u32) {
        let call = serde_json::json!({
            "fault": "flood", "channel": channel, "per_second": per_second, "seconds": seconds,
            "people": per_second * seconds,
        });
        self.handle().fault(&serde_json::from_value(call).unwrap()).unwrap();
    }

    /// Waits until no fault waits any more.
    pub async fn until_spoilt(&self) {
        let ask = async {
            while !self.handle().faults().is_empty() {
                Clock::system().sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ask).await.unwrap();
    }

    /// Waits until this user was the last to answer in a channel.
    pub async fn answered_by(&self, user: &str) {
        let ask = async {
            while self.answer_line("ninja").await["user"] != user {
                Clock::system().sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ask).await.unwrap();
    }

    fn handle(&self) -> &SimHandle {
        self.handle.as_ref().unwrap()
    }
}

/// Settings under which nobody answers at these endpoints.
fn nobody_at(names: &[&str]) -> impl Iterator<Item = (String, String)> {
    names.iter().map(|&name| {
        let is_socket = name == "EVENTSUB" || name.ends_with("_EVENTS");
        let scheme = if is_socket { "ws" } else { "http" };
        (format!("CLIPHOUND_ENDPOINTS__{name}"), format!("{scheme}://{NOWHERE}"))
    })
}
