//! Pages and API without a daemon, for tests: a database in a folder, and a daemon of wood.

pub mod browser;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderName, Request, StatusCode, header},
    middleware,
    response::Response,
};
use cliphound_clock::Clock;
use cliphound_engine::{Quieting, Teaching};
use cliphound_store::Store;
use cliphound_twitch::ChannelLogin;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::watch;
use tower::ServiceExt as _;

use super::{
    Access, App, Live, Metrics, Part, Problem, Readiness, Settings,
    access::Viewer,
    alerts::{Alerting, Target, Tried},
    api,
    controls::{CantControl, Controls},
    deletion::Forget,
    events::Feeds,
    metrics::Sample,
    names::{Known, Names},
    pages, problem,
    review::Desk,
    settings::{Change, Learned, Listed, Shown},
    words::At,
};
use crate::{
    board::Board,
    config::{Config, GlobalArgs},
    crew::Late,
    forget::{Found, Whom},
    time::TwitchTime,
    trouble::{Troubles, Watched},
};

/// When it is in these tests: 2026-11-21T12:00:00Z.
pub const NOW_MS: i64 = 1_795_262_400_000;

/// Everything that pages and API need.
pub struct Rig {
    /// What the routes share.
    pub app: App,
    /// What was asked of the daemon.
    pub wood: Arc<Wood>,
    _dir: tempfile::TempDir,
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its kind of content.
    pub kind: String,
    /// Its text.
    pub text: String,
    /// Where it leads.
    pub to: String,
    /// Where it leads the script.
    pub further: String,
    /// When to come back, in seconds.
    pub retry_after: String,
}

impl Rig {
    /// With an empty database.
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        let clock = Clock::starting_at(NOW_MS, 1.0);
        let recordings = dir.path().join("recordings");
        let wood = Arc::new(Wood { recordings, ..Wood::default() });
        let board = Board::new(TwitchTime::new(clock.clone()));
        let args = GlobalArgs { dir: Some(dir.path().to_owned()), ..GlobalArgs::default() };
        let web = Config::load(&args, &BTreeMap::new()).unwrap().web;
        let access = Access::new(store.clone(), clock.clone(), web, None);
        let app = App {
            access,
            turns: super::Turns::default(),
            live: Arc::clone(&wood) as Arc<dyn Live>,
            desk: Arc::clone(&wood) as Arc<dyn Desk>,
            metrics: Metrics::new(),
            store,
            clock,
            board: board.clone(),
            feeds: Feeds::new(board),
            controls: Arc::clone(&wood) as Arc<dyn Controls>,
            settings: Arc::clone(&wood) as Arc<dyn Settings>,
            names: Arc::clone(&wood) as Arc<dyn Names>,
            forget: Arc::clone(&wood) as Arc<dyn Forget>,
            alerting: Arc::clone(&wood) as Arc<dyn Alerting>,
        };
        Self { app, wood, _dir: dir }
    }

    /// What somebody is answered who looks at an address.
    pub async fn get(&self, viewer: &Viewer, path: &str) -> Answer {
        self.ask(Request::get(path).extension(viewer.clone()).body(Body::empty()).unwrap()).await
    }

    /// What somebody is answered who sends a form.
    pub async fn post(&self, viewer: &Viewer, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .extension(viewer.clone())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// What a request is answered.
    pub async fn ask(&self, request: Request<Body>) -> Answer {
        answer(self.router(), request).await
    }

    /// The same as it begins: of streams the rest is to come.
    pub async fn open(&self, request: Request<Body>) -> Response {
        self.router().oneshot(request).await.unwrap()
    }

    fn router(&self) -> Router {
        let pages = pages::routes().layer(middleware::from_fn(problem::on_pages));
        Router::new().merge(api::routes()).merge(pages).with_state(self.app.clone())
    }
}

async fn answer(router: Router, request: Request<Body>) -> Answer {
    let answer = router.oneshot(request).await.unwrap();
    let told = |name: HeaderName| {
        let value = answer.headers().get(name);
        value.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    };
    let (kind, to, status) = (told(header::CONTENT_TYPE), told(header::LOCATION), answer.status());
    let further = told(HeaderName::from_static("x-location"));
    let retry_after = told(header::RETRY_AFTER);
    let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Answer { status, kind, text, to, further, retry_after }
}

impl Controls for Wood {
    fn clip(&self, login: &ChannelLogin, by: &str, title: Option<&str>) -> Result<(), CantControl> {
        let told = format!("{by} clips {login}: {}", title.unwrap_or("-"));
        self.by_hand.lock().unwrap().push(told);
        Ok(())
    }

    fn quiet(&self, login: &ChannelLogin, by: &str, quieting: Quieting) -> Result<(), CantControl> {
        self.by_hand.lock().unwrap().push(format!("{by}: {quieting:?} {login}"));
        Ok(())
    }
}

impl Settings for Wood {
    fn channels(&self) -> Vec<Listed> {
        let (more, unknown) = (self.channels.lock().unwrap(), self.unknown.lock().unwrap());
        let logins = ["ninja"].into_iter().chain(more.iter().map(String::as_str));
        let listed = |login| Listed {
            is_followed: true,
            is_unknown: unknown.contains(&login),
            ..Listed::nothing_of(ChannelLogin::parse(login).unwrap())
        };
        logins.map(listed).collect()
    }

    fn of(&self, _: &ChannelLogin) -> Vec<Shown> {
        vec![Shown {
            key: "clips.budget_per_hour",
            value: "8".to_owned(),
            origin: "default".to_owned(),
            is_own: false,
            general: "8".to_owned(),
        }]
    }

    fn change<'a>(
        &'a self,
        _: &'a ChannelLogin,
        changes: &'a [Change],
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        self.changes.lock().unwrap().extend(changes.iter().cloned());
        async { Ok(()) }.boxed()
    }

    fn undo<'a>(
        &'a self,
        _: &'a ChannelLogin,
        change: &'a Change,
        _: i64,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        self.changes.lock().unwrap().push(change.clone());
        async { Ok(()) }.boxed()
    }

    fn follow<'a>(
        &'a self,
        login: &'a ChannelLogin,
        is_followed: bool,
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        let what = if is_followed { "follows" } else { "leaves" };
        self.by_hand.lock().unwrap().push(format!("{by} {what} {login}"));
        async { Ok(()) }.boxed()
    }

    fn model<'a>(&'a self, _: &'a ChannelLogin) -> BoxFuture<'a, Option<Learned>> {
        async { self.learned.lock().unwrap().clone() }.boxed()
    }

    fn export<'a>(&'a self, _: &'a ChannelLogin) -> BoxFuture<'a, Result<Vec<u8>, Problem>> {
        async { Err(Problem::conflict("nothing was learned")) }.boxed()
    }

    fn renew<'a>(
        &'a self,
        login: &'a ChannelLogin,
        file: Option<Vec<u8>>,
        by: &'a str,
    ) -> BoxFuture<'a, Result<(), Problem>> {
        let told = format!("{by} renews {login}: {:?} bytes", file.map(|file| file.len()));
        self.by_hand.lock().unwrap().push(told);
        async { Ok(()) }.boxed()
    }
}

impl Names for Wood {
    fn ask<'a>(&'a self, login: &'a ChannelLogin) -> BoxFuture<'a, Known> {
        let known = match self.no_answer.lock().unwrap().clone() {
            Some(why) => Known::Unasked(why),
            None if self.unknown.lock().unwrap().iter().any(|name| *name == login.as_str()) => {
                Known::No
            }
            None => Known::Yes,
        };
        async { known }.boxed()
    }
}

impl Forget for Wood {
    fn look<'a>(&'a self, _: &'a Whom) -> BoxFuture<'a, Result<Found, Problem>> {
        async { Ok(self.known.lock().unwrap().clone()) }.boxed()
    }

    fn forget<'a>(&'a self, whom: &'a Whom, by: &'a str) -> BoxFuture<'a, Result<Found, Problem>> {
        self.by_hand.lock().unwrap().push(format!("{by} forgets the {whom}"));
        async { Ok(std::mem::take(&mut *self.known.lock().unwrap())) }.boxed()
    }
}

impl Alerting for Wood {
    fn targets(&self) -> Vec<Target> {
        self.targets.lock().unwrap().clone()
    }

    fn test<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Tried, Problem>> {
        self.by_hand.lock().unwrap().push(format!("tests {name}"));
        let tried = self.tried(name);
        async { tried.ok_or_else(|| Problem::not_found("it was not noted")) }.boxed()
    }

    fn tried(&self, name: &str) -> Option<Tried> {
        let is_known = self.by_hand.lock().unwrap().contains(&format!("tests {name}"));
        let told = format!("{name}: not sent: the receiver says 404 <b>.");
        is_known.then(|| Tried { is_sent: false, told, at: At(NOW_MS).timestamp() })
    }
}

/// A daemon that does nothing but note what it is asked for.
#[derive(Default)]
pub struct Wood {
    /// Settings that were changed.
    pub changes: Mutex<Vec<Change>>,
    /// What was done by hand.
    pub by_hand: Mutex<Vec<String>>,
    /// Why nothing can be made from a VOD or fetched.
    pub no_vod: Mutex<Option<String>>,
    /// What there is of anybody who is to be forgotten.
    pub known: Mutex<Found>,
    /// Who is told of clips.
    pub targets: Mutex<Vec<Target>>,
    /// Channels that are followed besides ninja.
    pub channels: Mutex<Vec<String>>,
    /// Names that Twitch does not know.
    pub unknown: Mutex<Vec<&'static str>>,
    /// Why Twitch can't be asked for a name.
    pub no_answer: Mutex<Option<String>>,
    /// Stretches that editors cut: channel, start, end.
    pub cuts: Mutex<Vec<(String, i64, i64)>>,
    /// How often somebody was woken.
    pub woken: AtomicUsize,
    /// What was learned of every channel.
    pub learned: Mutex<Option<Learned>>,
    /// Tasks that hang.
    pub late: Mutex<Vec<Late>>,
    /// What is wrong.
    pub troubles: watch::Sender<Arc<Troubles>>,
    recordings: PathBuf,
}

impl Desk for Wood {
    fn recordings(&self) -> &Path {
        &self.recordings
    }

    fn why_no_vod(&self) -> Option<String> {
        self.no_vod.lock().unwrap().clone()
    }

    fn why_no_download(&self) -> Option<String> {
        self.why_no_vod()
    }

    fn decided(&self) {
        self.woken.fetch_add(1, Relaxed);
    }

    fn was_cut(&self, login: &ChannelLogin, start_ms: i64, end_ms: i64) {
        self.cuts.lock().unwrap().push((login.to_string(), start_ms, end_ms));
    }

    fn download_wanted(&self) {
        self.woken.fetch_add(1, Relaxed);
    }

    fn teaching<'a>(&'a self, _: &'a ChannelLogin) -> BoxFuture<'a, Option<Teaching>> {
        async { Some(Teaching { text: "as usual".to_owned(), kept: 1, ..Teaching::default() }) }
            .boxed()
    }
}

impl Live for Wood {
    fn late(&self) -> Vec<Late> {
        self.late.lock().unwrap().clone()
    }

    fn readiness(&self) -> BoxFuture<'_, Readiness> {
        let part = Part { ok: true, detail: String::new() };
        let detail = format!("{} can be written", self.recordings.display());
        let folders = Part { detail, ..part.clone() };
        async { Readiness { chat: part.clone(), database: part, folders } }.boxed()
    }

    fn troubles(&self) -> Watched {
        self.troubles.subscribe()
    }

    fn samples(&self) -> BoxFuture<'_, Vec<Sample>> {
        async { Vec::new() }.boxed()
    }
}
