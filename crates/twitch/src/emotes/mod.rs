//! Emotes of 7TV, BTTV, FFZ and Twitch: fetched, cached on disk, and told live.
//!
//! Downhill: [`fetch`] asks the services, whose answers `seventv`, `bttv` and `ffz` read;
//! [`cache`] keeps them; [`live`] holds a socket open over which a [`Change`] comes, as
//! `seventv_events` and `bttv_events` understand it. All but `fetch`, `cache` and `live` is
//! pure.

mod bttv;
mod bttv_events;
pub mod cache;
pub mod change;
pub mod emote;
pub mod fetch;
mod ffz;
pub mod live;
mod seventv;
mod seventv_events;

#[cfg(test)]
mod any_json;

pub use cache::Cache;
pub use change::{Change, LiveEvent, Topic};
pub use emote::{Emote, Fetched, Place, Service, SetIds};
pub use fetch::{Addresses, EmoteApi, FetchError};
pub use live::Live;
