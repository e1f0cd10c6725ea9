//! Asks Twitch for a channel's name, for whoever is about to follow it.

use std::{slice, time::Duration};

use cliphound_twitch::{ChannelLogin, helix::HelixError};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::time::timeout;

use super::account::Account;
use crate::web::names::{Known, Names};

/// Somebody waits for the answer: so long at most, real time.
const WITHIN: Duration = Duration::from_secs(5);

const NOBODY: &str = "Twitch tells it to an account only, and none is logged in (cliphound login)";
const SILENT: &str = "Twitch does not answer just now";

/// Twitch, as the account sees it, if there is one.
pub struct AtTwitch(pub Option<Account>);

impl Names for AtTwitch {
    fn ask<'a>(&'a self, login: &'a ChannelLogin) -> BoxFuture<'a, Known> {
        async move {
            let Some(account) = self.0.as_ref().filter(|account| account.is_usable()) else {
                return Known::Unasked(NOBODY.to_owned());
            };
            match timeout(WITHIN, account.helix.users(slice::from_ref(login))).await {
                Ok(Ok(users)) if users.iter().any(|user| user.login == login.as_str()) => {
                    Known::Yes
                }
                Ok(Ok(_)) => Known::No,
                Ok(Err(HelixError::NoToken(_) | HelixError::Unauthorized(_))) => {
                    Known::Unasked(NOBODY.to_owned())
                }
                Ok(Err(error)) => {
                    tracing::debug!(channel = %login, %error, "a name could not be asked for");
                    Known::Unasked(SILENT.to_owned())
                }
                Err(_) => Known::Unasked(SILENT.to_owned()),
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

    use super::*;
    use crate::daemon::account::tests::account;

    async fn asked(users: ResponseTemplate) -> Known {
        let (server, dir) = (MockServer::start().await, tempfile::tempdir().unwrap());
        let who = json!({"client_id": "app", "login": "hound", "user_id": "1",
            "scopes": [], "expires_in": 5_000});
        let valid = ResponseTemplate::new(200).set_body_json(who);
        Mock::given(path("/validate")).respond_with(valid).mount(&server).await;
        Mock::given(path("/helix/users")).respond_with(users).mount(&server).await;
        let account = account(&server, dir.path()).await;
        AtTwitch(Some(account)).ask(&ChannelLogin::parse("ninja").unwrap()).await
    }

    fn users(logins: &[&str]) -> ResponseTemplate {
        let user = |login: &&str| {
            json!({"id": "7", "login": login, "display_name": login,
            "type": "", "broadcaster_type": "", "description": "", "profile_image_url": "",
            "offline_image_url": "", "view_count": 0, "created_at": "2019-05-04T10:00:00Z"})
        };
        let data: Vec<_> = logins.iter().map(user).collect();
        ResponseTemplate::new(200).set_body_json(json!({ "data": data }))
    }

    #[tokio::test]
    async fn twitch_knows_a_name_or_not_or_can_t_be_asked() {
        assert_eq!(asked(users(&["ninja"])).await, Known::Yes);
        assert_eq!(asked(users(&[])).await, Known::No);
        assert_eq!(asked(ResponseTemplate::new(500)).await, Known::Unasked(SILENT.to_owned()));
        assert_eq!(asked(ResponseTemplate::new(401)).await, Known::Unasked(NOBODY.to_owned()));
        let nobody = AtTwitch(None).ask(&ChannelLogin::parse("ninja").unwrap()).await;
        assert_eq!(nobody, Known::Unasked(NOBODY.to_owned()));
    }
}
