//! The channels' user ids by Get Users, once Twitch can be asked.

use std::time::Duration;

use cliphound_clock::Clock;
use cliphound_twitch::{ChannelLogin, helix::HelixError};

use super::{account::Account, channel::ToChannel, chat::Inboxes, directory::Directory};

/// How long to wait when Twitch did not answer.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Asks until Twitch has answered once (chat tells most ids anyway).
pub async fn resolve(account: Account, inboxes: Inboxes, directory: Directory, clock: Clock) {
    let logins: Vec<ChannelLogin> = inboxes.keys().cloned().collect();
    loop {
        match account.helix.users(&logins).await {
            Ok(users) => {
                for user in &users {
                    let Ok(login) = ChannelLogin::parse(&user.login) else { continue };
                    directory.tell(&login, &user.id);
                    if let Some(inbox) = inboxes.get(&login) {
                        let _ = inbox.try_send(ToChannel::Id(user.id.clone()));
                    }
                }
                let known = directory.known();
                for login in logins.iter().filter(|login| !known.contains_key(*login)) {
                    tracing::warn!(channel = %login, "there is no such channel on Twitch: check its name");
                }
                return;
            }
            // Nobody is logged in, or the token is worth nothing: until somebody logs in.
            Err(HelixError::NoToken(_) | HelixError::Unauthorized(_)) if !account.is_usable() => {
                account.usable().await;
                continue;
            }
            Err(error) => tracing::debug!(%error, "the channels' ids are not known yet"),
        }
        clock.sleep(AGAIN_AFTER).await;
    }
}
