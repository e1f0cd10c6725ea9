//! Where chat comes from: IRC, EventSub, or both, as one stream of events.
//!
//! With `chat.source = "auto"` each channel is read by EventSub where the account allows it
//! and Twitch gives it, and by IRC otherwise. What only a channel's owner is told comes by
//! `own_signals`, whatever the source is.

mod again;
mod follow;
mod ways;

use std::{
    collections::BTreeSet,
    future::pending,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use cliphound_clock::Clock;
use cliphound_twitch::{
    ChannelLogin,
    chat::{ChatEvent, Heard},
    eventsub::{self, EventSubConfig, EventSubHandle, Plan, Refused, Watched, Wishes},
    helix::EventSubApi,
    irc::{self, ChatConfig, ChatHandle, Endpoint, client::DEFAULT_QUEUE},
    oauth::Identity,
};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use self::ways::{By, Ways};
use super::{account::Account, inboxes::Inboxes};
use crate::{
    config::{ChatSource, Config, scopes::EVENTS_READ},
    crew::rest,
};

/// How long `auto` waits to learn ids before it reads by IRC. Real time.
const IDS_WITHIN: Duration = Duration::from_secs(10);
/// How long to wait before Twitch is asked again who we are and which channels there are.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Channels that are read by IRC are asked of EventSub after this long, for the first time.
const ASK_AFTER_MS: i64 = 60_000;
/// Chats that EventSub may refuse at a time: each of its connections has 60.
const REFUSALS: usize = 256;
/// Channels that are refused one after the other are handed to IRC together.
const GATHER_MS: i64 = 1_000;

/// Everything that chat is read with.
pub struct Sources {
    source: ChatSource,
    /// Those that are read, or about to be.
    logins: Vec<ChannelLogin>,
    /// Those that are to be.
    wanted: Inboxes,
    irc_endpoint: Url,
    eventsub_endpoint: Url,
    eventsub_api: Url,
    account: Option<Account>,
    clock: Clock,
    tasks: TaskTracker,
    stop: CancellationToken,
    watch: Watch,
    irc: Option<mpsc::Receiver<Heard>>,
    eventsub: Option<mpsc::Receiver<Heard>>,
    refused: Option<mpsc::Receiver<Refused>>,
    /// Refused channels that are handed to IRC when the time below has come.
    gathered: Vec<Refused>,
    gathered_at_ms: i64,
    /// Who reads which channel, where EventSub is wished for.
    ways: Ways,
    /// EventSub is asked again for what it did not give.
    asking: Option<BoxFuture<'static, Asked>>,
}

/// Who we are and what the channels' ids are, which were to be asked for.
struct Asked {
    logins: Vec<ChannelLogin>,
    prepared: Option<Prepared>,
}

/// Shows how many channels are heard.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Handles>>);

#[derive(Default)]
struct Handles {
    irc: Option<ChatHandle>,
    eventsub: Option<EventSubHandle>,
    /// Channels that both hear.
    both: usize,
}

impl Watch {
    /// Channels whose chat is heard now.
    #[must_use]
    pub fn channels_heard(&self) -> usize {
        let handles = self.lock();
        let irc = handles.irc.as_ref().map_or(0, |irc| irc.stats().channels_heard);
        let eventsub = handles.eventsub.as_ref().map_or(0, |e| e.stats().channels_heard);
        (irc + eventsub).saturating_sub(handles.both)
    }

    /// What the clients that run counted.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceStats> {
        let handles = self.lock();
        let irc = handles.irc.as_ref().map(ChatHandle::stats).map(|irc| SourceStats {
            name: "irc",
            connected: irc.connected,
            connections: irc.connections,
            reconnects: irc.reconnects,
            bad: vec![
                ("irc_unknown", irc.unknown),
                ("irc_too_long", irc.too_long),
                ("irc_invalid_utf8", irc.invalid_utf8),
            ],
        });
        let eventsub = handles.eventsub.as_ref().map(EventSubHandle::stats).map(|e| SourceStats {
            name: "eventsub",
            connected: e.connected,
            connections: e.connections,
            reconnects: e.lost,
            bad: vec![("eventsub_unknown", e.unknown)],
        });
        irc.into_iter().chain(eventsub).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Handles> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one way of reading chat counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStats {
    /// `irc` or `eventsub`.
    pub name: &'static str,
    /// Connections that work now.
    pub connected: usize,
    /// Connections that there should be.
    pub connections: usize,
    /// Connections that were lost or failed, and tried again.
    pub reconnects: u64,
    /// Input that was not understood, by what was wrong.
    pub bad: Vec<(&'static str, u64)>,
}

/// Who we are, and which channels Twitch knows.
struct Prepared {
    identity: Identity,
    channels: Vec<Watched>,
}

/// What happened next.
enum Next {
    Heard(By, Heard),
    /// A client ended.
    Ended,
    Prepared(Option<Prepared>),
    Refused(Refused),
    /// Channels have come or gone.
    Changed,
    /// It is time to hand them to IRC.
    Gathered,
    /// IRC is to leave channels, or EventSub to be asked for some.
    Due,
    Asked(Asked),
    Stopped,
}

impl Sources {
    /// Checks what can be checked without a network.
    ///
    /// # Errors
    /// When an address can't be used, or EventSub alone is wanted and there is no account.
    pub fn new(
        config: &Config,
        account: Option<Account>,
        wanted: Inboxes,
        clock: Clock,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let source = config.chat.source;
        anyhow::ensure!(source != ChatSource::EventSub || account.is_some(), NO_ACCOUNT);
        let irc_endpoint = Url::parse(config.endpoints.irc.as_str())?;
        Endpoint::check(&irc_endpoint).context("chat can't be read")?;
        let eventsub_endpoint = config.endpoints.eventsub.url().clone();
        Endpoint::check(&eventsub_endpoint).context("EventSub can't be used")?;
        Ok(Self {
            source,
            logins: wanted.logins(),
            wanted,
            irc_endpoint,
            eventsub_endpoint,
            eventsub_api: config.endpoints.eventsub_api.url().clone(),
            account,
            clock,
            tasks,
            stop,
            watch: Watch::default(),
            irc: None,
            eventsub: None,
            refused: None,
            gathered: Vec::new(),
            gathered_at_ms: 0,
            ways: Ways::default(),
            asking: None,
        })
    }

    /// Shows how many channels are heard.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// Reads chat into `out` until nobody takes it, or a part fails.
    pub async fn run(mut self, out: mpsc::Sender<Heard>) {
        let mut preparing: Option<BoxFuture<'static, Option<Prepared>>> =
            self.account.clone().filter(|_| self.source != ChatSource::Irc).map(|account| {
                prepare(account, self.logins.clone(), self.clock.clone(), self.source).boxed()
            });
        if self.source == ChatSource::Irc || self.account.is_none() {
            self.read_by_irc(self.logins.clone(), true);
        }
        loop {
            match rest(self.next(&mut preparing)).await {
                Next::Heard(by, heard) => {
                    let is_news = self.ways.hear(by, &heard, self.clock.now_ms());
                    if matches!(heard.event, ChatEvent::Joined | ChatEvent::Lost(_)) {
                        self.watch.lock().both = self.ways.both();
                    }
                    if is_news && out.send(heard).await.is_err() {
                        return;
                    }
                }
                // At the end, the other one's queue is emptied, too; otherwise it is a bug,
                // and the end of chat tells it.
                Next::Ended if self.stop.is_cancelled() => {}
                Next::Ended | Next::Stopped => return,
                Next::Prepared(prepared) => {
                    preparing = None;
                    self.begin(prepared);
                }
                Next::Changed => self.follow(),
                Next::Refused(refused) => self.gather(refused),
                Next::Gathered => self.take_over(),
                Next::Due => self.settle_ways(),
                Next::Asked(asked) => {
                    self.asking = None;
                    self.ask_for(asked);
                }
            }
        }
    }

    async fn next(&mut self, preparing: &mut Option<BoxFuture<'static, Option<Prepared>>>) -> Next {
        let (nothing_heard, any_gathered) =
            (self.irc.is_none() && self.eventsub.is_none(), !self.gathered.is_empty());
        let way_ms = self.ways.next_ms(preparing.is_none() && self.asking.is_none());
        tokio::select! {
            heard = of_some(&mut self.irc) => ended_or(By::Irc, heard, &mut self.irc),
            heard = of_some(&mut self.eventsub) => {
                ended_or(By::EventSub, heard, &mut self.eventsub)
            }
            Some(refused) = of_some(&mut self.refused) => Next::Refused(refused),
            // Who is read how is not known before.
            () = self.wanted.changed(), if preparing.is_none() => Next::Changed,
            () = self.clock.sleep_until_ms(self.gathered_at_ms), if any_gathered => Next::Gathered,
            () = self.clock.sleep_until_ms(way_ms.unwrap_or_default()), if way_ms.is_some() => {
                Next::Due
            }
            asked = ready(&mut self.asking) => Next::Asked(asked),
            prepared = ready(preparing) => Next::Prepared(prepared),
            () = self.stop.cancelled(), if nothing_heard => Next::Stopped,
        }
    }

    /// Twitch has told what a plan needs, or could not.
    fn begin(&mut self, prepared: Option<Prepared>) {
        let Some(prepared) = prepared else {
            tracing::warn!("chat is read by IRC: Twitch did not tell who we are");
            self.read_by_irc(self.logins.clone(), true);
            return self.ask_later(&self.logins.clone());
        };
        let plan = Plan::new(&Wishes {
            user_id: &prepared.identity.user_id,
            scopes: &prepared.identity.scopes,
            channels: &prepared.channels,
            chat: true,
            signals: false,
        });
        let by_eventsub: BTreeSet<ChannelLogin> = plan.chat.iter().cloned().collect();
        let others: Vec<ChannelLogin> =
            self.logins.iter().filter(|login| !by_eventsub.contains(login)).cloned().collect();
        self.tell(&plan, others.len());
        if self.source == ChatSource::Auto && !others.is_empty() {
            // Who is in no room by EventSub has all rooms by IRC.
            self.read_by_irc(others.clone(), by_eventsub.is_empty());
        }
        by_eventsub.iter().for_each(|login| self.ways.asked(login));
        self.ask_later(&others);
        if let Some(account) = self.account.clone()
            && !plan.connections.is_empty()
        {
            self.read_by_eventsub(plan, prepared, &account);
        }
    }

    /// One line on the plan, and why.
    fn tell(&self, plan: &Plan, others: usize) {
        let words = plan.explain();
        match self.source {
            ChatSource::Irc => {}
            ChatSource::Auto => tracing::info!("EventSub: {words}; {others} channels by IRC"),
            ChatSource::EventSub if others == 0 => tracing::info!("EventSub: {words}"),
            ChatSource::EventSub => tracing::warn!(
                "EventSub: {words}; {others} channels are not heard: chat.source = \"auto\" would read them by IRC"
            ),
        }
    }

    fn read_by_eventsub(&mut self, plan: Plan, prepared: Prepared, account: &Account) {
        let falls_back = self.source == ChatSource::Auto;
        let (refusals, refused) = mpsc::channel(REFUSALS);
        let config = EventSubConfig {
            endpoint: self.eventsub_endpoint.clone(),
            plan,
            channels: prepared.channels,
            queue: DEFAULT_QUEUE,
            refusals: falls_back.then_some(refusals),
        };
        let (helix, user_id) = (account.helix.clone(), prepared.identity.user_id);
        let api = Arc::new(EventSubApi::new(helix, self.eventsub_api.clone(), user_id));
        let (clock, stop) = (self.clock.clone(), self.stop.clone());
        match eventsub::start(config, api, clock, &self.tasks, stop) {
            Ok((handle, events)) => {
                self.watch.lock().eventsub = Some(handle);
                self.eventsub = Some(events);
                self.refused = falls_back.then_some(refused);
            }
            // It was checked at the start.
            Err(error) => tracing::error!(%error, "EventSub is not started"),
        }
    }

    /// Chat of these channels by IRC. An account that EventSub's rooms are filled with, or
    /// that is banned, is of no use there: then without one.
    fn read_by_irc(&mut self, channels: Vec<ChannelLogin>, logged_in: bool) {
        let mut handles = self.watch.lock();
        if let Some(irc) = &handles.irc {
            if !irc.listen_to(channels) {
                tracing::error!("chat by IRC has ended");
            }
            return;
        }
        let mut config = ChatConfig::new(self.irc_endpoint.clone(), channels);
        if let Some(account) = self.account.clone().filter(|_| logged_in) {
            config.credentials = Some(Arc::new(account));
        }
        let (clock, stop) = (self.clock.clone(), self.stop.clone());
        let (handle, heard) = irc::start(config, clock, &self.tasks, stop);
        handles.irc = Some(handle);
        drop(handles);
        self.irc = Some(heard);
    }

    /// Keeps a channel that EventSub does not give us, so that those that follow at once
    /// share its connection.
    fn gather(&mut self, refused: Refused) {
        let Refused { channel, why } = &refused;
        if !self.logins.contains(channel) {
            return;
        }
        if !self.ways.not_given(channel, self.clock.now_ms()) {
            tracing::debug!(%channel, why, "EventSub still does not give us this chat");
            return;
        }
        tracing::warn!(%channel, "EventSub does not give us this chat, so it is read by IRC: {why}");
        if self.gathered.is_empty() {
            self.gathered_at_ms = self.clock.now_ms() + GATHER_MS;
        }
        self.gathered.push(refused);
    }

    fn take_over(&mut self) {
        let gathered = std::mem::take(&mut self.gathered);
        let logins: Vec<_> = gathered.into_iter().map(|refused| refused.channel).collect();
        self.ask_later(&logins);
        self.read_by_irc(logins, false);
    }
}

const NO_ACCOUNT: &str = "chat.source is eventsub, which needs an account with the scope user:read:chat: set TWITCH_CLIENT_ID and run `cliphound login`, or set chat.source to auto";

/// Learns who we are and the channels' ids. With `auto` it is tried once, and `None` comes
/// to nothing; else it is tried until it makes sense to go on.
async fn prepare(
    account: Account,
    logins: Vec<ChannelLogin>,
    clock: Clock,
    source: ChatSource,
) -> Option<Prepared> {
    let mut has_told = false;
    loop {
        let prepared = timeout(IDS_WITHIN, ask(&account, &logins)).await.ok().flatten();
        let missing = missing(prepared.as_ref());
        if source == ChatSource::Auto {
            return prepared;
        }
        let Some(missing) = missing else { return prepared };
        if !std::mem::replace(&mut has_told, true) {
            tracing::warn!("chat is not read yet: {missing}");
        }
        clock.sleep(AGAIN_AFTER).await;
    }
}

async fn ask(account: &Account, logins: &[ChannelLogin]) -> Option<Prepared> {
    let identity = account.identity().await?;
    let users = account.helix.users(logins).await.ok()?;
    let found = |login: &ChannelLogin| {
        let user = users.iter().find(|user| user.login == login.as_str())?;
        Some(Watched { login: login.clone(), id: user.id.clone() })
    };
    Some(Prepared { identity, channels: logins.iter().filter_map(found).collect() })
}

/// What is still missing for chat by EventSub.
fn missing(prepared: Option<&Prepared>) -> Option<String> {
    let Some(Prepared { identity, .. }) = prepared else {
        return Some("EventSub needs to know who we are, and Twitch did not tell".to_owned());
    };
    let login = &identity.login;
    (!identity.has_scope(EVENTS_READ)).then(|| {
        format!("the token of {login} lacks the scope {EVENTS_READ}: run `cliphound login`, or set chat.source to auto")
    })
}

/// What was heard; a queue that has ended is closed.
fn ended_or(by: By, heard: Option<Heard>, queue: &mut Option<mpsc::Receiver<Heard>>) -> Next {
    match heard {
        Some(heard) => Next::Heard(by, heard),
        None => {
            *queue = None;
            Next::Ended
        }
    }
}

/// The next of a queue that there may be; `None` when it has ended.
async fn of_some<T>(queue: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match queue {
        Some(queue) => queue.recv().await,
        None => pending().await,
    }
}

async fn ready<T>(work: &mut Option<BoxFuture<'static, T>>) -> T {
    match work {
        Some(work) => work.await,
        None => pending().await,
    }
}
