//! Alerts from what happens to receivers that misbehave: each once, in order, and nobody is
//! delayed by another.

mod kinds;
mod quiet;
mod receiver;
mod smtp;
mod trouble;

use std::{path::Path, sync::Arc};

use cliphound_clock::Clock;
use cliphound_store::{IntentKey, NewIntent, OutboxSum, StateChange, Store};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;

use super::{Alerts, News, Tally, desk::Desk, news::tests::clip, post::Postman, verdict::Verdict};
use crate::{
    clips::{ClipNews, viewers::LiveNow},
    config::{
        Alert, AlertEvent, Origin,
        alerts::{Hidden, QuietHours, Receiver, Then},
    },
    crew::{Crew, Post},
    time::TwitchTime,
    trouble::Troubles,
};
use receiver::{Listening, until};

/// So many times faster than real time: a pause of 5 s is 5 ms.
const SPEED: f64 = 1_000.0;

/// What browsers call our pages.
const PAGES: &str = "https://clips.example.org";

/// An alert that goes to a webhook.
pub fn webhook(name: &str, url: &str) -> Alert {
    Alert {
        name: name.to_owned(),
        to: Receiver::Webhook { url: Hidden::from(url), secret: None },
        events: vec![AlertEvent::Clip],
        channels: Vec::new(),
        min_score: 0.0,
        template: None,
        quiet: None,
        allow_private: true,
        ca_file: None,
        origin: Origin::Default,
    }
}

/// A desk with its senders, and what they work with.
struct Works {
    alerts: Alerts,
    settings: watch::Sender<Vec<Alert>>,
    troubles: watch::Sender<Arc<Troubles>>,
    store: Store,
    clock: Clock,
    crew: Crew,
    stop: CancellationToken,
    tally: Tally,
}

impl Works {
    async fn start(database: &Path, alerts: Vec<Alert>) -> Self {
        let (settings, wanted) = watch::channel(alerts);
        let (alerts, queue, overflowed) = Alerts::new(wanted.clone());
        let store = Store::open(database).await.unwrap();
        let (clock, crew, stop) = (Clock::fast(SPEED), Crew::default(), CancellationToken::new());
        let tally = Tally::default();
        let (troubles, watched) = watch::channel(Arc::default());
        let desk = Desk {
            troubles: watched,
            pages: Some(PAGES.parse().unwrap()),
            queue,
            overflowed,
            settings: wanted,
            live: watch::channel(LiveNow::new()).1,
            store: store.clone(),
            time: TwitchTime::new(clock.clone()),
            crew: crew.clone(),
            post: Post::passing("alert"),
            stop: stop.clone(),
            tally: tally.clone(),
        };
        crew.keep(Post::passing("alerts"), desk.begin(), |desk| Box::pin(desk.run()));
        Self { alerts, settings, troubles, store, clock, crew, stop, tally }
    }

    fn tell(&self, number: i64) {
        self.alerts.clip(&numbered(number));
    }

    /// Ends as the daemon does.
    async fn end(self) {
        let Self { alerts, settings, store, crew, stop, .. } = self;
        stop.cancel();
        drop((alerts, settings));
        crew.tasks.close();
        crew.tasks.wait().await;
        store.close().await;
    }

    /// Waits until an alert is as it should be.
    async fn until(&self, name: &str, fits: impl Fn(&OutboxSum) -> bool) -> OutboxSum {
        until(async || {
            let sums = self.store.alert_sums().await.unwrap();
            sums.into_iter().find(|sum| sum.alert == name && fits(sum))
        })
        .await
    }
}

/// The clip of a moment of its own.
fn numbered(number: i64) -> ClipNews {
    let mut news = clip();
    news.moment.trigger.0 += number;
    news.title = format!("number {number}");
    news
}

/// The numbers that a receiver heard of.
fn numbers(server: &Listening) -> Vec<String> {
    let title = |body: &serde_json::Value| body["data"]["title"].as_str().unwrap().to_owned();
    let numbers = server.heard().into_iter().map(|heard| title(&heard.json()));
    numbers.map(|title| title.replace("number ", "")).collect()
}

#[tokio::test]
async fn each_comes_once_and_in_order_though_the_receiver_stumbles() {
    let dir = tempfile::tempdir().unwrap();
    let server = Listening::start().await;
    server.answers(&[(500, "", ""), (429, "1", "slow"), (200, "", "ok"), (503, "", "")]);
    let works = Works::start(&dir.path().join("c.db"), vec![webhook("hook", &server.url)]).await;
    for number in [1, 2, 3, 2] {
        works.tell(number);
    }
    works.until("hook", |sum| sum.sent == 3).await;
    assert_eq!(numbers(&server), ["1", "1", "1", "2", "2", "3"]);
    let ids =
        server.heard().into_iter().map(|heard| heard.header("webhook-id")).collect::<Vec<_>>();
    assert_eq!((&ids[0], ids[0] == ids[2], ids[2] == ids[3]), (&ids[1], true, false));
    let counts = works.tally.all()["hook"];
    assert_eq!((counts.sent, counts.failed, counts.retried), (3, 0, 3));
    works.end().await;
}

#[tokio::test]
async fn a_receiver_that_hangs_or_breaks_off_delays_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let server = Listening::start().await;
    let hangs = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let breaks = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = |listener: &TcpListener| format!("http://{}/x", listener.local_addr().unwrap());
    let alerts = vec![
        webhook("hangs", &url(&hangs)),
        webhook("breaks", &url(&breaks)),
        webhook("works", &server.url),
    ];
    let works = Works::start(&dir.path().join("c.db"), alerts).await;
    works.crew.spawn("breaks", async move {
        while let Ok((socket, _)) = breaks.accept().await {
            drop(socket);
        }
    });
    works.tell(1);
    works.tell(2);
    works.until("works", |sum| sum.sent == 2).await;
    let broken = works.until("breaks", |sum| sum.waiting_error.is_some()).await;
    assert_eq!((broken.waiting, broken.sent), (2, 0));
    let hanging = works.until("hangs", |_| true).await;
    assert_eq!((hanging.waiting, hanging.failed), (2, 0));
}

#[tokio::test]
async fn what_no_waiting_mends_ends_what_waits() {
    let dir = tempfile::tempdir().unwrap();
    let server = Listening::start().await;
    let away = webhook("away", &server.url);
    let inside = Alert { allow_private: false, ..webhook("inside", "https://127.0.0.1") };
    server.answers(&[(404, "", "no_service"), (302, "", "")]);
    let works = Works::start(&dir.path().join("c.db"), vec![away, inside]).await;
    works.tell(1);
    let sum = works.until("away", |sum| sum.failed == 1).await;
    assert!(sum.failed_error.unwrap().contains("not there any more"), "no_service");
    let sum = works.until("inside", |sum| sum.failed == 1).await;
    assert!(sum.failed_error.unwrap().contains("allow_private = true"));
    works.tell(2);
    let sum = works.until("away", |sum| sum.failed == 2).await;
    assert!(sum.failed_error.unwrap().contains("no redirect is followed"));
    assert_eq!(numbers(&server), ["1", "2"], "each was tried once, and nothing else was asked");
    // It works again by itself.
    works.tell(3);
    works.until("away", |sum| sum.sent == 1).await;
    works.end().await;
}

/// As every name does behind a router that has lost its connection; or `allow_private` was forgotten.
#[tokio::test]
async fn while_a_name_leads_into_a_private_network_alerts_wait() {
    let dir = tempfile::tempdir().unwrap();
    let server = Listening::start().await;
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let inside = webhook("inside", &format!("http://localhost:{port}"));
    let astray =
        Alert { allow_private: false, ..webhook("inside", &format!("https://localhost:{port}")) };
    let works = Works::start(&dir.path().join("c.db"), vec![astray]).await;
    works.tell(1);
    let sum = works.until("inside", |sum| sum.waiting_error.is_some()).await;
    assert!(sum.waiting_error.unwrap().contains("allow_private = true"));
    assert_eq!(numbers(&server), [""; 0]);
    works.settings.send_replace(vec![inside]);
    works.until("inside", |sum| sum.sent == 1).await;
    works.end().await;
}

#[tokio::test]
async fn a_restart_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (server, database) = (Listening::start().await, dir.path().join("c.db"));
    server.answers(&[(200, "", "")]);
    server.then_always(503);
    let works = Works::start(&database, vec![webhook("hook", &server.url)]).await;
    for number in 1..=4 {
        works.tell(number);
    }
    works
        .until("hook", |sum| sum.sent == 1 && sum.waiting == 3 && sum.waiting_error.is_some())
        .await;
    works.end().await;
    let before = server.heard().len();
    server.then_always(200);
    let works = Works::start(&database, vec![webhook("hook", &server.url)]).await;
    works.tell(1);
    works.until("hook", |sum| sum.sent == 4).await;
    assert_eq!(numbers(&server)[before..], ["2", "3", "4"]);
    works.end().await;
}

#[tokio::test]
async fn what_was_never_told_is_found_again_once() {
    let dir = tempfile::tempdir().unwrap();
    let (server, database) = (Listening::start().await, dir.path().join("c.db"));
    let works = Works::start(&database, vec![webhook("hook", &server.url)]).await;
    // The alert is known before the clip is.
    let names = [("hook".to_owned(), webhook("hook", "x").wish())];
    works.store.know_alerts(&names, "", works.clock.now_ms()).await.unwrap();
    works.end().await;
    let store = Store::open(&database).await.unwrap();
    let clock = Clock::fast(SPEED);
    let trigger_ms = clock.now_ms();
    // More of the day than are looked at in one go; what the account could not do is no news.
    for nth in 1..6 {
        let older = unpromised(trigger_ms - nth * 60_000, clock.now_ms());
        store.promise(&older).await.unwrap();
        let refused = StateChange::Refused { reason: "a dry run".to_owned() };
        store.set_state(&older.key, &refused, clock.now_ms()).await.unwrap();
    }
    make(&store, trigger_ms, clock.now_ms()).await;
    store.close().await;

    let alerts = || vec![webhook("hook", &server.url), webhook("new", &server.url)];
    let works = Works::start(&database, alerts()).await;
    works.until("hook", |sum| sum.sent == 1).await;
    // Told late as well, and found by every look.
    let mut late = numbered(0);
    late.moment.trigger.0 = trigger_ms;
    works.alerts.clip(&late);
    works.tell(1);
    works.until("hook", |sum| sum.sent == 2).await;
    let new = works.until("new", |sum| sum.sent == 2).await;
    assert_eq!(new.waiting, 0, "told when it was there already, found by no look");
    let hook = works.until("hook", |_| true).await;
    assert_eq!((hook.sent, hook.waiting, hook.failed), (2, 0, 0));
    works.end().await;
}

/// Of a great house that would be tens of thousands each time.
#[tokio::test]
async fn what_was_looked_through_once_is_not_read_again() {
    const HALF_AN_HOUR_MS: i64 = 1_800_000;
    let dir = tempfile::tempdir().unwrap();
    let (server, database) = (Listening::start().await, dir.path().join("c.db"));
    let store = Store::open(&database).await.unwrap();
    let before_ms = Clock::fast(SPEED).now_ms() - HALF_AN_HOUR_MS;
    let names = [("hook".to_owned(), webhook("hook", "x").wish())];
    store.know_alerts(&names, "", before_ms - 1).await.unwrap();
    make(&store, before_ms, before_ms).await;
    store.close().await;
    let works = Works::start(&database, vec![webhook("hook", &server.url)]).await;
    works.until("hook", |sum| sum.sent == 1).await;
    // Were it read again, it would be told again now, and before the next one.
    works.store.prune_alerts(i64::MAX, 9).await.unwrap();
    make(&works.store, before_ms + 1_000, works.clock.now_ms()).await;
    works.until("hook", |sum| sum.sent > 0).await;
    assert_eq!(server.heard().len(), 2);
    works.end().await;
}

/// Makes a clip in the database, of which nobody is told.
async fn make(store: &Store, trigger_ms: i64, now_ms: i64) {
    let key = IntentKey { broadcaster_id: "7".to_owned(), trigger_ms };
    store.promise(&unpromised(trigger_ms, now_ms)).await.unwrap();
    let clip_id = format!("Abc-{trigger_ms}");
    let clip_url = format!("https://clips.twitch.tv/{clip_id}");
    for change in [
        StateChange::Requested { called_ms: trigger_ms, called_by: None },
        StateChange::Created { clip_id: clip_id.clone(), edit_url: None },
        StateChange::Confirmed { clip_id, clip_url },
    ] {
        store.set_state(&key, &change, now_ms).await.unwrap();
    }
}

/// A promise to be made.
fn unpromised(trigger_ms: i64, now_ms: i64) -> NewIntent {
    NewIntent {
        key: IntentKey { broadcaster_id: "7".to_owned(), trigger_ms },
        login: "ninja".to_owned(),
        start_ms: trigger_ms - 5,
        end_ms: trigger_ms,
        automatic: true,
        due_ms: trigger_ms,
        title: "number 0".to_owned(),
        words: cliphound_store::Words::default(),
        duration_s: 30.0,
        in_review: false,
        dry: None,
        now_ms,
    }
}

#[tokio::test]
async fn while_the_database_fails_alerts_wait() {
    let dir = tempfile::tempdir().unwrap();
    let (server, database) = (Listening::start().await, dir.path().join("c.db"));
    let works = Works::start(&database, vec![webhook("hook", &server.url)]).await;
    works.tell(1);
    works.until("hook", |sum| sum.sent == 1).await;
    let url = format!("sqlite://{}", database.display());
    let mut other = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    works.tell(2);
    works.tell(3);
    // Longer than it is waited for a lock.
    Clock::system().sleep(std::time::Duration::from_millis(5_200)).await;
    assert_eq!(numbers(&server), ["1"]);
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    works.until("hook", |sum| sum.sent == 3).await;
    assert_eq!(numbers(&server), ["1", "2", "3"]);
    works.end().await;
}

#[tokio::test]
async fn settings_hold_at_once_and_quiet_hours_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let server = Listening::start().await;
    let works = Works::start(&dir.path().join("c.db"), Vec::new()).await;
    works.tell(1);
    // Quiet now and for many hours.
    let now = jiff::Timestamp::from_millisecond(works.clock.now_ms()).unwrap();
    let zone = jiff::tz::TimeZone::UTC;
    let hour = now.to_zoned(zone.clone()).hour();
    let hours = format!("{:02}:00-{:02}:00", hour, (hour + 20) % 24);
    let quiet = |then| Some(QuietHours::parse(&hours, zone.clone(), then).unwrap());
    let alerts = vec![
        webhook("now", &server.url),
        Alert { quiet: quiet(Then::Drop), ..webhook("drops", &server.url) },
        Alert { min_score: 0.9, ..webhook("picky", &server.url) },
    ];
    works.settings.send_replace(alerts);
    works.tell(2);
    works.until("now", |sum| sum.sent == 1).await;
    assert_eq!(numbers(&server), ["2"], "the first came before there was an alert");
    let sums = works.store.alert_sums().await.unwrap();
    assert_eq!(sums.len(), 1, "{sums:?}");
    // Taken out of the settings, what waits is given up.
    server.then_always(503);
    works.tell(3);
    works.until("now", |sum| sum.waiting == 1).await;
    works.settings.send_replace(Vec::new());
    let sum = works.until("now", |sum| sum.failed == 1).await;
    assert!(sum.failed_error.unwrap().contains("taken out of the settings"));
    works.end().await;
}

/// Whoever mends the settings does not wait for the end of a long pause.
#[tokio::test]
async fn what_waits_is_tried_at_once_when_its_alert_changes() {
    let dir = tempfile::tempdir().unwrap();
    let server = Listening::start().await;
    server.answers(&[(429, "21600", "")]);
    let works = Works::start(&dir.path().join("c.db"), vec![webhook("hook", &server.url)]).await;
    works.tell(1);
    works.until("hook", |sum| sum.waiting_error.is_some()).await;
    let template = Some("{title}".parse().unwrap());
    works.settings.send_replace(vec![Alert { template, ..webhook("hook", &server.url) }]);
    works.until("hook", |sum| sum.sent == 1).await;
    let row = works.store.newest_alerts(1).await.unwrap().remove(0);
    assert!(row.ended_ms.unwrap() < row.due_ms, "{row:?}");
    works.end().await;
}

#[tokio::test]
async fn an_answer_that_says_no_is_told_without_secrets() {
    let server = Listening::start().await;
    let secret = "hushhushhushhushhushhush";
    let alert = Alert {
        to: Receiver::Discord { url: Hidden::from(format!("{}/{secret}", server.url).as_str()) },
        ..webhook("team", "")
    };
    server.answers(&[(401, "", &format!("{{\"message\": \"bad {secret}\"}}"))]);
    let news: Arc<News> = Arc::new(News::of_clip(&clip()).unwrap());
    let postman = Postman::new(alert.clone()).await;
    let first = postman.send(&news, &Clock::system()).await;
    assert!(matches!(first, Verdict::Never { for_all: true, .. }), "{first:?}");
    assert_eq!(server.heard()[0].path, format!("/{secret}?wait=true"));
    let nobody = Alert {
        to: Receiver::Discord {
            url: Hidden::from(format!("http://127.0.0.1:1/{secret}").as_str()),
        },
        ..alert
    };
    let second = Postman::new(nobody).await.send(&news, &Clock::system()).await;
    assert!(matches!(second, Verdict::Later { .. }), "{second:?}");
    assert!(!format!("{first:?} {second:?}").contains(secret), "{first:?} {second:?}");
}
