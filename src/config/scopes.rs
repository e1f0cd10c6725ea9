//! What of Twitch each role's token is used for, as the settings have it.

use cliphound_twitch::oauth::stored::Role;

use super::Config;

/// Makes clips.
pub const CLIPS: &str = "clips:edit";
/// Logs in to chat.
pub const CHAT_READ: &str = "chat:read";
/// Reads chat by EventSub.
pub const EVENTS_READ: &str = "user:read:chat";
/// Answers in chat.
pub const WRITE: &str = "user:write:chat";
/// Tells the broadcaster who the editors are.
pub const EDITORS: &str = "channel:read:editors";

/// A right to ask for, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Twitch's name of it.
    pub name: &'static str,
    /// What Cliphound does with it, for people.
    pub why: &'static str,
    /// The role is of no use without it.
    pub is_needed: bool,
}

const fn needed(name: &'static str, why: &'static str) -> Scope {
    Scope { name, why, is_needed: true }
}

const fn helpful(name: &'static str, why: &'static str) -> Scope {
    Scope { name, why, is_needed: false }
}

const BROADCASTER: &[Scope] = &[
    helpful("channel:manage:clips", "make and download clips of your past streams"),
    helpful(EDITORS, "let `cliphound check` see whether the clipping account is your editor"),
    helpful("channel:read:hype_train", "take hype trains as a sign of a moment"),
    helpful("bits:read", "take big cheers as a sign of a moment"),
    helpful("channel:read:subscriptions", "tell floods of gifts from moments"),
    helpful("channel:read:redemptions", "let rewards that you name force a clip"),
    helpful("channel:read:polls", "clip nothing because of a poll"),
    helpful("channel:read:predictions", "clip nothing because of a prediction"),
    helpful("channel:read:ads", "clip nothing because of an ad break"),
];

impl Config {
    /// What a role's token is used for under these settings, the needed ones first.
    #[must_use]
    pub fn scopes(&self, role: Role) -> Vec<Scope> {
        match role {
            Role::Clipper => self.clipper(),
            Role::Bot => vec![needed(WRITE, "answer commands in chat, as this account")],
            Role::Broadcaster => BROADCASTER.to_vec(),
        }
    }

    fn clipper(&self) -> Vec<Scope> {
        let mut scopes = vec![needed(CLIPS, "make clips")];
        let source = self.chat.source.to_string();
        if source != "eventsub" {
            scopes.push(helpful(CHAT_READ, "read chat as this account; without it, anonymously"));
        }
        if source != "irc" {
            scopes.push(helpful(EVENTS_READ, "read chat by EventSub"));
        }
        if self.chat.answer {
            scopes.push(helpful(WRITE, "answer commands such as !testclip in chat"));
        }
        scopes.push(helpful(
            "editor:manage:clips",
            "make clips from recorded streams, and download them, where this account is editor",
        ));
        scopes.push(helpful(
            "channel:manage:broadcast",
            "mark the moment in the recording when no clip can be made",
        ));
        scopes
    }
}
