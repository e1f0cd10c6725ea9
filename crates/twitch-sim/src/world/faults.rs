//! Faults that wait for their moment. Pure.

use std::collections::BTreeMap;

use crate::emotes::EmoteTrouble;

/// What can be made to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// Create Clip makes the clip; the connection closes without an answer.
    ClipLostAnswer,
    /// Create Clip answers 503 and makes no clip.
    Clip503,
    /// Create Clip answers 403: clips are disabled.
    Clip403,
    /// The clip is shown 200 s later than usual.
    ClipLate,
    /// Create Clip answers with an id; the clip is never shown.
    ClipNever,
    /// Create Clip answers 404, as it may right after a stream has begun.
    Clip404,
    /// Create Clip answers 500 and makes no clip.
    Clip500,
    /// Create Clip answers 400: AutoMod refuses the title.
    ClipTitle,
    /// Create Clip answers 400: no clips in this category.
    ClipCategory,
    /// Create Clip answers 403: for followers only.
    ClipFollowers,
    /// Create Clip answers 403: the user is banned.
    ClipBanned,
    /// Create Clip answers 429: too many clips.
    Clip429,
    /// Create Clip From VOD makes the clip; the connection closes without an answer.
    VodLostAnswer,
    /// Create Clip From VOD answers 503 and makes no clip.
    Vod503,
    /// Create Clip From VOD answers 500 and makes no clip.
    Vod500,
    /// Create Clip From VOD answers 403: the user is no editor.
    Vod403,
    /// Get Videos shows none.
    VodNone,
    /// Get Clips Download tells no address yet.
    DownloadNone,
    /// The connection of a download closes halfway.
    DownloadCut,
    /// Chat clients are told to reconnect, then closed.
    IrcReconnect,
    /// Chat clients are closed without a word.
    IrcDrop,
    /// Chat clients stay connected and hear nothing any more.
    IrcSilence,
    /// EventSub's clients are asked to move to another address.
    EventSubReconnect,
    /// EventSub's clients are closed without a word.
    EventSubDrop,
    /// EventSub's clients stay connected and hear nothing any more, not even keepalives.
    EventSubSilence,
    /// A message of EventSub comes twice.
    EventSubDuplicate,
    /// Subscriptions to chat are ended: the user was banned.
    EventSubRevoke,
    /// A subscription to chat is refused with 403.
    EventSub403,
    /// All access tokens are invalid until they are refreshed.
    TokenExpired,
    /// All tokens, refresh tokens too, are worth nothing any more.
    TokenRevoked,
    /// The user says no to the next log-in.
    LoginDenied,
    /// The next device that asks hears that its code has run out.
    DeviceExpired,
    /// The next device that asks hears that it asks too often.
    DeviceSlowDown,
    /// The log-in service answers 503.
    Oauth503,
    /// Helix answers 429.
    Helix429,
    /// Helix answers 500.
    Helix500,
    /// An emote service misbehaves.
    Emotes(EmoteTrouble),
}

/// The list that a refusal gives. Irc faults, `eventsub_reconnect`, `_drop`, `_silence` and
/// `_revoke`, `token_expired` and `token_revoked` act at once and need no count.
const KNOWN: &[(&str, Fault)] = &[
    ("clip_lost_answer", Fault::ClipLostAnswer),
    ("clip_503", Fault::Clip503),
    ("clip_403", Fault::Clip403),
    ("clip_late", Fault::ClipLate),
    ("clip_never", Fault::ClipNever),
    ("clip_404", Fault::Clip404),
    ("clip_500", Fault::Clip500),
    ("clip_title", Fault::ClipTitle),
    ("clip_category", Fault::ClipCategory),
    ("clip_followers", Fault::ClipFollowers),
    ("clip_banned", Fault::ClipBanned),
    ("clip_429", Fault::Clip429),
    ("vod_lost_answer", Fault::VodLostAnswer),
    ("vod_503", Fault::Vod503),
    ("vod_500", Fault::Vod500),
    ("vod_403", Fault::Vod403),
    ("vod_none", Fault::VodNone),
    ("download_none", Fault::DownloadNone),
    ("download_cut", Fault::DownloadCut),
    ("irc_reconnect", Fault::IrcReconnect),
    ("irc_drop", Fault::IrcDrop),
    ("irc_silence", Fault::IrcSilence),
    ("eventsub_reconnect", Fault::EventSubReconnect),
    ("eventsub_drop", Fault::EventSubDrop),
    ("eventsub_silence", Fault::EventSubSilence),
    ("eventsub_duplicate", Fault::EventSubDuplicate),
    ("eventsub_revoke", Fault::EventSubRevoke),
    ("eventsub_403", Fault::EventSub403),
    ("token_expired", Fault::TokenExpired),
    ("token_revoked", Fault::TokenRevoked),
    ("login_denied", Fault::LoginDenied),
    ("device_expired", Fault::DeviceExpired),
    ("device_slow_down", Fault::DeviceSlowDown),
    ("oauth_503", Fault::Oauth503),
    ("helix_429", Fault::Helix429),
    ("helix_500", Fault::Helix500),
];

/// A fault that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("'{given}' is not a fault; known are: {}", names().join(", "))]
pub struct FaultError {
    /// What was asked for.
    pub given: String,
}

impl Fault {
    /// Finds a fault by its name.
    pub fn parse(name: &str) -> Result<Self, FaultError> {
        let found = KNOWN.iter().find(|(known, _)| *known == name);
        let found = found.map(|(_, fault)| *fault);
        found
            .or_else(|| EmoteTrouble::parse(name).map(Self::Emotes))
            .ok_or_else(|| FaultError { given: name.to_owned() })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Emotes(trouble) => trouble.name(),
            _ => KNOWN.iter().find(|(_, fault)| *fault == self).map_or("", |(name, _)| name),
        }
    }
}

/// The names of all faults.
pub(crate) fn names() -> Vec<&'static str> {
    KNOWN.iter().map(|(name, _)| *name).chain(EmoteTrouble::names()).collect()
}

/// Faults that wait, each for a channel or for any, and how often they will come.
#[derive(Debug, Default)]
pub(crate) struct Faults(BTreeMap<(Fault, Option<String>), u32>);

impl Faults {
    /// From the command line: each `name` or `name:count`.
    pub fn from_names(names: &[String]) -> Result<Self, FaultError> {
        let mut faults = Self::default();
        for given in names {
            let (name, count) = given.split_once(':').unwrap_or((given, "1"));
            let count = count.parse().map_err(|_| FaultError { given: given.clone() })?;
            faults.add(Fault::parse(name)?, None, count);
        }
        Ok(faults)
    }

    /// Lets a fault come so many times more.
    pub fn add(&mut self, fault: Fault, channel: Option<&str>, count: u32) {
        let waiting = self.0.entry((fault, channel.map(str::to_owned))).or_default();
        *waiting = waiting.saturating_add(count);
    }

    /// Whether the fault comes now, for this channel or for any; if so, that uses one up.
    pub fn take(&mut self, fault: Fault, channel: Option<&str>) -> bool {
        let for_channel = (fault, channel.map(str::to_owned));
        let key = if self.0.contains_key(&for_channel) { for_channel } else { (fault, None) };
        let Some(count) = self.0.get_mut(&key).filter(|count| **count > 0) else { return false };
        *count -= 1;
        if *count == 0 {
            self.0.remove(&key);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_as_often_as_asked() {
        let mut faults = Faults::from_names(&["clip_503:2".to_owned()]).unwrap();
        faults.add(Fault::Clip503, Some("a"), 1);
        let takes = [Some("b"), Some("a"), Some("a"), Some("a")];
        assert_eq!(
            takes.map(|channel| faults.take(Fault::Clip503, channel)),
            [true, true, true, false]
        );
        assert!(!faults.take(Fault::ClipLate, None));
    }

    #[test]
    fn an_unknown_fault_gets_the_list() {
        let error = Faults::from_names(&["what".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("'what' is not a fault; known are: clip_lost_answer, clip_503"));
        assert_eq!(Fault::parse("irc_drop").unwrap().name(), "irc_drop");
    }
}
