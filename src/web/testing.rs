//! Pages and API without a daemon, for tests: a database in a folder, and a daemon of wood.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use cliphound_clock::Clock;
use cliphound_store::Store;
use futures_util::{FutureExt, future::BoxFuture};
use tower::ServiceExt as _;

use super::{App, Live, Metrics, Part, Readiness, access::Viewer, api, metrics::Sample, pages};
use crate::crew::Late;

/// When it is in these tests: 2026-11-21T12:00:00Z.
pub const NOW_MS: i64 = 1_795_262_400_000;

/// Everything that pages and API need.
pub struct Rig {
    /// What the routes share.
    pub app: App,
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
}

impl Rig {
    /// With an empty database.
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("cliphound.db")).await.unwrap();
        let clock = Clock::starting_at(NOW_MS, 1.0);
        let app = App { live: Arc::new(Wood), metrics: Metrics::new(), store, clock };
        Self { app, _dir: dir }
    }

    /// What somebody is answered who looks at an address.
    pub async fn get(&self, viewer: &Viewer, path: &str) -> Answer {
        let request = Request::get(path).extension(viewer.clone());
        let router: Router =
            Router::new().merge(api::routes()).merge(pages::routes()).with_state(self.app.clone());
        let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let kind = answer.headers().get(header::CONTENT_TYPE);
        let kind = kind.map_or(String::new(), |kind| kind.to_str().unwrap().to_owned());
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        Answer { status, kind, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }
}

/// A daemon that does nothing.
struct Wood;

impl Live for Wood {
    fn late(&self) -> Vec<Late> {
        Vec::new()
    }

    fn readiness(&self) -> BoxFuture<'_, Readiness> {
        let part = Part { ok: true, detail: String::new() };
        async { Readiness { chat: part.clone(), database: part.clone(), folders: part } }.boxed()
    }

    fn samples(&self) -> BoxFuture<'_, Vec<Sample>> {
        async { Vec::new() }.boxed()
    }
}
