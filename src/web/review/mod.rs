//! An editor's work on moments: what the pages and the API share.
//!
//! [`filter`] says which moments are listed, [`view`] is a moment as it is shown (its chart is
//! [`curve`], its player [`player`]), [`act`] does what an editor may, [`live`] tells what others do meanwhile, [`video`] hands out files.
//! What only the daemon knows comes from a [`Desk`].

pub mod act;
pub mod curve;
pub mod filter;
pub mod live;
pub mod player;
pub mod video;
pub mod view;
pub mod words;

#[cfg(test)]
mod tests;

use std::path::Path;

use cliphound_engine::Teaching;
use cliphound_twitch::ChannelLogin;
use futures_util::future::BoxFuture;

/// The daemon, as far as editing needs it.
pub trait Desk: Send + Sync + 'static {
    /// The folder of the records, where videos lie.
    fn recordings(&self) -> &Path;

    /// Why no clip can be made from a VOD now, in plain words; `None` when one can.
    fn why_no_vod(&self) -> Option<String>;

    /// Why no video can be fetched now, in plain words; `None` when one can.
    fn why_no_download(&self) -> Option<String>;

    /// Something was decided or asked for: whoever acts on it shall look at once.
    fn decided(&self);

    /// An editor took this stretch of a channel for a highlight (Twitch's clock): from it the channel
    /// learns how late its chat is.
    fn was_cut(&self, login: &ChannelLogin, start_ms: i64, end_ms: i64);

    /// A video is wanted.
    fn download_wanted(&self);

    /// What a channel has learned from verdicts; nothing of one that is not followed. Answers
    /// within some seconds.
    fn teaching<'a>(&'a self, login: &'a ChannelLogin) -> BoxFuture<'a, Option<Teaching>>;
}
