//! What the connections counted.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Figures since the start, over all connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventSubStats {
    /// Notifications received, repeats left out.
    pub notifications: u64,
    /// Messages that had come before.
    pub repeats: u64,
    /// Events of other channels, by shared chat.
    pub foreign: u64,
    /// Messages that were not understood.
    pub unknown: u64,
    /// Sessions that were lost.
    pub lost: u64,
    /// Sessions that went on at another address, without a gap.
    pub moved: u64,
    /// Subscriptions that Twitch ended.
    pub revoked: u64,
    /// Subscriptions that Twitch did not make.
    pub refused: u64,
    /// Channels whose chat is heard now.
    pub channels_heard: usize,
    /// Connections that have a session now.
    pub connected: usize,
    /// Connections that there should be.
    pub connections: usize,
    /// Connections that wait, because nothing is left to hear.
    pub idle: usize,
}

/// The same, while they count.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) notifications: AtomicU64,
    pub(super) repeats: AtomicU64,
    pub(super) foreign: AtomicU64,
    pub(super) unknown: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) moved: AtomicU64,
    pub(super) revoked: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) channels_heard: AtomicUsize,
    pub(super) connected: AtomicUsize,
    pub(super) connections: AtomicUsize,
    pub(super) idle: AtomicUsize,
}

impl Counters {
    pub(super) fn read(&self) -> EventSubStats {
        EventSubStats {
            notifications: self.notifications.load(Relaxed),
            repeats: self.repeats.load(Relaxed),
            foreign: self.foreign.load(Relaxed),
            unknown: self.unknown.load(Relaxed),
            lost: self.lost.load(Relaxed),
            moved: self.moved.load(Relaxed),
            revoked: self.revoked.load(Relaxed),
            refused: self.refused.load(Relaxed),
            channels_heard: self.channels_heard.load(Relaxed),
            connected: self.connected.load(Relaxed),
            connections: self.connections.load(Relaxed),
            idle: self.idle.load(Relaxed),
        }
    }
}

/// Adds one to a counter and returns the new value.
pub(super) fn count(counter: &AtomicU64) -> u64 {
    counter.fetch_add(1, Relaxed) + 1
}
