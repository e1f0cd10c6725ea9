//! A simulated Twitch in the test's process, and the settings that point to it.

use std::{collections::BTreeMap, time::Duration};

use cliphound_clock::Clock;
use cliphound_twitch_sim::{ClipRecord, Role, SimConfig, SimHandle, start};
use serde_json::Value;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::PATIENCE;

/// Endpoints that no test uses, and an address where nobody listens.
const UNUSED: [&str; 6] = ["EVENTSUB", "SEVENTV", "SEVENTV_EVENTS", "BTTV", "BTTV_EVENTS", "FFZ"];
const NOWHERE: &str = "127.0.0.1:9";

pub struct Twitch {
    handle: Option<SimHandle>,
    pub environment: BTreeMap<String, String>,
}

impl Twitch {
    /// Brings up channels (`login:viewers`) that live `speed` times faster than we do.
    pub async fn start(channels: &[&str], speed: f64) -> Self {
        let config = SimConfig {
            channels: channels.iter().map(|&channel| channel.to_owned()).collect(),
            seed: 7,
            ..SimConfig::default()
        };
        let stop = CancellationToken::new();
        let clock = Clock::fast(speed);
        let handle = start(config, clock, &TaskTracker::new(), stop).await.unwrap();
        let mut environment: BTreeMap<_, _> = handle.info().environment().into_iter().collect();
        environment.extend(unused());
        // A proxy must never see tokens in plain text: nothing here would work through it.
        environment.insert("HTTP_PROXY".to_owned(), format!("http://{NOWHERE}"));
        environment.insert("CLIPHOUND_SPEED".to_owned(), speed.to_string());
        Self { handle: Some(handle), environment }
    }

    /// A Twitch that can't be reached, with an account.
    pub fn nowhere() -> Self {
        let mut environment: BTreeMap<_, _> = unused().collect();
        for (name, value) in [
            ("CLIPHOUND_ENDPOINTS__IRC", format!("irc://{NOWHERE}")),
            ("CLIPHOUND_ENDPOINTS__HELIX", format!("http://{NOWHERE}")),
            ("CLIPHOUND_ENDPOINTS__OAUTH", format!("http://{NOWHERE}")),
            ("TWITCH_CHANNELS", "ninja".to_owned()),
            ("TWITCH_CLIENT_ID", "app".to_owned()),
            ("TWITCH_ACCESS_TOKEN", "token".to_owned()),
        ] {
            environment.insert(name.to_owned(), value);
        }
        Self { handle: None, environment }
    }

    /// The same for somebody who has no account there.
    pub fn anonymous(mut self) -> Self {
        let tokens = ["CLIENT_ID", "CLIENT_SECRET", "ACCESS_TOKEN", "REFRESH_TOKEN"];
        for name in tokens {
            self.environment.remove(&format!("TWITCH_{name}"));
        }
        self
    }

    pub fn say_viewer(&self, channel: &str, user: &str, text: &str) {
        self.handle().say(channel, user, text, Role::Viewer).unwrap();
    }

    pub fn say_moderator(&self, channel: &str, user: &str, text: &str) {
        self.handle().say(channel, user, text, Role::Moderator).unwrap();
    }

    pub fn inject(&self, fault: &str) {
        self.handle().inject(fault, None, 1).unwrap();
    }

    pub fn inject_in(&self, fault: &str, channel: &str, count: u32) {
        self.handle().inject(fault, Some(channel), count).unwrap();
    }

    pub fn end_stream(&self, channel: &str) {
        self.handle().set_live(channel, false);
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

    pub fn clips(&self) -> Vec<ClipRecord> {
        self.handle().clips()
    }

    /// What the account said in a channel, as soon as it has said something.
    pub async fn answer_in(&self, channel: &str) -> String {
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
                    return line["text"].as_str().unwrap().to_owned();
                }
                Clock::system().sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ask).await.unwrap()
    }

    fn handle(&self) -> &SimHandle {
        self.handle.as_ref().unwrap()
    }
}

fn unused() -> impl Iterator<Item = (String, String)> {
    UNUSED.into_iter().map(|name| {
        let is_socket = name == "EVENTSUB" || name.ends_with("_EVENTS");
        let scheme = if is_socket { "ws" } else { "http" };
        (format!("CLIPHOUND_ENDPOINTS__{name}"), format!("{scheme}://{NOWHERE}"))
    })
}
