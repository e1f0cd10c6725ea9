//! Figures about what clients did.

use std::collections::BTreeMap;

use serde::Serialize;

/// Counted since the start, but for `connections` and `eventsub_sessions`.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Stats {
    /// Chat clients connected now.
    pub connections: usize,
    pub connections_total: u64,
    /// EventSub clients connected now.
    pub eventsub_sessions: usize,
    pub logins_refused: u64,
    /// Chat clients that were closed because they read too slowly.
    pub slow_readers: u64,
    pub joins: u64,
    /// JOINs beyond 20 in 10 s.
    pub join_violations: u64,
    /// Events of the generator or the recording.
    pub chat_events: u64,
    /// Lines from outside: IRC, Helix, control.
    pub chat_sent: u64,
    /// Requests to Helix and OAuth, by method and path, then by status; status 0: the
    /// connection was closed without an answer.
    pub requests: BTreeMap<String, BTreeMap<u16, u64>>,
}

impl Stats {
    pub fn count(&mut self, request: String, status: u16) {
        *self.requests.entry(request).or_default().entry(status).or_default() += 1;
    }
}
