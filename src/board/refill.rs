//! Brings back what a channel showed before a restart, from the database: windows of five
//! seconds, moments, and what became of them.

use std::time::Duration;

use cliphound_clock::Clock;
use cliphound_store::{Intent, MomentRow, Page, Store, StoreError, WindowRow};

use super::{
    Board,
    history::{KEPT, Point, SPAN_MS},
    noted::{self, Noted},
};
use crate::crew::rest;

/// Pause after each channel: many start at once, and clips come first.
const PAUSE: Duration = Duration::from_millis(5);

/// Looks up the past of each channel once its id is known, for ever.
pub async fn run(board: Board, store: Store) {
    loop {
        for (login, key) in board.unfilled() {
            let past = Past::read(&store, &key, board.now_ms()).await;
            if let Err(error) = &past {
                tracing::debug!(channel = %login, %error, "the last half hour can't be shown");
            }
            board.fill(&login, &key, past.unwrap_or_default());
            rest(Clock::system().sleep(PAUSE)).await;
        }
        rest(board.0.known.notified()).await;
    }
}

/// What the database knows of a channel's last half hour, and its newest moments.
#[derive(Debug, Default)]
struct Past {
    windows: Vec<WindowRow>,
    moments: Vec<MomentRow>,
    intents: Vec<Intent>,
}

impl Past {
    async fn read(store: &Store, key: &str, now_ms: i64) -> Result<Self, StoreError> {
        let (from_ms, limit) = (now_ms - SPAN_MS, u32::try_from(KEPT).unwrap_or(u32::MAX));
        let windows = store.windows(key, from_ms, i64::MAX, limit).await?;
        let newest = u32::try_from(noted::KEPT).unwrap_or(u32::MAX);
        let page = Page { broadcaster_id: Some(key.to_owned()), before: None, limit: newest };
        let moments = store.moments(&page).await?;
        let since_ms = moments.iter().map(|row| row.key.trigger_ms).min().unwrap_or(now_ms);
        let intents = store.intents_since(since_ms, &page).await?;
        Ok(Self { windows, moments, intents })
    }
}

impl Board {
    fn unfilled(&self) -> Vec<(cliphound_twitch::ChannelLogin, String)> {
        let of = self.each(|login, state| {
            let key = state.key.clone().filter(|_| !state.is_filled)?;
            Some((login.clone(), key))
        });
        of.into_iter().flatten().collect()
    }

    fn fill(&self, login: &cliphound_twitch::ChannelLogin, key: &str, past: Past) {
        let of = |row: &MomentRow| Noted::stored(row, &past.intents);
        let moments: Vec<Noted> = past.moments.iter().map(of).collect();
        let Some(shown) = self.shown(login) else { return };
        shown.write(|state| {
            if state.key.as_deref() != Some(key) {
                return;
            }
            state.is_filled = true;
            state.history.fill(past.windows.iter().map(Point::stored));
            // The newest first: those that are kept anyway push nobody out.
            let room = noted::KEPT.saturating_sub(state.moments.newest().count());
            moments.into_iter().take(room).for_each(|noted| state.moments.add(noted));
        });
    }
}
