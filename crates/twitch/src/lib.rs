//! The client of Twitch: chat by IRC and by EventSub, Helix, tokens; and of the emote services.

pub mod chat;
pub mod emotes;
pub mod eventsub;
pub mod helix;
pub mod irc;
pub mod login;
pub mod net;
pub mod oauth;
pub mod words;

pub use login::ChannelLogin;
