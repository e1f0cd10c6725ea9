//! Runs a property in as many cases as asked for, and watches that none hangs or eats memory.

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc::{RecvTimeoutError, sync_channel},
    },
    thread,
    time::Duration,
};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseResult, TestRunner},
};

/// A case that takes longer hangs. They take microseconds, some a millisecond.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most that the process may ever have held, in kB. Inputs have some kB.
const MOST_MEMORY_KB: u64 = 512 * 1024;

/// Holds `property` against values of `strategy`, in `percent` of `PROPTEST_CASES`: dear ones get
/// fewer cases.
pub fn hold<S>(
    name: &'static str,
    percent: u32,
    strategy: S,
    property: impl Fn(S::Value) -> TestCaseResult + Send + 'static,
) where
    S: Strategy + Send + 'static,
    S::Value: Debug,
{
    let asked = Config::default();
    let cases = (u64::from(asked.cases) * u64::from(percent) / 100).max(1);
    let cases = u32::try_from(cases).unwrap_or(u32::MAX);
    let config = Config { cases, failure_persistence: None, ..asked };
    let done = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&done);
    let (tell, told) = sync_channel(1);
    thread::spawn(move || {
        let result = TestRunner::new(config).run(&strategy, |value| {
            counted.fetch_add(1, Relaxed);
            property(value)
        });
        tell.send(result.map_err(|error| error.to_string())).unwrap();
    });
    let mut before = 0;
    loop {
        match told.recv_timeout(PATIENCE) {
            Ok(Ok(())) => break,
            Ok(Err(error)) => panic!("{name}: {error}"),
            Err(RecvTimeoutError::Disconnected) => panic!("{name}: its thread is gone"),
            Err(RecvTimeoutError::Timeout) => {
                let now = done.load(Relaxed);
                assert!(now > before, "{name}: case {now} hangs");
                before = now;
            }
        }
    }
    assert!(memory_kb().is_none_or(|kb| kb <= MOST_MEMORY_KB), "{name}: {:?} kB", memory_kb());
    println!("{name}: {cases} cases");
}

/// The most memory that this process had, where the system tells.
fn memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
