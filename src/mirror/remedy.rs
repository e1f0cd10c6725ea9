//! The settings that could have caught a miss, the least change first, each tried once on the whole
//! stream. Pure.

use cliphound_engine::{
    EventTime, SENSITIVITY,
    score::{bounds, delay::Delay},
};

use super::{
    By, Highlight, Known, Record,
    compare::is_near,
    seconds::{Fired, Seconds},
};

/// The highest budget that settings take, clips an hour.
const HIGHEST_BUDGET: f32 = 60.0;
/// The shortest cooldown that settings take, seconds.
const SHORTEST_COOLDOWN_S: u32 = 10;
/// Cooldowns are tried in such steps, seconds.
const COOLDOWN_STEP_S: u32 = 10;
/// How far beyond the threshold a burst must go, nats: stored windows tell not quite all that the
/// engine knew.
const MARGIN: f32 = 0.06;
/// A window tells within so many seconds when it reached its score.
const WITHIN_S: u32 = 4;

/// A setting of the channel that can be changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Remedy {
    /// `clips.budget_per_hour`.
    Budget(f32),
    /// `clips.sensitivity`.
    Sensitivity(f32),
    /// `clips.cooldown_s`.
    Cooldown(u32),
}

impl Remedy {
    /// The key of the setting.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Budget(_) => "clips.budget_per_hour",
            Self::Sensitivity(_) => "clips.sensitivity",
            Self::Cooldown(_) => "clips.cooldown_s",
        }
    }

    /// Its value, as one writes it.
    #[must_use]
    pub fn value(self) -> String {
        match self {
            Self::Budget(number) | Self::Sensitivity(number) => number.to_string(),
            Self::Cooldown(seconds) => seconds.to_string(),
        }
    }

    /// What would hold with it; of a cooldown a little more, as it is not known to the second
    /// when something triggers.
    fn with(self, known: Known) -> Known {
        match self {
            Self::Budget(budget_per_hour) => Known { budget_per_hour, ..known },
            Self::Sensitivity(sensitivity) => Known { sensitivity, ..known },
            Self::Cooldown(seconds) => Known { cooldown_s: seconds + 2 * WITHIN_S, ..known },
        }
    }
}

/// All that could be set instead, as far as it was asked for.
pub(super) struct Tries {
    seconds: Seconds,
    known: Known,
    /// Chat's delay in this stream, as far as our moments tell it, ms.
    delay_ms: f32,
    /// When the stream itself begins.
    from_ms: i64,
    /// What would have come of what holds now.
    now: Option<Vec<Fired>>,
    remedies: Vec<(Remedy, Option<Vec<Fired>>)>,
}

/// A setting that would have caught a miss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    /// Which.
    pub(super) remedy: Remedy,
    /// How many moments the stream would have had with it …
    pub(super) moments: usize,
    /// … and with what holds now.
    pub(super) now: usize,
}

impl Tries {
    /// Nothing is tried yet.
    pub(super) fn new(record: &Record<'_>) -> Self {
        let first = record.windows.first().map_or(i64::MIN, |row| row.end_ms);
        Self {
            seconds: Seconds::of(record),
            known: record.known,
            delay_ms: delay_ms(record),
            from_ms: first,
            now: None,
            remedies: remedies(&record.known).into_iter().map(|one| (one, None)).collect(),
        }
    }

    /// Whether it was no time for moments in the window that ends at `end_ms`.
    pub(super) fn is_masked(&self, end_ms: i64) -> bool {
        self.seconds.is_masked(end_ms)
    }

    /// Whether what holds now would have caught it.
    pub(super) fn is_caught_now(&mut self, highlight: &Highlight) -> bool {
        let delay_ms = self.delay_ms;
        catches(self.now(), highlight, delay_ms)
    }

    /// The least change that would have caught it, and the next one, too: with other moments before
    /// it the engine learns a little else, and what hangs on a hair is not advised.
    pub(super) fn least(&mut self, highlight: &Highlight) -> Option<Found> {
        let (from_ms, delay_ms) = (self.from_ms, self.delay_ms);
        let now = moments(self.now(), from_ms);
        let mut before: Option<Found> = None;
        for (remedy, fired) in &mut self.remedies {
            let fired =
                fired.get_or_insert_with(|| self.seconds.rehearse(&remedy.with(self.known)));
            let found = Found { remedy: *remedy, moments: moments(fired, from_ms), now };
            let is_caught = catches(fired, highlight, delay_ms);
            match before.filter(|before| before.remedy.key() == remedy.key()) {
                Some(before) if is_caught => return Some(before),
                _ => before = is_caught.then_some(found),
            }
        }
        None
    }

    /// How many settings were tried.
    #[cfg(test)]
    pub(super) fn tried(&self) -> usize {
        self.remedies.iter().filter(|(_, fired)| fired.is_some()).count()
    }

    fn now(&mut self) -> &[Fired] {
        let (seconds, known) = (&self.seconds, &self.known);
        self.now.get_or_insert_with(|| seconds.rehearse(known))
    }
}

fn moments(fired: &[Fired], from_ms: i64) -> usize {
    fired.iter().filter(|one| one.at_ms >= from_ms).count()
}

/// Whether one of these is surely of the highlight.
fn catches(fired: &[Fired], highlight: &Highlight, delay_ms: f32) -> bool {
    let is_of = |at_ms: i64| {
        let (start, end) = bounds::from_edge(EventTime(at_ms), delay_ms);
        is_near(highlight, start.0, end.0)
    };
    let near = |one: &&Fired| is_of(one.at_ms) && is_of(one.at_ms + i64::from(WITHIN_S) * 1000);
    fired.iter().filter(near).any(|one| one.over >= MARGIN)
}

/// The middle of what our moments tell of chat's delay.
fn delay_ms(record: &Record<'_>) -> f32 {
    let usual_ms = Delay::default().ms();
    let (start, _) = bounds::from_edge(EventTime(0), usual_ms);
    // What the start lies before the trigger, besides the delay.
    let beside_ms = -start.0 - usual_ms as i64;
    let chat = record.ours.iter().filter(|own| own.by == By::Chat);
    let mut delays: Vec<i64> = chat.map(|own| own.trigger_ms - own.start_ms - beside_ms).collect();
    delays.sort_unstable();
    delays.get(delays.len() / 2).map_or(usual_ms, |ms| *ms as f32)
}

/// What is tried, the least change first: a cooldown changes no threshold; a sensitivity that was
/// lowered, by hand or by verdicts, leaves budget unspent; what goes beyond brings more clips.
fn remedies(known: &Known) -> Vec<Remedy> {
    let cooldowns = (SHORTEST_COOLDOWN_S..known.cooldown_s)
        .filter(|seconds| seconds.is_multiple_of(COOLDOWN_STEP_S))
        .rev()
        .map(Remedy::Cooldown);
    let all_of_it = 1.0 / known.taught;
    let (within, beyond): (Vec<f32>, Vec<f32>) =
        sensitivities(known.sensitivity).into_iter().partition(|times| *times <= all_of_it);
    let [within, beyond] = [within, beyond].map(|all| all.into_iter().map(Remedy::Sensitivity));
    let budgets = budgets(known.budget_per_hour).into_iter().map(Remedy::Budget);
    cooldowns.chain(within).chain(budgets).chain(beyond).collect()
}

/// Sensitivities above `now`, about a tenth apart.
fn sensitivities(now: f32) -> Vec<f32> {
    let next = |times: &f32| (times * 22.0).ceil().max((times * 20.0).floor() + 1.0) / 20.0;
    let most = *SENSITIVITY.end();
    std::iter::successors(Some(next(&now)), |times| Some(next(times)))
        .take_while(|times| *times <= most)
        .collect()
}

/// Budgets above `now`: one by one, and about a tenth apart where they are high.
fn budgets(now: f32) -> Vec<f32> {
    let next = |budget: &f32| (budget * 1.1).floor().max(budget.floor() + 1.0);
    std::iter::successors(Some(next(&now)), |budget| Some(next(budget)))
        .take_while(|budget| *budget <= HIGHEST_BUDGET)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_change_comes_first() {
        let known = Known { cooldown_s: 35, budget_per_hour: 8.0, ..Known::default() };
        let all = remedies(&known);
        let first = [Remedy::Cooldown(30), Remedy::Cooldown(20), Remedy::Cooldown(10)];
        assert_eq!(all[..3], first);
        assert_eq!(all[3], Remedy::Budget(9.0));
        assert!(all.len() < 80, "{}", all.len());
        let strict = Known { sensitivity: 0.5, taught: 0.8, ..known };
        assert_eq!(remedies(&strict)[3], Remedy::Sensitivity(0.55));
        let until = |known: &Known| {
            let before =
                remedies(known).into_iter().take_while(|one| !matches!(one, Remedy::Budget(_)));
            before.last()
        };
        assert_eq!(until(&strict), Some(Remedy::Sensitivity(1.2)));
    }

    #[test]
    fn all_are_within_what_settings_take() {
        for now in [0.1_f32, 1.0, 8.0, 59.5, 60.0] {
            let all = budgets(now);
            assert!(all.iter().all(|budget| *budget > now && *budget <= HIGHEST_BUDGET), "{all:?}");
            assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
        }
        for now in [0.25_f32, 1.0, 3.97, 4.0] {
            let all = sensitivities(now);
            assert!(all.iter().all(|times| *times > now && SENSITIVITY.contains(times)), "{all:?}");
            assert!(all.is_sorted_by(|a, b| a < b), "{all:?}");
        }
        assert!(budgets(60.0).is_empty());
    }
}
