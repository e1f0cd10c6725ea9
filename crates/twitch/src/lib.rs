//! The client of Twitch: chat by IRC and by EventSub, Helix, tokens.

pub mod chat;
pub mod eventsub;
pub mod helix;
pub mod irc;
pub mod login;
pub mod net;
pub mod oauth;

pub use login::ChannelLogin;
