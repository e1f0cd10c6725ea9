//! `cliphound sim` as its guide has it: the settings that it writes are all that the others need.

use std::{fs, path::Path, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::daemon::{command, own_command};

const PATIENCE: Duration = Duration::from_secs(60);

/// A simulator that writes these settings, and what it printed.
async fn sim(dir: &Path, file: &Path) -> (Child, Value) {
    let mut sim = own_command(dir);
    sim.args(["sim", "--channel", "ninja:1", "--env"]).arg(file);
    let mut sim = sim.stdout(Stdio::piped()).env("CLIPHOUND_SPEED", "20").spawn().unwrap();
    let mut lines = BufReader::new(sim.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    (sim, serde_json::from_str(&line).unwrap())
}

/// Waits until a command says this on stderr.
async fn says(mut process: Command, words: &str) -> Child {
    let mut process = process.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let said = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(words) {
                return;
            }
        }
        panic!("it never says: {words}");
    };
    timeout(PATIENCE, said).await.unwrap();
    process
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_settings_that_it_writes_are_enough() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("try/.env");
    let home = file.parent().unwrap();
    let (mut sim, info) = sim(dir.path(), &file).await;
    #[cfg(unix)]
    for (path, expected) in [(file.as_path(), 0o600), (home, 0o700)] {
        let rights = fs::metadata(path).unwrap().permissions();
        let mode = std::os::unix::fs::PermissionsExt::mode(&rights) & 0o777;
        assert_eq!(mode, expected, "{}: {mode:o}", path.display());
    }
    let text = fs::read_to_string(&file).unwrap();
    let eventsub =
        format!("CLIPHOUND_ENDPOINTS__EVENTSUB_API={}\n", info["eventsub_api"].as_str().unwrap());
    assert!(text.contains(&eventsub) && text.contains("CLIPHOUND_SPEED=20\n"), "{text}");

    let told = command(home, &["check"]).await;
    assert!(
        told.code == Some(0) && told.out.contains("1 channel to watch"),
        "{} {}",
        told.out,
        told.err
    );
    let told = command(home, &["login", "--role", "broadcaster", "--no-browser"]).await;
    assert_eq!(told.code, Some(0), "{} {}", told.out, told.err);
    let mut run = own_command(home);
    run.args(["run", "--listen", "127.0.0.1:0"]);
    let mut run = says(run, "chat is heard").await;
    run.kill().await.unwrap();
    sim.kill().await.unwrap();

    fs::write(&file, "TWITCH_CHANNELS=ninja\n").unwrap();
    let told = command(dir.path(), &["sim", "--env", file.to_str().unwrap()]).await;
    assert!(told.code == Some(2) && told.err.contains("name another file"), "{}", told.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), "TWITCH_CHANNELS=ninja\n");
}
