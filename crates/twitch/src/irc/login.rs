//! Whom a connection logs in as: a user with a token, or nobody.

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;

use crate::ChannelLogin;

/// Gives the login for chat, anew at each connect, so that refreshed tokens are used.
pub trait Credentials: Send + Sync {
    /// The user to log in as; `None` reads anonymously.
    fn current(&self) -> BoxFuture<'_, Option<ChatLogin>>;

    /// Chat refused this token: it is renewed where that is possible and helps. Called once in
    /// ten minutes at most; done when [`Credentials::current`] knows what came of it.
    fn refused<'a>(&'a self, token: &'a SecretString) -> BoxFuture<'a, ()>;

    /// Told whenever [`Credentials::current`] may have changed. Connections that are logged in
    /// as somebody else, or as nobody, are replaced then, without a gap.
    fn changes(&self) -> watch::Receiver<()>;
}

/// A user and an access token with the scope `chat:read`.
#[derive(Debug, Clone)]
pub struct ChatLogin {
    /// The user.
    pub login: ChannelLogin,
    /// The access token, with or without `oauth:` before it.
    pub token: SecretString,
}

impl ChatLogin {
    /// The password for PASS; `None` when the token can't be one (it would break the line).
    pub(super) fn password(&self) -> Option<SecretString> {
        let token = self.token.expose_secret().trim();
        let token = token.strip_prefix("oauth:").unwrap_or(token);
        let fits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| format!("oauth:{token}").into())
    }
}

/// A nick that Twitch lets read without a password.
pub(super) fn anonymous_nick() -> String {
    format!("justinfan{}", rand::random_range(10_000..1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_becomes_a_password_or_nothing() {
        for (token, expected) in [
            ("abc", Some("oauth:abc")),
            (" oauth:abc\n", Some("oauth:abc")),
            ("a\r\nJOIN #b", None),
            ("", None),
            ("oauth:", None),
        ] {
            let login = ChatLogin {
                login: ChannelLogin::parse("someone").expect("a login"),
                token: SecretString::from(token),
            };
            let password = login.password();
            let password = password.as_ref().map(ExposeSecret::expose_secret);
            assert_eq!(password, expected, "{token:?}");
        }
    }
}
