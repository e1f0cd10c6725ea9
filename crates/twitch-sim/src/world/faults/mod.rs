//! What can be made to go wrong. Pure.
//!
//! `list` names every fault with a sentence; `call` checks what somebody asks for; `waiting`
//! keeps what was asked for until its moment comes.

mod call;
mod list;
mod waiting;

use crate::emotes::EmoteTrouble;
use crate::net::NetTrouble;
use crate::odd::Odd;
use crate::{eventsub, irc};
pub use call::{FaultCall, FaultError};
pub(crate) use call::{Order, Reach};
pub use list::KnownFault;
pub(crate) use list::known;
pub(crate) use waiting::Faults;
pub use waiting::WaitingFault;

/// What can be made to go wrong; `list` says what each does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    ClipLostAnswer,
    Clip503,
    Clip403,
    ClipLate,
    ClipNever,
    Clip404,
    Clip500,
    ClipTitle,
    ClipCategory,
    ClipFollowers,
    ClipBanned,
    Clip429,
    VodLostAnswer,
    Vod503,
    Vod500,
    Vod403,
    VodNone,
    DownloadNone,
    DownloadCut,
    IrcReconnect,
    IrcDrop,
    IrcSilence,
    EventSubReconnect,
    EventSubDrop,
    EventSubSilence,
    EventSubRevoke,
    EventSubUserRemoved,
    EventSub403,
    EventSubReconnectStorm,
    EventSubNoKeepalive,
    EventSubNoWelcome,
    EventSub(eventsub::Noise),
    IrcReconnectStorm,
    IrcNoPing,
    IrcBanned,
    IrcSuspended,
    ChatDropped,
    Irc(irc::Noise),
    TokenExpired,
    TokenRevoked,
    LoginDenied,
    DeviceExpired,
    DeviceSlowDown,
    Oauth503,
    Helix429,
    Helix500,
    HelixLow,
    ClockJump,
    Flood,
    FairWeather,
    /// For a service or a call, as the channel is for others.
    Http(Odd),
    /// For a service, as the channel is for others.
    Net(NetTrouble),
    Emotes(EmoteTrouble),
}

impl Fault {
    /// Finds a fault by its name.
    pub fn parse(name: &str) -> Result<Self, FaultError> {
        let named = list::LIST.iter().find(|(known, ..)| *known == name);
        named
            .map(|(_, fault, _)| *fault)
            .or_else(|| EmoteTrouble::parse(name).map(Self::Emotes))
            .ok_or_else(|| FaultError::Unknown { given: name.to_owned() })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Emotes(trouble) => trouble.name(),
            _ => list::LIST.iter().find(|(_, fault, _)| *fault == self).map_or("", |(n, ..)| n),
        }
    }

    /// Where the fault may be asked for.
    pub fn reach(self) -> Reach {
        match self {
            Self::TokenExpired | Self::TokenRevoked | Self::FairWeather => Reach::Nowhere,
            Self::LoginDenied | Self::DeviceExpired | Self::DeviceSlowDown => Reach::Nowhere,
            Self::Oauth503 | Self::Helix429 | Self::Helix500 | Self::HelixLow => Reach::Nowhere,
            Self::ClockJump | Self::IrcNoPing => Reach::Nowhere,
            Self::EventSubNoKeepalive | Self::EventSubNoWelcome => Reach::Nowhere,
            Self::Net(_) => Reach::Service,
            Self::Http(_) => Reach::Call,
            _ => Reach::Channel,
        }
    }

    /// Seconds that the fault lasts when nobody says how long; of those that have a length.
    pub fn usual_seconds(self) -> Option<i64> {
        match self {
            Self::Net(NetTrouble::Stall | NetTrouble::Slow | NetTrouble::Dns) | Self::Flood => {
                Some(10)
            }
            Self::IrcNoPing | Self::EventSubNoKeepalive | Self::HelixLow => Some(60),
            Self::ClockJump => Some(30),
            _ => None,
        }
    }
}
