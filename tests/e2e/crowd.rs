//! What the whole process keeps is bounded, however many people write whatever they like.
//!
//! Lines are made in the test and written as fast as the daemon reads them: over real sockets, and
//! without the simulator's share of the work. A debug build takes some 70 us of processor time a
//! line, so a million is the long form: `CROWD=1000000`, a minute or two on a quiet machine.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use cliphound_clock::Clock;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_util::task::TaskTracker;

use crate::{
    daemon::Daemon,
    http::{address, parsed, total, until},
    twitch::Twitch,
};

/// What one channel may make of the process, in bytes (docs/operations.md).
pub const MOST: u64 = 150 << 20;
/// The second half of the crowd finds everything full: what it adds is noise of the allocator's
/// and a forest that is trained.
const GROWTH: u64 = 8 << 20;
/// People, where `CROWD` does not say how many.
const PEOPLE: u64 = 200_000;
/// Lines that are written at once.
const CHUNK: u64 = 500;

/// Somebody who never wrote before, with words and an emote that nobody wrote before.
fn line(number: u64, now_ms: i64, out: &mut String) {
    let text = format!("pog{number:07} word{number} and {:x}", number * 7_919);
    write!(
        out,
        "@badge-info=;badges=;color=#FF7F50;display-name=Fan_{number};emotes=emotesv2_{number:032x}:0-9;first-msg=1;flags=;id={:08x}-0000-4000-8000-{number:012x};mod=0;returning-chatter=0;room-id=77;subscriber=0;tmi-sent-ts={now_ms};turbo=0;user-id={};user-type= :fan_{number}!fan_{number}@fan_{number}.tmi.twitch.tv PRIVMSG #crowded :{text}\r\n",
        number % 65_521,
        number + 1_000,
    )
    .unwrap();
}

/// Lets one client in; then everybody writes, as far as `allowed`, until `people` have.
async fn serve(socket: TcpStream, people: u64, allowed: Arc<AtomicU64>) {
    let (reader, mut writer) = socket.into_split();
    let (mut lines, mut nick) = (BufReader::new(reader).lines(), String::new());
    while let Some(said) = lines.next_line().await.unwrap() {
        let answer = match said.split_once(' ') {
            Some(("CAP", rest)) => {
                format!(":tmi.twitch.tv CAP * ACK {}\r\n", rest.trim_start_matches("REQ "))
            }
            Some(("NICK", name)) => {
                name.clone_into(&mut nick);
                format!(":tmi.twitch.tv 001 {nick} :Welcome, GLHF!\r\n")
            }
            Some(("JOIN", _)) => format!(
                ":{nick}!{nick}@{nick}.tmi.twitch.tv JOIN #crowded\r\n@emote-only=0;followers-only=-1;r9k=0;room-id=77;slow=0;subs-only=0 :tmi.twitch.tv ROOMSTATE #crowded\r\n"
            ),
            _ => continue,
        };
        writer.write_all(answer.as_bytes()).await.unwrap();
        if said.starts_with("JOIN") {
            break;
        }
    }
    let (clock, mut written) = (Clock::system(), 0);
    while written < people {
        if written >= allowed.load(Relaxed) {
            clock.sleep(std::time::Duration::from_millis(20)).await;
            continue;
        }
        let (mut chunk, now_ms) = (String::new(), clock.now_ms());
        (written..written + CHUNK).for_each(|number| line(number, now_ms, &mut chunk));
        // When it has been read the test is over.
        if writer.write_all(chunk.as_bytes()).await.is_err() {
            return;
        }
        written += CHUNK;
    }
    std::future::pending().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_strangers_fits_into_the_process() {
    let people = std::env::var("CROWD").map_or(PEOPLE, |people| people.parse().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let irc = format!("irc://{}", listener.local_addr().unwrap());
    let twitch = Twitch::nowhere().anonymous().with("CLIPHOUND_ENDPOINTS__IRC", &irc);
    let twitch = twitch.with("TWITCH_CHANNELS", "crowded");
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    if daemon.most_memory().is_none() {
        eprintln!("skipped: there is no /proc here, which tells how much memory a process has");
        return;
    }
    let metrics = format!("{}/metrics", address(&mut daemon).await);
    let (socket, _) = listener.accept().await.unwrap();
    let allowed = Arc::new(AtomicU64::new(0));
    let crowd = TaskTracker::new().spawn(serve(socket, people, Arc::clone(&allowed)));
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;

    let mut most = vec![daemon.most_memory().unwrap()];
    for so_many in [people / 2, people] {
        allowed.store(so_many, Relaxed);
        until(&metrics, |_, page| {
            let page = parsed(page);
            let of = |name| total(&page, name).unwrap_or(0.0) as u64;
            of("cliphound_messages_total") + of("cliphound_dropped_total") >= so_many
        })
        .await;
        most.push(daemon.most_memory().unwrap());
    }
    println!(
        "{people} people: {} MB before, {} MB after half, {} MB",
        most[0] >> 20,
        most[1] >> 20,
        most[2] >> 20
    );
    assert!(most[2] < MOST, "{most:?}");
    assert!(most[2] - most[1] < GROWTH, "{most:?}");
    daemon.terminate().await;
    crowd.abort();
}
