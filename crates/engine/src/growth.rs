//! A burst that grows after its trigger makes its moment stronger, never a second one.

use crate::{effect::Moment, second::Seen, time::EventTime, window::Trailing};

/// A burst is followed for so long after its trigger: less than the seven seconds until the call.
const FOLLOWED_MS: i64 = 5_000;

/// A moment whose burst may go on.
#[derive(Debug)]
pub struct Growth {
    moment: Moment,
    /// Its end as it was at the trigger.
    end: EventTime,
    grew: bool,
}

/// What a second more came to.
#[derive(Debug)]
pub enum Step {
    /// It may still grow.
    Goes(Growth),
    /// It is over; the moment as it is now, if it grew.
    Over(Option<Moment>),
}

impl Growth {
    /// Begins to follow a moment.
    #[must_use]
    pub fn of(moment: Moment) -> Self {
        Self { end: moment.end, moment, grew: false }
    }

    /// Takes the second that ended.
    #[must_use]
    pub fn step(mut self, seen: &Seen, window: &Trailing, learning: bool) -> Step {
        let Moment { trigger, start, score, .. } = self.moment;
        if seen.score() > score {
            // What people still react to may last as much longer as they do.
            let end = self.end + seen.end.ms_since(trigger);
            let stronger = seen.moment((start, end), window, learning);
            self.moment = Moment { trigger, ..stronger };
            self.grew = true;
        }
        if seen.end.ms_since(trigger) < FOLLOWED_MS {
            Step::Goes(self)
        } else {
            Step::Over(self.grew.then_some(self.moment))
        }
    }
}
