//! Whatever the services say, nothing panics and nothing grows without bound.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    bttv,
    bttv_events::Bttv,
    change::{LiveEvent, Topic},
    emote::{Fetched, LONGEST_NAME, MOST_EMOTES},
    ffz,
    live::{Protocol, Step},
    seventv,
    seventv_events::SevenTv,
};

/// JSON out of the words that the services use.
fn some_json() -> impl Strategy<Value = Value> {
    let keys = [
        "id",
        "name",
        "code",
        "emotes",
        "emote_set",
        "user",
        "channelEmotes",
        "sharedEmotes",
        "sets",
        "default_sets",
        "emoticons",
        "1",
        "op",
        "d",
        "type",
        "body",
        "pushed",
        "pulled",
        "updated",
        "value",
        "old_value",
        "key",
        "session_id",
        "channel",
        "emote",
        "emoteId",
        "data",
        "command",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..40).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        prop::sample::select(vec!["emote_set.update", "user.update", "RESUME", "twitch:5", "A"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        let key = prop::sample::select(keys.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

type Reader = fn(&[u8]) -> serde_json::Result<Fetched>;

fn readers() -> [Reader; 6] {
    [seventv::global, seventv::channel, bttv::global, bttv::channel, ffz::global, ffz::channel]
}

fn within_bounds(found: &Fetched) -> bool {
    let fits = |name: &str| (1..=LONGEST_NAME).contains(&name.len()) && !name.contains(' ');
    found.emotes.len() <= MOST_EMOTES && found.emotes.iter().all(|emote| fits(&emote.name))
}

#[test]
fn a_huge_answer_is_cut() {
    let many: Vec<Value> = (0..MOST_EMOTES + 5).map(|n| json!({"id": n, "code": "x1"})).collect();
    let found = bttv::global(Value::from(many).to_string().as_bytes()).unwrap();
    assert_eq!(found.emotes.len(), MOST_EMOTES);
}

proptest! {
    #[test]
    fn no_answer_panics(json in some_json(), bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        for read in readers() {
            for body in [json.to_string().as_bytes(), &bytes] {
                prop_assert!(read(body).as_ref().map_or(true, within_bounds));
            }
        }
    }

    #[test]
    fn no_event_panics(said in prop::collection::vec((0_u8..9, some_json()), 0..12)) {
        let topics = BTreeSet::from([Topic::Set("S".into()), Topic::Channel("5".into())]);
        let mut protocols: [Box<dyn Protocol>; 2] =
            [Box::<SevenTv>::default(), Box::<Bttv>::default()];
        for protocol in &mut protocols {
            protocol.opened();
            protocol.want(&topics);
            for (op, json) in &said {
                let framed = json!({ "op": op, "d": json, "name": "emote_create", "data": json });
                for text in [framed.to_string(), json.to_string()] {
                    for step in protocol.hear(&text) {
                        if let Step::Tell(LiveEvent::Changed(change)) = step {
                            change.apply(&mut Vec::new());
                        }
                    }
                }
            }
        }
    }
}
