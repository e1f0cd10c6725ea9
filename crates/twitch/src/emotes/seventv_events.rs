//! 7TV's EventAPI: what it says, and what it is answered. Pure.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    change::{Change, LiveEvent, Topic},
    emote::{AnyId, Entry, Service, checked_id},
    live::{Protocol, Step},
    seventv::Active,
};

/// Topics of one connection while the Hello does not say how many it takes.
const USUAL_LIMIT: usize = 500;

/// One session, which goes on over several connections.
#[derive(Debug, Default)]
pub(super) struct SevenTv {
    wanted: BTreeSet<Topic>,
    /// What the server knows that we listen to.
    listened: BTreeSet<Topic>,
    /// Of the Hello of this or the last connection.
    session: Option<String>,
    stage: Stage,
    limit: usize,
    /// There was a connection before this one: changes may have been missed.
    is_again: bool,
}

#[derive(Debug, Default, PartialEq)]
enum Stage {
    /// Before the Hello.
    #[default]
    New,
    /// Resume was sent.
    Resuming,
    /// Topics can be subscribed.
    Open,
}

#[derive(Deserialize)]
struct Envelope {
    op: u8,
    #[serde(default)]
    d: Value,
}

#[derive(Deserialize)]
struct Hello {
    session_id: Option<AnyId>,
    subscription_limit: Option<i64>,
}

#[derive(Deserialize)]
struct Ack {
    command: Option<String>,
    data: Option<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    success: Option<bool>,
}

#[derive(Deserialize)]
struct Dispatch {
    #[serde(rename = "type")]
    kind: String,
    body: Body,
}

#[derive(Deserialize)]
struct Body {
    id: Option<AnyId>,
    pushed: Option<Vec<Entry<Item>>>,
    pulled: Option<Vec<Entry<Item>>>,
    updated: Option<Vec<Entry<Item>>>,
}

#[derive(Deserialize)]
struct Item {
    key: Option<String>,
    old_value: Option<Entry<Active>>,
    value: Option<Entry<Active>>,
}

impl Protocol for SevenTv {
    fn opened(&mut self) -> Vec<Step> {
        self.stage = Stage::New;
        Vec::new()
    }

    fn want(&mut self, topics: &BTreeSet<Topic>) -> Vec<Step> {
        self.wanted.clone_from(topics);
        if self.stage == Stage::Open { self.settle() } else { Vec::new() }
    }

    fn hear(&mut self, text: &str) -> Vec<Step> {
        let Ok(Envelope { op, d }) = serde_json::from_str(text) else { return Vec::new() };
        match op {
            0 => dispatched(d).map(Step::Tell).into_iter().collect(),
            1 => self.greeted(d),
            // The server wants us elsewhere; it ends the stream.
            4 | 7 => vec![Step::Reconnect],
            5 => self.acknowledged(d),
            // An error: of a Resume that it does not know.
            6 if self.stage == Stage::Resuming => self.start_anew(),
            _ => Vec::new(),
        }
    }
}

impl SevenTv {
    fn greeted(&mut self, hello: Value) -> Vec<Step> {
        let hello = serde_json::from_value::<Hello>(hello).ok();
        let limit = hello.as_ref().and_then(|hello| hello.subscription_limit);
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
        self.limit = limit.unwrap_or(USUAL_LIMIT);
        let session = hello.and_then(|hello| checked_id(hello.session_id));
        match std::mem::replace(&mut self.session, session) {
            Some(before) if !self.listened.is_empty() => {
                self.stage = Stage::Resuming;
                vec![send(34, &json!({ "session_id": before }))]
            }
            _ => self.start_anew(),
        }
    }

    fn acknowledged(&mut self, ack: Value) -> Vec<Step> {
        let ack = serde_json::from_value::<Ack>(ack).ok();
        let Some(ack) = ack.filter(|_| self.stage == Stage::Resuming) else { return Vec::new() };
        if !ack.command.is_some_and(|command| command.eq_ignore_ascii_case("RESUME")) {
            return Vec::new();
        }
        if ack.data.and_then(|data| data.success) != Some(true) {
            return self.start_anew();
        }
        // What was missed is told now, and the topics go on.
        self.stage = Stage::Open;
        self.settle()
    }

    /// Topics are subscribed from the first on; what happened meanwhile is not known.
    fn start_anew(&mut self) -> Vec<Step> {
        self.stage = Stage::Open;
        self.listened.clear();
        let mut steps = Vec::new();
        if std::mem::replace(&mut self.is_again, true) {
            steps.push(Step::Tell(LiveEvent::Missed(Service::SevenTv)));
        }
        steps.extend(self.settle());
        steps
    }

    /// Subscribes what is wanted and not listened to; the other way round too.
    fn settle(&mut self) -> Vec<Step> {
        let wanted: BTreeSet<Topic> = self.wanted.iter().take(self.limit).cloned().collect();
        let ends = self.listened.difference(&wanted).filter_map(|t| about(36, t));
        let begins = wanted.difference(&self.listened).filter_map(|t| about(35, t));
        let steps = ends.chain(begins).collect();
        self.listened = wanted;
        steps
    }
}

fn send(op: u8, d: &Value) -> Step {
    Step::Send(json!({ "op": op, "d": d }).to_string())
}

fn about(op: u8, topic: &Topic) -> Option<Step> {
    let (kind, id) = match topic {
        Topic::Set(id) => ("emote_set.update", id),
        Topic::User(id) => ("user.update", id),
        Topic::Channel(_) => return None,
    };
    Some(send(op, &json!({ "type": kind, "condition": { "object_id": id } })))
}

fn dispatched(d: Value) -> Option<LiveEvent> {
    let Dispatch { kind, body } = serde_json::from_value(d).ok()?;
    let id = checked_id(body.id)?;
    match kind.as_str() {
        "emote_set.update" => {
            let updated: Vec<Item> = items(body.updated).collect();
            let pushed = items(body.pushed);
            let added = pushed.chain(updated).filter_map(|item| good(item.value)?.emote());
            let removed = items(body.pulled).filter_map(|item| good(item.old_value)?.emote());
            Some(LiveEvent::Changed(Change {
                topic: Topic::Set(id),
                added: added.collect(),
                removed: removed.map(|emote| emote.id).collect(),
            }))
        }
        "user.update" => Some(LiveEvent::Stale(Topic::User(id))),
        _ => None,
    }
}

/// Those that are about emotes.
fn items(list: Option<Vec<Entry<Item>>>) -> impl Iterator<Item = Item> {
    let good = list.unwrap_or_default().into_iter().filter_map(|item| good(Some(item)));
    good.filter(|item| item.key.as_deref().is_none_or(|key| key == "emotes"))
}

fn good<T>(entry: Option<Entry<T>>) -> Option<T> {
    match entry? {
        Entry::Good(value) => Some(value),
        Entry::Bad(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emotes::Emote;

    const HELLO: &str = r#"{"op":1,"t":1,"d":{"heartbeat_interval":25000,"session_id":"first","subscription_limit":500}}"#;

    fn set(id: &str) -> BTreeSet<Topic> {
        BTreeSet::from([Topic::Set(id.to_owned())])
    }

    fn subscribe(op: u8, id: &str) -> Step {
        about(op, &Topic::Set(id.to_owned())).unwrap()
    }

    #[test]
    fn topics_are_subscribed_after_the_hello_and_each_once() {
        let mut session = SevenTv::default();
        session.opened();
        assert_eq!(session.want(&set("S1")), []);
        assert_eq!(session.hear(HELLO), [subscribe(35, "S1")]);
        assert_eq!(session.want(&set("S1")), []);
        assert_eq!(session.want(&set("S2")), [subscribe(36, "S1"), subscribe(35, "S2")]);
        let Step::Send(text) = subscribe(35, "S2") else { panic!() };
        let told: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            told,
            json!({"op":35,"d":{"type":"emote_set.update","condition":{"object_id":"S2"}}})
        );
    }

    #[test]
    fn a_lost_session_is_resumed_or_begun_anew() {
        let answer = |reply: &str| {
            let mut session = SevenTv::default();
            session.opened();
            session.want(&set("S1"));
            session.hear(HELLO);
            session.opened();
            let resume = session.hear(&HELLO.replace("first", "second"));
            assert_eq!(resume, [send(34, &json!({"session_id":"first"}))]);
            session.hear(reply)
        };
        let ok =
            r#"{"op":5,"d":{"command":"RESUME","data":{"success":true,"dispatches_replayed":1}}}"#;
        assert_eq!(answer(ok), []);
        let anew = [Step::Tell(LiveEvent::Missed(Service::SevenTv)), subscribe(35, "S1")];
        assert_eq!(answer(&ok.replace("true", "false")), anew);
        assert_eq!(answer(r#"{"op":6,"d":{"message":"what?"}}"#), anew);
        assert_eq!(answer(r#"{"op":5,"d":{"command":"SUBSCRIBE"}}"#), []);
    }

    #[test]
    fn changes_are_understood() {
        let mut session = SevenTv::default();
        let text = r#"{"op":0,"d":{"type":"emote_set.update","body":{"id":"S1","kind":3,"actor":{},
            "pushed":[{"key":"emotes","index":1,"old_value":null,"value":{"id":"A","name":"new","data":{"name":"x"}}},null],
            "pulled":[{"key":"emotes","old_value":{"id":"B","name":"gone"},"value":null},{"key":"other","old_value":{"id":"Z","name":"z1"}}],
            "updated":[{"key":"emotes","old_value":{"id":"C","name":"was"},"value":{"id":"C","name":"is_now"}}]}}}"#;
        let emote = |id: &str, name: &str| Emote { id: id.into(), name: name.into() };
        let change = Change {
            topic: Topic::Set("S1".into()),
            added: vec![emote("A", "new"), emote("C", "is_now")],
            removed: vec!["B".into()],
        };
        assert_eq!(session.hear(text), [Step::Tell(LiveEvent::Changed(change))]);
        let user = r#"{"op":0,"d":{"type":"user.update","body":{"id":"U1","updated":[{"key":"connections","nested":true,"value":[{"key":"emote_set"}]}]}}}"#;
        let stale = LiveEvent::Stale(Topic::User("U1".into()));
        assert_eq!(session.hear(user), [Step::Tell(stale)]);
        assert_eq!(session.hear(r#"{"op":4,"d":{"reason":"restart"}}"#), [Step::Reconnect]);
        assert_eq!(session.hear(r#"{"op":2,"d":{"count":3}}"#), []);
        assert_eq!(session.hear("not json"), []);
        assert_eq!(session.hear(r#"{"op":0,"d":{"type":"emote_set.update"}}"#), []);
    }

    #[test]
    fn the_servers_limit_holds() {
        let mut session = SevenTv::default();
        let topics = (0..5).map(|n| Topic::Set(format!("S{n}")));
        session.want(&topics.chain([Topic::User("U".into())]).collect());
        let steps = session.hear(&HELLO.replace("500", "3"));
        assert_eq!(steps, ["S0", "S1", "S2"].map(|id| subscribe(35, id)));
    }
}
