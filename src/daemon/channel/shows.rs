//! What a channel's task tells of itself: on the board, to the clip worker, to the database.

use cliphound_engine::{Cause, Input, Live, Moment, Quieting, Window};
use cliphound_store::{IntentKey, WindowRow};
use cliphound_twitch::{ChannelLogin, chat::ChatEvent};

use super::Channel;
use crate::{
    board::Seen,
    clips::{ClipOrder, Said, row},
    config::title::{TitleFields, neutral_title, plain_title},
    feed,
    forget::{Kind, Whom},
};

/// Emotes counted of a window.
const EMOTES: usize = 8;

impl Channel {
    /// Shows how the engine is.
    pub(super) fn show(&mut self) {
        let Some(core) = &self.core else { return };
        self.place.show(core.horizon(), |wants| Seen {
            second: core.second(),
            status: core.status(),
            samples: core.samples(),
            reasons: wants
                .reasons
                .then(|| core.candidate().map(|moment| moment.reasons).unwrap_or_default()),
            emotes: wants.emotes.then(|| core.top_emotes(EMOTES)),
        });
    }

    /// Moments are held back, or come again: what is shown of it stays until the engine has followed.
    pub(super) fn quiet(&mut self, quieting: Quieting) {
        self.place.heard_quieting();
        self.push(None, Input::Quiet(quieting));
    }

    /// The stream began or ended.
    pub(super) fn turn(&self, live: Live) {
        self.offline.set(live == Live::Offline);
        self.place.live(live);
    }

    /// Takes out what a user wrote and asked for, as if a moderator had deleted their lines.
    pub(super) fn forget(&mut self, user: ChannelLogin) {
        let at_ms = self.time.now_ms().unwrap_or_default();
        let event = ChatEvent::ChatCleared { user: Some(user.to_string()) };
        self.place.hear(&event, at_ms);
        // Words behind a command whose moment has not come yet are no title any more.
        self.askers.hear(&event);
        self.witness.hear(&event, at_ms, at_ms);
        let whom = Whom { kind: Kind::User, login: user };
        // Those that can't be handed on yet; they will only be recorded as missed.
        self.owed.retain(|order| !order.is_about(&whom));
        if let Some(input) = feed::input(event) {
            self.push(None, input);
        }
    }

    /// What the channel goes by in the database.
    pub(super) fn key(&self) -> String {
        self.id.clone().unwrap_or_else(|| format!("login:{}", self.plan.login))
    }

    pub(super) fn order(&self, moment: Moment) -> ClipOrder {
        let reason = row::in_words(&moment);
        let asked_for = moment.title.as_deref().map(plain_title).filter(|title| !title.is_empty());
        let title = asked_for.unwrap_or_else(|| {
            self.plan.shape.title.fill(&TitleFields {
                channel: self.plan.login.as_str(),
                game: &self.about.0,
                stream_title: &self.about.1,
                reason: &reason,
                time_ms: moment.trigger.0,
                score: moment.score,
            })
        });
        let since_start_s = (moment.trigger.0 - moment.start.0) as f32 / 1000.0;
        let duration_s = match moment.cause {
            Cause::Manual(_) => self.plan.shape.length.of_asked_s() as f32,
            _ => self.plan.shape.length.of_moment(since_start_s),
        };
        ClipOrder {
            login: self.plan.login.clone(),
            broadcaster_id: self.id.clone(),
            moment,
            title,
            said: Said::default(),
            duration_s,
            offline: self.offline.clone(),
            publish: self.plan.shape.publish,
        }
    }

    /// An order with whose words its title is, without those that were deleted in chat before its
    /// moment came of them.
    pub(super) fn said(&mut self, order: ClipOrder) -> ClipOrder {
        let said = self.askers.said(&order.moment, &order.key());
        let title = if said.is_deleted() { order.neutral_title() } else { order.title };
        ClipOrder { title, said, ..order }
    }

    /// What is shown of these moments has a neutral title; a clip is public with its own.
    pub(super) fn untitle(&self, keys: &[IntentKey]) {
        let (board, login) = (&self.outlets.board, &self.plan.login);
        for key in keys {
            let has_clip = board.read(login, |state| {
                let mut shown = state.moments.newest();
                shown.any(|one| one.trigger_ms == key.trigger_ms && one.fate.clip_url.is_some())
            });
            if has_clip != Some(true) {
                board.retitle(login, key, &neutral_title(login.as_str(), key.trigger_ms));
            }
        }
    }

    pub(super) fn window_row(&self, window: &Window) -> WindowRow {
        WindowRow {
            broadcaster_id: self.key(),
            login: self.plan.login.to_string(),
            end_ms: window.end.0,
            messages: window.messages,
            chatters: window.chatters,
            score: window.score,
            threshold: window.threshold,
            sentiment: window.sentiment,
            viewers: window.viewers,
        }
    }
}
