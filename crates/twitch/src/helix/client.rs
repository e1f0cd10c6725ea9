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
        EmptyBody, HelixRequestBody, Request, RequestGet, RequestPost, Response,
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
    limits::{Limits, Priority},
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
/// A write is repeated after a 401 at most so many milliseconds after it was asked for: later,
/// a clip would be of another instant of the stream, and be looked for at the wrong time.
const STALE_MS: i64 = 5_000;

/// The client of Helix: one in a process. Cheap to clone; clones share tokens and limits.
#[derive(Clone)]
pub struct Helix {
    client: HelixClient<'static, Transport>,
    tokens: Tokens,
    clock: Clock,
    priority: Priority,
}

impl Helix {
    /// A client of the Helix at `base`, such as `https://api.twitch.tv/helix`. `http`
    /// comes from [`crate::oauth::http_client`], which has the right time-outs.
    #[must_use]
    pub fn new(base: Url, tokens: Tokens, clock: Clock, http: reqwest::Client) -> Self {
        let limits = Arc::new(Mutex::new(Limits::default()));
        let transport = Transport { base, clock: clock.clone(), http, limits };
        let client = HelixClient::with_client(transport);
        Self { client, tokens, clock, priority: Priority::Poll }
    }

    /// The same client, whose reads leave more or fewer points to others. Without it, they
    /// have [`Priority::Poll`].
    #[must_use]
    pub fn at(&self, priority: Priority) -> Self {
        Self { priority, ..self.clone() }
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

    /// The users with these ids, whatever they are called now; who does not exist (any more)
    /// is left out. 100 a call.
    ///
    /// # Errors
    /// Of the first call that fails.
    pub async fn users_by_id(&self, user_ids: &[String]) -> Result<Vec<User>, HelixError> {
        let mut users = Vec::new();
        for part in user_ids.chunks(PER_CALL) {
            let ids: Vec<types::UserId> = part.iter().map(|id| user_id(id)).collect();
            let page = self.get(GetUsersRequest::ids(ids)).await?;
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
            let ids: Vec<types::UserId> = part.iter().map(|id| user_id(id)).collect();
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
        let mut wanted = CreateClipRequest::broadcaster_id(user_id(&request.broadcaster_id))
            .duration(convert::duration_s(request.duration_s));
        if !request.title.is_empty() {
            wanted = wanted.title(request.title.clone());
        }
        let answer = self.post(wanted, EmptyBody).await?;
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
        let mut request = GetClipsRequest::broadcaster_id(user_id(broadcaster_id))
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
        let body =
            SendChatMessageBody::new(user_id(broadcaster_id), user_id(&sender), text.to_owned());
        let sent = self.post(SendChatMessageRequest::new(), body).await?.data;
        let drop_reason = sent.drop_reason.map(|reason| reason.message);
        Ok(SentChat { is_sent: sent.is_sent, drop_reason })
    }

    /// The rate limits as the last answers told them.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.client.get_client().limits()
    }

    /// What calls that the crate does not know are sent through.
    pub(super) fn transport(&self) -> &Transport {
        self.client.get_client()
    }

    /// The application's id, which every call names.
    pub(super) fn client_id(&self) -> &str {
        self.tokens.client_id()
    }

    /// The token's user, if it may do what `scope` says. Asks Twitch once when the user
    /// is not known yet.
    async fn need_scope(&self, scope: &str) -> Result<Identity, HelixError> {
        self.need_one_of(&[scope]).await
    }

    /// The token's user, if it may do what one of `scopes` says.
    pub(super) async fn need_one_of(&self, scopes: &[&str]) -> Result<Identity, HelixError> {
        let identity = match self.tokens.identity() {
            Some(identity) => identity,
            None => self.tokens.validate().await.map_err(no_token)?,
        };
        if scopes.iter().any(|scope| identity.has_scope(scope)) {
            return Ok(identity);
        }
        let (login, scopes) = (&identity.login, scopes.join(" or "));
        Err(HelixError::NoToken(format!("the token of {login} lacks the scope {scopes}")))
    }

    /// A read: waits while the points left are for what is more urgent, waits for the reset
    /// after one 429, and repeats after one 503.
    pub(super) async fn get<R, D>(&self, request: R) -> Result<Response<R, D>, HelixError>
    where
        R: Request<Response = D> + RequestGet + Clone + 'static,
        D: serde::de::DeserializeOwned + PartialEq,
    {
        let (mut may_wait, mut may_repeat) = (true, true);
        if let Some(free_ms) = self.limits().free_at_ms(self.priority, self.clock.now_ms()) {
            self.clock.sleep_until_ms(free_ms).await;
        }
        loop {
            match self.get_once(&request).await {
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

    /// A read without waiting; a second attempt only after a 401.
    pub(super) async fn get_once<R, D>(&self, request: &R) -> Result<Response<R, D>, HelixError>
    where
        R: Request<Response = D> + RequestGet + Clone + 'static,
        D: serde::de::DeserializeOwned + PartialEq,
    {
        let mut token = self.token().await?;
        let mut may_refresh = true;
        loop {
            let user_token = self.user_token(&token);
            let answer = self.client.req_get(request.clone(), &user_token).await;
            match answer.map_err(|e| classify(e, Kind::Read)) {
                Err(HelixError::Unauthorized(message)) if may_refresh => {
                    may_refresh = false;
                    token = self.renewed(&token, message).await?;
                }
                result => return result,
            }
        }
    }

    /// A write: one attempt, and a second one only after a 401.
    pub(super) async fn post<R, D, B>(
        &self,
        request: R,
        body: B,
    ) -> Result<Response<R, D>, HelixError>
    where
        R: Request<Response = D> + RequestPost<Body = B> + Clone + 'static,
        D: serde::de::DeserializeOwned + PartialEq,
        B: HelixRequestBody + Clone + 'static,
    {
        let mut token = self.token().await?;
        let mut may_refresh = true;
        loop {
            let user_token = self.user_token(&token);
            let asked_ms = self.clock.now_ms();
            let answer = self.client.req_post(request.clone(), body.clone(), &user_token).await;
            match answer.map_err(|e| classify(e, Kind::Write)) {
                Err(HelixError::Unauthorized(message)) if may_refresh => {
                    may_refresh = false;
                    token = self.renewed(&token, message).await?;
                    self.still_wanted(asked_ms)?;
                }
                result => return result,
            }
        }
    }

    /// Whether what was asked for at `asked_ms` may still be sent. Nothing was sent so far.
    fn still_wanted(&self, asked_ms: i64) -> Result<(), HelixError> {
        if self.clock.now_ms() - asked_ms <= STALE_MS {
            return Ok(());
        }
        Err(HelixError::NotSent("Twitch's log-in service took too long".to_owned()))
    }

    /// Finds out whether the token is worth anything yet; whoever watches the tokens hears it.
    pub(super) async fn check_token(&self) {
        if let Err(error) = self.tokens.validate().await {
            tracing::debug!(%error, "the token was asked about");
        }
    }

    pub(super) async fn token(&self) -> Result<AccessToken, HelixError> {
        self.tokens.current().await.ok_or_else(|| no_token(TokenError::Missing))
    }

    /// The token to use after a 401 with `message`. A refresh adds no scope, so a 401 for
    /// want of one is final.
    pub(super) async fn renewed(
        &self,
        refused: &AccessToken,
        message: String,
    ) -> Result<AccessToken, HelixError> {
        if message.to_ascii_lowercase().contains("missing scope") {
            return Err(HelixError::Unauthorized(message));
        }
        self.tokens.refresh(&refused.secret).await.map_err(|error| match error {
            // The 401 was an answer, so nothing happened: trying later is safe.
            TokenError::Unreachable(why) => {
                HelixError::NotSent(format!("its log-in service: {why}"))
            }
            error => HelixError::Unauthorized(error.to_string()),
        })
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

/// An id as the crate wants it. Owned: with a borrowed one the crate's futures can't be
/// shown to be `Send`.
pub(super) fn user_id(id: &str) -> types::UserId {
    id.into()
}

/// Nothing was sent: for want of a token, or because Twitch's log-in can't be reached.
fn no_token(error: TokenError) -> HelixError {
    match error {
        TokenError::Unreachable(why) => HelixError::NotSent(why),
        error => HelixError::NoToken(error.to_string()),
    }
}
