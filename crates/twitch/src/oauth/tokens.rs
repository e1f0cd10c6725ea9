//! The token of a role: validated, refreshed in one place only, stored before it is used.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cliphound_clock::Clock;
use cliphound_crew::{Broken, Post, blocking, named, outcome};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use url::Url;

use super::{
    app::App,
    endpoint::{Endpoint, checked},
    error::TokenError,
    file,
    state::State,
    stored::{Role, StoredToken, TokenBook, kept_instead},
};

/// How often it is looked whether the file's lock is free, in real time …
const HOLD_EVERY: Duration = Duration::from_millis(100);
/// … and how often at most: half a minute, twice what a call to Twitch may take.
const HOLD_TRIES: u32 = 300;

/// What a panic is told of.
const ADOPTING: Post = Post::passing("account's identity");
const RENEWING: Post = Post::passing("account's renewal");

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

/// What a token is that Twitch refused to renew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Revoked {
    /// Dead: Twitch is not asked.
    StaysSo,
    /// Offered once more.
    IsAskedAgain,
}

struct Inner {
    endpoint: Endpoint,
    path: PathBuf,
    clock: Clock,
    role: Role,
    state: Mutex<State>,
    /// Why the token can't be used, once Twitch said so; whoever watches it hears it at once.
    refusal: watch::Sender<Option<TokenError>>,
    /// Told whenever the token, whose it is, or whether it can be used has changed.
    changes: watch::Sender<()>,
    /// Held during a refresh: one at a time.
    gate: tokio::sync::Mutex<()>,
    /// Changes under way: a caller that gives up must not lose a new pair, nor leave
    /// a write behind that comes after a newer one.
    tasks: TaskTracker,
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
        let app = App::new(oauth_base, client_id, client_secret, http);
        let initial = initial.map(checked).transpose()?;
        let book = file::read(&stored)?;
        let state = match (kept_instead(&book, initial.as_ref()), initial) {
            (Some(token), _) => State::of_file(token),
            (None, Some((access, refresh))) => {
                State::of_env(access, refresh, entry(&book, Role::Clipper))
            }
            (None, None) => State::default(),
        };
        Ok(Self::with(app.0, stored, clock, Role::Clipper, state))
    }

    /// The token of another role, kept in the same file. Two roles may share a user's token:
    /// one of them renews it, the other takes the new one over.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn of_role(&self, role: Role) -> Result<Self, TokenError> {
        let Inner { endpoint, path, clock, .. } = &*self.0;
        let book = file::read(path)?;
        let state = entry(&book, role).map(State::of_file).unwrap_or_default();
        Ok(Self::with(endpoint.clone(), path.clone(), clock.clone(), role, state))
    }

    fn with(endpoint: Endpoint, path: PathBuf, clock: Clock, role: Role, state: State) -> Self {
        let refusal = state.access.is_none().then_some(TokenError::Missing);
        let (refusal, changes) = (watch::Sender::new(refusal), watch::Sender::new(()));
        let (state, gate, tasks) =
            (Mutex::new(state), tokio::sync::Mutex::new(()), TaskTracker::new());
        Self(Arc::new(Inner { endpoint, path, clock, role, state, refusal, changes, gate, tasks }))
    }

    /// Reads the file again, and takes over what somebody else wrote there: a log-in, a
    /// log-out, or a refresh by another role or process. True when something changed.
    pub async fn reload(&self) -> bool {
        let _no_refresh_meanwhile = self.0.gate.lock().await;
        match self.0.look().await {
            Ok(book) => self.0.take_over(&book),
            Err(why) => {
                tracing::warn!("{} can't be used ({why}); the token stays", self.0.path.display());
                false
            }
        }
    }

    /// Why the token can't be used, as far as Twitch said so.
    #[must_use]
    pub fn refusal(&self) -> Option<TokenError> {
        self.0.refusal.borrow().clone()
    }

    /// Tells each change of [`Tokens::refusal`] at once, and each token that was taken over.
    #[must_use]
    pub fn watch_refusal(&self) -> watch::Receiver<Option<TokenError>> {
        self.0.refusal.subscribe()
    }

    /// Tells each change of the token, of whose it is, and of whether it can be used: a log-in,
    /// a refresh, a log-out.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.changes.subscribe()
    }

    /// Asks Twitch whose token this is; Twitch wants that at start and every hour. A
    /// token that has expired is refreshed first.
    ///
    /// # Errors
    /// [`TokenError::Unreachable`] may pass; the others need the user.
    pub async fn validate(&self) -> Result<Identity, TokenError> {
        self.validated(Revoked::StaysSo).await
    }

    /// The same, and a token that Twitch refused to renew is offered once more: it may have
    /// been Twitch's mistake.
    ///
    /// # Errors
    /// As [`Tokens::validate`].
    pub async fn validate_again(&self) -> Result<Identity, TokenError> {
        self.validated(Revoked::IsAskedAgain).await
    }

    async fn validated(&self, revoked: Revoked) -> Result<Identity, TokenError> {
        let token = self.current().await.ok_or(TokenError::Missing)?;
        if let Some(identity) = self.ask_whose(&token).await? {
            return Ok(self.adopt(token.secret, identity).await);
        }
        let token = self.renewed(&token.secret, revoked).await?;
        match self.ask_whose(&token).await? {
            Some(identity) => Ok(self.adopt(token.secret, identity).await),
            // It came this very moment: that Twitch does not know it, or no more, may pass.
            // What ends an account is a refresh that is refused.
            None => Err(TokenError::Unreachable(
                "it refuses the token that it has just given; if that goes on, run `cliphound login`"
                    .to_owned(),
            )),
        }
    }

    async fn ask_whose(&self, token: &AccessToken) -> Result<Option<Identity>, TokenError> {
        let result = self.0.endpoint.validate(&token.secret).await;
        match &result {
            Ok(Some(_)) => self.0.judge(&token.secret, None),
            Err(error) if !error.may_pass() => self.0.judge(&token.secret, Some(error.clone())),
            _ => {}
        }
        result
    }

    /// Remembers an identity; in a task of its own for the same reason as a refresh.
    async fn adopt(&self, access: SecretString, identity: Identity) -> Identity {
        let (inner, found) = (Arc::clone(&self.0), identity.clone());
        let task = named(&ADOPTING, async move { inner.adopt(&access, found).await });
        if let Err(e) = outcome(self.0.tasks.spawn(task)).await {
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
        self.renewed(rejected, Revoked::StaysSo).await
    }

    async fn renewed(
        &self,
        rejected: &SecretString,
        revoked: Revoked,
    ) -> Result<AccessToken, TokenError> {
        let (inner, rejected) = (Arc::clone(&self.0), rejected.clone());
        // A task of its own: once Twitch has answered, the pair must reach the file.
        let task = named(&RENEWING, async move { inner.refresh(&rejected, revoked).await });
        let done = outcome(self.0.tasks.spawn(task)).await;
        done.unwrap_or_else(|e| Err(TokenError::Unreachable(format!("refresh stopped: {e}"))))
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

/// The role's entry, if it can be used.
fn entry(book: &TokenBook, role: Role) -> Option<&StoredToken> {
    book.with_role(role).filter(|entry| entry.is_usable())
}

impl Inner {
    async fn refresh(
        &self,
        rejected: &SecretString,
        revoked: Revoked,
    ) -> Result<AccessToken, TokenError> {
        let _one_at_a_time = self.gate.lock().await;
        let state = self.state().clone();
        let token = state.token().ok_or(TokenError::Missing)?;
        if token.secret.expose_secret() != rejected.expose_secret() {
            return Ok(token);
        }
        let is_revoked = *self.refusal.borrow() == Some(TokenError::Revoked);
        if is_revoked && revoked == Revoked::StaysSo {
            return Err(TokenError::Revoked);
        }
        let _held = self.hold_file().await;
        if self.look().await.is_ok_and(|book| self.take_over(&book)) {
            return self.state().token().ok_or(TokenError::Missing);
        }
        let result = match &state.refresh {
            Some(refresh) => self.endpoint.refresh(refresh).await,
            None => Err(TokenError::NoRefreshToken),
        };
        match result {
            Ok(pair) => Ok(self.keep(state.renewed(pair, self.clock.now_ms())).await),
            Err(error) => {
                if !error.may_pass() {
                    self.refuse(Some(error.clone()));
                }
                Err(error)
            }
        }
    }

    /// Stores a new state, then uses it. With a full disk it is used all the same: the
    /// old pair is dead, and clips go on until the next start. The file must be held.
    async fn keep(&self, state: State) -> AccessToken {
        let stored = self.store(&state).await;
        if let Err(e) = &stored {
            tracing::error!(
                "the new token can't be stored in {} ({e}): make room or fix its rights before the next start",
                self.path.display()
            );
        }
        let state = state.written(stored.ok().flatten().as_ref());
        let token = AccessToken {
            secret: state.access.clone().unwrap_or_default(),
            identity: state.identity.clone(),
        };
        *self.state() = state;
        self.refuse(None);
        self.changes.send_replace(());
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
        let state = before.known_as(identity, self.clock.now_ms());
        if !must_store {
            *self.state() = state;
            if changed {
                self.changes.send_replace(());
            }
            return;
        }
        let _held = self.hold_file().await;
        if !self.look().await.is_ok_and(|book| self.take_over(&book)) {
            self.keep(state).await;
        }
    }

    /// Takes over the role's entry when it is another one than before.
    fn take_over(&self, book: &TokenBook) -> bool {
        let mut state = self.state();
        let Some(after) = state.after(entry(book, self.role)) else { return false };
        let refusal = after.access.is_none().then_some(TokenError::Missing);
        *state = after;
        drop(state);
        // Told even when it was none before: whoever watches wants to know whose it is now.
        self.refusal.send_replace(refusal);
        self.changes.send_replace(());
        true
    }

    /// Sets why the token can't be used; tells it when that is news.
    fn refuse(&self, refusal: Option<TokenError>) {
        let is_news = self.refusal.send_if_modified(|known| {
            let is_news = *known != refusal;
            *known = refusal;
            is_news
        });
        if is_news {
            self.changes.send_replace(());
        }
    }

    /// The same, unless the token is another one by now.
    fn judge(&self, access: &SecretString, refusal: Option<TokenError>) {
        let state = self.state();
        let now = state.access.as_ref().map(ExposeSecret::expose_secret);
        if now == Some(access.expose_secret()) {
            self.refuse(refusal);
        }
    }

    /// Keeps other processes and roles from changing the file, until the result is dropped.
    /// Whoever holds it makes one call at most; one who never lets go is not waited for.
    async fn hold_file(&self) -> Option<file::Held> {
        let clock = Clock::system();
        for _ in 0..HOLD_TRIES {
            let path = self.path.clone();
            match blocking("locking the tokens", move || file::Held::try_take(&path)).await {
                Ok(None) => clock.sleep(HOLD_EVERY).await,
                Ok(held) => return held,
                Err(_) => return None,
            }
        }
        tracing::warn!(
            "another program holds the lock of {} for half a minute: going on without it; see what hangs there",
            self.path.display()
        );
        None
    }

    /// The file as it is now.
    async fn look(&self) -> Result<TokenBook, String> {
        let path = self.path.clone();
        let look = move || match file::look(&path) {
            Ok(Ok(book)) => Ok(book),
            Ok(Err(bad)) => Err(bad.to_string()),
            Err(unreadable) => Err(unreadable.to_string()),
        };
        blocking("reading the tokens", look).await.unwrap_or_else(|e: Broken| Err(e.to_string()))
    }

    /// Puts the token into the file, beside those of other users; gives its entry there.
    async fn store(&self, state: &State) -> Result<Option<StoredToken>, String> {
        let (path, role, state) = (self.path.clone(), self.role, state.clone());
        let now_ms = self.clock.now_ms();
        let write = move || -> Result<Option<StoredToken>, String> {
            let mut book: TokenBook = file::read(&path).map_err(|e| e.to_string())?;
            let Some(token) = state.to_store(role, &book, now_ms) else { return Ok(None) };
            book.put(token);
            file::write(&path, &book).map_err(|e| e.to_string())?;
            Ok(book.with_role(role).cloned())
        };
        blocking("keeping the tokens", write).await.unwrap_or_else(|e: Broken| Err(e.to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Another program that was stopped while it holds the lock: the account goes on.
    #[tokio::test(start_paused = true)]
    async fn a_lock_that_nobody_lets_go_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let (clock, nowhere) = (Clock::system(), Url::parse("http://127.0.0.1:9").unwrap());
        let app = "app".to_owned();
        let http = reqwest::Client::new();
        let tokens =
            Tokens::new(nowhere, app, None, path.clone(), None, clock.clone(), http).unwrap();
        let other = file::Held::take(&path);
        let before = clock.now_ms();
        assert!(tokens.0.hold_file().await.is_none());
        assert!((29_000..31_000).contains(&(clock.now_ms() - before)));
        drop(other);
        assert!(tokens.0.hold_file().await.is_some());
    }
}
