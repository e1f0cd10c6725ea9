//! 7TV's answers. Pure.

use serde::Deserialize;

use super::emote::{AnyId, Emote, Entry, Fetched, SetIds, checked_id, collect};

#[derive(Deserialize)]
pub(super) struct Active {
    id: Option<AnyId>,
    /// The name in this set; `data.name` is the one that its maker gave.
    name: Option<String>,
}

impl Active {
    pub(super) fn emote(self) -> Option<Emote> {
        Emote::checked(self.id?.into(), self.name?)
    }
}

#[derive(Deserialize, Default)]
struct Set {
    id: Option<AnyId>,
    emotes: Option<Vec<Entry<Active>>>,
}

#[derive(Deserialize)]
struct Connection {
    emote_set: Option<Set>,
    emote_set_id: Option<AnyId>,
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    id: Option<AnyId>,
}

/// `emote-sets/global`.
pub(super) fn global(body: &[u8]) -> serde_json::Result<Fetched> {
    let set: Set = serde_json::from_slice(body)?;
    Ok(fetched(set, None, None))
}

/// `users/twitch/{id}`. Somebody may have an account without a set, and a set without emotes.
pub(super) fn channel(body: &[u8]) -> serde_json::Result<Fetched> {
    let connection: Connection = serde_json::from_slice(body)?;
    let user = connection.user.and_then(|user| user.id);
    Ok(fetched(connection.emote_set.unwrap_or_default(), connection.emote_set_id, user))
}

fn fetched(set: Set, set_id: Option<AnyId>, user: Option<AnyId>) -> Fetched {
    let ids = SetIds { set: checked_id(set.id.or(set_id)), user: checked_id(user) };
    Fetched { emotes: collect(set.emotes.unwrap_or_default(), Active::emote), ids }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Result<(&[&str], Option<&str>), ()>) {
        let found = channel(body.as_bytes()).map_err(|_| ());
        let names = |f: &Fetched| f.emotes.iter().map(|e| e.name.clone()).collect::<Vec<_>>();
        let found = found.map(|f| (names(&f), f.ids.set));
        let expected = expected.map(|(names, set)| {
            (names.iter().map(|n| (*n).to_owned()).collect(), set.map(str::to_owned))
        });
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn channels() {
        check(
            r#"{"id":"1","platform":"TWITCH","emote_set":{"id":"S1","emotes":[
                {"id":"A","name":"renamed","flags":0,"data":{"id":"A","name":"original"}},
                {"id":"A","name":"again"},{"id":7},null,{"name":5},{"id":"B","name":"two words"},
                {"id":"C","name":"D:"}]},"user":{"id":"U1"}}"#,
            Ok((&["renamed", "D:"], Some("S1"))),
        );
        check(r#"{"emote_set":null,"emote_set_id":"S2"}"#, Ok((&[], Some("S2"))));
        check(r#"{"emote_set":{"id":"S3","emote_count":0}}"#, Ok((&[], Some("S3"))));
        check(r#"{"emote_set":{"id":"S3","emotes":null}}"#, Ok((&[], Some("S3"))));
        check(r#"{"emote_set":{"id":"../x"},"user":null}"#, Ok((&[], None)));
        check("{}", Ok((&[], None)));
        check(r#"{"emote_set":"none"}"#, Err(()));
        check("<html>busy</html>", Err(()));
        check("", Err(()));
        check("null", Err(()));
    }

    #[test]
    fn the_global_set() {
        let found = global(br#"{"id":"G","emotes":[{"id":"A","name":"EZ"}]}"#).unwrap();
        assert_eq!((found.emotes[0].name.as_str(), found.ids.set.as_deref()), ("EZ", Some("G")));
        let user = channel(br#"{"user":{"id":"U1"}}"#).unwrap().ids.user;
        assert_eq!(user.as_deref(), Some("U1"));
    }
}
