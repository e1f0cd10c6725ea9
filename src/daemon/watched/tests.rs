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

/// The power comes back for half a minute, and goes again.
#[tokio::test(start_paused = true)]
async fn a_run_of_less_than_a_minute_hides_no_gap() {
    let scene = scene().await;
    let (watched, mut keeper) = scene.keeper().await;
    watched.hear(&told(ChatEvent::Joined));
    live_on(&mut keeper, 150).await;
    drop(keeper);
    for _ in 0..2 {
        pass(100).await;
        let (watched, mut keeper) = scene.keeper().await;
        watched.hear(&told(ChatEvent::Joined));
        live_on(&mut keeper, 30).await;
    }
    pass(100).await;
    let (watched, mut keeper) = scene.keeper().await;
    watched.hear(&told(ChatEvent::Joined));
    watched.live(&login("ninja"), Live::Online, Some(&stream(START_MS)));
    live_on(&mut keeper, 60).await;
    assert_eq!(scene.stretches("gap").await, [(120, 510, "crashed".to_owned())]);
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

/// Somebody else is awake a moment earlier.
#[tokio::test(start_paused = true)]
async fn what_is_told_at_the_awakening_hides_no_sleep() {
    let scene = scene().await;
    let (watched, mut keeper) = scene.keeper().await;
    watched.hear(&told(ChatEvent::Joined));
    live_on(&mut keeper, 5).await;
    pass(500).await;
    watched.live(&login("ninja"), Live::Online, Some(&stream(START_MS)));
    live_on(&mut keeper, 3).await;
    watched.live(&login("ninja"), Live::Online, Some(&stream(START_MS)));
    keeper.end().await;
    assert_eq!(scene.stretches("gap").await, [(5, 506, "asleep".to_owned())]);
}

/// A small machine without a clock of its own: a power cut of an hour, and a start with the time of
/// half an hour before it.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_after_the_start_puts_the_night_right() {
    const BEHIND_S: i64 = 1_800;
    const AWAY_S: i64 = 3_600;
    let mut scene = scene().await;
    let (watched, mut keeper) = scene.keeper().await;
    watched.hear(&told(ChatEvent::Joined));
    watched.live(&login("ninja"), Live::Online, Some(&stream(START_MS)));
    live_on(&mut keeper, 3_000).await;
    drop(keeper);
    let (clock, machine) = Clock::steered(START_MS + (3_000 - BEHIND_S) * 1_000);
    scene.clock = clock;
    let (watched, mut keeper) = scene.keeper().await;
    watched.live(&login("ninja"), Live::Online, Some(&stream(START_MS)));
    live_on(&mut keeper, 70).await;
    let before = [(0, 3_000, "online".to_owned())];
    assert_eq!(scene.stretches("live").await, before, "what was known stays");
    watched.hear(&told(ChatEvent::Joined));
    machine.set((BEHIND_S + AWAY_S) * 1_000);
    live_on(&mut keeper, 1).await;
    // Chat has told Twitch's time by now.
    watched.time.set((BEHIND_S + AWAY_S) * 1_000);
    watched.live(&login("ninja"), Live::Online, Some(&stream(START_MS)));
    live_on(&mut keeper, 60).await;

    let end = 3_000 + AWAY_S + 131;
    let gaps = [(3_000, 6_600, "crashed"), (6_600, 6_670, "joining")];
    assert_eq!(scene.stretches("gap").await, gaps.map(|(a, b, word)| (a, b, word.to_owned())));
    let live = [(0, 3_000, "online".to_owned()), (3_000, end, "online".to_owned())];
    assert_eq!(scene.stretches("live").await, live);
    keeper.end().await;
    let runs = scene.store.watched_since(0).await.unwrap().runs;
    let told: Vec<_> = runs.iter().map(|run| (run.start_ms - START_MS) / 1_000).collect();
    assert_eq!(told, [0, 6_600]);
}

/// The same with a clock that is ahead at first, as where Windows keeps it in local time.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_after_the_start_moves_what_was_stored() {
    let mut scene = scene().await;
    let (watched, mut keeper) = scene.keeper().await;
    watched.hear(&told(ChatEvent::Joined));
    live_on(&mut keeper, 60).await;
    keeper.end().await;
    let (clock, machine) = Clock::steered(START_MS + 7_300_000);
    scene.clock = clock;
    let (watched, mut keeper) = scene.keeper().await;
    watched.hear(&told(ChatEvent::Joined));
    watched.live(&login("ninja"), Live::Online, Some(&stream(START_MS)));
    live_on(&mut keeper, 60).await;
    assert_eq!(scene.stretches("gap").await, [(60, 7_300, "stopped".to_owned())]);
    machine.set(-7_200_000);
    live_on(&mut keeper, 60).await;
    assert_eq!(scene.stretches("gap").await, [(60, 100, "stopped".to_owned())]);
    let runs = scene.store.watched_since(0).await.unwrap().runs;
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[1].start_ms, START_MS + 100_000);
}

/// A virtual machine that stood still: what it knew before has its right time.
#[tokio::test(start_paused = true)]
async fn a_clock_that_was_right_until_it_was_set_moves_nothing() {
    let mut scene = scene().await;
    let (clock, machine) = Clock::steered(START_MS);
    scene.clock = clock;
    let (watched, mut keeper) = scene.keeper().await;
    watched.hear(&told(ChatEvent::Joined));
    watched.time.set(-80);
    live_on(&mut keeper, 60).await;
    machine.set(7_200_000);
    live_on(&mut keeper, 60).await;
    assert_eq!(scene.stretches("live").await, [(0, 120, "unknown".to_owned())]);
}

/// Left, added again, and both within the minute that is stored at once.
#[tokio::test(start_paused = true)]
async fn a_channel_that_comes_back_keeps_what_is_known_since() {
    let scene = scene().await;
    let (watched, mut keeper) = scene.keeper().await;
    watched.hear(&told(ChatEvent::Joined));
    live_on(&mut keeper, 65).await;
    watched.hear(&told(ChatEvent::Lost(Loss { why: WhyLost::Connection, alive_ms: None })));
    live_on(&mut keeper, 5).await;
    let inbox = scene.inboxes.get(&login("ninja")).unwrap();
    scene.roster.remove(&login("ninja"));
    keeper.follow();
    live_on(&mut keeper, 5).await;
    scene.roster.add(login("ninja"), inbox);
    keeper.follow();
    live_on(&mut keeper, 7).await;
    watched.hear(&told(ChatEvent::Joined));
    live_on(&mut keeper, 50).await;
    keeper.end().await;
    let gaps = [(65, 70, "connection".to_owned()), (75, 82, "joining".to_owned())];
    assert_eq!(scene.stretches("gap").await, gaps);
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
