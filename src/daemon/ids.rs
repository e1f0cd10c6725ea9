//! The channels' user ids by Get Users, and who is called otherwise now.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use cliphound_clock::Clock;
use cliphound_twitch::{
    ChannelLogin,
    helix::{HelixError, User},
};
use tokio::sync::mpsc;

use super::{
    account::Account, channel::ToChannel, directory::Directory, inboxes::Inboxes, named::named,
    sources::Watch,
};
use crate::{
    crew::{blocking, rest},
    records::renamed,
};

/// How long to wait when Twitch did not answer.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// How often all are asked about.
const EVERY_MS: i64 = 3_600_000;
/// How often it is looked whether some are not heard …
const LOOK: Duration = Duration::from_secs(60);
/// … and how often all are asked about while some are not: they may be called otherwise.
const SILENT_EVERY_MS: i64 = 300_000;

/// A channel that is called otherwise now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// What it was called.
    pub from: ChannelLogin,
    /// What it is called now.
    pub to: ChannelLogin,
    /// Its user id, which stays.
    pub id: String,
}

/// Asks Twitch who the channels are.
#[derive(Clone)]
pub struct Resolver {
    /// Asks.
    pub account: Account,
    /// Who is told.
    pub inboxes: Inboxes,
    /// Keeps the ids.
    pub directory: Directory,
    /// How many channels are heard.
    pub heard: Watch,
    /// Takes those that were renamed.
    pub renames: mpsc::Sender<Renamed>,
    /// Folder of the models, which know ids, too.
    pub models: PathBuf,
    /// Our clock.
    pub clock: Clock,
}

impl Resolver {
    /// Asks at the start, when channels come, hourly, and while some stay silent.
    pub async fn run(mut self) {
        let mut known = Known::default();
        loop {
            self.inboxes.take_changed();
            let logins = self.inboxes.logins();
            self.remember(&mut known, &logins).await;
            // Each request has a time-out of its own; limits may hold it back for minutes.
            match rest(self.ask(&mut known, &logins)).await {
                Ok(()) => rest(self.wait()).await,
                // Nobody is logged in, or the token is worth nothing: until somebody logs in.
                Err(HelixError::NoToken(_) | HelixError::Unauthorized(_))
                    if !self.account.is_usable() =>
                {
                    rest(self.account.usable()).await;
                }
                Err(error) => {
                    tracing::debug!(%error, "the channels' ids are not known yet");
                    rest(self.clock.sleep(AGAIN_AFTER)).await;
                }
            }
        }
    }

    /// What the disk knows of channels that are new here.
    async fn remember(&self, known: &mut Known, logins: &[ChannelLogin]) {
        known.0.retain(|login, _| logins.contains(login));
        let new: Vec<_> =
            logins.iter().filter(|login| !known.0.contains_key(*login)).cloned().collect();
        let models = self.models.clone();
        let read = blocking("moving models", move || {
            let id = |login: ChannelLogin| (renamed::remembered_id(&models, &login), login);
            new.into_iter().map(id).collect::<Vec<_>>()
        });
        for (id, login) in read.await.unwrap_or_default() {
            known.0.insert(login, Standing { id, is_told: false });
        }
    }

    async fn ask(&self, known: &mut Known, logins: &[ChannelLogin]) -> Result<(), HelixError> {
        let users = self.account.helix.users(logins).await?;
        let suspects = known.suspects(&users);
        let found = match suspects.as_slice() {
            [] => Vec::new(),
            ids => self.account.helix.users_by_id(ids).await?,
        };
        let news = known.judge(&users, &found);
        for login in known.unknown().filter(|login| self.inboxes.has(login)) {
            self.directory.tell_unknown(login);
        }
        let mut nobodies = Vec::new();
        for news in in_order(news) {
            match news {
                News::Id(login, id) => self.tell(&login, id),
                News::Renamed(renamed) => {
                    // It waits there until the last one was followed.
                    drop(self.renames.send(renamed).await);
                }
                News::Nobody(login) => nobodies.push(login),
            }
        }
        tell_nobodies(&nobodies);
        Ok(())
    }

    fn tell(&self, login: &ChannelLogin, id: String) {
        if self.inboxes.has(login) {
            self.directory.tell(login, &id);
            // A channel that does not keep up hears it from chat.
            let _ = self.inboxes.tell(login, ToChannel::Id(id));
        }
    }

    /// Until it is time to ask again.
    async fn wait(&mut self) {
        let asked_ms = self.clock.now_ms();
        let mut rounds_silent = 0;
        loop {
            tokio::select! {
                () = self.inboxes.changed() => return,
                () = self.clock.sleep(LOOK) => {}
            }
            let for_ms = self.clock.now_ms() - asked_ms;
            let all_heard = self.heard.channels_heard() >= self.inboxes.logins().len();
            rounds_silent = if all_heard { 0 } else { rounds_silent + 1 };
            if for_ms >= EVERY_MS || (rounds_silent > 1 && for_ms >= SILENT_EVERY_MS) {
                return;
            }
        }
    }
}

/// One line for all: an answer of Twitch that lacks many is one fault.
fn tell_nobodies(logins: &[ChannelLogin]) {
    match logins {
        [] => {}
        [login] => {
            tracing::warn!(channel = %login, "there is no such channel on Twitch: check its name");
        }
        logins => {
            let all = named(logins.iter().map(ToString::to_string));
            tracing::warn!("there are no such channels on Twitch: check the names {all}");
        }
    }
}

/// Who the channels are, as far as is known. Pure.
#[derive(Debug, Default)]
struct Known(BTreeMap<ChannelLogin, Standing>);

#[derive(Debug)]
struct Standing {
    id: Option<String>,
    /// That there is no such channel.
    is_told: bool,
}

/// What an answer of Twitch comes to.
#[derive(Debug, PartialEq, Eq)]
enum News {
    Id(ChannelLogin, String),
    Renamed(Renamed),
    Nobody(ChannelLogin),
}

impl Known {
    /// Those of which Twitch knows no channel.
    fn unknown(&self) -> impl Iterator<Item = &ChannelLogin> {
        self.0.iter().filter(|(_, standing)| standing.is_told).map(|(login, _)| login)
    }

    /// Ids whose names are nobody's or somebody else's now.
    fn suspects(&self, users: &[User]) -> Vec<String> {
        let is_elsewhere = |(login, standing): (&ChannelLogin, &Standing)| {
            let id = standing.id.as_ref()?;
            (id_of(users, login) != Some(id)).then(|| id.clone())
        };
        let ids: BTreeSet<_> = self.0.iter().filter_map(is_elsewhere).collect();
        ids.into_iter().collect()
    }

    /// What follows from who has the names (`users`) and who the suspects are now (`found`).
    fn judge(&mut self, users: &[User], found: &[User]) -> Vec<News> {
        let mut news = Vec::new();
        for (login, standing) in &mut self.0 {
            let now = id_of(users, login);
            let renamed = standing.id.as_ref().filter(|id| now != Some(id)).and_then(|id| {
                let user = found.iter().find(|user| user.id == *id)?;
                let to = ChannelLogin::parse(&user.login).ok().filter(|to| to != login)?;
                Some(Renamed { from: login.clone(), to, id: id.clone() })
            });
            if let Some(renamed) = renamed {
                news.push(News::Renamed(renamed));
            } else if let Some(id) = now {
                // Also when the one it meant is gone for good: nothing is inherited, for the
                // model knows whose it is.
                standing.id = Some(id.clone());
                standing.is_told = false;
                news.push(News::Id(login.clone(), id.clone()));
            } else if !std::mem::replace(&mut standing.is_told, true) {
                news.push(News::Nobody(login.clone()));
            }
        }
        news
    }
}

/// Who takes another's old name comes after that one has left it.
fn in_order(news: Vec<News>) -> Vec<News> {
    let (mut renamed, mut ordered): (Vec<_>, Vec<_>) =
        news.into_iter().partition(|news| matches!(news, News::Renamed(_)));
    let is_left = |name: &ChannelLogin, all: &[News]| {
        !all.iter().any(|news| matches!(news, News::Renamed(other) if other.from == *name))
    };
    let is_next = |news: &News, all: &[News]| matches!(news, News::Renamed(renamed) if is_left(&renamed.to, all));
    while let Some(next) = renamed.iter().position(|news| is_next(news, &renamed)) {
        ordered.push(renamed.remove(next));
    }
    // Those who swapped their names.
    ordered.extend(renamed);
    ordered
}

fn id_of<'a>(users: &'a [User], login: &ChannelLogin) -> Option<&'a String> {
    users.iter().find(|user| user.login == login.as_str()).map(|user| &user.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(name: &str) -> ChannelLogin {
        ChannelLogin::parse(name).unwrap()
    }

    fn users(users: &[(&str, &str)]) -> Vec<User> {
        let user = |(id, login): &(&str, &str)| User {
            id: (*id).to_owned(),
            login: (*login).to_owned(),
            display_name: String::new(),
        };
        users.iter().map(user).collect()
    }

    #[test]
    fn a_channel_is_followed_by_its_id_and_its_name_is_not_inherited() {
        let check = |id: Option<&str>,
                     now: &[(&str, &str)],
                     by_id: &[(&str, &str)],
                     suspects: &[&str],
                     expected: Option<News>| {
            let id = id.map(str::to_owned);
            let standing = Standing { id, is_told: false };
            let mut known = Known(BTreeMap::from([(login("old"), standing)]));
            assert_eq!(known.suspects(&users(now)), suspects);
            let news = known.judge(&users(now), &users(by_id));
            assert_eq!(news, Vec::from_iter(expected));
        };
        let is = |id: &str| Some(News::Id(login("old"), id.to_owned()));
        let renamed = || {
            Some(News::Renamed(Renamed { from: login("old"), to: login("new"), id: "7".into() }))
        };
        check(None, &[("7", "old")], &[], &[], is("7"));
        check(Some("7"), &[("7", "old")], &[], &[], is("7"));
        check(Some("7"), &[], &[("7", "new")], &["7"], renamed());
        check(Some("7"), &[("9", "old")], &[("7", "new")], &["7"], renamed());
        // Gone for good: whoever has the name now is somebody new.
        check(Some("7"), &[("9", "old")], &[], &["7"], is("9"));
        check(Some("7"), &[], &[], &["7"], Some(News::Nobody(login("old"))));
        check(None, &[], &[], &[], Some(News::Nobody(login("old"))));
        // Renamed between the two questions and back.
        check(Some("7"), &[], &[("7", "old")], &["7"], Some(News::Nobody(login("old"))));
    }

    #[test]
    fn who_takes_anothers_old_name_comes_after_that_one() {
        let renamed = |from: &str, to: &str| {
            News::Renamed(Renamed { from: login(from), to: login(to), id: from.to_owned() })
        };
        let chain = || [renamed("ann", "bea"), renamed("bea", "cat"), renamed("dan", "ann")];
        let ordered = in_order(chain().into());
        let [first, second, third] = chain();
        assert_eq!(ordered, [second, first, third]);
        let swap = || vec![renamed("ann", "bea"), renamed("bea", "ann")];
        assert_eq!(in_order(swap()), swap());
    }

    #[test]
    fn that_there_is_no_such_channel_is_told_once() {
        let standing = Standing { id: None, is_told: false };
        let mut known = Known(BTreeMap::from([(login("old"), standing)]));
        assert_eq!(known.judge(&[], &[]), [News::Nobody(login("old"))]);
        assert_eq!(known.judge(&[], &[]), []);
        assert_eq!(known.unknown().collect::<Vec<_>>(), [&login("old")], "and stays so");
        assert_eq!(known.judge(&users(&[("7", "old")]), &[]).len(), 1);
        assert_eq!(known.unknown().count(), 0);
        assert_eq!(known.judge(&[], &[]), [News::Nobody(login("old"))]);
    }
}
