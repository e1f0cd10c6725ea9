//! Viewers and live state of all channels together, every minute, by Get Streams.

use std::{collections::BTreeMap, time::Duration};

use cliphound_clock::Clock;
use cliphound_engine::Live;
use cliphound_twitch::{
    ChannelLogin,
    helix::{HelixError, Stream},
};
use tokio::sync::watch as watching;

use super::{
    account::Account, channel::ToChannel, directory::Directory, inboxes::Inboxes, watched::Watched,
};
use crate::{
    clips::viewers::{LiveNow, LiveStream},
    crew::rest,
};

/// How often Twitch is asked.
const EVERY: Duration = Duration::from_secs(60);
/// How often while the ids of some channels, which chat or Get Users tells, are missing.
const FIRST: Duration = Duration::from_secs(5);
/// So many rounds are quick ones.
const QUICK_ROUNDS: u32 = 12;
/// So many failures in a row, and nothing is known any more: that counts as live.
const FORGET_AFTER: u32 = 3;

/// Asks.
pub async fn watch(
    account: Account,
    mut inboxes: Inboxes,
    directory: Directory,
    live: &watching::Sender<LiveNow>,
    watched: Watched,
    clock: Clock,
) {
    let (mut failures, mut rounds) = (Failures::default(), 0);
    loop {
        if inboxes.take_changed() {
            rounds = 0;
        }
        let ids = directory.known();
        // A channel that does not exist never gets an id: only the start is quick.
        let complete = ids.len() >= inboxes.logins().len() || rounds >= QUICK_ROUNDS;
        rounds += 1;
        if !ids.is_empty() {
            // Each request has a time-out of its own; limits may hold it back for minutes.
            let streams = rest(ask(&account, &ids)).await;
            if let Ok(streams) = &streams {
                live.send_replace(live_now(streams));
                tell_about(&inboxes, streams);
            }
            let asked = streams.as_deref().map(|streams| seen(&ids, streams));
            let seen = failures.judge(asked, &ids);
            let streams = streams.as_deref().unwrap_or_default();
            for (login, live, _) in &seen {
                let stream = streams.iter().find(|stream| ids.get(login) == Some(&stream.user_id));
                watched.live(login, *live, stream);
            }
            tell(&inboxes, seen);
        }
        let pause = if complete { EVERY } else { FIRST };
        rest(clock.sleep(pause)).await;
    }
}

type Seen = Vec<(ChannelLogin, Live, Option<u32>)>;

async fn ask(
    account: &Account,
    ids: &BTreeMap<ChannelLogin, String>,
) -> Result<Vec<Stream>, HelixError> {
    if !account.is_usable() {
        return Err(HelixError::NoToken("the account can't be used".to_owned()));
    }
    let wanted: Vec<String> = ids.values().cloned().collect();
    account.helix.streams(&wanted).await
}

/// Which streams are live, for whoever looks for viewers' clips.
fn live_now(streams: &[Stream]) -> LiveNow {
    let of = |stream: &Stream| LiveStream {
        login: stream.login.clone(),
        started_ms: stream.started_ms,
        title: stream.title.clone(),
        game: stream.game.clone(),
    };
    streams.iter().map(|stream| (stream.user_id.clone(), of(stream))).collect()
}

/// Tells each channel what its stream is called, for the titles of clips.
fn tell_about(inboxes: &Inboxes, streams: &[Stream]) {
    for stream in streams {
        if let Ok(login) = ChannelLogin::parse(&stream.login) {
            let (game, title) = (stream.game.clone(), stream.title.clone());
            // A channel that does not keep up hears it in a minute.
            let _ = inboxes.tell(&login, ToChannel::About { game, title });
        }
    }
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
        // A channel that does not keep up hears it in a minute.
        let _ = inboxes.tell(&login, ToChannel::Stream { live, viewers });
    }
}

/// Rounds without an answer, one after the other.
#[derive(Default)]
struct Failures(u32);

impl Failures {
    /// What to tell after a round. After some without an answer nothing is known any more,
    /// and that is told in every round: a full channel may have missed it.
    fn judge(
        &mut self,
        asked: Result<Seen, &HelixError>,
        ids: &BTreeMap<ChannelLogin, String>,
    ) -> Seen {
        match asked {
            Ok(seen) => {
                self.0 = 0;
                seen
            }
            Err(error) => {
                self.0 = self.0.saturating_add(1);
                // What is wrong with the account is told where that is looked after.
                let is_token =
                    matches!(error, HelixError::NoToken(_) | HelixError::Unauthorized(_));
                if self.0 == 1 && !is_token {
                    tracing::warn!(%error, "viewers are not known for now: Get Streams failed");
                }
                let told = ids.keys().filter(|_| self.0 >= FORGET_AFTER);
                told.map(|login| (login.clone(), Live::Unknown, None)).collect()
            }
        }
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

    #[test]
    fn without_an_answer_nothing_stays_off_line() {
        let ann = ChannelLogin::parse("ann").unwrap();
        let ids = BTreeMap::from([(ann.clone(), "1".to_owned())]);
        let mut failures = Failures::default();
        let mut round = |answers: bool| {
            let offline = vec![(ann.clone(), Live::Offline, None)];
            let no_account = HelixError::NoToken("the account can't be used".to_owned());
            let asked = if answers { Ok(offline) } else { Err(&no_account) };
            failures.judge(asked, &ids).into_iter().map(|(_, live, _)| live).collect::<Vec<_>>()
        };
        for (answers, expected) in [
            (false, None),
            (true, Some(Live::Offline)),
            (false, None),
            (false, None),
            (false, Some(Live::Unknown)),
            (false, Some(Live::Unknown)),
            (true, Some(Live::Offline)),
        ] {
            assert_eq!(round(answers), Vec::from_iter(expected));
        }
    }
}
