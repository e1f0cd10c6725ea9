//! Where the daemon says what happens. Nobody who does ever waits.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use cliphound_twitch::ChannelLogin;
use tokio::sync::{mpsc, watch};

use super::news::News;
use crate::{clips::ClipNews, config::Alert};

/// What waits to be put into the outbox. What does not fit is found again in the database
/// (clips) or told a minute later (streams).
pub const QUEUE: usize = 1_024;

/// Something that somebody may want to be told.
#[derive(Debug, Clone)]
pub enum Told {
    /// Something about a clip.
    Clip(Box<News>),
    /// EventSub says that this channel's stream starts.
    Online(ChannelLogin, Option<String>),
}

/// Takes what happens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Alerts {
    queue: mpsc::Sender<Told>,
    settings: watch::Receiver<Vec<Alert>>,
    /// Something found no room: see [`super::desk`].
    overflowed: Arc<AtomicBool>,
}

impl Alerts {
    /// The handle, and what whoever works behind it needs.
    #[must_use]
    pub fn new(
        settings: watch::Receiver<Vec<Alert>>,
    ) -> (Self, mpsc::Receiver<Told>, Arc<AtomicBool>) {
        let (queue, told) = mpsc::channel(QUEUE);
        let overflowed = Arc::<AtomicBool>::default();
        (Self { queue, settings, overflowed: Arc::clone(&overflowed) }, told, overflowed)
    }

    /// Something about a clip.
    pub fn clip(&self, news: &ClipNews) {
        if !self.settings.borrow().is_empty()
            && let Some(news) = News::of_clip(news)
        {
            self.tell(Told::Clip(Box::new(news)));
        }
    }

    /// A stream starts, as EventSub says.
    pub fn online(&self, login: &ChannelLogin, broadcaster_id: Option<&str>) {
        self.tell(Told::Online(login.clone(), broadcaster_id.map(str::to_owned)));
    }

    fn tell(&self, told: Told) {
        if self.queue.try_send(told).is_err() {
            self.overflowed.store(true, Relaxed);
        }
    }

    /// The queue, to be looked at.
    #[must_use]
    pub fn queue(&self) -> &mpsc::Sender<Told> {
        &self.queue
    }
}
