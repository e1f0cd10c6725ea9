//! Moments and what became of them, as they happen, numbered: who was away reads on from the
//! last number they know.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use cliphound_store::IntentKey;
use cliphound_twitch::ChannelLogin;
use tokio::sync::broadcast;

use super::noted::{Fate, Noted};

/// Happenings kept for who was away; the oldest go first.
pub const KEPT: usize = 512;
/// Happenings that wait for a reader; one that is further behind is dropped.
const WAITING: usize = 256;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// Grows with each, also over restarts: microseconds since 1970 on our clock.
    pub id: i64,
    /// The channel.
    pub login: ChannelLogin,
    /// The moment.
    pub key: IntentKey,
    /// What happened to it.
    pub what: What,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A moment was found or asked for.
    Moment(Box<Noted>),
    /// Something became of its clip.
    Clip(Fate),
}

/// What happened of late, and a way to hear more.
#[derive(Debug)]
pub struct Happenings {
    kept: Mutex<Kept>,
    news: broadcast::Sender<Arc<Happening>>,
}

#[derive(Debug)]
struct Kept {
    last: i64,
    /// Everything after this number is there.
    complete_from: i64,
    newest: VecDeque<Arc<Happening>>,
}

/// What somebody has missed, and what is to come.
#[derive(Debug)]
pub struct Reading {
    /// What they missed, the oldest first.
    pub missed: Vec<Arc<Happening>>,
    /// Some of what they missed is not kept any more; what is kept begins after this number.
    pub begins: Option<i64>,
    /// What comes now, without a gap.
    pub coming: broadcast::Receiver<Arc<Happening>>,
}

impl Happenings {
    /// Nothing has happened since `now_ms`.
    #[must_use]
    pub fn since(now_ms: i64) -> Self {
        let start = now_ms.saturating_mul(1_000);
        let kept = Kept { last: start, complete_from: start, newest: VecDeque::new() };
        Self { kept: Mutex::new(kept), news: broadcast::channel(WAITING).0 }
    }

    /// Something happened at `now_ms`.
    pub fn add(&self, now_ms: i64, login: &ChannelLogin, key: &IntentKey, what: What) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last = now_ms.saturating_mul(1_000).max(kept.last + 1);
        let happening =
            Arc::new(Happening { id: kept.last, login: login.clone(), key: key.clone(), what });
        kept.newest.push_back(Arc::clone(&happening));
        if kept.newest.len() > KEPT
            && let Some(oldest) = kept.newest.pop_front()
        {
            kept.complete_from = oldest.id;
        }
        // Nobody may listen.
        let _ = self.news.send(happening);
    }

    /// Forgets all but these; who listens has heard the others.
    pub fn retain(&self, stays: impl Fn(&Happening) -> bool) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.newest.retain(|happening| stays(happening));
    }

    /// A moment has another title; who has read the former one keeps it.
    pub fn retitle(&self, key: &IntentKey, title: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for happening in &mut kept.newest {
            if happening.key != *key {
                continue;
            }
            if let What::Moment(noted) = &mut Arc::make_mut(happening).what {
                title.clone_into(&mut noted.title);
            }
        }
    }

    /// Reads on after the number `last`; from now on without one.
    #[must_use]
    pub fn read(&self, last: Option<i64>) -> Reading {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last.unwrap_or(kept.last);
        let missed = kept.newest.iter().filter(|happening| happening.id > last).cloned().collect();
        let begins = (last < kept.complete_from).then_some(kept.complete_from);
        Reading { missed, begins, coming: self.news.subscribe() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happen(happenings: &Happenings, now_ms: i64, times: usize) {
        let login = ChannelLogin::parse("ann").unwrap();
        let key = IntentKey { broadcaster_id: "7".to_owned(), trigger_ms: 1 };
        for _ in 0..times {
            happenings.add(now_ms, &login, &key, What::Clip(Fate::default()));
        }
    }

    #[test]
    fn a_title_that_was_deleted_is_read_no_more() {
        let happenings = Happenings::since(5);
        let login = ChannelLogin::parse("ann").unwrap();
        let key = |trigger_ms| IntentKey { broadcaster_id: "7".to_owned(), trigger_ms };
        for trigger_ms in [1, 2] {
            let row = crate::board::noted::tests::noted(trigger_ms);
            let noted = Noted { title: "their words".to_owned(), ..row };
            happenings.add(5, &login, &key(trigger_ms), What::Moment(Box::new(noted)));
        }
        happenings.retitle(&key(2), "plain");
        let titles = |one: &Arc<Happening>| match &one.what {
            What::Moment(noted) => noted.title.clone(),
            What::Clip(_) => String::new(),
        };
        let read: Vec<_> = happenings.read(Some(0)).missed.iter().map(titles).collect();
        assert_eq!(read, ["their words", "plain"]);
    }

    #[test]
    fn who_was_away_reads_on() {
        let happenings = Happenings::since(5);
        happen(&happenings, 5, 3);
        let ids = |reading: &Reading| reading.missed.iter().map(|one| one.id).collect::<Vec<_>>();
        let from = |last| happenings.read(Some(last));
        assert_eq!(ids(&from(5_000)), [5_001, 5_002, 5_003]);
        assert_eq!((ids(&from(5_002)), from(5_002).begins), (vec![5_003], None));
        assert_eq!(from(4_999).begins, Some(5_000), "what was before the start is not kept");
        let mut reading = happenings.read(None);
        assert_eq!((ids(&reading), reading.begins), (vec![], None));
        happen(&happenings, 9, 1);
        assert_eq!(reading.coming.try_recv().unwrap().id, 9_000);
        happen(&happenings, 9, KEPT);
        let reading = from(5_000);
        assert_eq!((reading.missed.len(), reading.begins), (KEPT, Some(9_000)));
    }
}
