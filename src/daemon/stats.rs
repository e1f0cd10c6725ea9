//! What the daemon counts, for its statistics line.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters since the start. They only grow.
#[derive(Debug, Default)]
pub struct Stats {
    /// Chat lines heard.
    pub messages: AtomicU64,
    /// Events left out because a channel's queue was full.
    pub dropped: AtomicU64,
    /// Moments found or asked for.
    pub moments: AtomicU64,
    /// Moments that found the clip worker's queue full.
    pub overflowed: AtomicU64,
    /// Clips that Twitch gave an id for.
    pub clips: AtomicU64,
    /// Clips that Get Clips showed.
    pub confirmed: AtomicU64,
    /// Rows of figures that could not be stored.
    pub rows_lost: AtomicU64,
}

impl Stats {
    /// One more of something.
    pub fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Relaxed);
    }

    /// One line for the log.
    #[must_use]
    pub fn line(&self) -> String {
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        let lost = read(&self.dropped) + read(&self.overflowed) + read(&self.rows_lost);
        let lost =
            if lost > 0 { format!(", {lost} things lost for lack of room") } else { String::new() };
        format!(
            "{} messages, {} moments, {} clips ({} confirmed){lost}",
            read(&self.messages),
            read(&self.moments),
            read(&self.clips),
            read(&self.confirmed),
        )
    }
}
