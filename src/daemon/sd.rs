//! Tells systemd how the service is: ready, alive, stopping. Elsewhere it does nothing.

use std::time::Duration;

/// Who wants to hear that the service works.
pub trait Listener {
    /// How often, in real time.
    fn alive_every(&self) -> Option<Duration>;
    /// A new line on how it is.
    fn status(&self, status: &str);
    /// The service works.
    fn alive(&self);
}

/// systemd, if it started us (`NOTIFY_SOCKET`, `WATCHDOG_USEC` in the environment).
#[derive(Debug, Clone, Copy, Default)]
pub struct Systemd;

impl Systemd {
    /// Everything is wired; `status` is for `systemctl status`.
    pub fn ready(self, status: &str) {
        say(&[Word::Ready, Word::Status(&one_line(status))]);
    }

    /// The service is about to end.
    pub fn stopping(self) {
        say(&[Word::Stopping]);
    }
}

impl Listener for Systemd {
    /// Half of what systemd waits for.
    fn alive_every(&self) -> Option<Duration> {
        watchdog().filter(|every| !every.is_zero()).map(|every| every / 2)
    }

    /// For `systemctl status`.
    fn status(&self, status: &str) {
        say(&[Word::Status(&one_line(status))]);
    }

    fn alive(&self) {
        say(&[Word::Alive]);
    }
}

enum Word<'a> {
    Ready,
    Status(&'a str),
    Alive,
    Stopping,
}

#[cfg(target_os = "linux")]
fn say(words: &[Word<'_>]) {
    use sd_notify::NotifyState;
    let states: Vec<NotifyState<'_>> = words
        .iter()
        .map(|word| match word {
            Word::Ready => NotifyState::Ready,
            Word::Status(status) => NotifyState::Status(status),
            Word::Alive => NotifyState::Watchdog,
            Word::Stopping => NotifyState::Stopping,
        })
        .collect();
    if let Err(error) = sd_notify::notify(&states) {
        tracing::debug!(%error, "systemd did not hear us");
    }
}

#[cfg(target_os = "linux")]
fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

#[cfg(not(target_os = "linux"))]
fn say(_words: &[Word<'_>]) {}

#[cfg(not(target_os = "linux"))]
fn watchdog() -> Option<Duration> {
    None
}

fn one_line(status: &str) -> String {
    status.replace(['\n', '\r'], " ")
}
