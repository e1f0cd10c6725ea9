//! Stories of who is logged in: refused tokens, other users, and chat that is not lost meanwhile.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio::sync::watch;

use super::{Peer, Scene, login, scene_with};
use crate::irc::{ChatEvent, ChatLogin, Credentials};

/// An account that somebody else changes.
struct Seat {
    /// User and token.
    now: Mutex<Option<(&'static str, &'static str)>>,
    /// What refused tokens are renewed to, the next one last.
    renewed: Mutex<Vec<&'static str>>,
    refusals: AtomicUsize,
    changes: watch::Sender<()>,
}

impl Seat {
    fn of(user: &'static str, token: &'static str, renewed: &[&'static str]) -> Arc<Self> {
        Arc::new(Self {
            now: Mutex::new(Some((user, token))),
            renewed: Mutex::new(renewed.to_vec()),
            refusals: AtomicUsize::default(),
            changes: watch::Sender::new(()),
        })
    }

    fn take(&self, now: Option<(&'static str, &'static str)>) {
        *self.now.lock().unwrap() = now;
        self.changes.send_replace(());
    }
}

impl Credentials for Seat {
    fn current(&self) -> BoxFuture<'_, Option<ChatLogin>> {
        Box::pin(async {
            let (user, token) = (*self.now.lock().unwrap())?;
            Some(ChatLogin { login: login(user), token: SecretString::from(token) })
        })
    }

    fn refused<'a>(&'a self, _: &'a SecretString) -> BoxFuture<'a, ()> {
        Box::pin(async {
            self.refusals.fetch_add(1, Relaxed);
            if let Some(token) = self.renewed.lock().unwrap().pop() {
                self.take(Some(("hound", token)));
            }
        })
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

fn logged_in(seat: &Arc<Seat>, channels: &[&str]) -> Scene {
    let channels = channels.iter().map(|name| login(name)).collect();
    scene_with(channels, |config| config.credentials = Some(Arc::clone(seat) as _))
}

impl Scene {
    /// Somebody comes with this token, and is refused.
    async fn refuses(&mut self, token: &str) {
        let mut peer = self.twitch.accept().await;
        assert_eq!(peer.introduction().await, Some(format!("oauth:{token}")));
        peer.send(":tmi.twitch.tv NOTICE * :Login authentication failed").await;
    }

    async fn welcomes(&mut self, nick: &str) -> Peer {
        let peer = self.twitch.welcome().await;
        assert!(peer.nick.starts_with(nick), "{}", peer.nick);
        peer
    }
}

impl Peer {
    async fn say_as(&mut self, id: &str, channel: &str) {
        let line = format!("@id={id};room-id=7 :a!a@a PRIVMSG #{channel} :{id}");
        self.send(&line).await;
    }

    /// The client hangs up, after whatever it still asks.
    async fn is_left(&mut self) {
        while let Ok(Some(line)) = self.lines.next_line().await {
            assert!(line.starts_with("PING"), "{line}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_at_once() {
    let seat = Seat::of("hound", "old", &["new"]);
    let mut scene = logged_in(&seat, &["a"]);
    scene.refuses("old").await;
    let mut peer = scene.twitch.accept().await;
    assert_eq!(peer.introduction().await.as_deref(), Some("oauth:new"));
    assert!(scene.clock.now_ms() <= 2_100, "after the usual pause");
    assert_eq!(scene.chat.stats().logins_refused, 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_reads_anonymously_until_there_is_another_token() {
    let seat = Seat::of("hound", "old", &[]);
    let mut scene = logged_in(&seat, &["a"]);
    scene.refuses("old").await;
    let mut peer = scene.welcomes("justinfan").await;
    peer.let_join("a").await;
    assert_eq!(scene.event().await.1, ChatEvent::Joined);
    drop(peer);
    scene.loses("a").await;
    let mut peer = scene.welcomes("justinfan").await;
    peer.let_join("a").await;
    assert_eq!(scene.event().await.1, ChatEvent::Joined);
    assert_eq!((scene.chat.stats().logins_refused, seat.refusals.load(Relaxed)), (1, 1));

    // Somebody renews it: the new connection is there before the old one goes.
    seat.take(Some(("hound", "new")));
    let mut next = scene.twitch.accept().await;
    peer.say_as("1", "a").await;
    assert_eq!(scene.text().await, "1", "while the new one is not let in yet");
    assert_eq!(next.introduction().await.as_deref(), Some("oauth:new"));
    next.send(":tmi.twitch.tv 001 hound :Welcome, GLHF!").await;
    next.expect("JOIN #a").await;
    peer.say_as("2", "a").await;
    assert_eq!(scene.text().await, "2", "while the new one is not in the room yet");
    next.echo_join("a").await;
    next.say_as("3", "a").await;
    peer.say_as("3", "a").await;
    peer.say_as("4", "a").await;
    next.say_as("4", "a").await;
    assert_eq!([scene.text().await, scene.text().await], ["3", "4"]);
    peer.is_left().await;
    next.say_as("5", "a").await;
    assert_eq!(scene.text().await, "5");
    let stats = scene.chat.stats();
    assert_eq!((stats.channels_heard, stats.connected, stats.reconnects), (1, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_refuses_every_token_is_read_anonymously() {
    let seat = Seat::of("hound", "old", &["newest", "new"]);
    let mut scene = logged_in(&seat, &["a"]);
    scene.refuses("old").await;
    scene.refuses("new").await;
    let mut peer = scene.welcomes("justinfan").await;
    peer.let_join("a").await;
    assert_eq!(seat.refusals.load(Relaxed), 1, "once in ten minutes");
    // After that it is tried again, beside the connection that reads.
    let refused_ms = scene.clock.now_ms();
    let again = async {
        scene.refuses("new").await;
        scene.clock.now_ms()
    };
    let again_ms = tokio::select! {
        again_ms = again => again_ms,
        line = peer.line() => panic!("{line}"),
    };
    assert!((590_000..=600_000).contains(&(again_ms - refused_ms)), "{again_ms}");
}

#[tokio::test(start_paused = true)]
async fn who_logs_in_or_out_takes_the_connection_along_without_a_gap() {
    let seat = Seat::of("hound", "one", &[]);
    let mut scene = logged_in(&seat, &["a", "b"]);
    let mut peer = scene.welcomes("hound").await;
    for channel in ["a", "b"] {
        peer.let_join(channel).await;
        assert_eq!(scene.event().await, (channel.to_owned(), ChatEvent::Joined));
    }
    // The same user by another token: the connection is as good as a new one.
    seat.take(Some(("hound", "two")));
    peer.say_as("1", "a").await;
    assert_eq!(scene.text().await, "1");

    seat.take(Some(("other", "three")));
    let mut next = scene.welcomes("other").await;
    next.let_join("a").await;
    next.expect("JOIN #b").await;
    // The other user is banned in b; meanwhile a is left.
    scene.chat.leave(&[login("a")]);
    next.expect("PART #a").await;
    peer.say_as("2", "a").await;
    peer.say_as("3", "b").await;
    assert_eq!(scene.text().await, "3");
    assert_eq!(scene.chat.stats().channels_heard, 1);
    let both = async {
        loop {
            tokio::select! {
                line = peer.lines.next_line() => if line.is_err() || line.unwrap().is_none() { return },
                line = next.line() => assert_eq!(line, "JOIN #b"),
            }
        }
    };
    both.await;
    scene.loses("b").await;
    assert_eq!(scene.chat.stats().channels_heard, 0);
    next.echo_join("b").await;
    assert_eq!(scene.event().await, ("b".to_owned(), ChatEvent::Joined));

    seat.take(None);
    let mut nobody = scene.welcomes("justinfan").await;
    nobody.let_join("b").await;
    next.is_left().await;
    nobody.say_as("4", "b").await;
    assert_eq!(scene.text().await, "4");
    scene.stop.cancel();
    scene.tracker.close();
    scene.tracker.wait().await;
}

#[tokio::test(start_paused = true)]
async fn a_new_connection_that_breaks_at_once_costs_no_more_than_any_other() {
    let seat = Seat::of("hound", "one", &[]);
    let mut scene = logged_in(&seat, &["a"]);
    let mut peer = scene.welcomes("hound").await;
    peer.let_join("a").await;
    assert_eq!(scene.event().await.1, ChatEvent::Joined);
    seat.take(Some(("other", "two")));
    // Not let in at first: nothing changes.
    drop(scene.twitch.accept().await);
    peer.say_as("1", "a").await;
    assert_eq!(scene.text().await, "1");
    drop(scene.welcomes("other").await);
    scene.loses("a").await;
    let mut again = scene.welcomes("other").await;
    again.let_join("a").await;
    assert_eq!(scene.event().await.1, ChatEvent::Joined);
    assert_eq!(scene.chat.stats().channels_heard, 1);
}

#[tokio::test(start_paused = true)]
async fn with_more_channels_than_an_account_has_rooms_chat_is_read_anonymously() {
    let channels = (0..101).map(|n| login(&format!("channel{n}"))).collect();
    let seat = Seat::of("hound", "good", &[]);
    let mut scene = scene_with(channels, |config| config.credentials = Some(seat));
    let mut peer = scene.twitch.accept().await;
    assert_eq!(peer.introduction().await, None);
    assert!(peer.nick.starts_with("justinfan"), "{}", peer.nick);
}
