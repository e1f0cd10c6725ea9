//! 7TV, BTTV, FFZ and Twitch's own emotes: answers over HTTP, sockets that tell changes, and
//! what can go wrong with them.
//!
//! Downhill: [`http`] and [`helix`] answer, [`socket`] serves clients, [`control`] makes
//! changes; all over [`Emotes`], which is pure, as is [`trouble`].

pub(crate) mod control;
pub(crate) mod helix;
pub(crate) mod http;
pub(crate) mod socket;
mod state;
mod trouble;
mod wire;

pub use state::EmoteChange;
pub(crate) use state::{Emotes, Push};
pub(crate) use trouble::EmoteTrouble;

use serde::Deserialize;

/// Who offers emotes, besides Twitch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum EmoteService {
    /// 7TV.
    #[serde(rename = "7tv")]
    SevenTv,
    /// BetterTTV.
    #[serde(rename = "bttv")]
    Bttv,
    /// FrankerFaceZ, which has no socket here.
    #[serde(rename = "ffz")]
    Ffz,
}
