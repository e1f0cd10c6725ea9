//! The first start: a link by which somebody becomes the owner, and nobody beyond this machine
//! before that.
//!
//! The link's code is of this start only, works until somebody has a password, and stands in no
//! file; it is told once, in the log of whoever started Cliphound.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use cliphound_clock::Clock;
use cliphound_store::access::{Hash, NewPerson, Person};
use secrecy::SecretString;
use tokio::sync::Notify;

use super::{Access, Begun, Role, Sender, password::Whose, people, rights, secret};
use crate::{
    crew::rest,
    web::{Problem, host},
};

/// How often it is looked whether somebody got a password elsewhere (`cliphound password`).
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What the first start waits for.
#[derive(Debug, Default)]
pub(super) struct Door {
    code: Mutex<Option<Hash>>,
    opened: Notify,
}

/// Whose password a link sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// The first owner's, who still chooses a name.
    First,
    /// That of somebody who was invited, by name.
    Invited(String),
}

impl Access {
    /// Whether anybody can log in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_people(&self) -> Result<bool, Problem> {
        let by_twitch = self.0.twitch.is_some() && !self.web().owners.is_empty();
        Ok(by_twitch || self.0.store.has_password().await?)
    }

    /// Returns when somebody can log in.
    pub async fn until_people(&self) {
        // While the database fails, nobody can.
        let real_time = Clock::system();
        while !self.has_people().await.unwrap_or(false) {
            tokio::select! {
                () = rest(real_time.sleep(LOOK_EVERY)) => {}
                () = rest(self.0.door.opened.notified()) => {}
            }
        }
    }

    /// While nobody can log in: tells the link by which the first owner sets a password. An
    /// earlier one is of no use any more.
    pub async fn greet(&self, at: SocketAddr) -> Option<String> {
        if self.has_people().await.unwrap_or(true) {
            return None;
        }
        let code = secret::word();
        *self.code() = Some(secret::hash(&code));
        let link = format!("http://{}/setup?code={code}", host::of(at));
        tracing::info!(
            link,
            "nobody can log in yet: open the link to set the owner's name and password; it works once, until Cliphound ends"
        );
        Some(link)
    }

    /// Whose password a code sets.
    ///
    /// # Errors
    /// 403 when it is not good (any more).
    pub async fn link(&self, code: &str) -> Result<Link, Problem> {
        if !secret::is_word(code) {
            return Err(stale());
        }
        let hash = secret::hash(code);
        if self.is_first(&hash) && !self.0.store.has_password().await? {
            return Ok(Link::First);
        }
        let invited = self.0.store.invited(&hash, self.now_ms()).await?;
        invited.map(|person| Link::Invited(person.name)).ok_or_else(stale)
    }

    /// Uses a link up: sets the password and begins a session; none (`None`) for whom there is nothing to
    /// look at yet.
    ///
    /// # Errors
    /// 403 when it is not good (any more), 422 when the name or the password will not do.
    pub async fn set_up(
        &self,
        code: &str,
        name: &str,
        password: SecretString,
        from: &Sender,
    ) -> Result<Option<Begun>, Problem> {
        self.0.limits.attempt(from.address)?;
        let link = self.link(code).await?;
        if link == Link::First {
            people::name_fits(name)?;
        }
        let kept = self.0.passwords.keep(password, Whose::Stranger).await?;
        let now_ms = self.now_ms();
        let id = if link == Link::First {
            let role = Some(Role::Owner.as_str());
            let new =
                NewPerson { name, role, password: Some(&kept), now_ms, ..NewPerson::default() };
            self.0.store.add_first_person(&new).await.map_err(people::refused)?
        } else {
            self.0.store.accept_invite(&secret::hash(code), &kept, now_ms).await?
        };
        let person: Person = self.somebody(id.ok_or_else(stale)?).await?;
        *self.code() = None;
        self.0.door.opened.notify_waiters();
        tracing::info!(who = person.name, "somebody set a password for the dashboard");
        let grants = self.0.store.grants(person.id).await?;
        if rights::of_person(self.web(), &person, &grants).is_none() {
            return Ok(None);
        }
        self.begin(&person, from).await.map(Some)
    }

    fn is_first(&self, hash: &Hash) -> bool {
        self.code().as_ref().is_some_and(|code| secret::is_same(code, hash))
    }

    fn code(&self) -> std::sync::MutexGuard<'_, Option<Hash>> {
        self.0.door.code.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stale() -> Problem {
    Problem::new(
        axum::http::StatusCode::FORBIDDEN,
        "this link is not good (any more): each works once; the owner can make a new one under Settings, People, and at the first start the log shows the newest",
    )
}
