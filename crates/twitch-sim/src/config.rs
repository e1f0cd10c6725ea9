//! What the simulator is told at its start, and why it may refuse.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::storm::Storm;

/// Channels when none are named: a small, a middle and a large one.
const DEFAULT_CHANNELS: [(&str, u32); 3] =
    [("mossykettle", 40), ("quillarcade", 800), ("northlanternlive", 12_000)];

/// How to set up a simulated Twitch.
#[derive(Debug, Clone)]
pub struct SimConfig {
    /// Address of control; port 0 takes a free one. All else takes free ports of the same
    /// address, where the network can fail; Helix, OAuth and the emote services are also here,
    /// where it never does. Loopback only.
    pub listen: SocketAddr,
    /// Seed of everything that is left to chance.
    pub seed: u64,
    /// Logins of the channels, each `login` or `login:viewers`. Empty: three invented
    /// channels of 40, 800 and 12,000 viewers. Channels without a size take these sizes
    /// in turn; in one of 0 viewers nobody writes but who is made to.
    pub channels: Vec<String>,
    /// Chat from a file instead of the generator: JSONL `{"t_ms","user","text"}` or raw
    /// IRC lines, either also as gzip. It plays once, in the first channel; the others
    /// stay silent, and there are no true moments.
    pub recording: Option<PathBuf>,
    /// Faults that wait from the start, each `name` or `name:count`.
    pub faults: Vec<String>,
    /// A storm of faults that begins at once.
    pub storm: Option<Storm>,
    /// A device that wants to log in is approved by itself at this question, at once with 1;
    /// with 0, somebody must do it: `POST /control/authorize`, or the address it is shown.
    pub approve_at_poll: u32,
    /// All services but control speak TLS, with certificates of a root that is made anew at each
    /// start: [`crate::SimHandle::root_pem`].
    pub tls: bool,
    /// A hosts file (see hosts(5)) that is made and kept. All addresses but control's then have
    /// the name `localhost`, which stands in this file, unless the fault `net_dns` goes on.
    pub hosts: Option<PathBuf>,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            channels: Vec::new(),
            recording: None,
            faults: Vec::new(),
            storm: None,
            approve_at_poll: 2,
            tls: false,
            hosts: None,
        }
    }
}

/// Why the simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// Only loopback is served: there is no real authentication here.
    #[error("the simulator listens on loopback only; give 127.0.0.1 or [::1], not {0}")]
    NotLoopback(SocketAddr),
    /// The port is taken, or may not be used.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// What was asked for.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A channel name that Twitch would not have.
    #[error("'{0}' is not a channel: give LOGIN or LOGIN:VIEWERS (letters, digits, '_'; 1 to 25)")]
    BadChannel(String),
    /// A fault that does not exist.
    #[error(transparent)]
    BadFault(#[from] crate::world::FaultError),
    /// Certificates could not be made.
    #[error("no certificates for TLS can be made: {0}")]
    Tls(std::io::Error),
    /// The hosts file can't be written, or belongs to somebody else.
    #[error("the hosts file {path} can't be kept: {source}")]
    Hosts {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The recording can't be read, or holds no chat.
    #[error("can't play {path}: {reason}")]
    Recording {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// The channels that a configuration asks for, with their usual number of viewers.
pub(crate) fn channels(config: &SimConfig) -> Result<Vec<(String, u32)>, SimError> {
    if config.channels.is_empty() {
        return Ok(DEFAULT_CHANNELS.map(|(login, viewers)| (login.to_owned(), viewers)).into());
    }
    let mut found: Vec<(String, u32)> = Vec::new();
    for (index, given) in config.channels.iter().enumerate() {
        let (login, viewers) = channel(given, DEFAULT_CHANNELS[index % 3].1)
            .ok_or_else(|| SimError::BadChannel(given.clone()))?;
        if found.iter().all(|(known, _)| *known != login) {
            found.push((login, viewers));
        }
    }
    Ok(found)
}

fn channel(given: &str, usual: u32) -> Option<(String, u32)> {
    let (login, viewers) = match given.split_once(':') {
        Some((login, viewers)) => (login, viewers.parse().ok().filter(|v| *v <= 500_000)?),
        None => (given, usual),
    };
    let login = login.trim().trim_start_matches('#').to_ascii_lowercase();
    is_login(&login).then_some((login, viewers))
}

/// Whether Twitch could have given this login.
pub(crate) fn is_login(text: &str) -> bool {
    (1..=25).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &[&str], expected: &str) {
        let config = SimConfig {
            channels: given.iter().map(|&c| c.to_owned()).collect(),
            ..SimConfig::default()
        };
        let found = match channels(&config) {
            Ok(list) => list.iter().map(|(login, v)| format!("{login}={v} ")).collect(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found.trim_end(), expected, "{given:?}");
    }

    #[test]
    fn channels_have_names_and_sizes() {
        check(&[], "mossykettle=40 quillarcade=800 northlanternlive=12000");
        check(&["#Foo", "bar", "foo:9"], "foo=40 bar=800");
        check(&["foo:123"], "foo=123");
        let refusal =
            "is not a channel: give LOGIN or LOGIN:VIEWERS (letters, digits, '_'; 1 to 25)";
        check(&["a b"], &format!("'a b' {refusal}"));
        check(&["foo:many"], &format!("'foo:many' {refusal}"));
    }
}
