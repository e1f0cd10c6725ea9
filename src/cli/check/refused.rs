//! Whether clips of a channel were refused of late, from `recordings/moments.tsv`, and why, from
//! the database: Twitch tells beforehand of no channel whether it can be clipped.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use cliphound_store::look_at_reason;
use cliphound_twitch::ChannelLogin;

use super::finding::Finding;
use crate::{
    clips::refusal::{NOT_LIVE, WENT_OFFLINE},
    config::Config,
};

/// So much of the file's end is read: some hundred moments.
const TAIL: u64 = 128 * 1024;
/// Columns, see docs/files.md.
const TIME: usize = 0;
const CHANNEL: usize = 1;
const STATE: usize = 9;

/// What is said where the database does not tell why (any more).
const PERHAPS: &str = "clips may be off or for followers only there, or the account banned";

/// A line for each channel whose last clip was refused, with the reason that Twitch gave.
pub(super) async fn check(config: &Config) -> Vec<Finding> {
    let text = tail(&config.dir.recordings().join("moments.tsv")).unwrap_or_default();
    let mut findings = Vec::new();
    for login in &config.twitch.channels {
        if let Some(at) = refused_at(&text, login.as_str()) {
            findings.push(told(login, at, reason(config, login, at).await));
        }
    }
    findings
}

fn told(login: &ChannelLogin, at: &str, reason: Option<String>) -> Finding {
    let subject = format!("#{login}");
    // Nothing is wrong with a stream that had ended.
    if reason.as_deref().is_some_and(|why| [NOT_LIVE, WENT_OFFLINE].contains(&why)) {
        let text = format!("the last clip ({at}) could not be made: the stream had ended");
        return Finding::ok(subject, text);
    }
    let reason = reason.as_deref().unwrap_or(PERHAPS);
    Finding::warn(subject, format!("the last clip ({at}) was refused: {reason}"))
}

/// Why, from the database. A line of a refused clip has the time of its moment's trigger.
async fn reason(config: &Config, login: &ChannelLogin, at: &str) -> Option<String> {
    let trigger_ms = at.parse::<jiff::Timestamp>().ok()?.as_millisecond();
    // Trouble with the database has a line of its own.
    look_at_reason(&config.dir.database(), login.as_str(), trigger_ms).await.ok().flatten()
}

fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// When the channel's last clip was refused, if Twitch made none since.
fn refused_at<'a>(moments: &'a str, login: &str) -> Option<&'a str> {
    let asked = moments.lines().rev().find_map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let state = *columns.get(STATE)?;
        let was_asked = ["confirmed", "unconfirmed", "refused"].contains(&state);
        (columns[CHANNEL] == login && was_asked).then_some((columns[TIME], state))
    });
    asked.filter(|(_, state)| *state == "refused").map(|(time, _)| time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(time: &str, channel: &str, state: &str) -> String {
        format!("{time}\t{channel}\t-\t-\ta\tb\t0.9\thype\ttitle\t{state}\n")
    }

    #[test]
    fn only_the_last_clip_counts() {
        let check = |states: &[(&str, &str)], expected: Option<&str>| {
            let times = ["1", "2", "3"];
            let text: String = states.iter().zip(times).map(|((c, s), t)| line(t, c, s)).collect();
            assert_eq!(refused_at(&text, "ann"), expected, "{states:?}");
        };
        check(&[], None);
        check(&[("ann", "refused")], Some("1"));
        check(&[("ann", "refused"), ("ann", "missed"), ("bea", "confirmed")], Some("1"));
        check(&[("ann", "refused"), ("ann", "confirmed")], None);
        check(&[("ann", "confirmed"), ("ann", "refused")], Some("2"));
        check(&[("bea", "refused")], None);
    }
}
