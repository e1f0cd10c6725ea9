//! "Log in with Twitch": Twitch says who somebody is; what they may do, we say. No rights are asked
//! for, and the token is ended as soon as its user is known.
//!
//! An app with a secret uses the authorization code flow; without one there is the device code
//! flow. What is under way lies in memory, bound to the browser by a cookie.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::StatusCode;
use cliphound_clock::Clock;
use cliphound_store::{
    StoreError,
    access::{Hash, NewPerson, Person},
};
use cliphound_twitch::oauth::{App, CodeRequest, Identity, LoginError, Pair};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::timeout;

use super::{Access, Begun, Role, Sender, cookie, log_in, people, rights, secret};
use crate::web::Problem;

/// Log-ins under way; of more the oldest is given up.
const UNDER_WAY: usize = 64;
/// A browser may take so long, in ms; Twitch's codes live as long.
const PATIENCE_MS: i64 = 30 * 60_000;
/// How long a look waits for somebody's yes, in real time.
const LOOK: Duration = Duration::from_secs(2);

/// Log-ins by Twitch.
pub struct Twitch {
    app: App,
    by_code: bool,
    clock: Clock,
    under_way: Mutex<VecDeque<UnderWay>>,
}

struct UnderWay {
    browser: Hash,
    until_ms: i64,
    next: String,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Code(CodeRequest),
    Device(Asked, Waiting),
}

/// `None` once it has ended.
type Waiting = Arc<tokio::sync::Mutex<Option<BoxFuture<'static, Result<Pair, LoginError>>>>>;

/// What somebody is asked to do at Twitch.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The code to compare.
    pub code: String,
    /// Where.
    pub address: String,
}

/// A log-in that has begun.
#[derive(Debug)]
pub struct Started {
    /// For the header `set-cookie`.
    pub cookie: String,
    /// Where the browser goes now.
    pub to: String,
}

/// What became of a log-in.
#[derive(Debug)]
pub enum Came {
    /// Not yet anything.
    NotYet(Asked),
    /// Somebody is logged in; where they wanted to go.
    In(Begun, String),
}

impl Twitch {
    /// Log-ins by this application, which has a secret (`by_code`) or none.
    #[must_use]
    pub fn new(app: App, by_code: bool, clock: Clock) -> Self {
        Self { app, by_code, clock, under_way: Mutex::default() }
    }

    fn keep(&self, next: &str, way: Way) -> String {
        let word = secret::word();
        let mut under_way = self.under_way();
        let now_ms = self.clock.now_ms();
        under_way.retain(|one| one.until_ms > now_ms);
        if under_way.len() >= UNDER_WAY {
            under_way.pop_front();
        }
        let (browser, until_ms) = (secret::hash(&word), now_ms + PATIENCE_MS);
        under_way.push_back(UnderWay { browser, until_ms, next: next.to_owned(), way });
        word
    }

    /// What this browser began; what is `done` is forgotten.
    fn of(&self, word: &str, done: bool) -> Option<(Way, String)> {
        let browser = secret::hash(word);
        let mut under_way = self.under_way();
        let at = under_way.iter().position(|one| secret::is_same(&one.browser, &browser))?;
        let one = under_way.get(at)?;
        let found = (one.way.clone(), one.next.clone());
        if done {
            under_way.remove(at);
        }
        Some(found).filter(|_| secret::is_word(word))
    }

    fn under_way(&self) -> MutexGuard<'_, VecDeque<UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose the token is; it is ended at once.
    async fn whose(&self, pair: Pair) -> Result<Identity, Problem> {
        let identity = self.app.whose(&pair.access).await;
        if let Err(error) = self.app.revoke(&pair.access).await {
            tracing::debug!(%error, "the token of a log-in could not be ended; it has no rights");
        }
        identity
            .map_err(|error| Problem::failed(&error))?
            .ok_or_else(|| refused(LoginError::Denied))
    }
}

impl Access {
    /// Whether "Log in with Twitch" is of any use: there is an app, and somebody may.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn offers_twitch(&self) -> Result<bool, Problem> {
        let web = self.web();
        if self.0.twitch.is_none() {
            return Ok(false);
        }
        if [&web.owners, &web.editors, &web.viewers].iter().any(|logins| !logins.is_empty()) {
            return Ok(true);
        }
        Ok(self.0.store.people().await?.iter().any(|person| person.twitch_login.is_some()))
    }

    /// Begins a log-in; `base` is what our pages are called, `next` where somebody wants to go.
    ///
    /// # Errors
    /// When there is no app, after too many attempts, or when Twitch does not answer.
    pub async fn begin_twitch(
        &self,
        base: &str,
        next: &str,
        from: &Sender,
    ) -> Result<Started, Problem> {
        let twitch = self.twitch()?;
        self.0.limits.attempt(from.address)?;
        let (way, to) = if twitch.by_code {
            let request = twitch.app.ask_code(&format!("{base}/login/twitch/back"), &[]);
            let request = request.map_err(refused)?;
            let to = request.url().to_string();
            (Way::Code(request), to)
        } else {
            let code = twitch.app.ask_device(&[]).await.map_err(refused)?;
            let asked =
                Asked { code: code.user_code.clone(), address: code.verification_uri.clone() };
            let (app, clock) = (twitch.app.clone(), twitch.clock.clone());
            let wait = async move { app.wait_for_user(&code, &[], &clock).await };
            let waiting = Arc::new(tokio::sync::Mutex::new(Some(wait.boxed())));
            (Way::Device(asked, waiting), "/login/twitch/wait".to_owned())
        };
        let word = twitch.keep(next, way);
        let cookie = cookie::set(cookie::TWITCH, &word, PATIENCE_MS / 1000, from.is_tls);
        Ok(Started { cookie, to })
    }

    /// The browser comes back from Twitch with an answer.
    ///
    /// # Errors
    /// When it is no answer to what this browser began, Twitch or the user said no, or they may
    /// not look here.
    pub async fn end_twitch(
        &self,
        word: &str,
        query: &str,
        from: &Sender,
    ) -> Result<Came, Problem> {
        let twitch = self.twitch()?;
        let Some((Way::Code(request), next)) = twitch.of(word, true) else { return Err(lost()) };
        let code = request.code(query).map_err(refused)?;
        let pair = twitch.app.trade(&request, &code).await.map_err(refused)?;
        let begun = self.let_in_as(twitch.whose(pair).await?, from).await?;
        Ok(Came::In(begun, next))
    }

    /// Whether somebody has said yes to a code.
    ///
    /// # Errors
    /// As [`Access::end_twitch`].
    pub async fn look_at_twitch(&self, word: &str, from: &Sender) -> Result<Came, Problem> {
        let twitch = self.twitch()?;
        let found = twitch.of(word, false);
        let Some((Way::Device(asked, waiting), next)) = found else { return Err(lost()) };
        let Some(answer) = look(&waiting).await else { return Ok(Came::NotYet(asked)) };
        // Whoever takes it away is the one who goes on.
        twitch.of(word, true).ok_or_else(lost)?;
        let pair = answer.map_err(refused)?;
        let begun = self.let_in_as(twitch.whose(pair).await?, from).await?;
        Ok(Came::In(begun, next))
    }

    fn twitch(&self) -> Result<&Twitch, Problem> {
        let none = || Problem::not_found("there is no app at Twitch to log in with: docs/login.md");
        self.0.twitch.as_ref().ok_or_else(none)
    }

    /// Lets somebody in whom the settings or the list of people name.
    async fn let_in_as(&self, who: Identity, from: &Sender) -> Result<Begun, Problem> {
        let known = self.0.store.person_at_twitch(&who.user_id, &who.login).await?;
        let person = match known {
            Some(person) => self.bound(person, &who).await?,
            None => self.new_from_twitch(&who).await?,
        };
        self.begin(&person, from).await
    }

    /// The account that logs in first under a login is the one that it stands for. Renamed at Twitch,
    /// it is known by its id, and has the rights that the settings give to its login of now.
    async fn bound(&self, person: Person, who: &Identity) -> Result<Person, Problem> {
        if person.twitch_id.as_ref().is_some_and(|id| *id != who.user_id) {
            return Err(another(&who.login));
        }
        let is_known = person.twitch_id.is_some();
        if is_known && person.twitch_login.as_deref() == Some(who.login.as_str()) {
            return Ok(person);
        }
        let set = self.0.store.set_twitch(person.id, Some(&who.login), Some(&who.user_id)).await;
        set.map_err(|error| match error {
            StoreError::NameTaken(_) => two_entries(&person.name, &who.login),
            error => people::refused(error),
        })?;
        self.somebody(person.id).await
    }

    async fn new_from_twitch(&self, who: &Identity) -> Result<Person, Problem> {
        let role: Option<Role> = rights::of_login(self.web(), &who.login);
        role.ok_or_else(|| stranger(&who.login))?;
        let by_twitch = format!("{}@twitch", who.login);
        let mut is_taken = false;
        for name in [&who.login, &by_twitch] {
            let Some(known) = self.0.store.person_called(name).await? else { continue };
            // Who was called so when they came first is another account of Twitch, and was renamed: the
            // settings mean them. Whoever takes a freed login inherits nothing.
            if known.twitch_id.is_some() {
                return Err(another(&who.login));
            }
            is_taken = true;
        }
        // Whoever else has the name is somebody else.
        let name = if is_taken { by_twitch } else { who.login.clone() };
        let new = NewPerson {
            name: &name,
            twitch_login: Some(&who.login),
            twitch_id: Some(&who.user_id),
            now_ms: self.now_ms(),
            ..NewPerson::default()
        };
        let id = self.0.store.add_person(&new).await.map_err(people::refused)?;
        self.somebody(id).await
    }
}

/// A look whether a log-in has ended; nobody waits for the one who looks already.
async fn look(waiting: &Waiting) -> Option<Result<Pair, LoginError>> {
    let mut wait = waiting.try_lock().ok()?;
    let answer = timeout(LOOK, wait.as_mut()?.as_mut()).await.ok()?;
    *wait = None;
    Some(answer)
}

fn lost() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "this log-in was not begun in this browser, or too long ago: begin it anew on the page of the log-in",
    )
}

fn stranger(login: &str) -> Problem {
    log_in::forbidden(format!(
        "{login} may not look here: the owner can allow it under Settings, People, or in the settings (web.owners, web.editors, web.viewers)"
    ))
}

fn another(login: &str) -> Problem {
    log_in::forbidden(format!(
        "the name {login} belonged to another account at Twitch when it was first used here: the owner can remove it under Settings, People"
    ))
}

fn two_entries(name: &str, login: &str) -> Problem {
    Problem::conflict(format!(
        "you are {name} here, from before you were renamed at Twitch, and another entry has the Twitch name {login}: the owner can remove one of the two under Settings, People"
    ))
}

/// What Twitch's no means on a page; the sentences of `cliphound login` name the command line.
fn refused(error: LoginError) -> Problem {
    let words = match error {
        LoginError::Denied => "the log-in was refused at Twitch".to_owned(),
        LoginError::Expired => "the code has run out before it was used: begin anew".to_owned(),
        LoginError::WrongState => return lost(),
        LoginError::Refused(why) => format!(
            "Twitch refused the log-in ({why}): the redirect address must be registered for the app (docs/dashboard.md)"
        ),
        error @ LoginError::Unreachable(_) => return Problem::failed(&error),
    };
    log_in::forbidden(words)
}
