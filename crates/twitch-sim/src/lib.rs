//! A Twitch on loopback that can misbehave: chat, Helix, tokens, and moments whose truth is known.
//!
//! It behaves as Twitch does, not as our client expects: it knows nothing of the
//! client's code. [`start`] brings up the listeners (HTTP for Helix, OAuth, emotes and control;
//! IRC over TCP; IRC over WebSocket; EventSub; the emote sockets), for all but control a network
//! in front that can fail, and one task that makes the chat. All waits of Twitch's world run on the clock that is given, so that it can be
//! a fast one.
//!
//! ```text
//! generator (pure) -> world (state, fan-out) -> irc, eventsub -> net -> clients
//!                                            <- helix, oauth  <- net <- clients
//!                                            <- control       <- tests, scripts
//! ```

mod chat;
mod config;
mod control;
mod emotes;
mod eventsub;
mod generator;
mod helix;
mod http;
mod info;
mod irc;
mod media;
mod net;
mod oauth;
mod odd;
mod report;
mod start;
mod storm;
mod world;

pub use config::{SimConfig, SimError};
pub use control::Role;
pub use emotes::{EmoteChange, EmoteService};
pub use generator::{ChatForm, Kind, MadeLine, MadeStream, Truth, make_stream};
pub use info::{ChannelInfo, SimInfo, TestToken};
pub use report::{KindCount, Report};
pub use start::{SimHandle, start};
pub use storm::{Gust, Storm};
pub use world::{Announcement, ClipRecord, FaultCall, FaultError, KnownFault, WaitingFault};
