//! Tells systemd how the service is: ready, alive, stopping. Elsewhere it does nothing.

use std::{ffi::OsString, io, time::Duration};

/// Where systemd listens, and how often it wants to hear.
#[derive(Debug)]
pub struct Systemd {
    #[cfg(unix)]
    socket: Option<(std::os::unix::net::UnixDatagram, std::os::unix::net::SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Systemd {
    /// From the environment of a service (`NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`).
    #[must_use]
    pub fn from_env() -> Self {
        let get = |name: &str| std::env::var_os(name);
        let ours = get("WATCHDOG_PID").is_none_or(|pid| pid == *std::process::id().to_string());
        let usec = get("WATCHDOG_USEC").filter(|_| ours);
        Self::open(get("NOTIFY_SOCKET"), usec.as_deref().and_then(|usec| usec.to_str()))
    }

    /// With the values of `NOTIFY_SOCKET` (a path, or `@name`) and `WATCHDOG_USEC`.
    #[must_use]
    pub fn open(notify_socket: Option<OsString>, watchdog_usec: Option<&str>) -> Self {
        let usec = watchdog_usec.and_then(|usec| usec.parse().ok()).filter(|usec| *usec > 0);
        Self {
            #[cfg(unix)]
            socket: notify_socket.and_then(|name| match unix::open(&name) {
                Ok(socket) => Some(socket),
                Err(error) => {
                    tracing::warn!(%error, "systemd's NOTIFY_SOCKET can't be used");
                    None
                }
            }),
            watchdog: usec.map(Duration::from_micros),
        }
    }

    /// How often to say [`Systemd::alive`]: half of what systemd waits for, in real time.
    #[must_use]
    pub fn alive_every(&self) -> Option<Duration> {
        self.watchdog.map(|watchdog| watchdog / 2)
    }

    /// Everything is wired; `status` is for `systemctl status`.
    pub fn ready(&self, status: &str) {
        self.say(&format!("READY=1\nSTATUS={}", one_line(status)));
    }

    /// A new line for `systemctl status`.
    pub fn status(&self, status: &str) {
        self.say(&format!("STATUS={}", one_line(status)));
    }

    /// The service works.
    pub fn alive(&self) {
        self.say("WATCHDOG=1");
    }

    /// The service is about to end.
    pub fn stopping(&self) {
        self.say("STOPPING=1");
    }

    fn say(&self, words: &str) {
        if let Err(error) = self.send(words) {
            tracing::debug!(%error, "systemd did not hear us");
        }
    }

    #[cfg(unix)]
    fn send(&self, words: &str) -> io::Result<()> {
        let Some((socket, to)) = &self.socket else { return Ok(()) };
        socket.send_to_addr(words.as_bytes(), to).map(drop)
    }

    #[cfg(not(unix))]
    fn send(&self, _words: &str) -> io::Result<()> {
        Ok(())
    }
}

fn one_line(status: &str) -> String {
    status.replace(['\n', '\r'], " ")
}

/// The Unix part: a datagram socket, by path or by Linux's abstract name.
#[cfg(unix)]
mod unix {
    use std::{
        ffi::OsStr,
        io,
        os::unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    };

    pub fn open(name: &OsStr) -> io::Result<(UnixDatagram, SocketAddr)> {
        let socket = UnixDatagram::unbound()?;
        // A full socket must not hold us up: better one word lost.
        socket.set_nonblocking(true)?;
        Ok((socket, address(name)?))
    }

    fn address(name: &OsStr) -> io::Result<SocketAddr> {
        #[cfg(target_os = "linux")]
        if let Some(name) = name.as_bytes().strip_prefix(b"@") {
            use std::os::linux::net::SocketAddrExt;
            return SocketAddr::from_abstract_name(name);
        }
        SocketAddr::from_pathname(OsStr::from_bytes(name.as_bytes()))
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;

    fn heard(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 256];
        let length = socket.recv(&mut buffer).expect("a datagram");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[test]
    fn systemd_hears_every_word() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        let systemd = Systemd::open(Some(path.into()), Some("10000000"));
        systemd.ready("2 channels\nwatched");
        systemd.alive();
        systemd.stopping();
        assert_eq!(heard(&socket), "READY=1\nSTATUS=2 channels watched");
        assert_eq!(heard(&socket), "WATCHDOG=1");
        assert_eq!(heard(&socket), "STOPPING=1");
        assert_eq!(systemd.alive_every(), Some(Duration::from_secs(5)));
    }

    #[test]
    fn without_systemd_nothing_happens() {
        for usec in [None, Some("0"), Some("soon")] {
            let systemd = Systemd::open(None, usec);
            systemd.ready("x");
            assert_eq!(systemd.alive_every(), None);
        }
        Systemd::open(Some("/nowhere/at/all".into()), None).ready("x");
    }
}
