//! What of Twitch each role's token is used for, as the settings have it.

use cliphound_twitch::{eventsub::Kind, helix::vod::CLIP_MANAGING, oauth::stored::Role};

use super::{ChatSource, Config, Origin, Publish, signals::On};

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
/// Makes clips from recorded streams, and downloads them, as an editor.
pub const RECORDINGS: &str = "editor:manage:clips";

/// A right to ask for, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Twitch's name of it.
    pub name: &'static str,
    /// What Cliphound does with it, for people.
    pub why: &'static str,
    /// The role is of no use without it.
    pub is_needed: bool,
    /// Rights that allow the same, and more.
    others: &'static [&'static str],
}

impl Scope {
    /// Whether a token with these rights allows it.
    #[must_use]
    pub fn is_in(&self, given: &[String]) -> bool {
        let allows = |name: &str| given.iter().any(|given| given == name);
        allows(self.name) || self.others.iter().any(|other| allows(other))
    }
}

/// Something that Twitch tells a channel's owner only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnersSignal {
    /// What it is, for people: “ad breaks”.
    pub what: &'static str,
    /// The right that opens it.
    pub scope: Scope,
    kind: Kind,
}

const fn needed(name: &'static str, why: &'static str) -> Scope {
    Scope { name, why, is_needed: true, others: &[] }
}

const fn helpful(name: &'static str, why: &'static str) -> Scope {
    Scope { name, why, is_needed: false, others: &[] }
}

/// What is known, with what it is taken for.
const SIGNALS: [(Kind, &str, &str); 6] = [
    (Kind::AdBreakBegin, "ad breaks", "clip nothing because of an ad break"),
    (Kind::PollBegin, "polls", "clip nothing because of a poll"),
    (Kind::PredictionBegin, "predictions", "clip nothing because of a prediction"),
    (Kind::HypeTrainBegin, "hype trains", "take hype trains as a sign of a moment"),
    (Kind::RedemptionAdd, "redemptions", "let rewards that you name raise or force a moment"),
    (Kind::Cheer, "anonymous cheers", "take big cheers as a sign of a moment, also anonymous ones"),
];

impl Config {
    /// What a role's token is used for under these settings, the needed ones first.
    #[must_use]
    pub fn scopes(&self, role: Role) -> Vec<Scope> {
        match role {
            Role::Clipper => self.clipper(),
            Role::Bot => vec![needed(WRITE, "answer commands in chat, as this account")],
            Role::Broadcaster => self.broadcaster(),
        }
    }

    /// What of the owner's signals these settings use: what holds moments back always, what
    /// raises or forces them where it is named.
    #[must_use]
    pub fn owners_signals(&self) -> Vec<OwnersSignal> {
        let signal = |(kind, what, why): (Kind, _, _)| {
            let (name, others) = kind.scopes().split_first()?;
            let scope = Scope { others, ..helpful(name, why) };
            Some(OwnersSignal { what, scope, kind })
        };
        let is_used = |kind: &Kind| match kind {
            Kind::HypeTrainBegin | Kind::RedemptionAdd | Kind::Cheer => {
                self.signals.iter().any(|named| owners_kind(&named.on) == Some(*kind))
            }
            _ => true,
        };
        SIGNALS.into_iter().filter(|(kind, ..)| is_used(kind)).filter_map(signal).collect()
    }

    /// Names that somebody has written down, and that are never told without this signal.
    #[must_use]
    pub fn named_by(&self, signal: &OwnersSignal) -> Vec<&str> {
        // Chat tells all cheers that have a name, and most others.
        let is_lost = |on: &On| owners_kind(on) == Some(signal.kind) && signal.kind != Kind::Cheer;
        let lost = self
            .signals
            .iter()
            .filter(|named| named.origin != Origin::Default && is_lost(&named.on));
        lost.map(|named| named.name.as_str()).collect()
    }

    /// The settings that somebody has written down, and that are of no use to a token with
    /// these rights, because it may not make clips from recorded streams or fetch clips.
    #[must_use]
    pub fn without_recordings(&self, given: &[String]) -> Option<String> {
        let may = CLIP_MANAGING.iter().any(|scope| given.iter().any(|given| given == scope));
        let is_set =
            |key| self.settings().iter().any(|s| s.key == key && s.origin != Origin::Default);
        let wanted: Vec<&str> = [
            (self.clips.publish == Publish::Review, "clips.publish = review"),
            (self.clips.download, "clips.download"),
            (self.clips.vod && is_set("clips.vod"), "clips.vod"),
        ]
        .into_iter()
        .filter_map(|(is_wanted, words)| is_wanted.then_some(words))
        .collect();
        (!may && !self.clips.dry_run && !wanted.is_empty()).then(|| wanted.join(" and "))
    }

    fn uses_recordings(&self) -> bool {
        self.clips.vod || self.clips.download || self.clips.publish == Publish::Review
    }

    fn clipper(&self) -> Vec<Scope> {
        let mut scopes = vec![needed(CLIPS, "make clips")];
        let by_irc = helpful(CHAT_READ, "read chat as this account; without it, anonymously");
        let by_eventsub = "read chat by EventSub";
        match self.chat.source {
            ChatSource::Irc => scopes.push(by_irc),
            ChatSource::Auto => scopes.extend([by_irc, helpful(EVENTS_READ, by_eventsub)]),
            // Then nothing else reads it.
            ChatSource::EventSub => scopes.push(needed(EVENTS_READ, by_eventsub)),
        }
        if self.chat.answer {
            scopes.push(helpful(WRITE, "answer commands such as !testclip in chat"));
        }
        if self.uses_recordings() {
            let why =
                "make clips from recorded streams, and download them, where this account is editor";
            scopes.push(Scope { others: &CLIP_MANAGING, ..helpful(RECORDINGS, why) });
        }
        scopes.push(helpful(
            "channel:manage:broadcast",
            "mark the moment in the recording when no clip can be made",
        ));
        scopes
    }

    fn broadcaster(&self) -> Vec<Scope> {
        let mut scopes = Vec::new();
        if self.uses_recordings() {
            let why = "make and download clips of your past streams";
            scopes.push(helpful("channel:manage:clips", why));
        }
        let why = "let `cliphound check` see whether the clipping account is your editor";
        scopes.push(helpful(EDITORS, why));
        scopes.extend(self.owners_signals().iter().map(|signal| signal.scope));
        scopes
    }
}

/// What of the owner's signals tells it; `None`: chat does.
fn owners_kind(on: &On) -> Option<Kind> {
    match on {
        On::HypeTrain { .. } => Some(Kind::HypeTrainBegin),
        On::Cheer { .. } => Some(Kind::Cheer),
        On::Redemption { .. } => Some(Kind::RedemptionAdd),
        On::Gift { .. } | On::Raid { .. } => None,
    }
}
