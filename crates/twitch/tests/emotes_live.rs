//! The sockets of 7TV and BTTV, held against the simulated ones.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use std::{collections::BTreeSet, time::Duration};

use cliphound_clock::Clock;
use cliphound_twitch::emotes::{Live, LiveEvent, Service, Topic};
use cliphound_twitch_sim::{EmoteChange, EmoteService, SimConfig, SimHandle, start};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, sync::DropGuard, task::TaskTracker};
use url::Url;

/// Pauses between connections are a second and more on this clock.
const SPEED: f64 = 100.0;
/// A test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

struct Rig {
    sim: SimHandle,
    at: EmoteService,
    topics: watch::Sender<BTreeSet<Topic>>,
    events: mpsc::Receiver<LiveEvent>,
    _end: DropGuard,
}

impl Rig {
    async fn start(service: Service) -> Self {
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let clock = Clock::starting_at(1_700_000_000_000, SPEED);
        let channels = vec!["ninja:40".to_owned()];
        let config = SimConfig { channels, ..SimConfig::default() };
        let sim = start(config, clock.clone(), &tracker, stop.clone()).await.unwrap();
        let (at, url) = match service {
            Service::SevenTv => (EmoteService::SevenTv, &sim.info().seventv_events),
            _ => (EmoteService::Bttv, &sim.info().bttv_events),
        };
        let (topics, topics_out) = watch::channel(BTreeSet::new());
        let (events_in, events) = mpsc::channel(8);
        let url = Url::parse(url).unwrap();
        let live = Live { service, url, clock, topics: topics_out, events: events_in };
        tracker.spawn(live.run());
        Self { sim, at, topics, events, _end: stop.drop_guard() }
    }

    fn id(&self) -> String {
        self.sim.info().channels[0].id.clone()
    }

    /// Waits until the service knows that so many topics are listened to.
    async fn listened(&self, topics: usize) {
        let heard = async {
            while self.sim.emote_topics(self.at).len() != topics {
                Clock::system().sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, heard).await.unwrap();
    }

    fn change(&self, add: &[&str], remove: &[&str]) {
        let words = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (add, remove) = (words(add), words(remove));
        let change = EmoteChange { add, remove, ..EmoteChange::default() };
        self.sim.change_emotes(self.at, Some("ninja"), &change);
    }

    async fn next(&mut self) -> LiveEvent {
        timeout(PATIENCE, self.events.recv()).await.unwrap().unwrap()
    }

    /// The names that come and the number of those that go, by the next event.
    async fn next_change(&mut self) -> (Vec<String>, usize) {
        match self.next().await {
            LiveEvent::Changed(change) => {
                (change.added.into_iter().map(|emote| emote.name).collect(), change.removed.len())
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn seventv_tells_changes_and_a_resume_loses_none() {
    let mut rig = Rig::start(Service::SevenTv).await;
    let set = Topic::Set(format!("01SET{}", rig.id()));
    let user = Topic::User(format!("01USER{}", rig.id()));
    rig.topics.send_replace(BTreeSet::from([set.clone()]));
    rig.listened(1).await;
    rig.topics.send_replace(BTreeSet::from([set, user]));
    rig.listened(2).await;
    rig.change(&["One"], &["tinyGasp"]);
    assert_eq!(rig.next_change().await, (vec!["One".to_owned()], 1));
    for (fault, name) in [("7tv_drop", "Two"), ("7tv_reconnect", "Three")] {
        rig.sim.inject(fault, None, 1).unwrap();
        rig.change(&[name], &[]);
        assert_eq!(rig.next_change().await, (vec![name.to_owned()], 0), "{fault}");
        rig.listened(2).await;
    }
}

#[tokio::test]
async fn seventv_is_subscribed_anew_when_it_has_forgotten_us() {
    let mut rig = Rig::start(Service::SevenTv).await;
    rig.topics.send_replace(BTreeSet::from([Topic::Set(format!("01SET{}", rig.id()))]));
    rig.listened(1).await;
    rig.sim.inject("7tv_forget", None, 1).unwrap();
    assert_eq!(rig.next().await, LiveEvent::Missed(Service::SevenTv));
    rig.listened(1).await;
    rig.change(&["One"], &[]);
    assert_eq!(rig.next_change().await, (vec!["One".to_owned()], 0));
}

#[tokio::test]
async fn bttv_is_joined_anew_after_a_loss() {
    let mut rig = Rig::start(Service::Bttv).await;
    rig.topics.send_replace(BTreeSet::from([Topic::Channel(rig.id())]));
    rig.listened(1).await;
    rig.change(&["One"], &[]);
    assert_eq!(rig.next_change().await, (vec!["One".to_owned()], 0));
    rig.sim.inject("bttv_drop", None, 1).unwrap();
    assert_eq!(rig.next().await, LiveEvent::Missed(Service::Bttv));
    rig.listened(1).await;
    rig.change(&[], &["WobbleCat"]);
    assert_eq!(rig.next_change().await, (Vec::new(), 1));
}

#[tokio::test]
async fn nobody_is_connected_while_there_is_nothing_to_hear() {
    let rig = Rig::start(Service::Bttv).await;
    rig.topics.send_replace(BTreeSet::from([Topic::Channel(rig.id())]));
    rig.listened(1).await;
    rig.topics.send_replace(BTreeSet::new());
    rig.listened(0).await;
}
