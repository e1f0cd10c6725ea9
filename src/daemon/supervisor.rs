//! Watches over the running daemon: systemd, the statistics line, its end.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use cliphound_clock::Clock;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    sd::{Listener, Systemd},
    status::ClockWatch,
    wiring::Daemon,
};
use crate::{
    config::{Config, Origins},
    crew::{Crew, Late},
    web::At,
};

/// How often the statistics line is logged, in milliseconds.
const STATISTICS_EVERY_MS: i64 = 300_000;
/// How often it is looked whether all tasks are alive, in real time; oftener where systemd
/// wants to hear of it oftener.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What a run does beyond the settings.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// Where to record what the engines are fed.
    pub record: Option<PathBuf>,
    /// Where the settings came from, to follow what changes there; `None`: they stay as they
    /// are.
    pub origins: Option<Origins>,
    /// Told where Cliphound can be looked at, once that is known.
    pub web_at: Option<watch::Sender<Option<At>>>,
}

/// Runs the daemon until `stop`; then ends, usually within five seconds of real time and
/// within twenty at the latest, with everything saved. It needs no network to start.
///
/// # Errors
/// When something it can't do without (folder, database, records, recording) can't be
/// opened, or a part of it failed while it ran: then it is to be started anew, and what
/// could be saved was saved.
pub async fn run(
    config: Config,
    options: RunOptions,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let systemd = Systemd;
    let daemon = Daemon::start(&config, &options, &clock).await?;
    let line = daemon.status.line();
    tracing::info!("{line}");
    systemd.ready(&line);
    let told = || daemon.status.line();
    let outcome = watch(&daemon.parts.crew, told, &systemd, &clock, &stop).await;
    systemd.stopping();
    daemon.parts.end().await;
    outcome
}

/// Watches until `stop` or until a part fails.
async fn watch(
    crew: &Crew,
    line: impl Fn() -> String,
    systemd: &impl Listener,
    clock: &Clock,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let real_time = Clock::system();
    let mut vigil = Vigil::default();
    let mut machine = ClockWatch::default();
    let mut statistics_ms = clock.now_ms() + STATISTICS_EVERY_MS;
    let look_every = systemd.alive_every().map_or(LOOK_EVERY, |every| every.min(LOOK_EVERY));
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = crew.alarm.cancelled() => {
                anyhow::bail!("a part of Cliphound failed; what could be saved is saved: start it again");
            }
            () = clock.sleep_until_ms(statistics_ms) => {
                statistics_ms = clock.now_ms() + STATISTICS_EVERY_MS;
                let line = line();
                tracing::info!("{line}");
                systemd.status(&line);
            }
            () = real_time.sleep(look_every) => {
                machine.look(clock);
                if vigil.all_alive(&crew.late()) {
                    systemd.alive();
                }
            }
        }
    }
}

/// Tells of tasks that hang, once each time.
#[derive(Debug, Default)]
struct Vigil {
    told: BTreeSet<String>,
}

impl Vigil {
    /// Whether none hangs: only then is the watchdog to be fed.
    fn all_alive(&mut self, late: &[Late]) -> bool {
        let now: BTreeSet<String> = late.iter().map(Late::task).collect();
        for late in late.iter().filter(|late| !self.told.contains(&late.task())) {
            tracing::error!(
                task = late.task(),
                silent_s = late.silent_for.as_secs(),
                "a task hangs: the watchdog is not fed until it goes on"
            );
        }
        for task in self.told.difference(&now) {
            tracing::warn!(task, "a task that hung goes on");
        }
        self.told = now;
        self.told.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use tokio::sync::oneshot;

    use super::*;
    use crate::crew::{Post, rest};

    /// Counts what a watchdog is fed.
    #[derive(Default)]
    struct Dog(AtomicU32);

    impl Listener for Dog {
        fn alive_every(&self) -> Option<Duration> {
            None
        }
        fn status(&self, _status: &str) {}
        fn alive(&self) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_feeds_the_watchdog_while_a_task_hangs() {
        let (crew, dog, clock) = (Crew::default(), Dog::default(), Clock::system());
        let (free, is_free) = oneshot::channel::<()>();
        crew.watch(Post::lasting("hangs", Duration::from_secs(12)), async {
            let _ = is_free.await;
            rest(std::future::pending()).await
        });
        let stop = CancellationToken::new();
        let story = async {
            let meals = async |seconds| {
                clock.sleep(Duration::from_secs(seconds)).await;
                dog.0.load(Relaxed)
            };
            assert_eq!(meals(11).await, 2);
            assert_eq!(meals(300).await, 2, "it hangs");
            let _ = free.send(());
            assert!(meals(11).await >= 4, "it goes on");
            stop.cancel();
        };
        let watching = watch(&crew, String::new, &dog, &clock, &stop);
        let (outcome, ()) = tokio::join!(watching, story);
        assert!(outcome.is_ok(), "it was stopped");
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_fails_ends_it_with_an_error() {
        let (crew, dog, clock) = (Crew::default(), Dog::default(), Clock::system());
        crew.watch(Post::passing("chat"), async { panic!("for the test") });
        let watching = watch(&crew, String::new, &dog, &clock, &CancellationToken::new()).await;
        let error = watching.unwrap_err().to_string();
        assert!(error.starts_with("a part of Cliphound failed"), "{error}");
    }

    #[test]
    fn the_watchdog_is_fed_while_nothing_hangs() {
        let late = |name: &'static str| Late { name, about: None, silent_for: LOOK_EVERY };
        let mut vigil = Vigil::default();
        assert!(vigil.all_alive(&[]));
        assert!(!vigil.all_alive(&[late("chat")]));
        assert!(!vigil.all_alive(&[late("chat"), late("clips")]));
        assert!(!vigil.all_alive(&[late("clips")]));
        assert!(vigil.all_alive(&[]));
    }
}
