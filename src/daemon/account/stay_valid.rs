//! Keeps one role's token valid, and says in words how it is, each change once.

use std::{sync::Arc, time::Duration};

use cliphound_clock::Clock;
use cliphound_twitch::{
    helix::vod::CLIP_MANAGING,
    oauth::{Identity, TokenError, Tokens, stored::Role},
};
use secrecy::ExposeSecret;

use crate::{
    config::scopes::{CLIPS, RECORDINGS, WRITE},
    crew::rest,
};

/// Twitch wants tokens validated every hour.
const VALIDATE_EVERY: Duration = Duration::from_secs(3_600);
/// How long to wait when Twitch can't be reached.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Validates one role's token at the start, every hour, and whenever it has changed; tells
/// at once when some call found that it is worth nothing. A token that is `elsewhere`, too,
/// is looked after there.
pub(super) async fn keep_valid(
    tokens: &Tokens,
    words: Words,
    elsewhere: Option<&Tokens>,
    clock: &Clock,
) {
    let mut refusals = tokens.watch_refusal();
    let mut told = Told::Nothing;
    let mut has_waited = false;
    loop {
        refusals.mark_unchanged();
        let (now, pause) = if is_same(tokens, elsewhere).await {
            (told.clone(), VALIDATE_EVERY)
        } else {
            validate(tokens, &words, has_waited).await
        };
        if told != now {
            now.tell();
            told = now;
        }
        let next = rest(async {
            tokio::select! {
                () = clock.sleep(pause) => Ok(true),
                changed = refusals.changed() => changed.map(|()| false),
            }
        });
        match next.await {
            Ok(waited) => has_waited = waited,
            Err(_) => return,
        }
    }
}

async fn validate(tokens: &Tokens, words: &Words, has_waited: bool) -> (Told, Duration) {
    // Asking about a dead token at once would only find it dead; after the hour it may turn out
    // that Twitch was wrong.
    let result = match tokens.refusal() {
        Some(TokenError::Revoked) if has_waited => tokens.validate_again().await,
        Some(error @ (TokenError::Missing | TokenError::Revoked)) => Err(error),
        _ => tokens.validate().await,
    };
    match result {
        Ok(identity) => (words.identity(&identity), VALIDATE_EVERY),
        Err(error) => {
            let pause = if error.may_pass() { AGAIN_AFTER } else { VALIDATE_EVERY };
            (words.error(&error), pause)
        }
    }
}

async fn is_same(tokens: &Tokens, other: Option<&Tokens>) -> bool {
    let Some(other) = other else { return false };
    match (tokens.current().await, other.current().await) {
        (Some(one), Some(two)) => one.secret.expose_secret() == two.secret.expose_secret(),
        _ => false,
    }
}

/// What is said of a role's account.
pub(super) struct Words {
    role: Role,
    /// Without it the role is of no use.
    scope: Option<&'static str>,
    /// What a good token means.
    good: &'static str,
    /// What a bad one means.
    bad: &'static str,
    /// The settings that need recordings, if any.
    recordings: Option<Arc<str>>,
}

impl Words {
    pub(super) fn of(role: Role) -> Self {
        let (scope, good, bad) = match role {
            Role::Clipper => (
                Some(CLIPS),
                "clips are made by this account",
                "no clips are made; chat is read on, and moments are recorded",
            ),
            Role::Bot => (
                Some(WRITE),
                "chat is answered by this account",
                "the account that clips answers in chat, if it may",
            ),
            Role::Broadcaster => (
                None,
                "this account is the broadcaster's",
                "signals that only the broadcaster gets are missing",
            ),
        };
        Self { role, scope, good, bad, recordings: None }
    }

    /// With the settings that need recordings, if any.
    pub(super) fn with_recordings(self, recordings: Option<Arc<str>>) -> Self {
        Self { recordings, ..self }
    }

    fn identity(&self, identity: &Identity) -> Told {
        let login = &identity.login;
        match self.scope {
            Some(scope) if !identity.has_scope(scope) => Told::Warning(format!(
                "logged in as {login}, but the token lacks the scope {scope}: run `cliphound login --role {}` (until then {})",
                self.role, self.bad
            )),
            _ => match self.recordings.as_ref().filter(|_| !may_use_recordings(identity)) {
                Some(settings) => Told::Warning(format!(
                    "logged in as {login}: {}; but for {settings} the token lacks the scope {RECORDINGS}: run `cliphound login --role {}`",
                    self.good, self.role
                )),
                None => Told::Good(format!("logged in as {login}: {}", self.good)),
            },
        }
    }

    fn error(&self, error: &TokenError) -> Told {
        match error {
            TokenError::Unreachable(words) => Told::Warning(format!(
                "Twitch's log-in gives no usable answer ({words}); it is tried again every {} s",
                AGAIN_AFTER.as_secs()
            )),
            TokenError::Missing if self.role != Role::Clipper => Told::Nothing,
            TokenError::Missing => Told::Warning(format!("{error} (until then {})", self.bad)),
            error => {
                let words = with_role(error, self.role);
                Told::Error(format!("{words} (until then {})", self.bad))
            }
        }
    }
}

fn may_use_recordings(identity: &Identity) -> bool {
    CLIP_MANAGING.iter().any(|scope| identity.has_scope(scope))
}

/// The command that mends it names the role, where it is not the usual one.
fn with_role(error: &TokenError, role: Role) -> String {
    let words = error.to_string();
    match role {
        Role::Clipper => words,
        other => words.replace("cliphound login", &format!("cliphound login --role {other}")),
    }
}

/// Something to say, once.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    Nothing,
    Good(String),
    Warning(String),
    Error(String),
}

impl Told {
    fn tell(&self) {
        match self {
            Self::Nothing => {}
            Self::Good(words) => tracing::info!("{words}"),
            Self::Warning(words) => tracing::warn!("{words}"),
            Self::Error(words) => tracing::error!("{words}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(role: Role, error: TokenError, expected: &str) {
        let found = match Words::of(role).error(&error) {
            Told::Nothing => String::new(),
            Told::Good(words) => format!("good: {words}"),
            Told::Warning(words) => format!("warning: {words}"),
            Told::Error(words) => format!("error: {words}"),
        };
        assert!(found.starts_with(expected), "{found}");
    }

    #[test]
    fn what_is_wrong_is_told_with_the_command_that_mends_it() {
        let clips = "error: Twitch no longer accepts the token, and it can't be renewed any more: run `cliphound login` (until then no clips are made;";
        check(Role::Clipper, TokenError::Revoked, clips);
        let bot = "error: Twitch no longer accepts the token, and it can't be renewed any more: run `cliphound login --role bot` (until";
        check(Role::Bot, TokenError::Revoked, bot);
        check(
            Role::Clipper,
            TokenError::Missing,
            "warning: nobody is logged in: run `cliphound login`",
        );
        assert_eq!(Words::of(Role::Bot).error(&TokenError::Missing), Told::Nothing);
        // Whoever logs in anew reaches Twitch no better: the cause itself says what helps.
        let told = "its name is not known (dns error): look at this machine's network and DNS";
        let away = format!(
            "Twitch's log-in gives no usable answer ({told}); it is tried again every 30 s"
        );
        let error = TokenError::Unreachable(told.to_owned());
        assert_eq!(Words::of(Role::Clipper).error(&error), Told::Warning(away));
    }

    #[test]
    fn a_token_that_may_not_do_its_work_is_told() {
        let ann = |scope: &str| Identity {
            login: "ann".to_owned(),
            user_id: "7".to_owned(),
            scopes: vec![scope.to_owned()],
            expires_in_s: None,
        };
        let words = Words::of(Role::Clipper);
        let good = "logged in as ann: clips are made by this account".to_owned();
        assert_eq!(words.identity(&ann(CLIPS)), Told::Good(good));
        let Told::Warning(lacks) = words.identity(&ann("chat:read")) else { panic!("no warning") };
        assert!(lacks.contains("lacks the scope clips:edit: run `cliphound login --role clipper`"));
        let words = Words { recordings: Some("clips.download".into()), ..words };
        let Told::Warning(lacks) = words.identity(&ann(CLIPS)) else { panic!("no warning") };
        let expected = "logged in as ann: clips are made by this account; but for clips.download the token lacks the scope editor:manage:clips: run `cliphound login --role clipper`";
        assert_eq!(lacks, expected);
        let able = Identity {
            scopes: vec![CLIPS.to_owned(), "channel:manage:clips".to_owned()],
            ..ann(CLIPS)
        };
        assert!(matches!(words.identity(&able), Told::Good(_)));
    }
}
