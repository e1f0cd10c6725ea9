//! A stream's stored windows as the seconds that the engine decided on. Pure.

use cliphound_engine::{
    Chat, EventTime, Rehearsal, Settings,
    score::{
        hybrid::nats,
        trigger::{Limits, Reading, Trigger},
    },
};
use cliphound_store::WindowRow;

use super::{By, Known, Record};

/// Length of a stored window; its score is the highest of its seconds.
const WINDOW_MS: i64 = 5_000;
/// Nothing triggers so long after chat is heard again …
const AFTER_BREAK_MS: i64 = 30_000;
/// … or for the first time.
const YOUNG_MS: i64 = 60_000;
/// A moment of ours is the one that was to be expected when it is this close.
const SAME_MS: i64 = 6_000;

/// What the windows tell of the seconds of one stream, and of the hour before it.
#[derive(Debug)]
pub(super) struct Seconds {
    windows: Vec<Window>,
    /// When signals of the streamer forced moments, by time.
    forced: Vec<i64>,
}

/// A window that is decided on second by second.
#[derive(Debug)]
struct Window {
    end_ms: i64,
    /// So many seconds end in it.
    seconds: i64,
    nats: f32,
    /// What had to be reached at its end.
    threshold: f32,
    chat: Chat,
    /// Chat was silent for so long before it, or was not heard.
    pause_ms: Option<i64>,
}

/// A moment as it would have been.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fired {
    /// The instant of the decision.
    pub(super) at_ms: i64,
    /// How far the burst went beyond what it had to reach, nats.
    pub(super) over: f32,
}

impl Seconds {
    /// What is known of a stream.
    pub(super) fn of(record: &Record<'_>) -> Self {
        let mut windows = Vec::with_capacity(record.before.len() + record.windows.len());
        let mut last_line_ms = None;
        let mut ripe_ms = i64::MIN;
        for row in record.before.iter().chain(record.windows) {
            let before_ms = windows.last().map(|window: &Window| window.end_ms);
            let start_ms = before_ms.map_or(row.end_ms - WINDOW_MS, |before_ms| {
                before_ms.max(row.end_ms - WINDOW_MS).min(row.end_ms)
            });
            let is_break = before_ms.is_none_or(|before_ms| start_ms > before_ms);
            if is_break {
                let is_first = before_ms.is_none();
                ripe_ms = start_ms + if is_first { YOUNG_MS } else { AFTER_BREAK_MS };
            }
            windows.push(Window {
                end_ms: row.end_ms,
                seconds: ((row.end_ms - start_ms) / 1000).max(1),
                nats: nats(row.score),
                threshold: nats(row.threshold),
                chat: if row.end_ms <= ripe_ms { Chat::Masked } else { chat(row, record) },
                pause_ms: last_line_ms.filter(|_| is_break).map(|last_ms| start_ms - last_ms),
            });
            if row.messages > 0 {
                last_line_ms = Some(row.end_ms);
            }
        }
        let signals = record.ours.iter().filter(|own| own.by == By::Signal);
        let forced = signals.map(|own| own.trigger_ms).collect();
        let mut seconds = Self { windows, forced };
        seconds.mask(record);
        seconds
    }

    /// Where a moment was to be expected and none came, it was no time for moments: a raid, gifts,
    /// ads. That is not kept.
    fn mask(&mut self, record: &Record<'_>) {
        let limits = Limits::of(&settings_of(&record.known));
        let (mut trigger, mut is_masked) = (Trigger::default(), false);
        let mut forced = self.forced.iter().copied().peekable();
        let first_ms = record.windows.first().map_or(i64::MAX, |row| row.end_ms);
        for window in &mut self.windows {
            while let Some(at_ms) = forced.next_if(|at_ms| *at_ms <= window.end_ms) {
                trigger.force(EventTime(at_ms), limits);
            }
            is_masked &= window.nats >= window.threshold;
            for now in window.ends() {
                let muted = window.chat != Chat::Usual;
                let (value, threshold) = (window.nats, window.threshold);
                let reading = Reading { now: EventTime(now), value, threshold, muted };
                // What is ours of the hour before is not known here.
                is_masked |= trigger.step(reading, limits)
                    && window.end_ms >= first_ms
                    && !record.ours.iter().any(|own| own.is_at(now, SAME_MS));
            }
            if is_masked {
                window.chat = Chat::Masked;
            }
        }
    }

    /// Whether it was no time for moments in the window that ends at `end_ms`.
    pub(super) fn is_masked(&self, end_ms: i64) -> bool {
        self.windows.iter().any(|window| window.end_ms == end_ms && window.chat == Chat::Masked)
    }

    /// The moments that these settings would have brought, by time.
    pub(super) fn rehearse(&self, known: &Known) -> Vec<Fired> {
        let mut rehearsal = Rehearsal::new(&settings_of(known), known.taught);
        let mut forced = self.forced.iter().copied().peekable();
        let mut fired: Vec<Fired> = Vec::new();
        let mut goes_on = false;
        for window in &self.windows {
            if let Some(pause_ms) = window.pause_ms {
                rehearsal.resume(pause_ms);
            }
            while let Some(at_ms) = forced.next_if(|at_ms| *at_ms <= window.end_ms) {
                rehearsal.forced(EventTime(at_ms));
            }
            for now in window.ends() {
                let over = window.nats - rehearsal.threshold();
                goes_on &= over >= 0.0;
                if rehearsal.second(EventTime(now), window.nats, window.chat) {
                    fired.push(Fired { at_ms: now, over });
                    goes_on = true;
                } else if let Some(last) = fired.last_mut().filter(|_| goes_on) {
                    last.over = last.over.max(over);
                }
            }
        }
        fired
    }
}

impl Window {
    /// The ends of its seconds.
    fn ends(&self) -> impl Iterator<Item = i64> + use<> {
        let end_ms = self.end_ms;
        (0..self.seconds).rev().map(move |nth| end_ms - nth * 1000)
    }
}

fn chat(row: &WindowRow, record: &Record<'_>) -> Chat {
    let is_in = |kind: &str, after_ms: i64| {
        let mut stretches = record.stretches.iter().filter(|stretch| stretch.kind == kind);
        stretches.any(|stretch| {
            stretch.start_ms < row.end_ms && row.end_ms - WINDOW_MS < stretch.end_ms + after_ms
        })
    };
    if is_in("gap", AFTER_BREAK_MS) {
        Chat::Masked
    } else if is_in("held", 0) {
        Chat::Held
    } else {
        Chat::Usual
    }
}

fn settings_of(known: &Known) -> Settings {
    let Known { budget_per_hour, sensitivity, cooldown_s, .. } = *known;
    Settings { budget_per_hour, sensitivity, cooldown_s, ..Settings::default() }
}
