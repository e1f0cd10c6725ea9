//! The forest's schooling: which windows it sees, and when it is trained.

use std::collections::VecDeque;

use crate::{
    forest::{Reservoir, Voter},
    score::crowd::{Crowd, FIGURES, Point},
    time::EventTime,
    window::Counts,
};

/// One window in so many seconds may enter the reservoir.
const SAMPLE_EVERY_S: i64 = 5;
/// A window waits so long before it enters: a lift that comes meanwhile keeps it out.
const WAIT_MS: i64 = 60_000;
/// After a lift no window enters for so long.
const AFTER_LIFT_MS: i64 = 60_000;
/// Nats of the rules that are a lift, whether it triggered or the forest spoke against it: else
/// it would learn the second raffle of an evening from the first. Half of the usual threshold.
const LIFT: f32 = 0.5;
/// A forest is trained again after so many seconds, then after twice as many …
const FIRST_TRAINING_S: i64 = 300;
/// … and so on, up to this.
const TRAIN_EVERY_S: i64 = 3600;
/// Windows of its own that make a channel known: 15 minutes at one in five seconds.
const KNOWN_FROM: usize = 180;

/// Knows the usual crowd, keeps the reservoir's candidates waiting and the forest up to date.
#[derive(Debug)]
pub struct Learner {
    crowd: Crowd,
    voter: Option<Voter<FIGURES>>,
    waiting: VecDeque<(EventTime, Point)>,
    /// No window before this instant enters.
    closed_until: Option<EventTime>,
    /// Seconds since the forest was trained.
    age_s: i64,
    /// Seconds after which it is trained again.
    next_s: i64,
}

impl Learner {
    /// A learner whose forest votes at once, from what is known already and what was invented.
    #[must_use]
    pub fn new(reservoir: &Reservoir<FIGURES>, seed: u64) -> Self {
        let known = is_known(reservoir);
        Self {
            crowd: Crowd::default(),
            voter: Voter::train(reservoir.points(), seed),
            waiting: VecDeque::new(),
            closed_until: None,
            age_s: 0,
            next_s: if known { TRAIN_EVERY_S } else { FIRST_TRAINING_S },
        }
    }

    /// The forest that votes now.
    #[must_use]
    pub fn voter(&self) -> Option<&Voter<FIGURES>> {
        self.voter.as_ref()
    }

    /// The crowd of a window against the usual one.
    #[must_use]
    pub fn point(&self, counts: &Counts) -> Point {
        self.crowd.point(counts)
    }

    /// A moment was found: the windows around it are not usual ones.
    pub fn moment(&mut self, now: EventTime) {
        self.waiting.clear();
        self.closed_until = Some(now + AFTER_LIFT_MS);
    }

    /// Takes the window of one second, and what the rules see in it; true when a new forest
    /// votes from now on.
    pub fn second(
        &mut self,
        now: EventTime,
        counts: &Counts,
        rules: f32,
        reservoir: &mut Reservoir<FIGURES>,
        seed: u64,
    ) -> bool {
        if rules >= LIFT {
            self.moment(now);
        }
        if now.0.div_euclid(1000) % SAMPLE_EVERY_S == 0
            && self.closed_until.is_none_or(|until| now >= until)
        {
            self.waiting.push_back((now, self.crowd.point(counts)));
        }
        self.crowd.learn(counts);
        while self.waiting.front().is_some_and(|(at, _)| now.ms_since(*at) >= WAIT_MS) {
            if let Some((_, point)) = self.waiting.pop_front() {
                reservoir.add(point);
            }
        }
        self.age_s += 1;
        if self.age_s < self.next_s {
            return false;
        }
        self.age_s = 0;
        self.next_s = (2 * self.next_s).min(TRAIN_EVERY_S);
        self.voter = Voter::train(reservoir.points(), seed);
        true
    }
}

/// Whether the reservoir holds enough of a channel to speak of its usual chat.
#[must_use]
pub fn is_known(reservoir: &Reservoir<FIGURES>) -> bool {
    reservoir.points().len() >= KNOWN_FROM
}
