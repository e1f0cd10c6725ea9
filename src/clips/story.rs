//! Stories of clips, from the order to the files, with a Twitch that answers as told.

mod beside;
mod better;
mod dead_token;
mod fake;
mod let_go;
mod machine;
mod review;
mod said;
mod trouble;
mod turned_down;
mod vods;
mod wishes;

use std::{path::Path, sync::Arc};

use cliphound_clock::Clock;
use cliphound_engine::{Cause, EventTime, Moment};
use cliphound_store::{FullDisks, IntentKey, IntentState, NewIntent, StateChange, Store};
use cliphound_twitch::{
    ChannelLogin,
    helix::{Clip, CreatedClip, HelixError, Vod, VodClip},
};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use self::fake::Fake;
use super::{
    ClipNews, ClipOrder, ClipWorker, Context, OfflineFlag, Said, ToClips, Wishes, state::State,
};
use crate::{config::Publish, crew::Crew, records::Records, time::TwitchTime};

/// The start of these stories on the clock.
const START_MS: i64 = 1_000_000_000;
/// How fast the clock runs: what must happen in time has a good part of a second for it.
const SPEED: f64 = 50.0;
/// Where little more than waiting is to be done: a call may still be late by a tenth of a
/// second of real time.
const FAST: f64 = 150.0;

fn created(id: &str) -> Result<CreatedClip, HelixError> {
    Ok(CreatedClip { id: id.to_owned(), edit_url: format!("https://edit/{id}") })
}

fn order(trigger_ms: i64, cause: Cause) -> ClipOrder {
    ClipOrder {
        login: ChannelLogin::parse("ninja").unwrap(),
        broadcaster_id: Some("7".to_owned()),
        moment: Moment {
            trigger: EventTime(trigger_ms),
            start: EventTime(trigger_ms - 10_000),
            end: EventTime(trigger_ms),
            score: 0.9,
            threshold: 0.6,
            cause,
            reasons: Vec::new(),
            learning: false,
            title: None,
        },
        title: "A title".to_owned(),
        said: Said::default(),
        duration_s: 60.0,
        offline: OfflineFlag::default(),
        publish: Publish::Auto,
    }
}

/// The same, of which somebody has to say yes first.
fn asking(trigger_ms: i64, cause: Cause) -> ClipOrder {
    ClipOrder { publish: Publish::Review, ..order(trigger_ms, cause) }
}

/// What is told of clips, but for those on the way of the VOD: more comes of them.
struct News(mpsc::Receiver<ClipNews>);

impl News {
    async fn recv(&mut self) -> Option<ClipNews> {
        loop {
            let news = self.0.recv().await?;
            if !matches!(news.state, State::Vod { .. }) {
                return Some(news);
            }
        }
    }

    fn try_recv(&mut self) -> Result<ClipNews, mpsc::error::TryRecvError> {
        loop {
            let news = self.0.try_recv()?;
            if !matches!(news.state, State::Vod { .. }) {
                return Ok(news);
            }
        }
    }
}

/// A run of the worker in a folder.
struct Run {
    orders: mpsc::Sender<ToClips>,
    news: News,
    crew: Crew,
    stop: CancellationToken,
    store: Store,
    time: TwitchTime,
    wishes: watch::Sender<Wishes>,
}

impl Run {
    async fn start(dir: &Path, api: Fake, dry_run: bool) -> Self {
        Self::start_at(dir, api, dry_run, Clock::starting_at(START_MS, SPEED)).await
    }

    async fn start_at(dir: &Path, api: Fake, dry_run: bool, clock: Clock) -> Self {
        let dry_run = dry_run.then(|| "dry run".to_owned());
        Self::wishing(dir, api, Wishes { dry_run, ..Wishes::default() }, clock).await
    }

    async fn wishing(dir: &Path, api: Fake, wishes: Wishes, clock: Clock) -> Self {
        let store = Store::open(&dir.join("cliphound.db")).await.unwrap();
        let records =
            Arc::new(Records::open(&dir.join("recordings"), &FullDisks::default()).unwrap());
        let time = TwitchTime::new(clock);
        time.set(0);
        let (news_in, news) = mpsc::channel(16);
        let news = News(news);
        let (wishes_in, wishes) = watch::channel(wishes);
        api.0.lock().unwrap().clock = Some(time.clock().clone());
        let context = Context::new(api, store.clone(), records, time.clone(), wishes, news_in);
        let (crew, stop) = (Crew::default(), CancellationToken::new());
        let (orders, queue) = mpsc::channel(16);
        let worker = ClipWorker::new(context, crew.clone(), stop.clone());
        crew.spawn("clips", worker.run(queue));
        Self { orders, news, crew, stop, store, time, wishes: wishes_in }
    }

    async fn order(&self, order: ClipOrder) {
        self.orders.send(ToClips::New(order)).await.unwrap();
    }

    /// The states that are told until an end, as words.
    async fn ended(&mut self) -> Vec<&'static str> {
        let mut words = Vec::new();
        while let Some(news) = self.news.recv().await {
            words.push(news.state.word());
            if news.state.is_end() {
                break;
            }
        }
        words
    }

    async fn stop(self) {
        self.stop.cancel();
        drop(self.orders);
        self.crew.tasks.close();
        self.crew.tasks.wait().await;
        assert!(!self.crew.alarm.is_cancelled());
        self.store.close().await;
    }
}

fn lines(dir: &Path, file: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(dir.join("recordings").join(file)).unwrap();
    let rows = text.lines().skip(1);
    rows.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn states(dir: &Path) -> Vec<String> {
    lines(dir, "moments.tsv").into_iter().map(|mut columns| columns.pop().unwrap()).collect()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn a_moment_becomes_a_confirmed_clip() {
    let dir = folder();
    let fake = Fake::answering(created("A"));
    fake.0.lock().unwrap().shown_after = 2;
    fake.make("A", START_MS + 7_000);
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Hype)).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;

    let clips = lines(dir.path(), "clip_urls.txt");
    assert_eq!(clips.len(), 1);
    assert_eq!(clips[0].len(), 9);
    assert_eq!(clips[0][1..4], ["ninja", "https://clips.twitch.tv/A", "https://edit/A"]);
    assert_eq!(clips[0][6..], ["0.900", "hype", "A title"]);
    assert_eq!(states(dir.path()), ["confirmed"]);
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn a_call_is_on_the_disk_before_it_is_made() {
    let dir = folder();
    let fake = Fake::answering(Err(HelixError::NotSent("no network".to_owned())));
    fake.0.lock().unwrap().answers.push_back(created("A"));
    fake.make("A", START_MS + 7_000);
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    fake.0.lock().unwrap().store = Some(run.store.clone());
    run.order(order(START_MS, Cause::Hype)).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;
    let states = fake.0.lock().unwrap().states_at_calls.clone();
    assert_eq!(states, [IntentState::Requested, IntentState::Requested]);
}

#[tokio::test]
async fn the_call_comes_seven_seconds_after_the_trigger_and_at_once_when_asked_for() {
    for (cause, wait_ms) in [(Cause::Hype, 7_000), (Cause::Manual("mod".to_owned()), 0)] {
        let dir = folder();
        let mut run = Run::start(dir.path(), Fake::answering(created("A")), false).await;
        let trigger_ms = run.time.clock().now_ms();
        run.order(order(trigger_ms, cause)).await;
        let news = run.news.recv().await.unwrap();
        let State::Created { called_ms, .. } = news.state else { panic!("{news:?}") };
        assert!(called_ms >= trigger_ms + wait_ms, "{called_ms}");
        let intent = run.store.open_intents().await.unwrap().remove(0);
        assert!(intent.due_ms >= trigger_ms + wait_ms);
        assert!(wait_ms > 0 || intent.due_ms <= called_ms);
        run.stop().await;
    }
}

#[tokio::test]
async fn a_clip_is_looked_up_as_that_of_who_asked_for_it() {
    let dir = folder();
    let fake = Fake::answering(Err(HelixError::AnswerLost("reset".to_owned())));
    fake.0.lock().unwrap().makes = Some("B");
    fake.0.lock().unwrap().next_creator = Some("2".to_owned());
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Hype)).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;
    assert_eq!(lines(dir.path(), "clip_urls.txt")[0][2], "https://clips.twitch.tv/B");
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_never_repeated() {
    let dir = folder();
    let lost = || Err(HelixError::AnswerLost("reset".to_owned()));
    let fake = Fake::answering(lost());
    fake.make("someone's earlier", START_MS - 100_000);
    fake.0.lock().unwrap().makes = Some("B");
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Hype)).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;
    assert_eq!(lines(dir.path(), "clip_urls.txt")[0][2], "https://clips.twitch.tv/B");
    assert_eq!(fake.asked().len(), 1);

    let dir = folder();
    let fake = Fake::answering(lost());
    let fast = Clock::starting_at(START_MS, FAST);
    let mut run = Run::start_at(dir.path(), fake.clone(), false, fast.clone()).await;
    run.order(order(fast.now_ms(), Cause::Hype)).await;
    assert_eq!(run.ended().await, ["missed"]);
    run.stop().await;
    assert!(lines(dir.path(), "clip_urls.txt").is_empty());
    assert_eq!((states(dir.path()), fake.asked().len()), (vec!["missed".to_owned()], 1));
}

/// A run that ends when it has promised a clip.
async fn promised(folder: &Path) {
    let slow = Clock::starting_at(START_MS, 1.0);
    let run = Run::start_at(folder, Fake::default(), false, slow).await;
    run.order(order(START_MS, Cause::Hype)).await;
    while run.store.open_intents().await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    run.stop().await;
}

#[tokio::test]
async fn a_promise_outlives_a_restart() {
    let dir = folder();
    promised(dir.path()).await;
    assert!(states(dir.path()).is_empty());

    let fake = Fake::answering(created("A"));
    fake.make("A", START_MS + 9_000);
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    run.stop().await;
    assert_eq!(states(dir.path()), ["confirmed"]);

    let later = Clock::starting_at(START_MS + 60_000, SPEED);
    let mut run = Run::start_at(dir.path(), fake.clone(), false, later).await;
    run.order(order(START_MS, Cause::Hype)).await;
    run.order(order(START_MS + 60_000, Cause::Hype)).await;
    assert_eq!(run.ended().await, ["refused"], "the same moment is not clipped again");
    run.stop().await;
    // Of the other moment twice: a stream that has just begun may be unknown for a while.
    assert_eq!(fake.asked().len(), 3);
}

#[tokio::test]
async fn a_call_under_way_at_a_crash_is_looked_up() {
    let dir = folder();
    let key = crashed(dir.path()).await;
    let fake = Fake::default();
    fake.make("C", START_MS - 22_000);
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    assert_eq!(run.ended().await, ["created", "confirmed"]);
    let state = run.store.intent(&key).await.unwrap().unwrap().state;
    assert_eq!(state, IntentState::Confirmed);
    run.stop().await;
    let clips = lines(dir.path(), "clip_urls.txt");
    assert_eq!((clips.len(), clips[0][2].as_str()), (1, "https://clips.twitch.tv/C"));
    assert!(fake.asked().is_empty());
}

/// What a crash during a call leaves, half a minute before the start.
async fn crashed(dir: &Path) -> IntentKey {
    let store = Store::open(&dir.join("cliphound.db")).await.unwrap();
    let key = IntentKey { broadcaster_id: "7".to_owned(), trigger_ms: START_MS - 30_000 };
    let intent = NewIntent {
        key: key.clone(),
        login: "ninja".to_owned(),
        start_ms: START_MS - 40_000,
        end_ms: START_MS - 30_000,
        automatic: true,
        due_ms: START_MS - 23_000,
        title: "A title".to_owned(),
        words: cliphound_store::Words::default(),
        duration_s: 60.0,
        in_review: false,
        dry: None,
        now_ms: START_MS - 30_000,
    };
    let moment = super::row::moment_row(&order(key.trigger_ms, Cause::Hype));
    store.record_moment(&moment).await.unwrap();
    store.promise(&intent).await.unwrap();
    store
        .set_state(
            &key,
            &StateChange::Requested { called_ms: START_MS - 23_000, called_by: None },
            START_MS - 23_000,
        )
        .await
        .unwrap();
    store.close().await;
    key
}

#[tokio::test]
async fn without_an_account_or_in_a_dry_run_moments_are_recorded_only() {
    for dry_run in [true, false] {
        let dir = folder();
        let fake = Fake::answering(created("A"));
        fake.0.lock().unwrap().no_account = !dry_run;
        let mut run = Run::start(dir.path(), fake.clone(), dry_run).await;
        run.order(order(START_MS, Cause::Hype)).await;
        assert_eq!(run.ended().await, ["dry_run"]);
        run.stop().await;
        assert_eq!(states(dir.path()), ["dry_run"]);
        assert!(fake.asked().is_empty() && lines(dir.path(), "clip_urls.txt").is_empty());
    }
}

/// The call is most of a second of real time away: so long it may take to tell of more.
fn growing() -> Clock {
    Clock::starting_at(START_MS, 10.0)
}

#[tokio::test]
async fn an_extended_moment_gets_its_new_end() {
    let dir = folder();
    let mut run = Run::start_at(dir.path(), Fake::default(), true, growing()).await;
    let mut longer = order(START_MS, Cause::Hype);
    run.order(longer.clone()).await;
    longer.moment.end = EventTime(START_MS + 5_000);
    longer.moment.score = 0.95;
    run.orders.send(ToClips::Extended(longer)).await.unwrap();
    run.ended().await;
    let page = cliphound_store::Page::newest(10);
    assert_eq!(run.store.moments(&page).await.unwrap()[0].end_ms, START_MS + 5_000);
    run.stop().await;
    assert_eq!(lines(dir.path(), "moments.tsv")[0][6], "0.950");
}

/// The public title tells of the moment as it was when Twitch was asked, everywhere the same; what
/// somebody asked for keeps the words of who asked.
#[tokio::test]
async fn an_extended_moment_gets_its_new_title_unless_somebody_gave_one() {
    let asked = ClipOrder { publish: Publish::Review, ..order(START_MS, Cause::Hype) };
    let by_hand = order(START_MS, Cause::Manual("mod".to_owned()));
    let grown = "603 people in 15 s";
    for (first, title) in [(order(START_MS, Cause::Hype), grown), (by_hand, "A title")] {
        let (dir, fake) = (folder(), Fake::answering(created("A")));
        fake.0.lock().unwrap().makes = Some("A");
        let mut run = Run::start_at(dir.path(), fake.clone(), false, growing()).await;
        run.order(first.clone()).await;
        let longer = ClipOrder { title: grown.to_owned(), ..first.clone() };
        run.orders.send(ToClips::Extended(longer)).await.unwrap();
        assert_eq!(run.ended().await, ["created", "confirmed"]);
        assert_eq!(run.store.intent(&first.key()).await.unwrap().unwrap().title, title);
        run.stop().await;
        assert_eq!(fake.asked()[0].title, title);
        assert_eq!(lines(dir.path(), "clip_urls.txt")[0][8], title);
    }
    let dir = folder();
    let mut run = Run::start_at(dir.path(), Fake::default(), false, growing()).await;
    run.order(asked.clone()).await;
    let longer = ClipOrder { title: grown.to_owned(), ..asked.clone() };
    run.orders.send(ToClips::Extended(longer)).await.unwrap();
    assert_eq!(run.news.recv().await.unwrap().title, grown);
    assert_eq!(run.store.intent(&asked.key()).await.unwrap().unwrap().title, grown);
    run.stop().await;
}

#[tokio::test]
async fn what_twitch_refuses_ends_with_a_plain_reason() {
    let (dir, fake) = (folder(), Fake::default());
    let mut run = Run::start(dir.path(), fake.clone(), false).await;
    run.order(order(START_MS, Cause::Hype)).await;
    let news = run.news.recv().await.unwrap();
    assert_eq!(news.state.reason(), Some("the channel is not live"));

    let off = order(START_MS + 100_000, Cause::Hype);
    off.offline.set(true);
    run.order(off).await;
    let news = run.news.recv().await.unwrap();
    assert!(news.state.reason().unwrap().contains("off line"), "{news:?}");
    assert_eq!(fake.asked().len(), 2, "a stream may have just begun");
    run.stop().await;
    assert_eq!(states(dir.path()), ["refused", "refused"]);
}
