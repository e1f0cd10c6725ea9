//! The Helix calls: 401 is answered with one refresh; reads wait and repeat, writes never do.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use cliphound_clock::Clock;
use secrecy::ExposeSecret;
use twitch_api::{
    HelixClient,
    helix::{
        EmptyBody, Request, RequestGet, RequestPost, Response,
        chat::{SendChatMessageBody, SendChatMessageRequest},
        clips::{CreateClipRequest, GetClipsRequest},
        streams::GetStreamsRequest,
        users::GetUsersRequest,
    },
    types,
};
use twitch_oauth2::UserToken;
use url::Url;

use super::{
    answer::{Kind, classify},
    convert,
    error::HelixError,
    limits::Limits,
    transport::Transport,
    types::{Clip, CreateClip, CreatedClip, SentChat, Stream, User},
};
use crate::{
    ChannelLogin,
    oauth::{AccessToken, Identity, TokenError, Tokens},
};

/// Ids or logins that Twitch takes in one call.
const PER_CALL: usize = 100;
/// A listing ends after this many pages: 1000 clips of one span are enough for anybody.
const MAX_PAGES: usize = 10;
/// Pause before a read that met a 503 is repeated, on our clock.
const BUSY_PAUSE: Duration = Duration::from_secs(1);

/// The client of Helix: one in a process. Cheap to clone; clones share tokens and limits.
#[derive(Clone)]
pub struct Helix {
    client: HelixClient<'static, Transport>,
    tokens: Tokens,
    clock: Clock,
}

impl Helix {
    /// A client of the Helix at `base`, such as `https://api.twitch.tv/helix`. `http`
    /// comes from [`crate::oauth::http_client`], which has the right time-outs.
    #[must_use]
    pub fn new(base: Url, tokens: Tokens, clock: Clock, http: reqwest::Client) -> Self {
        let limits = Arc::new(Mutex::new(Limits::default()));
        let transport = Transport { base, clock: clock.clone(), http, limits };
        Self { client: HelixClient::with_client(transport), tokens, clock }
    }

    /// The users with these logins; unknown ones are left out. 100 a call.
    ///
    /// # Errors
    /// Of the first call that fails.
    pub async fn users(&self, logins: &[ChannelLogin]) -> Result<Vec<User>, HelixError> {
        let mut users = Vec::new();
        for part in logins.chunks(PER_CALL) {
            let names: Vec<types::UserName> = part.iter().map(|l| l.as_str().into()).collect();
            let page = self.get(GetUsersRequest::logins(names)).await?;
            users.extend(page.data.into_iter().map(convert::user));
        }
        Ok(users)
    }

    /// The streams of these users; who is not live is left out. 100 a call.
    ///
    /// # Errors
    /// Of the first call that fails.
    pub async fn streams(&self, user_ids: &[String]) -> Result<Vec<Stream>, HelixError> {
        let mut streams = Vec::new();
        for part in user_ids.chunks(PER_CALL) {
            let ids: Vec<types::UserId> = part.iter().map(|id| id.as_str().into()).collect();
            // Without `first` a page holds 20.
            let page = self.get(GetStreamsRequest::user_ids(ids).first(PER_CALL)).await?;
            streams.extend(page.data.into_iter().filter_map(convert::stream));
        }
        Ok(streams)
    }

    /// Asks for a clip of what is on now, once: only a 401, after which nothing has
    /// happened, is repeated, with a new token. Needs the scope `clips:edit`. The length
    /// is brought into 5 to 60 s in steps of 0.1 s.
    ///
    /// # Errors
    /// After [`HelixError::AnswerLost`] and [`HelixError::Unavailable`] the clip may exist.
    pub async fn create_clip(&self, request: &CreateClip) -> Result<CreatedClip, HelixError> {
        self.need_scope("clips:edit").await?;
        let mut wanted = CreateClipRequest::broadcaster_id(request.broadcaster_id.as_str())
            .duration(convert::duration_s(request.duration_s));
        if !request.title.is_empty() {
            wanted = wanted.title(request.title.as_str());
        }
        let answer = self.post(wanted, || EmptyBody).await?;
        Ok(convert::created(answer.data))
    }

    /// The clips with these ids; those that Twitch does not show (yet) are left out. 100 a call.
    ///
    /// # Errors
    /// Of the first call that fails.
    pub async fn clips_by_id(&self, ids: &[String]) -> Result<Vec<Clip>, HelixError> {
        let mut clips = Vec::new();
        for part in ids.chunks(PER_CALL) {
            let ids: Vec<types::ClipId> = part.iter().map(|id| id.as_str().into()).collect();
            let page = self.get(GetClipsRequest::clip_ids(ids).first(PER_CALL)).await?;
            clips.extend(page.data.into_iter().filter_map(convert::clip));
        }
        Ok(clips)
    }

    /// A channel's clips that anybody made in a span (Unix milliseconds, widened to whole
    /// seconds, which is all that Twitch tells); at most 1000, in Twitch's order.
    ///
    /// # Errors
    /// Of the first call that fails.
    pub async fn clips_between(
        &self,
        broadcaster_id: &str,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<Clip>, HelixError> {
        let no_time = || HelixError::BadRequest("the span is beyond the calendar".to_owned());
        let from = convert::second_before(from_ms).ok_or_else(no_time)?;
        let to = convert::second_after(to_ms).ok_or_else(no_time)?;
        let mut request = GetClipsRequest::broadcaster_id(broadcaster_id)
            .started_at(from)
            .ended_at(to)
            .first(PER_CALL);
        let mut clips = Vec::new();
        for _ in 0..MAX_PAGES {
            let page = self.get(request.clone()).await?;
            clips.extend(page.data.into_iter().filter_map(convert::clip));
            let Some(cursor) = page.pagination_data.cursor.filter(|c| !c.as_str().is_empty())
            else {
                break;
            };
            request.after = Some(cursor.into());
        }
        Ok(clips)
    }

    /// Says something in a channel as the token's user, once, like
    /// [`Helix::create_clip`]. Needs the scope `user:write:chat`; at most 500 characters.
    ///
    /// # Errors
    /// After [`HelixError::AnswerLost`] the message may stand in the chat. One that Twitch
    /// dropped is no error: see [`SentChat`].
    pub async fn send_chat(
        &self,
        broadcaster_id: &str,
        text: &str,
    ) -> Result<SentChat, HelixError> {
        let sender = self.need_scope("user:write:chat").await?.user_id;
        let body = || SendChatMessageBody::new(broadcaster_id, sender.as_str(), text);
        let sent = self.post(SendChatMessageRequest::new(), body).await?.data;
        let drop_reason = sent.drop_reason.map(|reason| reason.message);
        Ok(SentChat { is_sent: sent.is_sent, drop_reason })
    }

    /// The rate limits as the last answers told them.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.client.get_client().limits()
    }

    /// The token's user, if it may do what `scope` says. Asks Twitch once when the user
    /// is not known yet.
    async fn need_scope(&self, scope: &str) -> Result<Identity, HelixError> {
        let identity = match self.tokens.identity() {
            Some(identity) => identity,
            None => self.tokens.validate().await.map_err(no_token)?,
        };
        if identity.has_scope(scope) {
            return Ok(identity);
        }
        let login = &identity.login;
        Err(HelixError::NoToken(format!("the token of {login} lacks the scope {scope}")))
    }

    /// A read: waits for the reset after one 429 and repeats after one 503.
    async fn get<R, D>(&self, request: R) -> Result<Response<R, D>, HelixError>
    where
        R: Request<Response = D> + RequestGet + Clone,
        D: serde::de::DeserializeOwned + PartialEq,
    {
        let (mut may_wait, mut may_repeat) = (true, true);
        loop {
            let attempt = async |token: UserToken| {
                let answer = self.client.req_get(request.clone(), &token).await;
                answer.map_err(|e| classify(e, Kind::Read))
            };
            match self.with_token(attempt).await {
                Err(HelixError::RateLimited { reset_ms }) if may_wait => {
                    may_wait = false;
                    self.clock.sleep_until_ms(reset_ms).await;
                }
                Err(HelixError::Unavailable { status: 503, .. }) if may_repeat => {
                    may_repeat = false;
                    self.clock.sleep(BUSY_PAUSE).await;
                }
                result => return result,
            }
        }
    }

    /// A write: one attempt, and a second one only after a 401.
    async fn post<R, D, B>(
        &self,
        request: R,
        body: impl Fn() -> B,
    ) -> Result<Response<R, D>, HelixError>
    where
        R: Request<Response = D> + RequestPost<Body = B> + Clone,
        D: serde::de::DeserializeOwned + PartialEq,
        B: twitch_api::helix::HelixRequestBody,
    {
        self.with_token(async |token: UserToken| {
            let answer = self.client.req_post(request.clone(), body(), &token).await;
            answer.map_err(|e| classify(e, Kind::Write))
        })
        .await
    }

    /// Makes an attempt; after a 401 refreshes the token and makes one more. A refresh
    /// adds no scope, so a 401 for want of one is final.
    async fn with_token<T>(
        &self,
        attempt: impl AsyncFn(UserToken) -> Result<T, HelixError>,
    ) -> Result<T, HelixError> {
        let token = self.tokens.current().await.ok_or_else(|| no_token(TokenError::Missing))?;
        let message = match attempt(self.user_token(&token)).await {
            Err(HelixError::Unauthorized(message)) => message,
            result => return result,
        };
        if message.to_ascii_lowercase().contains("missing scope") {
            return Err(HelixError::Unauthorized(message));
        }
        match self.tokens.refresh(&token.secret).await {
            Ok(token) => attempt(self.user_token(&token)).await,
            // The 401 was an answer, so nothing happened: trying later is safe.
            Err(TokenError::Unreachable(why)) => Err(HelixError::NotSent(why)),
            Err(error) => Err(HelixError::Unauthorized(error.to_string())),
        }
    }

    /// The token as the crate wants it.
    fn user_token(&self, token: &AccessToken) -> UserToken {
        let identity = token.identity.as_ref();
        UserToken::from_existing_unchecked(
            token.secret.expose_secret(),
            None,
            self.tokens.client_id(),
            None,
            identity.map_or("", |i| i.login.as_str()).into(),
            identity.map_or("", |i| i.user_id.as_str()).into(),
            None,
            None,
        )
    }
}

impl fmt::Debug for Helix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Helix").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}

/// Nothing was sent: for want of a token, or because Twitch's log-in can't be reached.
fn no_token(error: TokenError) -> HelixError {
    match error {
        TokenError::Unreachable(why) => HelixError::NotSent(why),
        error => HelixError::NoToken(error.to_string()),
    }
}
