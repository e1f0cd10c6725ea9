//! The daemon as a process: started, killed, ended, its log in a file.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

/// The log of all lives of a seed.
pub const LOG: &str = "log.txt";
/// Real time to end after SIGTERM: five seconds, and this machine may be busy.
const ENDS_WITHIN: Duration = Duration::from_secs(30);

pub struct Daemon(Child);

impl Daemon {
    /// Starts the real binary in a folder, with nothing of this machine's own settings.
    pub fn start(dir: &Path, environment: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let mut command = cliphound(dir, environment);
        command.args(["--log-format", "json", "run"]);
        command.stdout(Stdio::null()).stderr(appended(&dir.join(LOG))?);
        Ok(Self(command.spawn().context("the daemon can't be started")?))
    }

    /// Ends it as a power cut would.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.0.kill().await?)
    }

    /// How it ended, if it has ended by itself.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }

    /// Ends it with SIGTERM; it must end in time and well.
    pub async fn terminate(mut self) -> anyhow::Result<()> {
        let Some(id) = self.0.id() else { bail!("the daemon had ended by itself") };
        // The shell's own `kill`: not every system has it as a program.
        let kill = format!("kill -TERM {id}");
        let sent = Command::new("sh").args(["-c", &kill]).status().await?;
        anyhow::ensure!(sent.success(), "SIGTERM can't be sent");
        let status = timeout(ENDS_WITHIN, self.0.wait()).await;
        let status = status.context("the daemon does not end after SIGTERM")??;
        anyhow::ensure!(status.success(), "after SIGTERM the daemon ends with {status}");
        Ok(())
    }
}

/// The real binary in a folder, with nothing of this machine's own settings.
pub fn cliphound(dir: &Path, environment: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cliphound"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let own = ["CLIPHOUND_", "TWITCH_", "NOTIFY_", "WATCHDOG_"];
        if own.iter().any(|own| text.starts_with(own)) {
            command.env_remove(&name);
        }
    }
    command
        .arg("--dir")
        .arg(dir)
        .envs(environment)
        .env("RUST_BACKTRACE", "1")
        // A crowd of seeds on few cores: the runtime of each needs few threads.
        .env("TOKIO_WORKER_THREADS", "2")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// A file that goes on where it ends.
pub fn appended(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}
