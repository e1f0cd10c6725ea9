//! The application at Twitch's log-in service: begins log-ins, and ends tokens.

use std::fmt;

use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use twitch_api::client::Response;
use url::Url;

use super::{
    endpoint::{self, Endpoint, Pair},
    error::{LoginError, TokenError},
    http,
    tokens::Identity,
};

/// An application that is registered at <https://dev.twitch.tv/console/apps>.
#[derive(Clone)]
pub struct App(pub(super) Endpoint);

impl App {
    /// The application with this id. `client_secret` is `None` for a public client;
    /// `oauth_base` is such as `https://id.twitch.tv/oauth2`; `http` comes from
    /// [`crate::oauth::http_client`].
    #[must_use]
    pub fn new(
        oauth_base: Url,
        client_id: String,
        client_secret: Option<SecretString>,
        http: reqwest::Client,
    ) -> Self {
        let client_secret = client_secret.filter(|s| !s.expose_secret().is_empty());
        Self(Endpoint { base: oauth_base, client_id, client_secret, http })
    }

    /// Whose token this is; `None` when Twitch says that it is not valid (any more).
    ///
    /// # Errors
    /// When it belongs to another application or to no user, or there is no usable answer.
    pub async fn whose(&self, access: &SecretString) -> Result<Option<Identity>, TokenError> {
        self.0.validate(access).await
    }

    /// Ends an access token, and with it what would renew it. False: it was not valid (any
    /// more) anyway.
    ///
    /// # Errors
    /// When Twitch refuses the application, or there is no usable answer.
    pub async fn revoke(&self, access: &SecretString) -> Result<bool, TokenError> {
        self.0.revoke(access).await
    }

    /// Asks for a token with what a log-in gave.
    pub(super) async fn grant(&self, form: &[(&str, &str)]) -> Result<Response, LoginError> {
        let mut form = form.to_vec();
        form.push(("client_id", &self.0.client_id));
        if let Some(secret) = &self.0.client_secret {
            form.push(("client_secret", secret.expose_secret()));
        }
        self.post("token", &form).await
    }

    pub(super) async fn post(
        &self,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<Response, LoginError> {
        self.0.post(path, form).await.map_err(unreachable)
    }
}

/// Reads the pair of a 200.
pub(super) fn pair(answer: &Response) -> Result<Pair, LoginError> {
    endpoint::pair(answer).map_err(unreachable)
}

/// What an answer without a token means when nothing special was said.
pub(super) fn refusal(answer: &Response) -> LoginError {
    match answer.status() {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => no_answer(answer),
        status if status.is_client_error() => LoginError::Refused(http::message(answer)),
        _ => no_answer(answer),
    }
}

fn no_answer(answer: &Response) -> LoginError {
    unreachable(endpoint::unreachable_because(answer))
}

fn unreachable(error: TokenError) -> LoginError {
    match error {
        TokenError::Unreachable(why) => LoginError::Unreachable(why),
        other => LoginError::Refused(other.to_string()),
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("client_id", &self.0.client_id).finish_non_exhaustive()
    }
}
