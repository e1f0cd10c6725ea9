//! What happens to one seed: settings, faults, kills. Pure: the same seed gives the same plan.

use std::fmt;

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
    /// By time since the start.
    pub faults: Vec<Fault>,
    /// How the lives of the daemon end that end with a kill.
    pub lives: Vec<Life>,
}

/// A fault that is injected.
#[derive(Debug, Clone)]
pub struct Fault {
    pub at_ms: i64,
    pub name: &'static str,
    pub channel: Option<String>,
    pub count: u32,
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

/// Faults that come in storms, with the most of them that come at once.
const FAULTS: [(&str, u32); 26] = [
    ("clip_lost_answer", 2),
    ("clip_503", 4),
    ("clip_403", 1),
    ("clip_late", 2),
    ("clip_never", 1),
    ("clip_404", 2),
    ("clip_500", 2),
    ("clip_title", 2),
    ("clip_429", 3),
    ("vod_lost_answer", 2),
    ("vod_503", 3),
    ("vod_500", 2),
    ("vod_none", 3),
    ("irc_reconnect", 1),
    ("irc_drop", 1),
    ("eventsub_reconnect", 1),
    ("eventsub_drop", 1),
    ("eventsub_duplicate", 5),
    ("token_expired", 1),
    ("oauth_503", 2),
    ("helix_429", 2),
    ("helix_500", 5),
    ("clip_lost_answer", 1),
    ("clip_503", 1),
    ("clip_500", 1),
    ("helix_500", 2),
];

impl Plan {
    pub fn new(seed: Seed) -> Self {
        let mut rng = seed.rng(1);
        let channels = vec!["ninja:40".to_owned(), "mossykettle:3".to_owned()];
        let settings = settings(&mut rng);
        let (length_ms, faults, lives) = match seed.kind {
            Kind::Storm => {
                let length_ms = rng.random_range(120_000..240_000);
                (length_ms, faults(&mut rng, length_ms, 8..25), Vec::new())
            }
            Kind::Kill => {
                let lives: Vec<Life> = (0..KILLS_A_SEED).map(|_| life(&mut rng)).collect();
                let length_ms = lives.iter().map(|life| life.latest_ms + life.down_ms).sum();
                // Half of them have fair weather: there, everything must be clipped.
                let stormy = seed.number % 2 == 0;
                let faults = if stormy { faults(&mut rng, length_ms, 5..15) } else { Vec::new() };
                (length_ms, faults, lives)
            }
        };
        Self { seed, channels, settings, length_ms, faults, lives }
    }

    /// Nothing but kills happens, and the VOD may be used: everything must be clipped.
    pub fn is_fair(&self) -> bool {
        self.faults.is_empty() && self.setting("CLIPHOUND_CLIPS__VOD") != Some("false")
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
        ("CLIPHOUND_EMOTES__ENABLED", one(&mut chance, &["false", "false", "false", "true"])),
    ]
}

fn faults(rng: &mut impl Rng, length_ms: i64, many: std::ops::Range<usize>) -> Vec<Fault> {
    let many = rng.random_range(many);
    let mut faults: Vec<Fault> = (0..many)
        .map(|_| {
            let (name, most) = FAULTS[rng.random_range(0..FAULTS.len())];
            let at_ms = rng.random_range(0..length_ms);
            Fault { at_ms, name, channel: None, count: rng.random_range(1..=most) }
        })
        .collect();
    faults.sort_by_key(|fault| fault.at_ms);
    faults
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
        for Fault { at_ms, name, channel, count } in &self.faults {
            let place = channel.as_deref().unwrap_or("anywhere");
            writeln!(f, "  {:>5.1} s  {name} x{count} {place}", *at_ms as f64 / 1000.0)?;
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
}
