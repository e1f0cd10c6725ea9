//! Quiet hours: what waits for their end, and what does not wait.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use super::{Alert, Listening, QuietHours, Then, Works, numbers, webhook};

/// Quiet since an hour ago and for about another one, 3.6 s of real time.
fn now(works_ms: i64, then: Then) -> QuietHours {
    let now = Timestamp::from_millisecond(works_ms).unwrap().to_zoned(TimeZone::UTC);
    let time = |hours: i64| now.saturating_add(hours.hours()).strftime("%H:%M").to_string();
    let hours = format!("{}-{}", time(-1), time(1));
    QuietHours::parse(&hours, TimeZone::UTC, then).unwrap()
}

#[tokio::test]
async fn what_waits_is_sent_in_its_order_when_the_hours_end_and_what_is_dropped_never() {
    let dir = tempfile::tempdir().unwrap();
    let (waits, drops, loud) =
        (Listening::start().await, Listening::start().await, Listening::start().await);
    let works = Works::start(&dir.path().join("c.db"), Vec::new()).await;
    let began_ms = works.clock.now_ms();
    let end_ms = now(began_ms, Then::Wait).end_ms(began_ms).unwrap();
    let quiet = |then| Some(now(began_ms, then));
    works.settings.send_replace(vec![
        Alert { quiet: quiet(Then::Wait), ..webhook("waits", &waits.url) },
        Alert { quiet: quiet(Then::Drop), ..webhook("drops", &drops.url) },
        webhook("loud", &loud.url),
    ]);
    works.tell(1);
    works.tell(2);
    // Somebody else is told at once, while these are kept.
    works.until("loud", |sum| sum.sent == 2).await;
    assert!(works.clock.now_ms() < end_ms, "this machine is too slow for this test");
    let sum = works.until("waits", |sum| sum.waiting == 2).await;
    assert_eq!((sum.sent, waits.heard().len()), (0, 0));
    works.until("waits", |sum| sum.sent == 2).await;
    assert_eq!(numbers(&waits), ["1", "2"]);
    let rows = works.store.newest_alerts(10).await.unwrap();
    let ended = |name: &str| {
        let of = rows.iter().filter(|row| row.alert == name);
        of.map(|row| row.ended_ms.unwrap()).collect::<Vec<_>>()
    };
    assert!(ended("waits").iter().all(|at_ms| *at_ms >= end_ms), "{rows:?} and not {end_ms}");
    assert!(ended("loud").iter().all(|at_ms| *at_ms < end_ms), "{rows:?} and not {end_ms}");
    assert_eq!((drops.heard().len(), ended("drops").len()), (0, 0));
    // Afterwards both are told at once.
    works.tell(3);
    works.until("drops", |sum| sum.sent == 1).await;
    works.until("waits", |sum| sum.sent == 3).await;
    assert_eq!(
        (numbers(&drops), numbers(&waits)),
        (vec!["3".to_owned()], ["1", "2", "3"].map(str::to_owned).to_vec())
    );
    works.end().await;
}
