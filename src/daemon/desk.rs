//! What the daemon does for editors: it says what can be done, and wakes who does it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use cliphound_engine::Teaching;
use cliphound_twitch::ChannelLogin;
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::{
    sync::{Notify, oneshot, watch},
    time::timeout,
};

use super::{account::Clipper, channel::ToChannel, inboxes::Onlooker, verdicts::Bell};
use crate::{
    clips::{ClipApi, NoCreator, Wishes},
    web::review,
};

/// A channel has so long to tell what it has learned.
const WITHIN: Duration = Duration::from_secs(2);

const NO_RIGHT: &str = "the account may not make clips from VODs or fetch videos: log in with `cliphound login` as an editor of the channel, and grant editor:manage:clips";

/// Who is woken when an editor has done something.
#[derive(Debug, Clone, Default)]
pub struct Bells {
    /// The clip worker: something was decided.
    pub decisions: Arc<Notify>,
    /// A video is wanted.
    pub downloads: Arc<Notify>,
    /// A verdict was given or taken back.
    pub verdicts: Arc<Bell>,
    /// A moment has no clip, so that its VOD is wanted.
    pub vods: Arc<Notify>,
}

/// The daemon, as editors see it.
pub struct Desk {
    /// The account that makes clips.
    pub clipper: Clipper,
    /// What the user wants of clips.
    pub wishes: watch::Receiver<Wishes>,
    /// The folder of the records.
    pub recordings: PathBuf,
    /// The channels.
    pub channels: Onlooker,
    /// Whom to wake.
    pub bells: Bells,
}

impl Desk {
    fn why_no_account(&self) -> Option<String> {
        match self.clipper.creator() {
            Ok(_) if self.clipper.may_use_vods() => None,
            Ok(None) => Some(
                "Twitch has not told yet what the account may: try again in a moment".to_owned(),
            ),
            Ok(Some(_)) => Some(NO_RIGHT.to_owned()),
            Err(NoCreator::Nobody(why) | NoCreator::DeadToken(why)) => Some(why),
        }
    }
}

impl review::Desk for Desk {
    fn recordings(&self) -> &std::path::Path {
        &self.recordings
    }

    fn why_no_vod(&self) -> Option<String> {
        let wishes = self.wishes.borrow().clone();
        let is_off = || "clips from the VOD are turned off (clips.vod)".to_owned();
        wishes.dry_run.or_else(|| (!wishes.vod).then(is_off)).or_else(|| self.why_no_account())
    }

    fn why_no_download(&self) -> Option<String> {
        self.why_no_account()
    }

    fn decided(&self) {
        self.bells.decisions.notify_one();
        self.bells.verdicts.ring();
    }

    fn download_wanted(&self) {
        self.bells.downloads.notify_one();
    }

    fn was_cut(&self, login: &ChannelLogin, start_ms: i64, end_ms: i64) {
        if let Some(inbox) = self.channels.get(login) {
            // A channel that does not keep up does without.
            let _ = inbox.try_send(ToChannel::Evidence { start_ms, end_ms });
        }
    }

    fn teaching<'a>(&'a self, login: &'a ChannelLogin) -> BoxFuture<'a, Option<Teaching>> {
        async move {
            let (answer, told) = oneshot::channel();
            self.channels.get(login)?.try_send(ToChannel::Teaching(answer)).ok()?;
            timeout(WITHIN, told).await.ok()?.ok()
        }
        .boxed()
    }
}
