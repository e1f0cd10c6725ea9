//! What all clip tasks share.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use cliphound_store::{IntentKey, Store, StoreError};
use cliphound_twitch::helix::{Clip, CreatedClip, HelixError};
use tokio::sync::{Notify, Semaphore, mpsc, watch};

use super::{
    api::ClipApi,
    breaker::{Breakers, Change, Verdict},
    editors::Editors,
    lookup::{self, Call, Sighting, Wanted},
    order::ClipNews,
};
use crate::{records::Records, time::TwitchTime};

/// Calls of Create Clip under way at the same time.
const CREATING: usize = 64;
/// Calls of Get Clips under way at the same time: few, for creating comes first.
const LOOKING: usize = 4;

/// What all clip tasks share.
pub struct Context<A> {
    /// Twitch.
    pub api: A,
    /// The database.
    pub store: Store,
    /// clip_urls.txt and moments.tsv.
    pub records: Arc<Records>,
    /// Our clock and Twitch's.
    pub time: TwitchTime,
    wishes: watch::Receiver<Wishes>,
    /// Told when a video is to be fetched.
    pub downloads: Arc<Notify>,
    /// Told when something was decided in review.
    pub decisions: Arc<Notify>,
    /// Who hears of clips; what does not fit is left out.
    pub news: mpsc::Sender<ClipNews>,
    /// Places for Create Clip.
    pub creating: Arc<Semaphore>,
    /// Places for Get Clips.
    pub looking: Semaphore,
    calls: Mutex<BTreeMap<IntentKey, Open>>,
    breakers: Mutex<Breakers>,
    editors: Mutex<Editors>,
}

/// A call whose clip is not known yet.
#[derive(Debug, Clone)]
struct Open {
    call: Call,
    /// User id of who called, where that is known: somebody else may be logged in by now.
    creator_id: Option<String>,
}

/// What the user wants of clips.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Why no clip is asked for, if the user wants none.
    pub dry_run: Option<String>,
    /// What the live stream did not give is made from the VOD.
    pub vod: bool,
    /// Videos of the clips are fetched.
    pub download: bool,
}

impl<A> Context<A> {
    /// A context in which no call is under way.
    #[must_use]
    pub fn new(
        api: A,
        store: Store,
        records: Arc<Records>,
        time: TwitchTime,
        wishes: watch::Receiver<Wishes>,
        news: mpsc::Sender<ClipNews>,
    ) -> Self {
        Self {
            api,
            store,
            records,
            time,
            wishes,
            downloads: Arc::default(),
            decisions: Arc::default(),
            news,
            creating: Arc::new(Semaphore::new(CREATING)),
            looking: Semaphore::new(LOOKING),
            calls: Mutex::default(),
            breakers: Mutex::default(),
            editors: Mutex::default(),
        }
    }

    /// What the user wants of clips now: it may change while Cliphound runs.
    #[must_use]
    pub fn wishes(&self) -> Wishes {
        self.wishes.borrow().clone()
    }

    /// Whether Twitch's clip service is worth asking for this channel. After a yes, what
    /// came of the call must be told to [`Context::heard`].
    pub fn may_call(&self, key: &IntentKey) -> bool {
        let now_ms = self.time.clock().now_ms();
        self.breakers().may_call(&key.broadcaster_id, now_ms)
    }

    /// What came of Create Clip; says it when that changes whether others are made.
    pub fn heard(&self, key: &IntentKey, login: &str, answer: &Result<CreatedClip, HelixError>) {
        let now_ms = self.time.clock().now_ms();
        match self.breakers().heard(&key.broadcaster_id, now_ms, Verdict::of(answer)) {
            Some(Change::Opened) => {
                tracing::warn!(channel = %login, "Twitch's clip service fails for this channel (503): no live clips are asked for until it works again");
            }
            Some(Change::Closed) => {
                tracing::info!(channel = %login, "Twitch's clip service works again for this channel");
            }
            None => {}
        }
    }

    /// What came of Create Clip From VOD: it shows whether the account is an editor there.
    pub fn heard_of_vod(&self, key: &IntentKey, answer: &Result<CreatedClip, HelixError>)
    where
        A: ClipApi,
    {
        let is_editor = match answer {
            Ok(_) => true,
            Err(HelixError::Forbidden(_)) => false,
            Err(_) => return,
        };
        if let Ok(Some(user_id)) = self.api.creator() {
            let now_ms = self.time.clock().now_ms();
            self.editors().heard((user_id, key.broadcaster_id.clone()), Some(is_editor), now_ms);
        }
    }

    /// Whether the account is surely an editor of the channel: its owner, or somebody whom
    /// Twitch lets do what editors may. Asks Twitch when that was not shown lately.
    pub async fn is_editor(&self, broadcaster_id: &str) -> bool
    where
        A: ClipApi,
    {
        let Ok(Some(user_id)) = self.api.creator() else { return false };
        if user_id == broadcaster_id {
            return true;
        }
        let pair = (user_id, broadcaster_id.to_owned());
        if let Some(is_editor) = self.editors().lately(&pair, self.time.clock().now_ms()) {
            return is_editor;
        }
        let shown = self.api.edits(broadcaster_id).await.unwrap_or_else(|error| {
            tracing::debug!(broadcaster_id, %error, "whether we are an editor can't be asked now");
            None
        });
        self.editors().heard(pair, shown, self.time.clock().now_ms())
    }

    fn editors(&self) -> std::sync::MutexGuard<'_, Editors> {
        self.editors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn breakers(&self) -> std::sync::MutexGuard<'_, Breakers> {
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a call whose clip is not known yet: it is under way, or its answer was lost.
    pub fn call(&self, key: &IntentKey, call: Call)
    where
        A: ClipApi,
    {
        let now = self.api.creator().ok().flatten();
        let mut calls = self.calls();
        // Stored anew, it is still the call of who called.
        let before = calls.remove(key).filter(|open| open.call.called_ms == call.called_ms);
        let creator_id = before.and_then(|open| open.creator_id).or(now);
        calls.insert(key.clone(), Open { call, creator_id });
    }

    /// The same of a call of an earlier run, by whoever called then.
    pub fn call_by(&self, key: &IntentKey, call: Call, creator_id: Option<String>) {
        self.calls().insert(key.clone(), Open { call, creator_id });
    }

    /// User id of who called for the clip of this promise, where that is known.
    pub fn caller(&self, key: &IntentKey) -> Option<String> {
        self.calls().get(key).and_then(|open| open.creator_id.clone())
    }

    /// The clip of this call is known and stored, or there is none.
    pub fn settle(&self, key: &IntentKey) {
        self.calls().remove(key);
    }

    /// The clip of `call` among `clips`.
    ///
    /// # Errors
    /// When the database can't tell which clips belong to other promises.
    pub async fn ours(
        &self,
        creator_id: &str,
        key: &IntentKey,
        call: &Call,
        clips: &[Clip],
    ) -> Result<Sighting<Clip>, StoreError> {
        let taken = self.taken(creator_id, key, clips).await?;
        let calls = self.calls();
        let others = calls
            .iter()
            .filter(|(other, _)| *other != key && other.broadcaster_id == key.broadcaster_id);
        let others: Vec<Call> = others.map(|(_, open)| open.call.clone()).collect();
        let broadcaster_id = &key.broadcaster_id;
        let wanted = Wanted { creator_id, broadcaster_id, call, others: &others };
        Ok(match lookup::ours(clips, &wanted, |id| taken.contains(id)) {
            Sighting::Ours(clip) => Sighting::Ours(clip.clone()),
            Sighting::Perhaps => Sighting::Perhaps,
            Sighting::Nothing => Sighting::Nothing,
        })
    }

    /// Which of our account's clips belong to other promises.
    async fn taken(
        &self,
        creator_id: &str,
        key: &IntentKey,
        clips: &[Clip],
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut taken = BTreeSet::new();
        for clip in clips.iter().filter(|clip| clip.creator_id == creator_id) {
            if self.store.clip_owner(&clip.id).await?.is_some_and(|owner| owner != *key) {
                taken.insert(clip.id.clone());
            }
        }
        Ok(taken)
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, BTreeMap<IntentKey, Open>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
