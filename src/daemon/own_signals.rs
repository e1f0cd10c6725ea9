//! EventSub for those who own a channel that is watched: what Twitch tells nobody else.
//!
//! Each owner has a session of its own, by its own token, while there is one that may hear
//! something; whatever chat is read by.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Context as _;
use cliphound_clock::Clock;
use cliphound_twitch::{
    ChannelLogin,
    chat::Heard,
    eventsub::{self, EventSubConfig, EventSubHandle, Kind, Plan, Watched, Wishes},
    helix::{EventSubApi, Helix},
    irc::{Endpoint, client::DEFAULT_QUEUE},
    oauth::{Identity, stored::Role},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use url::Url;

use super::{account::Account, inboxes::Inboxes, posts};
use crate::{
    config::Config,
    crew::{named, rest},
};

/// How often the accounts are looked at; nobody is asked for that.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A session that hears nothing at all asks again after so long.
const IDLE_PAUSE_MS: i64 = 600_000;

/// Keeps the sessions of all owners.
pub struct OwnSignals {
    account: Account,
    endpoint: Url,
    api: Url,
    clock: Clock,
    tasks: TaskTracker,
    stop: CancellationToken,
    followed: Inboxes,
    /// By the owner's user id.
    running: BTreeMap<String, Running>,
}

/// Somebody who owns a channel, and by which role's token.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Owner {
    role: Role,
    login: ChannelLogin,
    user_id: String,
    scopes: Vec<String>,
}

/// A session; dropping it ends it.
struct Running {
    owner: Owner,
    handle: EventSubHandle,
    handing_on: JoinHandle<()>,
    /// Told when the owner's token has changed.
    changes: watch::Receiver<()>,
    /// When to ask again, if nothing is heard at all.
    again_ms: i64,
    _ends: DropGuard,
}

impl OwnSignals {
    /// Checks what can be checked without a network. `followed`: the channels to watch, as
    /// they are now.
    ///
    /// # Errors
    /// When EventSub's address can't be used.
    pub fn new(
        config: &Config,
        account: Account,
        clock: Clock,
        tasks: TaskTracker,
        stop: CancellationToken,
        followed: Inboxes,
    ) -> anyhow::Result<Self> {
        let endpoint = config.endpoints.eventsub.url().clone();
        Endpoint::check(&endpoint).context("EventSub can't be used")?;
        let api = config.endpoints.eventsub_api.url().clone();
        let running = BTreeMap::new();
        Ok(Self { account, endpoint, api, clock, tasks, stop, followed, running })
    }

    /// Tells `out` what the owners hear, until `stop`.
    pub async fn run(mut self, out: mpsc::Sender<Heard>) {
        loop {
            self.settle(&out);
            let pause = self.clock.sleep(LOOK_EVERY);
            if rest(self.stop.run_until_cancelled(pause)).await.is_none() {
                return;
            }
        }
    }

    /// Ends the sessions that are not wanted any more, and starts those that are missing.
    fn settle(&mut self, out: &mpsc::Sender<Heard>) {
        let wanted = owners(self.seats(), &self.followed.logins());
        self.running.retain(|user_id, running| {
            let is_wanted = wanted.get(user_id) == Some(&running.owner);
            if !is_wanted {
                tracing::info!(channel = %running.owner.login, "the signals by its owner's token end");
            }
            is_wanted && !running.handing_on.is_finished()
        });
        let now_ms = self.clock.now_ms();
        self.running.values_mut().for_each(|running| running.ask_again(now_ms));
        for (user_id, owner) in wanted {
            if !self.running.contains_key(&user_id)
                && let Some(running) = self.start(owner, out.clone())
            {
                self.running.insert(user_id, running);
            }
        }
    }

    /// Everybody who is logged in and known.
    fn seats(&self) -> Vec<Owner> {
        let seat = |role| {
            let (tokens, _) = self.account.of_role(role)?;
            let Identity { login, user_id, scopes, .. } = tokens.identity()?;
            Some(Owner { role, login: ChannelLogin::parse(&login).ok()?, user_id, scopes })
        };
        [Role::Broadcaster, Role::Clipper].into_iter().filter_map(seat).collect()
    }

    fn start(&self, owner: Owner, out: mpsc::Sender<Heard>) -> Option<Running> {
        let (tokens, helix) = self.account.of_role(owner.role)?;
        let changes = tokens.changes();
        let (config, api) = self.session(&owner, helix.clone());
        tracing::info!(channel = %owner.login, "EventSub: {}", config.plan.explain());
        let stop = self.stop.child_token();
        let ends = stop.clone().drop_guard();
        let started = eventsub::start(config, api, self.clock.clone(), &self.tasks, stop);
        let (handle, mut heard) =
            started.inspect_err(|error| tracing::error!("EventSub can't be used: {error}")).ok()?;
        // Until the session's queue is empty, also at the end.
        let post = posts::HANDING_ON.about(owner.login.as_str());
        let handing_on = self.tasks.spawn(named(&post, async move {
            while let Some(heard) = heard.recv().await {
                if out.send(heard).await.is_err() {
                    return;
                }
            }
        }));
        let again_ms = self.clock.now_ms() + IDLE_PAUSE_MS;
        Some(Running { owner, handle, handing_on, changes, again_ms, _ends: ends })
    }

    fn session(&self, owner: &Owner, helix: Helix) -> (EventSubConfig, Arc<EventSubApi>) {
        let channels = vec![Watched { login: owner.login.clone(), id: owner.user_id.clone() }];
        let plan = Plan::new(&Wishes {
            user_id: &owner.user_id,
            scopes: &owner.scopes,
            channels: &channels,
            chat: false,
            signals: true,
        });
        let (endpoint, queue) = (self.endpoint.clone(), DEFAULT_QUEUE);
        let config = EventSubConfig { endpoint, plan, channels, queue, refusals: None };
        (config, Arc::new(EventSubApi::new(helix, self.api.clone(), owner.user_id.clone())))
    }
}

impl Running {
    /// Asks for what Twitch ended or did not give: when the token has changed, and now and then
    /// while nothing is heard at all.
    fn ask_again(&mut self, now_ms: i64) {
        let has_changed = self.changes.has_changed().unwrap_or(false);
        let is_due = now_ms >= self.again_ms && self.handle.stats().idle > 0;
        if has_changed || is_due {
            self.changes.mark_unchanged();
            self.again_ms = now_ms + IDLE_PAUSE_MS;
            self.handle.retry_now();
        }
    }
}

impl Owner {
    /// How many types its token may hear.
    fn hears(&self) -> usize {
        Kind::own().filter(|kind| kind.is_allowed(&self.scopes)).count()
    }
}

/// Who of these owns a watched channel and may hear something, by user id: of one user's
/// tokens the one that hears more, else the first.
fn owners(seats: Vec<Owner>, followed: &[ChannelLogin]) -> BTreeMap<String, Owner> {
    let mut owners: BTreeMap<String, Owner> = BTreeMap::new();
    for seat in seats {
        let known = owners.get(&seat.user_id).map_or(0, Owner::hears);
        if followed.contains(&seat.login) && seat.hears() > known {
            owners.insert(seat.user_id.clone(), seat);
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(role: Role, login: &str, scopes: &[&str]) -> Owner {
        Owner {
            role,
            login: ChannelLogin::parse(login).unwrap(),
            user_id: format!("id of {login}"),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        }
    }

    fn check(seats: &[Owner], expected: &[&Owner]) {
        let followed = ["ninja", "shroud"].map(|login| ChannelLogin::parse(login).unwrap());
        let found = owners(seats.to_vec(), &followed);
        assert_eq!(found.values().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn each_owner_has_one_session_by_the_token_that_hears_most() {
        use Role::{Broadcaster, Clipper};
        let ads = owner(Broadcaster, "ninja", &["channel:read:ads"]);
        check(std::slice::from_ref(&ads), &[&ads]);
        let same = owner(Clipper, "ninja", &["channel:read:ads", "clips:edit"]);
        check(&[ads.clone(), same], &[&ads]);
        let more = owner(Clipper, "ninja", &["channel:read:ads", "bits:read"]);
        check(&[ads.clone(), more.clone()], &[&more]);
        let other = owner(Clipper, "shroud", &["channel:manage:polls"]);
        check(&[ads.clone(), other.clone()], &[&ads, &other]);
        check(&[owner(Clipper, "shroud", &["clips:edit"])], &[]);
        check(&[owner(Broadcaster, "stranger", &["channel:read:ads"])], &[]);
    }
}
