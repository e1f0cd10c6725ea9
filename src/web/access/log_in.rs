//! Sessions: how they begin, how long they last, how they end.

use std::net::IpAddr;

use axum::http::{HeaderMap, StatusCode, header, request::Parts};
use cliphound_store::access::{NewSession, Person, SessionRow};
use secrecy::SecretString;

use super::{Access, Viewer, cookie, limits, password::Whose, rights, secret};
use crate::{plain::plain, web::Problem};

/// A session that is not used for so long ends, in ms: a week.
pub const REST_MS: i64 = 7 * 86_400_000;
/// A session ends after so long whatever happens, in ms: 30 days.
pub const LIFE_MS: i64 = 30 * 86_400_000;
/// That it was used is written down this often, in ms.
const SEEN_EVERY_MS: i64 = 60_000;
/// Letters of what a browser calls itself that are kept.
const AGENT: usize = 160;

/// What of a request a log-in wants to know.
#[derive(Debug, Clone)]
pub struct Sender {
    /// Where it comes from.
    pub address: IpAddr,
    /// Whether the browser speaks TLS.
    pub is_tls: bool,
    /// What the browser calls itself.
    agent: String,
    /// The session that it has already.
    session: Option<String>,
}

/// A session that has begun.
#[derive(Debug)]
pub struct Begun {
    /// For the header `set-cookie`.
    pub cookie: String,
}

impl Access {
    /// What of a request a log-in wants to know.
    #[must_use]
    pub fn sender(&self, parts: &Parts) -> Sender {
        let is_tls = self.is_tls(parts);
        Sender {
            address: self.address(parts),
            is_tls,
            agent: agent(&parts.headers),
            session: cookie::read(&parts.headers, cookie::SESSION, is_tls),
        }
    }

    /// Begins a session for whoever has this name and password.
    ///
    /// # Errors
    /// 403 when they don't belong together, 429 after too many attempts.
    pub async fn log_in(
        &self,
        name: &str,
        password: SecretString,
        from: &Sender,
    ) -> Result<Begun, Problem> {
        self.0.limits.attempt(from.address)?;
        let person = self.0.store.person_called(name).await?;
        let tried = self.0.limits.attempt_as(name, from.address);
        let whose = self.whose(person.as_ref(), from.address).await?;
        if whose == Whose::Stranger {
            tried?;
        }
        let kept = match &person {
            Some(person) => self.0.store.password(person.id).await?,
            None => None,
        };
        let is_right = self.0.passwords.is_right(password, kept.clone(), whose).await?;
        let Some(person) = person.filter(|_| is_right) else {
            // Not the name: people type passwords into that field.
            tracing::warn!(from = %from.address, "a log-in to the dashboard failed");
            return Err(wrong());
        };
        // It took its time: another password may hold by now.
        self.begin_while(&person, kept.as_deref(), from).await?.ok_or_else(wrong)
    }

    /// Whether somebody is logged in from an address already: whatever strangers try with their
    /// name, they can log in there.
    async fn whose(&self, person: Option<&Person>, address: IpAddr) -> Result<Whose, Problem> {
        let Some(person) = person else { return Ok(Whose::Stranger) };
        let of = |session: &SessionRow| session.address.parse().ok().map(limits::net);
        let sessions = self.sessions(person.id).await?;
        let is_home = sessions.iter().any(|session| of(session) == Some(limits::net(address)));
        Ok(if is_home { Whose::AtHome } else { Whose::Stranger })
    }

    /// Begins a session. One that the browser had ends.
    pub(super) async fn begin(&self, person: &Person, from: &Sender) -> Result<Begun, Problem> {
        self.begin_while(person, None, from).await?.ok_or_else(wrong)
    }

    /// The same, where a password is given only while that is theirs; otherwise `None`.
    async fn begin_while(
        &self,
        person: &Person,
        password: Option<&str>,
        from: &Sender,
    ) -> Result<Option<Begun>, Problem> {
        let grants = self.0.store.grants(person.id).await?;
        if rights::of_person(self.web(), person, &grants).is_none() {
            return Err(nothing());
        }
        self.log_out(from).await?;
        let (word, now_ms) = (secret::word(), self.now_ms());
        let address = from.address.to_string();
        let new = NewSession {
            hash: &secret::hash(&word),
            person: person.id,
            now_ms,
            agent: &from.agent,
            address: &address,
            password,
        };
        if self.0.store.add_session(&new).await?.is_none() {
            return Ok(None);
        }
        self.0.store.prune_sessions(now_ms - REST_MS, now_ms - LIFE_MS).await?;
        tracing::info!(who = person.name, from = %from.address, "logged in to the dashboard");
        let cookie = cookie::set(cookie::SESSION, &word, LIFE_MS / 1000, from.is_tls);
        Ok(Some(Begun { cookie }))
    }

    /// Ends the session of a request; the cookie's end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_out(&self, from: &Sender) -> Result<String, Problem> {
        if let Some(word) = from.session.as_deref().filter(|word| secret::is_word(word))
            && let Some(came) = self.0.store.session(&secret::hash(word)).await?
        {
            self.0.store.end_session(came.person.id, came.by.id).await?;
        }
        Ok(cookie::set(cookie::SESSION, "", 0, from.is_tls))
    }

    /// Whoever has the session of this cookie.
    pub(super) async fn by_session(&self, word: &str) -> Result<Option<Viewer>, Problem> {
        if !secret::is_word(word) {
            return Ok(None);
        }
        let Some(came) = self.0.store.session(&secret::hash(word)).await? else { return Ok(None) };
        let now_ms = self.now_ms();
        if is_over(&came.by, now_ms) {
            return Ok(None);
        }
        if now_ms - came.by.seen_ms >= SEEN_EVERY_MS
            && let Err(error) = self.0.store.session_seen(came.by.id, now_ms).await
        {
            tracing::debug!(%error, "that a session was used can't be kept");
        }
        let csrf = secret::csrf(word);
        Ok(rights::by_session(self.web(), &came.person, &came.grants, came.by.id, csrf))
    }

    /// A person's sessions that are not over, the last used first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, person: i64) -> Result<Vec<SessionRow>, Problem> {
        let now_ms = self.now_ms();
        let mut sessions = self.0.store.sessions(person).await?;
        sessions.retain(|session| !is_over(session, now_ms));
        Ok(sessions)
    }

    /// Ends one of a person's sessions.
    ///
    /// # Errors
    /// 404 when there is no such one.
    pub async fn end_session(&self, person: i64, id: i64) -> Result<(), Problem> {
        if self.0.store.end_session(person, id).await? {
            return Ok(());
        }
        Err(Problem::not_found("there is no such session (any more)"))
    }

    /// Another password for whoever knows the one of now. All their sessions end, and a new one
    /// begins.
    ///
    /// # Errors
    /// 403 when it is not the one of now, 422 when the new one will not do, 429 after too many
    /// attempts.
    pub async fn change_password(
        &self,
        viewer: &Viewer,
        now: SecretString,
        new: SecretString,
        from: &Sender,
    ) -> Result<Begun, Problem> {
        if viewer.pass.is_none_or(|pass| pass.session.is_none()) {
            return Err(forbidden(
                "a password is changed by its person, not by a token".to_owned(),
            ));
        }
        let person = self.somebody(viewer.person()?).await?;
        self.0.limits.attempt_of(person.id)?;
        let kept = self.0.store.password(person.id).await?;
        if person.has_password && !self.0.passwords.is_right(now, kept, Whose::AtHome).await? {
            return Err(Problem::new(StatusCode::FORBIDDEN, "this is not your password of now"));
        }
        let kept = self.0.passwords.keep(new, Whose::AtHome).await?;
        self.0.store.set_password(person.id, &kept).await?;
        tracing::info!(who = person.name, "a password was changed");
        self.begin(&person, from).await
    }

    /// Whether somebody has a password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_password(&self, person: i64) -> Result<bool, Problem> {
        Ok(self.0.store.password(person).await?.is_some())
    }
}

fn is_over(session: &SessionRow, now_ms: i64) -> bool {
    now_ms - session.seen_ms > REST_MS || now_ms - session.created_ms > LIFE_MS
}

fn agent(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    plain(agent.unwrap_or("unknown")).chars().take(AGENT).collect()
}

fn wrong() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "this name and password do not belong together; a lost password: `cliphound password NAME` on the machine that Cliphound runs on",
    )
}

pub(super) fn forbidden(words: String) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, words)
}

fn nothing() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "you may not look at anything here yet: ask the owner, who can grant it under Settings, People",
    )
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Role, password, people::Wanted, tests::access},
        *,
    };

    const PASSWORD: &str = "a few plain words";

    fn from(address: &str) -> Sender {
        let address = address.parse().unwrap();
        Sender { address, is_tls: false, agent: "a browser".to_owned(), session: None }
    }

    #[tokio::test]
    async fn strangers_keep_nobody_out() {
        let (access, _dir) = access(&[]).await;
        let ann = Wanted { name: "ann", role: Some(Role::Owner), twitch: None };
        let id = access.add_person(&ann).await.unwrap();
        let kept = password::made(&PASSWORD.into()).unwrap();
        access.0.store.set_password(id, &kept).await.unwrap();
        let log_in = async |address: &str| {
            let begun = access.log_in("ann", PASSWORD.into(), &from(address)).await;
            begun.map_err(|problem| problem.status)
        };
        let tries = |address: [u8; 4]| {
            while access.0.limits.attempt_as("ann", address.into()).is_ok() {}
        };
        tries([192, 0, 2, 1]);
        assert_eq!(log_in("192.0.2.1").await.unwrap_err(), 429);
        let begun = log_in("198.51.100.1").await.unwrap();
        (0..=255).for_each(|nth| tries([203, 0, 113, nth]));
        assert_eq!(log_in("198.51.100.2").await.unwrap_err(), 429, "a crowd can");
        log_in("198.51.100.1").await.unwrap();

        let word = begun.cookie.split(['=', ';']).nth(1).unwrap();
        let viewer = access.by_session(word).await.unwrap().unwrap();
        let sender = from("203.0.113.7");
        while access.0.limits.attempt(sender.address).is_ok() {}
        let another = "some other words".into();
        access.change_password(&viewer, PASSWORD.into(), another, &sender).await.unwrap();
    }
}
