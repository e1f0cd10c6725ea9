//! A fault as somebody asks for it, and the order that it becomes once it is checked. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Fault, known};
use crate::net::Service;

/// A fault, as it is asked for: the body of `POST /control/fault`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultCall {
    /// Its name; `GET /control/faults` lists all.
    pub fault: String,
    /// Login of the channel that it is for; without one: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Whose connections (`irc`, `eventsub`, `helix`, `oauth`, `emotes`), of faults whose name
    /// begins with `net_`; without one: everybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// How many times it comes, 1 and more. Without `count` and `seconds`: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// For how many seconds of the simulator's time it comes; what has not come by then is
    /// taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
}

impl FaultCall {
    /// A fault that comes once, anywhere.
    #[must_use]
    pub fn new(fault: impl Into<String>) -> Self {
        Self { fault: fault.into(), ..Self::default() }
    }

    /// The same for one channel.
    #[must_use]
    pub fn channel(self, login: impl Into<String>) -> Self {
        Self { channel: Some(login.into()), ..self }
    }

    /// The same for one service.
    #[must_use]
    pub fn service(self, name: impl Into<String>) -> Self {
        Self { service: Some(name.into()), ..self }
    }

    /// The same, so many times.
    #[must_use]
    pub fn count(self, count: u32) -> Self {
        Self { count: Some(count), ..self }
    }

    /// The same, for so many seconds of the simulator's time.
    #[must_use]
    pub fn seconds(self, seconds: i64) -> Self {
        Self { seconds: Some(seconds), ..self }
    }
}

impl fmt::Display for FaultCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault)?;
        let mut part = |name: &str, value: Option<String>| match value {
            Some(value) => write!(f, " {name}={value}"),
            None => Ok(()),
        };
        part("channel", self.channel.clone())?;
        part("service", self.service.clone())?;
        part("count", self.count.map(|n| n.to_string()))?;
        part("seconds", self.seconds.map(|n| n.to_string()))
    }
}

/// Why a fault was not put in place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// There is no fault of this name.
    #[error("'{given}' is not a fault; known are: {}", names())]
    Unknown {
        /// What was asked for.
        given: String,
    },
    /// It is a fault, but can't be had like this.
    #[error("{fault}: {why}")]
    Senseless {
        /// The fault.
        fault: &'static str,
        /// What to do.
        why: String,
    },
}

fn names() -> String {
    known().map(|fault| fault.name).collect::<Vec<_>>().join(", ")
}

/// Where a fault may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It is about all or nothing.
    Nowhere,
    /// It may be for one channel.
    Channel,
    /// It may be for one service.
    Service,
}

/// A call that makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub fault: Fault,
    /// A channel's login or a service's name; `None`: any.
    pub place: Option<String>,
    /// `u32::MAX`: as often as it can within `seconds`.
    pub count: u32,
    pub seconds: Option<i64>,
}

impl Order {
    /// Checks a call; whether its channel exists is for the world to say.
    pub fn check(call: &FaultCall) -> Result<Self, FaultError> {
        let fault = Fault::parse(&call.fault)?;
        let refuse = |why: &str| FaultError::Senseless { fault: fault.name(), why: why.to_owned() };
        if call.count == Some(0) {
            return Err(refuse("count must be at least 1"));
        }
        if call.seconds.is_some_and(|seconds| seconds < 1) {
            return Err(refuse("seconds must be at least 1"));
        }
        let seconds = call.seconds.or(fault.usual_seconds());
        let usual = if seconds.is_some() { u32::MAX } else { 1 };
        let place = match (fault.reach(), &call.channel, &call.service) {
            (_, None, None) => None,
            (Reach::Channel, Some(login), None) => {
                Some(login.trim_start_matches('#').to_lowercase())
            }
            (Reach::Service, None, Some(name)) => match Service::parse(name) {
                Some(service) => Some(service.name().to_owned()),
                None => {
                    let all = Service::ALL.map(Service::name).join(", ");
                    return Err(refuse(&format!("'{name}' is no service; there are: {all}")));
                }
            },
            (Reach::Channel, ..) => return Err(refuse("it can be for a channel only")),
            (Reach::Service, ..) => return Err(refuse("it can be for a service only")),
            // What is about everybody was always taken with a channel, too.
            (Reach::Nowhere, ..) => None,
        };
        Ok(Self { fault, place, count: call.count.unwrap_or(usual), seconds })
    }
}
