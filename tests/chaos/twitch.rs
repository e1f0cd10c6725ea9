//! The simulated Twitch of one seed, in this process.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use cliphound_clock::Clock;
use cliphound_twitch_sim::{ClipRecord, Gust, Role, SimConfig, SimHandle, start};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::plan::Plan;

/// Who asks for clips.
pub const MODERATOR: &str = "helper";

pub struct Twitch {
    pub clock: Clock,
    handle: SimHandle,
    stop: CancellationToken,
    tasks: TaskTracker,
    asked: AtomicU64,
}

impl Twitch {
    pub async fn start(plan: &Plan, speed: f64) -> anyhow::Result<Self> {
        let config = SimConfig {
            channels: plan.channels.clone(),
            seed: plan.seed.number,
            ..SimConfig::default()
        };
        let (clock, tasks, stop) =
            (Clock::fast(speed), TaskTracker::new(), CancellationToken::new());
        let handle = start(config, clock.clone(), &tasks, stop.clone()).await?;
        Ok(Self { clock, handle, stop, tasks, asked: AtomicU64::new(0) })
    }

    /// The variables that let a daemon of that plan use it.
    pub fn environment(&self, plan: &Plan) -> BTreeMap<String, String> {
        let mut environment: BTreeMap<_, _> =
            self.handle.info().environment().into_iter().collect();
        environment.insert("CLIPHOUND_SPEED".to_owned(), self.clock.speed().to_string());
        environment.insert("CLIPHOUND_WEB__LISTEN".to_owned(), "127.0.0.1:0".to_owned());
        let settings = plan.settings.iter().cloned();
        environment.extend(settings.map(|(name, value)| (name.to_owned(), value)));
        environment
    }

    pub fn logins(&self) -> Vec<String> {
        self.handle.info().channels.iter().map(|channel| channel.login.clone()).collect()
    }

    /// A moderator asks for a clip.
    pub fn ask(&self, channel: &str, text: &str) {
        self.handle.say(channel, MODERATOR, text, Role::Moderator);
        self.asked.fetch_add(1, Relaxed);
    }

    /// How often that was.
    pub fn asked(&self) -> u64 {
        self.asked.load(Relaxed)
    }

    /// Many people write the same at once: a moment, if the chat was quiet.
    pub fn burst(&self, channel: &str, people: usize) {
        for number in 0..people {
            self.handle.say(channel, &format!("fan{number}"), "KEKW KEKW", Role::Viewer);
        }
    }

    /// The storm of the plan begins, and goes on by itself. Returns when in it the network to
    /// Helix is in trouble that swallows answers without Twitch's knowledge: it knows what was cut.
    pub fn storm(&self, plan: &Plan) -> Vec<i64> {
        let Some(storm) = &plan.storm else { return Vec::new() };
        let start_ms = self.clock.now_ms();
        let gusts = self.handle.begin_storm(storm);
        let is_of_helix = |gust: &&Gust| {
            let service = gust.call.service.as_deref();
            let swallows = ["net_reset", "net_half_open", "net_stall", "net_slow"];
            let fault = gust.call.fault.as_str();
            swallows.contains(&fault) && service.is_none_or(|name| name == "helix")
        };
        gusts.iter().filter(is_of_helix).map(|gust| start_ms + gust.at_ms).collect()
    }

    /// How many of the plan's gusts have come.
    pub fn brought(&self, plan: &Plan) -> usize {
        plan.gusts().len().saturating_sub(self.handle.storm_brings())
    }

    /// No fault any more.
    pub fn fair_weather(&self) {
        self.handle.fair_weather();
    }

    /// All clips that were asked for: only our account does that.
    pub fn clips(&self) -> Vec<ClipRecord> {
        self.handle.clips()
    }

    pub async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
