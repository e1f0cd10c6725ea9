//! Writes the channels' figures into the database, in batches, and forgets the old ones.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use cliphound_clock::{Clock, Stopwatch};
use cliphound_store::{MomentRow, Store, WindowRow};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::stats::Stats;
use crate::{
    config::Storage,
    costs,
    crew::{beat, blocking, rest},
    records::videos,
    time::TwitchTime,
    web::access,
};

/// Rows waiting for the database; what does not fit is left out and counted.
pub const QUEUE: usize = 16_384;
/// Rows written together.
const BATCH: usize = 2_048;
/// Pause between two batches.
const PAUSE: Duration = Duration::from_secs(5);
/// Rows deleted together.
const PRUNE: u32 = 5_000;
/// Moments, their intents and clips are kept for two years, and so is when channels were live, and
/// their VODs, by which they are shown stream by stream; `recordings/` keeps its lines.
const MOMENTS_DAYS: u32 = 731;
/// Clips of viewers that are kept of a channel, the newest: Twitch tells of a thousand an hour at most.
const VIEWER_CLIPS: u32 = 50_000;
/// Days that alerts are kept which were sent or given up: so long none of them comes twice. What was
/// told last of trouble stays for longer.
const ALERTS_DAYS: u32 = 7;
const GB: u64 = 1_000_000_000;
const DAY_MS: i64 = 86_400_000;
const HOUR: Duration = Duration::from_secs(3_600);
/// How often it is looked whether Twitch's time is known by now.
const SOON: Duration = Duration::from_secs(60);

/// Something for the database that no clip waits for.
#[derive(Debug)]
pub enum Figure {
    /// Five seconds of a channel.
    Window(WindowRow),
    /// A moment that the clip worker could not take.
    Moment(MomentRow),
}

/// Writes until the queue is closed. After `stop` it does not pause any more.
pub async fn keep(
    store: Store,
    queue: &mut mpsc::Receiver<Figure>,
    clock: Clock,
    stats: Arc<Stats>,
    stop: CancellationToken,
) {
    let mut figures = Vec::new();
    let mut failing = false;
    loop {
        let count = rest(queue.recv_many(&mut figures, BATCH)).await;
        if count == 0 {
            return;
        }
        let stopwatch = Stopwatch::start();
        let written = write(&store, figures.drain(..)).await;
        stats.database_write.took(stopwatch.elapsed());
        if let Err(error) = written {
            stats.rows_lost.fetch_add(count as u64, std::sync::atomic::Ordering::Relaxed);
            if !std::mem::replace(&mut failing, true) {
                costs::tell(&error, "figures can't be stored and are left out");
            }
        } else {
            failing = false;
        }
        if count < BATCH {
            let pause = clock.sleep(PAUSE);
            rest(stop.run_until_cancelled(pause)).await;
        }
    }
}

/// Writes all that it can, whatever the first trouble is.
async fn write(
    store: &Store,
    figures: impl Iterator<Item = Figure>,
) -> Result<(), cliphound_store::StoreError> {
    let (mut windows, mut done) = (Vec::new(), Ok(()));
    for figure in figures {
        match figure {
            Figure::Window(row) => windows.push(row),
            Figure::Moment(row) => done = done.and(store.record_moment(&row).await),
        }
    }
    done.and(store.add_windows(&windows).await)
}

/// Deletes figures and gaps older than the settings say, moments and streams older than two years, and the oldest
/// videos in the folder `recordings` when there are too many: as soon as it is certain what time it is, and
/// every hour.
pub async fn forget(store: Store, kept: Storage, recordings: PathBuf, time: TwitchTime) {
    let clock = time.clock();
    loop {
        let Some(now_ms) = time.certain_ms() else {
            rest(clock.sleep(SOON)).await;
            continue;
        };
        forget_now(&store, kept.windows_days, now_ms).await;
        let chat_ms = now_ms - i64::from(kept.chat_days) * DAY_MS;
        in_parts("lines of chat", || store.prune_chat(chat_ms, PRUNE)).await;
        let recordings = recordings.clone();
        let videos =
            blocking("forgetting videos", move || forget_videos(&recordings, kept.downloads_gb));
        // A panic in there costs no more than this hour.
        let _ = videos.await;
        rest(clock.sleep(HOUR)).await;
    }
}

fn forget_videos(recordings: &Path, gb: u32) {
    if gb == 0 {
        return;
    }
    match videos::keep_within(recordings, u64::from(gb) * GB) {
        Ok(deleted) if deleted.is_empty() => {}
        Ok(deleted) => {
            tracing::info!(
                videos = deleted.len(),
                gb,
                "deleted the oldest videos: storage.downloads_gb says how many GB they may take"
            );
        }
        Err(error) => tracing::warn!(%error, "old videos can't be deleted"),
    }
}

async fn forget_now(store: &Store, days: u32, now_ms: i64) {
    let before_ms = |days: u32| now_ms - i64::from(days) * DAY_MS;
    in_parts("figures", || store.prune(before_ms(days), PRUNE)).await;
    let (gaps_ms, streams_ms) = (before_ms(days), before_ms(days.max(MOMENTS_DAYS)));
    in_parts("gaps", || store.prune_watched(gaps_ms, streams_ms, PRUNE)).await;
    let sessions = store.prune_sessions(now_ms - access::REST_MS, now_ms - access::LIFE_MS).await;
    if let Err(error) = sessions {
        costs::tell(&error, "old sessions can't be deleted");
    }
    let old_ms = before_ms(MOMENTS_DAYS);
    in_parts("clips of viewers", || store.prune_viewer_clips(old_ms, VIEWER_CLIPS, PRUNE)).await;
    in_parts("moments", || store.prune_moments(old_ms, PRUNE)).await;
    in_parts("alerts", || store.prune_alerts(before_ms(ALERTS_DAYS), PRUNE)).await;
}

/// Deletes [`PRUNE`] at a time until there are fewer.
async fn in_parts<F>(what: &str, mut delete: impl FnMut() -> F)
where
    F: Future<Output = Result<u64, cliphound_store::StoreError>>,
{
    loop {
        beat();
        match delete().await {
            Ok(deleted) if deleted == u64::from(PRUNE) => {}
            Ok(_) => return,
            Err(error) => {
                costs::tell(&error, format_args!("old {what} can't be deleted"));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cliphound_store::{Kind, Page, Rewrite, Run, Stretch};

    use super::*;
    use crate::clips::sample;

    fn moment(trigger_ms: i64) -> Figure {
        Figure::Moment(sample::moment("7", trigger_ms))
    }

    fn window(end_ms: i64) -> Figure {
        Figure::Window(WindowRow {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            end_ms,
            messages: 1,
            chatters: 1,
            score: 0.0,
            threshold: 0.6,
            sentiment: 0.0,
            viewers: None,
        })
    }

    #[tokio::test]
    async fn everything_in_the_queue_is_written_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db")).await.unwrap();
        let (queue_in, mut queue) = mpsc::channel(QUEUE);
        let count = BATCH as i64 + 10;
        for end_ms in 1..=count {
            queue_in.send(window(end_ms)).await.unwrap();
        }
        drop(queue_in);
        let stop = CancellationToken::new();
        stop.cancel();
        keep(store.clone(), &mut queue, Clock::system(), Arc::default(), stop).await;
        let rows = store.windows("7", 0, i64::MAX, u32::MAX).await.unwrap();
        assert_eq!(rows.len() as i64, count);
    }

    #[tokio::test]
    async fn a_database_that_fails_is_counted_and_holds_up_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db")).await.unwrap();
        store.clone().close().await;
        let (queue_in, mut queue) = mpsc::channel(8);
        queue_in.send(window(1)).await.unwrap();
        drop(queue_in);
        let (stats, stop) = (Arc::new(Stats::default()), CancellationToken::new());
        stop.cancel();
        keep(store, &mut queue, Clock::system(), Arc::clone(&stats), stop).await;
        assert_eq!(stats.rows_lost.load(std::sync::atomic::Ordering::Relaxed), 1);
    }

    /// What a clock that is years ahead would delete can't be had again.
    #[tokio::test]
    async fn nobodys_clock_alone_says_what_is_old() {
        let ours_ms = 2_000 * DAY_MS;
        for (ahead_ms, expected) in
            [(None, None), (Some(-900 * DAY_MS), Some(1_100)), (Some(900 * DAY_MS), Some(2_000))]
        {
            let time = TwitchTime::new(Clock::starting_at(ours_ms, 1.0));
            ahead_ms.into_iter().for_each(|ahead_ms| time.set(ahead_ms));
            assert_eq!(time.certain_ms().map(|ms| ms / DAY_MS), expected, "{ahead_ms:?}");
        }
    }

    #[tokio::test]
    async fn what_is_old_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db")).await.unwrap();
        let now_ms = 2_000 * DAY_MS;
        let at = |days: i64| now_ms - days * DAY_MS;
        let windows = [window(at(31)), window(at(29))].into_iter();
        let moments = [moment(at(732)), moment(at(730))].into_iter();
        write(&store, windows.chain(moments)).await.unwrap();
        let stretches = |word: &str| {
            let days = [732, 730, 29].into_iter();
            let row = |days| Stretch {
                start_ms: at(days) - DAY_MS / 4,
                end_ms: at(days),
                word: word.to_owned(),
            };
            days.map(row).collect()
        };
        let rewrite = |kind, word| Rewrite {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            kind,
            from_ms: 0,
            stretches: stretches(word),
        };
        let run = Run { start_ms: 0, end_ms: now_ms, is_clean: true };
        let known = [rewrite(Kind::Live, "online"), rewrite(Kind::Gap, "connection")];
        store.keep_watched(&run, &known).await.unwrap();
        forget_now(&store, 30, now_ms).await;
        let windows = store.windows("7", 0, i64::MAX, 9).await.unwrap();
        let windows: Vec<_> = windows.iter().map(|row| row.end_ms).collect();
        assert_eq!(windows, [at(29)]);
        let streams = store.streams_between(0, now_ms).await.unwrap();
        let streams: Vec<_> = streams.iter().map(|row| row.end_ms).collect();
        assert_eq!(streams, [at(730), at(29)], "as long as their moments");
        let gaps = store.gaps_between("7", 0, now_ms).await.unwrap();
        assert_eq!(gaps.iter().map(|row| row.end_ms).collect::<Vec<_>>(), [at(29)]);
        let moments = store.moments(&Page { limit: 9, ..Page::default() }).await.unwrap();
        let moments: Vec<_> = moments.iter().map(|row| row.key.trigger_ms).collect();
        assert_eq!(moments, [at(730)]);
    }
}
