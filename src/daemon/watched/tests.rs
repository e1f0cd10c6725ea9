//! The keeper over a real database, in paused time.

use cliphound_clock::Clock;
use cliphound_twitch::chat::{Loss, WhyLost};

use super::*;
use crate::daemon::inboxes::{self, Roster};

const START_MS: i64 = 1_790_000_000_000;

struct Scene {
    _folder: tempfile::TempDir,
    store: Store,
    clock: Clock,
    roster: Roster,
    inboxes: Inboxes,
}

fn login(name: &str) -> ChannelLogin {
    ChannelLogin::parse(name).unwrap()
}

async fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("a.db")).await.unwrap();
    let (inbox, queue) = tokio::sync::mpsc::channel(1);
    // The channel's task: it is told nothing here.
    drop(queue);
    let (roster, inboxes) = inboxes::tests::of([(login("ninja"), inbox)]);
    let clock = Clock::starting_at(START_MS, 1.0);
    Scene { _folder: folder, store, clock, roster, inboxes }
}

impl Scene {
    async fn keeper(&self) -> (Watched, Keeper) {
        let watched = Watched::new(TwitchTime::new(self.clock.clone()));
        let (store, inboxes) = (self.store.clone(), self.inboxes.clone());
        let keeper = Keeper::start(watched.clone(), store, inboxes, Directory::default()).await;
        (watched, keeper)
    }

    /// All stretches of a kind, in seconds since the start.
    async fn stretches(&self, kind: &str) -> Vec<(i64, i64, String)> {
        let log = self.store.watched_since(0).await.unwrap();
        let of_kind = log.stretches.into_iter().filter(|row| row.kind == kind);
        let seconds = |ms: i64| (ms - START_MS) / 1000;
        of_kind.map(|row| (seconds(row.start_ms), seconds(row.end_ms), row.word)).collect()
    }
}

fn told(event: ChatEvent) -> Heard {
    Heard { channel: login("ninja"), room_id: None, sent_ms: None, event }
}

/// Lets time pass without the keeper. No timer may wait while the database works: paused time
/// would leap to it.
async fn pass(seconds: u64) {
    tokio::time::advance(Duration::from_secs(seconds)).await;
}

/// A keeper that runs for so long.
async fn live_on(keeper: &mut Keeper, seconds: u64) {
    for _ in 0..seconds {
        pass(1).await;
        keeper.beat().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_crash_is_measured_to_the_minute_and_a_stop_exactly() {
    let scene = scene().await;
    let (watched, mut keeper) = scene.keeper().await;
    watched.hear(&told(ChatEvent::Joined));
    live_on(&mut keeper, 150).await;
    drop(keeper);
    pass(100).await;
    let (watched, mut keeper) = scene.keeper().await;
    watched.live(&login("ninja"), Live::Online, Some(&stream(START_MS - 1_000)));
    live_on(&mut keeper, 3).await;
    watched.hear(&told(ChatEvent::Joined));
    live_on(&mut keeper, 87).await;
    keeper.end().await;
    pass(60).await;
    // What it was meanwhile is known once the stream is.
    let (watched, mut keeper) = scene.keeper().await;
    watched.live(&login("ninja"), Live::Online, Some(&stream(START_MS + 370_000)));
    watched.hear(&told(ChatEvent::Joined));
    live_on(&mut keeper, 5).await;
    keeper.end().await;

    let runs = scene.store.watched_since(0).await.unwrap().runs;
    let ends: Vec<_> = runs.iter().map(|r| ((r.end_ms - START_MS) / 1000, r.is_clean)).collect();
    assert_eq!(ends, [(120, false), (340, true), (405, true)]);
    let gaps = [(120, 250, "crashed"), (250, 253, "joining"), (370, 400, "stopped")];
    assert_eq!(scene.stretches("gap").await, gaps.map(|(a, b, word)| (a, b, word.to_owned())));
    let live = [(0, 120, "unknown"), (120, 340, "online"), (370, 405, "online")];
    assert_eq!(scene.stretches("live").await, live.map(|(a, b, word)| (a, b, word.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_left_has_no_gaps_from_then_on() {
    let scene = scene().await;
    let (watched, mut keeper) = scene.keeper().await;
    watched.hear(&told(ChatEvent::Joined));
    live_on(&mut keeper, 30).await;
    let alive_ms = Some(scene.clock.now_ms() - 10_000);
    let loss = Loss { why: WhyLost::Connection, alive_ms };
    watched.hear(&told(ChatEvent::Lost(loss)));
    scene.roster.remove(&login("ninja"));
    keeper.follow();
    live_on(&mut keeper, 30).await;
    keeper.end().await;
    assert_eq!(scene.stretches("gap").await, [(20, 30, "connection".to_owned())]);
    assert!(scene.store.last_run().await.unwrap().followed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_is_noticed() {
    let scene = scene().await;
    let (watched, mut keeper) = scene.keeper().await;
    watched.hear(&told(ChatEvent::Joined));
    live_on(&mut keeper, 5).await;
    pass(500).await;
    live_on(&mut keeper, 3).await;
    keeper.end().await;
    assert_eq!(scene.stretches("gap").await, [(5, 506, "asleep".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_database_that_fails_loses_nothing_of_it() {
    let scene = scene().await;
    let (watched, mut keeper) = scene.keeper().await;
    let good = keeper.store.clone();
    let folder = tempfile::tempdir().unwrap();
    let closed = Store::open(&folder.path().join("b.db")).await.unwrap();
    closed.clone().close().await;
    keeper.store = closed;
    live_on(&mut keeper, 200).await;
    watched.hear(&told(ChatEvent::Joined));
    keeper.store = good;
    live_on(&mut keeper, 100).await;
    keeper.end().await;
    assert_eq!(scene.stretches("gap").await, [(0, 200, "joining".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn run_ends_with_the_stop_and_says_so() {
    let scene = scene().await;
    let (_, keeper) = scene.keeper().await;
    let stop = CancellationToken::new();
    stop.cancel();
    keeper.run(stop).await;
    assert!(scene.store.last_run().await.unwrap().run.unwrap().is_clean);
}

fn stream(started_ms: i64) -> Stream {
    Stream {
        user_id: "7".to_owned(),
        login: "ninja".to_owned(),
        viewers: 5,
        game: String::new(),
        title: String::new(),
        started_ms,
    }
}
