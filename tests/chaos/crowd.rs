//! Many seeds at once, a line for each that failed, and the sum of all.

use std::{collections::BTreeMap, fmt, fs, path::Path, time::Duration};

use cliphound_clock::Clock;
use futures_util::StreamExt;

use crate::{
    judge::Excuse,
    plan::{Plan, Seed},
    pulse::{Pulse, Turn},
    seed::{Outcome, run as run_seed},
    settings::Settings,
};

const DAY_MS: i64 = 86_400_000;
/// A fast clock starts anew at midnight (UTC): no seed begins so shortly before, in real time; one
/// that is slowed down takes longer.
const BEFORE_MIDNIGHT_MS: i64 = 300_000;
/// Reasons that are shown, the most frequent first.
const REASONS: usize = 12;
/// How often a line tells how far it is, real milliseconds.
const TOLD_EVERY_MS: i64 = 10_000;

/// What all seeds together came to.
#[derive(Debug, Default)]
pub struct Sum {
    pub seeds: usize,
    pub failed: Vec<Seed>,
    kills: usize,
    log_ins: usize,
    clips: usize,
    moments: usize,
    intents: BTreeMap<&'static str, usize>,
    /// Why there is no clip.
    reasons: BTreeMap<String, usize>,
    excused: BTreeMap<Excuse, u32>,
    seconds: i64,
    /// Seeds that were slowed down, and the most that the machine was late by.
    slowed: usize,
    late: Duration,
}

/// Runs all seeds.
pub async fn run(settings: &Settings) -> anyhow::Result<Sum> {
    fs::create_dir_all(&settings.folder)?;
    let pulse = Pulse::new();
    tokio::select! {
        sum = all(settings, &pulse) => Ok(sum),
        stopped = pulse.beat(&settings.folder) => stopped.map(|never| match never {}),
    }
}

async fn all(settings: &Settings, pulse: &Pulse) -> Sum {
    let (clock, all) = (Clock::system(), settings.seeds.len());
    let started_ms = clock.now_ms();
    let seeds = settings.seeds.iter().enumerate();
    let jobs = seeds.map(|(number, seed)| one(settings, pulse, number, *seed));
    let mut done = futures_util::stream::iter(jobs).buffer_unordered(settings.at_once);
    let (mut sum, mut told_ms) = (Sum::default(), started_ms);
    while let Some((seed, outcome)) = done.next().await {
        sum.add(seed, outcome);
        sum.seconds = (clock.now_ms() - started_ms) / 1000;
        if clock.now_ms() - told_ms > TOLD_EVERY_MS {
            told_ms = clock.now_ms();
            let (failed, late) = (sum.failed.len(), pulse.late().as_millis());
            eprintln!(
                "{} of {all} seeds in {} s, {failed} failed; the machine is late by {late} ms",
                sum.seeds, sum.seconds
            );
        }
    }
    (sum.slowed, sum.late) = (pulse.slowed(), pulse.worst());
    sum
}

async fn one(
    settings: &Settings,
    pulse: &Pulse,
    number: usize,
    seed: Seed,
) -> (Seed, Option<Outcome>) {
    let turn = pulse.turn(settings.at_once, settings.speed).await;
    not_at_midnight(settings.speed / turn.speed).await;
    let plan = Plan::new(seed);
    let name = format!("{}-{}-{number}", seed.kind.word(), seed.number);
    let dir = settings.folder.join(name);
    let _ = fs::remove_dir_all(&dir);
    let outcome = match fs::create_dir_all(&dir) {
        Ok(()) => run_seed(&plan, &dir, turn.speed).await,
        Err(error) => Err(error.into()),
    };
    let complaints = match &outcome {
        Ok(outcome) => outcome.verdict.complaints.clone(),
        Err(error) => vec![format!("{error:#}")],
    };
    if complaints.is_empty() {
        let _ = fs::remove_dir_all(&dir);
    } else {
        tell_failure(&plan, &dir, &complaints, outcome.as_ref().ok(), &turn);
    }
    (seed, outcome.ok().filter(|_| complaints.is_empty()))
}

/// What failed, its plan, where its files are, and how it is run again.
fn tell_failure(
    plan: &Plan,
    dir: &Path,
    complaints: &[String],
    outcome: Option<&Outcome>,
    turn: &Turn<'_>,
) {
    let list: String = complaints.iter().map(|complaint| format!("  - {complaint}\n")).collect();
    let clips = outcome.map(|outcome| serde_json::to_string_pretty(&outcome.evidence.clips));
    if let Some(Ok(clips)) = clips {
        let _ = fs::write(dir.join("clips-on-twitch.json"), clips);
    }
    let kills = outcome.map(|outcome| &outcome.evidence.kills_ms);
    let (speed, late) = (turn.speed, turn.worst().as_millis());
    let told = format!(
        "{plan}  kills at {kills:?}\n  at speed {speed}, on a machine that was late by up to {late} ms\n{list}"
    );
    let _ = fs::write(dir.join("failure.txt"), &told);
    let (seed, dir) = (plan.seed, dir.display());
    eprintln!(
        "{seed} FAILED\n{told}  its folder and its log.txt: {dir}\n  again: CHAOS_SEED={seed} CHAOS_REPEAT=20 cargo test --test chaos -- --nocapture"
    );
}

/// Waits for the new day when this one is nearly over.
async fn not_at_midnight(slowed_by: f64) {
    let left_ms = DAY_MS - Clock::system().now_ms().rem_euclid(DAY_MS);
    if left_ms < (BEFORE_MIDNIGHT_MS as f64 * slowed_by) as i64 {
        let left = Duration::from_millis(left_ms.unsigned_abs() + 1_000);
        Clock::system().sleep(left).await;
    }
}

impl Sum {
    fn add(&mut self, seed: Seed, outcome: Option<Outcome>) {
        self.seeds += 1;
        let Some(Outcome { evidence, verdict }) = outcome else {
            self.failed.push(seed);
            return;
        };
        self.kills += evidence.kills_ms.len() / 2;
        self.log_ins += evidence.log_ins;
        self.clips += evidence.clips.len();
        self.moments += evidence.moments.len();
        for intent in &evidence.intents {
            *self.intents.entry(intent.state.as_str()).or_default() += 1;
            if intent.clip_id.is_none() {
                let reason = intent.reason.clone().unwrap_or_default();
                *self.reasons.entry(reason).or_default() += 1;
            }
        }
        for (excuse, count) in verdict.excused {
            *self.excused.entry(excuse).or_default() += count;
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seeds, failed, kills, log_ins, clips, moments, intents, seconds, .. } = self;
        writeln!(
            f,
            "{seeds} seeds with {kills} kills and {log_ins} log-ins in {seconds} s; {} failed",
            failed.len()
        )?;
        writeln!(f, "moments: {moments}; clips on Twitch: {clips}; intents: {intents:?}")?;
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (reason, count) in reasons.iter().take(REASONS) {
            writeln!(f, "{count:>6} without a clip: {reason}")?;
        }
        let (slowed, late) = (self.slowed, self.late.as_millis());
        writeln!(f, "slowed down: {slowed} seeds; the machine was late by up to {late} ms")?;
        write!(f, "explained by what is documented: {:?}", self.excused)?;
        for seed in failed {
            write!(f, "\nfailed: CHAOS_SEED={seed}")?;
        }
        Ok(())
    }
}
