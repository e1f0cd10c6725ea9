//! How late this machine is. A seed's fast clock runs on while other people's work has the
//! processors or the disk, and then its daemon is starved and not tested. So fewer seeds begin on
//! a machine that is late, and slower ones. Nothing else depends on it: a seed that runs is judged
//! as ever.

use std::{
    collections::VecDeque,
    fs::File,
    io::Write,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use cliphound::crew::blocking;
use cliphound_clock::{Clock, Stopwatch};

/// A beat: a timer of this length, and a small write that reaches the disk.
const BEAT: Duration = Duration::from_millis(50);
/// Beats of so long ago still tell how late the machine is.
const RECENT: Duration = Duration::from_secs(3);
/// Later than this is late. A hundredfold, that is 20 s: what a live clip may be late by.
const LATE: Duration = Duration::from_millis(200);
/// The most that everything is slowed down by.
const MOST: u32 = 8;
/// Beats are kept for so long: no seed takes longer.
const KEPT: Duration = Duration::from_secs(1_800);
/// How often a seed that waits looks whether it may begin.
const LOOK: Duration = Duration::from_millis(100);

/// How late the machine is, and how many seeds run on it.
#[derive(Debug)]
pub struct Pulse {
    since: Stopwatch,
    /// When, counted from the start, and how late.
    beats: Mutex<VecDeque<(Duration, Duration)>>,
    running: AtomicUsize,
    slowed: AtomicUsize,
}

/// A seed that runs.
#[derive(Debug)]
pub struct Turn<'a> {
    pulse: &'a Pulse,
    began: Duration,
    /// How many times faster than real time.
    pub speed: f64,
}

impl Pulse {
    pub fn new() -> Self {
        let (running, slowed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { since: Stopwatch::start(), beats: Mutex::default(), running, slowed }
    }

    /// Beats for ever.
    ///
    /// # Errors
    /// When nothing can be written in this folder.
    pub async fn beat(&self, folder: &Path) -> anyhow::Result<std::convert::Infallible> {
        let file = File::create(folder.join("pulse"))?;
        loop {
            let (stopwatch, mut file) = (Stopwatch::start(), file.try_clone()?);
            Clock::system().sleep(BEAT).await;
            blocking("pulse", move || file.write_all(b".").and_then(|()| file.sync_data()))
                .await??;
            self.note(stopwatch.elapsed().saturating_sub(BEAT));
        }
    }

    fn note(&self, late: Duration) {
        let now = self.since.elapsed();
        let mut beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        beats.push_back((now, late));
        while beats.front().is_some_and(|(at, _)| *at + KEPT < now) {
            beats.pop_front();
        }
    }

    /// The latest beat since then. One that does not come at all is late, too.
    fn worst_since(&self, then: Duration) -> Duration {
        let beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        let last = beats.back().map_or(Duration::ZERO, |(at, _)| *at);
        let missing = self.since.elapsed().saturating_sub(last + BEAT);
        let late = beats.iter().rev().take_while(|(at, _)| *at >= then).map(|(_, late)| *late);
        late.max().unwrap_or_default().max(missing)
    }

    /// How late the machine is now.
    pub fn late(&self) -> Duration {
        self.worst_since(self.since.elapsed().saturating_sub(RECENT))
    }

    /// Waits until one more seed may run. One always may.
    pub async fn turn(&self, at_once: usize, speed: f64) -> Turn<'_> {
        loop {
            let easing = easing(self.late());
            if self.running.load(Relaxed) < most(at_once, easing) {
                self.running.fetch_add(1, Relaxed);
                self.slowed.fetch_add(usize::from(easing > 1), Relaxed);
                let speed = speed / f64::from(easing);
                return Turn { pulse: self, began: self.since.elapsed(), speed };
            }
            Clock::system().sleep(LOOK).await;
        }
    }

    /// Seeds that began slowed down.
    pub fn slowed(&self) -> usize {
        self.slowed.load(Relaxed)
    }

    /// The latest beat of all.
    pub fn worst(&self) -> Duration {
        self.worst_since(Duration::ZERO)
    }
}

impl Turn<'_> {
    /// The latest beat while it ran.
    pub fn worst(&self) -> Duration {
        self.pulse.worst_since(self.began)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.pulse.running.fetch_sub(1, Relaxed);
    }
}

/// By how much everything is slowed down on a machine that is so late.
fn easing(late: Duration) -> u32 {
    let times = late.as_millis() / LATE.as_millis() + 1;
    u32::try_from(times).unwrap_or(MOST).min(MOST)
}

/// How many seeds may run.
fn most(at_once: usize, easing: u32) -> usize {
    (at_once / easing as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_machine_gets_less() {
        let check = |late_ms, expected| {
            let easing = easing(Duration::from_millis(late_ms));
            assert_eq!((easing, most(16, easing)), expected, "{late_ms} ms");
        };
        check(0, (1, 16));
        check(199, (1, 16));
        check(200, (2, 8));
        check(700, (4, 4));
        check(60_000, (8, 2));
        assert_eq!(most(4, 8), 1, "one always may");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_begins_when_the_machine_keeps_up_again() {
        let pulse = Pulse::new();
        pulse.note(Duration::from_secs(9));
        let first = pulse.turn(8, 100.0).await;
        assert_eq!((first.speed, pulse.slowed()), (12.5, 1));
        let mut second = Box::pin(pulse.turn(8, 100.0));
        let clock = Clock::system();
        let waits = tokio::time::timeout(Duration::from_secs(1), &mut second).await;
        assert!(waits.is_err(), "one at a time");
        let beats = async {
            for _ in 0..50 {
                clock.sleep(LOOK).await;
                pulse.note(Duration::ZERO);
            }
        };
        let (second, ()) = tokio::join!(second, beats);
        assert_eq!(second.speed, 100.0);
        assert!(pulse.worst() >= Duration::from_secs(9));
        assert!(second.worst() < LATE, "what was before is none of its own");
        drop((first, second));
        assert_eq!(pulse.running.load(Relaxed), 0);
    }
}
