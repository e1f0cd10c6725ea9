//! The daemon as a process: its log, its files, its end.

use std::{
    ops::Deref,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
    time::timeout,
};

use crate::{PATIENCE, twitch::Twitch};

/// The promise for SIGTERM, in real time.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// A line of the log.
#[derive(Debug)]
pub struct Line(Value);

impl Line {
    /// Its message holds this.
    pub fn has(&self, words: &str) -> bool {
        self.0["message"].as_str().is_some_and(|message| message.contains(words))
    }

    /// A field has this value.
    pub fn is(&self, field: &str, value: &str) -> bool {
        self.0[field] == value
    }
}

impl Deref for Line {
    type Target = Value;
    fn deref(&self) -> &Value {
        &self.0
    }
}

/// A daemon that runs, or has run.
pub struct Daemon {
    dir: PathBuf,
    process: Child,
    log: Lines<BufReader<ChildStderr>>,
    seen: Vec<Line>,
}

impl Daemon {
    pub async fn run(dir: &Path, twitch: &Twitch, args: &[&str]) -> Self {
        let mut process = own_command(dir)
            .args(["--log-format", "json", "run"])
            .args(args)
            .envs(&twitch.environment)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let log = BufReader::new(process.stderr.take().unwrap()).lines();
        Self { dir: dir.to_owned(), process, log, seen: Vec::new() }
    }

    /// The same, started by somebody with this umask.
    pub async fn run_with_umask(umask: &str, dir: &Path, twitch: &Twitch) -> Self {
        // Only a shell can set it without `unsafe`.
        let mut shell = Command::new("sh");
        shell.args(["-c", "umask \"$0\" && exec \"$@\"", umask]);
        Self::run_by(shell, dir, twitch, &[])
    }

    /// The same, started by another program, which takes the place of `$@`.
    pub fn run_by(mut starter: Command, dir: &Path, twitch: &Twitch, args: &[&str]) -> Self {
        forget_own_settings(&mut starter);
        let mut process = starter
            .arg(env!("CARGO_BIN_EXE_cliphound"))
            .arg("--dir")
            .arg(dir)
            .args(["--log-format", "json", "run"])
            .args(args)
            .envs(&twitch.environment)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let log = BufReader::new(process.stderr.take().unwrap()).lines();
        Self { dir: dir.to_owned(), process, log, seen: Vec::new() }
    }

    /// The log so far.
    pub fn log(&self) -> String {
        self.seen.iter().map(|line| format!("{}\n", line.0)).collect()
    }

    /// The next line of the log that `fits`; fails after a while, or when the daemon ends.
    pub async fn log_line(&mut self, story: &str, fits: impl Fn(&Line) -> bool) -> Value {
        let before = self.seen(&fits);
        let next = async {
            while let Some(line) = self.next().await {
                if fits(line) {
                    return Some(line.0.clone());
                }
            }
            None
        };
        let found = timeout(PATIENCE, next).await.ok().flatten();
        found.unwrap_or_else(|| {
            panic!("{}\n{story}: not in the log now, {before} times before", self.tail())
        })
    }

    /// The same, if it was not in the log before.
    pub async fn told(&mut self, story: &str, fits: impl Fn(&Line) -> bool) {
        if self.seen(&fits) == 0 {
            self.log_line(story, fits).await;
        }
    }

    /// Ends it with SIGTERM; it must end in time and well.
    pub async fn terminate(&mut self) {
        self.signal("TERM").await;
        let end = async {
            while self.next().await.is_some() {}
            self.process.wait().await.unwrap()
        };
        let status = timeout(ENDS_WITHIN, end).await;
        let status = status.unwrap_or_else(|_| panic!("it does not end\n{}", self.tail()));
        assert_eq!(status.code(), Some(0), "{}", self.tail());
    }

    /// Waits for its end, a good deal longer than it may take; gives the exit code.
    pub async fn ended(&mut self) -> Option<i32> {
        let end = async {
            while self.next().await.is_some() {}
            self.process.wait().await.unwrap()
        };
        let status = timeout(PATIENCE, end).await;
        status.unwrap_or_else(|_| panic!("it does not end\n{}", self.tail())).code()
    }

    pub async fn signal(&self, name: &str) {
        self.signals(name, 1).await;
    }

    /// So many, one right after the other.
    pub async fn signals(&self, name: &str, count: usize) {
        // The shell's own `kill`: not every system has it as a program.
        let kill = format!("kill -{name} {}; ", self.process.id().unwrap()).repeat(count);
        let sent = Command::new("sh").args(["-c", &kill]).status().await.unwrap();
        assert!(sent.success());
    }

    /// Ends it as a power cut would.
    pub async fn kill(&mut self) {
        self.process.kill().await.unwrap();
        while self.next().await.is_some() {}
    }

    /// The most memory that it had so far, in bytes; `None` where no /proc tells it.
    pub fn most_memory(&self) -> Option<u64> {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id()?)).ok()?;
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        most.trim().strip_suffix(" kB")?.parse().ok().map(|kb: u64| kb << 10)
    }

    /// How many lines of the log so far fit.
    pub fn seen(&self, fits: impl Fn(&Line) -> bool) -> usize {
        self.seen.iter().filter(|line| fits(line)).count()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The lines of a record, as columns, without the header.
    pub fn lines(&self, record: &str) -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(self.dir.join("recordings").join(record)).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    }

    /// Another command on the same folder.
    pub async fn command(&self, args: &[&str]) -> Told {
        command(&self.dir, args).await
    }

    async fn next(&mut self) -> Option<&Line> {
        let text = self.log.next_line().await.unwrap()?;
        let line = serde_json::from_str(&text).unwrap_or(Value::String(text));
        self.seen.push(Line(line));
        self.seen.last()
    }

    fn tail(&self) -> String {
        let from = self.seen.len().saturating_sub(30);
        self.seen[from..].iter().map(|line| format!("{}\n", line.0)).collect()
    }
}

/// What a command told.
pub struct Told {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub async fn command(dir: &Path, args: &[&str]) -> Told {
    let output = timeout(PATIENCE, own_command(dir).args(args).output()).await.unwrap().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Told { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// A command without `--dir`, with this environment.
pub async fn plain_command(args: &[&str], environment: &[(&str, &Path)]) -> Told {
    let mut process = Command::new(env!("CARGO_BIN_EXE_cliphound"));
    forget_own_settings(&mut process);
    process.args(args).envs(environment.iter().copied()).kill_on_drop(true);
    let output = timeout(PATIENCE, process.output()).await.unwrap().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Told { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// A command that talks to a simulated Twitch.
pub async fn command_at(dir: &Path, twitch: &Twitch, args: &[&str]) -> Told {
    let mut process = spawnable(dir, twitch, args);
    let output = timeout(PATIENCE, process.output()).await.unwrap().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Told { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// The same, to be started by the caller.
pub fn spawnable(dir: &Path, twitch: &Twitch, args: &[&str]) -> Command {
    let mut command = own_command(dir);
    command.args(args).envs(&twitch.environment);
    command
}

/// The real binary, with nothing of this machine's own settings.
pub fn own_command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cliphound"));
    forget_own_settings(&mut command);
    command.arg("--dir").arg(dir).kill_on_drop(true);
    command
}

/// What this machine has set has no part in a test.
fn forget_own_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CLIPHOUND_", "TWITCH_", "NOTIFY_", "WATCHDOG_"].iter().any(|own| text.starts_with(own))
        {
            command.env_remove(&name);
        }
    }
}
