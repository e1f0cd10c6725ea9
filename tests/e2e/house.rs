//! Backups, restores and deletion by the real binary.

use std::{collections::BTreeSet, fs, path::Path, process::Stdio};

use tokio::process::Command;

use crate::{
    PATIENCE, SPEED,
    daemon::{Daemon, Line, Told, command, own_command},
    dashboard::Dashboard,
    twitch::Twitch,
};

/// A daemon of which a moderator has asked for a clip.
async fn with_a_clip(twitch: &Twitch, dir: &Path) -> Daemon {
    let mut daemon = Daemon::run(dir, twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    twitch.say_moderator("ninja", "helper", "!clip look at this");
    let seen = |line: &Line| line.is("cause", "manual:helper") && line.is("state", "confirmed");
    daemon.log_line("seen", seen).await;
    daemon
}

fn check(told: &Told, code: i32, words: &str) {
    let all = format!("{}{}", told.out, told.err);
    assert_eq!(told.code, Some(code), "{all}");
    assert!(all.contains(words), "{all}");
}

fn has(dir: &Path, record: &str, words: &str) -> bool {
    fs::read_to_string(dir.join("recordings").join(record)).unwrap().contains(words)
}

/// Half a backup, with all that is to stay out of it, is worth nothing to anybody.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_broken_off_leaves_nothing() {
    let (home, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let recordings = home.path().join("recordings");
    fs::create_dir(&recordings).unwrap();
    // Nobody reads it to its end.
    let pipe = recordings.join("moments.tsv");
    let made = Command::new("mkfifo").arg(&pipe).status().await.unwrap();
    assert!(made.success());
    let file = out.path().join("backup.tar.gz");
    let backup = own_command(home.path())
        .args(["backup", file.to_str().unwrap()])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let opens = move || fs::File::options().write(true).open(pipe);
    let write_end = cliphound_crew::blocking("opening a pipe", opens);
    let _write_end = write_end.await.unwrap().unwrap();
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1, "it is at work");
    let kill = format!("kill -INT {}", backup.id().unwrap());
    assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success());
    let ended = tokio::time::timeout(PATIENCE, backup.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.contains("no backup was made"), "{told}");
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_made_while_it_runs_and_comes_back() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let (home, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(home.path().join(".env"), "# mine\n").unwrap();
    let mut daemon = with_a_clip(&twitch, home.path()).await;
    let file = home.path().join("backup.tar.gz");
    let backup = ["backup", file.to_str().unwrap()];
    check(&daemon.command(&backup).await, 0, "Left out for the secrets in it: .env");
    check(&daemon.command(&backup).await, 2, "--force");
    let nowhere = home.path().join("no/such/folder/backup.tar.gz");
    let nowhere = ["backup", nowhere.to_str().unwrap()];
    check(&daemon.command(&nowhere).await, 2, "make it first");
    // What is no backup is never written over.
    for (file, words) in
        [(home.path().join("cliphound.db"), "is no backup"), ("/dev/null".into(), "is no file")]
    {
        let over = ["backup", "--force", file.to_str().unwrap()];
        check(&daemon.command(&over).await, 2, words);
    }
    let empty = tempfile::tempdir().unwrap();
    let nothing = home.path().join("nothing.tar.gz");
    let nothing = command(empty.path(), &["backup", nothing.to_str().unwrap()]).await;
    check(&nothing, 2, "there is nothing of Cliphound in");
    let restore = ["restore", file.to_str().unwrap()];
    check(&daemon.command(&restore).await, 1, "stop it first, then say this again");
    daemon.terminate().await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    check(&daemon.command(&restore).await, 1, "--force");
    check(&command(new.path(), &restore).await, 0, "are back in");
    assert!(!new.path().join(".env").exists());
    let records = |dir: &Path| fs::read_to_string(dir.join("recordings/clip_urls.txt")).unwrap();
    let restored = records(new.path());
    // A moment may have come after the backup.
    assert!(restored.contains("look at this") && records(home.path()).starts_with(&restored));

    // What is there goes aside; the restored folder goes on.
    let forced = ["restore", "--force", file.to_str().unwrap()];
    check(&command(new.path(), &forced).await, 0, "before-restore-");
    // Within the same second, too, what went aside is another folder's.
    check(&command(new.path(), &forced).await, 0, "before-restore-");
    let aside = fs::read_dir(new.path()).unwrap().map(|e| e.unwrap().file_name());
    let aside = aside.filter(|name| name.to_string_lossy().starts_with("before-restore-"));
    assert_eq!(aside.count(), 2);
    let mut daemon = Daemon::run(new.path(), &twitch, &[]).await;
    daemon.log_line("chat is heard", |line| line.has("chat is heard")).await;
    daemon.terminate().await;
    let urls: BTreeSet<_> =
        daemon.lines("clip_urls.txt").into_iter().map(|l| l[2].clone()).collect();
    assert_eq!(daemon.lines("clip_urls.txt").len(), urls.len(), "none is there twice");
    assert!(records(new.path()).starts_with(&restored));

    let cut = home.path().join("cut.tar.gz");
    let bytes = fs::read(&file).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    let empty = tempfile::tempdir().unwrap();
    check(&command(empty.path(), &["restore", cut.to_str().unwrap()]).await, 1, "damaged or cut");
    let left: Vec<_> =
        fs::read_dir(empty.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
    let nowhere = empty.path().join("not/yet");
    check(&command(&nowhere, &["restore", cut.to_str().unwrap()]).await, 1, "damaged or cut");
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
}

/// Passwords come back, and what opens without one does not: that is said, and only then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_restores_people_is_told_what_holds_again() {
    let (home, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = cliphound_store::Store::open(&home.path().join("cliphound.db")).await.unwrap();
    store.close().await;
    let words = "the people and passwords of that time hold again; API tokens, open log-ins and invitations are in no backup";
    for has_people in [false, true] {
        if has_people {
            let twitch = Twitch::start(&["ninja:1"], SPEED).await;
            let mut daemon = Daemon::run(home.path(), &twitch, &[]).await;
            Dashboard::first_owner(&mut daemon).await;
            daemon.terminate().await;
        }
        let file = home.path().join(format!("{has_people}.tar.gz"));
        check(&command(home.path(), &["backup", file.to_str().unwrap()]).await, 0, "holds");
        let folder = new.path().join(has_people.to_string());
        let told = command(&folder, &["restore", file.to_str().unwrap()]).await;
        check(&told, 0, "are back in");
        assert_eq!(format!("{}{}", told.out, told.err).contains(words), has_people);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_and_a_channel_are_forgotten() {
    let twitch = Twitch::start(&["ninja:1"], SPEED).await;
    let dir = tempfile::tempdir().unwrap();
    let mut daemon = with_a_clip(&twitch, dir.path()).await;
    let user = ["forget", "--user", "helper", "--yes"];
    check(&daemon.command(&user).await, 1, "stop it first, then say this again");
    check(&daemon.command(&["forget"]).await, 2, "--user <LOGIN>");
    daemon.terminate().await;
    let dry = ["forget", "--user", "helper", "--dry-run"];
    let told = daemon.command(&dry).await;
    check(&told, 0, "1 line of");
    check(&told, 0, "The user helper is in 1 moment, 1 promise, 1 clip");
    check(&daemon.command(&["forget", "--user", "helper"]).await, 2, "--yes");
    assert!(has(dir.path(), "moments.tsv", "look at this"));
    // What a restore that was killed had unpacked already.
    fs::create_dir(dir.path().join(".restore")).unwrap();
    fs::write(dir.path().join(".restore/cliphound.db"), "helper").unwrap();
    check(&daemon.command(&user).await, 0, "Cleaned or deleted in the database: 1 moment");
    assert!(!dir.path().join(".restore").exists());
    let whole = |name: &str| fs::read(dir.path().join(name)).unwrap();
    let holds = |bytes: &[u8], words: &str| {
        bytes.windows(words.len()).any(|part| part.eq_ignore_ascii_case(words.as_bytes()))
    };
    for name in ["recordings/clip_urls.txt", "recordings/moments.tsv", "cliphound.db"] {
        for words in ["helper", "look at this"] {
            assert!(!holds(&whole(name), words), "{words} in {name}");
        }
    }
    assert_eq!(daemon.lines("clip_urls.txt").len(), twitch.clips().len(), "the lines stay");

    let channel = ["forget", "--channel", "ninja", "--yes"];
    check(&daemon.command(&channel).await, 0, "models/ninja.bin");
    for name in ["recordings/clip_urls.txt", "recordings/moments.tsv", "cliphound.db"] {
        assert!(!holds(&whole(name), "ninja"), "{name}");
    }
    assert!(!dir.path().join("models/ninja.bin").exists());
    check(&daemon.command(&["forget", "--channel", "../x", "--yes"]).await, 2, "no name");
    for how in ["--yes", "--dry-run"] {
        let unknown = ["forget", "--channel", "nijna", how];
        check(&daemon.command(&unknown).await, 1, "Nothing is known of nijna here");
    }
}
