//! What others say of moments while somebody reviews: read from the database, where it also comes
//! from the command `review` and from the API.

use std::time::Duration;

use cliphound_clock::Clock;
use cliphound_store::{Listed, Store};
use futures_util::{Stream, stream};

/// How often it is looked, real time.
const EVERY: Duration = Duration::from_secs(1);
/// After so many looks that showed nothing, those who wait hear that we are there.
const QUIET: u32 = 15;
/// Changes that are told at a time; what is more comes with the next look.
const MOST: u32 = 50;

/// The moments about which something was said, some at a time, after the change with the number
/// `after`; now and then none. It goes on for ever; while the database can't tell, it waits.
pub fn judged(store: Store, after: i64) -> impl Stream<Item = Vec<Listed>> + Send + 'static {
    let look = |(store, after): (Store, i64)| async move {
        let clock = Clock::system();
        for _ in 0..QUIET {
            clock.sleep(EVERY).await;
            let rows = store.judged_after(after, MOST).await.unwrap_or_default();
            if let Some(last) = rows.last() {
                let after = last.change;
                return Some((rows, (store, after)));
            }
        }
        Some((Vec::new(), (store, after)))
    };
    stream::unfold((store, after), look)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use cliphound_store::Verdict;
    use futures_util::StreamExt as _;

    use super::*;
    use crate::{clips::sample::moment, web::testing::Rig};

    #[tokio::test]
    async fn each_change_is_told_once_and_in_order() {
        let rig = Rig::new().await;
        let store = &rig.app.store;
        for n in 0..60 {
            store.record_moment(&moment("7", n)).await.unwrap();
        }
        let key = |n| moment("7", n).key;
        for n in 0..60 {
            store.judge(&key(n), Verdict::Kept, "ann", n).await.unwrap();
        }
        let mut told = pin!(judged(store.clone(), 5));
        let mut seen = Vec::new();
        while seen.len() < 55 {
            seen.extend(told.next().await.unwrap());
        }
        let keys: Vec<_> = seen.iter().map(|row| row.moment.key.trigger_ms).collect();
        assert_eq!(keys, (5..60).collect::<Vec<_>>());
        store.judge(&key(9), Verdict::Rejected, "bob", 100).await.unwrap();
        let next = told.next().await.unwrap();
        let said: Vec<_> = next.iter().map(|row| (row.verdict, row.by.as_deref())).collect();
        assert_eq!(said, [(Some(Verdict::Rejected), Some("bob"))]);
        store.undo_verdict(&key(9), None, "bob", 101).await.unwrap();
        let next = told.next().await.unwrap();
        assert_eq!((next[0].verdict, next[0].by.as_deref()), (Some(Verdict::Kept), Some("ann")));
        // What was told last is deleted: what comes after it is told all the same.
        store.judge(&key(10), Verdict::Rejected, "bob", 200).await.unwrap();
        told.next().await.unwrap();
        store.forget_channel("ninja", None).await.unwrap();
        store.record_moment(&moment("8", 1)).await.unwrap();
        store.judge(&moment("8", 1).key, Verdict::Kept, "bob", 300).await.unwrap();
        let next = told.next().await.unwrap();
        assert_eq!(next[0].moment.key, moment("8", 1).key);
    }
}
