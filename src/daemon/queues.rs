//! How full the queues are, without keeping any of them open.

use tokio::sync::mpsc;

/// A queue that can be looked at.
pub struct Queue {
    /// Its name.
    pub name: &'static str,
    look: Box<dyn Fn() -> Option<Fill> + Send + Sync>,
}

/// How full a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Fill {
    /// What waits in it.
    pub items: usize,
    /// What fits into it.
    pub capacity: usize,
}

impl Queue {
    /// A queue by one of its ends.
    #[must_use]
    pub fn of<T: Send + 'static>(name: &'static str, sender: &mpsc::Sender<T>) -> Self {
        let weak = sender.downgrade();
        Self { name, look: Box::new(move || weak.upgrade().map(|sender| fill(&sender))) }
    }

    /// How full it is; `None` once it is closed.
    #[must_use]
    pub fn fill(&self) -> Option<Fill> {
        (self.look)()
    }
}

/// How full a queue is that is open.
#[must_use]
pub fn fill<T>(sender: &mpsc::Sender<T>) -> Fill {
    let capacity = sender.max_capacity();
    Fill { items: capacity - sender.capacity(), capacity }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        clips::ORDERS,
        daemon::{
            answers, channel, emotes, figures, follow, forgetter, news, record, sources, wiring,
            witness,
        },
    };

    /// A number as people write it: 8,192.
    fn written(number: usize) -> String {
        match (number / 1_000, number % 1_000) {
            (0, number) => number.to_string(),
            (thousands, rest) => format!("{thousands},{rest:03}"),
        }
    }

    #[test]
    fn the_documented_sizes_are_the_real_ones() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md");
        let text = std::fs::read_to_string(path).unwrap();
        for (start, size) in [
            ("`irc`, `eventsub`: ", cliphound_twitch::irc::client::DEFAULT_QUEUE),
            ("channels that EventSub refused", sources::REFUSALS),
            ("`heard`: ", wiring::HEARD),
            ("`inbox`: ", channel::INBOX),
            ("`clips`: ", ORDERS),
            ("`figures`: ", figures::QUEUE),
            ("`news` of clips", news::QUEUE),
            ("`chat_around`: ", witness::QUEUE),
            ("`answers` in chat", answers::QUEUE),
            ("settings, renames", follow::QUEUE),
            ("wishes to forget", forgetter::QUEUE),
            ("events of emote services", emotes::EVENTS),
            ("`record`: ", record::QUEUE),
        ] {
            let row = text.lines().find(|line| line.starts_with(&format!("| {start}")));
            let told = row.and_then(|row| row.split('|').nth(2)).map(str::trim);
            let size = written(size);
            assert!(told.is_some_and(|told| told.starts_with(&size)), "{start}: {size}, {told:?}");
        }
    }

    #[test]
    fn looking_keeps_no_queue_open() {
        let (sender, mut queue) = mpsc::channel(3);
        let look = Queue::of("numbers", &sender);
        sender.try_send(1).unwrap();
        assert_eq!(look.fill(), Some(Fill { items: 1, capacity: 3 }));
        drop(sender);
        assert_eq!(look.fill(), None);
        assert_eq!((queue.try_recv().ok(), queue.try_recv().is_err()), (Some(1), true));
    }
}
