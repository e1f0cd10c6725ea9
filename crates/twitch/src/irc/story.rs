//! Stories of connections, told with pipes within the process and paused time.

mod who;

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use cliphound_clock::Clock;
use futures_util::future::BoxFuture;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf},
    sync::mpsc,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use super::{
    ChatConfig, ChatEvent, ChatHandle, Heard,
    client::start_with,
    socket::{Dial, Socket},
};
use crate::{ChannelLogin, chat::event::RoomState};

/// A Twitch within the process: takes the connections that a client opens.
struct Twitch {
    incoming: mpsc::Receiver<DuplexStream>,
}

struct Dialler(mpsc::Sender<DuplexStream>);

impl Dial for Dialler {
    fn dial(&self) -> BoxFuture<'_, io::Result<Socket>> {
        Box::pin(async {
            let (ours, theirs) = tokio::io::duplex(4096);
            self.0.send(theirs).await.map_err(|_| io::ErrorKind::ConnectionRefused)?;
            Ok(Socket::bytes(Box::new(ours)))
        })
    }
}

impl Twitch {
    async fn accept(&mut self) -> Peer {
        let stream = self.incoming.recv().await.expect("the client connects");
        let (read, write) = tokio::io::split(stream);
        Peer { lines: BufReader::new(read).lines(), write, nick: String::new() }
    }

    /// Takes a connection and lets it log in.
    async fn welcome(&mut self) -> Peer {
        let mut peer = self.accept().await;
        peer.welcome().await;
        peer
    }
}

/// The server's end of one connection.
struct Peer {
    lines: Lines<BufReader<ReadHalf<DuplexStream>>>,
    write: WriteHalf<DuplexStream>,
    nick: String,
}

impl Peer {
    /// The next line; whether we live is answered on the way.
    async fn line(&mut self) -> String {
        loop {
            let line = self.any_line().await;
            let Some(text) = line.strip_prefix("PING :") else { return line };
            self.send(&format!(":tmi.twitch.tv PONG tmi.twitch.tv :{text}")).await;
        }
    }

    async fn any_line(&mut self) -> String {
        self.lines.next_line().await.expect("readable").expect("the client is there")
    }

    async fn expect(&mut self, expected: &str) {
        assert_eq!(self.line().await, expected);
    }

    /// False when the client is gone.
    async fn try_send(&mut self, line: &str) -> bool {
        self.write.write_all(format!("{line}\r\n").as_bytes()).await.is_ok()
    }

    async fn send(&mut self, line: &str) {
        assert!(self.try_send(line).await, "the client is gone");
    }

    /// Reads the log-in up to NICK; returns the password.
    async fn introduction(&mut self) -> Option<String> {
        self.expect("CAP REQ :twitch.tv/tags twitch.tv/commands").await;
        let mut line = self.line().await;
        let password = line.strip_prefix("PASS ").map(str::to_owned);
        if password.is_some() {
            line = self.line().await;
        }
        self.nick = line.strip_prefix("NICK ").expect("NICK").to_owned();
        password
    }

    async fn welcome(&mut self) {
        self.introduction().await;
        let nick = self.nick.clone();
        for line in [
            ":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands".to_owned(),
            format!(":tmi.twitch.tv 001 {nick} :Welcome, GLHF!"),
            format!(":tmi.twitch.tv 376 {nick} :>"),
        ] {
            self.send(&line).await;
        }
    }

    async fn echo_join(&mut self, channel: &str) {
        let nick = &self.nick;
        let line = format!(":{nick}!{nick}@{nick}.tmi.twitch.tv JOIN #{channel}");
        self.send(&line).await;
    }

    /// Waits for the JOIN of a channel and confirms it.
    async fn let_join(&mut self, channel: &str) {
        self.expect(&format!("JOIN #{channel}")).await;
        self.echo_join(channel).await;
    }

    async fn say(&mut self, channel: &str, text: &str) {
        let line = format!("@id=1;room-id=7 :ann!ann@ann.tmi.twitch.tv PRIVMSG #{channel} :{text}");
        self.send(&line).await;
    }
}

/// A client and the Twitch that it talks to.
struct Scene {
    twitch: Twitch,
    chat: ChatHandle,
    events: mpsc::Receiver<Heard>,
    clock: Clock,
    tracker: TaskTracker,
    stop: CancellationToken,
}

fn login(name: &str) -> ChannelLogin {
    ChannelLogin::parse(name).expect("a login")
}

fn scene(channels: &[&str]) -> Scene {
    scene_with(channels.iter().map(|name| login(name)).collect(), |_| {})
}

fn scene_with(channels: Vec<ChannelLogin>, change: impl FnOnce(&mut ChatConfig)) -> Scene {
    let mut config = ChatConfig::new(Url::parse("irc://127.0.0.1").expect("a URL"), channels);
    change(&mut config);
    let (dialler, incoming) = mpsc::channel(16);
    let (clock, tracker, stop) =
        (Clock::starting_at(0, 1.0), TaskTracker::new(), CancellationToken::new());
    let dial = Box::new(Dialler(dialler));
    let (chat, events) = start_with(dial, config, clock.clone(), &tracker, stop.clone());
    Scene { twitch: Twitch { incoming }, chat, events, clock, tracker, stop }
}

impl Scene {
    async fn event(&mut self) -> (String, ChatEvent) {
        let heard = self.events.recv().await.expect("an event");
        (heard.channel.to_string(), heard.event)
    }

    async fn loses(&mut self, channel: &str) {
        let (lost, event) = self.event().await;
        assert_eq!(lost, channel);
        assert!(matches!(event, ChatEvent::Lost(_)), "{event:?}");
    }

    async fn text(&mut self) -> String {
        match self.event().await.1 {
            ChatEvent::Message(message) => message.text,
            other => panic!("a message was expected, not {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_is_joined_and_heard() {
    let mut scene = scene(&["forsen"]);
    assert!(scene.chat.stats().connected == 0);
    let mut peer = scene.twitch.welcome().await;
    assert!(peer.nick.starts_with("justinfan"), "{}", peer.nick);
    peer.let_join("forsen").await;
    peer.send("@emote-only=0;room-id=7;slow=10 :tmi.twitch.tv ROOMSTATE #forsen").await;
    peer.say("forsen", "hello").await;
    assert_eq!(scene.event().await, ("forsen".to_owned(), ChatEvent::Joined));
    let state = RoomState { slow_s: Some(10), emote_only: Some(false), ..RoomState::default() };
    assert_eq!(scene.event().await.1, ChatEvent::RoomState(state));
    assert_eq!(scene.text().await, "hello");
    assert!(scene.chat.stats().connected == 1);
    assert_eq!(scene.chat.stats().channels_heard, 1);
}

#[tokio::test(start_paused = true)]
async fn roomstate_alone_confirms_a_channel() {
    let mut scene = scene(&["forsen"]);
    let mut peer = scene.twitch.welcome().await;
    peer.expect("JOIN #forsen").await;
    peer.send("@room-id=7 :tmi.twitch.tv ROOMSTATE #forsen").await;
    let heard = scene.events.recv().await.expect("an event");
    assert_eq!((heard.event, heard.room_id.as_deref()), (ChatEvent::Joined, Some("7")));
    assert_eq!(scene.event().await.1, ChatEvent::RoomState(RoomState::default()));
}

#[tokio::test(start_paused = true)]
async fn ping_is_answered_with_its_own_text() {
    let mut scene = scene(&[]);
    assert!(scene.chat.stats().connections == 0, "nothing to do");
    scene = scene_with(vec![login("a")], |_| {});
    let mut peer = scene.twitch.welcome().await;
    peer.let_join("a").await;
    peer.send("PING :tmi.twitch.tv").await;
    peer.expect("PONG :tmi.twitch.tv").await;
}

#[tokio::test(start_paused = true)]
async fn reconnect_and_loss_lead_to_a_new_connection_and_the_same_channels() {
    let mut scene = scene(&["a", "b"]);
    for round in 0..3 {
        let mut peer = scene.twitch.welcome().await;
        peer.let_join("a").await;
        peer.let_join("b").await;
        for channel in ["a", "b"] {
            assert_eq!(scene.event().await, (channel.to_owned(), ChatEvent::Joined));
        }
        if round == 0 {
            peer.send(":tmi.twitch.tv RECONNECT").await;
        } else {
            drop(peer);
        }
        for channel in ["a", "b"] {
            scene.loses(channel).await;
        }
        assert!(scene.chat.stats().connected == 0);
        assert_eq!(scene.chat.stats().channels_heard, 0);
    }
    scene.twitch.welcome().await;
    assert_eq!(scene.chat.stats().reconnects, 3);
}

#[tokio::test(start_paused = true)]
async fn waits_grow_while_connections_break_and_are_short_after_a_good_one() {
    let mut scene = scene(&["a"]);
    let mut waits = Vec::new();
    drop(scene.twitch.accept().await);
    for _ in 0..8 {
        let before = scene.clock.now_ms();
        drop(scene.twitch.accept().await);
        waits.push(scene.clock.now_ms() - before);
    }
    assert!((1_000..=2_100).contains(&waits[0]), "{waits:?}");
    assert!(waits[7] >= 60_000 && waits.iter().all(|ms| *ms <= 120_100), "{waits:?}");
    let mut peer = scene.twitch.welcome().await;
    for _ in 0..10 {
        scene.clock.sleep(Duration::from_secs(9)).await;
        peer.send("PING :x").await;
    }
    drop(peer);
    let before = scene.clock.now_ms();
    scene.twitch.accept().await;
    assert!(scene.clock.now_ms() - before <= 2_100);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_asked_and_given_up() {
    let mut scene = scene(&["a"]);
    let mut peer = scene.twitch.welcome().await;
    peer.let_join("a").await;
    let heard_ms = scene.clock.now_ms();
    assert_eq!(peer.any_line().await, "PING :cliphound");
    assert_eq!(scene.clock.now_ms() - heard_ms, 10_000);
    // Whatever it says is an answer, also late.
    scene.clock.sleep(Duration::from_millis(4_900)).await;
    peer.send(":tmi.twitch.tv PONG tmi.twitch.tv :cliphound").await;
    assert_eq!(peer.any_line().await, "PING :cliphound");
    assert_eq!(scene.clock.now_ms() - heard_ms, 24_900);
    assert_eq!(scene.event().await.1, ChatEvent::Joined);
    let ChatEvent::Lost(loss) = scene.event().await.1 else { panic!("not lost") };
    assert_eq!(loss.alive_ms, Some(heard_ms + 14_900), "the last sign of life");
    assert_eq!(scene.clock.now_ms() - heard_ms, 29_900, "15 s after it");
    scene.twitch.welcome().await.let_join("a").await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_greets_is_given_up() {
    let mut scene = scene(&["a"]);
    let mut mute = scene.twitch.accept().await;
    mute.introduction().await;
    scene.twitch.welcome().await.let_join("a").await;
    assert!(scene.clock.now_ms() >= 15_000);
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_does_not_answer_is_asked_for_again() {
    let mut scene = scene(&["gone", "here"]);
    let mut peer = scene.twitch.welcome().await;
    peer.expect("JOIN #gone").await;
    peer.send("@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #gone :This channel does not exist or has been suspended.").await;
    peer.let_join("here").await;
    match scene.event().await {
        (channel, ChatEvent::Notice { msg_id, .. }) => {
            assert_eq!((channel.as_str(), msg_id.as_str()), ("gone", "msg_channel_suspended"));
        }
        other => panic!("a notice was expected, not {other:?}"),
    }
    let asked_ms = scene.clock.now_ms();
    peer.let_join("gone").await;
    let waited = scene.clock.now_ms() - asked_ms;
    assert!((15_000..=25_000).contains(&waited), "{waited}");
    assert_eq!(scene.event().await, ("here".to_owned(), ChatEvent::Joined));
    assert_eq!(scene.event().await, ("gone".to_owned(), ChatEvent::Joined));
}

#[tokio::test(start_paused = true)]
async fn the_list_of_channels_changes_while_the_others_are_heard() {
    let mut scene = scene(&["first"]);
    let mut peer = scene.twitch.welcome().await;
    peer.let_join("first").await;
    assert_eq!(scene.event().await, ("first".to_owned(), ChatEvent::Joined));
    assert!(scene.chat.listen_to(vec![login("second")]));
    peer.let_join("second").await;
    assert_eq!(scene.event().await, ("second".to_owned(), ChatEvent::Joined));
    assert_eq!((scene.chat.stats().connections, scene.chat.stats().channels_heard), (1, 2));
    scene.chat.leave(&[login("first"), login("stranger")]);
    peer.expect("PART #first").await;
    let nick = peer.nick.clone();
    peer.send(&format!(":{nick}!{nick}@{nick}.tmi.twitch.tv PART #first")).await;
    peer.say("second", "still here").await;
    assert_eq!(scene.text().await, "still here", "our own PART is no loss");
    assert_eq!(scene.chat.stats().channels_heard, 1);
    assert!(scene.chat.listen_to(vec![login("first"), login("second")]));
    peer.let_join("first").await;
    assert_eq!(scene.event().await, ("first".to_owned(), ChatEvent::Joined));
    scene.chat.leave(&[login("second")]);
    peer.expect("PART #second").await;
    drop(peer);
    scene.loses("first").await;
    scene.chat.leave(&[login("first")]);
    assert!(scene.chat.listen_to(vec![login("second")]));
    let mut peer = scene.twitch.welcome().await;
    peer.let_join("second").await;
    assert_eq!(scene.event().await, ("second".to_owned(), ChatEvent::Joined));
    scene.stop.cancel();
    assert_eq!(scene.events.recv().await, None, "the handle keeps nothing open");
    assert!(!scene.chat.listen_to(vec![login("third")]));
}

#[tokio::test(start_paused = true)]
async fn never_more_than_twenty_joins_in_ten_seconds_over_all_connections() {
    let channels = (0..200).map(|n| login(&format!("channel{n}"))).collect();
    let mut scene = scene_with(channels, |_| {});
    let joins = Arc::new(Mutex::new(Vec::new()));
    // Three connections; each is cut after 40 JOINs, then after every 60.
    for cut_after in [40, 40, 40, 60, 60, 60, 90, 90, 90] {
        let mut peer = scene.twitch.accept().await;
        let (joins, clock) = (Arc::clone(&joins), scene.clock.clone());
        scene.tracker.spawn(async move {
            peer.welcome().await;
            for _ in 0..cut_after {
                let Ok(Some(line)) = peer.lines.next_line().await else { return };
                let Some(channel) = line.strip_prefix("JOIN #") else { continue };
                joins.lock().expect("no panic").push((clock.now_ms(), channel.to_owned()));
                peer.echo_join(channel).await;
            }
        });
    }
    scene.clock.sleep(Duration::from_secs(120)).await;
    let joins = joins.lock().expect("no panic").clone();
    let most = joins
        .iter()
        .map(|(from, _)| joins.iter().filter(|(t, _)| (*from..=from + 10_000).contains(t)).count())
        .max();
    assert!(most.is_some_and(|most| (18..=20).contains(&most)), "{most:?} of {}", joins.len());
    assert!(joins.len() > 200, "channels were joined again: {}", joins.len());
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_holds_the_server_back_and_loses_nothing() {
    let mut scene = scene_with(vec![login("a")], |config| config.queue = 1);
    let mut peer = scene.twitch.welcome().await;
    peer.let_join("a").await;
    let talk = async {
        for n in 0..500 {
            peer.say("a", &format!("{n}")).await;
        }
    };
    tokio::pin!(talk);
    let stuck = tokio::time::timeout(Duration::from_secs(5), &mut talk).await;
    assert!(stuck.is_err(), "the pipe is smaller than 500 messages");
    let listen = async {
        assert_eq!(scene.event().await.1, ChatEvent::Joined);
        for n in 0..500 {
            assert_eq!(scene.text().await, n.to_string());
        }
    };
    tokio::join!(talk, listen);
    assert_eq!(scene.chat.stats().dropped, 0);
}

#[tokio::test(start_paused = true)]
async fn bad_lines_are_counted_and_survived() {
    let mut scene = scene(&["a"]);
    let mut peer = scene.twitch.welcome().await;
    peer.let_join("a").await;
    let endless = "x".repeat(300_000);
    peer.send(&endless).await;
    peer.write.write_all(b":ann!ann@a PRIVMSG #a :caf\xe9\r\n").await.expect("writable");
    peer.send("WHAT #a :is this").await;
    peer.send("@source-room-id=8;room-id=7 :ann!ann@a PRIVMSG #a :from elsewhere").await;
    peer.say("a", "still here").await;
    assert_eq!(scene.event().await.1, ChatEvent::Joined);
    assert_eq!(scene.text().await, "caf\u{fffd}");
    assert_eq!(scene.text().await, "still here");
    let stats = scene.chat.stats();
    assert_eq!(
        [stats.too_long, stats.invalid_utf8, stats.unknown, stats.foreign, stats.reconnects],
        [1, 1, 1, 1, 0]
    );
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_puts_us_out_is_told_and_joined_again() {
    let mut scene = scene(&["a"]);
    let mut peer = scene.twitch.welcome().await;
    peer.let_join("a").await;
    assert_eq!(scene.event().await.1, ChatEvent::Joined);
    let nick = peer.nick.clone();
    peer.send(&format!(":{nick}!{nick}@{nick}.tmi.twitch.tv PART #a")).await;
    assert!(matches!(scene.event().await.1, ChatEvent::Lost(_)));
    peer.let_join("a").await;
    assert_eq!(scene.event().await.1, ChatEvent::Joined);
}

#[tokio::test(start_paused = true)]
async fn all_tasks_end_when_told_to_wherever_they_are() {
    let listening = {
        let mut scene = scene(&["a"]);
        let peer = scene.twitch.welcome().await;
        (scene, Some(peer))
    };
    let dialling = (scene(&["a"]), None);
    let mut waiting = (scene(&["a"]), None);
    drop(waiting.0.twitch.accept().await);
    tokio::task::yield_now().await;
    for (scene, _peer) in [listening, dialling, waiting] {
        scene.stop.cancel();
        scene.tracker.close();
        scene.tracker.wait().await;
        assert!(scene.chat.stats().connected == 0);
    }
}

#[tokio::test(start_paused = true)]
async fn when_nobody_listens_any_more_the_tasks_end() {
    let mut scene = scene(&["a"]);
    let mut peer = scene.twitch.welcome().await;
    drop(scene.events);
    peer.let_join("a").await;
    scene.tracker.close();
    scene.tracker.wait().await;
    assert_eq!(scene.chat.stats().dropped, 1);
}
