//! The connection that another one takes over from, as somebody else: it is read on until the
//! new one hears all that it heard, so that nothing is lost; what comes by both counts once.

use std::collections::BTreeSet;

use super::{parse::Line, parse::parse_line, rooms::Wanted, socket::Socket};
use crate::{
    ChannelLogin,
    chat::{ChatEvent, Heard},
    eventsub::Recent,
};

/// Both are read so much longer: what Twitch said before the new one was there is under way.
const BOTH_MS: i64 = 5_000;
/// Then it ends, whatever the new one hears: JOINs of 90 channels take 45 s.
const AT_MOST_MS: i64 = 180_000;

/// A connection that is about to end.
pub(super) struct Former {
    pub(super) socket: Socket,
    nick: String,
    /// Channels that it hears.
    heard: BTreeSet<ChannelLogin>,
    recent: Recent,
    ends_ms: i64,
    /// The new one hears all of them.
    is_settled: bool,
}

/// What a line of it means.
pub(super) enum Said {
    /// Something to hand on.
    Event(Heard),
    /// A channel is not heard by it any more.
    Left(Heard),
    /// To be answered.
    Ping(String),
    Nothing,
}

impl Former {
    pub(super) fn new(socket: Socket, nick: String, heard: Vec<ChannelLogin>, now_ms: i64) -> Self {
        let (heard, ends_ms) = (heard.into_iter().collect(), now_ms + AT_MOST_MS);
        Self { socket, nick, heard, recent: Recent::default(), ends_ms, is_settled: false }
    }

    pub(super) fn hears(&self, channel: &ChannelLogin) -> bool {
        self.heard.contains(channel)
    }

    /// The channels that it hears.
    pub(super) fn heard(&self) -> impl Iterator<Item = &ChannelLogin> {
        self.heard.iter()
    }

    /// When it ends.
    pub(super) fn ends_ms(&self) -> i64 {
        self.ends_ms
    }

    /// Whether an event did not come by the other connection already.
    pub(super) fn is_new(&mut self, event: &ChatEvent) -> bool {
        match event {
            ChatEvent::Message(message) => self.recent.is_new(&message.id),
            ChatEvent::UserNotice(notice) => self.recent.is_new(&notice.id),
            _ => true,
        }
    }

    /// The new one hears a further channel, or one was left: `all`, it hears all that this hears.
    pub(super) fn settle(&mut self, all: bool, now_ms: i64) {
        if all && !std::mem::replace(&mut self.is_settled, true) {
            self.ends_ms = self.ends_ms.min(now_ms + BOTH_MS);
        }
    }

    /// Only these channels are to be heard from now on; those that it leaves.
    pub(super) fn follow(&mut self, wanted: &Wanted) -> Vec<ChannelLogin> {
        let left: Vec<_> = self.heard.difference(wanted).cloned().collect();
        self.heard.retain(|channel| wanted.contains(channel));
        left
    }

    /// The next line that was received.
    pub(super) fn next(&mut self) -> Option<Said> {
        let line = parse_line(&String::from_utf8_lossy(self.socket.next_line()?), &self.nick);
        let Line::Event { channel, room_id, sent_ms, event } = line else {
            return Some(match line {
                Line::Ping(text) => Said::Ping(text),
                _ => Said::Nothing,
            });
        };
        let is_new = self.heard.contains(&channel) && self.is_new(&event);
        let heard = Heard { channel, room_id, sent_ms, event };
        Some(match &heard.event {
            ChatEvent::Lost(_) if self.heard.remove(&heard.channel) => Said::Left(heard),
            // The new one tells them.
            ChatEvent::Joined | ChatEvent::RoomState(_) | ChatEvent::Lost(_) => Said::Nothing,
            _ if is_new => Said::Event(heard),
            _ => Said::Nothing,
        })
    }
}
