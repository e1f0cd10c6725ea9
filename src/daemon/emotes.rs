//! Keeps the emotes of all channels: from the disk at once, from the services every hour, from
//! their sockets live. Nobody waits for it.

mod shelf;
mod timetable;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::Context as _;
use cliphound_clock::Clock;
use cliphound_engine::{EmoteSet, hash::fnv1a};
use cliphound_twitch::{
    ChannelLogin,
    emotes::{Addresses, Cache, EmoteApi, Fetched, Live, LiveEvent, Place, Service, Topic},
    helix::HelixError,
};
use futures_util::{StreamExt, future::join, stream::FuturesUnordered};
use tokio::sync::{mpsc, watch};
use url::Url;

use self::{
    shelf::{Key, Shelf},
    timetable::{EVERY_MS, News, Outcome, Timetable},
};
use super::{account::Account, channel::ToChannel, directory::Directory, inboxes::Inboxes};
use crate::{
    config::{Config, Emotes},
    crew::{beat, blocking, rest},
};

/// Requests under way at most, over all services.
const AT_A_TIME: usize = 4;
/// How often it is looked whether more ids of channels are known.
const LOOK: Duration = Duration::from_secs(5);
/// Changes are gathered for so long before the channels are told.
const GATHER_MS: i64 = 2_000;
/// What a socket may have missed is fetched at most so often.
const MISSED_GAP_MS: i64 = 300_000;
/// Who changes to another set is looked up at most so often, as is a place whose emotes
/// change while they are being fetched.
const STALE_GAP_MS: i64 = 30_000;
/// Events of the sockets that wait; while there are so many, the sockets are not read.
pub(super) const EVENTS: usize = 64;

/// What asks the services; [`Keeper::run`] is its task.
#[derive(Clone)]
pub struct Keeper {
    /// Which emotes the user wants, as that is now.
    settings: watch::Receiver<Emotes>,
    /// Whose emotes are asked for.
    services: Vec<Service>,
    sockets: [(Service, Url); 2],
    api: EmoteApi,
    account: Option<Account>,
    cache: Cache,
    inboxes: Inboxes,
    directory: Directory,
    clock: Clock,
}

/// What an attempt brought.
enum Answer {
    Known(Fetched),
    Failed(String),
    Later(i64),
}

impl Keeper {
    /// Asks nothing yet.
    ///
    /// # Errors
    /// When the system's TLS set-up can't be used.
    pub fn new(
        config: &Config,
        settings: watch::Receiver<Emotes>,
        account: Option<Account>,
        inboxes: Inboxes,
        directory: Directory,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let endpoints = &config.endpoints;
        let addresses = Addresses {
            seventv: endpoints.seventv.url().clone(),
            bttv: endpoints.bttv.url().clone(),
            ffz: endpoints.ffz.url().clone(),
        };
        let api = EmoteApi::new(addresses).context("TLS can't be used on this system")?;
        let services = services(&settings.borrow(), account.is_some());
        let sockets = [
            (Service::SevenTv, endpoints.seventv_events.url().clone()),
            (Service::Bttv, endpoints.bttv_events.url().clone()),
        ];
        let cache = Cache::new(config.dir.emotes());
        Ok(Self { settings, services, sockets, api, account, cache, inboxes, directory, clock })
    }

    /// Runs until it is dropped.
    pub async fn run(self) {
        let (events_in, events) = mpsc::channel(EVENTS);
        let (topics_in, sockets): (Vec<_>, Vec<_>) = self
            .sockets
            .iter()
            .map(|(service, url)| {
                let (topics_in, topics) = watch::channel(BTreeSet::new());
                let (url, clock, events) = (url.clone(), self.clock.clone(), events_in.clone());
                let live = Live { service: *service, url, clock, topics, events };
                ((*service, topics_in), live.run())
            })
            .unzip();
        let cache = self.cache.clone();
        drop(blocking("tidying emotes", move || cache.tidy()).await);
        let desk = Desk::new(self, topics_in);
        drop(events_in);
        join(desk.run(events), futures_util::future::join_all(sockets)).await;
    }

    /// Asks one service about one place.
    fn ask(&self, key: Key) -> impl Future<Output = (Key, Answer)> + Send + use<> {
        let (api, account, now_ms) = (self.api.clone(), self.account.clone(), self.clock.now_ms());
        async move {
            let (service, place) = &key;
            let answer = match (service, account) {
                (Service::Twitch, Some(account)) => ask_twitch(&account, place, now_ms).await,
                _ => match api.fetch(*service, place).await {
                    Ok(known) => Answer::Known(known),
                    Err(error) => Answer::Failed(error.to_string()),
                },
            };
            (key, answer)
        }
    }
}

/// Whose emotes are asked for: Twitch's own need an account.
fn services(wanted: &Emotes, has_account: bool) -> Vec<Service> {
    if !wanted.enabled {
        return Vec::new();
    }
    let others = wanted.services.iter().map(|service| service.0);
    others.chain(has_account.then_some(Service::Twitch)).collect()
}

async fn ask_twitch(account: &Account, place: &Place, now_ms: i64) -> Answer {
    if !account.is_usable() {
        return Answer::Later(now_ms + EVERY_MS);
    }
    match account.helix.emotes(place, now_ms).await {
        Ok(known) => Answer::Known(known),
        Err(HelixError::RateLimited { reset_ms }) => Answer::Later(reset_ms),
        // The account's own task tells what is wrong with it.
        Err(HelixError::NoToken(_) | HelixError::Unauthorized(_)) => {
            Answer::Later(now_ms + EVERY_MS)
        }
        Err(error) => Answer::Failed(error.to_string()),
    }
}

/// What the keeper deals with next.
enum Next {
    Settings,
    Answered(Key, Answer),
    Heard(LiveEvent),
    Time,
}

/// The keeper at work.
struct Desk {
    keeper: Keeper,
    topics: Vec<(Service, watch::Sender<BTreeSet<Topic>>)>,
    shelf: Shelf,
    timetable: Timetable,
    /// Channels whose ids are known.
    ids: BTreeMap<ChannelLogin, String>,
    /// Ids of the channels that must be told.
    changed: BTreeSet<String>,
    /// A hash of the names that each channel's task was told last.
    told: BTreeMap<ChannelLogin, (mpsc::WeakSender<ToChannel>, u64)>,
    /// When to tell the channels what has changed.
    tell_at_ms: Option<i64>,
}

impl Desk {
    fn new(keeper: Keeper, topics: Vec<(Service, watch::Sender<BTreeSet<Topic>>)>) -> Self {
        Self {
            keeper,
            topics,
            shelf: Shelf::default(),
            timetable: Timetable::default(),
            ids: BTreeMap::new(),
            changed: BTreeSet::new(),
            told: BTreeMap::new(),
            tell_at_ms: None,
        }
    }

    async fn run(mut self, mut events: mpsc::Receiver<LiveEvent>) {
        self.take_in(Place::Global).await;
        let mut flying = FuturesUnordered::new();
        loop {
            self.look_for_channels().await;
            let now_ms = self.keeper.clock.now_ms();
            while flying.len() < AT_A_TIME
                && let Some(key) = self.timetable.next(now_ms)
            {
                flying.push(self.keeper.ask(key));
            }
            self.tell_channels(now_ms);
            let wake_ms = self.wake_ms(now_ms, flying.len() < AT_A_TIME);
            let next = rest(async {
                tokio::select! {
                    Some((key, answer)) = flying.next(), if !flying.is_empty() => {
                        Next::Answered(key, answer)
                    }
                    Some(event) = events.recv() => Next::Heard(event),
                    Ok(()) = self.keeper.settings.changed() => Next::Settings,
                    () = self.keeper.clock.sleep_until_ms(wake_ms) => Next::Time,
                }
            });
            match next.await {
                Next::Answered(key, answer) => self.answered(key, answer).await,
                Next::Heard(event) => self.heard(event).await,
                Next::Settings => self.take_services().await,
                Next::Time => {}
            }
        }
    }

    /// Always later than now, so that rounding can't make it spin.
    fn wake_ms(&self, now_ms: i64, has_room: bool) -> i64 {
        let look_ms = now_ms + i64::try_from(LOOK.as_millis()).unwrap_or(5_000);
        let job_ms = self.timetable.next_at().filter(|_| has_room);
        let soonest = [Some(look_ms), job_ms, self.tell_at_ms].into_iter().flatten().min();
        soonest.unwrap_or(look_ms).max(now_ms + 1)
    }

    /// The settings have changed: what is not wanted any more is forgotten, what is new is
    /// taken in.
    async fn take_services(&mut self) {
        let has_account = self.keeper.account.is_some();
        let services = services(&self.keeper.settings.borrow_and_update(), has_account);
        if services == self.keeper.services {
            return;
        }
        self.shelf.keep(&services);
        self.timetable.keep(&services);
        self.keeper.services = services;
        let channels = self.ids.values().filter_map(|id| Place::channel(id));
        let places: BTreeSet<Place> = channels.chain([Place::Global]).collect();
        for place in places {
            self.take_in(place).await;
        }
    }

    /// New ids: what is on the disk is known at once, and all is asked for. What belongs to
    /// ids that are gone is forgotten.
    async fn look_for_channels(&mut self) {
        let known = self.keeper.directory.known();
        let has_changed = self.keeper.inboxes.take_changed();
        if known == self.ids && !has_changed {
            return;
        }
        let before: BTreeSet<String> = self.ids.values().cloned().collect();
        let now: BTreeSet<String> = known.values().cloned().collect();
        self.told.retain(|login, _| known.contains_key(login));
        self.ids = known;
        for place in before.difference(&now).filter_map(|id| Place::channel(id)) {
            self.timetable.remove(&place);
            self.shelf.remove(&place);
        }
        self.listen();
        for place in now.difference(&before).filter_map(|id| Place::channel(id)) {
            beat();
            self.take_in(place).await;
        }
        // A channel may have come back, or have another name: its task knows nothing yet.
        for place in now.iter().filter_map(|id| Place::channel(id)) {
            self.changed(&place);
        }
    }

    /// Takes in what is not known yet of a place, with what the disk has of it.
    async fn take_in(&mut self, place: Place) {
        let (cache, services) = (self.keeper.cache.clone(), &self.keeper.services);
        let keys = services.iter().map(|service| (*service, place.clone()));
        let keys: Vec<Key> = keys.filter(|key| !self.timetable.has(key)).collect();
        let load = move || {
            keys.into_iter().map(|key| (cache.load(key.0, &key.1), key)).collect::<Vec<_>>()
        };
        let now_ms = self.keeper.clock.now_ms();
        for (stored, key) in blocking("reading emotes", load).await.unwrap_or_default() {
            if let Some(stored) = stored {
                self.shelf.put(key.clone(), stored);
            }
            self.timetable.add(key, now_ms);
        }
        self.changed(&place);
    }

    async fn answered(&mut self, key: Key, answer: Answer) {
        let now_ms = self.keeper.clock.now_ms();
        let (outcome, why) = match answer {
            Answer::Known(known) => {
                if self.timetable.has(&key) {
                    self.learn(&key, known).await;
                }
                (Outcome::Known, String::new())
            }
            Answer::Failed(why) => (Outcome::Failed, why),
            Answer::Later(at_ms) => (Outcome::Later(at_ms), String::new()),
        };
        let service = key.0;
        match self.timetable.done(&key, outcome, now_ms) {
            Some(News::Down) => tracing::warn!(
                "emotes of {service} can't be fetched for now ({why}): those that are known go on being used"
            ),
            Some(News::Back) => tracing::info!("emotes of {service} are fetched again"),
            None if outcome == Outcome::Failed => {
                tracing::debug!(%service, why, "emotes can't be fetched");
            }
            None => {}
        }
    }

    async fn learn(&mut self, key: &Key, known: Fetched) {
        let before = self.shelf.get(key).cloned();
        if before.as_ref() == Some(&known) {
            return;
        }
        if self.shelf.put(key.clone(), known) {
            self.changed(&key.1);
        }
        self.store(key).await;
        self.listen();
    }

    async fn heard(&mut self, event: LiveEvent) {
        let now_ms = self.keeper.clock.now_ms();
        match event {
            LiveEvent::Changed(change) => {
                for key in self.shelf.about(&change.topic) {
                    self.timetable.told(&key, now_ms, STALE_GAP_MS);
                }
                for key in self.shelf.change(&change) {
                    self.changed(&key.1);
                    self.store(&key).await;
                }
            }
            LiveEvent::Stale(topic) => {
                for key in self.shelf.about(&topic) {
                    self.timetable.hurry(&key, now_ms, STALE_GAP_MS);
                }
            }
            LiveEvent::Missed(service) => {
                for key in self.timetable.of(service) {
                    self.timetable.hurry(&key, now_ms, MISSED_GAP_MS);
                }
            }
        }
    }

    async fn store(&self, key: &Key) {
        let Some(known) = self.shelf.get(key).cloned() else { return };
        let (cache, (service, place)) = (self.keeper.cache.clone(), key.clone());
        let stored = blocking("keeping emotes", move || cache.store(service, &place, &known)).await;
        if let Err(error) = stored.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            tracing::debug!(%error, "emotes can't be stored");
        }
    }

    /// Tells the sockets what to listen to.
    fn listen(&self) {
        for (service, topics_in) in &self.topics {
            let topics = self.shelf.topics(*service);
            topics_in.send_if_modified(|now| {
                let is_new = *now != topics;
                *now = topics;
                is_new
            });
        }
    }

    /// Another set holds in a place: those who know it will be told.
    fn changed(&mut self, place: &Place) {
        match place {
            Place::Global => self.changed.extend(self.ids.values().cloned()),
            Place::Channel(id) => {
                self.changed.insert(id.clone());
            }
        }
        let soon = self.keeper.clock.now_ms() + GATHER_MS;
        self.tell_at_ms = self.tell_at_ms.or(Some(soon));
        self.listen();
    }

    /// Tells each channel its names, if they are others than it was told. One whose queue is
    /// full is told at the next look.
    fn tell_channels(&mut self, now_ms: i64) {
        if self.tell_at_ms.is_none_or(|at_ms| now_ms < at_ms) {
            return;
        }
        let mut full = BTreeSet::new();
        for (login, id) in self.ids.iter().filter(|(_, id)| self.changed.contains(*id)) {
            let Some(inbox) = self.keeper.inboxes.get(login) else { continue };
            let set = self.shelf.names(id);
            let (count, hash) = (set.names().len(), hash_of(&set));
            let is_same = |(told, _): &&(mpsc::WeakSender<ToChannel>, u64)| {
                told.upgrade().is_some_and(|told| told.same_channel(&inbox))
            };
            let before = self.told.get(login).filter(is_same).map(|(_, hash)| *hash);
            if before == Some(hash) || (before.is_none() && count == 0) {
                continue;
            }
            if inbox.try_send(ToChannel::Emotes(set)).is_err() {
                full.insert(id.clone());
                continue;
            }
            if before.is_none() {
                tracing::info!(channel = %login, emotes = count, "the channel's emotes are known");
            }
            self.told.insert(login.clone(), (inbox.downgrade(), hash));
        }
        self.tell_at_ms = (!full.is_empty()).then_some(now_ms + GATHER_MS);
        self.changed = full;
    }
}

fn hash_of(set: &EmoteSet) -> u64 {
    fnv1a(set.names().join(" ").as_bytes())
}

#[cfg(test)]
mod tests;
