//! What somebody missed of the moments, from the database. It keeps the newest state of each: of
//! several changes the last is told.

use std::{collections::BTreeMap, sync::Arc};

use cliphound_store::{Changed, Intent, IntentKey, Store};
use cliphound_twitch::ChannelLogin;

use crate::{
    board::{
        happenings::{Happening, What},
        noted::{Fate, Noted},
    },
    web::{problem::Problem, turns::Turn},
};

/// So much from before the last event that they know is told again: what is stored is told a
/// little later, and moments have Twitch's time.
const AGAIN_MS: i64 = 60_000;
/// Moments further apart have nothing in common: a burst is followed for some minutes at most.
const NEAR_MS: i64 = 600_000;
/// Moments that are told of at most; of more the newest.
const MOST: u32 = 10_000;

/// What happened after the event `last` and before `begins`, the oldest first; a little from
/// before, too.
pub(super) async fn missed(
    store: &Store,
    turn: &Turn,
    last: i64,
    begins: i64,
) -> Result<Vec<Arc<Happening>>, Problem> {
    let from_ms = last / 1_000 - AGAIN_MS;
    let changed = store.changed_since(from_ms, MOST).await?;
    turn.work(move || in_order(&changed, from_ms, last, begins)).await
}

fn in_order(changed: &Changed, from_ms: i64, last: i64, begins: i64) -> Vec<Arc<Happening>> {
    let mut of: BTreeMap<&str, Vec<Intent>> = BTreeMap::new();
    for intent in &changed.intents {
        of.entry(&intent.key.broadcaster_id).or_default().push(intent.clone());
    }
    of.values_mut().for_each(|own| own.sort_by_key(|intent| intent.key.trigger_ms));
    let mut happened = Vec::new();
    let mut add = |at_ms: i64, login: &str, key: &IntentKey, what: What| {
        // Numbers never go back: who breaks off in the middle reads on from there.
        let id = at_ms.saturating_mul(1_000).max(last);
        if let Ok(login) = ChannelLogin::parse(login)
            && at_ms >= from_ms
            && id < begins
        {
            happened.push((at_ms, Happening { id, login, key: key.clone(), what }));
        }
    };
    for row in &changed.moments {
        let near = near(of.get(row.key.broadcaster_id.as_str()), row.key.trigger_ms);
        let intent = near.iter().find(|intent| intent.key == row.key);
        let found_ms = intent.map_or(row.key.trigger_ms, |intent| intent.created_ms);
        let noted = Noted::stored(row, near);
        add(found_ms, &row.login, &row.key, What::Moment(Box::new(noted)));
    }
    for intent in &changed.intents {
        add(intent.updated_ms, &intent.login, &intent.key, What::Clip(Fate::stored(intent)));
    }
    // Of the same instant the moment comes before its clip.
    happened.sort_by_key(|(at_ms, _)| *at_ms);
    happened.into_iter().map(|(_, happening)| Arc::new(happening)).collect()
}

/// A channel's promises, by time, that may be about the stretch of a moment.
fn near(own: Option<&Vec<Intent>>, trigger_ms: i64) -> &[Intent] {
    let own = own.map(Vec::as_slice).unwrap_or_default();
    let until = |ms: i64| own.partition_point(|intent| intent.key.trigger_ms < ms);
    own.get(until(trigger_ms - NEAR_MS)..until(trigger_ms + NEAR_MS)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use cliphound_store::{NewIntent, StateChange};

    use super::*;
    use crate::clips::sample::{moment, promise};
    use crate::web::turns::Turns;

    fn key(trigger_ms: i64) -> IntentKey {
        IntentKey { broadcaster_id: "7".to_owned(), trigger_ms }
    }

    async fn promised(store: &Store, trigger_ms: i64, now_ms: i64) {
        let row = moment("7", trigger_ms);
        store.record_moment(&row).await.unwrap();
        store.promise(&NewIntent { now_ms, ..promise(&row) }).await.unwrap();
    }

    fn told(happened: &[Arc<Happening>]) -> Vec<(i64, i64, String)> {
        let what = |what: &What| match what {
            What::Moment(_) => "moment".to_owned(),
            What::Clip(fate) => fate.state.clone(),
        };
        happened.iter().map(|one| (one.id, one.key.trigger_ms, what(&one.what))).collect()
    }

    #[tokio::test]
    async fn the_end_of_a_moment_is_told_however_old_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let turn = Turns::default().turn().await.unwrap();
        let store = Store::open(&dir.path().join("a.db")).await.unwrap();
        let day = 86_400_000;
        promised(&store, day, day + 1_500).await;
        promised(&store, day + 300_000, day + 301_500).await;
        // Twitch's answer to the first one was lost; its clip is found hours later.
        let (asked, found) = (day + 7_000, day + 7_200_000);
        store
            .set_state(
                &key(day),
                &StateChange::Requested { called_ms: asked, called_by: None },
                asked,
            )
            .await
            .unwrap();
        let created = StateChange::Created { clip_id: "A".to_owned(), edit_url: None };
        store.set_state(&key(day), &created, found).await.unwrap();
        // A moment that nobody promised to clip.
        store.record_moment(&moment("7", found + 5_000)).await.unwrap();

        let last = (day + 3_600_000) * 1_000;
        let after = missed(&store, &turn, last, i64::MAX).await.unwrap();
        let unclipped = found + 5_000;
        let expected = [
            (found * 1_000, day, "created".to_owned()),
            (unclipped * 1_000, unclipped, "moment".to_owned()),
        ];
        assert_eq!(told(&after), expected);
        let before = missed(&store, &turn, last, unclipped * 1_000).await.unwrap();
        assert_eq!(told(&before), expected[..1], "the rest is still known");
    }

    #[tokio::test]
    async fn who_breaks_off_goes_on_and_misses_nothing_of_the_same_instant() {
        let dir = tempfile::tempdir().unwrap();
        let turn = Turns::default().turn().await.unwrap();
        let store = Store::open(&dir.path().join("a.db")).await.unwrap();
        for trigger_ms in [1_000_000, 1_100_000, 1_200_000] {
            promised(&store, trigger_ms, 2_000_000).await;
        }
        let (mut last, mut seen) = (1_999_990_007, Vec::new());
        let all = missed(&store, &turn, last, i64::MAX).await.unwrap();
        assert_eq!(all.len(), 6);
        // A reader that gets one more each time.
        for nth in 0..all.len() {
            let part = missed(&store, &turn, last, i64::MAX).await.unwrap();
            assert!(part.iter().all(|one| one.id >= last), "ids never go back");
            last = part[nth].id;
            seen.push((part[nth].key.trigger_ms, matches!(part[nth].what, What::Clip(_))));
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 6);
    }
}
