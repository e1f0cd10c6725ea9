//! Who has which emotes, and who listens to changes. Pure, but for the queues to clients.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::EmoteService;
use super::trouble::{EmoteTrouble, Kind};
use super::wire;

/// Texts that wait for one client at most; one that reads too slowly loses the rest.
const QUEUE: usize = 256;
/// Changes kept for a session that is away.
const MOST_MISSED: usize = 100;
/// Sessions that can be resumed.
const MOST_PARKED: usize = 64;

/// Made-up emotes that each channel has.
const CHANNEL: &[(EmoteService, &[&str])] = &[
    (EmoteService::SevenTv, &["GlimmerToad", "buhJAM", "sproutHYPE", "tinyGasp", "hmm"]),
    (EmoteService::Bttv, &["WobbleCat", "NoodleDance"]),
    (EmoteService::Ffz, &["LampPog"]),
];
/// Those of all channels.
const GLOBAL: &[(EmoteService, &[&str])] = &[
    (EmoteService::SevenTv, &["SproutWave"]),
    (EmoteService::Bttv, &["(puddle)"]),
    (EmoteService::Ffz, &["ZigZagged"]),
];

/// An emote with the id that its service gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Emote {
    pub id: String,
    pub name: String,
}

/// A change of a set, by names.
#[derive(Debug, Clone, Default)]
pub struct EmoteChange {
    /// Names that come.
    pub add: Vec<String>,
    /// Names that go.
    pub remove: Vec<String>,
    /// Old names with their new ones.
    pub rename: BTreeMap<String, String>,
}

/// Something for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Push {
    Text(String),
    Close,
}

struct Peer {
    service: EmoteService,
    queue: mpsc::Sender<Push>,
    session: String,
    topics: BTreeSet<String>,
}

/// A session whose client is away.
struct Parked {
    topics: BTreeSet<String>,
    missed: Vec<String>,
}

/// All emotes and listeners. `None` stands for the emotes of all channels.
#[derive(Default)]
pub(crate) struct Emotes {
    sets: BTreeMap<(EmoteService, Option<u64>), Vec<Emote>>,
    peers: BTreeMap<u64, Peer>,
    parked: BTreeMap<String, Parked>,
    last_peer: u64,
    last_emote: u64,
}

impl Emotes {
    /// The made-up emotes of these channels.
    pub fn new(channels: impl IntoIterator<Item = u64>) -> Self {
        let mut emotes = Self::default();
        for (service, names) in GLOBAL {
            emotes.change(*service, None, &adding(names));
        }
        for channel in channels {
            for (service, names) in CHANNEL {
                emotes.change(*service, Some(channel), &adding(names));
            }
        }
        emotes
    }

    /// The emotes of a place; `None`: the service knows no such channel.
    pub fn of(&self, service: EmoteService, channel: Option<u64>) -> Option<&[Emote]> {
        self.sets.get(&(service, channel)).map(Vec::as_slice)
    }

    /// Changes a set, and tells those who listen.
    pub fn change(&mut self, service: EmoteService, channel: Option<u64>, change: &EmoteChange) {
        let list = self.sets.entry((service, channel)).or_default();
        let mut told = wire::Told::default();
        for name in &change.remove {
            while let Some(at) = list.iter().position(|emote| emote.name == *name) {
                told.removed.push(list.remove(at));
            }
        }
        for (old, new) in &change.rename {
            for emote in list.iter_mut().filter(|emote| emote.name == *old) {
                let before = emote.clone();
                emote.name.clone_from(new);
                told.renamed.push((before, emote.clone()));
            }
        }
        for name in &change.add {
            self.last_emote += 1;
            let emote = Emote { id: format!("01EMOTE{:06}", self.last_emote), name: name.clone() };
            list.push(emote.clone());
            told.added.push(emote);
        }
        let topic = wire::topic(service, channel);
        let texts = wire::changes(service, channel, &told);
        for peer in
            self.peers.values().filter(|p| p.service == service && p.topics.contains(&topic))
        {
            for text in &texts {
                let _ = peer.queue.try_send(Push::Text(text.clone()));
            }
        }
        for parked in self.parked.values_mut().filter(|parked| parked.topics.contains(&topic)) {
            let room = MOST_MISSED.saturating_sub(parked.missed.len());
            parked.missed.extend(texts.iter().take(room).cloned());
        }
    }

    /// A client arrives: its number, its queue, and what it is told first.
    pub fn connect(&mut self, service: EmoteService) -> (u64, mpsc::Receiver<Push>, Vec<String>) {
        self.last_peer += 1;
        let session = format!("session{}", self.last_peer);
        let (sender, queue) = mpsc::channel(QUEUE);
        let hello = match service {
            EmoteService::SevenTv => vec![wire::hello(&session)],
            _ => Vec::new(),
        };
        let peer = Peer { service, queue: sender, session, topics: BTreeSet::new() };
        self.peers.insert(self.last_peer, peer);
        (self.last_peer, queue, hello)
    }

    /// A client is gone; at 7TV its session waits for it.
    pub fn disconnect(&mut self, peer: u64) {
        let Some(peer) = self.peers.remove(&peer) else { return };
        if peer.service == EmoteService::SevenTv {
            if self.parked.len() >= MOST_PARKED {
                self.parked.pop_first();
            }
            self.parked.insert(peer.session, Parked { topics: peer.topics, missed: Vec::new() });
        }
    }

    /// What a client says, and what it is answered.
    pub fn hear(&mut self, peer: u64, text: &str) -> Vec<Push> {
        let Ok(said) = serde_json::from_str::<Value>(text) else { return vec![Push::Close] };
        let Some(known) = self.peers.get_mut(&peer) else { return vec![Push::Close] };
        if known.service != EmoteService::SevenTv {
            let name = said["data"]["name"].as_str().unwrap_or_default().to_owned();
            match said["name"].as_str() {
                Some("join_channel") => known.topics.insert(name),
                Some("part_channel") => known.topics.remove(&name),
                _ => false,
            };
            return Vec::new();
        }
        let d = &said["d"];
        let topic = || {
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            format!("{} {}", word(&d["type"]), word(&d["condition"]["object_id"]))
        };
        match said["op"].as_u64() {
            Some(35) if known.topics.insert(topic()) => vec![wire::ack("SUBSCRIBE", d)],
            // As there: who asks twice is sent away.
            Some(35) => vec![wire::end_of_stream(4011, "Already Subscribed"), Push::Close],
            Some(36) => {
                known.topics.remove(&topic());
                vec![wire::ack("UNSUBSCRIBE", d)]
            }
            Some(34) => self.resume(peer, d["session_id"].as_str().unwrap_or_default()),
            _ => vec![wire::end_of_stream(4001, "Unknown Operation"), Push::Close],
        }
    }

    fn resume(&mut self, peer: u64, session: &str) -> Vec<Push> {
        let parked = self.parked.remove(session);
        let Some(known) = self.peers.get_mut(&peer) else { return vec![Push::Close] };
        let success = parked.is_some();
        let Parked { topics, missed } =
            parked.unwrap_or_else(|| Parked { topics: BTreeSet::new(), missed: Vec::new() });
        let data = json!({
            "success": success,
            "dispatches_replayed": missed.len(),
            "subscriptions_restored": topics.len(),
        });
        known.topics.extend(topics);
        let mut answer = vec![wire::ack("RESUME", &data)];
        answer.extend(missed.into_iter().map(Push::Text));
        answer
    }

    /// What clients of a service listen to now, each as often as it is listened to.
    pub fn topics(&self, service: EmoteService) -> Vec<String> {
        let peers = self.peers.values().filter(|peer| peer.service == service);
        peers.flat_map(|peer| peer.topics.iter().cloned()).collect()
    }

    /// Makes the sockets of a service misbehave.
    pub fn disturb(&mut self, trouble: EmoteTrouble) {
        let ids: Vec<u64> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.service == trouble.service)
            .map(|(id, _)| *id)
            .collect();
        for id in ids {
            let Some(queue) = self.peers.get(&id).map(|peer| peer.queue.clone()) else { continue };
            if trouble.kind == Kind::Reconnect {
                let _ = queue.try_send(Push::Text(wire::reconnect()));
            }
            let _ = queue.try_send(Push::Close);
            // From here on its session counts as away.
            self.disconnect(id);
        }
        if trouble.kind == Kind::Forget {
            self.parked.clear();
        }
    }
}

fn adding(names: &[&str]) -> EmoteChange {
    let add = names.iter().map(|name| (*name).to_owned()).collect();
    EmoteChange { add, ..EmoteChange::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscribe(channel: u64) -> String {
        let id = wire::set_id(Some(channel));
        json!({"op":35,"d":{"type":"emote_set.update","condition":{"object_id":id}}}).to_string()
    }

    #[test]
    fn what_is_missed_is_told_at_the_resume() {
        let mut emotes = Emotes::new([5]);
        let (first, mut queue, hello) = emotes.connect(EmoteService::SevenTv);
        assert!(hello[0].contains("session1"));
        emotes.hear(first, &subscribe(5));
        emotes.change(EmoteService::SevenTv, Some(5), &adding(&["One"]));
        assert!(matches!(queue.try_recv(), Ok(Push::Text(text)) if text.contains("One")));
        emotes.disconnect(first);
        emotes.change(EmoteService::SevenTv, Some(5), &adding(&["Two"]));
        let (second, _queue, _) = emotes.connect(EmoteService::SevenTv);
        let resume = json!({"op":34,"d":{"session_id":"session1"}}).to_string();
        let answer = emotes.hear(second, &resume);
        assert!(matches!(&answer[0], Push::Text(text) if text.contains("\"success\":true")));
        assert!(matches!(&answer[1], Push::Text(text) if text.contains("Two")));
        assert_eq!(emotes.topics(EmoteService::SevenTv).len(), 1);
        let again = emotes.hear(second, &resume);
        assert!(matches!(&again[0], Push::Text(text) if text.contains("\"success\":false")));
    }

    #[test]
    fn who_subscribes_twice_is_sent_away() {
        let mut emotes = Emotes::new([5]);
        let (peer, _queue, _) = emotes.connect(EmoteService::SevenTv);
        assert_eq!(emotes.hear(peer, &subscribe(5)).len(), 1);
        assert_eq!(emotes.hear(peer, &subscribe(5)).last(), Some(&Push::Close));
    }
}
