//! Somebody who sits beside it and mends what only a person can: logs in again after Twitch has
//! revoked the token, as often as it takes.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use anyhow::bail;
use cliphound_clock::Clock;
use tokio::time::timeout;

use crate::{
    daemon::{appended, cliphound},
    plan::Plan,
    seed::SETTLES_WITHIN,
    twitch::Twitch,
};

/// What `login` told them.
const TOLD: &str = "person.txt";
/// Real time after which they break a log-in off that comes to nothing, and try again.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause before they do, Twitch's time.
const PAUSE: Duration = Duration::from_secs(5);
/// How often they look whether it is time, in real time.
const LOOK: Duration = Duration::from_millis(5);

/// Logs in as the plan says; how often that was. The last log-in is made when it is over.
///
/// # Errors
/// When nobody can log in, though the weather is fair.
pub async fn log_in_again(
    plan: &Plan,
    twitch: &Twitch,
    dir: &Path,
    over: &AtomicBool,
) -> anyhow::Result<usize> {
    for log_in in &plan.log_ins {
        until(|| over.load(Relaxed) || twitch.brought(plan) > log_in.gust).await;
        let at_ms = twitch.clock.now_ms() + log_in.after_ms;
        until(|| over.load(Relaxed) || twitch.clock.now_ms() >= at_ms).await;
        until_logged_in(plan, twitch, dir, over).await?;
    }
    Ok(plan.log_ins.len())
}

async fn until(is_time: impl Fn() -> bool) {
    while !is_time() {
        Clock::system().sleep(LOOK).await;
    }
}

async fn until_logged_in(
    plan: &Plan,
    twitch: &Twitch,
    dir: &Path,
    over: &AtomicBool,
) -> anyhow::Result<()> {
    let mut fair_ms = None;
    while !log_in(plan, twitch, dir).await? {
        let now_ms = Clock::system().now_ms();
        if over.load(Relaxed) {
            let waited_ms = now_ms - *fair_ms.get_or_insert(now_ms);
            if u128::try_from(waited_ms).unwrap_or(0) > SETTLES_WITHIN.as_millis() {
                bail!("in fair weather nobody can log in: see {TOLD}");
            }
        }
        twitch.clock.sleep(PAUSE).await;
    }
    Ok(())
}

/// Whether a log-in succeeded.
async fn log_in(plan: &Plan, twitch: &Twitch, dir: &Path) -> anyhow::Result<bool> {
    let mut command = cliphound(dir, &twitch.environment(plan));
    command.args(["login", "--no-browser"]);
    let (out, err) = (appended(&dir.join(TOLD))?, appended(&dir.join(TOLD))?);
    let mut login = command.stdout(out).stderr(err).spawn()?;
    match timeout(PATIENCE, login.wait()).await {
        Ok(status) => Ok(status?.success()),
        Err(_) => {
            login.kill().await?;
            Ok(false)
        }
    }
}
