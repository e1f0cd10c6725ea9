//! A clip's title: Twitch may refuse it, and chat may delete what it was taken from.

use std::time::Duration;

use cliphound_twitch::helix::{CreatedClip, HelixError};
use tokio::time::timeout;

use super::ClipTask;
use crate::clips::{api::ClipApi, life::Event, order::ClipOrder, refusal};

/// So long a call waits for what the database has as its title, in real time: pages and exports
/// read before it.
const WITHIN: Duration = Duration::from_millis(500);

impl<A: ClipApi> ClipTask<A> {
    /// Words that were deleted by now are a title no more; whether they were until now.
    pub(super) fn lose_words(&mut self) -> bool {
        let neutral = self.order.neutral_title();
        let is_lost = self.order.said.is_deleted() && self.order.title != neutral;
        if is_lost {
            self.order.title = neutral;
        }
        is_lost
    }

    /// The same once there is a promise: the database may have nothing to delete while that is
    /// made, and hear of a deletion only once the clip is public.
    pub(super) async fn heed_deletion(&mut self) {
        if self.lose_words() {
            self.book.untitle(&self.order).await;
        }
    }

    /// Without a promise nobody would find words of chat again when they are deleted: they are no
    /// title of it.
    pub(super) fn drop_words(&mut self) {
        if self.order.said.words.said_by.is_some() {
            self.order.title = self.order.neutral_title();
        }
    }

    /// The title may have been deleted since it was promised, in chat or with who said it, or an
    /// editor has given another one: that is taken then.
    pub(super) async fn take_title(&mut self) {
        self.heed_deletion().await;
        if self.may_be_untitled()
            && let Some(kept) = self.kept_title().await
        {
            self.order.title = kept;
        }
    }

    /// The same before a call, which does not wait for whoever reads the database: words that may
    /// have been deleted are no title of it.
    pub(super) async fn take_title_in_time(&mut self) {
        self.heed_deletion().await;
        if !self.may_be_untitled() {
            return;
        }
        if let Ok(Some(kept)) = timeout(WITHIN, self.kept_title()).await {
            self.order.title = kept;
        } else {
            tracing::warn!(channel = %self.order.login, key = %self.key, "whether a clip's title was deleted can't be read in time; it gets a plain one");
            self.order.title = self.order.neutral_title();
            self.book.retitle(&self.order.title).await;
        }
    }

    /// The moment went on: it grows, and so does a title that tells of it. What somebody asked for
    /// has the title of who asked.
    pub(super) async fn extend(&mut self, newer: ClipOrder) {
        self.order.moment = newer.moment;
        self.book.keep_moment(&self.order).await;
        if !self.order.is_manual() && self.order.title != newer.title {
            self.book.retitle_of(&self.order.title, &newer.title).await;
            self.order.title = newer.title;
        }
    }

    /// Somebody's words in chat, as long as they are the title.
    fn may_be_untitled(&self) -> bool {
        self.order.said.words.said_by.is_some() && self.order.title != self.order.neutral_title()
    }

    /// What the database has as the title; `None` when that can't be told.
    async fn kept_title(&self) -> Option<String> {
        let kept = self.context.store.intent(&self.key).await.ok()??;
        let is_empty = kept.title.trim().is_empty();
        Some(if is_empty { self.order.neutral_title() } else { kept.title })
    }

    /// Once the moment's line without a clip is written: if the title was deleted after it was last
    /// looked at, whoever deleted it may not have found that line yet.
    pub(super) async fn retake_title(&mut self) {
        let written = self.order.title.clone();
        self.take_title().await;
        if self.order.title != written {
            self.book.untitle_line(&self.order).await;
        }
    }

    /// A refused title becomes a plain one, once; a refused token is waited for.
    pub(super) async fn answered(&mut self, answer: Result<CreatedClip, HelixError>) -> Event {
        if matches!(answer, Err(HelixError::NoToken(_) | HelixError::Unauthorized(_)))
            && let Some(why) = self.why_no_token()
        {
            return Event::NoToken(why);
        }
        if let Err(error) = &answer
            && refusal::is_about_the_title(error)
        {
            let plain = self.order.neutral_title();
            if self.order.title != plain {
                tracing::warn!(channel = %self.order.login, "Twitch refuses the clip's title; trying a plain one: {error}");
                self.order.title = plain;
                self.book.retitle(&self.order.title).await;
                return Event::TitleRefused;
            }
        }
        Event::Answer(answer)
    }
}
