//! Reads what analytics sum up. Pages and the API ask here.

use cliphound_store::{Outcome, Page, Span, Store};
use cliphound_twitch::ChannelLogin;

use super::{access::Viewer, problem::Problem, range::Range};
use crate::analytics::{Item, Sums};

/// Moments that are summed up at most; of more the newest are left out, which is told.
const MOST: usize = 100_000;

/// Sums of a time.
pub struct Figures {
    /// The sums.
    pub sums: Sums,
    /// There were more moments than are summed up.
    pub is_cut: bool,
}

/// Sums up what the viewer may see.
///
/// # Errors
/// When the database fails.
pub async fn figures(store: &Store, viewer: &Viewer, range: &Range) -> Result<Figures, Problem> {
    let (mut items, mut span) = (Vec::new(), range.span(None));
    let mut is_cut = false;
    loop {
        let part = store.outcomes(&span, Page::MAX).await?;
        let Some(last) = part.last() else { break };
        span.after = Some(last.moment.key.clone());
        items.extend(part.iter().filter(|one| is_wanted(one, viewer, range)).map(Item::of));
        if items.len() >= MOST {
            is_cut = true;
            break;
        }
    }
    Ok(Figures { sums: Sums::of(&items, &range.zone), is_cut })
}

/// Whether a moment is of a channel that was asked for and may be seen.
#[must_use]
pub fn is_wanted(outcome: &Outcome, viewer: &Viewer, range: &Range) -> bool {
    let login = &outcome.moment.login;
    sees(viewer, login) && range.channel.as_ref().is_none_or(|channel| channel.as_str() == login)
}

/// Whether the viewer sees the channel of a row.
#[must_use]
pub fn sees(viewer: &Viewer, login: &str) -> bool {
    ChannelLogin::parse(login).is_ok_and(|login| viewer.sees(&login))
}

/// The broadcaster's ids of the channels that the viewer may see (or of one of them), by login.
///
/// # Errors
/// When the database fails.
pub async fn channel_ids(
    store: &Store,
    viewer: &Viewer,
    only: Option<&ChannelLogin>,
) -> Result<Vec<String>, Problem> {
    let known = store.known_channels().await?.into_iter();
    let is_meant =
        |login: &str| sees(viewer, login) && only.is_none_or(|channel| channel.as_str() == login);
    Ok(known.filter(|(_, login)| is_meant(login)).map(|(id, _)| id).collect())
}

/// The channels that anything is known of and the viewer may see, by login: for choices.
///
/// # Errors
/// When the database fails.
pub async fn channels(store: &Store, viewer: &Viewer) -> Result<Vec<ChannelLogin>, Problem> {
    let known = store.known_channels().await?;
    let mut logins: Vec<ChannelLogin> =
        known.iter().filter_map(|(_, login)| ChannelLogin::parse(login).ok()).collect();
    logins.dedup();
    logins.retain(|login| viewer.sees(login));
    Ok(logins)
}

/// All that became of a span, page by page.
///
/// # Errors
/// When the database fails.
pub async fn all(store: &Store, mut span: Span) -> Result<Vec<Outcome>, Problem> {
    let mut all = Vec::new();
    loop {
        let part = store.outcomes(&span, Page::MAX).await?;
        let Some(last) = part.last() else { return Ok(all) };
        span.after = Some(last.moment.key.clone());
        all.extend(part);
        if all.len() >= MOST {
            return Ok(all);
        }
    }
}
