//! The clipper's token: validated, refreshed in one place only, stored before it is used.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cliphound_clock::Clock;
use secrecy::{ExposeSecret, SecretString};
use tokio::task::spawn_blocking;
use tokio_util::task::TaskTracker;
use url::Url;

use super::{
    endpoint::{Endpoint, Pair, is_token},
    error::TokenError,
    file,
    stored::{Role, StoredToken, TokenBook, fingerprint, kept_instead},
};

/// The token of one Twitch user, and everything that keeps it alive. Cheap to clone;
/// clones share the token.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

/// Whose token it is and what it may do, as Twitch says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Login, lower case.
    pub login: String,
    /// Twitch user id.
    pub user_id: String,
    /// What the user allowed, such as `clips:edit`.
    pub scopes: Vec<String>,
    /// Seconds that the token lives from when Twitch was asked; `None` when it never
    /// expires, or when Twitch was not asked yet.
    pub expires_in_s: Option<u64>,
}

/// A token to make calls with.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The access token itself.
    pub secret: SecretString,
    /// Whose it is, once that is known.
    pub identity: Option<Identity>,
}

struct Inner {
    endpoint: Endpoint,
    path: PathBuf,
    clock: Clock,
    /// [`fingerprint`] of what `.env` holds, or held when the stored token replaced it.
    env: Option<String>,
    state: Mutex<State>,
    /// Held during a refresh: one at a time.
    gate: tokio::sync::Mutex<()>,
    /// Changes under way: a caller that gives up must not lose a new pair, nor leave
    /// a write behind that comes after a newer one.
    tasks: TaskTracker,
}

#[derive(Clone, Default)]
struct State {
    access: Option<SecretString>,
    refresh: Option<SecretString>,
    identity: Option<Identity>,
    /// Twitch refused this refresh token; asking again is pointless.
    is_revoked: bool,
    /// The file holds this token, so it has to follow changes.
    is_stored: bool,
    /// The file is behind: the last write failed.
    is_behind: bool,
}

impl Tokens {
    /// Reads `stored` (`tokens.json`) and decides between its token and `initial`, the
    /// access and refresh token of `.env`: the stored one wins as long as it replaces
    /// just that initial one; when the user has changed `.env` since, `.env` wins.
    /// `client_secret` is `None` for a public client. `oauth_base` is such as
    /// `https://id.twitch.tv/oauth2`. Without any token the calls fail, nothing else.
    ///
    /// # Errors
    /// When the file can't be read, or `initial` can't be a token.
    pub fn new(
        oauth_base: Url,
        client_id: String,
        client_secret: Option<SecretString>,
        stored: PathBuf,
        initial: Option<(SecretString, Option<SecretString>)>,
        clock: Clock,
        http: reqwest::Client,
    ) -> Result<Self, TokenError> {
        let client_secret = client_secret.filter(|s| !s.expose_secret().is_empty());
        let initial = initial.map(checked).transpose()?;
        let book = file::read(&stored)?;
        let kept = kept_instead(&book, initial.as_ref());
        let env = match &initial {
            Some((access, refresh)) => Some(fingerprint(access, refresh.as_ref())),
            None => kept.and_then(|t| t.replaces.clone()),
        };
        let state = match (kept, initial) {
            (Some(token), _) => State::stored(token),
            (None, Some((access, refresh))) => {
                State { access: Some(access), refresh, ..State::default() }
            }
            (None, None) => State::default(),
        };
        Ok(Self(Arc::new(Inner {
            endpoint: Endpoint { base: oauth_base, client_id, client_secret, http },
            path: stored,
            clock,
            env,
            state: Mutex::new(state),
            gate: tokio::sync::Mutex::new(()),
            tasks: TaskTracker::new(),
        })))
    }

    /// Asks Twitch whose token this is; Twitch wants that at start and every hour. A
    /// token that has expired is refreshed first.
    ///
    /// # Errors
    /// [`TokenError::Unreachable`] may pass; the others need the user.
    pub async fn validate(&self) -> Result<Identity, TokenError> {
        let token = self.current().await.ok_or(TokenError::Missing)?;
        if let Some(identity) = self.0.endpoint.validate(&token.secret).await? {
            return Ok(self.adopt(token.secret, identity).await);
        }
        let token = self.refresh(&token.secret).await?;
        match self.0.endpoint.validate(&token.secret).await? {
            Some(identity) => Ok(self.adopt(token.secret, identity).await),
            None => Err(TokenError::Revoked),
        }
    }

    /// Remembers an identity; in a task of its own for the same reason as a refresh.
    async fn adopt(&self, access: SecretString, identity: Identity) -> Identity {
        let (inner, found) = (Arc::clone(&self.0), identity.clone());
        let task = self.0.tasks.spawn(async move { inner.adopt(&access, found).await });
        if let Err(e) = task.await {
            tracing::warn!("whose token it is was not kept: {e}");
        }
        identity
    }

    /// The token as it is now, without asking Twitch; `None` when there is none.
    pub async fn current(&self) -> Option<AccessToken> {
        self.0.state().token()
    }

    /// Renews the token after Twitch refused `rejected`. Callers at the same time share
    /// one request; when the token is another one already, there is none.
    ///
    /// # Errors
    /// As [`Tokens::validate`]; the old token stays.
    pub async fn refresh(&self, rejected: &SecretString) -> Result<AccessToken, TokenError> {
        let (inner, rejected) = (Arc::clone(&self.0), rejected.clone());
        // A task of its own: once Twitch has answered, the pair must reach the file.
        let task = self.0.tasks.spawn(async move { inner.refresh(&rejected).await });
        task.await.unwrap_or_else(|e| Err(TokenError::Unreachable(format!("refresh stopped: {e}"))))
    }

    /// Whose token it is, when that is known.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        self.0.state().identity.clone()
    }

    /// Whether the user allowed `scope`; `false` while the identity is unknown.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.0.state().identity.as_ref().is_some_and(|i| i.has_scope(scope))
    }

    /// The application's id, which every call names.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.0.endpoint.client_id
    }

    /// Waits at shutdown for a refresh under way, so that the new pair is not lost.
    /// Takes at most the time-out of one call, 15 s.
    pub async fn settled(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}

impl Identity {
    /// Whether the user allowed `scope`.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|s| s == scope)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("identity", &self.identity()).finish_non_exhaustive()
    }
}

/// What people paste from elsewhere, made a token: blanks and `oauth:` taken off.
fn checked(
    (access, refresh): (SecretString, Option<SecretString>),
) -> Result<(SecretString, Option<SecretString>), TokenError> {
    let clean = |secret: &SecretString, name| {
        let text = secret.expose_secret().trim();
        let text = text.strip_prefix("oauth:").unwrap_or(text);
        if is_token(text) { Ok(text.into()) } else { Err(TokenError::Malformed(name)) }
    };
    let access = clean(&access, "TWITCH_ACCESS_TOKEN")?;
    let refresh = refresh
        .filter(|r| !r.expose_secret().trim().is_empty())
        .map(|r| clean(&r, "TWITCH_REFRESH_TOKEN"))
        .transpose()?;
    Ok((access, refresh))
}

impl Inner {
    async fn refresh(&self, rejected: &SecretString) -> Result<AccessToken, TokenError> {
        let _one_at_a_time = self.gate.lock().await;
        let state = self.state().clone();
        let token = state.token().ok_or(TokenError::Missing)?;
        if token.secret.expose_secret() != rejected.expose_secret() {
            return Ok(token);
        }
        if state.is_revoked {
            return Err(TokenError::Revoked);
        }
        let refresh = state.refresh.clone().ok_or(TokenError::NoRefreshToken)?;
        match self.endpoint.refresh(&refresh).await {
            Ok(pair) => Ok(self.keep(state.renewed(pair)).await),
            Err(error) => {
                self.state().is_revoked = error == TokenError::Revoked;
                Err(error)
            }
        }
    }

    /// Stores a new state, then uses it. With a full disk it is used all the same: the
    /// old pair is dead, and clips go on until the next start.
    async fn keep(&self, mut state: State) -> AccessToken {
        let stored = self.store(&state).await;
        if let Err(e) = &stored {
            tracing::error!(
                "the new token can't be stored in {} ({e}): make room or fix its rights before the next start",
                self.path.display()
            );
        }
        state.is_stored = true;
        state.is_behind = stored.is_err();
        let token = AccessToken {
            secret: state.access.clone().unwrap_or_default(),
            identity: state.identity.clone(),
        };
        *self.state() = state;
        token
    }

    /// Takes what Twitch said about `access`, unless the token has changed meanwhile.
    async fn adopt(&self, access: &SecretString, identity: Identity) {
        let _no_refresh_meanwhile = self.gate.lock().await;
        let before = self.state().clone();
        let same = before.access.as_ref().map(ExposeSecret::expose_secret);
        if same != Some(access.expose_secret()) {
            return;
        }
        let changed = !before.identity.as_ref().is_some_and(|i| i.is_same(&identity));
        let must_store = before.is_stored && (changed || before.is_behind);
        let state = State { identity: Some(identity), ..before };
        if must_store {
            self.keep(state).await;
        } else {
            *self.state() = state;
        }
    }

    /// Puts the token into the file, beside those of other users.
    async fn store(&self, state: &State) -> Result<(), String> {
        let Some(token) = state.to_store(self.clock.now_ms(), self.env.clone()) else {
            return Ok(());
        };
        let path = self.path.clone();
        let write = move || -> Result<(), String> {
            let mut book: TokenBook = file::read(&path).map_err(|e| e.to_string())?;
            book.put(token);
            file::write(&path, &book).map_err(|e| e.to_string())
        };
        spawn_blocking(write).await.unwrap_or_else(|e| Err(e.to_string()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Identity {
    /// The same user with the same rights; the lifetime is left out.
    fn is_same(&self, other: &Self) -> bool {
        (&self.user_id, &self.login, &self.scopes) == (&other.user_id, &other.login, &other.scopes)
    }
}

impl State {
    fn stored(token: &StoredToken) -> Self {
        let identity = (!token.user_id.is_empty()).then(|| Identity {
            login: token.login.clone(),
            user_id: token.user_id.clone(),
            scopes: token.scopes.clone(),
            expires_in_s: None,
        });
        let access = Some(token.access_token.clone());
        let refresh = token.refresh_token.clone();
        Self { access, refresh, identity, is_stored: true, ..Self::default() }
    }

    fn token(&self) -> Option<AccessToken> {
        Some(AccessToken { secret: self.access.clone()?, identity: self.identity.clone() })
    }

    fn renewed(&self, pair: Pair) -> Self {
        let identity = self.identity.clone().map(|old| Identity {
            scopes: pair.scopes.unwrap_or(old.scopes),
            expires_in_s: pair.expires_in_s,
            ..old
        });
        let refresh = pair.refresh.or_else(|| self.refresh.clone());
        Self { access: Some(pair.access), refresh, identity, ..Self::default() }
    }

    fn to_store(&self, now_ms: i64, env: Option<String>) -> Option<StoredToken> {
        let identity = self.identity.clone();
        let (user_id, login, scopes) = match identity {
            Some(i) => (i.user_id, i.login, i.scopes),
            None => Default::default(),
        };
        Some(StoredToken {
            user_id,
            login,
            roles: vec![Role::Clipper],
            scopes,
            access_token: self.access.clone()?,
            refresh_token: self.refresh.clone(),
            updated: jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default().to_string(),
            replaces: env,
        })
    }
}
