//! The clip worker: takes orders and gives each clip a task of its own.
//!
//! It never waits for Twitch, and for the database only where it takes up clips that it has, so that
//! its queue stays empty and a slow channel delays no other.

mod decisions;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    sync::Arc,
};

use cliphound_store::{Intent, IntentKey, StoreError};
use cliphound_twitch::ChannelLogin;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use self::decisions::Decided;
use super::{
    api::ClipApi,
    context::Context,
    life::Event,
    lookup::Call,
    order::{ClipOrder, LetGone, OfflineFlag, Said, ToClips},
    row,
    state::State,
    steps,
    task::{ClipTask, Update},
};
use crate::{
    config::Publish,
    costs,
    crew::{Crew, Post, rest},
    forget::Whom,
};

/// A clip's task: some wait for days, so it gives no signs of life of its own.
pub const CLIP: Post = Post::passing("clip");
/// Orders waiting for the worker; a full queue means that the worker hangs, and the
/// channel then records the moment as missed.
pub const ORDERS: usize = 1_024;
/// Clips that may be open at the same time: hours of work at Twitch's limit. More are
/// recorded as missed.
const MAX_OPEN: usize = 4_096;
/// Moments beyond it that may be waiting for their record. More are only logged.
const MAX_MISSED: usize = 1_024;

/// Clips that wait to be taken up after a panic: more panics than the daemon outlives.
const BROKEN: usize = 64;
/// Clips that were let go of and wait to be taken up: whoever asks lets go of one after the other.
const LET_GO: usize = 64;
/// A clip whose task has panicked so often is left alone until the next start.
const MOST_BREAKS: u32 = 2;

/// How often it is looked what was decided in review, if nobody says so.
const DECISIONS_EVERY_MS: i64 = 5_000;
/// Decisions taken at once; the others come the next time.
const DECISIONS: u32 = 100;
/// Twitch keeps VODs for 60 days at most: what was not decided by then is missed.
const REVIEW_MS: i64 = 60 * 86_400_000;

/// The order of a clip whose task panicked.
struct Broken(ClipOrder);

/// A clip that has a task.
struct UnderWay {
    order: ClipOrder,
    /// Closed when the task has ended.
    updates: watch::Sender<Update>,
    stop: CancellationToken,
}

/// Starts a task for each order.
pub struct ClipWorker<A> {
    context: Arc<Context<A>>,
    open: BTreeMap<IntentKey, UnderWay>,
    crew: Crew,
    stop: CancellationToken,
    /// Accepted moments that wait for the right to make them, as last told.
    held: u64,
    /// Clips whose tasks panicked.
    broken: mpsc::Receiver<Broken>,
    breaks: mpsc::Sender<Broken>,
    /// How often each of them did.
    panics: BTreeMap<IntentKey, u32>,
    /// Of these the database could not tell yet how far they had come.
    unread: Vec<Broken>,
    /// Clips that were let go of, until they are given back.
    let_go: BTreeSet<IntentKey>,
    given_back: mpsc::Receiver<Vec<IntentKey>>,
    /// Of these that were given back the database could not tell yet how far they had come.
    untaken: Vec<IntentKey>,
    back: mpsc::Sender<Vec<IntentKey>>,
}

/// What the worker does next.
enum Next {
    Order(ToClips),
    Broken(Broken),
    TakeUp(Vec<IntentKey>),
    Decisions,
    Decided(Option<Decided>),
    End,
}

impl<A: ClipApi> ClipWorker<A> {
    /// A worker whose clips are tasks of `crew` until `stop`.
    #[must_use]
    pub fn new(context: Context<A>, crew: Crew, stop: CancellationToken) -> Self {
        let (breaks, broken) = mpsc::channel(BROKEN);
        let (back, given_back) = mpsc::channel(LET_GO);
        Self {
            context: Arc::new(context),
            open: BTreeMap::new(),
            crew,
            stop,
            held: 0,
            broken,
            breaks,
            panics: BTreeMap::new(),
            unread: Vec::new(),
            let_go: BTreeSet::new(),
            given_back,
            untaken: Vec::new(),
            back,
        }
    }

    /// Takes orders until the queue is closed; first takes up what an earlier run left open.
    /// After `stop` it does nothing else.
    pub async fn run(mut self, mut orders: mpsc::Receiver<ToClips>) {
        let mut is_resumed = self.resume().await.inspect_err(|error| {
            costs::tell(error, "clips that were open when Cliphound ended can't be read yet");
        });
        let mut decisions_ms = self.now_ms();
        let mut look = None;
        loop {
            let (clock, is_looking) = (self.context.time.clock().clone(), look.is_some());
            let next = rest(async {
                tokio::select! {
                    order = orders.recv() => order.map_or(Next::End, Next::Order),
                    Some(broken) = self.broken.recv() => Next::Broken(broken),
                    Some(keys) = self.given_back.recv() => Next::TakeUp(keys),
                    () = self.stop.cancelled() => Next::End,
                    decided = done(&mut look) => Next::Decided(decided),
                    () = self.context.decisions.notified(), if !is_looking => Next::Decisions,
                    () = clock.sleep_until_ms(decisions_ms), if !is_looking => Next::Decisions,
                }
            });
            match next.await {
                Next::Order(order) => self.take(order).await,
                Next::Broken(broken) => self.mend(broken).await,
                Next::TakeUp(keys) => {
                    for key in keys {
                        self.let_go.remove(&key);
                        self.take_up_stored(key).await;
                    }
                }
                Next::Decisions => {
                    if is_resumed.is_err() {
                        is_resumed = self.resume().await;
                    }
                    for broken in std::mem::take(&mut self.unread) {
                        self.go_on_with(broken).await;
                    }
                    for key in std::mem::take(&mut self.untaken) {
                        self.take_up_stored(key).await;
                    }
                    look = self.look_for_decisions();
                    decisions_ms = self.now_ms() + DECISIONS_EVERY_MS;
                }
                Next::Decided(decided) => {
                    look = None;
                    if let Some(decided) = decided {
                        self.act_on(decided).await;
                    }
                }
                Next::End => break,
            }
        }
        // What a channel orders in its last instant becomes durable before the end, also when
        // the channel ends late. How long the daemon waits for them all is not decided here.
        while let Some(order) = rest(orders.recv()).await {
            self.take(order).await;
        }
    }

    fn now_ms(&self) -> i64 {
        self.context.time.clock().now_ms()
    }

    async fn take(&mut self, order: ToClips) {
        match order {
            ToClips::New(order) => self.begin(order),
            ToClips::Extended(order) => self.extend(order),
            ToClips::Missed(order) => self.miss(order, "the clip worker did not keep up"),
            ToClips::LetGo(whom, gone) => self.let_go(&whom, gone),
        }
    }

    /// Ends what is done about somebody's clips; calls that are under way end by themselves, and
    /// are waited for beside, however long they take. Until they are given back nobody leads them.
    fn let_go(&mut self, whom: &Whom, gone: oneshot::Sender<LetGone>) {
        let is_about = |_: &IntentKey, under_way: &mut UnderWay| under_way.order.is_about(whom);
        let ending: Vec<_> = self.open.extract_if(.., is_about).collect();
        ending.iter().for_each(|(_, under_way)| under_way.stop.cancel());
        let keys: Vec<_> = ending.iter().map(|(key, _)| key.clone()).collect();
        self.let_go.extend(keys.iter().cloned());
        let let_gone = LetGone::new(keys, self.back.clone());
        let context = Arc::clone(&self.context);
        let ended = async move {
            for (key, under_way) in &ending {
                under_way.updates.closed().await;
                context.settle(key);
            }
            // Whoever asked may be gone: then they are given back at once.
            drop(gone.send(let_gone));
        };
        self.crew.spawn_or(Post::passing("clips let go"), ended, || {});
    }

    /// Goes on with a clip that was given back, as soon as the database can be read.
    async fn take_up_stored(&mut self, key: IntentKey) {
        if self.is_led(&key) {
            return;
        }
        let taken = match self.context.store.intent(&key).await {
            Ok(Some(intent)) if intent.state.is_open() => self.take_up(&intent).await,
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            tracing::debug!(%key, %error, "how far a clip had come that was let go of can't be read yet");
            self.untaken.push(key);
        }
    }

    fn begin(&mut self, order: ClipOrder) {
        if self.open_now() >= MAX_OPEN {
            return self.miss(order, "too many clips were open at once");
        }
        let task = self.task(order.clone());
        self.spawn(order, task.begin());
    }

    /// Records a moment that can't be clipped for lack of room.
    fn miss(&mut self, order: ClipOrder, reason: &'static str) {
        tracing::error!(channel = %order.login, "no clip: {reason}");
        if self.open_now() >= MAX_OPEN + MAX_MISSED {
            tracing::error!(channel = %order.login, "a moment is lost: the disk does not keep up");
            return;
        }
        let task = self.task(order);
        self.crew.spawn("missed clip", task.miss(reason.to_owned()));
    }

    /// A task for `order`, which hears of extensions while it runs.
    fn task(&mut self, order: ClipOrder) -> ClipTask<A> {
        let (updates, newer) = watch::channel(Update::Order(Box::new(order.clone())));
        let stop = self.stop.child_token();
        let under_way = UnderWay { order: order.clone(), updates, stop: stop.clone() };
        // A promise of the same key goes on: the newcomer will find it and end.
        self.open.entry(order.key()).or_insert(under_way);
        ClipTask::new(Arc::clone(&self.context), order, newer, stop)
    }

    fn extend(&self, order: ClipOrder) {
        if let Some(under_way) = self.open.get(&order.key()) {
            under_way.updates.send_replace(Update::Order(Box::new(order)));
        }
    }

    /// Somebody works on this clip, or it is not given back yet.
    fn is_led(&mut self, key: &IntentKey) -> bool {
        self.open_now();
        self.open.contains_key(key) || self.let_go.contains(key)
    }

    /// Forgets the clips whose tasks have ended; says how many are left.
    fn open_now(&mut self) -> usize {
        self.open.retain(|_, under_way| under_way.updates.receiver_count() > 0);
        self.open.len()
    }

    /// Takes up what an earlier run left open; what was promised in this one goes on anyway.
    async fn resume(&mut self) -> Result<(), StoreError> {
        let mut intents = self.context.store.open_intents().await?;
        intents.retain(|intent| !self.is_led(&intent.key));
        let (asked, open): (Vec<_>, Vec<_>) =
            intents.into_iter().partition(|i| steps::stored(i) == Some(State::InReview));
        if !open.is_empty() {
            tracing::info!(clips = open.len(), "going on with clips that were open");
        }
        if !asked.is_empty() {
            tracing::info!(
                moments = asked.len(),
                "moments wait for review: `cliphound review list`"
            );
        }
        // All calls are known before anybody looks for the clip of one.
        for intent in &open {
            if let Some(State::Requested { called_ms, .. } | State::Unknown { called_ms, .. }) =
                steps::stored(intent)
            {
                let call = Call::of_stored(called_ms, intent);
                self.context.call_by(&intent.key, call, intent.called_by.clone());
            }
        }
        for intent in open {
            self.take_up(&intent).await?;
        }
        Ok(())
    }

    async fn take_up(&mut self, intent: &Intent) -> Result<(), StoreError> {
        let now_ms = self.now_ms();
        let Some((state, life)) = steps::stored(intent).zip(steps::resume(intent, now_ms)) else {
            return Ok(());
        };
        if state == State::InReview {
            // Goes on when somebody has said something.
            return Ok(());
        }
        let Some(order) = self.order_of(intent).await? else { return Ok(()) };
        let task = self.task(order.clone());
        self.spawn(order, task.go_on(life, state));
        Ok(())
    }

    /// Runs a clip's task. Should it panic, the clip goes on from what the database has of it.
    fn spawn(&self, order: ClipOrder, task: impl Future<Output = ()> + Send + 'static) {
        let (breaks, about) = (self.breaks.clone(), order.key().to_string());
        // With so many broken ones at once the daemon has ended.
        let mend = move || drop(breaks.try_send(Broken(order)));
        self.crew.spawn_or(CLIP.about(about), task, mend);
    }

    fn is_given_up(&self, key: &IntentKey) -> bool {
        self.panics.get(key).is_some_and(|count| *count > MOST_BREAKS)
    }

    /// Goes on with a clip whose task panicked. A call that was under way has an unknown end,
    /// as after a restart.
    async fn mend(&mut self, broken: Broken) {
        let key = broken.0.key();
        self.open.remove(&key);
        let count = self.panics.entry(key.clone()).or_default();
        *count += 1;
        if self.is_given_up(&key) {
            tracing::error!(%key, "a clip whose task panics again and again waits for the next start");
            return;
        }
        self.go_on_with(broken).await;
    }

    async fn go_on_with(&mut self, broken: Broken) {
        let key = broken.0.key();
        if self.is_led(&key) {
            // Taken up meanwhile with all that was open, or let go of.
            return;
        }
        match self.context.store.intent(&key).await {
            Ok(Some(intent)) if intent.state.is_open() => match self.take_up(&intent).await {
                Ok(()) => tracing::warn!(%key, "a clip goes on after its task panicked"),
                Err(_) => self.unread.push(broken),
            },
            Ok(Some(_)) => tracing::error!(%key, "a clip had ended when its task panicked"),
            Ok(None) => self.miss(broken.0, "its task panicked before it was promised"),
            Err(error) => {
                tracing::debug!(%key, %error, "how far a clip had come can't be read yet");
                self.unread.push(broken);
            }
        }
    }

    /// The order of a stored intent. A moment that can't be read just now is waited for: its
    /// line would not be the one that it may have already.
    async fn order_of(&self, intent: &Intent) -> Result<Option<ClipOrder>, StoreError> {
        let Ok(login) = ChannelLogin::parse(&intent.login) else { return Ok(None) };
        let stored = match self.context.store.moment(&intent.key).await {
            Err(error) if error.may_pass() => return Err(error),
            stored => stored.ok().flatten(),
        };
        let said = Said::new(intent.words.clone());
        // Who cuts by hand asks outside of chat, under whatever words.
        let is_cut = !intent.automatic && self.context.store.recut(&intent.key).await?.is_some();
        let said = if is_cut { said.outside_of_chat() } else { said };
        let id = &intent.key.broadcaster_id;
        Ok(Some(ClipOrder {
            login,
            broadcaster_id: (!id.starts_with("login:")).then(|| id.clone()),
            moment: row::moment(intent, stored),
            title: intent.title.clone(),
            said,
            duration_s: intent.duration_s,
            offline: OfflineFlag::default(),
            publish: Publish::Auto,
        }))
    }
}

/// What a look comes to, or that it broke off; without one, never.
async fn done(look: &mut Option<oneshot::Receiver<Decided>>) -> Option<Decided> {
    match look {
        Some(look) => look.await.ok(),
        None => pending().await,
    }
}
