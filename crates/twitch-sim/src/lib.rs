//! A Twitch on loopback that can misbehave: chat, Helix, tokens, and moments whose truth is known.
