//! Wires the rooms together: what comes out of the channels first, then the channels,
//! then what goes into them.

mod after_clips;
mod board;
mod editing;
mod owning;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use cliphound_clock::Clock;
use cliphound_store::Store;
use cliphound_twitch::chat::Heard;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{
    account::{Account, Clipper},
    answers::{self, Voice},
    channel::Outlets,
    chat::Chat,
    dashboard::{self, Dashboard, Heirs},
    desk::Bells,
    directory::Directory,
    door, emotes, figures,
    follow::{self, Follower, Maker},
    forgetter::Deletions,
    ids::{Renamed, Resolver},
    inboxes::{Inboxes, Roster},
    live_settings::LiveSettings,
    lock::Lock,
    mend::Disk,
    models,
    names::AtTwitch,
    news,
    own_signals::OwnSignals,
    posts,
    queues::Queue,
    record::{self, Recorder},
    sources::{Sources, Watch},
    stats::Stats,
    status::Status,
    stopping::Parts,
    supervisor::RunOptions,
    viewers,
    watched::{Keeper, Watched},
};
use crate::{
    alerts::Alerts,
    archive::place,
    board::Board,
    clips::{ClipWorker, Context, ORDERS, viewers::LiveNow},
    config::Config,
    crew::{Crew, Post, blocking},
    records::{Records, kept_lines, model_file, renamed},
    time::TwitchTime,
    web::{self, App, Live, Metrics, Server},
};

/// Events between the sources and the task that hands them on; while it is full, nothing is
/// read, and TCP holds Twitch back.
pub(super) const HEARD: usize = 1_024;

/// Everything that runs.
pub struct Daemon {
    /// What ends it.
    pub parts: Parts,
    /// How it is.
    pub status: Arc<Status>,
    /// Held until everything has ended.
    _lock: Arc<Lock>,
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
        if let Some(origins) = &options.origins {
            dashboard::take_over_stored(&base.store, origins, &base.changed).await;
        }
        let (alerts, told, overflowed) = Alerts::new(base.wanted.alerts());
        let (outlets, records, news) = base.start_outlets(options, alerts.clone()).await?;
        let (roster, inboxes) = Roster::new();
        // They keep no clip and no channel from ending.
        let (clips, records_too) = (outlets.clips.downgrade(), Arc::clone(&records));
        let followed = roster.onlooker();
        let mut queues = Base::queues(&outlets);
        queues.extend([Queue::of("alerts", alerts.queue()), news]);
        // Nobody takes them before the end; then all wait their turn.
        let (snapshots_in, snapshots) = mpsc::channel(1);
        let maker = Maker {
            outlets,
            time: base.time.clone(),
            crew: base.crew.clone(),
            snapshots: snapshots_in,
            models: base.config.dir.models(),
        };
        let follower = base.start_channels(roster, maker, base.heirs(options)).await?;
        base.start_watched(&inboxes).await;
        let (chat, heard) = base.start_chat(&inboxes, alerts)?;
        queues.push(heard);
        let (renames, live) = base.start_questions(&inboxes, &chat, records);
        let (troubles_in, troubles) = watch::channel(Arc::default());
        let tally = base.start_alerts(told, overflowed, live.clone(), troubles.clone());
        let settings = base.watch_settings(options)?;
        let (departures_in, departures) = mpsc::channel(follow::QUEUE);
        let follow = follower.run(settings, renames, departures, Arc::clone(&base.wanted));
        base.crew.watch(posts::CHANNELS.until(&base.stop), follow);
        base.start_emotes(&inboxes)?;
        base.start_verdicts(&inboxes);
        base.save_models(inboxes);
        let status = Arc::new(Status {
            time: base.time.clone(),
            started_ms: clock.now_ms(),
            stats: Arc::clone(&base.stats),
            crew: base.crew.clone(),
            store: base.store.clone(),
            database: base.config.dir.database(),
            folders: vec![base.config.dir.models(), base.config.dir.recordings()],
            records: Arc::downgrade(&records_too),
            chat,
            followed,
            live,
            alerts: tally,
            clipper: Clipper(base.account.clone()),
            troubles,
            queues,
            tried: Mutex::default(),
        });
        base.look_for_trouble(&status, troubles_in);
        let dashboard = base.dashboard(&status, options);
        let deletions = base.start_forgetter(records_too, clips, departures_in, &dashboard);
        base.start_web(&status, options, dashboard, deletions);
        let models = base.config.dir.models();
        let Base { crew, stop, clips_stop, store, account, lock, .. } = base;
        let parts = Parts { crew, stop, clips_stop, snapshots, models, store, account };
        Ok(Self { parts, status, _lock: lock })
    }
}

/// What all parts are made of.
struct Base<'a> {
    config: &'a Config,
    clock: Clock,
    time: TwitchTime,
    board: Board,
    watched: Watched,
    store: Store,
    account: Option<Account>,
    directory: Directory,
    voice: Voice,
    wanted: Arc<LiveSettings>,
    /// The settings were changed in the dashboard.
    changed: Arc<Notify>,
    /// Who changes them there.
    turn: Arc<tokio::sync::Mutex<()>>,
    stats: Arc<Stats>,
    metrics: Metrics,
    bells: Bells,
    crew: Crew,
    stop: CancellationToken,
    clips_stop: CancellationToken,
    lock: Arc<Lock>,
}

impl<'a> Base<'a> {
    async fn open(config: &'a Config, clock: &Clock) -> anyhow::Result<Self> {
        let folder = config.dir.path().to_owned();
        let lock = blocking("taking the folder", move || {
            let lock = Lock::take(&folder)?;
            place::finish(&folder).map(|_| lock)
        });
        let lock = lock.await??;
        let store = Store::begin(&config.dir.database()).await?;
        let models = config.dir.models();
        let tidied = blocking("tidying the models", move || model_file::remove_unfinished(&models));
        if let Err(error) = tidied.await? {
            tracing::error!(
                "{error:#}; channels whose model can't be read begin anew, models are saved once that works"
            );
        }
        let account = Account::open(config, clock.clone()).await?;
        if account.is_none() {
            tracing::info!(
                "no account: moments are recorded, nothing is clipped (for clips: docs/login.md)"
            );
        }
        let voice = Voice::new(account.clone(), config.chat.answer, clock.clone());
        let time = TwitchTime::new(clock.clone());
        let metrics = Metrics::new();
        Ok(Self {
            stats: Arc::new(Stats::timed(&metrics)),
            metrics,
            bells: Bells::default(),
            config,
            voice,
            wanted: Arc::new(LiveSettings::new(config)),
            changed: Arc::default(),
            turn: Arc::default(),
            clock: clock.clone(),
            watched: Watched::new(time.clone()),
            board: Board::new(time.clone()),
            time,
            store,
            account,
            directory: Directory::default(),
            crew: Crew::default(),
            stop: CancellationToken::new(),
            clips_stop: CancellationToken::new(),
            lock: Arc::new(lock),
        })
    }

    /// Clips and the news of them (their queue, to look at), figures, the recording.
    async fn start_outlets(
        &self,
        options: &RunOptions,
        alerts: Alerts,
    ) -> anyhow::Result<(Outlets, Arc<Records>, Queue)> {
        let (store, stats) = (self.store.clone(), Arc::clone(&self.stats));
        let (figures_in, queue) = mpsc::channel(figures::QUEUE);
        let (clock, stop) = (self.clock.clone(), self.stop.clone());
        self.crew.keep(posts::FIGURES, queue, move |queue| {
            let (store, clock) = (store.clone(), clock.clone());
            figures::keep(store, queue, clock, Arc::clone(&stats), stop.clone()).boxed()
        });
        let (kept, recordings) = (self.config.storage, self.config.dir.recordings());
        let (store, time) = (self.store.clone(), self.time.clone());
        self.until_stop(posts::OLD_FIGURES, move || {
            figures::forget(store.clone(), kept, recordings.clone(), time.clone()).boxed()
        });

        let (news_in, queue) = mpsc::channel(news::QUEUE);
        let news = Queue::of("news", &news_in);
        let (voice, crew, stats) = (self.voice.clone(), self.crew.clone(), Arc::clone(&self.stats));
        let (board, vods) = (self.board.clone(), Arc::clone(&self.bells.vods));
        self.crew.keep(posts::NEWS, queue, move |queue| {
            let (voice, alerts, board) = (voice.clone(), alerts.clone(), board.clone());
            let (stats, vods) = (Arc::clone(&stats), Arc::clone(&vods));
            news::tell(queue, voice, alerts, stats, board, vods, crew.clone()).boxed()
        });

        let (clips_in, queue) = mpsc::channel(ORDERS);
        let records = open_records(self.config.dir.recordings(), &self.store).await?;
        let disk = Disk {
            store: self.store.clone(),
            records: Arc::clone(&records),
            lock: Arc::clone(&self.lock),
            alarm: self.crew.alarm.clone(),
        };
        let clock = self.clock.clone();
        self.until_stop(posts::DISK, move || disk.clone().mend_regularly(clock.clone()).boxed());
        let mut context = Context::new(
            Clipper::urgent(self.account.as_ref()),
            self.store.clone(),
            Arc::clone(&records),
            self.time.clone(),
            self.wanted.wishes(),
            news_in,
        );
        context.decisions = Arc::clone(&self.bells.decisions);
        context.downloads = Arc::clone(&self.bells.downloads);
        self.start_downloads()?;
        let worker = ClipWorker::new(context, self.crew.clone(), self.clips_stop.clone());
        self.crew.watch(posts::CLIPS, worker.run(queue));

        let (answers_in, queue) = mpsc::channel(answers::QUEUE);
        let (voice, clock) = (self.voice.clone(), self.clock.clone());
        self.crew.keep(posts::ANSWERS.until(&self.stop), queue, move |queue| {
            answers::tell(queue, voice.clone(), clock.clone()).boxed()
        });

        let witness = Some(self.start_witness(&records, &self.stats));
        let mut recorder = None;
        if let Some(path) = &options.record {
            let (opened, write) = record::open(path, self.clock.now_ms())?;
            recorder = Some(opened);
            self.crew.block(posts::RECORDING, write);
        }
        let outlets = Outlets {
            clips: clips_in,
            figures: figures_in,
            answers: answers_in,
            recorder,
            board: self.board.clone(),
            witness,
            keeps_chat: self.config.storage.chat_days > 0,
            watched: self.watched.clone(),
            verdicts: Arc::clone(&self.bells.verdicts),
            stats: Arc::clone(&self.stats),
        };
        Ok((outlets, records, news))
    }

    /// A task a channel; each tells at its end what it has learned.
    async fn start_channels(
        &self,
        roster: Roster,
        maker: Maker,
        heirs: Heirs,
    ) -> anyhow::Result<Follower> {
        let (models, listed) = (maker.models.clone(), self.config.twitch.channels.clone());
        let names = blocking("looking at models", move || renamed::names(&models, &listed)).await?;
        let names = names.unwrap_or_else(|error| {
            tracing::error!(%error, "which channels were renamed can't be read in the folder of the models");
            Default::default()
        });
        heirs.carry_all(&names).await;
        self.wanted.set(self.config, &names);
        let (directory, voice) = (self.directory.clone(), self.voice.clone());
        Ok(Follower::start(self.config.clone(), roster, directory, voice, maker, heirs, names))
    }

    /// Knows from here on when each channel was really watched.
    async fn start_watched(&self, inboxes: &Inboxes) {
        let (watched, store) = (self.watched.clone(), self.store.clone());
        let keeper = Keeper::start(watched, store, inboxes.clone(), self.directory.clone()).await;
        self.crew.watch(posts::WATCHED, keeper.run(self.stop.clone()));
        if let Some(account) = &self.account {
            self.learn_vods(account);
        }
    }

    fn start_chat(&self, inboxes: &Inboxes, alerts: Alerts) -> anyhow::Result<(Watch, Queue)> {
        let (stop, tasks) = (self.stop.clone(), self.crew.tasks.clone());
        let (account, clock) = (self.account.clone(), self.clock.clone());
        let sources =
            Sources::new(self.config, account, inboxes.clone(), clock, tasks, stop.clone())?;
        let watch = sources.watch();
        let (heard_in, heard) = mpsc::channel(HEARD);
        let queue = Queue::of("heard", &heard_in);
        // Chat has ended when its sources have, whoever else may still tell something.
        let own_stop = stop.child_token();
        self.start_own_signals(inboxes.clone(), heard_in.clone(), own_stop.clone())?;
        let ends_own = own_stop.drop_guard();
        self.crew.watch(posts::SOURCES, async move {
            sources.run(heard_in).await;
            drop(ends_own);
        });
        let chat = Chat {
            inboxes: inboxes.clone(),
            directory: self.directory.clone(),
            time: self.time.clone(),
            watched: self.watched.clone(),
            alerts,
            stats: Arc::clone(&self.stats),
        };
        let alarm = self.crew.alarm.clone();
        self.crew.watch(posts::CHAT, chat.run_until(heard, stop, alarm));
        Ok((watch, queue))
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
        self.crew.watch(posts::OWN_SIGNALS, own.run(heard));
        Ok(())
    }

    /// What is asked of Twitch once in a while, with an account.
    fn start_questions(
        &self,
        inboxes: &Inboxes,
        heard: &Watch,
        records: Arc<Records>,
    ) -> (mpsc::Receiver<Renamed>, watch::Receiver<LiveNow>) {
        let (renames_in, renames) = mpsc::channel(follow::QUEUE);
        let (live_in, live) = watch::channel(LiveNow::new());
        let Some(account) = &self.account else { return (renames, live) };
        let (clock, directory) = (&self.clock, &self.directory);
        account.stay_valid(&self.crew, &self.stop, clock);
        let resolver = Resolver {
            account: account.clone(),
            inboxes: inboxes.clone(),
            directory: directory.clone(),
            heard: heard.clone(),
            renames: renames_in,
            models: self.config.dir.models(),
            clock: clock.clone(),
        };
        self.until_stop(posts::IDS, move || resolver.clone().run().boxed());
        let with = (account.clone(), inboxes.clone(), directory.clone(), clock.clone());
        let watched = self.watched.clone();
        self.crew.keep(posts::VIEWERS.until(&self.stop), live_in, move |live_in| {
            let (account, inboxes, directory, clock) = with.clone();
            viewers::watch(account, inboxes, directory, live_in, watched.clone(), clock).boxed()
        });
        self.collect_viewers_clips(account, inboxes, records, live.clone());
        (renames, live)
    }

    /// Asks the emote services; nobody waits for them.
    fn start_emotes(&self, inboxes: &Inboxes) -> anyhow::Result<()> {
        let (account, settings) = (self.account.clone(), self.wanted.emotes());
        let (directory, clock) = (self.directory.clone(), self.clock.clone());
        let keeper =
            emotes::Keeper::new(self.config, settings, account, inboxes.clone(), directory, clock)?;
        self.until_stop(posts::EMOTES, move || keeper.clone().run().boxed());
        Ok(())
    }

    fn save_models(&self, inboxes: Inboxes) {
        let (models, clock) = (self.config.dir.models(), self.clock.clone());
        let (stats, disks) = (Arc::clone(&self.stats), self.store.full_disks().clone());
        self.until_stop(posts::MODELS, move || {
            let (models, inboxes, disks) = (models.clone(), inboxes.clone(), disks.clone());
            let (clock, stats) = (clock.clone(), Arc::clone(&stats));
            models::save_regularly(models, inboxes, clock, stats, disks).boxed()
        });
    }

    /// Lets itself be looked at.
    fn start_web(
        &self,
        status: &Arc<Status>,
        options: &RunOptions,
        dashboard: Arc<Dashboard>,
        deletions: Deletions,
    ) {
        self.until_stop(posts::SUMS, {
            let metrics = self.metrics.clone();
            move || metrics.clone().sum_up_regularly().boxed()
        });
        let Some(listen) = self.config.web.listen.address() else { return };
        let feeds = self.start_board();
        let live: Arc<dyn Live> = Arc::clone(status) as Arc<dyn Live>;
        let access = door::of(self.config, &self.store, &self.clock);
        let app = App {
            live,
            board: self.board.clone(),
            feeds,
            controls: self.by_hand(status),
            desk: Arc::new(self.desk(status)),
            access: access.clone(),
            turns: crate::web::Turns::default(),
            metrics: self.metrics.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            forget: Arc::new(deletions),
            alerting: self.alerting(),
            settings: dashboard,
            names: Arc::new(AtTwitch(self.account.clone())),
        };
        let routes = web::routes(app);
        let bound = options.web_at.clone().unwrap_or_default();
        let (crew, stop) = (self.crew.clone(), self.stop.clone());
        let server = Server { listen, access, routes, crew, stop, bound };
        self.crew.keep(posts::WEB.until(&self.stop), server, |server| server.run().boxed());
    }

    /// The queues of which there is one each.
    fn queues(outlets: &Outlets) -> Vec<Queue> {
        let mut queues = vec![
            Queue::of("clips", &outlets.clips),
            Queue::of("figures", &outlets.figures),
            Queue::of("answers", &outlets.answers),
        ];
        queues.extend(outlets.witness.iter().map(|queue| Queue::of("chat_around", queue)));
        queues.extend(outlets.recorder.iter().map(Recorder::queue));
        queues
    }

    /// Keeps a task that is simply dropped at the end: what it does may be cut short.
    fn until_stop(
        &self,
        post: Post,
        mut task: impl FnMut() -> BoxFuture<'static, ()> + Send + 'static,
    ) {
        self.crew.keep(post.until(&self.stop), (), move |()| task());
    }
}

async fn open_records(folder: PathBuf, store: &Store) -> anyhow::Result<Arc<Records>> {
    let disks = store.full_disks().clone();
    let open = move || Records::open(&folder, &disks);
    let records = Arc::new(blocking("opening the records", open).await??);
    kept_lines::put_back(&records, store).await;
    Ok(records)
}
