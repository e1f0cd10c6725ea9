//! BTTV's socket: what it says, and what it is asked for. Pure.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::{
    bttv::Coded,
    change::{Change, LiveEvent, Topic},
    emote::{AnyId, Place, Service},
    live::{Protocol, Step},
};

/// The channels of a connection.
#[derive(Debug, Default)]
pub(super) struct Bttv {
    joined: BTreeSet<Topic>,
    /// There was a connection before this one: changes may have been missed.
    is_again: bool,
}

#[derive(Deserialize)]
struct Told {
    name: String,
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    channel: String,
    emote: Option<Coded>,
    emote_id: Option<AnyId>,
}

impl Protocol for Bttv {
    fn opened(&mut self) -> Vec<Step> {
        self.joined.clear();
        let missed = Step::Tell(LiveEvent::Missed(Service::Bttv));
        if std::mem::replace(&mut self.is_again, true) { vec![missed] } else { Vec::new() }
    }

    fn want(&mut self, topics: &BTreeSet<Topic>) -> Vec<Step> {
        let parts = self.joined.difference(topics).filter_map(|t| about("part_channel", t));
        let joins = topics.difference(&self.joined).filter_map(|t| about("join_channel", t));
        let steps = parts.chain(joins).collect();
        self.joined.clone_from(topics);
        steps
    }

    fn hear(&mut self, text: &str) -> Vec<Step> {
        let change = serde_json::from_str(text).ok().and_then(change);
        change.map(|change| Step::Tell(LiveEvent::Changed(change))).into_iter().collect()
    }
}

fn about(what: &str, topic: &Topic) -> Option<Step> {
    let Topic::Channel(id) = topic else { return None };
    let text = json!({ "name": what, "data": { "name": format!("twitch:{id}") } }).to_string();
    Some(Step::Send(text))
}

fn change(Told { name, data }: Told) -> Option<Change> {
    let Place::Channel(id) = Place::channel(data.channel.strip_prefix("twitch:")?)? else {
        return None;
    };
    let topic = Topic::Channel(id);
    match name.as_str() {
        "emote_create" | "emote_update" => {
            let added = vec![data.emote?.emote()?];
            Some(Change { topic, added, removed: Vec::new() })
        }
        "emote_delete" => {
            Some(Change { topic, added: Vec::new(), removed: vec![data.emote_id?.into()] })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotes::Emote;

    #[test]
    fn channels_are_joined_anew_after_a_loss() {
        let mut bttv = Bttv::default();
        let topics = BTreeSet::from([Topic::Channel("5".into())]);
        let join = Step::Send(r#"{"data":{"name":"twitch:5"},"name":"join_channel"}"#.into());
        assert_eq!(bttv.opened(), []);
        assert_eq!(bttv.want(&topics), std::slice::from_ref(&join));
        assert_eq!(bttv.want(&topics), []);
        assert_eq!(bttv.opened(), [Step::Tell(LiveEvent::Missed(Service::Bttv))]);
        assert_eq!(bttv.want(&topics), [join]);
        assert_eq!(bttv.want(&BTreeSet::new()).len(), 1, "and parted");
    }

    /// Ids and names of those that come, ids of those that go.
    type Expected<'a> = Option<(&'a [(&'a str, &'a str)], &'a [&'a str])>;

    #[test]
    fn changes_are_understood() {
        let check = |text: &str, expected: Expected<'_>| {
            let steps = Bttv::default().hear(text);
            let emote =
                |(id, name): &(&str, &str)| Emote { id: (*id).into(), name: (*name).into() };
            let expected = expected.map(|(added, removed)| {
                Step::Tell(LiveEvent::Changed(Change {
                    topic: Topic::Channel("5".into()),
                    added: added.iter().map(emote).collect(),
                    removed: removed.iter().map(|id| (*id).to_owned()).collect(),
                }))
            });
            assert_eq!(steps, Vec::from_iter(expected), "{text}");
        };
        let created = r#"{"name":"emote_create","data":{"channel":"twitch:5","emote":{"id":"1","code":"new","imageType":"gif","user":{}}}}"#;
        check(created, Some((&[("1", "new")], &[])));
        check(&created.replace("create", "update"), Some((&[("1", "new")], &[])));
        let deleted = r#"{"name":"emote_delete","data":{"channel":"twitch:5","emoteId":"1"}}"#;
        check(deleted, Some((&[], &["1"])));
        check(r#"{"name":"emote_delete","data":{"channel":"twitch:5"}}"#, None);
        check(&deleted.replace("twitch:5", "youtube:5"), None);
        check(r#"{"name":"lookup_user","data":{"name":"x","channel":"twitch:5"}}"#, None);
        check(r#"{"name":"emote_create","data":null}"#, None);
        check("", None);
    }
}
