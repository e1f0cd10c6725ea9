//! What the connections counted.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Figures since the start, over all connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChatStats {
    /// Lines received.
    pub lines: u64,
    /// Lines that were not understood.
    pub unknown: u64,
    /// Lines of other rooms, by shared chat.
    pub foreign: u64,
    /// Lines longer than 64 KiB, skipped.
    pub too_long: u64,
    /// Lines that were not UTF-8; the bad bytes were replaced.
    pub invalid_utf8: u64,
    /// Times a connection was tried again, after a loss or a failure.
    pub reconnects: u64,
    /// Logins that Twitch refused.
    pub logins_refused: u64,
    /// JOINs sent.
    pub joins: u64,
    /// Events nobody took, because the receiver was dropped.
    pub dropped: u64,
    /// Channels that are heard now.
    pub channels_heard: usize,
    /// Connections that are logged in now.
    pub connected: usize,
    /// Connections that there should be.
    pub connections: usize,
}

/// The same, while they count.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) lines: AtomicU64,
    pub(super) unknown: AtomicU64,
    pub(super) foreign: AtomicU64,
    pub(super) too_long: AtomicU64,
    pub(super) invalid_utf8: AtomicU64,
    pub(super) reconnects: AtomicU64,
    pub(super) logins_refused: AtomicU64,
    pub(super) joins: AtomicU64,
    pub(super) dropped: AtomicU64,
    pub(super) channels_heard: AtomicUsize,
    pub(super) connected: AtomicUsize,
    pub(super) connections: AtomicUsize,
}

impl Counters {
    pub(super) fn read(&self) -> ChatStats {
        ChatStats {
            lines: self.lines.load(Relaxed),
            unknown: self.unknown.load(Relaxed),
            foreign: self.foreign.load(Relaxed),
            too_long: self.too_long.load(Relaxed),
            invalid_utf8: self.invalid_utf8.load(Relaxed),
            reconnects: self.reconnects.load(Relaxed),
            logins_refused: self.logins_refused.load(Relaxed),
            joins: self.joins.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            channels_heard: self.channels_heard.load(Relaxed),
            connected: self.connected.load(Relaxed),
            connections: self.connections.load(Relaxed),
        }
    }
}

/// Adds to a counter and returns the new value.
pub(super) fn count(counter: &AtomicU64, more: u64) -> u64 {
    counter.fetch_add(more, Relaxed) + more
}
