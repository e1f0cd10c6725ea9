//! What is known of one channel: when it was live, when it was heard, when moments were held
//! back. From that follow its gaps. Pure.
//!
//! What becomes known later puts right what was thought before: a connection was dead since
//! its last sign of life, a stream was live since it began.

use cliphound_engine::Live;
use cliphound_store::{Kind, Stretch};

use super::{cause::Cause, timeline::Timeline};

/// What is not known for so long before a channel turns out to be off line was off line, too:
/// Twitch was about to be asked.
const SOON_MS: i64 = 600_000;
/// Chat that was left out makes a gap of so long.
const OVERFLOW_MS: i64 = 1_000;
/// Kept in memory, where it can be put right: the longest streams that Twitch allows.
pub const KEEP_MS: i64 = 48 * 3_600_000;
/// Stretches of one kind kept in memory; of more, the older half is final.
pub const MOST_STRETCHES: usize = 2_048;

/// Whether a channel was live, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// It was not followed, or Cliphound did not run.
    Nothing,
    Unknown,
    Online,
    Offline,
}

/// How an earlier run left a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Its last sign of life.
    pub until_ms: i64,
    /// Why it was not watched from then on.
    pub cause: Cause,
}

/// One channel. Times are Unix milliseconds on our clock and never go back: an earlier one
/// counts as the latest.
#[derive(Debug, Clone)]
pub struct Ledger {
    live: Timeline<Known>,
    /// Why it was not heard; `None`: it was.
    heard: Timeline<Option<Cause>>,
    held: Timeline<bool>,
    now_ms: i64,
    /// Since when it is followed; `None`: that is forgotten.
    start_ms: Option<i64>,
    /// Where stretches are cut in two: what is before will be forgotten.
    cut_ms: Option<i64>,
}

/// The stretches of a channel, of each kind in order of time.
pub type Stretches = [(Kind, Vec<Stretch>); 3];

impl Ledger {
    /// A channel that is followed from `now_ms` on, and was by an earlier run up to `before`.
    #[must_use]
    pub fn new(now_ms: i64, before: Option<Before>) -> Self {
        let mut ledger = Self {
            live: Timeline::new(now_ms, Known::Unknown),
            heard: Timeline::new(now_ms, Some(Cause::Joining)),
            held: Timeline::new(now_ms, false),
            now_ms,
            start_ms: Some(now_ms),
            cut_ms: None,
        };
        if let Some(before) = before {
            ledger.resume(before);
        }
        ledger
    }

    /// An earlier run followed it up to `before`, also where another time was thought of. Later
    /// than its own start means: up to there. Nothing changes once the start is forgotten.
    pub fn resume(&mut self, before: Before) {
        let Some(start_ms) = self.start_ms else { return };
        let until_ms = before.until_ms.min(start_ms);
        self.live.begin(until_ms, Known::Nothing);
        self.heard.begin(until_ms, Some(before.cause));
        self.held.begin(until_ms, false);
    }

    /// Time passes.
    pub fn tick(&mut self, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
    }

    /// It is heard from now on.
    pub fn joined(&mut self, now_ms: i64) {
        self.tick(now_ms);
        self.heard.set_from(self.now_ms, None);
    }

    /// It is not heard any more, and was not since the last sign of life at `alive_ms`. What
    /// is a gap already keeps its cause.
    pub fn lost(&mut self, now_ms: i64, alive_ms: Option<i64>, cause: Cause) {
        self.tick(now_ms);
        if let Some(alive_ms) = alive_ms {
            self.heard.change(alive_ms, self.now_ms, |gap| gap.or(Some(cause)));
        }
        self.heard.set_from(self.now_ms, Some(cause));
    }

    /// Twitch says why it does not let us in.
    pub fn refused(&mut self, now_ms: i64) {
        self.tick(now_ms);
        if let Some((from_ms, Some(Cause::Joining | Cause::Refused))) = self.heard.last() {
            self.heard.set_from(from_ms, Some(Cause::Refused));
        }
    }

    /// Some of its chat was left out.
    pub fn overflowed(&mut self, now_ms: i64) {
        self.tick(now_ms);
        let until_ms = self.now_ms + OVERFLOW_MS;
        self.heard.change(self.now_ms, until_ms, |gap| gap.or(Some(Cause::Overflow)));
    }

    /// Nobody took what was heard from `from_ms` on; now somebody does.
    pub fn failed(&mut self, now_ms: i64, from_ms: i64) {
        self.tick(now_ms);
        self.heard.change(from_ms, self.now_ms, |gap| gap.or(Some(Cause::Failed)));
    }

    /// Nothing ran since `from_ms`, whatever was told at the awakening already.
    pub fn slept(&mut self, now_ms: i64, from_ms: i64) {
        self.tick(now_ms);
        self.heard.change(from_ms, self.now_ms, |gap| gap.or(Some(Cause::Asleep)));
        self.live.change(from_ms, self.now_ms, |live| match live {
            Known::Online => Known::Unknown,
            other => other,
        });
    }

    /// Twitch says whether it is live, and since when the stream is.
    pub fn live(&mut self, now_ms: i64, live: Live, since_ms: Option<i64>) {
        self.tick(now_ms);
        match live {
            Live::Online => {
                let since_ms = since_ms.unwrap_or(self.now_ms).min(self.now_ms);
                self.live.set_from(since_ms, Known::Online);
            }
            Live::Offline => {
                if let Some((from_ms, Known::Unknown)) = self.live.last()
                    && self.now_ms - from_ms < SOON_MS
                {
                    self.live.set_from(from_ms, Known::Offline);
                }
                self.live.set_from(self.now_ms, Known::Offline);
            }
            Live::Unknown => self.live.set_from(self.now_ms, Known::Unknown),
        }
    }

    /// Moments are held back from now on, or come again.
    pub fn held(&mut self, now_ms: i64, is_held: bool) {
        self.tick(now_ms);
        self.held.set_from(self.now_ms, is_held);
    }

    /// The stretches so far: when it was followed and whether it was live, its gaps, and when
    /// moments were held back. A gap lies in one stretch of the first kind, which says that
    /// it was live or that this is not known.
    #[must_use]
    pub fn stretches(&self) -> Stretches {
        let word = |known| match known {
            Known::Nothing => None,
            Known::Unknown => Some("unknown"),
            Known::Online => Some("online"),
            Known::Offline => Some("offline"),
        };
        let live = self.live.stretches(self.now_ms);
        let live = live.filter_map(|(from, to, known)| Some((from, to, word(known)?)));
        let held = self.held.stretches(self.now_ms).filter(|(_, _, is_held)| *is_held);
        [
            (Kind::Live, self.named(live)),
            (Kind::Gap, self.named(self.gaps().into_iter())),
            (Kind::Held, self.named(held.map(|(from, to, _)| (from, to, "held")))),
        ]
    }

    /// Time in which it was not heard and may have been live.
    fn gaps(&self) -> Vec<(i64, i64, &'static str)> {
        let may_be_live = |known: &Known| matches!(known, Known::Unknown | Known::Online);
        let live: Vec<_> =
            self.live.stretches(self.now_ms).filter(|(_, _, known)| may_be_live(known)).collect();
        let mut gaps = Vec::new();
        let mut first = 0;
        for (from, to, cause) in self.heard.stretches(self.now_ms) {
            // Both are in order: what ended before is not looked at again.
            first += live[first..].iter().take_while(|(_, end, _)| *end <= from).count();
            let Some(cause) = cause else { continue };
            let there = live[first..].iter().take_while(|(start, _, _)| *start < to);
            gaps.extend(there.map(|(s, e, _)| (from.max(*s), to.min(*e), cause.as_str())));
        }
        gaps
    }

    fn named<'a>(&self, stretches: impl Iterator<Item = (i64, i64, &'a str)>) -> Vec<Stretch> {
        let stretch =
            |start_ms, end_ms, word: &str| Stretch { start_ms, end_ms, word: word.to_owned() };
        let cut = self.cut_ms.unwrap_or(i64::MIN);
        let parts = stretches.flat_map(|(start, end, word)| {
            let is_cut = start < cut && cut < end;
            let first = if is_cut { cut } else { end };
            let rest = is_cut.then(|| stretch(cut, end, word));
            [Some(stretch(start, first, word)), rest]
        });
        parts.flatten().collect()
    }

    /// Cuts where old stretches can be forgotten, if there are such.
    pub fn cut(&mut self) {
        let oldest_ms = self.now_ms - KEEP_MS;
        let crowded = |len: usize| len > MOST_STRETCHES;
        self.cut_ms = if crowded(self.heard.count()) {
            self.heard.middle()
        } else if crowded(self.live.count()) {
            self.live.middle()
        } else if crowded(self.held.count()) {
            self.held.middle()
        } else {
            self.is_older_than(oldest_ms - KEEP_MS / 2).then_some(oldest_ms)
        };
    }

    fn is_older_than(&self, ms: i64) -> bool {
        self.live.stretches(i64::MAX).next().is_some_and(|(from, _, _)| from < ms)
    }

    /// Forgets what is before the cut; says where that was. Do it when the stretches are
    /// stored, or can't be for long.
    pub fn forget(&mut self) -> Option<i64> {
        let cut_ms = self.cut_ms.take()?;
        self.start_ms = self.start_ms.filter(|start_ms| *start_ms > cut_ms);
        self.live.forget_before(cut_ms);
        self.heard.forget_before(cut_ms);
        self.held.forget_before(cut_ms);
        Some(cut_ms)
    }
}

#[cfg(test)]
mod tests;
