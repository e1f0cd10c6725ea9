//! What the keeper does with what a socket tells while the same place is being fetched.

use cliphound_twitch::emotes::{Change, Emote, SetIds};

use super::*;
use crate::{
    config::GlobalArgs,
    daemon::{
        channel::INBOX,
        inboxes::{self, Roster},
    },
};

const NOW_MS: i64 = 1_000_000;

fn known(names: &[&str]) -> Fetched {
    let emote = |name: &&str| Emote { id: format!("id{name}"), name: (*name).to_owned() };
    let ids = SetIds { set: Some("S".to_owned()), user: Some("U".to_owned()) };
    Fetched { emotes: names.iter().map(emote).collect(), ids }
}

fn key() -> Key {
    (Service::SevenTv, Place::channel("5").unwrap())
}

/// A desk that knows one place, which is being fetched since [`NOW_MS`].
fn desk(folder: &tempfile::TempDir) -> Desk {
    let args = GlobalArgs { dir: Some(folder.path().to_owned()), ..GlobalArgs::default() };
    let config = Config::load(&args, &BTreeMap::new()).unwrap();
    let clock = Clock::starting_at(NOW_MS, 1.0);
    let (_, inboxes) = Roster::new();
    let settings = watch::channel(config.emotes.clone()).1;
    let keeper =
        Keeper::new(&config, settings, None, inboxes, Directory::default(), clock).unwrap();
    let mut desk = Desk::new(keeper, Vec::new());
    desk.shelf.put(key(), known(&["Old1"]));
    desk.timetable.add(key(), NOW_MS);
    assert_eq!(desk.timetable.next(NOW_MS), Some(key()));
    desk
}

#[tokio::test(start_paused = true)]
async fn an_answer_older_than_a_change_is_fetched_again_soon() {
    let new = Emote { id: "idNew1".to_owned(), name: "New1".to_owned() };
    let topic = Topic::Set("S".to_owned());
    let change = Change { topic, added: vec![new], removed: Vec::new() };
    for event in [
        LiveEvent::Changed(change),
        LiveEvent::Stale(Topic::User("U".to_owned())),
        LiveEvent::Missed(Service::SevenTv),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = desk(&folder);
        desk.heard(event.clone()).await;
        desk.answered(key(), Answer::Known(known(&["Old1"]))).await;
        let next_ms = desk.timetable.next_at().unwrap();
        assert!(next_ms <= NOW_MS + MISSED_GAP_MS, "{event:?}: {}", next_ms - NOW_MS);
        desk.timetable.next(next_ms).unwrap();
        desk.answered(key(), Answer::Known(known(&["Old1", "New1"]))).await;
        assert_eq!(desk.shelf.names("5").names(), ["New1", "Old1"]);
    }
}

/// What the channel was told of its emotes.
fn told(inbox: &mut mpsc::Receiver<ToChannel>) -> Option<Vec<String>> {
    match inbox.try_recv() {
        Ok(ToChannel::Emotes(set)) => Some(set.names().iter().map(ToString::to_string).collect()),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn services_come_and_go_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let args = GlobalArgs { dir: Some(folder.path().to_owned()), ..GlobalArgs::default() };
    let config = Config::load(&args, &BTreeMap::new()).unwrap();
    let clock = Clock::starting_at(NOW_MS, 1.0);
    let (ann, (inbox_in, mut inbox)) = (ChannelLogin::parse("ann").unwrap(), mpsc::channel(INBOX));
    let (_roster, followed) = inboxes::tests::of([(ann.clone(), inbox_in)]);
    let directory = Directory::default();
    directory.tell(&ann, "5");
    let (settings_in, settings) = watch::channel(config.emotes.clone());
    let keeper = Keeper::new(&config, settings, None, followed, directory, clock).unwrap();
    let mut desk = Desk::new(keeper, Vec::new());
    desk.look_for_channels().await;
    desk.learn(&key(), known(&["Seven1"])).await;
    desk.learn(&(Service::Bttv, key().1), known(&["Better1"])).await;
    desk.tell_channels(NOW_MS + GATHER_MS);
    assert_eq!(told(&mut inbox), Some(vec!["Better1".to_owned(), "Seven1".to_owned()]));

    let only = |service| Emotes {
        services: vec![crate::config::emotes::ThirdParty(service)],
        ..config.emotes.clone()
    };
    settings_in.send_replace(only(Service::Bttv));
    desk.take_services().await;
    desk.tell_channels(NOW_MS + 2 * GATHER_MS);
    assert_eq!(told(&mut inbox), Some(vec!["Better1".to_owned()]));
    assert!(!desk.timetable.has(&key()));

    settings_in.send_replace(Emotes { enabled: false, ..config.emotes.clone() });
    desk.take_services().await;
    desk.tell_channels(NOW_MS + 3 * GATHER_MS);
    assert_eq!(told(&mut inbox), Some(Vec::new()));
    assert_eq!(desk.timetable.next_at(), None);

    // What is on the disk is known again at once.
    settings_in.send_replace(only(Service::SevenTv));
    desk.take_services().await;
    desk.tell_channels(NOW_MS + 4 * GATHER_MS);
    assert_eq!(told(&mut inbox), Some(vec!["Seven1".to_owned()]));
    assert!(desk.timetable.has(&key()));
}
