//! The forest's schooling: which windows it sees, and when it is trained.

use std::collections::VecDeque;

use crate::{
    forest::{Reservoir, Voter},
    score::features::{FEATURES, Vector},
    time::EventTime,
};

/// One window in so many seconds may enter the reservoir.
const SAMPLE_EVERY_S: i64 = 5;
/// A window waits so long before it enters: a moment that comes meanwhile keeps it out.
const WAIT_MS: i64 = 60_000;
/// After a trigger no window enters for so long.
const AFTER_MOMENT_MS: i64 = 60_000;
/// A forest is trained again after so many seconds.
const TRAIN_EVERY_S: i64 = 600;

/// Keeps the reservoir's candidates waiting and the forest up to date.
#[derive(Debug, Default)]
pub struct Learner {
    voter: Option<Voter<FEATURES>>,
    waiting: VecDeque<(EventTime, Vector)>,
    /// No window before this instant enters.
    closed_until: Option<EventTime>,
    /// Seconds since the forest was trained.
    age_s: i64,
}

impl Learner {
    /// The forest that votes now.
    #[must_use]
    pub fn voter(&self) -> Option<&Voter<FEATURES>> {
        self.voter.as_ref()
    }

    /// Trains at once from what is known already, at the start of a run.
    pub fn prepare(&mut self, reservoir: &Reservoir<FEATURES>, seed: u64) {
        self.voter = Voter::train(reservoir.points(), seed);
    }

    /// A moment was found: the windows around it are not usual ones.
    pub fn moment(&mut self, now: EventTime) {
        self.waiting.clear();
        self.closed_until = Some(now + AFTER_MOMENT_MS);
    }

    /// Takes the window of one second; true when a new forest votes from now on.
    pub fn second(
        &mut self,
        now: EventTime,
        point: impl FnOnce() -> Vector,
        reservoir: &mut Reservoir<FEATURES>,
        seed: u64,
    ) -> bool {
        if now.0.div_euclid(1000) % SAMPLE_EVERY_S == 0
            && self.closed_until.is_none_or(|until| now >= until)
        {
            self.waiting.push_back((now, point()));
        }
        while self.waiting.front().is_some_and(|(at, _)| now.ms_since(*at) >= WAIT_MS) {
            if let Some((_, point)) = self.waiting.pop_front() {
                reservoir.add(point);
            }
        }
        self.age_s += 1;
        if self.voter.is_some() && self.age_s < TRAIN_EVERY_S {
            return false;
        }
        let Some(voter) = Voter::train(reservoir.points(), seed) else { return false };
        self.voter = Some(voter);
        self.age_s = 0;
        true
    }
}
