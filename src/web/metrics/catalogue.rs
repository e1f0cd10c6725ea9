//! Every metric that `/metrics` shows: name, kind, help. Names follow Prometheus' conventions:
//! base units, `_total` for what only grows.

use super::{Kind, Metric, Sample};

/// From a few milliseconds to far too late.
const LAG_S: &[f64] = &[0.5, 0.75, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0];
/// From a quiet second to a flood.
const WORK_S: &[f64] = &[0.000_01, 0.000_03, 0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 1.0];
/// From a solid-state disk to one that fails.
const DISK_S: &[f64] = &[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

macro_rules! metrics {
    ($($(#[$doc:meta])* $id:ident: $kind:expr, $name:literal, $help:literal;)*) => {
        $($(#[$doc])* #[doc = concat!("`", $name, "`: ", $help)]
        pub static $id: Metric = Metric { name: $name, kind: $kind, help: $help };)*
        /// All of them.
        pub static ALL: &[&Metric] = &[$(&$id),*];
    };
}

metrics! {
    BUILD_INFO: Kind::Gauge, "cliphound_build_info", "Always 1; the label says which version runs.";
    START_TIME: Kind::Gauge, "cliphound_start_time_seconds", "When it was started, since the Unix epoch.";
    MESSAGES: Kind::Counter, "cliphound_messages_total", "Chat messages heard.";
    MOMENTS: Kind::Counter, "cliphound_moments_total", "Moments found or asked for.";
    CLIPS_CREATED: Kind::Counter, "cliphound_clips_created_total", "Clips that Twitch gave an id for.";
    CLIPS_CONFIRMED: Kind::Counter, "cliphound_clips_confirmed_total", "Clips that Twitch showed afterwards.";
    CHANNEL_MESSAGES: Kind::Counter, "cliphound_channel_messages_total", "Chat messages heard, by channel.";
    CHANNEL_MOMENTS: Kind::Counter, "cliphound_channel_moments_total", "Moments, by channel.";
    CHANNEL_DROPPED: Kind::Counter, "cliphound_channel_dropped_total", "Events left out because the channel did not keep up.";
    CHANNELS_FOLLOWED: Kind::Gauge, "cliphound_channels_followed", "Channels that are followed.";
    CHANNELS_HEARD: Kind::Gauge, "cliphound_channels_heard", "Channels whose chat is heard now.";
    CHANNELS_LIVE: Kind::Gauge, "cliphound_channels_live", "Channels that are live, as Twitch said within the last minute; 0 without an account.";
    CONNECTIONS: Kind::Gauge, "cliphound_chat_connections", "Connections to chat that work now, by source.";
    CONNECTIONS_WANTED: Kind::Gauge, "cliphound_chat_connections_wanted", "Connections to chat that there should be, by source.";
    RECONNECTS: Kind::Counter, "cliphound_reconnects_total", "Connections that were lost or failed and were tried again, by source.";
    BAD_INPUT: Kind::Counter, "cliphound_bad_input_total", "Lines of chat that were not understood, by what was wrong.";
    CLOCK_OFFSET: Kind::Gauge, "cliphound_twitch_clock_offset_seconds", "How far Twitch's clock is ahead of ours; missing while it is not known.";
    CLOCK_SET: Kind::Gauge, "cliphound_machine_clock_set_seconds", "How far the machine's clock was set since the start; we do not follow it.";
    DECISION_LAG: Kind::Histogram(LAG_S), "cliphound_decision_lag_seconds", "From the end of a window on Twitch's clock to its score here; a second of it is waiting for stragglers.";
    SCORE: Kind::Histogram(WORK_S), "cliphound_score_seconds", "How long an engine worked on what was due: messages, windows, scores.";
    DATABASE_WRITE: Kind::Histogram(DISK_S), "cliphound_database_write_seconds", "How long a batch of figures took until it was on the disk.";
    INTENTS: Kind::Gauge, "cliphound_intents", "Promises to clip a moment in the database, by state.";
    ALERTS_SENT: Kind::Counter, "cliphound_alerts_sent_total", "Alerts that their receiver took.";
    ALERTS_FAILED: Kind::Counter, "cliphound_alerts_failed_total", "Alerts that were given up.";
    ALERTS_RETRIED: Kind::Counter, "cliphound_alert_retries_total", "Attempts to send an alert that are repeated later.";
    ALERTS_WAITING: Kind::Gauge, "cliphound_alerts_waiting", "Alerts that wait in the outbox to be sent.";
    QUEUE: Kind::Gauge, "cliphound_queue_items", "What waits in a queue; inbox: in the fullest channel's.";
    QUEUE_CAPACITY: Kind::Gauge, "cliphound_queue_capacity_items", "What fits into a queue.";
    DROPPED: Kind::Counter, "cliphound_dropped_total", "What was left out because a queue was full or could not be stored.";
    RATE_LEFT: Kind::Gauge, "cliphound_rate_limit_remaining_points", "Points that Twitch leaves us, as last told, by bucket.";
    RATE_LIMIT: Kind::Gauge, "cliphound_rate_limit_points", "Points of a full bucket.";
    ACCOUNT_USABLE: Kind::Gauge, "cliphound_account_usable", "1 where Twitch takes the log-in of a role, as far as is known, else 0; of the clipper also without one.";
    MODELS_SAVED: Kind::Counter, "cliphound_models_saved_total", "Models written to the disk.";
    PANICS: Kind::Counter, "cliphound_panics_total", "Tasks that panicked: each is a bug.";
    RESTARTS: Kind::Counter, "cliphound_task_restarts_total", "Tasks that were started anew after a panic.";
    SILENCE: Kind::Gauge, "cliphound_task_silence_seconds", "How long ago a long-lived task gave a sign of life.";
}

impl Metric {
    /// Its value.
    #[must_use]
    pub fn is(&'static self, value: f64) -> Sample {
        Sample { metric: self, label: None, value }
    }

    /// One of its values: `label` says which.
    #[must_use]
    pub fn of(&'static self, label: &'static str, which: impl Into<String>, value: f64) -> Sample {
        Sample { metric: self, label: Some((label, which.into())), value }
    }
}
