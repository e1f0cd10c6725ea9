//! A hosts file that is kept: it names the simulator's host, or (while names fail) nobody.
//!
//! It is written in place, so that a process whose `/etc/hosts` is this very file (a bind mount in
//! its own mount namespace) hears of each change.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The name in all addresses when there is a hosts file: the only one besides plain addresses
/// that clients may take for this machine.
pub(crate) const NAME: &str = "localhost";
/// Begins the file; a file that begins otherwise belongs to somebody else.
const HEADER: &str = "# Names of a simulated Twitch";

/// The file, and what it says.
#[derive(Debug)]
pub(crate) struct Hosts {
    path: PathBuf,
    address: IpAddr,
    is_named: bool,
}

impl Hosts {
    /// Writes the file, which names the host from now on.
    ///
    /// # Errors
    /// When it can't be written, or there is one that no simulator wrote.
    pub fn create(path: &Path, address: IpAddr) -> io::Result<Self> {
        match fs::read(path) {
            Ok(found) if found.is_empty() || found.starts_with(HEADER.as_bytes()) => {}
            Ok(_) => {
                let words = "it is not the simulator's, which would overwrite it: name a new file";
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, words));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let hosts = Self { path: path.to_owned(), address, is_named: true };
        hosts.write()?;
        Ok(hosts)
    }

    /// Lets the name be known, or not.
    pub fn name(&mut self, is_named: bool) {
        if self.is_named == is_named {
            return;
        }
        self.is_named = is_named;
        match self.write() {
            Ok(()) => tracing::info!(is_named, "the hosts file has changed"),
            Err(error) => tracing::warn!(%error, "the hosts file can't be written"),
        }
    }

    /// One write of always the same length, so that no reader sees half of it.
    fn write(&self) -> io::Result<()> {
        let mark = if self.is_named { ' ' } else { '#' };
        let text = format!("{HEADER}\n{mark}{} {NAME}\n", self.address);
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(false).open(&self.path)?;
        file.write_all(text.as_bytes())?;
        file.set_len(text.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_name_comes_and_goes_in_place_and_no_other_file_is_touched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hosts");
        let named = || {
            let text = fs::read_to_string(&path).unwrap();
            text.lines().any(|line| line.trim() == "127.0.0.1 localhost")
        };
        let mut hosts = Hosts::create(&path, Ipv4Addr::LOCALHOST.into()).unwrap();
        let reader = fs::File::open(&path).unwrap();
        assert!(named());
        hosts.name(false);
        assert!(!named());
        let seen = io::read_to_string(&reader).unwrap();
        assert!(seen.contains("#127.0.0.1"), "the same file: {seen}");
        hosts.name(true);
        assert!(named());
        Hosts::create(&path, Ipv4Addr::LOCALHOST.into()).unwrap();

        fs::write(&path, "127.0.0.1 mine\n").unwrap();
        let error = Hosts::create(&path, Ipv4Addr::LOCALHOST.into()).unwrap_err().to_string();
        assert!(error.contains("name a new file"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "127.0.0.1 mine\n");
    }
}
