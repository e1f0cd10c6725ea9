//! What the daemon counts, for its statistics line and for `/metrics`.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use cliphound_twitch::ChannelLogin;

use crate::web::metrics::{Metrics, Timing, catalogue};

/// Channels that have figures of their own; those that come later share [`OTHERS`]. Each is
/// three time series that a Prometheus keeps for as long as it keeps anything, also when
/// channels come and go for months.
const CHANNELS: usize = 100;
/// The label of all further channels: no login has a blank.
const OTHERS: &str = "all others";

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
    /// Answers in chat that found the queue full.
    pub answers_lost: AtomicU64,
    /// Lines of chat around moments that found the queue full, or could not be stored.
    pub chat_lost: AtomicU64,
    /// Models written to the disk.
    pub models_saved: AtomicU64,
    /// From a window's end on Twitch's clock to its score.
    pub decision_lag: Timing,
    /// How long an engine worked on what was due.
    pub score: Timing,
    /// How long a batch of figures took to be stored.
    pub database_write: Timing,
    channels: Mutex<BTreeMap<String, Arc<ChannelStats>>>,
}

/// What is counted of one channel.
#[derive(Debug, Default)]
pub struct ChannelStats {
    /// Chat lines heard.
    pub messages: AtomicU64,
    /// Moments found or asked for.
    pub moments: AtomicU64,
    /// Events left out because its queue was full.
    pub dropped: AtomicU64,
}

impl Stats {
    /// Counters whose times go to `metrics`.
    #[must_use]
    pub fn timed(metrics: &Metrics) -> Self {
        Self {
            decision_lag: metrics.timing(&catalogue::DECISION_LAG),
            score: metrics.timing(&catalogue::SCORE),
            database_write: metrics.timing(&catalogue::DATABASE_WRITE),
            ..Self::default()
        }
    }

    /// One more of something.
    pub fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Relaxed);
    }

    /// The figures of one channel, the same ones each time.
    #[must_use]
    pub fn channel(&self, login: &ChannelLogin) -> Arc<ChannelStats> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = channels.get(login.as_str()) {
            return Arc::clone(known);
        }
        let name = if channels.len() < CHANNELS { login.as_str() } else { OTHERS };
        Arc::clone(channels.entry(name.to_owned()).or_default())
    }

    /// Forgets a channel's figures; who still counts for it counts for nobody.
    pub fn forget(&self, login: &ChannelLogin) {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.remove(login.as_str());
    }

    /// The figures of all channels, by name.
    #[must_use]
    pub fn channels(&self) -> BTreeMap<String, Arc<ChannelStats>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One line for the log.
    #[must_use]
    pub fn line(&self) -> String {
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        let lost = [&self.dropped, &self.overflowed, &self.rows_lost, &self.chat_lost];
        let lost: u64 = lost.into_iter().map(read).sum();
        let lost =
            if lost > 0 { format!(", {lost} things lost for lack of room") } else { String::new() };
        format!(
            "{} messages, {} moments, {} clips made, {} seen{lost}",
            read(&self.messages),
            read(&self.moments),
            read(&self.clips),
            read(&self.confirmed),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_channels_have_figures_of_their_own() {
        let stats = Stats::default();
        let login = |number: usize| ChannelLogin::parse(&format!("channel{number}")).unwrap();
        for number in 0..CHANNELS * 3 {
            Stats::add(&stats.channel(&login(number)).messages);
        }
        Stats::add(&stats.channel(&login(0)).messages);
        let channels = stats.channels();
        let messages = |name: &str| channels[name].messages.load(Relaxed);
        assert_eq!(channels.len(), CHANNELS + 1);
        assert_eq!((messages("channel0"), messages(OTHERS)), (2, 2 * CHANNELS as u64));
    }
}
