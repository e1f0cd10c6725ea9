//! Follows the list of channels while the daemon runs: a channel that comes gets its task, one
//! that goes is left in good order, one that is renamed goes on under its new name. The others
//! notice nothing of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use cliphound_twitch::ChannelLogin;
use tokio::sync::{
    mpsc::{self, error::TrySendError},
    oneshot,
};
use tokio_util::sync::CancellationToken;

use super::{
    answers::Voice,
    channel::{Channel, INBOX, Outlets, Plan, Shape, ToChannel},
    dashboard::Heirs,
    directory::Directory,
    ids::Renamed,
    inboxes::Roster,
    live_settings::LiveSettings,
    models::{self, Snapshot},
    posts,
};
use crate::{
    config::{Changes, Config},
    crew::{Crew, blocking, rest},
    records::renamed,
    time::TwitchTime,
};

/// Settings and renames that wait.
pub const QUEUE: usize = 4;

/// Pause before a channel whose queue was full is told again what holds in it.
const AGAIN_MS: i64 = 1_000;

/// Follows the channels.
pub struct Follower {
    config: Config,
    roster: Roster,
    directory: Directory,
    maker: Maker,
    voice: Voice,
    heirs: Heirs,
    /// By the names of now.
    followed: BTreeMap<ChannelLogin, Followed>,
    /// Names of the settings, and what those channels are called now.
    names: BTreeMap<ChannelLogin, ChannelLogin>,
    /// Those that somebody waits for.
    departures: Vec<Departure>,
    /// Those that are not told yet what holds in them now: their queues were full.
    untold: BTreeSet<ChannelLogin>,
}

/// What a channel's task is made with.
pub struct Maker {
    /// Where it hands on what its engine asks for.
    pub outlets: Outlets,
    /// Twitch's time.
    pub time: TwitchTime,
    /// Runs it.
    pub crew: Crew,
    /// Takes what it has learned when the daemon ends.
    pub snapshots: mpsc::Sender<Snapshot>,
    /// Folder of the models.
    pub models: PathBuf,
}

/// A channel that has a task.
struct Followed {
    /// Cancelled before the task's queue is closed: then it saves its model itself.
    is_left: CancellationToken,
    /// Closed when it has.
    ended: oneshot::Receiver<()>,
}

/// Somebody waits until a channel is not followed any more, and all that it learned is saved.
pub struct Departure {
    /// The channel, by its name of now.
    pub login: ChannelLogin,
    /// Told then.
    pub left: oneshot::Sender<()>,
}

/// What is to be followed next.
enum Next {
    Departure(Departure),
    Settings(Box<Config>),
    Renamed(Renamed),
    Again,
}

impl Follower {
    /// Starts the channels of the settings; `names` tells what those are called now that
    /// the settings call by an old name.
    pub fn start(
        config: Config,
        roster: Roster,
        directory: Directory,
        voice: Voice,
        maker: Maker,
        heirs: Heirs,
        names: BTreeMap<ChannelLogin, ChannelLogin>,
    ) -> Self {
        directory.tell_names(&names);
        let mut follower = Self {
            config,
            roster,
            directory,
            maker,
            voice,
            heirs,
            followed: BTreeMap::new(),
            names,
            departures: Vec::new(),
            untold: BTreeSet::new(),
        };
        tell_left_out(&follower.config);
        for (old, new) in &follower.names {
            tracing::info!(channel = %new, "was called {old}, as the settings still do");
        }
        follower.wanted().into_iter().for_each(|login| follower.add(login, None));
        follower
    }

    /// Follows what changes, until it is dropped.
    pub async fn run(
        mut self,
        mut settings: mpsc::Receiver<Config>,
        mut renames: mpsc::Receiver<Renamed>,
        mut departures: mpsc::Receiver<Departure>,
        live: Arc<LiveSettings>,
    ) {
        self.forget_old_names().await;
        let clock = self.maker.time.clock().clone();
        loop {
            let (is_told, again_ms) = (self.untold.is_empty(), clock.now_ms() + AGAIN_MS);
            let next = rest(async {
                tokio::select! {
                    () = clock.sleep_until_ms(again_ms), if !is_told => Next::Again,
                    Some(config) = settings.recv() => Next::Settings(Box::new(config)),
                    Some(renamed) = renames.recv() => Next::Renamed(renamed),
                    Some(departure) = departures.recv() => Next::Departure(departure),
                    else => std::future::pending().await,
                }
            });
            match next.await {
                Next::Settings(config) => {
                    live.set(&config, &self.names);
                    self.take_over(*config).await;
                }
                Next::Renamed(renamed) => {
                    self.rename(renamed).await;
                    live.set(&self.config, &self.names);
                }
                Next::Departure(departure) => self.departures.push(departure),
                Next::Again => self.tell_shapes(),
            }
            self.tell_departed();
        }
    }

    fn tell_departed(&mut self) {
        let (followed, waiting) = (&self.followed, std::mem::take(&mut self.departures));
        // Whoever has gone away meanwhile waits no more.
        let (left, stay): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .filter(|departure| !departure.left.is_closed())
            .partition(|departure| !followed.contains_key(&departure.login));
        for departure in left {
            let _ = departure.left.send(());
        }
        self.departures = stay;
    }

    /// Other settings hold from now on.
    async fn take_over(&mut self, config: Config) {
        let changes = Changes::between(&self.config, &config);
        if !changes.now.is_empty() {
            tracing::info!("the settings have changed: {}", changes.now);
        }
        if !changes.later.is_empty() {
            tracing::warn!("changed, takes effect at the next start: {}", changes.later.join(", "));
        }
        let old = std::mem::replace(&mut self.config, config);
        if old.twitch.left_out != self.config.twitch.left_out {
            tell_left_out(&self.config);
        }
        self.voice.answer(self.config.chat.answer);
        self.follow_the_list().await;
        let is_new =
            |login: &&ChannelLogin| self.shape(&self.config, login) != self.shape(&old, login);
        let changed: Vec<_> = self.followed.keys().filter(is_new).cloned().collect();
        self.untold.extend(changed);
        self.tell_shapes();
        self.forget_old_names().await;
    }

    /// Tells channels what holds in them now.
    fn tell_shapes(&mut self) {
        let untold = std::mem::take(&mut self.untold);
        let shape = |login: &_| ToChannel::Shape(Box::new(self.shape(&self.config, login)));
        self.untold = tell(&self.roster, untold, shape);
    }

    async fn follow_the_list(&mut self) {
        self.names.retain(|old, _| self.config.twitch.channels.contains(old));
        self.directory.tell_names(&self.names);
        let wanted = self.wanted();
        let is_wanted: BTreeSet<_> = wanted.iter().collect();
        let gone: Vec<_> =
            self.followed.keys().filter(|login| !is_wanted.contains(login)).cloned().collect();
        for login in gone {
            self.leave(&login).await;
        }
        wanted.into_iter().for_each(|login| self.add(login, None));
    }

    /// The channels of the settings by the names of now.
    fn wanted(&self) -> Vec<ChannelLogin> {
        let listed = self.config.twitch.channels.iter();
        let now = listed.map(|login| self.names.get(login).unwrap_or(login));
        now.filter(|login| !self.config.twitch.never.contains(login)).cloned().collect()
    }

    /// Follows a channel, whose id is known already where it was called otherwise.
    fn add(&mut self, login: ChannelLogin, id: Option<String>) {
        if self.followed.contains_key(&login) {
            return;
        }
        let Maker { outlets, time, crew, snapshots, models } = &self.maker;
        let (shape, models) = (self.shape(&self.config, &login), models.clone());
        let plan = Plan { login: login.clone(), shape, models: models.clone() };
        let channel = Channel::new(plan, outlets.clone(), time.clone());
        let (inbox, lines) = mpsc::channel(INBOX);
        if let Some(id) = id {
            // Before anything that chat tells; nobody else knows the queue yet.
            let _ = inbox.try_send(ToChannel::Id(id));
        }
        let (has_ended, ended) = oneshot::channel();
        let is_left = CancellationToken::new();
        let (snapshots, saves) = (snapshots.clone(), is_left.clone());
        let restarts = crew.restarts(posts::CHANNEL.name()).until(is_left.clone());
        crew.watch(posts::CHANNEL.about(login.as_str()), async move {
            let snapshot = channel.run(lines, restarts).await;
            if saves.is_cancelled() {
                models::save(&models, vec![snapshot]).await;
            } else {
                drop(snapshots.send(snapshot).await);
            }
            drop(has_ended);
        });
        self.followed.insert(login.clone(), Followed { is_left, ended });
        self.roster.add(login, inbox);
    }

    /// Leaves a channel: its room, its queue's rest, its model. Clips under way are finished
    /// by those who make them.
    async fn leave(&mut self, login: &ChannelLogin) {
        let Some(followed) = self.followed.remove(login) else { return };
        followed.is_left.cancel();
        self.roster.remove(login);
        self.directory.forget(login);
        // Nothing is sent: it is dropped at the end.
        let _ = rest(followed.ended).await;
        tracing::info!(channel = %login, "is not followed any more; its model is saved");
    }

    /// A channel is called otherwise now. It stays the same one: by its id.
    async fn rename(&mut self, renamed: Renamed) {
        let Renamed { from, to, id } = renamed;
        if !self.followed.contains_key(&from) || from == to {
            return;
        }
        self.leave(&from).await;
        let (models, old, new, same) =
            (self.maker.models.clone(), from.clone(), to.clone(), id.clone());
        let listed = self.listed_as(&from);
        let noted = listed.clone();
        let moved = blocking("moving a model", move || {
            let moved = renamed::follow(&models, &old, &new, &same)?;
            for name in noted.iter().filter(|name| **name != old) {
                renamed::follow(&models, name, &new, &same)?;
            }
            anyhow::Ok(moved)
        });
        if let Err(error) = moved.await.map_err(anyhow::Error::from).flatten() {
            tracing::error!(channel = %to, "its model stays under its old name {from}: {error:#}");
        }
        self.heirs.carry(&from, &to).await;
        for name in listed {
            self.heirs.carry(&name, &to).await;
            self.names.insert(name, to.clone());
        }
        self.directory.tell_names(&self.names);
        if self.config.twitch.never.contains(&to) {
            tracing::info!(channel = %from, "is called {to} now, which is in twitch.never: it is not followed");
            return;
        }
        tracing::info!(
            channel = %to,
            "was called {from} and is followed under its new name; you can change it in the settings, too (twitch.channels, channels of alerts)"
        );
        self.directory.tell(&to, &id);
        self.add(to, Some(id));
    }

    /// What holds in a channel, by whatever name its settings call it.
    fn shape(&self, config: &Config, login: &ChannelLogin) -> Shape {
        let listed = self.listed_as(login);
        let has_own = |name: &&ChannelLogin| config.own().any(|(own, _)| own == *name);
        let name = [login].into_iter().chain(&listed).find(has_own).unwrap_or(login);
        let clips = config.clips_of(name);
        Shape {
            settings: config.engine_settings(name),
            title: clips.title.clone(),
            length: clips.duration_s,
            publish: clips.publish,
            signals: config.signals.clone(),
        }
    }

    /// What the settings call a channel of this name.
    fn listed_as(&self, login: &ChannelLogin) -> Vec<ChannelLogin> {
        let listed = self.config.twitch.channels.iter();
        let is_it = |name: &&ChannelLogin| self.names.get(*name).unwrap_or(name) == login;
        listed.filter(is_it).cloned().collect()
    }

    /// A name that the settings have no more means nobody in particular.
    async fn forget_old_names(&self) {
        let (models, listed) = (self.maker.models.clone(), self.config.twitch.channels.clone());
        let forget =
            blocking("forgetting a name", move || renamed::forget_others(&models, &listed));
        if let Ok(Err(error)) = forget.await {
            tracing::warn!(%error, "what channels were called can't be forgotten");
        }
    }
}

/// Tells these channels something, and gives those that are to be told later. One whose queue is
/// full, because it panicked and takes minutes before it begins anew, holds up nobody else; one
/// that has left is told nothing.
fn tell(
    roster: &Roster,
    mut untold: BTreeSet<ChannelLogin>,
    line: impl Fn(&ChannelLogin) -> ToChannel,
) -> BTreeSet<ChannelLogin> {
    untold.retain(|login| {
        let Some(inbox) = roster.get(login) else { return false };
        matches!(inbox.try_send(line(login)), Err(TrySendError::Full(_)))
    });
    untold
}

/// Who is in both lists is told, so that nobody wonders.
fn tell_left_out(config: &Config) {
    for login in &config.twitch.left_out {
        tracing::info!(channel = %login, "is in twitch.never: not joined, not clipped");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_queue_is_full_is_told_later_and_holds_up_nobody() {
        let names = ["ann", "bob", "gone"].map(|name| ChannelLogin::parse(name).unwrap());
        let [ann, bob, _] = &names;
        let ((ann_in, mut ann_out), (bob_in, mut bob_out)) = (mpsc::channel(1), mpsc::channel(1));
        let (roster, _inboxes) = Roster::new();
        roster.add(ann.clone(), ann_in.clone());
        roster.add(bob.clone(), bob_in);
        ann_in.try_send(ToChannel::Id("before".to_owned())).unwrap();
        let line = |login: &ChannelLogin| ToChannel::Id(login.to_string());
        let told = |outs: &mut mpsc::Receiver<ToChannel>| match outs.try_recv() {
            Ok(ToChannel::Id(id)) => Some(id),
            _ => None,
        };

        let untold = tell(&roster, names.iter().cloned().collect(), line);
        assert_eq!(untold, BTreeSet::from([ann.clone()]));
        assert_eq!(told(&mut bob_out).as_deref(), Some("bob"));
        assert_eq!(tell(&roster, untold.clone(), line), untold, "it is still full");
        assert_eq!(told(&mut ann_out).as_deref(), Some("before"));
        assert_eq!(tell(&roster, untold, line), BTreeSet::new());
        assert_eq!(told(&mut ann_out).as_deref(), Some("ann"));
        assert_eq!(told(&mut bob_out), None, "who knows it is not told again");
    }
}
