//! One seed from its start to the comparison.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use anyhow::bail;
use cliphound_clock::Clock;
use rand::RngExt;

use crate::{
    daemon::Daemon,
    evidence::{Database, Evidence},
    judge::{Verdict, judge},
    person::log_in_again,
    plan::{Kind, Life, Plan, Sign},
    twitch::Twitch,
};

/// Real time after which a daemon that has not settled has failed. Most need some seconds.
pub const SETTLES_WITHIN: Duration = Duration::from_secs(240);
/// Signs are looked for this often, in real time.
const LOOK: Duration = Duration::from_millis(1);

/// What came of a seed.
#[derive(Debug)]
pub struct Outcome {
    pub evidence: Evidence,
    pub verdict: Verdict,
}

/// Runs a seed in a folder of its own.
///
/// # Errors
/// When the daemon did something that leaves nothing to compare: it ended by itself, it did
/// not settle, it did not end.
pub async fn run(plan: &Plan, dir: &Path, speed: f64) -> anyhow::Result<Outcome> {
    let twitch = Twitch::start(plan, speed).await?;
    let mut story = Story {
        plan,
        dir: dir.to_owned(),
        twitch: &twitch,
        evidence: Evidence { is_fair: plan.is_fair(), speed, ..Evidence::default() },
    };
    let told = story.tell().await;
    let mut evidence = story.evidence;
    evidence.clips = twitch.clips();
    twitch.end().await;
    told?;
    evidence.collect(dir).await?;
    let verdict = judge(&evidence);
    Ok(Outcome { evidence, verdict })
}

struct Story<'a> {
    plan: &'a Plan,
    dir: PathBuf,
    twitch: &'a Twitch,
    evidence: Evidence,
}

impl Story<'_> {
    async fn tell(&mut self) -> anyhow::Result<()> {
        let over = AtomicBool::new(false);
        let (plan, twitch) = (self.plan, self.twitch);
        self.evidence.net_ms = twitch.storm(plan);
        let people = people(plan, twitch, &over);
        let dir = self.dir.clone();
        let person = log_in_again(plan, twitch, &dir, &over);
        let daemon = async {
            let daemon = match plan.seed.kind {
                Kind::Storm => self.storm().await,
                Kind::Kill => self.kills().await,
            };
            over.store(true, Relaxed);
            twitch.fair_weather();
            daemon
        };
        let ((), log_ins, daemon) = tokio::join!(people, person, daemon);
        let mut daemon = daemon?;
        self.evidence.log_ins = log_ins?;
        self.it_still_works(&mut daemon).await?;
        self.settle(daemon).await
    }

    fn start(&self) -> anyhow::Result<Daemon> {
        Daemon::start(&self.dir, &self.twitch.environment(self.plan))
    }

    async fn storm(&mut self) -> anyhow::Result<Daemon> {
        let daemon = self.start()?;
        self.pause_ms(self.plan.length_ms).await;
        Ok(daemon)
    }

    /// All lives that end with a kill, and the beginning of the one after.
    async fn kills(&mut self) -> anyhow::Result<Daemon> {
        for life in &self.plan.lives {
            let mut daemon = self.start()?;
            self.until_sign(life, &mut daemon).await?;
            let before_ms = self.twitch.clock.now_ms();
            daemon.kill().await?;
            // The kill came somewhere in between.
            self.evidence.kills_ms.extend([before_ms, self.twitch.clock.now_ms()]);
            self.evidence.look_at_dead(&self.dir).await?;
            self.pause_ms(life.down_ms).await;
        }
        self.start()
    }

    async fn until_sign(&self, life: &Life, daemon: &mut Daemon) -> anyhow::Result<()> {
        let clock = &self.twitch.clock;
        let (started_ms, before) = (clock.now_ms(), self.count(life.sign));
        loop {
            if let Some(status) = daemon.ended()? {
                bail!("the daemon ended by itself: {status}");
            }
            let lived_ms = clock.now_ms() - started_ms;
            let is_there = match life.sign {
                Sign::Started => true,
                Sign::Time(after_ms) => lived_ms >= after_ms,
                sign => self.count(sign) > before,
            };
            if is_there || lived_ms >= life.latest_ms {
                break;
            }
            Clock::system().sleep(LOOK).await;
        }
        Clock::system().sleep(Duration::from_micros(life.then_us)).await;
        Ok(())
    }

    /// What grows when a sign comes.
    fn count(&self, sign: Sign) -> u64 {
        let length = |name: &str| {
            fs::metadata(self.dir.join("recordings").join(name)).map_or(0, |m| m.len())
        };
        match sign {
            Sign::Started | Sign::Time(_) => 0,
            Sign::Asked => self.twitch.asked(),
            Sign::ClipMade => self.twitch.clips().len() as u64,
            Sign::ClipWritten => length("clip_urls.txt"),
            Sign::MomentWritten => length("moments.tsv"),
        }
    }

    /// After all that, a clip that somebody asks for is made in each channel. Without the VOD
    /// a busy machine may be too late for many, and a breaker stays open for some minutes: so
    /// what counts is real time, as for all that has to end.
    async fn it_still_works(&mut self, daemon: &mut Daemon) -> anyhow::Result<()> {
        for channel in self.twitch.logins() {
            let mut states = Vec::new();
            let started_ms = Clock::system().now_ms();
            while states.last().is_none_or(|state| state != "confirmed") {
                let all = || format!("in fair weather clips in {channel} are {states:?}");
                self.not_for_ever(started_ms, all)?;
                let tries = states.len();
                let title = format!("after all that {tries} in {channel}");
                states.push(self.clip_of(&channel, &title, daemon).await?);
            }
        }
        Ok(())
    }

    /// Asks for a clip until it is promised, and waits for its end.
    async fn clip_of(
        &self,
        channel: &str,
        title: &str,
        daemon: &mut Daemon,
    ) -> anyhow::Result<String> {
        let started_ms = Clock::system().now_ms();
        loop {
            self.not_for_ever(started_ms, || {
                format!("nobody hears what is asked for in {channel}")
            })?;
            self.twitch.ask(channel, &format!("!clip {title}"));
            // By its title it is found only until its call: a late machine gives it a plain one.
            for _ in 0..20 {
                let find = async |database: &mut Database| database.titled(title).await;
                if let Some(Some(key)) = self.look(daemon, find).await? {
                    return self.end_of(title, key, daemon).await;
                }
                self.pause_ms(1_000).await;
            }
        }
    }

    async fn end_of(
        &self,
        title: &str,
        key: (i64, i64),
        daemon: &mut Daemon,
    ) -> anyhow::Result<String> {
        let started_ms = Clock::system().now_ms();
        loop {
            let open = ["waiting", "requested", "created", "unknown", "vod"];
            let state = self.look(daemon, async |database| database.state(key).await).await?;
            match state {
                Some(state) if state == "confirmed" => return Ok(state),
                Some(state) if !open.contains(&state.as_str()) => {
                    self.pause_ms(60_000).await;
                    return Ok(state);
                }
                state => {
                    let words = || format!("“{title}” does not end: {state:?}");
                    self.not_for_ever(started_ms, words)?;
                }
            }
            self.pause_ms(1_000).await;
        }
    }

    /// What a look at the database of a daemon that runs shows, if it can be read just now.
    async fn look<T>(
        &self,
        daemon: &mut Daemon,
        at: impl AsyncFnOnce(&mut Database) -> anyhow::Result<T>,
    ) -> anyhow::Result<Option<T>> {
        if let Some(status) = daemon.ended()? {
            bail!("the daemon ended by itself: {status}");
        }
        let Some(mut database) = Database::beside(&self.dir).await else { return Ok(None) };
        let seen = at(&mut database).await.ok();
        database.close().await;
        Ok(seen)
    }

    /// Waits until every intent has ended, and ends the daemon. What it promised in its last
    /// instant is taken up by another: chat goes on, and the last instant of a busy machine is
    /// long, so it may take several.
    async fn settle(&mut self, daemon: Daemon) -> anyhow::Result<()> {
        let mut daemon = daemon;
        let started_ms = Clock::system().now_ms();
        loop {
            self.until_settled(&mut daemon).await?;
            daemon.terminate().await?;
            let Some(mut database) = Database::beside(&self.dir).await else {
                bail!("there is no database")
            };
            let open = database.unsettled().await?;
            database.close().await;
            if open == 0 {
                return Ok(());
            }
            self.not_for_ever(started_ms, || "something is open after each end".to_owned())?;
            daemon = self.start()?;
        }
    }

    async fn until_settled(&self, daemon: &mut Daemon) -> anyhow::Result<()> {
        let started_ms = Clock::system().now_ms();
        let Some(mut database) = Database::beside(&self.dir).await else {
            bail!("there is no database")
        };
        loop {
            if let Some(status) = daemon.ended()? {
                bail!("the daemon ended by itself: {status}");
            }
            let open = database.unsettled().await?;
            if open == 0 {
                database.close().await;
                return Ok(());
            }
            self.not_for_ever(started_ms, || format!("{open} intents do not end"))?;
            Clock::system().sleep(Duration::from_millis(20)).await;
        }
    }

    fn not_for_ever(&self, since_ms: i64, told: impl FnOnce() -> String) -> anyhow::Result<()> {
        let real_ms = u128::try_from(Clock::system().now_ms() - since_ms).unwrap_or(0);
        if real_ms > SETTLES_WITHIN.as_millis() {
            bail!(told());
        }
        Ok(())
    }

    async fn pause_ms(&self, ms: i64) {
        let ms = u64::try_from(ms).unwrap_or(0);
        self.twitch.clock.sleep(Duration::from_millis(ms)).await;
    }
}

/// People ask for clips and are excited, until it is over.
async fn people(plan: &Plan, twitch: &Twitch, over: &AtomicBool) {
    let mut rng = plan.seed.rng(2);
    let logins = twitch.logins();
    let mut asked = 0;
    while !over.load(Relaxed) {
        let channel = &logins[asked % logins.len()];
        // In each channel half a minute apart: nearer, a busy machine takes one for the other.
        let pause_ms = rng.random_range(13_000..20_000);
        match rng.random_range(0..5) {
            0 => twitch.burst(channel, 25),
            1 => twitch.ask(channel, "!testclip"),
            _ => twitch.ask(channel, &format!("!clip number {asked} of {}", plan.seed)),
        }
        asked += 1;
        twitch.clock.sleep(Duration::from_millis(pause_ms)).await;
    }
}
