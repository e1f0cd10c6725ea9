//! The accounts: the one that clips and those of other roles, their tokens, and Twitch as
//! they see it.

mod stay_valid;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
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
    oauth::{Identity, TokenError, Tokens, http_client, stored::Role},
};
use futures_util::{FutureExt, future::BoxFuture};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use stay_valid::{Words, keep_valid};

use super::posts;
use crate::{
    clips::{
        ClipApi, NoCreator,
        download::{DownloadApi, Standing},
    },
    config::{
        Config,
        scopes::{CHAT_READ as READ_SCOPE, CLIPS as CLIP_SCOPE, WRITE as WRITE_SCOPE},
    },
    crew::{Crew, rest},
};

/// How long chat waits to learn whose token it is, in real time; then it reads anonymously
/// until it next connects.
const WHO_WITHIN: Duration = Duration::from_secs(5);

/// How often the token file is looked at: a log-in in another terminal is taken up so soon.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The account that clips, and those of the other roles. Cheap to clone; clones are the
/// same accounts.
#[derive(Clone)]
pub struct Account {
    /// Twitch's web API, as the account that clips.
    pub helix: Helix,
    tokens: Tokens,
    others: Arc<[Seat; 2]>,
    file: PathBuf,
    /// What recordings are used for, when the token may not use them.
    recordings: Option<Arc<str>>,
}

/// Another role's account, when somebody has logged in as it.
struct Seat {
    role: Role,
    tokens: Tokens,
    helix: Helix,
}

impl Account {
    /// The accounts of the settings and of the token file, also when nobody is logged in
    /// yet; `None` without an app.
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
        let client = |tokens: &Tokens| {
            Helix::new(helix.clone(), tokens.clone(), clock.clone(), http.clone())
        };
        let seat = |role| -> anyhow::Result<Seat> {
            let tokens = tokens.of_role(role)?;
            Ok(Seat { role, helix: client(&tokens), tokens })
        };
        let others = Arc::new([seat(Role::Bot)?, seat(Role::Broadcaster)?]);
        let (file, helix) = (config.dir.tokens(), client(&tokens));
        let recordings = config.without_recordings(&[]).map(Arc::from);
        Ok(Some(Self { helix, others, file, tokens, recordings }))
    }

    /// The same accounts; what is read as the one that clips leaves more or fewer points to others.
    #[must_use]
    pub fn at(&self, priority: Priority) -> Self {
        Self { helix: self.helix.at(priority), ..self.clone() }
    }

    /// Twitch's web API as the account that answers in chat: the bot's, else the one that
    /// clips, whichever may. `None` when neither may.
    #[must_use]
    pub fn speaker(&self) -> Option<&Helix> {
        let bot = self.of_role(Role::Bot).filter(|(tokens, _)| may_write(tokens));
        bot.or_else(|| may_write(&self.tokens).then_some((&self.tokens, &self.helix)))
            .map(|(_, helix)| helix)
    }

    /// Whether the token allows one of these, as far as is known: a token that was not
    /// validated yet may allow anything.
    #[must_use]
    pub fn may_do_one_of(&self, scopes: &[&str]) -> bool {
        self.tokens
            .identity()
            .is_none_or(|identity| scopes.iter().any(|scope| identity.has_scope(scope)))
    }

    /// A role's token and web API, when somebody is logged in as it and Twitch takes it.
    #[must_use]
    pub fn of_role(&self, role: Role) -> Option<(&Tokens, &Helix)> {
        let (tokens, helix) = match self.others.iter().find(|seat| seat.role == role) {
            Some(seat) => (&seat.tokens, &seat.helix),
            None => (&self.tokens, &self.helix),
        };
        tokens.refusal().is_none().then_some((tokens, helix))
    }

    /// Whether calls have a chance: somebody is logged in, and nobody said that the token is
    /// worth nothing.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.tokens.refusal().is_none()
    }

    /// Whose account it is. Asks Twitch when that is not known yet, for some seconds only.
    pub async fn identity(&self) -> Option<Identity> {
        if self.tokens.identity().is_none() && self.is_usable() {
            // Chat connects before the first validation is through. What is wrong with the
            // token is told by `stay_valid`.
            drop(timeout(WHO_WITHIN, self.tokens.validate()).await);
        }
        self.known()
    }

    /// Whose account it is, as far as that is known without asking.
    #[must_use]
    pub fn known(&self) -> Option<Identity> {
        self.tokens.identity().filter(|_| self.is_usable())
    }

    /// Told whenever somebody logs in or out, or the token changes in whatever way.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.tokens.changes()
    }

    /// Waits until calls have a chance.
    pub async fn usable(&self) {
        // The sender lives as long as `self`.
        drop(self.tokens.watch_refusal().wait_for(Option::is_none).await);
    }

    /// Keeps all accounts valid: Twitch is asked now and every hour; what a log-in or a
    /// log-out in another terminal changes is taken up; each change is told once.
    pub fn stay_valid(&self, crew: &Crew, stop: &CancellationToken, clock: &Clock) {
        for role in Role::ALL {
            let (own, clock) = (self.clone(), clock.clone());
            crew.keep(posts::ACCOUNT.about(role.name()).until(stop), (), move |()| {
                own.clone().keep_valid(role, clock.clone()).boxed()
            });
        }
        let (own, clock) = (self.clone(), clock.clone());
        crew.keep(posts::TOKEN_FILE.until(stop), (), move |()| {
            own.clone().watch_file(clock.clone()).boxed()
        });
    }

    async fn keep_valid(self, role: Role, clock: Clock) {
        let words = Words::of(role);
        match self.others.iter().find(|seat| seat.role == role) {
            Some(seat) => keep_valid(&seat.tokens, words, Some(&self.tokens), &clock).await,
            None => {
                let words = words.with_recordings(self.recordings.clone());
                keep_valid(&self.tokens, words, None, &clock).await;
            }
        }
    }

    /// Looks at the file's time and size: it is replaced whole, so any change shows.
    async fn watch_file(self, clock: Clock) {
        // What was written since the file was read at the start is new, too.
        let mut seen = None;
        loop {
            rest(clock.sleep(LOOK_EVERY)).await;
            let now = stamp(&self.file).await;
            if now != seen {
                seen = now;
                self.tokens.reload().await;
                for seat in self.others.iter() {
                    seat.tokens.reload().await;
                }
            }
        }
    }

    /// Waits for a refresh under way, so that the new pair is not lost.
    pub async fn settled(&self) {
        self.tokens.settled().await;
        for seat in self.others.iter() {
            seat.tokens.settled().await;
        }
    }
}

fn may_write(tokens: &Tokens) -> bool {
    tokens.refusal().is_none() && tokens.has_scope(WRITE_SCOPE)
}

/// When the file was changed, and its size; `None` without a file.
async fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let about = tokio::fs::metadata(path).await.ok()?;
    Some((about.modified().ok()?, about.len()))
}

impl Credentials for Account {
    fn current(&self) -> BoxFuture<'_, Option<ChatLogin>> {
        async {
            drop(self.identity().await);
            if !self.is_usable() || !self.tokens.has_scope(READ_SCOPE) {
                return None;
            }
            let token = self.tokens.current().await?;
            let login = ChannelLogin::parse(&token.identity?.login).ok()?;
            Some(ChatLogin { login, token: token.secret })
        }
        .boxed()
    }

    fn refused<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, ()> {
        async {
            let now = self.tokens.current().await;
            if now.is_some_and(|now| now.secret.expose_secret() == token.expose_secret()) {
                // Twitch's log-in knows whether it is dead, and then it is renewed. One that is
                // good is left alone: to renew it in vain could cost the clips their token.
                drop(self.tokens.validate().await);
            }
        }
        .boxed()
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.tokens.changes()
    }
}

/// Clips by the account, if there is one.
#[derive(Clone)]
pub struct Clipper(pub Option<Account>);

impl Clipper {
    /// Clips that somebody waits for: what is asked about them takes the last point.
    #[must_use]
    pub fn urgent(account: Option<&Account>) -> Self {
        Self(account.map(|account| account.at(Priority::Clip)))
    }

    /// Whether each role's account can be used, as far as is known: that of the clipper in any case,
    /// those of others where somebody has logged in as them.
    #[must_use]
    pub fn standings(&self) -> Vec<(&'static str, bool)> {
        let clipper = (Role::Clipper.name(), self.creator().is_ok());
        let others = self.0.iter().flat_map(|account| account.others.iter());
        let others = others.filter_map(|seat| {
            let refusal = seat.tokens.refusal();
            let is_there = refusal != Some(TokenError::Missing);
            is_there.then_some((seat.role.name(), refusal.is_none()))
        });
        [clipper].into_iter().chain(others).collect()
    }

    fn account(&self) -> Result<&Account, HelixError> {
        self.0.as_ref().ok_or_else(|| HelixError::NoToken(NO_ACCOUNT.to_owned()))
    }
}

const NO_ACCOUNT: &str = "there is no account: set TWITCH_CLIENT_ID and run `cliphound login`";

impl ClipApi for Clipper {
    fn creator(&self) -> Result<Option<String>, NoCreator> {
        let account = self.account().map_err(|_| NoCreator::Nobody(NO_ACCOUNT.to_owned()))?;
        match account.tokens.refusal() {
            None => {}
            Some(nobody @ TokenError::Missing) => {
                return Err(NoCreator::Nobody(nobody.to_string()));
            }
            Some(dead) => return Err(NoCreator::DeadToken(dead.to_string())),
        }
        match account.tokens.identity() {
            Some(identity) if !identity.has_scope(CLIP_SCOPE) => Err(NoCreator::Nobody(format!(
                "the token of {} may not make clips (scope {CLIP_SCOPE}): run `cliphound login`",
                identity.login
            ))),
            identity => Ok(identity.map(|identity| identity.user_id)),
        }
    }

    async fn create(&self, clip: &CreateClip) -> Result<CreatedClip, HelixError> {
        self.account()?.helix.create_clip(clip).await
    }

    fn may_use_vods(&self) -> bool {
        self.0.as_ref().is_some_and(|account| account.may_do_one_of(&CLIP_MANAGING))
    }

    async fn edits(&self, broadcaster_id: &str) -> Result<Option<bool>, HelixError> {
        self.account()?.helix.edits(broadcaster_id).await
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
    fn standing(&self) -> Standing {
        match &self.0 {
            Some(account) if account.is_usable() => {
                let may = account.may_do_one_of(&CLIP_MANAGING);
                if may { Standing::Able } else { Standing::NotAllowed }
            }
            _ => Standing::Nobody,
        }
    }

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

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

    use super::*;
    use crate::config::GlobalArgs;

    /// So long nothing here may take, in real time.
    const HANGS: Duration = Duration::from_secs(20);

    /// An account with a token, at a Twitch of wood.
    pub(in crate::daemon) async fn account(server: &MockServer, dir: &Path) -> Account {
        let environment = [
            ("TWITCH_CLIENT_ID", "app".to_owned()),
            ("TWITCH_ACCESS_TOKEN", "a".repeat(30)),
            ("CLIPHOUND_ENDPOINTS__HELIX", format!("{}/helix", server.uri())),
            ("CLIPHOUND_ENDPOINTS__OAUTH", server.uri()),
        ];
        let environment: BTreeMap<String, String> =
            environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let args = GlobalArgs { dir: Some(dir.to_owned()), ..GlobalArgs::default() };
        let config = Config::load(&args, &environment).unwrap();
        Account::open(&config, Clock::starting_at(1_000_000, 1.0)).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn whether_accounts_can_be_used_is_told_by_role() {
        assert_eq!(Clipper(None).standings(), [("clipper", false)]);
        let (server, dir) = (MockServer::start().await, tempfile::tempdir().unwrap());
        let dead = ResponseTemplate::new(401).set_body_json(json!({"status": 401}));
        Mock::given(path("/validate")).respond_with(dead).mount(&server).await;
        let account = account(&server, dir.path()).await;
        let clipper = Clipper(Some(account.clone()));
        assert_eq!(clipper.standings(), [("clipper", true)], "nobody has said anything else");
        account.tokens.validate().await.unwrap_err();
        assert_eq!(clipper.standings(), [("clipper", false)], "and nobody is logged in as others");
        assert!(matches!(clipper.creator(), Err(NoCreator::DeadToken(_))));
    }

    /// A look that slept until the bucket is full again would hold a place for a minute, and
    /// come too late for another call.
    #[tokio::test]
    async fn a_look_for_a_clip_takes_the_last_points() {
        let (server, dir) = (MockServer::start().await, tempfile::tempdir().unwrap());
        let who = json!({"client_id": "app", "login": "hound", "user_id": "1",
            "scopes": ["clips:edit"], "expires_in": 5_000});
        let valid = ResponseTemplate::new(200).set_body_json(who);
        Mock::given(path("/validate")).respond_with(valid).mount(&server).await;
        let none = ResponseTemplate::new(200)
            .insert_header("Ratelimit-Limit", "800")
            .insert_header("Ratelimit-Remaining", "39")
            .insert_header("Ratelimit-Reset", "1500")
            .set_body_json(json!({"data": [], "pagination": {}}));
        Mock::given(path("/helix/clips")).respond_with(none).expect(2).mount(&server).await;
        let clipper = Clipper::urgent(Some(&account(&server, dir.path()).await));
        assert_eq!(clipper.by_id("A").await, Ok(None));
        let again = timeout(HANGS, clipper.between("7", 0, 1_000_000)).await;
        assert_eq!(again.expect("it waits for other points"), Ok(Vec::new()));
    }
}
