//! When to ask which service about which place, and what to say when one is down. Pure: times
//! are Unix milliseconds of our clock.

use std::collections::BTreeMap;

use cliphound_engine::hash::fnv1a;
use cliphound_twitch::emotes::{Place, Service};

use super::shelf::Key;

/// Emotes are fetched anew after so long, give or take a tenth.
pub const EVERY_MS: i64 = 3_600_000;
/// The first pause after a failure; it doubles up to [`EVERY_MS`].
const FIRST_PAUSE_MS: i64 = 60_000;
/// Failures in a row, without a success, that make a service down: one may be bad luck.
const DOWN_AFTER: u32 = 2;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With an answer.
    Known,
    /// The service failed.
    Failed,
    /// It is not the time to ask: not before this.
    Later(i64),
}

/// What is worth a line in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The service is down; told once.
    Down,
    /// It answers again; told once.
    Back,
}

#[derive(Debug, Default)]
struct Job {
    due_ms: i64,
    asked_ms: Option<i64>,
    failures: u32,
    flies: bool,
    /// What is under way may be older than what was told since: when to ask again.
    again_at: Option<i64>,
}

#[derive(Debug, Default)]
struct Health {
    /// Failures since the last success.
    failures: u32,
    /// Pauses since the last success.
    pauses: u32,
    /// Nothing is asked before.
    not_before_ms: i64,
    is_down: bool,
    /// Requests under way.
    flying: u32,
}

/// All that is asked, again and again.
#[derive(Debug, Default)]
pub struct Timetable {
    jobs: BTreeMap<Key, Job>,
    health: BTreeMap<Service, Health>,
}

impl Timetable {
    /// Asks about a place from now on.
    pub fn add(&mut self, key: Key, now_ms: i64) {
        self.jobs.entry(key).or_insert(Job { due_ms: now_ms, ..Job::default() });
    }

    /// Asks about a place no more; what is under way about it comes to nothing.
    pub fn remove(&mut self, place: &Place) {
        self.retain(|(_, known)| known != place);
    }

    /// Asks no service but these any more.
    pub fn keep(&mut self, services: &[Service]) {
        self.retain(|(service, _)| services.contains(service));
    }

    fn retain(&mut self, stays: impl Fn(&Key) -> bool) {
        let health = &mut self.health;
        self.jobs.retain(|key, job| {
            let (stays, service) = (stays(key), &key.0);
            if !stays
                && job.flies
                && let Some(health) = health.get_mut(service)
            {
                health.flying = health.flying.saturating_sub(1);
            }
            stays
        });
    }

    /// Asks about a place now instead of in its time, but not within `gap_ms` of the last time.
    /// While it is being asked about, that is once more: the answer may be older than the news.
    pub fn hurry(&mut self, key: &Key, now_ms: i64, gap_ms: i64) {
        if let Some(job) = self.jobs.get_mut(key) {
            let earliest = job.asked_ms.map_or(now_ms, |asked_ms| asked_ms + gap_ms);
            if job.flies {
                job.again_at = Some(job.again_at.map_or(earliest, |at| at.min(earliest)));
            } else {
                job.due_ms = job.due_ms.min(earliest.max(now_ms));
            }
        }
    }

    /// Emotes of a place were told: an answer that is under way may not know them yet, so it is
    /// asked for once more, at least `gap_ms` after it.
    pub fn told(&mut self, key: &Key, now_ms: i64, gap_ms: i64) {
        if self.jobs.get(key).is_some_and(|job| job.flies) {
            self.hurry(key, now_ms, gap_ms);
        }
    }

    /// Whether a place is asked about.
    pub fn has(&self, key: &Key) -> bool {
        self.jobs.contains_key(key)
    }

    /// The places that a service is asked about.
    pub fn of(&self, service: Service) -> Vec<Key> {
        self.jobs.keys().filter(|(s, _)| *s == service).cloned().collect()
    }

    /// What to ask now; it is under way until [`Timetable::done`]. Of a service that failed,
    /// one thing at a time.
    pub fn next(&mut self, now_ms: i64) -> Option<Key> {
        let is_ready =
            |(key, job): &(&Key, &Job)| self.ready_ms(key, job).is_some_and(|at| at <= now_ms);
        let ready = self.jobs.iter().filter(is_ready);
        let key = ready.min_by_key(|(_, job)| job.due_ms)?.0.clone();
        let job = self.jobs.get_mut(&key)?;
        job.flies = true;
        self.health.entry(key.0).or_default().flying += 1;
        job.asked_ms = Some(now_ms);
        Some(key)
    }

    /// When [`Timetable::next`] has something, if nothing that is under way changes it.
    #[must_use]
    pub fn next_at(&self) -> Option<i64> {
        self.jobs.iter().filter_map(|(key, job)| self.ready_ms(key, job)).min()
    }

    /// How an attempt ended.
    pub fn done(&mut self, key: &Key, outcome: Outcome, now_ms: i64) -> Option<News> {
        let job = self.jobs.get_mut(key)?;
        job.flies = false;
        let again_at = job.again_at.take();
        let health = self.health.entry(key.0).or_default();
        health.flying = health.flying.saturating_sub(1);
        match outcome {
            Outcome::Later(at_ms) => {
                job.due_ms = at_ms.max(now_ms + 1_000);
                None
            }
            Outcome::Known => {
                let in_time_ms = now_ms + jittered(EVERY_MS, key, now_ms);
                job.due_ms = again_at.map_or(in_time_ms, |at_ms| at_ms.max(now_ms).min(in_time_ms));
                job.failures = 0;
                let was_down = health.is_down;
                *health = Health { flying: health.flying, ..Health::default() };
                was_down.then_some(News::Back)
            }
            Outcome::Failed => {
                job.failures += 1;
                job.due_ms = now_ms + jittered(pause(job.failures), key, now_ms);
                health.failures += 1;
                // What was under way when it failed is no second failure of it.
                if now_ms >= health.not_before_ms {
                    health.pauses += 1;
                    health.not_before_ms = now_ms + jittered(pause(health.pauses), key, now_ms);
                }
                let is_news = health.failures >= DOWN_AFTER && !health.is_down;
                health.is_down |= is_news;
                is_news.then_some(News::Down)
            }
        }
    }

    /// When a job may be asked; `None` while something else has to end first.
    fn ready_ms(&self, key: &Key, job: &Job) -> Option<i64> {
        if job.flies {
            return None;
        }
        let Some(health) = self.health.get(&key.0).filter(|health| health.failures > 0) else {
            return Some(job.due_ms);
        };
        (health.flying == 0).then(|| job.due_ms.max(health.not_before_ms))
    }
}

fn pause(failures: u32) -> i64 {
    FIRST_PAUSE_MS.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(EVERY_MS)
}

/// A tenth more or less, so that places and daemons do not all ask at once.
fn jittered(ms: i64, (service, place): &Key, now_ms: i64) -> i64 {
    let share = fnv1a(format!("{service}{place:?}{now_ms}").as_bytes()) % 201;
    ms / 10 * 9 + ms / 1_000 * i64::try_from(share).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn key(service: Service, id: &str) -> Key {
        (service, Place::channel(id).unwrap())
    }

    #[test]
    fn places_are_asked_about_every_hour() {
        let mut table = Timetable::default();
        let key = key(Service::Ffz, "5");
        table.add(key.clone(), 0);
        assert_eq!(table.next(0), Some(key.clone()));
        assert_eq!((table.next(0), table.next_at()), (None, None), "it is under way");
        assert_eq!(table.done(&key, Outcome::Known, 0), None);
        let next = table.next_at().unwrap();
        assert!((54 * MINUTE..=66 * MINUTE).contains(&next), "{next}");
        table.add(key.clone(), 1);
        assert_eq!(table.next_at(), Some(next), "it is known already");
        table.hurry(&key, MINUTE, 5 * MINUTE);
        assert_eq!(table.next_at(), Some(5 * MINUTE));
        assert_eq!(table.next(5 * MINUTE), Some(key));
    }

    #[test]
    fn a_place_that_is_gone_is_not_asked_about() {
        let mut table = Timetable::default();
        let [gone, stays] = ["5", "6"].map(|id| key(Service::Ffz, id));
        table.add(gone.clone(), 0);
        table.add(stays.clone(), 0);
        assert_eq!(table.next(0), Some(gone.clone()));
        table.remove(&gone.1);
        assert_eq!(table.done(&gone, Outcome::Failed, 0), None);
        assert_eq!((table.next(0), table.next(0)), (Some(stays.clone()), None));
        assert_eq!(table.of(Service::Ffz), [stays]);
    }

    #[test]
    fn news_during_a_fetch_are_fetched_after_it() {
        let check = |gaps: &[i64], only_told: bool, outcome, expected: std::ops::Range<i64>| {
            let mut table = Timetable::default();
            let key = key(Service::SevenTv, "5");
            table.add(key.clone(), 0);
            table.next(0).unwrap();
            for gap_ms in gaps {
                let hear = if only_told { Timetable::told } else { Timetable::hurry };
                hear(&mut table, &key, 2_000, *gap_ms);
            }
            assert_eq!(table.next_at(), None, "one at a time");
            table.done(&key, outcome, 4_000);
            let next = table.next_at().unwrap();
            assert!(expected.contains(&next), "{gaps:?} {outcome:?}: {next}");
            table.next(next).unwrap();
            table.done(&key, Outcome::Known, next);
            assert!(table.next_at().unwrap() > next + 50 * MINUTE, "once more is enough");
        };
        let exactly = |at_ms| at_ms..at_ms + 1;
        for only_told in [false, true] {
            check(&[30_000], only_told, Outcome::Known, exactly(30_000));
            check(&[300_000, 30_000, 300_000], only_told, Outcome::Known, exactly(30_000));
            check(&[3_000], only_told, Outcome::Known, exactly(4_000));
            // Nothing was overwritten, and the next attempt asks after the news anyway.
            check(&[3_000], only_told, Outcome::Failed, 50_000..80_000);
            check(&[3_000], only_told, Outcome::Later(9_000), exactly(9_000));
            check(&[], only_told, Outcome::Known, 54 * MINUTE..67 * MINUTE);
        }
    }

    #[test]
    fn emotes_told_between_fetches_need_no_fetch() {
        let mut table = Timetable::default();
        let key = key(Service::SevenTv, "5");
        table.add(key.clone(), 0);
        table.next(0).unwrap();
        table.done(&key, Outcome::Known, 0);
        let next = table.next_at();
        table.told(&key, MINUTE, 30_000);
        assert_eq!(table.next_at(), next);
    }

    #[test]
    fn a_service_that_is_down_is_told_once_and_asked_ever_less() {
        let mut table = Timetable::default();
        for id in ["1", "2", "3"] {
            table.add(key(Service::SevenTv, id), 0);
        }
        table.add(key(Service::Bttv, "1"), 0);
        let flying: Vec<Key> = std::iter::from_fn(|| table.next(0)).collect();
        assert_eq!(flying.len(), 4);
        let seventv = flying.iter().filter(|(service, _)| *service == Service::SevenTv);
        let told: Vec<_> = seventv.map(|key| table.done(key, Outcome::Failed, 0)).collect();
        assert_eq!(told, [None, Some(News::Down), None]);
        table.done(&key(Service::Bttv, "1"), Outcome::Known, 0);
        let mut asked = Vec::new();
        while asked.len() < 9 {
            let now = table.next_at().unwrap();
            let Some(key) = table.next(now) else { panic!("nothing at {now}") };
            if key.0 == Service::Bttv {
                table.done(&key, Outcome::Known, now);
                continue;
            }
            assert_eq!(table.next(now), None, "one at a time");
            assert_eq!(table.done(&key, Outcome::Failed, now), None);
            asked.push(now);
        }
        let gaps: Vec<i64> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| *gap <= 66 * MINUTE), "{gaps:?}");
        assert!(gaps[0] < gaps[2] && gaps[6] >= 50 * MINUTE, "{gaps:?}");
        let back = loop {
            let now = table.next_at().unwrap();
            let key = table.next(now).unwrap();
            let told = table.done(&key, Outcome::Known, now);
            if key.0 == Service::SevenTv {
                break told;
            }
        };
        assert_eq!(back, Some(News::Back));
    }

    #[test]
    fn one_failure_is_no_news_and_later_is_no_failure() {
        let mut table = Timetable::default();
        let key = key(Service::Twitch, "5");
        table.add(key.clone(), 0);
        for outcome in [Outcome::Failed, Outcome::Known, Outcome::Failed, Outcome::Later(9)] {
            let now = table.next_at().unwrap();
            table.next(now).unwrap();
            assert_eq!(table.done(&key, outcome, now), None, "{outcome:?}");
        }
    }
}
