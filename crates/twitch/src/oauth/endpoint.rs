//! The calls to Twitch's log-in service about a token: validate, refresh, revoke.
//!
//! `twitch_oauth2` builds the requests and reads the answers; sending is ours, because
//! its own way loses a new token pair whose answer has no `expires_in`, and refuses a
//! `Content-Type` with a character set.

use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use twitch_api::client::{Bytes, Response};
use twitch_oauth2::{
    AccessTokenRef, ClientId, ClientSecret, RefreshTokenRef, ValidatedToken,
    id::TwitchTokenResponse,
};
use url::Url;

use super::{
    error::TokenError,
    http::{self, SendError},
    tokens::Identity,
};

/// Where the crate thinks the log-in service is.
const PREFIX: &str = "/oauth2/";

/// The log-in service and who we are there.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) base: Url,
    pub(super) client_id: String,
    pub(super) client_secret: Option<SecretString>,
    pub(super) http: reqwest::Client,
}

/// A new token pair.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The access token.
    pub access: SecretString,
    /// What renews it. Without one, the old refresh token stays good.
    pub refresh: Option<SecretString>,
    /// What it may do, if Twitch said so.
    pub scopes: Option<Vec<String>>,
    /// Seconds that the access token lives, if Twitch said so.
    pub expires_in_s: Option<u64>,
}

impl Endpoint {
    /// Whose token this is; `None` when Twitch says that it is not valid (any more).
    pub(super) async fn validate(
        &self,
        access: &SecretString,
    ) -> Result<Option<Identity>, TokenError> {
        let request = AccessTokenRef::from_str(access.expose_secret()).validate_token_request();
        let answer = self.send(request.map(Bytes::from)).await?;
        match answer.status() {
            StatusCode::OK => self.identity(&answer).map(Some),
            StatusCode::UNAUTHORIZED => Ok(None),
            _ => Err(unreachable_because(&answer)),
        }
    }

    fn identity(&self, answer: &Response) -> Result<Identity, TokenError> {
        let valid = ValidatedToken::from_response(answer).map_err(|_| unreadable())?;
        if valid.client_id.as_str() != self.client_id {
            return Err(TokenError::WrongClient(valid.client_id.to_string()));
        }
        let (Some(login), Some(user_id)) = (valid.login, valid.user_id) else {
            return Err(TokenError::NotAUser);
        };
        Ok(Identity {
            login: login.to_string(),
            user_id: user_id.to_string(),
            scopes: valid.scopes.unwrap_or_default().iter().map(ToString::to_string).collect(),
            expires_in_s: valid.expires_in.map(|d| d.as_secs()),
        })
    }

    /// Trades a refresh token for a new pair. A public client (no secret) can do this
    /// once a token: the answer must be stored, come what may.
    pub(super) async fn refresh(&self, refresh: &SecretString) -> Result<Pair, TokenError> {
        let client_id = ClientId::from(self.client_id.as_str());
        let secret = self.client_secret.as_ref().map(|s| ClientSecret::from(s.expose_secret()));
        let request = RefreshTokenRef::from_str(refresh.expose_secret())
            .refresh_token_request(&client_id, secret.as_ref());
        let answer = self.send(request.map(Bytes::from)).await?;
        match answer.status() {
            StatusCode::OK => pair(&answer),
            status if status.is_client_error() => Err(refusal(&answer)),
            _ => Err(unreachable_because(&answer)),
        }
    }

    /// Ends an access token. False: it was not valid (any more) anyway.
    pub(super) async fn revoke(&self, access: &SecretString) -> Result<bool, TokenError> {
        let form = [("client_id", self.client_id.as_str()), ("token", access.expose_secret())];
        let answer = self.post("revoke", &form).await?;
        match answer.status() {
            StatusCode::OK => Ok(true),
            StatusCode::BAD_REQUEST => Ok(false),
            status if status.is_client_error() => Err(TokenError::Refused(http::message(&answer))),
            _ => Err(unreachable_because(&answer)),
        }
    }

    /// Sends a form.
    pub(super) async fn post(
        &self,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<Response, TokenError> {
        let sent = http::post_form(&self.http, &self.base, path, form).await;
        sent.map(without_content_type).map_err(unreachable)
    }

    async fn send(&self, request: twitch_api::client::Request) -> Result<Response, TokenError> {
        let sent = http::send(&self.http, &self.base, PREFIX, request).await;
        sent.map(without_content_type).map_err(unreachable)
    }
}

/// With a `Content-Type` the crate accepts one spelling only.
fn without_content_type(mut answer: Response) -> Response {
    answer.headers_mut().remove(reqwest::header::CONTENT_TYPE);
    answer
}

fn unreachable(error: SendError) -> TokenError {
    match error {
        SendError::NotSent(why) | SendError::AnswerLost(why) => TokenError::Unreachable(why),
    }
}

/// Reads a new pair.
pub(super) fn pair(answer: &Response) -> Result<Pair, TokenError> {
    let new = TwitchTokenResponse::from_response(answer).map_err(|_| unreadable())?;
    let access = new.access_token.secret();
    if !is_token(access) {
        return Err(unreadable());
    }
    Ok(Pair {
        access: access.into(),
        refresh: new.refresh_token.as_ref().map(|t| t.secret().into()),
        scopes: new.scopes.map(|all| all.iter().map(ToString::to_string).collect()),
        expires_in_s: new.expires_in,
    })
}

/// What a 4xx on refresh means: a dead token, a wrong application, or "not now". Dead is only
/// what Twitch calls an "Invalid refresh token" (its documentation's words): a 401 without them
/// may come from a gateway, and would end an account that is well.
fn refusal(answer: &Response) -> TokenError {
    let message = http::message(answer);
    let words = message.to_ascii_lowercase();
    match answer.status() {
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED if words.contains("refresh token") => {
            TokenError::Revoked
        }
        StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN if words.contains("client") => {
            TokenError::Refused(message)
        }
        _ => unreachable_because(answer),
    }
}

pub(super) fn unreachable_because(answer: &Response) -> TokenError {
    let status = answer.status().as_u16();
    TokenError::Unreachable(format!("it answered {status}: {}", http::message(answer)))
}

/// Never says what was read: it may hold a token.
fn unreadable() -> TokenError {
    TokenError::Unreachable("its answer makes no sense".to_owned())
}

/// What people paste from elsewhere, made a token: blanks and `oauth:` taken off.
pub(super) fn checked(
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

/// Whether a text can stand in an HTTP header as a token; `twitch_oauth2` panics otherwise.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_is_wrong() {
        let check = |status: u16, message: &str, expected: TokenError| {
            let body = if message.is_empty() {
                String::new()
            } else {
                format!(r#"{{"status":{status},"message":"{message}"}}"#)
            };
            let mut answer = Response::new(Bytes::from(body));
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            assert_eq!(refusal(&answer), expected, "{status} {message}");
        };
        check(400, "Invalid refresh token", TokenError::Revoked);
        check(401, "Invalid refresh token", TokenError::Revoked);
        let refused = |message: &str| TokenError::Refused(message.to_owned());
        check(400, "missing client secret", refused("missing client secret"));
        check(403, "invalid client secret", refused("invalid client secret"));
        let passes = |words: &str| TokenError::Unreachable(format!("it answered {words}"));
        check(401, "Invalid OAuth token", passes("401: Invalid OAuth token"));
        check(400, "", passes("400: 400 Bad Request"));
        check(429, "slow down", TokenError::Unreachable("it answered 429: slow down".to_owned()));
    }

    #[test]
    fn only_visible_ascii_is_a_token() {
        for good in ["abc123", "a-b_c.d"] {
            assert!(is_token(good));
        }
        for bad in ["", "a b", "a\n", "é"] {
            assert!(!is_token(bad));
        }
    }
}
