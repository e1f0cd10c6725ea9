//! How much is done, from the environment: `docs/chaos.md` lists the variables.

use std::{env, path::PathBuf, thread};

use anyhow::{Context, bail};

use crate::plan::{KILLS_A_SEED, Kind, Seed};

/// Storms, and instants of kill -9, in the form that runs with all other tests.
const STORMS: u64 = 200;
const KILLS: u64 = 200;
/// How many times faster than real time all this happens. Faster, and the short hiccups of
/// a busy machine last longer than what the daemon waits for.
const SPEED: f64 = 100.0;
/// Seeds at the same time for each processor: most of the time each of them waits.
const AT_ONCE: usize = 8;

#[derive(Debug)]
pub struct Settings {
    pub seeds: Vec<Seed>,
    pub speed: f64,
    pub at_once: usize,
    /// Where the folders of the seeds go.
    pub folder: PathBuf,
}

impl Settings {
    pub fn from_environment() -> anyhow::Result<Self> {
        let processors = thread::available_parallelism().map_or(2, usize::from);
        let folder = env::var_os("CHAOS_DIR").map(PathBuf::from);
        Ok(Self {
            seeds: seeds()?,
            speed: number("CHAOS_SPEED", SPEED)?,
            at_once: number("CHAOS_AT_ONCE", AT_ONCE * processors)?,
            folder: folder
                .unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("chaos")),
        })
    }
}

/// One seed (several times), or all of both kinds, mixed so that each time has some of both.
fn seeds() -> anyhow::Result<Vec<Seed>> {
    if let Ok(text) = env::var("CHAOS_SEED") {
        let Some(seed) = Seed::parse(&text) else {
            bail!("CHAOS_SEED must be storm:NUMBER or kill:NUMBER, not “{text}”");
        };
        return Ok(vec![seed; number("CHAOS_REPEAT", 1)?]);
    }
    let from: u64 = number("CHAOS_FROM", 1)?;
    let many = |kind, count: u64| (from..from + count).map(move |number| Seed { kind, number });
    let storms = many(Kind::Storm, number("CHAOS_SEEDS", STORMS)?);
    let kills = many(Kind::Kill, number("CHAOS_KILLS", KILLS)?.div_ceil(KILLS_A_SEED));
    let (storms, kills): (Vec<_>, Vec<_>) = (storms.collect(), kills.collect());
    let share = |at: usize, of: usize| (at as f64 + 0.5) / of as f64;
    let mut all: Vec<(f64, Seed)> = [storms, kills]
        .iter()
        .flat_map(|list| list.iter().enumerate().map(|(at, seed)| (share(at, list.len()), *seed)))
        .collect();
    all.sort_by(|(a, one), (b, other)| a.total_cmp(b).then(one.cmp(other)));
    Ok(all.into_iter().map(|(_, seed)| seed).collect())
}

fn number<N: std::str::FromStr>(name: &str, default: N) -> anyhow::Result<N> {
    match env::var(name) {
        Ok(text) => {
            text.parse().ok().with_context(|| format!("{name} must be a number, not “{text}”"))
        }
        Err(_) => Ok(default),
    }
}
