//! Every fault of Twitch's, with its name and a sentence for people. Pure.

use serde::Serialize;

use super::Fault;
use crate::emotes::EmoteTrouble;
use crate::net::NetTrouble;
use crate::odd::Odd;
use crate::{eventsub, irc};

/// A fault that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KnownFault {
    /// Its name, as `POST /control/fault` takes it.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
}

/// All faults, also those of the emote services.
pub(crate) fn known() -> impl Iterator<Item = KnownFault> {
    let own = LIST.iter().map(|(name, _, what)| KnownFault { name, what });
    own.chain(EmoteTrouble::all().map(|(name, what)| KnownFault { name, what }))
}

/// Names, faults, sentences.
pub(super) const LIST: &[(&str, Fault, &str)] = &[
    (
        "clip_lost_answer",
        Fault::ClipLostAnswer,
        "Create Clip makes the clip; the connection closes without an answer.",
    ),
    ("clip_503", Fault::Clip503, "Create Clip answers 503 and makes no clip."),
    ("clip_403", Fault::Clip403, "Create Clip answers 403: clips are disabled."),
    ("clip_late", Fault::ClipLate, "The clip is shown 200 s later than usual."),
    ("clip_never", Fault::ClipNever, "Create Clip answers with an id; the clip is never shown."),
    (
        "clip_404",
        Fault::Clip404,
        "Create Clip answers 404, as it may right after a stream has begun.",
    ),
    ("clip_500", Fault::Clip500, "Create Clip answers 500 and makes no clip."),
    ("clip_title", Fault::ClipTitle, "Create Clip answers 400: AutoMod refuses the title."),
    ("clip_category", Fault::ClipCategory, "Create Clip answers 400: no clips in this category."),
    ("clip_followers", Fault::ClipFollowers, "Create Clip answers 403: for followers only."),
    ("clip_banned", Fault::ClipBanned, "Create Clip answers 403: the user is banned."),
    ("clip_429", Fault::Clip429, "Create Clip answers 429: too many clips."),
    (
        "vod_lost_answer",
        Fault::VodLostAnswer,
        "Create Clip From VOD makes the clip; the connection closes without an answer.",
    ),
    ("vod_503", Fault::Vod503, "Create Clip From VOD answers 503 and makes no clip."),
    ("vod_500", Fault::Vod500, "Create Clip From VOD answers 500 and makes no clip."),
    ("vod_403", Fault::Vod403, "Create Clip From VOD answers 403: the user is no editor."),
    ("vod_none", Fault::VodNone, "Get Videos shows none."),
    ("download_none", Fault::DownloadNone, "Get Clips Download tells no address yet."),
    ("download_cut", Fault::DownloadCut, "The connection of a download closes halfway."),
    ("irc_reconnect", Fault::IrcReconnect, "Chat clients are told to reconnect, then closed."),
    ("irc_drop", Fault::IrcDrop, "Chat clients are closed without a word."),
    (
        "irc_silence",
        Fault::IrcSilence,
        "Chat clients stay connected and hear nothing any more, not even PINGs.",
    ),
    (
        "eventsub_reconnect",
        Fault::EventSubReconnect,
        "EventSub's clients are asked to move to another address.",
    ),
    ("eventsub_drop", Fault::EventSubDrop, "EventSub's clients are closed without a word."),
    (
        "eventsub_silence",
        Fault::EventSubSilence,
        "EventSub's clients stay connected and hear nothing any more, not even keepalives.",
    ),
    (
        "eventsub_revoke",
        Fault::EventSubRevoke,
        "Subscriptions to chat are ended: the user was banned.",
    ),
    (
        "eventsub_user_removed",
        Fault::EventSubUserRemoved,
        "Subscriptions of all types are ended: a user that they name is gone.",
    ),
    ("eventsub_403", Fault::EventSub403, "A subscription to chat is refused with 403."),
    (
        "token_expired",
        Fault::TokenExpired,
        "All access tokens are invalid until they are refreshed.",
    ),
    (
        "token_revoked",
        Fault::TokenRevoked,
        "All tokens, refresh tokens too, are worth nothing any more; EventSub ends what was subscribed to with them.",
    ),
    ("login_denied", Fault::LoginDenied, "The user says no to the next log-in."),
    (
        "device_expired",
        Fault::DeviceExpired,
        "The next device that asks hears that its code has run out.",
    ),
    (
        "device_slow_down",
        Fault::DeviceSlowDown,
        "The next device that asks hears that it asks too often.",
    ),
    ("oauth_503", Fault::Oauth503, "The log-in service answers 503."),
    ("helix_429", Fault::Helix429, "Helix answers 429."),
    ("helix_500", Fault::Helix500, "Helix answers 500."),
    (
        "helix_low",
        Fault::HelixLow,
        "Helix tells that an eighth of the points is left, for so many seconds (60).",
    ),
    (
        "net_refuse",
        Fault::Net(NetTrouble::Refuse),
        "New connections are accepted and reset at once.",
    ),
    ("net_reset", Fault::Net(NetTrouble::Reset), "All connections are reset."),
    (
        "net_cut",
        Fault::Net(NetTrouble::Cut),
        "What Twitch says next arrives half, then the connection is reset.",
    ),
    (
        "net_half_open",
        Fault::Net(NetTrouble::HalfOpen),
        "All connections stay, but nothing comes or is read any more. New ones are well.",
    ),
    (
        "net_stall",
        Fault::Net(NetTrouble::Stall),
        "Connections carry nothing for so many seconds (10), then all that waited.",
    ),
    (
        "net_slow",
        Fault::Net(NetTrouble::Slow),
        "What Twitch says trickles, 2 kB a second, for so many seconds (10).",
    ),
    (
        "net_tls",
        Fault::Net(NetTrouble::Tls),
        "A new connection gets a bad certificate: in turn self-signed, expired, for another name. Where no TLS is spoken, it gets a TLS alert and ends.",
    ),
    (
        "net_dns",
        Fault::Net(NetTrouble::Dns),
        "The hosts file of `sim --hosts` names nobody for so many seconds (10). Without such a file, new connections are reset at once for as long.",
    ),
    (
        "irc_reconnect_storm",
        Fault::IrcReconnectStorm,
        "As irc_reconnect; and of those who join next, so many are told again.",
    ),
    (
        "irc_no_ping",
        Fault::IrcNoPing,
        "Chat sends no PING and answers none, for so many seconds (60).",
    ),
    ("irc_banned", Fault::IrcBanned, "A JOIN is refused: the user is banned (msg_banned)."),
    (
        "irc_suspended",
        Fault::IrcSuspended,
        "A JOIN is refused: the channel is suspended (msg_channel_suspended).",
    ),
    (
        "chat_dropped",
        Fault::ChatDropped,
        "Send Chat Message answers 200 and drops the message: is_sent is false, with a drop_reason.",
    ),
    ("irc_duplicate", Fault::Irc(irc::Noise::Twice), "A chat line comes twice."),
    (
        "irc_reorder",
        Fault::Irc(irc::Noise::Late),
        "A chat line comes a second and a half late, after later ones.",
    ),
    ("irc_truncate", Fault::Irc(irc::Noise::Truncated), "A chat line comes half."),
    (
        "irc_enormous",
        Fault::Irc(irc::Noise::Enormous),
        "A megabyte without an end comes before a chat line.",
    ),
    (
        "irc_invalid",
        Fault::Irc(irc::Noise::Invalid),
        "Lines that nobody can read come before a chat line: no UTF-8, broken tags, NUL.",
    ),
    (
        "irc_notice",
        Fault::Irc(irc::Noise::Notices),
        "NOTICEs that mean nothing come before a chat line.",
    ),
    (
        "eventsub_reconnect_storm",
        Fault::EventSubReconnectStorm,
        "As eventsub_reconnect; and of those that come next, so many are asked again.",
    ),
    (
        "eventsub_no_keepalive",
        Fault::EventSubNoKeepalive,
        "EventSub sends events, but no keepalives, for so many seconds (60).",
    ),
    ("eventsub_no_welcome", Fault::EventSubNoWelcome, "A client of EventSub is not welcomed."),
    (
        "eventsub_duplicate",
        Fault::EventSub(eventsub::Noise::Twice),
        "A message of EventSub comes twice.",
    ),
    (
        "eventsub_reorder",
        Fault::EventSub(eventsub::Noise::Late),
        "A message of EventSub comes a second and a half late, after later ones.",
    ),
    (
        "eventsub_truncate",
        Fault::EventSub(eventsub::Noise::Truncated),
        "A message of EventSub comes half.",
    ),
    (
        "eventsub_enormous",
        Fault::EventSub(eventsub::Noise::Enormous),
        "A message of a megabyte comes before one of EventSub.",
    ),
    (
        "eventsub_unknown",
        Fault::EventSub(eventsub::Noise::Unknown),
        "Messages of unknown types come before one of EventSub.",
    ),
    (
        "eventsub_keys",
        Fault::EventSub(eventsub::Noise::Keys),
        "A message of EventSub has new keys; before it comes one that lacks keys.",
    ),
    (
        "http_401",
        Fault::Http(Odd::Status(401)),
        "Helix or OAuth answers 401; nothing is performed.",
    ),
    (
        "http_403",
        Fault::Http(Odd::Status(403)),
        "Helix or OAuth answers 403; nothing is performed.",
    ),
    (
        "http_404",
        Fault::Http(Odd::Status(404)),
        "Helix or OAuth answers 404; nothing is performed.",
    ),
    (
        "http_429",
        Fault::Http(Odd::Status(429)),
        "Helix or OAuth answers 429 and says when to come again; nothing is performed.",
    ),
    (
        "http_429_bare",
        Fault::Http(Odd::Bare429),
        "Helix or OAuth answers 429 without a header on when to come again; nothing is performed.",
    ),
    (
        "http_500",
        Fault::Http(Odd::Status(500)),
        "Helix or OAuth answers 500; nothing is performed.",
    ),
    (
        "http_502",
        Fault::Http(Odd::Status(502)),
        "Helix or OAuth answers 502 with a page; nothing is performed.",
    ),
    (
        "http_503",
        Fault::Http(Odd::Status(503)),
        "Helix or OAuth answers 503; nothing is performed.",
    ),
    (
        "http_html",
        Fault::Http(Odd::Html),
        "The answer is a page for people, with 200; nothing is performed.",
    ),
    ("http_hang", Fault::Http(Odd::Hang), "No answer comes; nothing is performed."),
    ("http_empty", Fault::Http(Odd::Empty), "The call is performed; its answer has no body."),
    ("http_truncated", Fault::Http(Odd::Truncated), "The call is performed; its answer is half."),
    (
        "http_lost",
        Fault::Http(Odd::Lost),
        "The call is performed; the connection closes before the answer.",
    ),
    ("http_502_late", Fault::Http(Odd::Late502), "The call is performed; its answer is 502."),
    ("http_hang_late", Fault::Http(Odd::LateHang), "The call is performed; no answer comes."),
    (
        "clock_jump",
        Fault::ClockJump,
        "Twitch's clock jumps by so many seconds (30), ahead or (below zero) back.",
    ),
    (
        "flood",
        Fault::Flood,
        "So many lines a second (per_second, 5000) come in one channel, for so many seconds (10).",
    ),
    (
        "fair_weather",
        Fault::FairWeather,
        "Every fault and storm ends; connections that carry nothing are closed.",
    ),
];
