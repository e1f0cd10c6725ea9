//! Where chat comes from: IRC, EventSub, or both, as one stream of events.
//!
//! With `chat.source = "auto"` each channel is read by EventSub where the account allows it
//! and Twitch gives it, and by IRC otherwise. What only a channel's owner is told comes by
//! `own_signals`, whatever the source is.

mod again;
mod both;
mod follow;
mod handover;
mod prepare;
mod shown;
mod ways;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use cliphound_clock::Clock;
use cliphound_twitch::{
    ChannelLogin,
    chat::{ChatEvent, Heard},
    eventsub::{self, EventSubConfig, Plan, Refused, Wishes},
    helix::EventSubApi,
    irc::{self, ChatConfig, Endpoint, client::DEFAULT_QUEUE},
};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

pub use self::shown::{SourceStats, Watch};
use self::{
    both::Whose,
    follow::as_listed,
    handover::{Former, Reader, Turn},
    prepare::{Prepared, prepare},
    ways::{By, Ways},
};
use super::{account::Account, inboxes::Inboxes};
use crate::{
    config::{ChatSource, Config},
    crew::rest,
};

/// How long `auto` waits to learn ids before it reads by IRC. Real time.
const IDS_WITHIN: Duration = Duration::from_secs(10);
/// How long to wait before Twitch is asked again who we are and which channels there are.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Channels that are read by IRC are asked of EventSub after this long, for the first time.
const ASK_AFTER_MS: i64 = 60_000;
/// Chats that EventSub may refuse at a time: each of its connections has 60.
pub(super) const REFUSALS: usize = 256;
/// Channels that are refused one after the other are handed to IRC together.
const GATHER_MS: i64 = 1_000;

/// Everything that chat is read with.
pub struct Sources {
    source: ChatSource,
    /// Those that are read, or about to be, the dearest first: as they stand in the settings.
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
    /// The client that this queue is of.
    reader: Option<Reader>,
    /// That of who was logged in before, until the new one hears everything.
    former: Option<Former>,
    /// Told when somebody else may be logged in.
    who: Option<watch::Receiver<()>>,
    /// Somebody else is: what a plan needs is asked for.
    changing: Option<BoxFuture<'static, Prepared>>,
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

/// What happened next.
enum Next {
    Heard(By, Heard),
    /// The client of who was logged in before told something, or is of no use any more.
    Former(Turn),
    /// Somebody else may be logged in.
    Who,
    /// Somebody else is.
    Newcomer(Prepared),
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
        let who = account.as_ref().filter(|_| source != ChatSource::Irc).map(Account::changes);
        Ok(Self {
            source,
            logins: as_listed(wanted.logins(), &config.twitch.channels),
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
            reader: None,
            former: None,
            who,
            changing: None,
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
                    if !self.hand_on(by, Whose::New, heard, &out).await {
                        return;
                    }
                }
                Next::Former(Turn::Heard(Some(heard))) => {
                    if !self.hand_on(By::EventSub, Whose::Old, heard, &out).await {
                        return;
                    }
                }
                Next::Former(Turn::Heard(None) | Turn::Ends) => {
                    for lost in self.end_former() {
                        if out.send(lost).await.is_err() {
                            return;
                        }
                    }
                }
                Next::Who => self.look_who(),
                Next::Newcomer(prepared) => {
                    self.changing = None;
                    self.change_to(prepared);
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

    /// Hands on what is news; false when nobody takes it any more.
    async fn hand_on(
        &mut self,
        by: By,
        whose: Whose,
        heard: Heard,
        out: &mpsc::Sender<Heard>,
    ) -> bool {
        let is_told_once = by == By::Irc || self.is_from_both(whose, &heard);
        let is_news = is_told_once && self.ways.hear(by, &heard, self.clock.now_ms());
        if matches!(heard.event, ChatEvent::Joined | ChatEvent::Lost(_)) {
            self.watch.lock().both = self.ways.both();
            self.settle_former();
        }
        !is_news || out.send(heard).await.is_ok()
    }

    async fn next(&mut self, preparing: &mut Option<BoxFuture<'static, Option<Prepared>>>) -> Next {
        let (nothing_heard, any_gathered) =
            (self.irc.is_none() && self.eventsub.is_none(), !self.gathered.is_empty());
        let way_ms = self.ways.next_ms(preparing.is_none() && self.asking.is_none());
        let is_settled = preparing.is_none() && self.former.is_none();
        tokio::select! {
            heard = of_some(&mut self.irc) => ended_or(By::Irc, heard, &mut self.irc),
            heard = of_some(&mut self.eventsub) => {
                ended_or(By::EventSub, heard, &mut self.eventsub)
            }
            Some(refused) = of_reader(&mut self.reader) => Next::Refused(refused),
            turn = of_former(&mut self.former, &self.clock) => Next::Former(turn),
            // One change after the other.
            () = of_account(&mut self.who), if is_settled => Next::Who,
            prepared = ready(&mut self.changing) => Next::Newcomer(prepared),
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
        by_eventsub.iter().for_each(|login| self.ways.asked(login));
        self.ask_later(&others);
        if self.source == ChatSource::Auto && !others.is_empty() {
            // Who is in no room by EventSub has all rooms by IRC.
            self.read_by_irc(others, by_eventsub.is_empty());
        }
        if let Some(account) = self.account.clone()
            && !plan.connections.is_empty()
        {
            self.read_by_eventsub(plan, prepared, &account);
        }
    }

    /// One line on the plan, and why; `cli::check::chat` words it alike.
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
        let api = Arc::new(EventSubApi::new(helix, self.eventsub_api.clone(), user_id.clone()));
        let (clock, stop) = (self.clock.clone(), self.stop.child_token());
        let ends = stop.clone().drop_guard();
        match eventsub::start(config, api, clock, &self.tasks, stop) {
            Ok((handle, events)) => {
                self.watch.lock().eventsub = Some(handle.clone());
                self.eventsub = Some(events);
                let refused = falls_back.then_some(refused);
                self.reader = Some(Reader { user_id, handle, refused, _ends: ends });
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
        if self.gathered.is_empty() {
            self.gathered_at_ms = self.clock.now_ms() + GATHER_MS;
        }
        self.gathered.push(refused);
    }

    fn take_over(&mut self) {
        let gathered = std::mem::take(&mut self.gathered);
        tell_refused(&gathered);
        let logins: Vec<_> = gathered.into_iter().map(|refused| refused.channel).collect();
        self.ask_later(&logins);
        self.read_by_irc(logins, false);
    }
}

/// One line for each reason: that rights were taken back is told for every channel.
fn tell_refused(refused: &[Refused]) {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Refused { channel, why } in refused {
        by_reason.entry(why).or_default().push(channel.as_str());
    }
    for (why, names) in by_reason {
        match names.as_slice() {
            [channel] => tracing::warn!(
                channel,
                "EventSub does not give us this chat, so it is read by IRC: {why}"
            ),
            names => tracing::warn!(
                channels = names.join(", "),
                "EventSub does not give us {} chats, so they are read by IRC: {why}",
                names.len()
            ),
        }
    }
}

const NO_ACCOUNT: &str = "chat.source is eventsub, which needs an account with the scope user:read:chat: set TWITCH_CLIENT_ID and run `cliphound login`, or set chat.source to auto";

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

/// The next channel that a client does not get.
async fn of_reader(reader: &mut Option<Reader>) -> Option<Refused> {
    match reader {
        Some(Reader { refused, .. }) => of_some(refused).await,
        None => pending().await,
    }
}

async fn of_former(former: &mut Option<Former>, clock: &Clock) -> Turn {
    match former {
        Some(former) => former.turn(clock).await,
        None => pending().await,
    }
}

async fn of_account(changes: &mut Option<watch::Receiver<()>>) {
    match changes {
        // The sender lives as long as the account.
        Some(changes) => drop(changes.changed().await),
        None => pending().await,
    }
}

async fn ready<T>(work: &mut Option<BoxFuture<'static, T>>) -> T {
    match work {
        Some(work) => work.await,
        None => pending().await,
    }
}
