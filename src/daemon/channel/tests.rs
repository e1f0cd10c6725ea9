//! The channel task, told in what it hears and what comes out.

use cliphound_clock::Clock;
use cliphound_engine::{Cause, Quieting, Settings, Verdict, VerdictInput};
use cliphound_twitch::{ChannelLogin, irc::ChatMessage};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use crate::{
    board::Board,
    config::{ClipLength, Publish},
    crew::Crew,
    daemon::{verdicts::Bell, watched::Watched},
};

/// A channel in Twitch's time from a thousand seconds on, and both ends of its queues.
struct Rig {
    folder: TempDir,
    inbox: mpsc::Sender<ToChannel>,
    clips: mpsc::Receiver<ToClips>,
    figures: mpsc::Receiver<Figure>,
    channel: tokio::task::JoinHandle<Snapshot>,
    time: TwitchTime,
    verdicts: Arc<Bell>,
}

#[expect(clippy::disallowed_methods, reason = "the task is awaited in the test")]
fn rig(clips_room: usize, is_time_known: bool) -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let (clips_in, clips) = mpsc::channel(clips_room);
    let (figures_in, figures) = mpsc::channel(64);
    let plan = Plan {
        login: ChannelLogin::parse("ninja").unwrap(),
        shape: Shape {
            settings: Settings::default(),
            title: "{channel}: {reason}".parse().unwrap(),
            length: ClipLength::Seconds(30),
            publish: Publish::Auto,
            signals: Vec::new(),
        },
        models: folder.path().to_owned(),
    };
    let time = TwitchTime::new(Clock::starting_at(1_000_000, 1.0));
    let verdicts = Arc::<Bell>::default();
    let outlets = Outlets {
        clips: clips_in,
        figures: figures_in,
        answers: mpsc::channel(1).0,
        recorder: None,
        witness: None,
        keeps_chat: false,
        watched: Watched::new(time.clone()),
        verdicts: Arc::clone(&verdicts),
        board: Board::new(time.clone()),
        stats: Arc::default(),
    };
    if is_time_known {
        time.set(0);
    }
    let (inbox, lines) = mpsc::channel(INBOX);
    let restarts = Crew::default().restarts("channel");
    let channel = Channel::new(plan, outlets, time.clone());
    let channel = tokio::spawn(channel.run(lines, restarts));
    Rig { folder, inbox, clips, figures, channel, time, verdicts }
}

fn testclip(sent_ms: i64) -> ToChannel {
    said("!testclip", sent_ms)
}

fn said(text: &str, sent_ms: i64) -> ToChannel {
    let message = ChatMessage {
        login: "helper".to_owned(),
        text: text.to_owned(),
        moderator: true,
        ..ChatMessage::default()
    };
    ToChannel::Heard(Heard {
        channel: ChannelLogin::parse("ninja").unwrap(),
        room_id: Some("7".to_owned()),
        sent_ms: Some(sent_ms),
        event: ChatEvent::Message(message),
    })
}

/// What comes next; with paused time, what never comes is known at once.
async fn next<T>(queue: &mut mpsc::Receiver<T>) -> Option<T> {
    tokio::time::timeout(std::time::Duration::from_secs(600), queue.recv()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_moment_becomes_an_order_a_second_later() {
    let mut rig = rig(4, true);
    rig.inbox.send(testclip(1_000_000)).await.unwrap();
    let Some(ToClips::New(order)) = next(&mut rig.clips).await else { panic!("no order") };
    assert_eq!(order.title, "ninja: clipped by helper");
    assert_eq!((order.broadcaster_id.as_deref(), order.duration_s), (Some("7"), 37.0));
    let now_ms = rig.time.now_ms().unwrap();
    assert!((1_001_000..1_001_100).contains(&now_ms), "{now_ms}");
    drop(rig.inbox);
    let snapshot = rig.channel.await.unwrap();
    assert!(snapshot.model.is_some());
    assert_eq!(snapshot.broadcaster_id.as_deref(), Some("7"));
}

#[tokio::test(start_paused = true)]
async fn who_asks_outside_of_chat_gets_one_moment() {
    let mut rig = rig(4, true);
    rig.inbox.send(ToChannel::Id("7".to_owned())).await.unwrap();
    for title in [Some("what a\u{202e} play"), None] {
        let asked = ToChannel::Asked { by: "ann".to_owned(), title: title.map(str::to_owned) };
        rig.inbox.send(asked).await.unwrap();
    }
    drop(rig.inbox);
    rig.channel.await.unwrap();
    let Some(ToClips::New(order)) = next(&mut rig.clips).await else { panic!("no order") };
    assert_eq!(order.moment.cause, Cause::Manual("ann".to_owned()));
    assert_eq!((order.title.as_str(), order.duration_s), ("what a play", 37.0));
    assert_eq!(order.said.words.said_by, None, "chat does not delete it");
    assert!(next(&mut rig.clips).await.is_none(), "the second press is the same moment");
}

#[tokio::test(start_paused = true)]
async fn moments_are_held_back_and_come_again_from_outside_of_chat() {
    for (told, expected) in [
        (vec![Quieting::Pause], true),
        (vec![Quieting::Mute(5)], true),
        (vec![Quieting::Pause, Quieting::Resume], false),
    ] {
        let rig = rig(4, true);
        rig.inbox.send(ToChannel::Id("7".to_owned())).await.unwrap();
        for quieting in told {
            rig.inbox.send(ToChannel::Quiet(quieting)).await.unwrap();
        }
        drop(rig.inbox);
        let model = rig.channel.await.unwrap().model.unwrap();
        let engine = Engine::with_model(Settings::default(), model);
        assert_eq!(engine.is_held(EventTime(1_001_000)), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn verdicts_reach_the_model_also_hours_before_the_stream() {
    let verdict = |trigger, verdict| VerdictInput {
        trigger: EventTime(trigger),
        verdict,
        cause: Cause::Hype,
        score: 0.7,
        threshold: 0.6,
        reasons: Vec::new(),
    };
    let one = |trigger, told| ToChannel::Verdict(Box::new(verdict(trigger, told)));
    for is_time_known in [true, false] {
        let rig = rig(4, is_time_known);
        rig.inbox.send(ToChannel::Id("7".to_owned())).await.unwrap();
        let all = vec![verdict(1, Some(Verdict::Kept)), verdict(2, Some(Verdict::Kept))];
        for line in [
            one(9, Some(Verdict::Kept)),
            ToChannel::Verdicts(all),
            one(2, Some(Verdict::Rejected)),
            one(3, Some(Verdict::Rejected)),
            one(1, None),
        ] {
            rig.inbox.send(line).await.unwrap();
        }
        // The channel has taken them when it answers.
        let (answer, snapshot) = oneshot::channel();
        rig.inbox.send(ToChannel::Model(answer)).await.unwrap();
        snapshot.await.unwrap();
        rig.time.set(0);
        rig.inbox.send(said("hello", 1_000_000)).await.unwrap();
        drop(rig.inbox);
        let model = rig.channel.await.unwrap().model.unwrap();
        let teaching = Engine::with_model(Settings::default(), model).teaching();
        assert_eq!((teaching.kept, teaching.rejected), (0, 2), "{is_time_known}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_title_that_somebody_asks_for_becomes_plain_text() {
    for (text, expected) in [
        ("!clip what\u{202e} a\u{200b}play", "what a play"),
        ("!clip \u{202e}\u{2060}", "ninja: clipped by helper"),
    ] {
        let mut rig = rig(4, true);
        rig.inbox.send(said(text, 1_000_000)).await.unwrap();
        let Some(ToClips::New(order)) = next(&mut rig.clips).await else { panic!("no order") };
        assert_eq!(order.title, expected);
    }
}

/// The moment comes a second after the command: whoever is forgotten in between gives it no title.
#[tokio::test(start_paused = true)]
async fn who_is_forgotten_gives_no_title() {
    for (who, expected) in [("helper", "ninja 1970-01-01"), ("other", "what a play")] {
        let mut rig = rig(4, true);
        rig.inbox.send(said("!clip what a play", 1_000_000)).await.unwrap();
        let forgotten = ChannelLogin::parse(who).unwrap();
        rig.inbox.send(ToChannel::Forget(forgotten)).await.unwrap();
        let Some(ToClips::New(order)) = next(&mut rig.clips).await else { panic!("no order") };
        assert!(order.title.starts_with(expected), "{who}: {}", order.title);
    }
}

/// Whoever leads its clip knows at once.
#[tokio::test(start_paused = true)]
async fn words_that_are_deleted_after_their_moment_are_a_title_no_more() {
    for (user, is_deleted) in [("helper", true), ("other", false)] {
        let mut rig = rig(4, true);
        rig.inbox.send(said("!clip what a play", 1_000_000)).await.unwrap();
        let Some(ToClips::New(order)) = next(&mut rig.clips).await else { panic!("no order") };
        assert_eq!(order.said.words.said_by.as_deref(), Some("helper"));
        let deletion = ToChannel::Heard(Heard {
            channel: ChannelLogin::parse("ninja").unwrap(),
            room_id: Some("7".to_owned()),
            sent_ms: Some(1_002_000),
            event: ChatEvent::ChatCleared { user: Some(user.to_owned()) },
        });
        rig.inbox.send(deletion).await.unwrap();
        drop(rig.inbox);
        rig.channel.await.unwrap();
        assert_eq!(order.said.is_deleted(), is_deleted, "{user}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_clip_queue_costs_the_clip_and_not_the_moment() {
    let mut rig = rig(1, true);
    for sent_ms in [1_000_000, 1_020_000] {
        rig.time.clock().sleep_until_ms(sent_ms).await;
        rig.inbox.send(testclip(sent_ms)).await.unwrap();
    }
    let kept = loop {
        match next(&mut rig.figures).await {
            Some(Figure::Moment(row)) => break row,
            Some(Figure::Window(_)) => {}
            None => panic!("no moment"),
        }
    };
    assert_eq!(kept.key.trigger_ms, 1_020_000);
    assert!(matches!(next(&mut rig.clips).await, Some(ToClips::New(_))));
    let Some(ToClips::Missed(order)) = next(&mut rig.clips).await else { panic!("not recorded") };
    assert_eq!(order.key(), kept.key);
}

#[tokio::test(start_paused = true)]
async fn what_is_held_at_the_end_goes_on() {
    let mut rig = rig(4, true);
    rig.inbox.send(testclip(1_000_000)).await.unwrap();
    drop(rig.inbox);
    rig.channel.await.unwrap();
    assert!(matches!(next(&mut rig.clips).await, Some(ToClips::New(_))));
}

#[tokio::test(start_paused = true)]
async fn the_model_of_another_channel_of_that_name_is_not_taken_over() {
    for (stored_for, is_kept) in [("7", true), ("8", false)] {
        let rig = rig(4, true);
        let model = cliphound_engine::Model::new(1);
        let login = ChannelLogin::parse("ninja").unwrap();
        let folder = rig.folder.path().to_owned();
        model_file::save(&folder, &login, Some(stored_for), &model).unwrap();
        rig.inbox.send(testclip(1_000_000)).await.unwrap();
        drop(rig.inbox);
        rig.channel.await.unwrap();
        assert_eq!(folder.join("ninja.bin").exists(), is_kept);
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_before_the_time_is_known_is_kept() {
    let mut rig = rig(4, false);
    let stream = ToChannel::Stream { live: Live::Offline, viewers: Some(3) };
    rig.inbox.send(ToChannel::Id("7".to_owned())).await.unwrap();
    rig.inbox.send(stream).await.unwrap();
    // The channel has taken them when it answers.
    let (answer, snapshot) = oneshot::channel();
    rig.inbox.send(ToChannel::Model(answer)).await.unwrap();
    snapshot.await.unwrap();
    rig.time.set(0);
    rig.inbox.send(testclip(1_000_000)).await.unwrap();
    let window = loop {
        match next(&mut rig.figures).await {
            Some(Figure::Window(row)) => break row,
            Some(Figure::Moment(_)) => {}
            None => panic!("no window"),
        }
    };
    assert_eq!(window.viewers, Some(3));
    assert!(matches!(next(&mut rig.clips).await, Some(ToClips::New(order)) if order.offline.get()));
}

#[tokio::test(start_paused = true)]
async fn a_panic_costs_what_was_not_saved_and_nothing_that_waits() {
    let mut rig = rig(4, true);
    rig.inbox.send(said("hello", 1_000_000)).await.unwrap();
    // The channel has begun when it answers.
    let (answer, snapshot) = oneshot::channel();
    rig.inbox.send(ToChannel::Model(answer)).await.unwrap();
    snapshot.await.unwrap();
    let saved = cliphound_engine::Model::new(777_777);
    let login = ChannelLogin::parse("ninja").unwrap();
    model_file::save(rig.folder.path(), &login, Some("7"), &saved).unwrap();
    for line in [ToChannel::Panic, said("hello", 1_000_100), testclip(1_000_200)] {
        rig.inbox.send(line).await.unwrap();
    }
    assert!(matches!(next(&mut rig.clips).await, Some(ToClips::New(_))));
    drop(rig.inbox);
    let snapshot = rig.channel.await.unwrap();
    assert_eq!(snapshot.broadcaster_id.as_deref(), Some("7"));
    let model = format!("{:?}", snapshot.model);
    assert!(model.contains("seed: 777777"), "it goes on with what was saved");
    assert_eq!(rig.verdicts.take_anew(), [login].into(), "and it is told the verdicts");
}

#[tokio::test(start_paused = true)]
async fn who_begins_anew_is_told_the_verdicts() {
    let rig = rig(4, true);
    rig.inbox.send(ToChannel::Id("7".to_owned())).await.unwrap();
    // The channel has begun when it answers.
    let (answer, snapshot) = oneshot::channel();
    rig.inbox.send(ToChannel::Model(answer)).await.unwrap();
    snapshot.await.unwrap();
    assert_eq!(rig.verdicts.take_anew(), [].into(), "a start tells them by itself");
    rig.inbox.send(ToChannel::Renew(None)).await.unwrap();
    drop(rig.inbox);
    rig.channel.await.unwrap();
    assert_eq!(rig.verdicts.take_anew(), [ChannelLogin::parse("ninja").unwrap()].into());
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_always_panics_is_given_up_and_its_model_stays() {
    let rig = rig(4, true);
    for _ in 0..100 {
        rig.inbox.send(ToChannel::Panic).await.unwrap();
    }
    drop(rig.inbox);
    let snapshot = rig.channel.await.unwrap();
    assert!(snapshot.model.is_none(), "nothing that would be saved");
}
