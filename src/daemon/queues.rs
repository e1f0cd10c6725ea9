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
    use super::*;

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
