//! Viewers and live state of all channels together, every minute, by Get Streams.

use std::{collections::BTreeMap, time::Duration};

use cliphound_clock::Clock;
use cliphound_engine::Live;
use cliphound_twitch::{
    ChannelLogin,
    helix::{HelixError, Stream},
};

use super::{account::Account, channel::ToChannel, chat::Inboxes, directory::Directory};

/// How often Twitch is asked.
const EVERY: Duration = Duration::from_secs(60);
/// How often while the ids of some channels, which chat or Get Users tells, are missing.
const FIRST: Duration = Duration::from_secs(5);
/// So many rounds are quick ones.
const QUICK_ROUNDS: u32 = 12;
/// So many failures in a row, and nothing is known any more: that counts as live.
const FORGET_AFTER: u32 = 3;

/// Asks.
pub async fn watch(account: Account, inboxes: Inboxes, directory: Directory, clock: Clock) {
    let (mut failures, mut rounds) = (0, 0);
    loop {
        let ids = directory.known();
        // A channel that does not exist never gets an id: only the start is quick.
        let complete = ids.len() >= inboxes.len() || rounds >= QUICK_ROUNDS;
        rounds += 1;
        if !ids.is_empty() && account.is_usable() {
            match ask(&account, &ids).await {
                Ok(seen) => {
                    failures = 0;
                    tell(&inboxes, seen);
                }
                Err(error) => {
                    failures += 1;
                    failed(failures, &error, &inboxes, &ids);
                }
            }
        }
        let pause = if complete { EVERY } else { FIRST };
        clock.sleep(pause).await;
    }
}

type Seen = Vec<(ChannelLogin, Live, Option<u32>)>;

async fn ask(account: &Account, ids: &BTreeMap<ChannelLogin, String>) -> Result<Seen, HelixError> {
    let wanted: Vec<String> = ids.values().cloned().collect();
    Ok(seen(ids, &account.helix.streams(&wanted).await?))
}

/// What an answer says of each channel that was asked for: who is left out is off line.
fn seen(ids: &BTreeMap<ChannelLogin, String>, streams: &[Stream]) -> Seen {
    let of = |id: &str| streams.iter().find(|stream| stream.user_id == id);
    let state = |id: &str| match of(id) {
        Some(stream) => (Live::Online, Some(stream.viewers)),
        None => (Live::Offline, None),
    };
    ids.iter()
        .map(|(login, id)| {
            let (live, viewers) = state(id);
            (login.clone(), live, viewers)
        })
        .collect()
}

fn tell(inboxes: &Inboxes, seen: Seen) {
    for (login, live, viewers) in seen {
        if let Some(inbox) = inboxes.get(&login) {
            // A channel that does not keep up hears it in a minute.
            let _ = inbox.try_send(ToChannel::Stream { live, viewers });
        }
    }
}

fn failed(
    failures: u32,
    error: &HelixError,
    inboxes: &Inboxes,
    ids: &BTreeMap<ChannelLogin, String>,
) {
    if failures == 1 {
        tracing::warn!(%error, "viewers are not known for now: Get Streams failed");
    }
    if failures == FORGET_AFTER {
        let unknown = ids.keys().map(|login| (login.clone(), Live::Unknown, None));
        tell(inboxes, unknown.collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_left_out_is_off_line() {
        let login = |name| ChannelLogin::parse(name).unwrap();
        let ids = BTreeMap::from([(login("ann"), "1".to_owned()), (login("bob"), "2".to_owned())]);
        let stream = Stream {
            user_id: "2".to_owned(),
            login: "bob".to_owned(),
            viewers: 31,
            game: String::new(),
            title: String::new(),
            started_ms: 0,
        };
        assert_eq!(
            seen(&ids, &[stream]),
            [(login("ann"), Live::Offline, None), (login("bob"), Live::Online, Some(31)),]
        );
    }
}
