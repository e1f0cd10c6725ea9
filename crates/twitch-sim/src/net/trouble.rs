//! Faults of the network, and whose. Pure.

/// Whose connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    /// Chat, over TCP and over WebSocket.
    Irc,
    EventSub,
    Helix,
    Oauth,
    /// 7TV, BTTV and FFZ: answers and sockets.
    Emotes,
}

impl Service {
    pub const ALL: [Self; 5] = [Self::Irc, Self::EventSub, Self::Helix, Self::Oauth, Self::Emotes];

    pub fn name(self) -> &'static str {
        match self {
            Self::Irc => "irc",
            Self::EventSub => "eventsub",
            Self::Helix => "helix",
            Self::Oauth => "oauth",
            Self::Emotes => "emotes",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NetTrouble {
    /// A new connection is accepted and reset at once.
    Refuse,
    /// All connections are reset.
    Reset,
    /// What Twitch says next is carried half, then the connection is reset.
    Cut,
    /// All connections stay, but carry nothing any more, and nobody is told.
    HalfOpen,
    /// Connections carry nothing for a while.
    Stall,
    /// What Twitch says trickles for a while.
    Slow,
    /// A new connection gets a certificate that nobody trusts; where there is no TLS, it is
    /// answered as by somebody who speaks nothing else.
    Tls,
    /// Names can't be resolved for a while; where there are none, new connections are refused.
    Dns,
}
