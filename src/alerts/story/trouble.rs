//! What keeps Cliphound from its work is told, also while the disk fails; and what waits for
//! somebody leads to our pages.

use super::*;
use crate::trouble::{Kind, Trouble};

/// What is wrong, with everything else well.
fn wrong(kinds: &[Kind]) -> Arc<Troubles> {
    let trouble = |kind| Trouble { kind, why: "run `cliphound login`".to_owned() };
    let well = [Kind::LogInEnded, Kind::Disk].into_iter().filter(|kind| !kinds.contains(kind));
    Arc::new(Troubles { all: kinds.iter().copied().map(trouble).collect(), well: well.collect() })
}

fn titles(server: &Listening) -> Vec<String> {
    let title = |body: serde_json::Value| body["data"]["title"].as_str().unwrap().to_owned();
    server.heard().into_iter().map(|heard| title(heard.json())).collect()
}

#[tokio::test]
async fn trouble_is_told_once_and_once_when_it_is_over_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (server, database) = (Listening::start().await, dir.path().join("c.db"));
    let alerts = || {
        let channels = vec![cliphound_twitch::ChannelLogin::parse("ann").unwrap()];
        let events = vec![AlertEvent::Trouble];
        vec![Alert { events, channels, ..webhook("hook", &server.url) }]
    };
    let works = Works::start(&database, alerts()).await;
    works.troubles.send_replace(wrong(&[Kind::LogInEnded]));
    works.until("hook", |sum| sum.sent == 1).await;
    works.end().await;
    // However old it is by then.
    let store = cliphound_store::Store::open(&database).await.unwrap();
    assert_eq!(store.prune_alerts(i64::MAX, 9).await.unwrap(), 0);
    store.close().await;
    let works = Works::start(&database, alerts()).await;
    works.troubles.send_replace(wrong(&[Kind::LogInEnded]));
    works.tell(1);
    works.troubles.send_replace(wrong(&[]));
    works.until("hook", |sum| sum.sent == 2).await;
    let ended = "Nothing is clipped: the log-in at Twitch has ended";
    assert_eq!(titles(&server), [ended, "Cliphound is logged in at Twitch again"]);
    let heard = server.heard();
    let (first, second) = (heard[0].json(), heard[1].json());
    assert_eq!(first["type"], "cliphound.trouble");
    assert_eq!(first["data"]["channel"], serde_json::Value::Null);
    assert_eq!(
        (&first["data"]["cause"], &first["data"]["is_over"]),
        (&"log_in_ended".into(), &false.into())
    );
    assert_eq!(second["data"]["is_over"], true);
    assert_eq!(first["data"]["url"], format!("{PAGES}/"));
    assert_eq!(first["timestamp"], second["timestamp"], "both are about the same one");
    assert_ne!(heard[0].header("webhook-id"), heard[1].header("webhook-id"));
    works.end().await;
}

/// Whoever wants to hear of trouble because there is some, hears of it; whoever heard, not again.
#[tokio::test]
async fn who_asks_while_there_is_trouble_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (Listening::start().await, Listening::start().await);
    let alert = |name: &str, server: &Listening, event| Alert {
        events: vec![event],
        ..webhook(name, &server.url)
    };
    let deaf = alert("first", &first, AlertEvent::Clip);
    let works = Works::start(&dir.path().join("c.db"), vec![deaf]).await;
    works.troubles.send_replace(wrong(&[Kind::LogInEnded]));
    // What is told after it has been looked at the trouble.
    works.tell(1);
    works.until("first", |sum| sum.sent == 1).await;
    let hears = alert("first", &first, AlertEvent::Trouble);
    works.settings.send_replace(vec![hears.clone()]);
    works.until("first", |sum| sum.sent == 2).await;
    let new = alert("second", &second, AlertEvent::Trouble);
    works.settings.send_replace(vec![hears, new]);
    works.until("second", |sum| sum.sent == 1).await;
    works.troubles.send_replace(wrong(&[]));
    works.until("first", |sum| sum.sent == 3).await;
    works.until("second", |sum| sum.sent == 2).await;
    let ended = "Nothing is clipped: the log-in at Twitch has ended";
    let again = "Cliphound is logged in at Twitch again";
    assert_eq!(titles(&first), ["number 1", ended, again]);
    assert_eq!(titles(&second), [ended, again]);
    works.end().await;
}

#[tokio::test]
async fn that_the_disk_is_full_is_told_though_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let (server, database) = (Listening::start().await, dir.path().join("c.db"));
    let events = vec![AlertEvent::Trouble, AlertEvent::Clip];
    let works =
        Works::start(&database, vec![Alert { events, ..webhook("hook", &server.url) }]).await;
    works.tell(1);
    works.until("hook", |sum| sum.sent == 1).await;
    let url = format!("sqlite://{}", database.display());
    let mut other = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    server.answers(&[(503, "", "")]);
    works.troubles.send_replace(wrong(&[Kind::Disk]));
    until(async || (server.heard().len() == 3).then_some(())).await;
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    works.troubles.send_replace(wrong(&[]));
    works.until("hook", |sum| sum.sent == 2).await;
    let full = "The disk does not take what Cliphound writes";
    let again = "The disk takes what Cliphound writes again";
    assert_eq!(titles(&server), ["number 1", full, full, again]);
    let counts = works.tally.all()["hook"];
    assert_eq!((counts.sent, counts.failed, counts.retried), (3, 0, 1));
    works.end().await;
}

#[tokio::test]
async fn a_moment_that_waits_leads_to_our_page_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let server = Listening::start().await;
    let alert = Alert { events: vec![AlertEvent::Review], ..webhook("hook", &server.url) };
    let works = Works::start(&dir.path().join("c.db"), vec![alert]).await;
    works.alerts.clip(&ClipNews { state: crate::clips::state::State::InReview, ..clip() });
    works.until("hook", |sum| sum.sent == 1).await;
    let url = format!("{PAGES}/review/7@1790000000000");
    assert_eq!(server.heard()[0].json()["data"]["url"], url);
    works.end().await;
}
