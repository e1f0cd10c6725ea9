//! What is known of everybody's emotes, and what it means for a channel. Pure.

use std::collections::{BTreeMap, BTreeSet};

use cliphound_engine::EmoteSet;
use cliphound_twitch::emotes::{Change, Fetched, Place, Service, Topic};

/// Whose emotes, where.
pub type Key = (Service, Place);

/// All that is known.
#[derive(Debug, Default)]
pub struct Shelf(BTreeMap<Key, Fetched>);

impl Shelf {
    /// Puts what is known of a place in; true when its emotes are other ones now.
    pub fn put(&mut self, key: Key, known: Fetched) -> bool {
        let before = self.0.insert(key.clone(), known);
        let is_same =
            |before: &Fetched| self.0.get(&key).is_some_and(|now| now.emotes == before.emotes);
        !before.as_ref().is_some_and(is_same)
    }

    /// Forgets a place.
    pub fn remove(&mut self, place: &Place) {
        self.0.retain(|(_, known), _| known != place);
    }

    /// Forgets all services but these.
    pub fn keep(&mut self, services: &[Service]) {
        self.0.retain(|(service, _), _| services.contains(service));
    }

    /// What is known of a place.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Fetched> {
        self.0.get(key)
    }

    /// Makes a change that was told live; the places whose emotes are other ones now.
    pub fn change(&mut self, change: &Change) -> Vec<Key> {
        let about = self.0.iter_mut().filter(|(key, known)| is_about(&change.topic, key, known));
        let mut changed = Vec::new();
        for (key, known) in about {
            if change.apply(&mut known.emotes) {
                changed.push(key.clone());
            }
        }
        changed
    }

    /// The places that a topic is about.
    #[must_use]
    pub fn about(&self, topic: &Topic) -> Vec<Key> {
        let about = self.0.iter().filter(|(key, known)| is_about(topic, key, known));
        about.map(|(key, _)| key.clone()).collect()
    }

    /// What to listen to at a service.
    #[must_use]
    pub fn topics(&self, service: Service) -> BTreeSet<Topic> {
        let of_service = self.0.iter().filter(|((s, _), _)| *s == service);
        let topics = of_service.flat_map(|((_, place), known)| match (service, place) {
            (Service::SevenTv, _) => {
                let set = known.ids.set.clone().map(Topic::Set);
                [set, known.ids.user.clone().map(Topic::User)]
            }
            (Service::Bttv, Place::Channel(id)) => [Some(Topic::Channel(id.clone())), None],
            _ => [None, None],
        });
        topics.flatten().collect()
    }

    /// The names that a channel knows: its own first, in case there are too many.
    #[must_use]
    pub fn names(&self, id: &str) -> EmoteSet {
        let at = |wanted: Place| {
            let here = self.0.iter().filter(move |((_, place), _)| *place == wanted);
            here.flat_map(|(_, known)| known.emotes.iter().map(|emote| emote.name.as_str()))
        };
        EmoteSet::new(at(Place::Channel(id.to_owned())).chain(at(Place::Global)))
    }
}

fn is_about(topic: &Topic, (service, place): &Key, known: &Fetched) -> bool {
    match topic {
        Topic::Set(id) => *service == Service::SevenTv && known.ids.set.as_ref() == Some(id),
        Topic::User(id) => *service == Service::SevenTv && known.ids.user.as_ref() == Some(id),
        Topic::Channel(id) => *service == Service::Bttv && *place == Place::Channel(id.clone()),
    }
}

#[cfg(test)]
mod tests {
    use cliphound_twitch::emotes::{Emote, SetIds};

    use super::*;

    fn known(names: &[&str], set: Option<&str>) -> Fetched {
        let emote = |name: &&str| Emote { id: format!("id{name}"), name: (*name).to_owned() };
        let ids = SetIds { set: set.map(str::to_owned), user: set.map(|set| format!("u{set}")) };
        Fetched { emotes: names.iter().map(emote).collect(), ids }
    }

    fn shelf() -> Shelf {
        let mut shelf = Shelf::default();
        let channel = |id| Place::channel(id).unwrap();
        shelf.put((Service::SevenTv, Place::Global), known(&["GG1"], Some("G")));
        shelf.put((Service::SevenTv, channel("5")), known(&["Mine"], Some("S")));
        shelf.put((Service::Bttv, channel("5")), known(&["Cat5"], None));
        shelf.put((Service::SevenTv, channel("6")), known(&["Theirs"], None));
        shelf
    }

    #[test]
    fn a_channel_knows_its_own_and_the_global_ones() {
        assert_eq!(shelf().names("5").names(), ["Cat5", "GG1", "Mine"]);
        assert_eq!(shelf().names("7").names(), ["GG1"]);
    }

    #[test]
    fn a_place_is_forgotten_and_no_other() {
        let mut shelf = shelf();
        shelf.remove(&Place::channel("5").unwrap());
        assert_eq!(shelf.names("5").names(), ["GG1"]);
        assert_eq!(shelf.names("6").names(), ["GG1", "Theirs"]);
        assert_eq!(shelf.topics(Service::Bttv), BTreeSet::new());
    }

    #[test]
    fn what_is_the_same_is_no_news() {
        let mut shelf = shelf();
        let key = (Service::SevenTv, Place::Global);
        assert!(!shelf.put(key.clone(), known(&["GG1"], Some("other"))));
        assert!(shelf.put(key, known(&[], None)));
    }

    #[test]
    fn topics_lead_to_places_and_back() {
        let mut shelf = shelf();
        let sets = ["G", "S"].map(|id| Topic::Set(id.to_owned()));
        let users = ["uG", "uS"].map(|id| Topic::User(id.to_owned()));
        assert_eq!(shelf.topics(Service::SevenTv), sets.into_iter().chain(users).collect());
        let channel = Topic::Channel("5".to_owned());
        assert_eq!(shelf.topics(Service::Bttv), BTreeSet::from([channel.clone()]));
        assert_eq!(shelf.topics(Service::Ffz), BTreeSet::new());
        let place = Place::channel("5").unwrap();
        assert_eq!(shelf.about(&Topic::User("uS".into())), [(Service::SevenTv, place.clone())]);
        let change =
            Change { topic: channel, added: Vec::new(), removed: vec!["idCat5".to_owned()] };
        assert_eq!(shelf.change(&change), [(Service::Bttv, place)]);
        assert_eq!(shelf.change(&change), []);
        assert_eq!(shelf.names("5").names(), ["GG1", "Mine"]);
    }
}
