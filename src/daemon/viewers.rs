//! Viewers and live state of all channels together, every minute, by Get Streams.

use std::{collections::BTreeMap, time::Duration};

use cliphound_clock::Clock;
use cliphound_engine::Live;
use cliphound_twitch::{
    ChannelLogin,
    helix::{HelixError, Stream},
};
use tokio_util::sync::CancellationToken;

use super::{account::Account, channel::ToChannel, chat::Inboxes, directory::Directory};

/// How often Twitch is asked.
const EVERY: Duration = Duration::from_secs(60);
/// How long to wait for the first ids, which chat or Get Users tells.
const FIRST: Duration = Duration::from_secs(2);
/// So many failures in a row, and nothing is known any more: that counts as live.
const FORGET_AFTER: u32 = 3;

/// Asks until `stop`.
pub async fn watch(
    account: Account,
    inboxes: Inboxes,
    directory: Directory,
    clock: Clock,
    stop: CancellationToken,
) {
    let mut failures = 0;
    loop {
        let ids = directory.known();
        let complete = ids.len() == inboxes.len();
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
        let pause = if complete { EVERY } else { FIRST.max(EVERY / 12) };
        tokio::select! {
            () = clock.sleep(pause) => {}
            () = stop.cancelled() => return,
        }
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
        let ids = BTreeMap::from([
            (login("ann"), "1".to_owned()),
            (login("bob"), "2".to_owned()),
        ]);
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
            [
                (login("ann"), Live::Offline, None),
                (login("bob"), Live::Online, Some(31)),
            ]
        );
    }
}
