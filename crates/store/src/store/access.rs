//! The store's part about who may look.

use std::collections::BTreeMap;

use super::Store;
use crate::{
    access::{CameIn, Hash, NewPerson, NewSession, NewToken, Person, SessionRow, TokenRow},
    error::StoreError,
    sqlite::access::{people, sessions, tokens},
};

/// One line a question: `ask!(self, people::all())`.
macro_rules! ask {
    ($store:expr, $part:ident :: $name:ident ( $($argument:expr),* )) => {{
        let mut conn = $store.reader().await?;
        $store.named($part::$name(&mut conn, $($argument),*).await)
    }};
}

/// The same for what changes something.
macro_rules! change {
    ($store:expr, $part:ident :: $name:ident ( $($argument:expr),* )) => {{
        let mut turn = $store.turn().await?;
        let conn = $store.connection(&mut turn)?;
        $store.named($part::$name(conn, $($argument),*).await)
    }};
}

impl Store {
    /// Everybody, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people(&self) -> Result<Vec<Person>, StoreError> {
        ask!(self, people::all())
    }

    /// Somebody, by name, whether in small letters or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn person_called(&self, name: &str) -> Result<Option<Person>, StoreError> {
        ask!(self, people::called(name))
    }

    /// Somebody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn person(&self, id: i64) -> Result<Option<Person>, StoreError> {
        ask!(self, people::with_id(id))
    }

    /// Whoever is this account at Twitch; else whoever shall be by that login.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn person_at_twitch(
        &self,
        id: &str,
        login: &str,
    ) -> Result<Option<Person>, StoreError> {
        ask!(self, people::at_twitch(id, login))
    }

    /// Whoever was invited by this, as long as it is good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invited(&self, invite: &Hash, now_ms: i64) -> Result<Option<Person>, StoreError> {
        ask!(self, people::invited(invite, now_ms))
    }

    /// Somebody's password, as a PHC string.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn password(&self, person: i64) -> Result<Option<String>, StoreError> {
        ask!(self, people::password(person))
    }

    /// Whether anybody has a password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_password(&self) -> Result<bool, StoreError> {
        ask!(self, people::has_password())
    }

    /// What somebody may do in single channels, by login.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn grants(&self, person: i64) -> Result<BTreeMap<String, String>, StoreError> {
        ask!(self, people::grants(person))
    }

    /// Adds somebody.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`], [`StoreError::TooMany`]; or the database fails.
    pub async fn add_person(&self, new: &NewPerson<'_>) -> Result<i64, StoreError> {
        change!(self, people::add(new))
    }

    /// Adds somebody unless there is somebody with a password: then `None`.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`]; or the database fails.
    pub async fn add_first_person(&self, new: &NewPerson<'_>) -> Result<Option<i64>, StoreError> {
        change!(self, people::add_first(new))
    }

    /// Somebody's new password, a PHC string: their sessions end, their invitation, too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password(&self, person: i64, password: &str) -> Result<(), StoreError> {
        change!(self, people::set_password(person, password))
    }

    /// Uses up an invitation: whose it was has this password from now on. `None`: it is not
    /// good (any more).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accept_invite(
        &self,
        invite: &Hash,
        password: &str,
        now_ms: i64,
    ) -> Result<Option<i64>, StoreError> {
        change!(self, people::accept(invite, password, now_ms))
    }

    /// An invitation, in place of an earlier one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invite(
        &self,
        person: i64,
        invite: &Hash,
        until_ms: i64,
    ) -> Result<(), StoreError> {
        change!(self, people::invite(person, invite, until_ms))
    }

    /// Whom Twitch must say that somebody is, and the account, once it is known.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] when somebody else is that; or the database fails.
    pub async fn set_twitch(
        &self,
        person: i64,
        login: Option<&str>,
        id: Option<&str>,
    ) -> Result<(), StoreError> {
        change!(self, people::set_twitch(person, login, id))
    }

    /// What somebody may do everywhere.
    ///
    /// # Errors
    /// [`StoreError::LastOwner`]; or the database fails.
    pub async fn set_role(&self, person: i64, role: Option<&str>) -> Result<(), StoreError> {
        change!(self, people::set_role(person, role))
    }

    /// The same with all that is granted in single channels, at once.
    ///
    /// # Errors
    /// [`StoreError::LastOwner`]; or the database fails. Then nothing has changed.
    pub async fn set_rights(
        &self,
        person: i64,
        role: Option<&str>,
        grants: Option<&BTreeMap<String, &str>>,
    ) -> Result<(), StoreError> {
        change!(self, people::set_rights(person, role, grants))
    }

    /// What somebody may do in a channel; `None` takes it back.
    ///
    /// # Errors
    /// [`StoreError::TooMany`]; or the database fails.
    pub async fn set_grant(
        &self,
        person: i64,
        channel: &str,
        role: Option<&str>,
    ) -> Result<(), StoreError> {
        change!(self, people::set_grant(person, channel, role))
    }

    /// Removes somebody, with their sessions and tokens.
    ///
    /// # Errors
    /// [`StoreError::LastOwner`]; or the database fails.
    pub async fn remove_person(&self, person: i64) -> Result<(), StoreError> {
        change!(self, people::remove(person))
    }

    /// Begins a session; its id, or `None` where the password is another one by now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(&self, new: &NewSession<'_>) -> Result<Option<i64>, StoreError> {
        change!(self, sessions::add(new))
    }

    /// The session that this opens. Whether it is too old is the caller's to say.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, hash: &Hash) -> Result<Option<CameIn<SessionRow>>, StoreError> {
        ask!(self, sessions::find(hash))
    }

    /// Somebody's sessions, the last used first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, person: i64) -> Result<Vec<SessionRow>, StoreError> {
        ask!(self, sessions::of(person))
    }

    /// A session was used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_seen(&self, id: i64, now_ms: i64) -> Result<(), StoreError> {
        change!(self, sessions::seen(id, now_ms))
    }

    /// Ends a session of a person; false: there is no such one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, person: i64, id: i64) -> Result<bool, StoreError> {
        change!(self, sessions::end(person, id))
    }

    /// Ends all sessions of a person; how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions(&self, person: i64) -> Result<u64, StoreError> {
        change!(self, sessions::end_all(person))
    }

    /// Ends the sessions that were not used since `seen_ms` or began before `created_ms`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_sessions(&self, seen_ms: i64, created_ms: i64) -> Result<u64, StoreError> {
        change!(self, sessions::prune(seen_ms, created_ms))
    }

    /// Keeps a token; its id.
    ///
    /// # Errors
    /// [`StoreError::TooMany`]; or the database fails.
    pub async fn add_token(&self, new: &NewToken<'_>) -> Result<i64, StoreError> {
        change!(self, tokens::add(new))
    }

    /// The token that this is. Whether it has expired is the caller's to say.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token(&self, hash: &Hash) -> Result<Option<CameIn<TokenRow>>, StoreError> {
        ask!(self, tokens::find(hash))
    }

    /// The tokens of a person, or of everybody; the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self, person: Option<i64>) -> Result<Vec<TokenRow>, StoreError> {
        ask!(self, tokens::of(person))
    }

    /// A token was used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_used(&self, id: i64, now_ms: i64) -> Result<(), StoreError> {
        change!(self, tokens::used(id, now_ms))
    }

    /// Ends a token, of a person or of anybody; false: there is no such one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_token(&self, person: Option<i64>, id: i64) -> Result<bool, StoreError> {
        change!(self, tokens::end(person, id))
    }
}
