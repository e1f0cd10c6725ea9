//! What chat announces: raids, subscriptions, gifts, as notices in IRC and EventSub alike.

use std::sync::Arc;

use rand::RngExt;
use serde::Deserialize;

use super::{Channel, World, guest};
use crate::chat::{ChatEvent, Notice, NoticeKind, Standing, uuid};

/// Gifts of which each one is told; of more, only the announcement of all.
const TOLD: u32 = 20;

/// Something that chat announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announcement {
    /// A raid with so many viewers arrives.
    Raid(u32),
    /// Somebody has subscribed for so many months, and shares it.
    Resub(u16),
    /// So many subscriptions are given away at once: they are announced, and each is told.
    /// The giver `ananonymousgifter` is anonymous.
    Gifts(u32),
}

impl World {
    /// Announces something of a user. False: there is no such channel.
    pub fn announce(&self, room: &str, user: &str, what: Announcement) -> bool {
        let (now_ms, state) = (self.clock.now_ms(), &mut *self.state());
        let Some(room) = state.channels.get(room).map(Channel::room) else { return false };
        let author = Arc::new(guest(user, Standing::Viewer));
        let kinds = match what {
            Announcement::Raid(viewers) => vec![NoticeKind::Raid { viewers }],
            Announcement::Resub(months) => vec![NoticeKind::Resub { months }],
            Announcement::Gifts(count) => gifts(count, &uuid(state.rng.random())),
        };
        for kind in kinds {
            let (id, author) = (uuid(state.rng.random()), Arc::clone(&author));
            let notice = Notice { id, author, kind, text: String::new() };
            state.publish(&room, now_ms, ChatEvent::Notice(notice), None);
        }
        true
    }
}

fn gifts(count: u32, origin: &str) -> Vec<NoticeKind> {
    let batch = NoticeKind::GiftBatch { count, total: count, origin: origin.to_owned() };
    let each = (0..count.min(TOLD)).map(|number| NoticeKind::Gift {
        recipient: Arc::new(guest(&format!("lucky{number}"), Standing::Viewer)),
        total: count,
        origin: origin.to_owned(),
    });
    [batch].into_iter().chain(each).collect()
}
