//! Learns the VODs of channels with moments that no clip shows: those that wait for a yes, which
//! editors want to see first, and those that were missed, so that `night` can say where in them
//! they are.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cliphound_clock::Clock;
use cliphound_store::{Store, StoreError, VodRow};
use cliphound_twitch::helix::Vod;
use tokio::sync::Notify;

use crate::{clips::state::State, crew::rest, daemon::account::Account};

/// How often such moments are looked for where nobody says that there is a new one: a VOD of a
/// stream that is live grows, and may not have reached them yet.
const EVERY: Duration = Duration::from_secs(600);
/// Between two rounds, however many moments there are: at most [`MOST`] questions a minute, of the
/// 800 that Twitch takes.
const PAUSE: Duration = Duration::from_secs(60);
/// Of younger moments Twitch is asked in each round: their VOD may just not be there yet.
const LATELY_MS: i64 = 24 * 3_600_000;
/// Of older ones once in this time, and after each start: nobody was logged in when they were new,
/// or Cliphound did not run.
const LOOK_BACK_MS: i64 = 24 * 3_600_000;
/// Even older ones are left alone: Twitch keeps no VOD for longer than 60 days.
const WITHIN_MS: i64 = 60 * 24 * 3_600_000;
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
    let mut plan = Plan::default();
    loop {
        if account.is_usable()
            && let Err(error) = round(&account, &store, clock.now_ms(), &mut plan).await
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

async fn round(
    account: &Account,
    store: &Store,
    now_ms: i64,
    plan: &mut Plan,
) -> Result<(), StoreError> {
    for (broadcaster_id, login) in due(store, now_ms, plan).await? {
        match rest(account.helix.vods(&broadcaster_id)).await {
            Ok(vods) => {
                store.keep_vods(&rows(&broadcaster_id, &login, vods)).await?;
                plan.older.remove(&broadcaster_id);
            }
            Err(error) => tracing::debug!(channel = login, %error, "its VODs are not known yet"),
        }
    }
    Ok(())
}

/// The channels (id and login) that are asked about now.
async fn due(
    store: &Store,
    now_ms: i64,
    plan: &mut Plan,
) -> Result<Vec<(String, String)>, StoreError> {
    if plan.looked_back_ms.is_none_or(|at_ms| now_ms - at_ms >= LOOK_BACK_MS) {
        plan.older = store.channels_without_vods(now_ms - WITHIN_MS).await?;
        plan.looked_back_ms = Some(now_ms);
    }
    let lately = store.channels_without_vods(now_ms - LATELY_MS).await?;
    Ok(plan.next(lately, now_ms))
}

/// Whom to ask about, by the broadcaster's id.
#[derive(Debug, Default)]
struct Plan {
    /// When channels were last asked about.
    asked: BTreeMap<String, i64>,
    /// The logins of those that have older moments and were not asked about since it was looked.
    older: BTreeMap<String, String>,
    /// When it was looked for older moments.
    looked_back_ms: Option<i64>,
}

impl Plan {
    /// Those that are asked about in this round, the longest unasked first: a channel that keeps no
    /// VODs holds up no other.
    fn next(&mut self, lately: BTreeMap<String, String>, now_ms: i64) -> Vec<(String, String)> {
        let mut all = self.older.clone();
        all.extend(lately);
        self.asked.retain(|id, _| all.contains_key(id));
        let mut channels: Vec<(String, String)> = all.into_iter().collect();
        channels.sort_by_key(|(id, _)| self.asked.get(id).copied());
        channels.truncate(MOST);
        self.asked.extend(channels.iter().map(|(id, _)| (id.clone(), now_ms)));
        channels
    }
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
    use cliphound_store::StateChange;

    use super::*;
    use crate::clips::sample;

    const HOUR_MS: i64 = 3_600_000;
    const DAY_MS: i64 = 24 * HOUR_MS;

    /// Who comes on Monday wants to see Friday's moments, too.
    #[tokio::test]
    async fn older_moments_are_asked_about_once_a_day() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("a.db")).await.unwrap();
        let now_ms = 1_000 * DAY_MS;
        for (id, days) in [("1", 0), ("2", 3), ("3", 59), ("4", 61)] {
            let moment = sample::moment(id, now_ms - days * DAY_MS - 2 * HOUR_MS);
            store.record_moment(&moment).await.unwrap();
            store.promise(&sample::promise(&moment)).await.unwrap();
            let refused = StateChange::Refused { reason: "no log-in".to_owned() };
            store.set_state(&moment.key, &refused, now_ms).await.unwrap();
        }
        let mut plan = Plan::default();
        let check = async |plan: &mut Plan, hours: i64, expected: &[&str]| {
            let due = due(&store, now_ms + hours * HOUR_MS, plan).await.unwrap();
            let ids: Vec<&str> = due.iter().map(|(id, _)| id.as_str()).collect();
            assert_eq!(ids, expected, "after {hours} h");
        };
        check(&mut plan, 0, &["1", "2", "3"]).await;
        // Twitch has answered of all but one, and keeps no VOD of any.
        for id in ["1", "2"] {
            plan.older.remove(id);
        }
        check(&mut plan, 1, &["1", "3"]).await;
        plan.older.remove("3");
        check(&mut plan, 2, &["1"]).await;
        check(&mut plan, 23, &[]).await;
        check(&mut plan, 24, &["1", "2"]).await;
        let of = |id: &str, started_ms| Vod { id: id.to_owned(), started_ms, length_s: 7_200 };
        let vods = rows("2", "ninja", vec![of("v", now_ms - 3 * DAY_MS - 3 * HOUR_MS)]);
        store.keep_vods(&vods).await.unwrap();
        check(&mut Plan::default(), 24, &["1"]).await;
    }

    #[test]
    fn who_waited_longest_is_asked_about_first_and_nobody_is_remembered_for_ever() {
        let all = || (0..30).map(|n| (format!("{n:02}"), format!("login{n}"))).collect();
        let mut plan = Plan { asked: BTreeMap::from([("99".to_owned(), 1)]), ..Plan::default() };
        let first = plan.next(all(), 5);
        assert_eq!((first.len(), first[0].0.as_str(), plan.asked.len()), (MOST, "00", MOST));
        plan.asked.insert("03".to_owned(), 4);
        let second: Vec<_> = plan.next(all(), 6).into_iter().map(|(id, _)| id).collect();
        assert_eq!((second[0].as_str(), second[9].as_str()), ("20", "29"), "who was never asked");
        assert_eq!((second[10].as_str(), second[11].as_str()), ("03", "00"));
    }

    #[test]
    fn what_a_clip_shows_needs_no_vod() {
        let reason = String::new();
        assert!(is_wanted(&State::InReview) && is_wanted(&State::Missed { reason }));
        let reason = String::new();
        assert!(
            !is_wanted(&State::Covered { by_ms: 0, reason })
                && !is_wanted(&State::Vod { at_ms: 0 })
        );
    }
}
