//! What has to be known before EventSub can be asked for anything.

use cliphound_clock::Clock;
use cliphound_twitch::{ChannelLogin, eventsub::Watched, oauth::Identity};
use tokio::time::timeout;

use super::{AGAIN_AFTER, IDS_WITHIN};
use crate::{
    config::{ChatSource, scopes::EVENTS_READ},
    daemon::account::Account,
};

/// Who we are, and which channels Twitch knows.
pub(super) struct Prepared {
    pub(super) identity: Identity,
    pub(super) channels: Vec<Watched>,
}

/// Learns who we are and the channels' ids. With `auto` it is tried once, and `None` comes
/// to nothing; else it is tried until it makes sense to go on.
pub(super) async fn prepare(
    account: Account,
    logins: Vec<ChannelLogin>,
    clock: Clock,
    source: ChatSource,
) -> Option<Prepared> {
    let mut has_told = false;
    loop {
        let prepared = timeout(IDS_WITHIN, ask(&account, &logins)).await.ok().flatten();
        let missing = missing(prepared.as_ref());
        if source == ChatSource::Auto {
            return prepared;
        }
        let Some(missing) = missing else { return prepared };
        if !std::mem::replace(&mut has_told, true) {
            tracing::warn!("chat is not read yet: {missing}");
        }
        clock.sleep(AGAIN_AFTER).await;
    }
}

pub(super) async fn ask(account: &Account, logins: &[ChannelLogin]) -> Option<Prepared> {
    let identity = account.identity().await?;
    let users = account.helix.users(logins).await.ok()?;
    let found = |login: &ChannelLogin| {
        let user = users.iter().find(|user| user.login == login.as_str())?;
        Some(Watched { login: login.clone(), id: user.id.clone() })
    };
    Some(Prepared { identity, channels: logins.iter().filter_map(found).collect() })
}

/// What is still missing for chat by EventSub.
fn missing(prepared: Option<&Prepared>) -> Option<String> {
    let Some(Prepared { identity, .. }) = prepared else {
        return Some("EventSub needs to know who we are, and Twitch did not tell".to_owned());
    };
    let login = &identity.login;
    (!identity.has_scope(EVENTS_READ)).then(|| {
        format!("the token of {login} lacks the scope {EVENTS_READ}: run `cliphound login`, or set chat.source to auto")
    })
}
