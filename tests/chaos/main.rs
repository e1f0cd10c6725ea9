//! Never a moment lost, never a clip twice: the real daemon in storms and under kill -9,
//! thousands of seeds of it. `docs/chaos.md` says how to run it and how to read it.

mod crowd;
mod daemon;
mod dead;
mod evidence;
mod judge;
mod lines;
mod person;
mod plan;
mod pulse;
mod seed;
mod settings;
mod twitch;

use settings::Settings;

#[test]
fn nothing_is_lost_and_nothing_made_twice() {
    let settings = Settings::from_environment().unwrap_or_else(|error| panic!("{error:#}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let sum = runtime.block_on(crowd::run(&settings)).unwrap_or_else(|error| panic!("{error:#}"));
    eprintln!("{sum}");
    assert!(sum.failed.is_empty(), "{} of {} seeds failed", sum.failed.len(), sum.seeds);
}
