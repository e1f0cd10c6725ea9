//! What the clients that read chat show of themselves.

use std::sync::{Arc, Mutex, PoisonError};

use cliphound_twitch::{eventsub::EventSubHandle, irc::ChatHandle};

use crate::daemon::queues::Fill;

/// Shows how many channels are heard.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Handles>>);

#[derive(Default)]
pub(super) struct Handles {
    pub(super) irc: Option<ChatHandle>,
    pub(super) eventsub: Option<EventSubHandle>,
    /// EventSub as who was logged in before.
    pub(super) former: Option<EventSubHandle>,
    /// Channels that both hear.
    pub(super) both: usize,
}

impl Watch {
    /// Channels whose chat is heard now.
    #[must_use]
    pub fn channels_heard(&self) -> usize {
        let handles = self.lock();
        let irc = handles.irc.as_ref().map_or(0, |irc| irc.stats().channels_heard);
        let clients = [&handles.eventsub, &handles.former].into_iter().flatten();
        // Of two clients, the one takes over what the other one hears.
        let eventsub = clients.map(|client| client.stats().channels_heard).max().unwrap_or(0);
        (irc + eventsub).saturating_sub(handles.both)
    }

    /// What the clients that run counted.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceStats> {
        let handles = self.lock();
        let fill =
            |queue: Option<(usize, usize)>| queue.map(|(items, capacity)| Fill { items, capacity });
        let irc = handles.irc.as_ref().map(|irc| (irc.stats(), irc.queue()));
        let irc = irc.map(|(irc, queue)| SourceStats {
            name: "irc",
            fill: fill(queue),
            connected: irc.connected,
            connections: irc.connections,
            reconnects: irc.reconnects,
            bad: vec![
                ("irc_unknown", irc.unknown),
                ("irc_too_long", irc.too_long),
                ("irc_invalid_utf8", irc.invalid_utf8),
            ],
        });
        let eventsub = handles.eventsub.as_ref().map(|e| (e.stats(), e.queue()));
        let eventsub = eventsub.map(|(e, queue)| SourceStats {
            name: "eventsub",
            fill: fill(queue),
            connected: e.connected,
            connections: e.connections,
            reconnects: e.lost,
            bad: vec![("eventsub_unknown", e.unknown)],
        });
        irc.into_iter().chain(eventsub).collect()
    }

    pub(super) fn lock(&self) -> std::sync::MutexGuard<'_, Handles> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one way of reading chat counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStats {
    /// `irc` or `eventsub`.
    pub name: &'static str,
    /// Connections that work now.
    pub connected: usize,
    /// Connections that there should be.
    pub connections: usize,
    /// Connections that were lost or failed, and tried again.
    pub reconnects: u64,
    /// What waits to be taken from it.
    pub fill: Option<Fill>,
    /// Input that was not understood, by what was wrong.
    pub bad: Vec<(&'static str, u64)>,
}
