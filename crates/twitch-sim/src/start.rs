//! Brings the simulator up: reads the recording, binds the ports, starts the tasks.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cliphound_clock::Clock;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chat::id_of;
use crate::config::{SimConfig, SimError, channels};
use crate::control::Role;
use crate::emotes::{self, EmoteChange, EmoteService};
use crate::eventsub;
use crate::generator::Truth;
use crate::http;
use crate::info::{SimInfo, Spelling};
use crate::irc::{self, Transport};
use crate::net::{self, Certificates, Hosts, Line, Service};
use crate::report::Report;
use crate::storm::{Gust, Storm};
use crate::world::{
    Announcement, Channel, ClipRecord, FaultCall, FaultError, Faults, Logins, Recording,
    WaitingFault, World, guest,
};

/// Chat is given out in steps of so much of the simulator's time.
const STEP: Duration = Duration::from_millis(50);
/// A recording is read up to this size, unpacked.
const MAX_RECORDING: u64 = 256 * 1024 * 1024;
/// The channel of a recording that names none.
const RECORDED: &str = "recording";

/// A simulator that runs; it ends with the token that it was started with.
#[derive(Clone)]
pub struct SimHandle {
    info: SimInfo,
    root_pem: Option<Arc<str>>,
    world: Arc<World>,
}

/// Starts a simulated Twitch. Its tasks run on `tracker` until `stop` is cancelled.
///
/// # Errors
/// When the configuration makes no sense, a port is taken, or the recording is unreadable.
pub async fn start(
    config: SimConfig,
    clock: Clock,
    tracker: &TaskTracker,
    stop: CancellationToken,
) -> Result<SimHandle, SimError> {
    if !config.listen.ip().is_loopback() {
        return Err(SimError::NotLoopback(config.listen));
    }
    let faults = Faults::from_names(&config.faults)?;
    let channels = make_channels(&config, clock.now_ms())?;
    let hosts = hosts(&config)?;
    let free = SocketAddr::new(config.listen.ip(), 0);
    let (http_socket, http_at) = listen(config.listen).await?;
    let (tcp_socket, tcp_at) = listen(free).await?;
    let (ws_socket, ws_at) = listen(free).await?;
    let (seventv_socket, seventv_at) = listen(free).await?;
    let (bttv_socket, bttv_at) = listen(free).await?;
    let (eventsub_socket, eventsub_at) = listen(free).await?;
    let tls = match config.tls {
        true => Some(Arc::new(Certificates::new().map_err(SimError::Tls)?)),
        false => None,
    };
    // What clients are told: another address each, with the network's weather in between.
    let mut cables = Vec::new();
    let mut told = [http_at; 8];
    let lines = [
        (Service::Irc, tcp_at),
        (Service::Irc, ws_at),
        (Service::EventSub, eventsub_at),
        (Service::Helix, http_at),
        (Service::Oauth, http_at),
        (Service::Emotes, http_at),
        (Service::Emotes, seventv_at),
        (Service::Emotes, bttv_at),
    ];
    for ((service, behind), told) in lines.into_iter().zip(&mut told) {
        let (socket, address) = listen(free).await?;
        cables.push((socket, Line { behind, service, tls: tls.clone() }));
        *told = address;
    }

    let (tls_socket, tls_at) = listen(free).await?;
    let acceptor = net::untrusted().map_err(SimError::Tls)?;
    tracker.spawn(net::serve_tls(tls_socket, acceptor, http_at, tracker.clone(), stop.clone()));

    let logins = Logins::new((config.approve_at_poll > 0).then_some(config.approve_at_poll));
    let world = Arc::new(World::new(clock, config.seed, channels, faults, logins));
    let spelling = Spelling { tls: config.tls, named: config.hosts.is_some() };
    let info = SimInfo::new(&world, http_at, tls_at, &told, spelling);
    {
        let mut state = world.state();
        state.eventsub.address.clone_from(&info.eventsub);
        state.tls_but_at = config.tls.then_some(http_at.port());
        state.hosts = hosts;
    }
    for (socket, line) in cables {
        let (world, stop) = (Arc::clone(&world), stop.clone());
        tracker.spawn(net::serve(socket, line, world, tracker.clone(), stop));
    }
    for (socket, transport) in [(tcp_socket, Transport::Tcp), (ws_socket, Transport::WebSocket)] {
        let (world, stop) = (Arc::clone(&world), stop.clone());
        tracker.spawn(irc::serve(socket, transport, world, tracker.clone(), stop));
    }
    for (socket, service) in
        [(seventv_socket, EmoteService::SevenTv), (bttv_socket, EmoteService::Bttv)]
    {
        let (world, stop) = (Arc::clone(&world), stop.clone());
        tracker.spawn(emotes::socket::serve(socket, service, world, tracker.clone(), stop));
    }
    if let Some(storm) = &config.storm {
        world.storm(storm);
    }
    let (shared, ends) = (Arc::clone(&world), stop.clone());
    tracker.spawn(eventsub::serve(eventsub_socket, shared, tracker.clone(), ends));
    tracker.spawn(http::serve(http_socket, Arc::clone(&world), stop.clone()));
    tracker.spawn(live(Arc::clone(&world), stop));
    tracing::info!(control = info.control, irc = info.irc, "simulated Twitch is up");
    let root_pem = tls.map(|tls| tls.root_pem().into());
    Ok(SimHandle { info, root_pem, world })
}

impl SimHandle {
    /// Addresses, tokens, channels.
    #[must_use]
    pub fn info(&self) -> &SimInfo {
        &self.info
    }

    /// The certificate (PEM) that clients must trust, where TLS is spoken.
    #[must_use]
    pub fn root_pem(&self) -> Option<&str> {
        self.root_pem.as_deref()
    }

    /// Moments and decoys so far, by their start.
    #[must_use]
    pub fn truth(&self) -> Vec<Truth> {
        self.world.truth()
    }

    /// All clips so far, oldest first.
    #[must_use]
    pub fn clips(&self) -> Vec<ClipRecord> {
        self.world.state().clips.all().to_vec()
    }

    /// The truth and the clips held against each other.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::new(&self.truth(), &self.clips(), self.world.clock.now_ms())
    }

    /// Puts a line into a chat at once; returns its id, or nothing when there is no such
    /// channel.
    pub fn say(&self, channel: &str, user: &str, text: &str, role: Role) -> Option<String> {
        self.world.say(channel, guest(user, role.into()), text, "control")
    }

    /// Lets a moderator delete a line (its id and what it said), or with `None` all lines of
    /// a user, who is timed out. Returns whether there is such a channel.
    pub fn delete(&self, channel: &str, user: &str, line: Option<(&str, &str)>) -> bool {
        self.world.delete(channel, user, line)
    }

    /// Lets a moderator clear a whole chat. Returns whether there is such a channel.
    pub fn clear(&self, channel: &str) -> bool {
        self.world.delete(channel, "", None)
    }

    /// Announces a raid, a subscription or gifts of a user in chat. Returns whether there is such
    /// a channel.
    pub fn announce(&self, channel: &str, user: &str, what: Announcement) -> bool {
        self.world.announce(channel, user, what)
    }

    /// Lets a stream begin or end; a channel that does not exist is left alone.
    pub fn set_live(&self, channel: &str, live: bool) {
        self.world.set_live(channel, live);
    }

    /// A viewer makes a clip of a stream now; its id. Nothing when there is no such channel, or it
    /// is not live.
    pub fn viewer_clips(&self, channel: &str) -> Option<String> {
        self.world.viewer_clips(channel)
    }

    /// A user takes another login: their room is closed, and opened under the new one; their id
    /// and tokens stay. False when the new login is that of another channel.
    #[must_use]
    pub fn rename(&self, from: &str, to: &str) -> bool {
        self.world.rename(from, to)
    }

    /// Tells those who subscribed to a type of EventSub that it happened in a channel;
    /// what `event` holds replaces what is made up. Returns how many heard it; nothing when
    /// there is no such channel or type.
    pub fn signal(&self, channel: &str, kind: &str, event: &serde_json::Value) -> Option<usize> {
        self.world.signal(channel, kind, event)
    }

    /// Changes a channel's emotes at a service, or (`None`) those of all channels; who listens
    /// is told.
    pub fn change_emotes(
        &self,
        service: EmoteService,
        channel: Option<&str>,
        change: &EmoteChange,
    ) {
        self.world.change_emotes(service, channel, change);
    }

    /// What is listened to at a service's socket.
    #[must_use]
    pub fn emote_topics(&self, service: EmoteService) -> Vec<String> {
        self.world.state().emotes.topics(service)
    }

    /// Who sits at the browser from now on, and says yes there.
    pub fn seat(&self, login: &str) {
        self.world.state().logins.seat(login);
    }

    /// Ends all tokens of a user and what was subscribed to with them, as when that user takes
    /// the application's rights back.
    pub fn revoke_user(&self, login: &str) {
        self.world.revoke_user(login);
    }

    /// Lets a fault come so many times, in a channel or in any.
    ///
    /// # Errors
    /// When there is no fault of that name; the error lists those that there are.
    pub fn inject(&self, fault: &str, channel: Option<&str>, count: u32) -> Result<(), FaultError> {
        let channel = channel.map(str::to_owned);
        let call = FaultCall { channel, ..FaultCall::new(fault).count(count) };
        self.fault(&call)
    }

    /// Puts a fault in place, now.
    ///
    /// # Errors
    /// When there is no such fault, or not like this; the error says what there is.
    pub fn fault(&self, call: &FaultCall) -> Result<(), FaultError> {
        self.world.fault(call)
    }

    /// What waits or goes on now.
    #[must_use]
    pub fn faults(&self) -> Vec<WaitingFault> {
        self.world.faults().0
    }

    /// Ends every fault and a storm; clients that hear nothing are closed, so that they notice.
    pub fn fair_weather(&self) {
        // The name is known, and needs nothing.
        let _ = self.fault(&FaultCall::new("fair_weather"));
    }

    /// Lets a storm begin, in place of one that goes on; it runs by itself. Returns its plan.
    pub fn begin_storm(&self, storm: &Storm) -> Vec<Gust> {
        self.world.storm(storm)
    }

    /// How much a storm still brings, the fair weather at its end too.
    #[must_use]
    pub fn storm_brings(&self) -> usize {
        self.world.faults().1
    }

    /// Lets a storm pass, the calm at its end too. Returns its plan.
    pub async fn storm(&self, storm: &Storm) -> Vec<Gust> {
        let end_ms = self.world.clock.now_ms() + i64::from(storm.seconds) * 1000;
        let plan = self.begin_storm(storm);
        self.world.clock.sleep_until_ms(end_ms).await;
        plan
    }
}

/// Lets the world go on until the end.
async fn live(world: Arc<World>, stop: CancellationToken) {
    while stop.run_until_cancelled(world.clock.sleep(STEP)).await.is_some() {
        world.advance(world.clock.now_ms());
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), SimError> {
    let failed = |source| SimError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn hosts(config: &SimConfig) -> Result<Option<Hosts>, SimError> {
    let create = |path: &PathBuf| {
        let failed = |source| SimError::Hosts { path: path.clone(), source };
        Hosts::create(path, config.listen.ip()).map_err(failed)
    };
    config.hosts.as_ref().map(create).transpose()
}

fn make_channels(config: &SimConfig, now_ms: i64) -> Result<Vec<Channel>, SimError> {
    let mut named = channels(config)?;
    let Some(path) = &config.recording else {
        // The second channel shares its chat with a channel from elsewhere.
        let partner = |index| (index == 1).then(|| id_of("somewhere_else"));
        let make = |(index, (login, viewers)): (usize, &(String, u32))| match viewers {
            0 => Channel::silent(login, 0, now_ms),
            _ => Channel::generated(login, *viewers, partner(index), config.seed, now_ms),
        };
        return Ok(named.iter().enumerate().map(make).collect());
    };
    let recording = read_recording(path)?;
    if config.channels.is_empty() {
        let login = recording.channel.clone().unwrap_or_else(|| RECORDED.to_owned());
        named = vec![(login, 800)];
    }
    let mut recording = Some(recording);
    let make = |(login, viewers): &(String, u32)| match recording.take() {
        Some(recording) => Channel::recorded(login, *viewers, recording, now_ms),
        None => Channel::silent(login, *viewers, now_ms),
    };
    Ok(named.iter().map(make).collect())
}

fn read_recording(path: &Path) -> Result<Recording, SimError> {
    let refuse = |reason: String| SimError::Recording { path: path.to_owned(), reason };
    let bytes = read_file(path).map_err(|error| refuse(error.to_string()))?;
    if bytes.len() as u64 > MAX_RECORDING {
        return Err(refuse("it is larger than 256 MB".to_owned()));
    }
    let recording = Recording::parse(&String::from_utf8_lossy(&bytes));
    if recording.len() == 0 {
        let words = "it holds no chat; give JSONL {\"t_ms\",\"user\",\"text\"} or raw IRC lines";
        return Err(refuse(words.to_owned()));
    }
    if recording.skipped > 0 {
        tracing::info!(skipped = recording.skipped, "lines of the recording are no chat lines");
    }
    Ok(recording)
}

fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = BufReader::new(File::open(path)?);
    let packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let mut bytes = Vec::new();
    if packed {
        flate2::read::MultiGzDecoder::new(file).take(MAX_RECORDING + 1).read_to_end(&mut bytes)?;
    } else {
        file.take(MAX_RECORDING + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}
