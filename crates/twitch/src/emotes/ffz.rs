//! FFZ's answers. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::emote::{AnyId, Emote, Entry, Fetched, SetIds, collect};

#[derive(Deserialize)]
struct Emoticon {
    id: Option<AnyId>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Set {
    emoticons: Option<Vec<Entry<Emoticon>>>,
}

#[derive(Deserialize)]
struct Answer {
    default_sets: Option<Vec<Entry<AnyId>>>,
    sets: Option<BTreeMap<String, Entry<Set>>>,
}

/// `set/global`: the sets that everybody may use are the default ones.
pub(super) fn global(body: &[u8]) -> serde_json::Result<Fetched> {
    let mut answer: Answer = serde_json::from_slice(body)?;
    let mut sets = answer.sets.take().unwrap_or_default();
    let ids = answer.default_sets.unwrap_or_default().into_iter().filter_map(|id| match id {
        Entry::Good(id) => Some(String::from(id)),
        Entry::Bad(_) => None,
    });
    let chosen: Vec<_> = ids.filter_map(|id| sets.remove(&id)).collect();
    Ok(fetched(chosen))
}

/// `room/id/{id}`.
pub(super) fn channel(body: &[u8]) -> serde_json::Result<Fetched> {
    let answer: Answer = serde_json::from_slice(body)?;
    Ok(fetched(answer.sets.unwrap_or_default().into_values()))
}

fn fetched(sets: impl IntoIterator<Item = Entry<Set>>) -> Fetched {
    let emoticons = sets.into_iter().filter_map(|set| match set {
        Entry::Good(set) => set.emoticons,
        Entry::Bad(_) => None,
    });
    let read = |e: Emoticon| Emote::checked(e.id?.into(), e.name?);
    Fetched { emotes: collect(emoticons.flatten(), read), ids: SetIds::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let check = |found: serde_json::Result<Fetched>, expected: Result<&[&str], ()>| {
            let names = found.map(|f| f.emotes.into_iter().map(|e| e.name).collect::<Vec<_>>());
            let expected = expected.map(|n| n.iter().map(|n| (*n).to_owned()).collect());
            assert_eq!(names.map_err(|_| ()), expected);
        };
        check(
            global(br#"{"default_sets":[3,"5",null],"sets":{"3":{"id":3,"emoticons":[{"id":28136,"name":"LilZ"}]},"4":{"emoticons":[{"id":9,"name":"NotForAll"}]},"5":{"emoticons":[{"id":"x","name":"Y1"}]}}}"#),
            Ok(&["LilZ", "Y1"]),
        );
        check(global(br#"{"sets":{"3":{"emoticons":[{"id":1,"name":"A1"}]}}}"#), Ok(&[]));
        check(
            channel(br#"{"room":{"set":1},"sets":{"1":{"emoticons":[{"id":1,"name":"roomy"},{"name":"no id"},5]},"2":null}}"#),
            Ok(&["roomy"]),
        );
        check(channel(br#"{"sets":{"1":{"emoticons":null}}}"#), Ok(&[]));
        check(channel(br#"{"room":null,"sets":null}"#), Ok(&[]));
        check(channel(br#"{"sets":[]}"#), Err(()));
        check(channel(b"<html>"), Err(()));
    }
}
