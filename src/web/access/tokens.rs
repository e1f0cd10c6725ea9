//! API tokens: what their page and their API do.

use cliphound_store::access::{NewToken, TokenRow};
use cliphound_twitch::ChannelLogin;

use super::{Access, Role, people, secret};
use crate::web::Problem;

/// Letters of what a token is for.
const NAME: usize = 60;
/// Days that a token is good at most.
const MAX_DAYS: u32 = 3_650;
const DAY_MS: i64 = 86_400_000;

/// A token that somebody wants.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    /// What it is for.
    pub name: &'a str,
    /// The most that it may do.
    pub role: Role,
    /// In which channels; none: wherever its person may.
    pub channels: &'a [ChannelLogin],
    /// Days that it is good; `None`: until it is ended.
    pub days: Option<u32>,
}

impl Access {
    /// Makes a token for a person. It is shown now and never again.
    ///
    /// # Errors
    /// 422 when something of it will not do.
    pub async fn add_token(&self, person: i64, wish: &Wish<'_>) -> Result<String, Problem> {
        let name = wish.name.trim();
        if name.is_empty() || name.chars().count() > NAME || name.contains(char::is_control) {
            return Err(Problem::bad(format!("say what the token is for, in 1 to {NAME} letters")));
        }
        if wish.days.is_some_and(|days| !(1..=MAX_DAYS).contains(&days)) {
            return Err(Problem::bad(format!("a token is good for 1 to {MAX_DAYS} days")));
        }
        let names: Vec<&str> = wish.channels.iter().map(ChannelLogin::as_str).collect();
        let channels = (!names.is_empty()).then(|| names.join(" "));
        let (token, now_ms) = (secret::token(), self.now_ms());
        let new = NewToken {
            hash: &secret::hash(&token),
            person,
            name,
            role: wish.role.as_str(),
            channels: channels.as_deref(),
            now_ms,
            expires_ms: wish.days.map(|days| now_ms + i64::from(days) * DAY_MS),
        };
        self.0.store.add_token(&new).await.map_err(people::refused)?;
        Ok(token)
    }

    /// The tokens of a person, or of everybody; the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self, person: Option<i64>) -> Result<Vec<TokenRow>, Problem> {
        Ok(self.0.store.tokens(person).await?)
    }

    /// Ends a token, of a person or of anybody.
    ///
    /// # Errors
    /// 404 when there is no such one.
    pub async fn end_token(&self, person: Option<i64>, id: i64) -> Result<(), Problem> {
        if self.0.store.end_token(person, id).await? {
            return Ok(());
        }
        Err(Problem::not_found("there is no such token (any more)"))
    }
}
