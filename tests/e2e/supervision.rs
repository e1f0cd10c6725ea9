//! The end of the daemon while something useful is still under way.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::Method,
    response::{IntoResponse, Response},
};
use cliphound_clock::Stopwatch;
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};

use crate::{
    SPEED,
    daemon::{Daemon, Line},
    twitch::Twitch,
};

/// Stands between the daemon and Twitch, and holds back the answers to Create Clip.
#[derive(Clone)]
struct Slow {
    helix: String,
    http: reqwest::Client,
    /// A place for each answer that may go on.
    answers: Arc<Semaphore>,
}

impl Slow {
    /// The same Twitch, behind it.
    async fn before(twitch: Twitch) -> (Twitch, Arc<Semaphore>) {
        let helix = twitch.environment["CLIPHOUND_ENDPOINTS__HELIX"].clone();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answers = Arc::new(Semaphore::new(0));
        let slow = Self { helix, http, answers: Arc::clone(&answers) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(hand_on).with_state(slow);
        serve(listener, routes);
        (twitch.with("CLIPHOUND_ENDPOINTS__HELIX", &url), answers)
    }
}

#[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
fn serve(listener: TcpListener, routes: Router) {
    tokio::spawn(axum::serve(listener, routes).into_future());
}

async fn hand_on(State(slow): State<Slow>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let is_clip = parts.method == Method::POST && parts.uri.path() == "/clips";
    let url = format!("{}{}", slow.helix, parts.uri);
    let body: Bytes = to_bytes(body, usize::MAX).await.unwrap();
    let mut headers = parts.headers;
    headers.remove("host");
    let asked = slow.http.request(parts.method, url).headers(headers).body(body);
    let answer = asked.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let text = answer.bytes().await.unwrap();
    if is_clip {
        slow.answers.acquire().await.unwrap().forget();
    }
    (status, headers, text).into_response()
}

/// A daemon that has just asked for a clip, whose answer does not come.
async fn waiting(dir: &tempfile::TempDir) -> (Twitch, Arc<Semaphore>, Daemon) {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let (twitch, answers) = Slow::before(twitch).await;
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    twitch.say_moderator("ninja", "helper", "!testclip");
    daemon.log_line("the moment", |line| line.has("moment: clipped by helper")).await;
    twitch.until_clips(1).await;
    (twitch, answers, daemon)
}

fn asked(line: &Line) -> bool {
    line.is("cause", "manual:helper")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_counts_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let (twitch, answers, mut daemon) = waiting(&dir).await;
    daemon.signal("TERM").await;
    let worth_it = |line: &Line| line.has("still under way, and worth waiting for: alerts, clip");
    daemon.log_line("it is named", worth_it).await;
    answers.add_permits(1);
    assert_eq!(daemon.ended().await, Some(0));
    assert_eq!(daemon.seen(|line| asked(line) && line.is("state", "created")), 1);
    assert_eq!((daemon.lines("clip_urls.txt").len(), twitch.clips().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_waited_for_longer_than_twenty_seconds_or_after_a_second_signal() {
    let (patient, hasty) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_patient_twitch, _no_answer, mut patient) = waiting(&patient).await;
    patient.signal("TERM").await;
    let stopwatch = Stopwatch::start();
    let (twitch, answers, mut daemon) = waiting(&hasty).await;
    daemon.signal("TERM").await;
    daemon.log_line("it ends", |line| line.has("stopping")).await;
    let at_once = Stopwatch::start();
    // Whoever presses again: what comes within half a second is of the same press.
    let ended = loop {
        match timeout(Duration::from_millis(600), daemon.ended()).await {
            Ok(code) => break code,
            Err(_) => daemon.signal("TERM").await,
        }
    };
    assert_eq!(ended, Some(1));
    assert!(at_once.elapsed() < Duration::from_secs(3), "{:?}", at_once.elapsed());

    // The call that was left is looked up, and not repeated.
    answers.add_permits(100);
    let mut daemon = Daemon::run(hasty.path(), &twitch, &[]).await;
    daemon.log_line("found", |line| asked(line) && line.is("state", "confirmed")).await;
    daemon.terminate().await;
    assert_eq!((daemon.lines("clip_urls.txt").len(), twitch.clips().len()), (1, 1));

    assert_eq!(patient.ended().await, Some(0));
    assert!(stopwatch.elapsed() < Duration::from_secs(60), "{:?}", stopwatch.elapsed());
}

/// Another daemon has its folder: both would clip the same moments.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_fails_ends_it_with_an_error() {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let (data, other) = (dir.path().join("data"), dir.path().join("other"));
    let mut daemon = Daemon::run(&data, &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    std::fs::create_dir(&other).unwrap();
    let lock = std::fs::File::create(other.join("cliphound.lock")).unwrap();
    lock.lock().unwrap();
    // At once, or it would make the folder anew and lock it again.
    renameat_with(CWD, &data, CWD, &other, RenameFlags::EXCHANGE).unwrap();
    assert_eq!(daemon.ended().await, Some(1), "{}", daemon.log());
    let log = daemon.log();
    for words in ["another Cliphound runs in the folder", "a part of Cliphound failed"] {
        assert!(log.contains(words), "{words}: {log}");
    }
}
