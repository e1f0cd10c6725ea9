//! Learns the VODs of channels with moments that no clip shows: those that wait for a yes, which
//! editors want to see first, and those that were missed, so that `night` can say where in them
//! they are.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cliphound_clock::Clock;
use cliphound_store::{Intent, IntentState, Page, Review, Store, StoreError, VodRow};
use cliphound_twitch::helix::Vod;
use tokio::sync::Notify;

use crate::{clips::state::State, crew::rest, daemon::account::Account};

/// How often such moments are looked for where nobody says that there is a new one: a VOD of a
/// stream that is live grows, and may not have reached them yet.
const EVERY: Duration = Duration::from_secs(600);
/// Between two rounds, however many moments there are: at most [`MOST`] questions a minute, of the
/// 800 that Twitch takes.
const PAUSE: Duration = Duration::from_secs(60);
/// Moments older than this are left alone: their VOD was there, or never will be.
const WITHIN_MS: i64 = 24 * 3_600_000;
/// Channels that Twitch is asked about in a round.
const MOST: usize = 20;

/// Whether a moment with this news is one that only the VOD shows.
#[must_use]
pub fn is_wanted(news: &State) -> bool {
    matches!(
        news,
        State::InReview
            | State::Missed { .. }
            | State::Refused { .. }
            | State::DryRun { .. }
            | State::Unconfirmed { .. }
    )
}

/// Asks Twitch soon after `wanted` rings, and now and then, where a moment without a clip is in no
/// VOD that is known.
pub async fn learn(account: Account, store: Store, clock: Clock, wanted: Arc<Notify>) {
    let mut asked = BTreeMap::new();
    loop {
        if account.is_usable()
            && let Err(error) = round(&account, &store, clock.now_ms(), &mut asked).await
        {
            tracing::debug!(%error, "where moments without a clip are is not known yet");
        }
        rest(clock.sleep(PAUSE)).await;
        let later = clock.sleep(EVERY.saturating_sub(PAUSE));
        rest(async {
            tokio::select! {
                () = wanted.notified() => {}
                () = later => {}
            }
        })
        .await;
    }
}

/// When channels were last asked about, by id.
type Asked = BTreeMap<String, i64>;

async fn round(
    account: &Account,
    store: &Store,
    now_ms: i64,
    asked: &mut Asked,
) -> Result<(), StoreError> {
    let since_ms = now_ms - WITHIN_MS;
    let intents = store.intents_since(since_ms, &Page::newest(Page::MAX)).await?;
    let known = store.vods_since(since_ms).await?;
    for (broadcaster_id, login) in next(unplaced(&intents, &known), asked) {
        asked.insert(broadcaster_id.clone(), now_ms);
        match rest(account.helix.vods(&broadcaster_id)).await {
            Ok(vods) => store.keep_vods(&rows(&broadcaster_id, &login, vods)).await?,
            Err(error) => tracing::debug!(channel = login, %error, "its VODs are not known yet"),
        }
    }
    Ok(())
}

/// Those that are asked about in this round, the longest unasked first: a channel that keeps no
/// VODs holds up no other.
fn next(unplaced: BTreeMap<String, String>, asked: &mut Asked) -> Vec<(String, String)> {
    asked.retain(|id, _| unplaced.contains_key(id));
    let mut channels: Vec<(String, String)> = unplaced.into_iter().collect();
    channels.sort_by_key(|(id, _)| asked.get(id).copied());
    channels.truncate(MOST);
    channels
}

/// The channels (id and login) with a moment without a clip that lies in no known VOD.
fn unplaced(intents: &[Intent], known: &[VodRow]) -> BTreeMap<String, String> {
    let is_unseen = |intent: &&Intent| {
        let has_no_clip = match intent.state {
            IntentState::Waiting => intent.review != Review::None,
            IntentState::Missed
            | IntentState::Unknown
            | IntentState::Refused
            | IntentState::Unconfirmed => true,
            _ => false,
        };
        has_no_clip && !intent.key.broadcaster_id.starts_with("login:")
    };
    let is_placed = |intent: &&Intent| {
        known.iter().any(|vod| {
            vod.broadcaster_id == intent.key.broadcaster_id
                && vod.started_ms <= intent.start_ms
                && intent.start_ms <= vod.started_ms + vod.length_s * 1000
        })
    };
    let unplaced = intents.iter().filter(is_unseen).filter(|intent| !is_placed(intent));
    unplaced.map(|intent| (intent.key.broadcaster_id.clone(), intent.login.clone())).collect()
}

/// VODs as the database keeps them.
fn rows(broadcaster_id: &str, login: &str, vods: Vec<Vod>) -> Vec<VodRow> {
    let row = |vod: Vod| VodRow {
        vod_id: vod.id,
        broadcaster_id: broadcaster_id.to_owned(),
        login: login.to_owned(),
        started_ms: vod.started_ms,
        length_s: vod.length_s,
    };
    vods.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clips::sample::intent;

    #[test]
    fn only_what_no_clip_shows_and_is_nowhere_is_asked_for() {
        let vods = vec![Vod { id: "v".to_owned(), started_ms: 1_000, length_s: 10 }];
        let known = rows("1", "login1", vods);
        let check = |id: &str, start_ms, state, expected: bool| {
            let found = unplaced(&[intent(id, start_ms, state)], &known);
            assert_eq!(found.contains_key(id), expected, "{id} {start_ms} {state}");
        };
        check("1", 5_000, IntentState::Missed, false);
        check("1", 50_000, IntentState::Missed, true);
        check("2", 5_000, IntentState::Missed, true);
        check("2", 5_000, IntentState::Unknown, true);
        check("2", 5_000, IntentState::Confirmed, false);
        check("2", 5_000, IntentState::Unconfirmed, true);
        check("2", 5_000, IntentState::Waiting, false);
        check("login:ninja", 5_000, IntentState::Missed, false);
        let asked = Intent { review: Review::Asked, ..intent("2", 5_000, IntentState::Waiting) };
        assert!(unplaced(&[asked], &known).contains_key("2"), "an editor wants to see it");
    }

    #[test]
    fn who_waited_longest_is_asked_about_first_and_nobody_is_remembered_for_ever() {
        let all = || (0..30).map(|n| (format!("{n:02}"), format!("login{n}"))).collect();
        let mut asked = Asked::from([("99".to_owned(), 1)]);
        let first = next(all(), &mut asked);
        assert_eq!((first.len(), first[0].0.as_str(), asked.len()), (MOST, "00", 0));
        asked.extend(first.into_iter().map(|(id, _)| (id, 5)));
        asked.insert("03".to_owned(), 4);
        let second: Vec<_> = next(all(), &mut asked).into_iter().map(|(id, _)| id).collect();
        assert_eq!((second[0].as_str(), second[9].as_str()), ("20", "29"), "who was never asked");
        assert_eq!((second[10].as_str(), second[11].as_str()), ("03", "00"));
    }

    #[test]
    fn what_a_clip_shows_needs_no_vod() {
        let reason = String::new();
        assert!(is_wanted(&State::InReview) && is_wanted(&State::Missed { reason }));
        let reason = String::new();
        assert!(!is_wanted(&State::Covered { reason }) && !is_wanted(&State::Vod { at_ms: 0 }));
    }
}
