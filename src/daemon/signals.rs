//! The signals that end the daemon (the first one softly, the second one at once), and the one
//! that has it read its settings anew.

use std::{io, time::Duration};

use cliphound_clock::Stopwatch;

/// What comes so soon after the first is of the same press: a terminal, and `timeout`, signal a
/// process and its group. A person needs longer.
const SAME_PRESS: Duration = Duration::from_millis(500);

/// Listens for SIGTERM and SIGINT (Ctrl-C elsewhere).
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    term: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    last: Option<Stopwatch>,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let us.
    #[cfg(unix)]
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            last: None,
        })
    }

    /// Listens from now on.
    ///
    /// # Errors
    /// Never.
    #[cfg(not(unix))]
    pub fn listen() -> io::Result<Self> {
        Ok(Self { last: None })
    }

    /// Waits for the next signal and gives its name; of what comes within half a second of the
    /// last one, nothing is given.
    pub async fn next(&mut self) -> &'static str {
        loop {
            let signal = self.any().await;
            let is_echo = self.last.as_ref().is_some_and(|last| last.elapsed() < SAME_PRESS);
            if !is_echo {
                self.last = Some(Stopwatch::start());
                return signal;
            }
        }
    }

    #[cfg(unix)]
    async fn any(&mut self) -> &'static str {
        tokio::select! {
            _ = self.term.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    #[cfg(not(unix))]
    async fn any(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}

/// SIGHUP: the settings are to be read anew. Elsewhere than on Unix it never comes.
#[derive(Debug)]
pub struct Hangup {
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
}

impl Hangup {
    /// Listens from now on; until then SIGHUP ends the process.
    ///
    /// # Errors
    /// When the system does not let us.
    #[cfg(unix)]
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { hangup: signal(SignalKind::hangup())? })
    }

    /// Listens from now on.
    ///
    /// # Errors
    /// Never.
    #[cfg(not(unix))]
    pub fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        if self.hangup.recv().await.is_some() {
            return;
        }
        std::future::pending::<()>().await;
    }
}
