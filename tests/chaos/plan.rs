//! What happens to one seed: settings, faults, kills. Pure: the same seed gives the same plan.

use std::fmt;

use cliphound_twitch_sim::{Gust, Storm};
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// What a seed is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Faults at random, then fair weather, then SIGTERM.
    Storm,
    /// kill -9 at random instants, each time started again in the same folder.
    Kill,
}

impl Kind {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Storm => "storm",
            Self::Kill => "kill",
        }
    }
}

/// A seed with its kind: `storm:7`, `kill:7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seed {
    pub kind: Kind,
    pub number: u64,
}

impl Seed {
    /// Reads `storm:7` or `kill:7`.
    pub fn parse(text: &str) -> Option<Self> {
        let (word, number) = text.split_once(':')?;
        let kind = [Kind::Storm, Kind::Kill].into_iter().find(|kind| kind.word() == word)?;
        Some(Self { kind, number: number.parse().ok()? })
    }

    /// Chance for one purpose of this seed.
    pub fn rng(self, purpose: u64) -> Pcg64Mcg {
        let kind = u64::from(self.kind == Kind::Kill) << 62;
        Pcg64Mcg::seed_from_u64(self.number ^ kind ^ (purpose << 40))
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.word(), self.number)
    }
}

/// kill -9 instants of a seed of that kind.
pub const KILLS_A_SEED: u64 = 5;

/// What happens to one seed. Times are milliseconds on the simulator's clock unless they say
/// something else.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: Seed,
    pub channels: Vec<String>,
    /// Variables of the daemon's environment.
    pub settings: Vec<(&'static str, String)>,
    /// How long faults come, and people ask for clips.
    pub length_ms: i64,
    /// The faults; none: the weather is fair all the time.
    pub storm: Option<Storm>,
    /// How the lives of the daemon end that end with a kill.
    pub lives: Vec<Life>,
    /// The log-ins of the person who mends what storms revoke, in order.
    pub log_ins: Vec<LogIn>,
}

/// A log-in by hand.
#[derive(Debug, Clone, Copy)]
pub struct LogIn {
    /// The gust that revoked the token, by its place in the storm.
    pub gust: usize,
    /// It comes so long after that; in fair weather at once.
    pub after_ms: i64,
}

/// One life of the daemon, from its start to its kill.
#[derive(Debug, Clone)]
pub struct Life {
    /// It is killed so long after this was seen …
    pub sign: Sign,
    /// … in real microseconds.
    pub then_us: u64,
    /// Killed at the latest after so long.
    pub latest_ms: i64,
    /// Not running for so long afterwards.
    pub down_ms: i64,
}

/// What a kill waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The process was started.
    Started,
    /// So long has passed since.
    Time(i64),
    /// Somebody asked for a clip.
    Asked,
    /// Twitch made a clip.
    ClipMade,
    /// `clip_urls.txt` has grown.
    ClipWritten,
    /// `moments.tsv` has grown.
    MomentWritten,
}

impl Plan {
    pub fn new(seed: Seed) -> Self {
        let mut rng = seed.rng(1);
        let channels = vec!["ninja:40".to_owned(), "mossykettle:3".to_owned()];
        let settings = settings(&mut rng);
        let (length_ms, is_stormy, lives) = match seed.kind {
            Kind::Storm => (rng.random_range(120_000..240_000), true, Vec::new()),
            Kind::Kill => {
                let lives: Vec<Life> = (0..KILLS_A_SEED).map(|_| life(&mut rng)).collect();
                let length_ms = lives.iter().map(|life| life.latest_ms + life.down_ms).sum();
                // Half of them have fair weather: there, everything must be clipped.
                (length_ms, seed.number.is_multiple_of(2), lives)
            }
        };
        let seconds = u32::try_from(length_ms / 1000).unwrap_or(u32::MAX);
        let storm = Storm::new(rng.random()).lasting(seconds).calm(0).with_person();
        let storm = is_stormy.then_some(storm);
        let mut plan =
            Self { seed, channels, settings, length_ms, storm, lives, log_ins: Vec::new() };
        plan.log_ins = log_ins(&plan.gusts(), &mut seed.rng(3));
        plan
    }

    /// Nothing but kills happens, and the VOD may be used: everything must be clipped.
    pub fn is_fair(&self) -> bool {
        self.storm.is_none() && self.setting("CLIPHOUND_CLIPS__VOD") != Some("false")
    }

    /// What the storm brings.
    pub fn gusts(&self) -> Vec<Gust> {
        let login = |channel: &String| channel.split(':').next().unwrap_or_default().to_owned();
        let mut logins: Vec<String> = self.channels.iter().map(login).collect();
        // As the simulator has them.
        logins.sort();
        self.storm.map(|storm| storm.plan(&logins)).unwrap_or_default()
    }

    fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

fn settings(rng: &mut impl Rng) -> Vec<(&'static str, String)> {
    let one = |rng: &mut dyn FnMut(u32) -> u32, of: &[&str]| {
        let at = rng(u32::try_from(of.len()).unwrap_or(1));
        of[at as usize].to_owned()
    };
    let mut chance = |below: u32| rng.random_range(0..below);
    let sources = ["irc", "irc", "irc", "auto", "eventsub"];
    vec![
        ("CLIPHOUND_CHAT__SOURCE", one(&mut chance, &sources)),
        ("CLIPHOUND_CLIPS__VOD", one(&mut chance, &["true", "true", "true", "false"])),
        ("CLIPHOUND_CLIPS__DURATION_S", one(&mut chance, &["auto", "auto", "30"])),
        ("CLIPHOUND_CLIPS__BUDGET_PER_HOUR", "60".to_owned()),
        ("CLIPHOUND_CLIPS__COOLDOWN_S", "30".to_owned()),
        ("CLIPHOUND_CLIPS__DOWNLOAD", one(&mut chance, &["false", "false", "false", "true"])),
        ("CLIPHOUND_EMOTES__ENABLED", one(&mut chance, &["false", "false", "false", "true"])),
    ]
}

/// One for each time that the token is revoked.
fn log_ins(gusts: &[Gust], rng: &mut impl Rng) -> Vec<LogIn> {
    let revoked = gusts.iter().enumerate().filter(|(_, gust)| gust.call.fault == "token_revoked");
    revoked.map(|(gust, _)| LogIn { gust, after_ms: rng.random_range(1_000..90_000) }).collect()
}

fn life(rng: &mut impl Rng) -> Life {
    let (sign, most_us) = match rng.random_range(0..10) {
        0 => (Sign::Started, 250_000),
        1 | 2 => (Sign::Time(rng.random_range(5_000..90_000)), 10_000),
        3..=5 => (Sign::Asked, 60_000),
        6 | 7 => (Sign::ClipMade, 10_000),
        8 => (Sign::ClipWritten, 10_000),
        _ => (Sign::MomentWritten, 3_000),
    };
    let down_ms = match rng.random_range(0..4) {
        0 => rng.random_range(20_000..120_000),
        _ => rng.random_range(500..15_000),
    };
    Life { sign, then_us: rng.random_range(0..most_us), latest_ms: 90_000, down_ms }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "plan of {}: {} s of {}",
            self.seed,
            self.length_ms / 1000,
            self.channels.join(" ")
        )?;
        for (name, value) in &self.settings {
            writeln!(f, "  {name}={value}")?;
        }
        for (number, gust) in self.gusts().iter().enumerate() {
            writeln!(f, "  gust {number:>2} {gust}")?;
        }
        for LogIn { gust, after_ms } in &self.log_ins {
            let after_s = *after_ms as f64 / 1000.0;
            writeln!(f, "  log-in {after_s:.1} s after gust {gust}")?;
        }
        for (number, life) in self.lives.iter().enumerate() {
            let Life { sign, then_us, down_ms, .. } = life;
            let down_s = *down_ms as f64 / 1000.0;
            writeln!(f, "  kill {number}: {then_us} us after {sign:?}, then {down_s:.1} s down")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_plan() {
        let plan = |text: &str| Plan::new(Seed::parse(text).unwrap()).to_string();
        assert_eq!(plan("storm:7"), plan("storm:7"));
        assert_ne!(plan("storm:7"), plan("storm:8"));
        assert_ne!(plan("storm:7"), plan("kill:7"));
        assert_eq!(plan("kill:7").matches("kill ").count() as u64, KILLS_A_SEED);
        assert_eq!(Seed::parse("storm").or_else(|| Seed::parse("wind:3")), None);
    }
    #[test]
    fn somebody_logs_in_after_each_time_that_the_token_is_revoked() {
        let plans = (0..100).map(|number| Plan::new(Seed { kind: Kind::Storm, number }));
        let mut all = 0;
        for plan in plans {
            let gusts = plan.gusts();
            let revoked = gusts.iter().filter(|gust| gust.call.fault == "token_revoked").count();
            let of = |log_in: &LogIn| gusts[log_in.gust].call.fault.clone();
            assert!(plan.log_ins.iter().all(|log_in| of(log_in) == "token_revoked"), "{plan}");
            assert_eq!(plan.log_ins.len(), revoked, "{plan}");
            all += revoked;
        }
        assert!(all > 10, "{all}");
    }
}
