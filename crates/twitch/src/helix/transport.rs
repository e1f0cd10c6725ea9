//! What `twitch_api` sends its requests through: our address, our view of the headers.
//!
//! The crate drops response headers, has one base address for the whole process, and
//! takes Create Clip's 202 for an error. So every status that is not a success ends
//! here, and the crate sees each success as the 200 that it knows.

use std::sync::{Arc, Mutex, PoisonError};

use cliphound_clock::Clock;
use reqwest::StatusCode;
use twitch_api::client::{Client, Request, Response};
use url::Url;

use super::limits::{Heard, Limits, retry_at_ms};
use crate::oauth::http::{self, SendError};

/// Where the crate thinks Helix is.
pub(super) const PREFIX: &str = "/helix/";

/// One Helix as seen from one daemon. Clones share the limits.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) base: Url,
    pub(super) clock: Clock,
    pub(super) http: reqwest::Client,
    pub(super) limits: Arc<Mutex<Limits>>,
}

/// Why there is no success to parse.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("{0}")]
    NotSent(String),
    #[error("{0}")]
    AnswerLost(String),
    #[error("{status}: {message}")]
    Status { status: u16, message: String, retry_at_ms: i64 },
}

impl Transport {
    pub(super) fn limits(&self) -> Limits {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request that was made for [`PREFIX`]; a success is a 200.
    pub(super) async fn call(&self, request: Request) -> Result<Response, CallError> {
        let sent = http::send(&self.http, &self.base, PREFIX, request).await;
        let mut answer = sent.map_err(|e| match e {
            SendError::NotSent(why) => CallError::NotSent(why),
            SendError::AnswerLost(why) => CallError::AnswerLost(why),
        })?;
        let is_here = http::is_plain_here(&self.base);
        let heard = Heard::new(answer.headers(), self.clock.now_ms(), is_here);
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        limits.update(answer.headers(), heard);
        drop(limits);
        if !answer.status().is_success() {
            return Err(CallError::Status {
                status: answer.status().as_u16(),
                message: http::message(&answer),
                retry_at_ms: retry_at_ms(answer.headers(), heard),
            });
        }
        *answer.status_mut() = StatusCode::OK;
        Ok(answer)
    }
}

impl Client for Transport {
    type Error = CallError;

    fn req(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Response, CallError>> + Send + use<> {
        let transport = self.clone();
        async move { transport.call(request).await }
    }
}
