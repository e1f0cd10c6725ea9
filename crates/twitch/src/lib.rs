//! The client of Twitch: chat by IRC, Helix, tokens; and of the emote services.

pub mod emotes;
pub mod helix;
pub mod irc;
pub mod login;
pub mod oauth;

pub use login::ChannelLogin;
