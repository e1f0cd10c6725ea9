use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use tokio::sync::{mpsc, oneshot};

use super::*;

const BOUND: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_panic_sets_off_the_alarm() {
    let crew = Crew::default();
    crew.spawn("calm", async {});
    crew.spawn("nervous", async { panic!("for the test") });
    crew.alarm.cancelled().await;
    assert_eq!(crew.panics(), 1);
}

#[tokio::test]
async fn an_end_does_not() {
    let crew = Crew::default();
    crew.spawn("calm", async {});
    crew.tasks.close();
    crew.tasks.wait().await;
    assert!(!crew.alarm.is_cancelled() && crew.under_way().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_is_kept_goes_on_with_its_queue() {
    let crew = Crew::default();
    let (orders, queue) = mpsc::channel(8);
    let (done, mut results) = mpsc::channel(8);
    crew.keep(Post::lasting("divider", BOUND), queue, move |queue| {
        let done = done.clone();
        async move {
            while let Some(number) = rest(queue.recv()).await {
                done.send(60_u32 / number).await.unwrap();
            }
        }
        .boxed()
    });
    for number in [1, 0, 2, 0, 3] {
        orders.send(number).await.unwrap();
    }
    drop(orders);
    let mut divided = Vec::new();
    while let Some(result) = results.recv().await {
        divided.push(result);
    }
    assert_eq!(divided, [60, 30, 20]);
    assert_eq!((crew.panics(), crew.restarted().get("divider")), (2, Some(&2)));
    assert!(!crew.alarm.is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_when_no_further_life_is_wanted() {
    let (crew, until) = (Crew::default(), CancellationToken::new());
    let mut pauses = crew.restarts("channel").until(until.clone());
    assert!(pauses.wait().await);
    let leave = async {
        Clock::system().sleep(FIRST_PAUSE).await;
        until.cancel();
    };
    let (goes_on, ()) = tokio::join!(pauses.wait(), leave);
    assert!(!goes_on, "it would have been four times as long");
}

/// Keeps a task that always panics for an hour; says how often it was started.
async fn always_panics(tasks: usize) -> (Crew, u32) {
    let (crew, starts) = (Crew::default(), Arc::new(AtomicU32::new(0)));
    for _ in 0..tasks {
        let starts = Arc::clone(&starts);
        crew.keep(Post::lasting("hopeless", BOUND), (), move |()| {
            starts.fetch_add(1, Relaxed);
            async { panic!("for the test") }.boxed()
        });
    }
    let clock = Clock::system();
    let hour = clock.sleep(Duration::from_secs(3_600));
    tokio::select! {
        () = hour => {}
        () = crew.alarm.cancelled() => {}
    }
    let starts = starts.load(Relaxed);
    (crew, starts)
}

#[tokio::test(start_paused = true)]
async fn one_hopeless_task_is_tried_less_and_less_and_ends_nothing() {
    let (crew, starts) = always_panics(1).await;
    assert!(!crew.alarm.is_cancelled());
    assert!((10..20).contains(&starts), "{starts}");
}

#[tokio::test(start_paused = true)]
async fn many_panics_within_a_minute_end_the_daemon() {
    let (crew, starts) = always_panics(3).await;
    assert!(crew.alarm.is_cancelled());
    assert_eq!(starts, 6);
}

#[tokio::test(start_paused = true)]
async fn work_that_hangs_is_late_and_rest_is_not() {
    let crew = Crew::default();
    let (free, is_free) = oneshot::channel::<()>();
    let hangs = Post::lasting("hangs", BOUND).about("ninja");
    crew.watch(hangs, async {
        rest(Clock::system().sleep(BOUND * 10)).await;
        let _ = is_free.await;
        rest(std::future::pending::<()>()).await;
    });
    crew.watch(Post::lasting("rests", BOUND), rest(std::future::pending()));
    crew.spawn("passes", std::future::pending());
    let pause = |seconds| async move { Clock::system().sleep(Duration::from_secs(seconds)).await };
    pause(195).await;
    assert_eq!(crew.late(), []);
    pause(60).await;
    let names: Vec<_> = crew.late().iter().map(|late| (late.name, late.about.clone())).collect();
    assert_eq!(names, [("hangs", Some("ninja".to_owned()))]);
    assert!(crew.silences()["hangs"] > BOUND && crew.silences()["rests"] < BOUND);
    drop(free);
    pause(1).await;
    assert_eq!(crew.late(), []);
}

#[tokio::test]
async fn what_may_be_cut_short_ends_at_the_stop() {
    let (crew, stop) = (Crew::default(), CancellationToken::new());
    crew.keep(Post::lasting("endless", BOUND).until(&stop), (), |()| {
        rest(std::future::pending()).boxed()
    });
    assert_eq!(crew.under_way().into_iter().collect::<Vec<_>>(), [("endless", 1)]);
    stop.cancel();
    crew.tasks.close();
    crew.tasks.wait().await;
    assert!(crew.under_way().is_empty());
}

/// A thread that waits for its queue is alive; one whose work does not end is late.
#[tokio::test]
async fn a_thread_that_blocks_has_a_heart_too() {
    let crew = Crew::default();
    let (orders, mut queue) = mpsc::channel::<std::sync::mpsc::Receiver<()>>(1);
    let (took_in, took) = oneshot::channel();
    crew.block(Post::lasting("writer", Duration::ZERO), move || {
        let work = rest_blocking(|| queue.blocking_recv()).unwrap();
        took_in.send(()).unwrap();
        let _ = work.recv();
        panic!("for the test");
    });
    let clock = Clock::system();
    let is_late = || crew.late().iter().any(|late| late.name == "writer");
    // It rests as soon as its thread runs.
    while is_late() {
        clock.sleep(Duration::from_millis(1)).await;
    }
    clock.sleep(Duration::from_millis(20)).await;
    assert!(!is_late(), "it rests");
    let (end, work) = std::sync::mpsc::sync_channel(1);
    orders.send(work).await.unwrap();
    took.await.unwrap();
    while !is_late() {
        clock.sleep(Duration::from_millis(1)).await;
    }
    end.send(()).unwrap();
    crew.tasks.close();
    crew.tasks.wait().await;
    assert_eq!((crew.panics(), crew.late().len()), (1, 0));
    assert!(!crew.alarm.is_cancelled(), "the others go on");
}
