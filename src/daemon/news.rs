//! Tells of clips: always in the log, in chat to whoever asked for one, and to the alerts.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, mpsc},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{answers::Voice, stats::Stats, watched::vods};
use crate::{
    alerts::Alerts,
    board::{Board, noted::Fate},
    clips::{ClipNews, links::clip_url, state::State},
    crew::{Crew, Post, rest},
};

/// News waiting to be told.
pub const QUEUE: usize = 256;
/// An answer in chat is cut at this many characters (Twitch's limit is 500).
const MAX_ANSWER: usize = 400;

/// To who asked for a clip where nothing becomes public without a yes.
const IN_REVIEW: &str = "Noted: the clip is made once the streamer says yes (review)";

/// An answer under way when everything ends has this long.
const GRACE: Duration = Duration::from_millis(500);

/// Tells until the queue is closed. `voice` answers in chat; `vods` rings for a moment that only
/// its VOD shows.
pub async fn tell(
    queue: &mut mpsc::Receiver<ClipNews>,
    voice: Voice,
    alerts: Alerts,
    stats: Arc<Stats>,
    board: Board,
    vods: Arc<Notify>,
    crew: Crew,
) {
    // All clips have ended: nothing shall hold up the end of the rest.
    let ending = CancellationToken::new();
    let _guard = ending.clone().drop_guard();
    while let Some(news) = rest(queue.recv()).await {
        count(&news, &stats);
        log(&news);
        board.clip(&news.login, &news.key, Fate::of(&news.state));
        alerts.clip(&news);
        if vods::is_wanted(&news.state) {
            vods.notify_one();
        }
        if let Some(text) = answer(&news) {
            // A task of its own: a slow answer delays no other.
            let (voice, ending) = (voice.clone(), ending.clone());
            let answering = async move {
                let Some(id) = news.broadcaster_id else { return };
                let mut saying = pin!(voice.say(&news.login, &id, &text));
                if ending.run_until_cancelled(&mut saying).await.is_none()
                    && timeout(GRACE, saying).await.is_err()
                {
                    tracing::info!("an answer in chat was given up: Cliphound stops");
                }
            };
            crew.spawn_or(Post::passing("answer"), answering, || {});
        }
    }
}

fn count(news: &ClipNews, stats: &Stats) {
    if news.is_first && news.state.clip().is_some() {
        Stats::add(&stats.clips);
    }
    if news.state.word() == "confirmed" {
        Stats::add(&stats.confirmed);
    }
}

fn log(news: &ClipNews) {
    let (channel, cause, state) = (&news.login, &news.cause, news.state.word());
    match (&news.state, news.state.clip()) {
        (State::Unconfirmed { reason, .. }, Some(clip)) => {
            tracing::warn!(%channel, %cause, state, clip = %clip_url(&clip.id), "the clip was never seen: {reason}");
        }
        (_, Some(clip)) => {
            tracing::info!(%channel, %cause, state, clip = %clip_url(&clip.id), "clip");
        }
        // Its task has told how to accept it, which other clip has it, or why the VOD.
        (State::InReview | State::Covered { .. } | State::Vod { .. }, _) => {}
        (State::DryRun { reason } | State::Rejected { reason }, _) => {
            tracing::info!(%channel, %cause, state, "no clip: {reason}");
        }
        (ended, None) => {
            let reason = ended.reason().unwrap_or_default();
            tracing::warn!(%channel, %cause, state, "no clip: {reason}");
        }
    }
}

/// What to say to somebody who asked for a clip in chat: once, when it is known. Who asks in the
/// dashboard sees it there, and chat need not.
fn answer(news: &ClipNews) -> Option<String> {
    if !news.is_first || !news.asked_in_chat {
        return None;
    }
    let text = match (&news.state, news.state.clip()) {
        (State::InReview, _) => IN_REVIEW.to_owned(),
        (_, Some(clip)) => format!("Clip: {}", clip_url(&clip.id)),
        (_, None) => format!("No clip: {}", news.state.reason()?),
    };
    Some(text.chars().take(MAX_ANSWER).collect())
}

#[cfg(test)]
mod tests {
    use cliphound_engine::Cause;
    use cliphound_twitch::helix::CreatedClip;

    use super::*;
    use crate::{alerts::news::tests::clip as news, clips::looks::Looks};

    fn check(cause: Cause, is_first: bool, state: State, expected: Option<&str>) {
        let asked_in_chat = matches!(&cause, Cause::Manual(by) if by == "mod");
        let news = ClipNews { cause, asked_in_chat, is_first, state, ..news() };
        assert_eq!(answer(&news).as_deref(), expected);
    }

    #[test]
    fn who_asked_gets_one_answer() {
        let manual = || Cause::Manual("mod".to_owned());
        let clip = CreatedClip { id: "A".to_owned(), edit_url: String::new() };
        let created =
            || State::Created { clip: clip.clone(), called_ms: 0, looks: Looks::default() };
        let refused = State::Refused { reason: "the channel is not live".to_owned() };
        check(manual(), true, created(), Some("Clip: https://clips.twitch.tv/A"));
        check(manual(), true, refused, Some("No clip: the channel is not live"));
        check(manual(), true, State::InReview, Some(IN_REVIEW));
        check(manual(), false, created(), None);
        check(Cause::Manual("somebody in the dashboard".to_owned()), true, created(), None);
        check(Cause::Hype, true, created(), None);
    }
}
