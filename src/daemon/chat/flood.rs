//! A flood in one channel beside a hundred quiet ones.

use cliphound_engine::Settings;
use cliphound_twitch::{ChannelLogin, chat::ChatEvent, irc::ChatMessage};
use tokio_util::task::TaskTracker;

use super::*;
use crate::{
    board::Board,
    config::{ClipLength, Publish},
    crew::Crew,
    daemon::{
        channel::{Channel, INBOX, Outlets, Plan, Shape},
        inboxes,
    },
};

const QUIET: usize = 100;
/// Lines of the flood for each line of the quiet channels.
const FLOOD: usize = 500;
const ROUNDS: usize = 20;

fn said(channel: &ChannelLogin, number: usize) -> Heard {
    let message = ChatMessage {
        login: format!("viewer{number}"),
        text: "hello".to_owned(),
        ..ChatMessage::default()
    };
    let (room_id, sent_ms) = (Some("7".to_owned()), Some(500_000));
    Heard { channel: channel.clone(), room_id, sent_ms, event: ChatEvent::Message(message) }
}

/// A channel's task hangs and nobody takes its flood: the others get each of their lines, and
/// only the flood loses some, which are counted.
#[tokio::test(start_paused = true)]
async fn a_flood_in_one_channel_costs_the_others_nothing() {
    let login = |number: usize| ChannelLogin::parse(&format!("quiet{number}")).unwrap();
    let flooded = ChannelLogin::parse("flooded").unwrap();
    let (stats, tasks) = (Arc::new(Stats::default()), TaskTracker::new());
    let time = TwitchTime::new(Clock::starting_at(1_000_000, 1.0));
    let folder = tempfile::tempdir().unwrap();
    let outlets = Outlets {
        clips: mpsc::channel(1).0,
        figures: mpsc::channel(1).0,
        answers: mpsc::channel(1).0,
        recorder: None,
        board: Board::new(time.clone()),
        witness: None,
        keeps_chat: false,
        watched: Watched::new(time.clone()),
        verdicts: Arc::default(),
        stats: Arc::clone(&stats),
    };
    let start = |login: ChannelLogin| {
        let shape = Shape {
            settings: Settings::default(),
            title: "{channel}".parse().unwrap(),
            length: ClipLength::Seconds(30),
            publish: Publish::Auto,
            signals: Vec::new(),
        };
        let plan = Plan { login: login.clone(), shape, models: folder.path().to_owned() };
        let (inbox, lines) = mpsc::channel(INBOX);
        let channel = Channel::new(plan, outlets.clone(), time.clone());
        tasks.spawn(channel.run(lines, Crew::default().restarts("channel")));
        (login, inbox)
    };
    let mut all: Vec<_> = (0..QUIET).map(|number| start(login(number))).collect();
    let (inbox, _nobody_takes_it) = mpsc::channel(INBOX);
    all.push((flooded.clone(), inbox));
    let (roster, inboxes) = inboxes::tests::of(all);
    let onlooker = roster.onlooker();
    let directory = Directory::default();
    let watched = Watched::new(time.clone());
    let (alerts, ..) = Alerts::new(tokio::sync::watch::channel(Vec::new()).1);
    let (own, counted) = (time.clone(), Arc::clone(&stats));
    let chat = Chat { inboxes, directory, time: own, watched, alerts, stats: counted };
    let (events_in, events) = mpsc::channel(1_024);
    tasks.spawn(chat.run(events));
    for _ in 0..ROUNDS {
        for number in 0..FLOOD {
            events_in.send(said(&flooded, number)).await.unwrap();
        }
        for number in 0..QUIET {
            events_in.send(said(&login(number), number)).await.unwrap();
        }
    }
    let lost = (FLOOD * ROUNDS - INBOX) as u64;
    drop(events_in);
    drop(roster);
    tasks.close();
    tasks.wait().await;
    assert_eq!(onlooker.fullest().items, 0, "nothing was left behind");
    for number in 0..QUIET {
        let own = stats.channel(&login(number));
        assert_eq!((own.messages.load(Relaxed), own.dropped.load(Relaxed)), (ROUNDS as u64, 0));
    }
    assert_eq!(stats.dropped.load(Relaxed), lost);
    assert_eq!(stats.channel(&flooded).dropped.load(Relaxed), lost);
}
