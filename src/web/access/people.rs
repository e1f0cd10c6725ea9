//! Who may look: what the page and the API of people do.

use std::collections::BTreeMap;

use cliphound_store::access::{NewPerson, Person};
use cliphound_twitch::ChannelLogin;

use super::{Access, Role, secret};
use crate::web::Problem;

/// An invitation is good for so long, in ms: a week.
pub const INVITED_MS: i64 = 7 * 86_400_000;
/// Letters of a name at most.
const NAME: usize = 32;

/// Somebody, and what is granted to them.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Who.
    pub person: Person,
    /// What they may do in every channel by the settings (`web.owners` …), whatever the database
    /// says.
    pub by_settings: Option<Role>,
    /// What they may do in single channels.
    pub grants: BTreeMap<String, String>,
    /// In how many browsers they are logged in.
    pub sessions: usize,
    /// How many API tokens they have.
    pub tokens: usize,
}

/// What is known of somebody who is to be let in.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// Their name.
    pub name: &'a str,
    /// What they may do in every channel.
    pub role: Option<Role>,
    /// Whom Twitch must say that they are; without that they get a link to set a password.
    pub twitch: Option<&'a str>,
}

impl Access {
    /// Everybody, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people(&self) -> Result<Vec<Person>, Problem> {
        Ok(self.0.store.people().await?)
    }

    /// What is known of some of them, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn entries(&self, people: Vec<Person>) -> Result<Vec<Entry>, Problem> {
        let (mut entries, tokens) = (Vec::new(), self.tokens(None).await?);
        for person in people {
            let login = person.twitch_login.as_deref();
            let by_settings = login.and_then(|login| super::rights::of_login(self.web(), login));
            let grants = self.0.store.grants(person.id).await?;
            let sessions = self.sessions(person.id).await?.len();
            let tokens = tokens.iter().filter(|token| token.person == person.id).count();
            entries.push(Entry { person, by_settings, grants, sessions, tokens });
        }
        Ok(entries)
    }

    /// Somebody, by id.
    ///
    /// # Errors
    /// 404 when there is nobody.
    pub async fn somebody(&self, id: i64) -> Result<Person, Problem> {
        let person = self.0.store.person(id).await?;
        person.ok_or_else(|| Problem::not_found("there is no such person (any more)"))
    }

    /// What is granted to somebody, by the channel's login.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn grants(&self, id: i64) -> Result<BTreeMap<String, String>, Problem> {
        Ok(self.0.store.grants(id).await?)
    }

    /// Somebody's id, by name.
    ///
    /// # Errors
    /// 404 when there is nobody of that name.
    pub async fn id_of(&self, name: &str) -> Result<i64, Problem> {
        let person = self.0.store.person_called(name).await?;
        let person = person.ok_or_else(|| Problem::not_found("there is nobody of that name"))?;
        Ok(person.id)
    }

    /// Adds somebody; their id.
    ///
    /// # Errors
    /// 422 when a name will not do, 409 when it is taken.
    pub async fn add_person(&self, wanted: &Wanted<'_>) -> Result<i64, Problem> {
        name_fits(wanted.name)?;
        let twitch = wanted.twitch.map(ChannelLogin::parse).transpose();
        let twitch = twitch.map_err(|error| Problem::bad(error.to_string()))?;
        let new = NewPerson {
            name: wanted.name,
            role: wanted.role.map(Role::as_str),
            twitch_login: twitch.as_ref().map(ChannelLogin::as_str),
            now_ms: self.now_ms(),
            ..NewPerson::default()
        };
        let id = self.0.store.add_person(&new).await.map_err(refused)?;
        tracing::info!(who = wanted.name, "somebody may look at the dashboard");
        Ok(id)
    }

    /// The code of a link by which somebody sets a password, for a week; an earlier one is of no
    /// use any more.
    ///
    /// # Errors
    /// 404 when there is nobody.
    pub async fn invite(&self, id: i64) -> Result<String, Problem> {
        self.somebody(id).await?;
        let code = secret::word();
        self.0.store.invite(id, &secret::hash(&code), self.now_ms() + INVITED_MS).await?;
        Ok(code)
    }

    /// What somebody may do in every channel.
    ///
    /// # Errors
    /// 409 for the last owner.
    pub async fn set_role(&self, id: i64, role: Option<Role>) -> Result<(), Problem> {
        self.somebody(id).await?;
        self.0.store.set_role(id, role.map(Role::as_str)).await.map_err(refused)
    }

    /// All that somebody may do, at once: in every channel, and (`None`: as before) in single
    /// ones, by login.
    ///
    /// # Errors
    /// 422 when a channel's name is none, 409 for the last owner and when too many are granted; then
    /// nothing has changed.
    pub async fn set_rights(
        &self,
        id: i64,
        role: Option<Role>,
        grants: Option<&BTreeMap<String, Role>>,
    ) -> Result<(), Problem> {
        self.somebody(id).await?;
        let checked = |(channel, role): (&String, &Role)| match ChannelLogin::parse(channel) {
            Ok(channel) => Ok((channel.as_str().to_owned(), role.as_str())),
            Err(error) => Err(Problem::bad(error.to_string())),
        };
        let checked = |all: &BTreeMap<_, _>| all.iter().map(checked).collect();
        let grants: Option<Result<BTreeMap<String, &str>, Problem>> = grants.map(checked);
        let (role, grants) = (role.map(Role::as_str), grants.transpose()?);
        self.0.store.set_rights(id, role, grants.as_ref()).await.map_err(refused)
    }

    /// What somebody may do in a channel; `None` takes it back.
    ///
    /// # Errors
    /// 422 when the channel's name is none, 409 when too many are granted.
    pub async fn grant(&self, id: i64, channel: &str, role: Option<Role>) -> Result<(), Problem> {
        let channel = ChannelLogin::parse(channel).map_err(|e| Problem::bad(e.to_string()))?;
        self.somebody(id).await?;
        let role = role.map(Role::as_str);
        self.0.store.set_grant(id, channel.as_str(), role).await.map_err(refused)
    }

    /// Logs somebody out in all their browsers. Their tokens stay.
    ///
    /// # Errors
    /// 404 when there is nobody.
    pub async fn log_out_everywhere(&self, id: i64) -> Result<(), Problem> {
        let person = self.somebody(id).await?;
        let ended = self.0.store.end_sessions(id).await?;
        tracing::info!(who = person.name, ended, "somebody was logged out everywhere");
        Ok(())
    }

    /// Removes somebody, with their sessions and tokens.
    ///
    /// # Errors
    /// 409 for the last owner.
    pub async fn remove_person(&self, id: i64) -> Result<(), Problem> {
        let person = self.somebody(id).await?;
        self.0.store.remove_person(id).await.map_err(refused)?;
        tracing::info!(who = person.name, "somebody may not look at the dashboard any more");
        Ok(())
    }
}

/// Whether a name will do.
///
/// # Errors
/// 422 with what is wrong with it.
pub fn name_fits(name: &str) -> Result<(), Problem> {
    let is_fine = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let length = name.chars().count();
    if (1..=NAME).contains(&length) && name.chars().all(is_fine) {
        return Ok(());
    }
    Err(Problem::bad(format!("a name has 1 to {NAME} letters, digits, “.”, “-” or “_”")))
}

pub(super) fn refused(error: cliphound_store::StoreError) -> Problem {
    use cliphound_store::StoreError::{LastOwner, NameTaken, TooMany};
    match error {
        NameTaken(_) | TooMany(_) | LastOwner => Problem::conflict(error.to_string()),
        error => error.into(),
    }
}
