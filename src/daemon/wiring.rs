//! Wires the rooms together: what comes out of the channels first, then the channels,
//! then what goes into them.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};

use anyhow::Context as _;
use cliphound_clock::Clock;
use cliphound_store::Store;
use cliphound_twitch::{
    chat::Heard,
    helix::{Priority, http_client},
};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::spawn_blocking,
};
use tokio_util::sync::CancellationToken;

use super::{
    account::{Account, Clipper},
    answers::{self, Voice},
    channel::{Outlets, ToChannel},
    chat::Chat,
    directory::Directory,
    emotes, figures,
    follow::{self, Follower, Maker},
    ids::{Renamed, Resolver},
    inboxes::{Inboxes, Roster},
    live_settings::{LiveSettings, while_wanted},
    lock::Lock,
    models, news,
    own_signals::OwnSignals,
    record, reload,
    signals::Hangup,
    sources::{Sources, Watch},
    stats::Stats,
    stopping::Parts,
    supervisor::RunOptions,
    viewers,
};
use crate::{
    clips::{
        ClipWorker, Context, ORDERS,
        download::Fetcher,
        viewers::{Collector, LiveNow, collect::Evidence},
    },
    config::Config,
    crew::Crew,
    records::{Records, model_file, renamed},
    time::TwitchTime,
};

/// Events between the sources and the task that hands them on; while it is full, nothing is
/// read, and TCP holds Twitch back.
const HEARD: usize = 1_024;

/// Everything that runs.
pub struct Daemon {
    /// What ends it.
    pub parts: Parts,
    /// Grows while chat is handed on.
    pub beats: Arc<AtomicU64>,
    chat: Watch,
    channels: Arc<AtomicUsize>,
    stats: Arc<Stats>,
    /// Held until everything has ended.
    _lock: Lock,
}

impl Daemon {
    /// Opens what lies on the disk and starts all tasks; asks nothing of the network.
    ///
    /// # Errors
    /// When a file can't be opened or an address can't be used.
    pub async fn start(
        config: &Config,
        options: &RunOptions,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        config.channels()?;
        let base = Base::open(config, clock).await?;
        let (outlets, records) = base.start_outlets(options).await?;
        let (roster, inboxes) = Roster::new();
        let channels = roster.count();
        // Nobody takes them before the end; then all wait their turn.
        let (snapshots_in, snapshots) = mpsc::channel(1);
        let maker = Maker {
            outlets,
            time: base.time.clone(),
            crew: base.crew.clone(),
            snapshots: snapshots_in,
            models: base.config.dir.models(),
        };
        let follower = base.start_channels(roster, maker).await?;
        let beats = Arc::default();
        let chat = base.start_chat(&inboxes, Arc::clone(&beats))?;
        let renames = base.start_questions(&inboxes, &chat, records);
        let settings = base.watch_settings(options)?;
        base.start_emotes(&inboxes)?;
        let follow = follower.run(settings, renames, Arc::clone(&base.live));
        base.until_stop("channels", follow);
        let models = base.config.dir.models();
        let saving = models::save_regularly(models.clone(), inboxes, clock.clone());
        base.until_stop("models", saving);
        let Base { crew, stop, clips_stop, store, account, stats, lock, .. } = base;
        let parts = Parts { crew, stop, clips_stop, snapshots, models, store, account };
        Ok(Self { parts, beats, chat, channels, stats, _lock: lock })
    }

    /// One line on how it goes.
    #[must_use]
    pub fn status(&self) -> String {
        let (heard, all) = (self.chat.channels_heard(), self.channels.load(Relaxed));
        // While EventSub takes a channel over from IRC, both hear it.
        let heard = heard.min(all);
        format!("{heard} of {all} channels heard; {}", self.stats.line())
    }
}

/// What all parts are made of.
struct Base<'a> {
    config: &'a Config,
    clock: Clock,
    time: TwitchTime,
    store: Store,
    account: Option<Account>,
    directory: Directory,
    voice: Voice,
    live: Arc<LiveSettings>,
    stats: Arc<Stats>,
    crew: Crew,
    stop: CancellationToken,
    clips_stop: CancellationToken,
    lock: Lock,
}

impl<'a> Base<'a> {
    async fn open(config: &'a Config, clock: &Clock) -> anyhow::Result<Self> {
        let folder = config.dir.path().to_owned();
        let lock = spawn_blocking(move || Lock::take(&folder)).await??;
        let store = Store::open(&config.dir.database()).await?;
        let models = config.dir.models();
        spawn_blocking(move || model_file::remove_unfinished(&models))
            .await?
            .context("the folder of the models can't be used: check its rights")?;
        let account = Account::open(config, clock.clone()).await?;
        if account.is_none() {
            tracing::info!(
                "no account: moments are recorded, nothing is clipped (for clips: docs/login.md)"
            );
        }
        let voice = Voice::new(account.clone(), config.chat.answer);
        Ok(Self {
            config,
            voice,
            live: Arc::new(LiveSettings::new(config)),
            clock: clock.clone(),
            time: TwitchTime::new(clock.clone()),
            store,
            account,
            directory: Directory::default(),
            stats: Arc::default(),
            crew: Crew::default(),
            stop: CancellationToken::new(),
            clips_stop: CancellationToken::new(),
            lock,
        })
    }

    /// Clips and the news of them, figures, the recording.
    async fn start_outlets(&self, options: &RunOptions) -> anyhow::Result<(Outlets, Arc<Records>)> {
        let (store, stats) = (self.store.clone(), Arc::clone(&self.stats));
        let (figures_in, queue) = mpsc::channel(figures::QUEUE);
        let keep = figures::keep(store, queue, self.clock.clone(), stats, self.stop.clone());
        self.crew.spawn("figures", keep);
        let days = self.config.storage.windows_days;
        self.until_stop(
            "old figures",
            figures::forget(self.store.clone(), days, self.clock.clone()),
        );

        let (news_in, queue) = mpsc::channel(news::QUEUE);
        let (voice, crew) = (self.voice.clone(), self.crew.clone());
        self.crew.spawn("news", news::tell(queue, voice, Arc::clone(&self.stats), crew));

        let (clips_in, queue) = mpsc::channel(ORDERS);
        let records = open_records(self.config.dir.recordings()).await?;
        let context = Context::new(
            Clipper::urgent(self.account.as_ref()),
            self.store.clone(),
            Arc::clone(&records),
            self.time.clone(),
            self.live.wishes(),
            news_in,
        );
        self.start_downloads(Arc::clone(&context.downloads))?;
        let worker = ClipWorker::new(context, self.crew.clone(), self.clips_stop.clone());
        self.crew.spawn("clips", worker.run(queue));

        let (answers_in, queue) = mpsc::channel(answers::QUEUE);
        self.until_stop("answers", answers::tell(queue, self.voice.clone(), self.clock.clone()));

        let mut recorder = None;
        if let Some(path) = &options.record {
            let (opened, write) = record::open(path, self.clock.now_ms())?;
            recorder = Some(opened);
            self.crew.tasks.spawn_blocking(write);
        }
        let stats = Arc::clone(&self.stats);
        Ok((
            Outlets { clips: clips_in, figures: figures_in, answers: answers_in, recorder, stats },
            records,
        ))
    }

    /// A task a channel; each tells at its end what it has learned.
    async fn start_channels(&self, roster: Roster, maker: Maker) -> anyhow::Result<Follower> {
        let (models, listed) = (maker.models.clone(), self.config.twitch.channels.clone());
        let names = spawn_blocking(move || renamed::names(&models, &listed)).await?;
        let names = names.context("the folder of the models can't be read: check its rights")?;
        let (directory, voice) = (self.directory.clone(), self.voice.clone());
        Ok(Follower::start(self.config.clone(), roster, directory, voice, maker, names))
    }

    fn start_chat(&self, inboxes: &Inboxes, beats: Arc<AtomicU64>) -> anyhow::Result<Watch> {
        let (stop, tasks) = (self.stop.clone(), self.crew.tasks.clone());
        let (account, clock) = (self.account.clone(), self.clock.clone());
        let sources =
            Sources::new(self.config, account, inboxes.clone(), clock, tasks, stop.clone())?;
        let watch = sources.watch();
        let (heard_in, heard) = mpsc::channel(HEARD);
        // Chat has ended when its sources have, whoever else may still tell something.
        let own_stop = stop.child_token();
        self.start_own_signals(inboxes.clone(), heard_in.clone(), own_stop.clone())?;
        let ends_own = own_stop.drop_guard();
        self.crew.spawn("sources", async move {
            sources.run(heard_in).await;
            drop(ends_own);
        });
        let chat = Chat {
            inboxes: inboxes.clone(),
            directory: self.directory.clone(),
            time: self.time.clone(),
            stats: Arc::clone(&self.stats),
            beats,
        };
        let alarm = self.crew.alarm.clone();
        self.crew.spawn("chat", async move {
            chat.run(heard).await;
            if !stop.is_cancelled() {
                tracing::error!("chat has ended");
                alarm.cancel();
            }
        });
        Ok(watch)
    }

    /// What only the owner of a channel is told.
    fn start_own_signals(
        &self,
        inboxes: Inboxes,
        heard: mpsc::Sender<Heard>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let Some(account) = self.account.clone() else { return Ok(()) };
        let (clock, tasks) = (self.clock.clone(), self.crew.tasks.clone());
        let own = OwnSignals::new(self.config, account, clock, tasks, stop, inboxes)?;
        self.crew.spawn("own signals", own.run(heard));
        Ok(())
    }

    /// What is asked of Twitch once in a while, with an account.
    fn start_questions(
        &self,
        inboxes: &Inboxes,
        heard: &Watch,
        records: Arc<Records>,
    ) -> mpsc::Receiver<Renamed> {
        let (renames_in, renames) = mpsc::channel(follow::QUEUE);
        let Some(account) = &self.account else { return renames };
        let (clock, directory) = (&self.clock, &self.directory);
        self.until_stop("account", account.clone().stay_valid(clock.clone()));
        let resolver = Resolver {
            account: account.clone(),
            inboxes: inboxes.clone(),
            directory: directory.clone(),
            heard: heard.clone(),
            renames: renames_in,
            models: self.config.dir.models(),
            clock: clock.clone(),
        };
        self.until_stop("ids", resolver.run());
        let (live_in, live) = watch::channel(LiveNow::new());
        let watch = viewers::watch(
            account.clone(),
            inboxes.clone(),
            directory.clone(),
            live_in,
            clock.clone(),
        );
        self.until_stop("viewers", watch);
        let collector = Collector {
            api: Clipper(Some(account.at(Priority::Background))),
            store: self.store.clone(),
            records,
            clock: clock.clone(),
            evidence: evidence(inboxes.clone(), directory.clone()),
        };
        self.until_stop("viewers' clips", collector.run(live));
        renames
    }

    /// The settings, whenever they may have changed.
    fn watch_settings(&self, options: &RunOptions) -> anyhow::Result<mpsc::Receiver<Config>> {
        let (settings_in, settings) = mpsc::channel(follow::QUEUE);
        if let Some(origins) = options.origins.clone() {
            let hangup = Hangup::listen().context("signals can't be heard")?;
            let watch = reload::watch(origins, hangup, self.clock.clone(), settings_in);
            self.until_stop("settings", watch);
        }
        Ok(settings)
    }

    /// Videos of clips, also those that an earlier run did not finish.
    fn start_downloads(&self, wake: Arc<Notify>) -> anyhow::Result<()> {
        if self.account.is_none() {
            return Ok(());
        }
        let http = http_client(&[self.config.endpoints.helix.url()])
            .context("TLS can't be used on this system")?;
        let fetcher = Fetcher {
            api: Clipper(self.account.clone()),
            store: self.store.clone(),
            recordings: self.config.dir.recordings(),
            clock: self.clock.clone(),
            http,
            wake,
        };
        let wishes = self.live.wishes();
        self.until_stop("downloads", async move {
            while_wanted(wishes, |wishes| wishes.download, || fetcher.run()).await;
        });
        Ok(())
    }

    /// Asks the emote services; nobody waits for them.
    fn start_emotes(&self, inboxes: &Inboxes) -> anyhow::Result<()> {
        let (account, settings) = (self.account.clone(), self.live.emotes());
        let (directory, clock) = (self.directory.clone(), self.clock.clone());
        let keeper =
            emotes::Keeper::new(self.config, settings, account, inboxes.clone(), directory, clock)?;
        self.until_stop("emotes", keeper.run());
        Ok(())
    }

    /// Spawns a task that is simply dropped at the end: what it does may be cut short.
    fn until_stop(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.crew.spawn(name, async move {
            stop.run_until_cancelled(task).await;
        });
    }
}

/// Hands the stretch of a viewer's clip to the channel that it is of.
fn evidence(inboxes: Inboxes, directory: Directory) -> Evidence {
    Box::new(move |broadcaster_id, start_ms, end_ms| {
        let known = directory.known();
        if let Some((login, _)) = known.iter().find(|(_, id)| *id == broadcaster_id) {
            // A channel that does not keep up does without.
            let _ = inboxes.tell(login, ToChannel::Evidence { start_ms, end_ms });
        }
    })
}

async fn open_records(folder: PathBuf) -> anyhow::Result<Arc<Records>> {
    Ok(Arc::new(spawn_blocking(move || Records::open(&folder)).await??))
}
