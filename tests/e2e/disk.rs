//! The disk fails under the running daemon: chat and clips go on, it is said once, and what
//! could not be written is written later, once and in order.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use reqwest::StatusCode;

use crate::{
    SPEED,
    daemon::{Daemon, Line, command},
    http::until,
    mount,
    twitch::Twitch,
};

/// A channel so small that little happens in it but what a story does.
const QUIET: &[&str] = &["ninja:1"];

async fn started(twitch: &Twitch, dir: &Path) -> Daemon {
    let mut daemon = Daemon::run(dir, twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    daemon
}

/// A moderator asks for a clip, and it is made and seen.
async fn clip(twitch: &Twitch, daemon: &mut Daemon, who: &str) {
    twitch.say_moderator("ninja", who, "!testclip");
    is_seen(daemon, who).await;
}

/// The same, but Twitch shows the clip late: it is open for a while.
async fn late_clip(twitch: &Twitch, daemon: &mut Daemon, who: &str) {
    twitch.inject("clip_late");
    twitch.say_moderator("ninja", who, "!testclip");
    comes_to(daemon, who, "created").await;
}

async fn is_seen(daemon: &mut Daemon, who: &str) {
    comes_to(daemon, who, "confirmed").await;
}

async fn comes_to(daemon: &mut Daemon, who: &str, state: &str) {
    let cause = format!("manual:{who}");
    let fits = |line: &Line| line.is("cause", &cause) && line.is("state", state);
    daemon.log_line(&cause, fits).await;
}

/// Who asked for the clips, in the order of a record; each line is whole.
fn asked(daemon: &Daemon, record: &str, columns: usize) -> Vec<String> {
    let lines = daemon.lines(record);
    assert!(lines.iter().all(|line| line.len() == columns), "{record}: {lines:?}");
    let asked = lines.into_iter().map(|line| line[7].replace("manual:", ""));
    asked.filter(|who| who.starts_with("mod")).collect()
}

/// All clips are in both records in this order, and Twitch made each once.
fn check_records(twitch: &Twitch, daemon: &Daemon, expected: &[&str]) {
    assert_eq!(asked(daemon, "clip_urls.txt", 9), expected);
    assert_eq!(asked(daemon, "moments.tsv", 10), expected);
    assert_eq!(twitch.clips().len(), daemon.lines("clip_urls.txt").len());
}

/// The states of the moderators' intents, as a second program reads them.
async fn states(dir: &Path) -> Vec<String> {
    let store = cliphound_store::Store::open(&dir.join("cliphound.db")).await.unwrap();
    let page = cliphound_store::Page::newest(100);
    let mut intents = store.intents_since(0, &page).await.unwrap();
    intents.retain(|intent| !intent.automatic);
    store.close().await;
    intents.iter().rev().map(|intent| intent.state.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_wait_while_the_recordings_can_not_be_written() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, dir.path()).await;
    clip(&twitch, &mut daemon, "mod1").await;
    let (recordings, moved) = (dir.path().join("recordings"), dir.path().join("moved"));
    fs::rename(&recordings, &moved).unwrap();
    fs::write(&recordings, "a file where the folder was").unwrap();
    clip(&twitch, &mut daemon, "mod2").await;
    clip(&twitch, &mut daemon, "mod3").await;
    let says = |line: &Line| line.has("clip_urls.txt") && line.has("kept in memory");
    assert_eq!(daemon.seen(says), 1, "once");
    fs::remove_file(&recordings).unwrap();
    fs::rename(&moved, &recordings).unwrap();
    let again = |line: &Line| line.has("clip_urls.txt can be written again");
    daemon.log_line("again", again).await;
    clip(&twitch, &mut daemon, "mod4").await;
    daemon.terminate().await;
    assert_eq!(daemon.seen(again), 1);
    check_records(&twitch, &daemon, &["mod1", "mod2", "mod3", "mod4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_starts_with_a_folder_in_the_place_of_a_record() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let (record, models) = (dir.path().join("recordings/clip_urls.txt"), dir.path().join("models"));
    fs::create_dir_all(&record).unwrap();
    fs::write(&models, "").unwrap();
    let mut daemon = started(&twitch, dir.path()).await;
    let says = |line: &Line| line.has("a folder is in its place, move it away");
    assert_eq!((daemon.seen(says), daemon.seen(|line| line.has("models is no folder"))), (1, 1));
    clip(&twitch, &mut daemon, "mod1").await;
    assert_eq!(daemon.seen(says), 1, "once");
    fs::remove_file(&models).unwrap();
    daemon.told("its address", |line| line["address"].is_string()).await;
    let lines: Vec<serde_json::Value> =
        daemon.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let address = lines.iter().find_map(|line| line["address"].as_str()).unwrap();
    let ready = format!("http://{address}/readyz");
    let is_told = |status: StatusCode, text: &str| {
        status == StatusCode::SERVICE_UNAVAILABLE && text.contains("clip_urls.txt can't be opened")
    };
    until(&ready, is_told).await;
    fs::remove_dir(&record).unwrap();
    until(&ready, |status, _| status == StatusCode::OK).await;
    daemon.terminate().await;
    check_records(&twitch, &daemon, &["mod1"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_deleted_under_way_is_made_anew() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut daemon = started(&twitch, &data).await;
    fs::remove_dir_all(data.join("recordings")).unwrap();
    let says = |line: &Line| line.has("recordings was deleted while Cliphound runs");
    daemon.log_line("said", says).await;
    clip(&twitch, &mut daemon, "mod1").await;
    assert_eq!((daemon.seen(says), asked(&daemon, "moments.tsv", 10).len()), (1, 1));
    // At once: one file after the other, the daemon may put some back before the folder is empty.
    let gone = dir.path().join("gone");
    fs::rename(&data, &gone).unwrap();
    fs::remove_dir_all(&gone).unwrap();
    let says = |line: &Line| line.has("cliphound.db was deleted while Cliphound runs");
    daemon.log_line("said", says).await;
    // Whichever is looked at first.
    daemon.told("locked", |line| line.has("the folder is locked again")).await;
    let second = daemon.command(&["run", "--channel", "ninja"]).await;
    assert!(second.err.contains("another Cliphound runs in the folder"), "{}", second.err);
    clip(&twitch, &mut daemon, "mod2").await;
    daemon.terminate().await;
    assert_eq!(asked(&daemon, "clip_urls.txt", 9), ["mod2"], "the record begins anew");
    assert_eq!(asked(&daemon, "moments.tsv", 10), ["mod2"]);
    assert!(data.join("models/ninja.bin").exists());
    assert_eq!(states(&data).await, ["confirmed", "confirmed"], "nothing of the database is lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_database_is_set_aside_at_the_start() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let words = "this is no database ".repeat(500);
    fs::write(dir.path().join("cliphound.db"), &words).unwrap();
    let mut daemon = Daemon::run(dir.path(), &twitch, &[]).await;
    let says = |line: &Line| line.has("is damaged: it is now") && line.has("cliphound.db.bad");
    daemon.log_line("said", says).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    clip(&twitch, &mut daemon, "mod1").await;
    daemon.terminate().await;
    assert_eq!(fs::read_to_string(dir.path().join("cliphound.db.bad")).unwrap(), words);
    assert_eq!(states(dir.path()).await, ["confirmed"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_overwritten_under_way_costs_no_clip() {
    let twitch = Twitch::start(QUIET, SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = started(&twitch, dir.path()).await;
    clip(&twitch, &mut daemon, "mod1").await;
    // A clip is open (Twitch shows it late) while the database is torn to pieces.
    late_clip(&twitch, &mut daemon, "mod2").await;
    for name in ["cliphound.db", "cliphound.db-wal"] {
        let path = dir.path().join(name);
        let length = fs::metadata(&path).unwrap().len() as usize;
        fs::write(&path, vec![0xA5; length]).unwrap();
    }
    is_seen(&mut daemon, "mod2").await;
    clip(&twitch, &mut daemon, "mod3").await;
    daemon.terminate().await;
    check_records(&twitch, &daemon, &["mod1", "mod2", "mod3"]);
    let states = states(dir.path()).await;
    assert!(states.ends_with(&["confirmed".to_owned(), "confirmed".to_owned()]), "{states:?}");
}

/// Adds a comment, so that the next line needs another page of the disk.
fn fill_its_page(path: &Path) {
    let length = fs::metadata(path).unwrap().len() as usize;
    let mut file = fs::File::options().append(true).open(path).unwrap();
    let comment = format!("#{}\n", " ".repeat(4_096 - 3 - length % 4_096));
    std::io::Write::write_all(&mut file, comment.as_bytes()).unwrap();
}

/// A small disk of its own; needs the right to mount.
struct SmallDisk {
    at: PathBuf,
    _dir: tempfile::TempDir,
}

/// Twitch, and a small disk for the daemon's folder.
async fn on_a_small_disk() -> Option<(Twitch, SmallDisk)> {
    let disk = SmallDisk::mount()?;
    Some((Twitch::start(QUIET, SPEED).await, disk))
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join("data");
        fs::create_dir_all(&at).unwrap();
        let options = ["-t", "tmpfs", "-o", "size=2m", "cliphound-test"];
        let mounted = Command::new("mount").args(options).arg(&at).status();
        let works = mounted.is_ok_and(|status| status.success());
        if !works {
            mount::skipped("a small disk");
        }
        works.then_some(Self { at, _dir: dir })
    }

    fn data(&self) -> PathBuf {
        self.at.clone()
    }

    /// Leaves not a byte.
    fn fill(&self) {
        let file = fs::File::create(self.at.join("filler")).unwrap();
        let mut writer = &file;
        for size in [65_536, 4_096, 1] {
            while std::io::Write::write(&mut writer, &vec![0; size]).is_ok_and(|n| n > 0) {}
        }
    }

    /// Lets nothing be written in a folder.
    fn close(folder: &Path) {
        let at = folder.display();
        let bind = format!("mount --bind {at} {at} && mount -o remount,bind,ro {at}");
        assert!(Command::new("sh").args(["-c", &bind]).status().unwrap().success());
    }

    /// Shows a folder that is closed in the place of another one, until that is opened.
    fn cover(folder: &Path, closed: &Path) {
        let bind = ["--bind".as_ref(), closed.as_os_str(), folder.as_os_str()];
        assert!(Command::new("mount").args(bind).status().unwrap().success());
    }

    fn open(folder: &Path) {
        assert!(Command::new("umount").arg(folder).status().unwrap().success());
    }

    fn make_room(&self) {
        fs::remove_file(self.at.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_costs_no_clip() {
    let Some((twitch, disk)) = on_a_small_disk().await else { return };
    let data = disk.data();
    let mut daemon = started(&twitch, &data).await;
    clip(&twitch, &mut daemon, "mod1").await;
    fill_its_page(&data.join("recordings/clip_urls.txt"));
    disk.fill();
    for who in ["mod2", "mod3", "mod4"] {
        clip(&twitch, &mut daemon, who).await;
    }
    let bad = daemon.seen(is_bad);
    assert_eq!((daemon.seen(says_full), bad), (1, 1), "one sentence: {}", daemon.log());
    daemon.told("its address", |line| line["address"].is_string()).await;
    let lines: Vec<serde_json::Value> =
        daemon.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let address = lines.iter().find_map(|line| line["address"].as_str()).unwrap();
    let ready = format!("http://{address}/readyz");
    until(&ready, |_, text| text.contains("can't be written: check its rights and the room")).await;
    disk.make_room();
    daemon.log_line("again", says_room).await;
    clip(&twitch, &mut daemon, "mod5").await;
    let over = daemon.seen(|line| says_room(line) || line.has("can be written again"));
    assert_eq!((over, daemon.seen(is_bad)), (1, 1), "one sentence: {}", daemon.log());
    daemon.terminate().await;
    check_records(&twitch, &daemon, &["mod1", "mod2", "mod3", "mod4", "mod5"]);
    assert_eq!(states(&data).await, ["confirmed"; 5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_starts_on_a_full_disk() {
    let Some((twitch, disk)) = on_a_small_disk().await else { return };
    let data = disk.data();
    disk.fill();
    let mut daemon = started(&twitch, &data).await;
    clip(&twitch, &mut daemon, "mod1").await;
    let bad = daemon.seen(is_bad);
    assert_eq!((daemon.seen(says_full), bad), (1, 1), "one sentence: {}", daemon.log());
    disk.make_room();
    daemon.log_line("again", says_room).await;
    daemon.terminate().await;
    check_records(&twitch, &daemon, &["mod1"]);
    assert_eq!(states(&data).await, ["confirmed"]);
}

/// That the disk is full, what waits, how much of it, and what to do.
fn says_full(line: &Line) -> bool {
    ["is full or failing", "make room", "kept in memory", "4 MiB of lines"]
        .iter()
        .all(|t| line.has(t))
}

/// That it is over.
fn says_room(line: &Line) -> bool {
    line.has("takes what is written again")
}

/// Whether somebody should look at it.
fn is_bad(line: &Line) -> bool {
    line.is("level", "WARN") || line.is("level", "ERROR")
}

/// A clip was open at the last stop; at the next start the database can't be opened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_open_goes_on_once_there_is_room() {
    let Some((twitch, disk)) = on_a_small_disk().await else { return };
    let data = disk.data();
    let mut daemon = started(&twitch, &data).await;
    late_clip(&twitch, &mut daemon, "mod1").await;
    daemon.terminate().await;
    disk.fill();
    let mut daemon = started(&twitch, &data).await;
    disk.make_room();
    is_seen(&mut daemon, "mod1").await;
    daemon.terminate().await;
    check_records(&twitch, &daemon, &["mod1"]);
    assert_eq!(states(&data).await, ["confirmed"]);
}

/// Killed while the disk is full: what was only in memory is gone, and nothing is made twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_on_a_full_disk_makes_no_clip_twice() {
    let Some((twitch, disk)) = on_a_small_disk().await else { return };
    let data = disk.data();
    let mut daemon = started(&twitch, &data).await;
    clip(&twitch, &mut daemon, "mod1").await;
    disk.fill();
    for who in ["mod2", "mod3"] {
        clip(&twitch, &mut daemon, who).await;
    }
    late_clip(&twitch, &mut daemon, "mod4").await;
    let clips = twitch.clips().len();
    daemon.kill().await;
    disk.make_room();
    let mut daemon = started(&twitch, &data).await;
    clip(&twitch, &mut daemon, "mod5").await;
    daemon.terminate().await;
    assert_eq!(twitch.clips().len(), clips + 1);
    let lines = asked(&daemon, "clip_urls.txt", 9);
    assert!(lines.starts_with(&["mod1".to_owned()]) && lines.ends_with(&["mod5".to_owned()]));
    assert!(lines.is_sorted(), "{lines:?}");
}

/// The disk that is named is the one without room, and nothing is left there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_does_not_fit_names_its_own_disk() {
    let Some(disk) = SmallDisk::mount() else { return };
    let home = tempfile::tempdir().unwrap();
    let store = cliphound_store::Store::open(&home.path().join("cliphound.db")).await.unwrap();
    store.close().await;
    disk.fill();
    let file = disk.data().join("backup.tar.gz");
    let told = command(home.path(), &["backup", file.to_str().unwrap()]).await;
    assert_eq!(told.code, Some(1));
    let expected = format!("there is no room for {}: make room on its disk", file.display());
    assert!(told.err.contains(&expected), "{}", told.err);
    let left: Vec<_> = fs::read_dir(disk.data()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["filler"]);
}

/// Under way, a folder that may not be written is waited for; at a start it is a mistake in the
/// set-up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_folder_costs_no_clip_and_at_the_start_is_told() {
    let Some((twitch, disk)) = on_a_small_disk().await else { return };
    let data = disk.data();
    let mut daemon = started(&twitch, &data).await;
    clip(&twitch, &mut daemon, "mod1").await;
    // Another folder in its place, in which nothing can be written at any time.
    let (recordings, closed) = (data.join("recordings"), data.join("closed"));
    fs::create_dir(&closed).unwrap();
    SmallDisk::close(&closed);
    SmallDisk::cover(&recordings, &closed);
    clip(&twitch, &mut daemon, "mod2").await;
    let says = |line: &Line| line.has("clip_urls.txt") && line.has("kept in memory");
    assert_eq!(daemon.seen(says), 1, "once");
    SmallDisk::open(&recordings);
    SmallDisk::open(&closed);
    daemon.log_line("again", |line| line.has("clip_urls.txt can be written again")).await;
    clip(&twitch, &mut daemon, "mod3").await;
    daemon.terminate().await;
    check_records(&twitch, &daemon, &["mod1", "mod2", "mod3"]);

    SmallDisk::close(&data);
    let mut daemon = Daemon::run(&data, &twitch, &[]).await;
    assert_eq!(daemon.ended().await, Some(1));
    assert!(daemon.log().contains("check the folder's rights"), "{}", daemon.log());
    SmallDisk::open(&data);
}
