//! Passwords: argon2id, away from the threads that everything else runs on, and one at a time,
//! so that log-ins can't take a small machine away from the clips.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::{crew::blocking, web::Problem};

/// Letters of a password at least …
const SHORTEST: usize = 10;
/// … and as many different ones, without blanks: what is fewer is a slip of the hand or no secret.
const DISTINCT: usize = 4;
/// … and bytes at most: more help nobody, and cost time.
const LONGEST: usize = 1_024;
/// One at a time: each takes 19 MiB, and from 30 ms on a PC to half a second on a small board.
const AT_A_TIME: usize = 1;
/// So many wait their turn; further ones are told to come again.
const WAITING: usize = 16;
/// The same of those who are at home: strangers take none of these places.
const WAITING_AT_HOME: usize = 8;
/// By then the ones that wait are done: each takes some tenths of a second.
const SOON: Duration = Duration::from_secs(5);

/// Verified against where there is no password, so that it takes as long. Of no password.
const NONE: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Makes and verifies passwords. Clones share their places.
#[derive(Debug, Clone)]
pub struct Passwords {
    under_way: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    at_home: Arc<Semaphore>,
}

/// Who has a password made or verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Somebody who is logged in, or was where they are.
    AtHome,
    /// Anybody else.
    Stranger,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            under_way: Arc::new(Semaphore::new(AT_A_TIME)),
            waiting: Arc::new(Semaphore::new(WAITING)),
            at_home: Arc::new(Semaphore::new(WAITING_AT_HOME)),
        }
    }
}

impl Passwords {
    /// What is kept of a password that fits, as a PHC string.
    ///
    /// # Errors
    /// One that is too short or too long, or too many at once.
    pub async fn keep(&self, password: SecretString, whose: Whose) -> Result<String, Problem> {
        fits(password.expose_secret()).map_err(Problem::bad)?;
        self.away(whose, move || made(&password)).await?.map_err(|error| Problem::failed(&error))
    }

    /// Whether this is the password that was kept; where none was, it takes as long to say no.
    ///
    /// # Errors
    /// Too many at once.
    pub async fn is_right(
        &self,
        password: SecretString,
        kept: Option<String>,
        whose: Whose,
    ) -> Result<bool, Problem> {
        self.away(whose, move || {
            let known = PasswordHash::new(kept.as_deref().unwrap_or(NONE));
            let Ok(known) = known else { return false };
            let given = password.expose_secret();
            given.len() <= LONGEST
                && Argon2::default().verify_password(given.as_bytes(), &known).is_ok()
                && kept.is_some()
        })
        .await
    }

    async fn away<T: Send + 'static>(
        &self,
        whose: Whose,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let places = if whose == Whose::AtHome { &self.at_home } else { &self.waiting };
        let waits = Arc::clone(places).try_acquire_owned().map_err(|_| busy())?;
        let place = Arc::clone(&self.under_way).acquire_owned().await.map_err(|_| busy())?;
        // The places go with the work: whoever hangs up does not make room for more of it.
        let work = move || {
            let done = work();
            drop((place, waits));
            done
        };
        blocking("password", work).await.map_err(|error| Problem::failed(&error))
    }
}

fn busy() -> Problem {
    Problem::too_many("many log-ins at once: try again in some seconds", SOON)
}

/// argon2id with 19 MiB, two passes, one lane: the defaults, and what OWASP recommends
/// (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>).
///
/// # Errors
/// When there is no memory or no randomness.
pub fn made(password: &SecretString) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.expose_secret().as_bytes())?.to_string())
}

/// Whether a new password will do.
///
/// # Errors
/// What is wrong with it, in words.
pub fn fits(password: &str) -> Result<(), String> {
    if password.chars().count() < SHORTEST {
        return Err(format!("the password needs {SHORTEST} letters or more: a few words are good"));
    }
    let distinct: BTreeSet<char> =
        password.chars().filter(|letter| !letter.is_whitespace()).collect();
    if distinct.len() < DISTINCT {
        return Err(format!(
            "the password needs {DISTINCT} different letters or more: a few words are good"
        ));
    }
    if password.len() > LONGEST {
        return Err(format!("the password is too long: {LONGEST} letters at most"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_alone_opens() {
        let passwords = Passwords::default();
        let kept = passwords.keep("a few plain words".into(), Whose::Stranger).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        let check = async |given: &str, kept: Option<&str>| {
            passwords
                .is_right(given.into(), kept.map(str::to_owned), Whose::Stranger)
                .await
                .unwrap()
        };
        assert!(check("a few plain words", Some(&kept)).await);
        assert!(!check("a few plain word", Some(&kept)).await);
        assert!(!check("a few plain words", None).await);
        assert!(!check("a few plain words", Some("nonsense")).await);
        assert!(PasswordHash::new(NONE).is_ok(), "else it would be told by its time");
    }

    #[tokio::test]
    async fn short_ones_are_refused_and_so_are_too_many() {
        let passwords = Passwords::default();
        for poor in ["short", "            ", "aaaaaaaaaaaa"] {
            let refused = passwords.keep(poor.into(), Whose::Stranger).await.unwrap_err();
            assert_eq!(refused.status, 422, "{poor:?}");
        }
        assert_eq!(
            passwords.keep("x".repeat(2_000).into(), Whose::Stranger).await.unwrap_err().status,
            422
        );
        let all = Arc::clone(&passwords.waiting).try_acquire_many_owned(16).unwrap();
        let refused =
            passwords.keep("a few plain words".into(), Whose::Stranger).await.unwrap_err();
        assert_eq!(refused.status, 429);
        assert!(passwords.keep("a few plain words".into(), Whose::AtHome).await.is_ok());
        drop(all);
        assert!(passwords.keep("a few plain words".into(), Whose::Stranger).await.is_ok());
    }
}
