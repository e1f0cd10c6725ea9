//! `cliphound demo`: it keeps to folders of its own, and to its own settings.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::daemon::{Told, plain_command};

/// A quarter of an hour in a quarter of a minute: a debug build has to keep up.
const SHORT: [&str; 7] = ["demo", "--seconds", "900", "--speed", "60", "--listen", "off"];

async fn demo(dir: Option<&Path>, environment: &[(&str, &Path)]) -> Told {
    let mut args: Vec<&str> = SHORT.to_vec();
    if let Some(dir) = dir {
        args.extend(["--dir", dir.to_str().unwrap()]);
    }
    plain_command(&args, environment).await
}

/// A folder of a real Cliphound, with settings that would show.
fn real() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("recordings")).unwrap();
    fs::write(dir.path().join("recordings/clip_urls.txt"), "mine\n").unwrap();
    fs::write(dir.path().join(".env"), "CLIPHOUND_CLIPS__DURATION_S=nonsense\n").unwrap();
    dir
}

fn is_untouched(dir: &Path) -> bool {
    let mine = fs::read_to_string(dir.join("recordings/clip_urls.txt")).unwrap();
    mine == "mine\n" && fs::read_dir(dir).unwrap().count() == 2
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_folder_of_a_real_cliphound_is_refused() {
    let dir = real();
    let told = demo(Some(dir.path()), &[]).await;
    assert_eq!((told.code, told.out.as_str()), (Some(2), ""), "{}", told.err);
    let words = ".env, recordings of a Cliphound that is no demo: leave --dir out";
    assert!(told.err.contains(words), "{}", told.err);
    assert!(is_untouched(dir.path()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_has_a_new_folder_whatever_the_environment_says_and_comes_back_to_it() {
    let (mine, temporary) = (real(), tempfile::tempdir().unwrap());
    let wrong = Path::new("nonsense");
    let environment = [
        ("CLIPHOUND_DIR", mine.path()),
        ("CLIPHOUND_CLIPS__DURATION_S", wrong),
        ("TMPDIR", temporary.path()),
    ];
    let told = demo(None, &environment).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(is_untouched(mine.path()));
    let folders = fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().path());
    let folders: Vec<PathBuf> = folders.collect();
    let [folder] = folders.as_slice() else { panic!("{folders:?}") };
    let again = format!("and on from here: cliphound demo --dir {}\n", folder.display());
    assert!(told.out.ends_with(&again), "{}", told.out);

    // It goes on there, by its own settings; its time has not run ahead, and does not go back.
    let (first, moments) = (got_to(folder), moments(folder));
    assert!(first.as_millisecond() < cliphound_clock::Clock::system().now_ms(), "{first}");
    assert!(!moments.is_empty() && !moments.contains("of the demo"), "{moments}");
    fs::write(folder.join(".env"), "CLIPHOUND_CLIPS__DURATION_S=nonsense\n").unwrap();
    fs::write(folder.join("cliphound.toml"), "[clips]\ntitle = \"of the demo\"\n").unwrap();
    let told = demo(Some(folder), &[]).await;
    assert_eq!(told.code, Some(0), "{}", told.err);
    let both = self::moments(folder);
    assert!(both.starts_with(&moments) && both.contains("of the demo"), "{both}");
    assert!(got_to(folder) > first, "{first}");
    let newer = both.lines().filter_map(time).filter(|time| *time > first).count();
    assert!(newer > 0, "{first}: {both}");
}

/// The time that the demo has got to.
fn got_to(folder: &Path) -> jiff::Timestamp {
    fs::read_to_string(folder.join("demo.txt")).unwrap().lines().find_map(time).unwrap()
}

/// The lines of the moments.
fn moments(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("recordings/moments.tsv")).unwrap();
    text.lines().filter(|line| time(line).is_some()).map(|line| format!("{line}\n")).collect()
}

/// The time that a line begins with.
fn time(line: &str) -> Option<jiff::Timestamp> {
    line.split('\t').next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_help_tells_of_its_folder_and_own_options_come_first() {
    let help = plain_command(&["demo", "--help"], &[]).await.out;
    assert!(help.contains("[default: a new one]") && !help.contains("CLIPHOUND_DIR"), "{help}");
    for (command, last) in [("demo", "--listen"), ("forget", "--yes"), ("backup", "--force")] {
        let help = plain_command(&[command, "--help"], &[]).await.out;
        let at = |option: &str| help.find(&format!(" {option}")).unwrap();
        assert!(at(last) < at("--log-format") && at("--log-format") < at("--quiet"), "{help}");
    }
    let help = plain_command(&["sim", "--help"], &[]).await.out;
    assert!(help.lines().all(|line| line.trim() != "{}}"), "{help}");
}
