//! BTTV's answers. Pure.

use serde::Deserialize;

use super::emote::{AnyId, Emote, Entry, Fetched, SetIds, collect};

#[derive(Deserialize)]
pub(super) struct Coded {
    id: Option<AnyId>,
    code: Option<String>,
}

impl Coded {
    pub(super) fn emote(self) -> Option<Emote> {
        Emote::checked(self.id?.into(), self.code?)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    channel_emotes: Option<Vec<Entry<Coded>>>,
    shared_emotes: Option<Vec<Entry<Coded>>>,
}

/// `cached/emotes/global`.
pub(super) fn global(body: &[u8]) -> serde_json::Result<Fetched> {
    let list: Vec<Entry<Coded>> = serde_json::from_slice(body)?;
    Ok(fetched(list))
}

/// `cached/users/twitch/{id}`.
pub(super) fn channel(body: &[u8]) -> serde_json::Result<Fetched> {
    let user: User = serde_json::from_slice(body)?;
    let lists = [user.channel_emotes, user.shared_emotes];
    Ok(fetched(lists.into_iter().flatten().flatten()))
}

fn fetched(list: impl IntoIterator<Item = Entry<Coded>>) -> Fetched {
    Fetched { emotes: collect(list, Coded::emote), ids: SetIds::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: serde_json::Result<Fetched>) -> Result<Vec<String>, ()> {
        found.map(|f| f.emotes.into_iter().map(|e| e.name).collect()).map_err(|_| ())
    }

    #[test]
    fn answers() {
        let check = |found, expected: Result<&[&str], ()>| {
            assert_eq!(names(found), expected.map(|n| n.iter().map(|n| (*n).to_owned()).collect()));
        };
        check(
            global(br#"[{"id":"1","code":":tf:","imageType":"png"},{"id":"2"},3,{"id":"3","code":"cvHazmat"}]"#),
            Ok(&[":tf:", "cvHazmat"]),
        );
        check(global(b"{}"), Err(()));
        check(global(b"<html>"), Err(()));
        check(
            channel(br#"{"id":"x","bots":[],"channelEmotes":[{"id":"1","code":"mine"}],"sharedEmotes":[{"id":"2","code":"theirs"},{"id":"1","code":"mine"}]}"#),
            Ok(&["mine", "theirs"]),
        );
        check(channel(br#"{"channelEmotes":null}"#), Ok(&[]));
        check(channel(b"{}"), Ok(&[]));
        check(channel(b"[]"), Err(()));
        check(channel(br#"{"sharedEmotes":{"a":1}}"#), Err(()));
        check(channel(b"null"), Err(()));
    }
}
