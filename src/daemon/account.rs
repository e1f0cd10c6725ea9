//! The account that clips: its token, whether it may, and Twitch as it sees it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use cliphound_clock::Clock;
use cliphound_twitch::{
    helix::{
        Clip, CreateClip, CreatedClip, Helix, HelixError, Priority, Vod, VodClip,
        vod::{CLIP_MANAGING, MARKING},
    },
    irc::{ChatLogin, Credentials},
    login::ChannelLogin,
    oauth::{TokenError, Tokens, http_client},
};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::timeout;

use crate::{
    clips::{ClipApi, download::DownloadApi},
    config::Config,
};

/// Twitch wants tokens validated every hour.
const VALIDATE_EVERY: Duration = Duration::from_secs(3_600);
/// How long to wait when Twitch can't be reached.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// How long chat waits to learn whose token it is, in real time; then it reads anonymously
/// until it next connects.
const WHO_WITHIN: Duration = Duration::from_secs(5);
const CLIP_SCOPE: &str = "clips:edit";
const WRITE_SCOPE: &str = "user:write:chat";
const READ_SCOPE: &str = "chat:read";

/// The account that clips. Cheap to clone; clones are the same account.
#[derive(Clone)]
pub struct Account {
    /// Twitch's web API.
    pub helix: Helix,
    tokens: Tokens,
    /// Why the token can't be used, once Twitch or the file said so.
    refusal: Arc<Mutex<Option<String>>>,
}

impl Account {
    /// The account of the settings or of the token file; `None` without an app or a token.
    ///
    /// # Errors
    /// When the token file can't be read or a token can't be one.
    pub async fn open(config: &Config, clock: Clock) -> anyhow::Result<Option<Self>> {
        let twitch = &config.twitch;
        let Some(client_id) = twitch.client_id.clone() else { return Ok(None) };
        let (oauth, helix) = (config.endpoints.oauth.url(), config.endpoints.helix.url());
        let http = http_client(&[oauth, helix]).context("TLS can't be used on this system")?;
        let tokens = Tokens::new(
            oauth.clone(),
            client_id,
            twitch.client_secret.clone(),
            config.dir.tokens(),
            twitch.initial_token(),
            clock.clone(),
            http.clone(),
        )?;
        if tokens.current().await.is_none() {
            return Ok(None);
        }
        let helix = Helix::new(helix.clone(), tokens.clone(), clock, http);
        Ok(Some(Self { helix, tokens, refusal: Arc::default() }))
    }

    /// Whether the account may answer in chat.
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.refusal().is_none() && self.tokens.has_scope(WRITE_SCOPE)
    }

    /// Whether the token allows one of these, as far as is known: a token that was not
    /// validated yet may allow anything.
    #[must_use]
    pub fn may_do_one_of(&self, scopes: &[&str]) -> bool {
        self.tokens
            .identity()
            .is_none_or(|identity| scopes.iter().any(|scope| identity.has_scope(scope)))
    }

    /// Whether calls have a chance: nobody said that the token is worth nothing.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.refusal().is_none()
    }

    /// Validates the token now and every hour; says each change once.
    pub async fn stay_valid(self, clock: Clock) {
        let mut told = None;
        loop {
            let (words, pause) = self.validate().await;
            if told.as_ref() != Some(&words) {
                match &words {
                    Ok(words) => tracing::info!("{words}"),
                    Err(words) => tracing::warn!("{words}"),
                }
                told = Some(words);
            }
            clock.sleep(pause).await;
        }
    }

    async fn validate(&self) -> (Result<String, String>, Duration) {
        match self.tokens.validate().await {
            Ok(identity) => {
                *self.lock() = None;
                let login = &identity.login;
                let words = if identity.has_scope(CLIP_SCOPE) {
                    Ok(format!("logged in as {login}: clips are made by this account"))
                } else {
                    Err(format!(
                        "logged in as {login}, but its token may not make clips (scope {CLIP_SCOPE}): moments are recorded only"
                    ))
                };
                (words, VALIDATE_EVERY)
            }
            Err(TokenError::Unreachable(words)) => (
                Err(format!("Twitch's log-in can't be reached ({words}); trying again")),
                AGAIN_AFTER,
            ),
            Err(error) => {
                *self.lock() = Some(error.to_string());
                (Err(format!("no clips, moments are recorded only: {error}")), VALIDATE_EVERY)
            }
        }
    }

    /// Waits for a refresh under way, so that the new pair is not lost.
    pub async fn settled(&self) {
        self.tokens.settled().await;
    }

    fn refusal(&self) -> Option<String> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Credentials for Account {
    fn current(&self) -> BoxFuture<'_, Option<ChatLogin>> {
        async {
            if self.tokens.identity().is_none() && self.is_usable() {
                // Chat connects before the first validation is through. What is wrong
                // with the token is told by `stay_valid`.
                drop(timeout(WHO_WITHIN, self.tokens.validate()).await);
            }
            if !self.tokens.has_scope(READ_SCOPE) {
                return None;
            }
            let token = self.tokens.current().await?;
            let login = ChannelLogin::parse(&token.identity?.login).ok()?;
            Some(ChatLogin { login, token: token.secret })
        }
        .boxed()
    }
}

/// Clips by the account, if there is one.
#[derive(Clone)]
pub struct Clipper(pub Option<Account>);

impl Clipper {
    fn account(&self) -> Result<&Account, HelixError> {
        self.0.as_ref().ok_or_else(|| HelixError::NoToken(NO_ACCOUNT.to_owned()))
    }
}

const NO_ACCOUNT: &str = "there is no account: see TWITCH_ACCESS_TOKEN in .env.example";

impl ClipApi for Clipper {
    fn creator(&self) -> Result<Option<String>, String> {
        let account = self.account().map_err(|_| NO_ACCOUNT.to_owned())?;
        if let Some(refusal) = account.refusal() {
            return Err(refusal);
        }
        match account.tokens.identity() {
            Some(identity) if !identity.has_scope(CLIP_SCOPE) => Err(format!(
                "the token of {} may not make clips (scope {CLIP_SCOPE})",
                identity.login
            )),
            identity => Ok(identity.map(|identity| identity.user_id)),
        }
    }

    async fn create(&self, clip: &CreateClip) -> Result<CreatedClip, HelixError> {
        self.account()?.helix.create_clip(clip).await
    }

    fn may_use_vods(&self) -> bool {
        self.0.as_ref().is_some_and(|account| account.may_do_one_of(&CLIP_MANAGING))
    }

    async fn vods(&self, broadcaster_id: &str) -> Result<Vec<Vod>, HelixError> {
        self.account()?.helix.vods(broadcaster_id).await
    }

    async fn create_from_vod(&self, clip: &VodClip) -> Result<CreatedClip, HelixError> {
        self.account()?.helix.create_vod_clip(clip).await
    }

    fn may_mark(&self) -> bool {
        self.0.as_ref().is_some_and(|account| account.may_do_one_of(&MARKING))
    }

    async fn mark(&self, broadcaster_id: &str, description: &str) -> Result<(), HelixError> {
        self.account()?.helix.mark(broadcaster_id, description).await
    }

    async fn by_id(&self, id: &str) -> Result<Option<Clip>, HelixError> {
        let clips = self.account()?.helix.clips_by_id(&[id.to_owned()]).await?;
        Ok(clips.into_iter().find(|clip| clip.id == id))
    }

    async fn between(&self, id: &str, from_ms: i64, to_ms: i64) -> Result<Vec<Clip>, HelixError> {
        self.account()?.helix.clips_between(id, from_ms, to_ms).await
    }
}

impl DownloadApi for Clipper {
    async fn address(
        &self,
        broadcaster_id: &str,
        clip_id: &str,
    ) -> Result<Option<String>, HelixError> {
        let helix = self.account()?.helix.at(Priority::Background);
        let found = helix.clip_download(broadcaster_id, clip_id).await?;
        Ok(found.and_then(|download| download.landscape_url.or(download.portrait_url)))
    }
}
