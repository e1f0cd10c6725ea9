//! Reads what analytics sum up. Pages and the API ask here.

use cliphound_store::{Outcome, Page, Span, Store};
use cliphound_twitch::ChannelLogin;

use super::{
    App,
    access::{Role, Viewer},
    problem::Problem,
    range::{Asked, Range},
    settings,
};
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

/// The range that an address asks for.
///
/// # Errors
/// 422 for what can't be read, 404 for a channel that the viewer may not see or of which nothing
/// is known, in the same words; or the database fails.
pub async fn range(app: &App, viewer: &Viewer, asked: &Asked) -> Result<Range, Problem> {
    let range = asked.range(app.clock.now_ms(), &viewer.zone)?;
    if let Some(login) = &range.channel {
        settings::seen(app, viewer, login.as_str(), Role::Viewer).await?;
    }
    Ok(range)
}

/// Sums up what the viewer may see.
///
/// # Errors
/// When the database fails.
pub async fn figures(app: &App, viewer: &Viewer, range: &Range) -> Result<Figures, Problem> {
    let (turn, store) = (app.turns.turn().await?, &app.store);
    let ids = channel_ids(store, viewer, range.channel.as_ref()).await?;
    let (mut items, mut span) = (Vec::new(), span(range, &ids));
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
    let zone = range.zone.clone();
    turn.work(move || Figures { sums: Sums::of(&items, zone.days()), is_cut }).await
}

/// What is read for a range; `ids`: those of its channels. Of one channel that has a single id its own
/// rows are read, and not those of all channels in that time.
#[must_use]
pub fn span(range: &Range, ids: &[String]) -> Span {
    match ids {
        [id] if range.channel.is_some() => range.span(Some(id)),
        _ => range.span(None),
    }
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

/// What became of a span.
#[derive(Debug)]
pub struct All<T> {
    /// What is kept of each moment, the oldest first.
    pub rows: Vec<T>,
    /// There were more: the newest are left out.
    pub is_cut: bool,
}

/// What became of a span, page by page, at most `MOST`: of each moment what `keep` makes of it.
///
/// # Errors
/// When the database fails.
pub async fn all<T>(
    store: &Store,
    span: Span,
    keep: impl Fn(Outcome) -> T,
) -> Result<All<T>, Problem> {
    up_to(MOST, store, span, keep).await
}

async fn up_to<T>(
    most: usize,
    store: &Store,
    mut span: Span,
    keep: impl Fn(Outcome) -> T,
) -> Result<All<T>, Problem> {
    let mut rows = Vec::new();
    loop {
        let part = store.outcomes(&span, Page::MAX).await?;
        let Some(last) = part.last() else { return Ok(All { rows, is_cut: false }) };
        if rows.len() >= most {
            return Ok(All { rows, is_cut: true });
        }
        span.after = Some(last.moment.key.clone());
        rows.extend(part.into_iter().map(&keep));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clips::sample::moment, web::testing::Rig};

    #[tokio::test]
    async fn what_is_cut_is_told() {
        let rig = Rig::new().await;
        let store = &rig.app.store;
        let pages = i64::from(Page::MAX);
        for trigger_ms in 0..=pages {
            store.record_moment(&moment("7", trigger_ms)).await.unwrap();
        }
        let read = async |most: usize, to_ms: i64| {
            let trigger_ms = |one: Outcome| one.moment.key.trigger_ms;
            let all = up_to(most, store, Span::new(None, 0, to_ms), trigger_ms).await.unwrap();
            (all.rows.len() as i64, all.is_cut)
        };
        assert_eq!(read(1, pages).await, (pages, false));
        assert_eq!(read(1, pages + 1).await, (pages, true));
        assert_eq!(read(MOST, pages + 1).await, (pages + 1, false));
    }
}
