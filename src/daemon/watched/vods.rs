//! Learns the VODs of channels whose moments were missed, so that `night` can say where in
//! them those are.

use std::{collections::BTreeMap, time::Duration};

use cliphound_clock::Clock;
use cliphound_store::{Intent, IntentState, Page, Store, StoreError, VodRow};
use cliphound_twitch::helix::Vod;

use crate::{crew::rest, daemon::account::Account};

/// How often missed moments are looked for.
const EVERY: Duration = Duration::from_secs(600);
/// Moments older than this are left alone: their VOD was there, or never will be.
const WITHIN_MS: i64 = 24 * 3_600_000;
/// Channels that Twitch is asked about in a round.
const MOST: usize = 20;

/// Asks Twitch now and then, where something was missed and is in no VOD that is known.
pub async fn learn(account: Account, store: Store, clock: Clock) {
    loop {
        if account.is_usable()
            && let Err(error) = round(&account, &store, clock.now_ms()).await
        {
            tracing::debug!(%error, "where missed moments are is not known yet");
        }
        rest(clock.sleep(EVERY)).await;
    }
}

async fn round(account: &Account, store: &Store, now_ms: i64) -> Result<(), StoreError> {
    let since_ms = now_ms - WITHIN_MS;
    let intents = store.intents_since(since_ms, &Page::newest(Page::MAX)).await?;
    let known = store.vods_since(since_ms).await?;
    for (broadcaster_id, login) in unplaced(&intents, &known).into_iter().take(MOST) {
        match rest(account.helix.vods(&broadcaster_id)).await {
            Ok(vods) => store.keep_vods(&rows(&broadcaster_id, &login, vods)).await?,
            Err(error) => tracing::debug!(channel = login, %error, "its VODs are not known yet"),
        }
    }
    Ok(())
}

/// The channels (id and login) with a missed moment that lies in no known VOD.
fn unplaced(intents: &[Intent], known: &[VodRow]) -> BTreeMap<String, String> {
    let is_missed = |intent: &&Intent| {
        matches!(intent.state, IntentState::Missed | IntentState::Unknown | IntentState::Refused)
            && !intent.key.broadcaster_id.starts_with("login:")
    };
    let is_placed = |intent: &&Intent| {
        known.iter().any(|vod| {
            vod.broadcaster_id == intent.key.broadcaster_id
                && vod.started_ms <= intent.start_ms
                && intent.start_ms <= vod.started_ms + vod.length_s * 1000
        })
    };
    let unplaced = intents.iter().filter(is_missed).filter(|intent| !is_placed(intent));
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
    fn only_what_was_missed_and_is_nowhere_is_asked_for() {
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
        check("login:ninja", 5_000, IntentState::Missed, false);
    }
}
