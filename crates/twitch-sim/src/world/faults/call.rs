//! A fault as somebody asks for it, and the order that it becomes once it is checked. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Fault, known};
use crate::net::Service;
use crate::odd;

/// A fault, as it is asked for: the body of `POST /control/fault`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultCall {
    /// Its name; `GET /control/faults` lists all.
    pub fault: String,
    /// Login of the channel that it is for; without one: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Whose: `irc`, `eventsub`, `helix`, `oauth` or `emotes` of faults whose name begins with
    /// `net_`; `helix`, `oauth` or one of their calls (`create_clip`, `token` …) of those with
    /// `http_`. Without one: everybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// How many times it comes, 1 and more. Without `count` and `seconds`: once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// For how many seconds of the simulator's time it comes; what has not come by then is
    /// taken back. Of `clock_jump`: how far the clock jumps, below zero too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// Lines a second of a flood, 1 to 20,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<u32>,
    /// People who write in a flood, 1 to 1,000,000; each writes again when all have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<u32>,
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
        part("seconds", self.seconds.map(|n| n.to_string()))?;
        part("per_second", self.per_second.map(|n| n.to_string()))?;
        part("people", self.people.map(|n| n.to_string()))
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
    /// It may be for a call over HTTP, or for its service.
    Call,
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
    /// Of a flood.
    pub per_second: u32,
    /// Of a flood.
    pub people: u32,
}

/// Lines a second of a flood, when nobody says how many …
const USUAL_FLOOD: u32 = 5_000;
/// … and at most.
const MAX_FLOOD: u32 = 20_000;
/// People in a flood, when nobody says how many …
const USUAL_PEOPLE: u32 = 20_000;
/// … and at most.
const MAX_PEOPLE: u32 = 1_000_000;
/// A clock jumps by a day at most.
const MAX_JUMP_S: i64 = 86_400;

impl Order {
    /// Checks a call; whether its channel exists is for the world to say.
    pub fn check(call: &FaultCall) -> Result<Self, FaultError> {
        let fault = Fault::parse(&call.fault)?;
        let refuse = |why: &str| FaultError::Senseless { fault: fault.name(), why: why.to_owned() };
        if call.count == Some(0) {
            return Err(refuse("count must be at least 1"));
        }
        if fault == Fault::ClockJump {
            if call.seconds.is_some_and(|s| s == 0 || s.saturating_abs() > MAX_JUMP_S) {
                return Err(refuse("seconds must be from -86400 to 86400, and not 0"));
            }
        } else if call.seconds.is_some_and(|seconds| seconds < 1) {
            return Err(refuse("seconds must be at least 1"));
        }
        let per_second = call.per_second.unwrap_or(USUAL_FLOOD);
        if fault == Fault::Flood && !(1..=MAX_FLOOD).contains(&per_second) {
            return Err(refuse("per_second must be from 1 to 20000"));
        }
        let people = call.people.unwrap_or(USUAL_PEOPLE);
        if fault == Fault::Flood && !(1..=MAX_PEOPLE).contains(&people) {
            return Err(refuse("people must be from 1 to 1000000"));
        }
        if fault == Fault::Flood && call.channel.is_none() {
            return Err(refuse("name its channel"));
        }
        let seconds = call.seconds.or(fault.usual_seconds());
        let usual = if seconds.is_some() { u32::MAX } else { 1 };
        let place = place(fault, call).map_err(|why| refuse(&why))?;
        let count = call.count.unwrap_or(usual);
        Ok(Self { fault, place, count, seconds, per_second, people })
    }
}

/// The channel, service or call that a fault is for.
fn place(fault: Fault, call: &FaultCall) -> Result<Option<String>, String> {
    let known = |name: &str, all: &[&str]| match all.contains(&name) {
        true => Ok(Some(name.to_owned())),
        false => Err(format!("'{name}' is no service; there are: {}", all.join(", "))),
    };
    match (fault.reach(), &call.channel, &call.service) {
        (_, None, None) => Ok(None),
        (Reach::Channel, Some(login), None) => {
            Ok(Some(login.trim_start_matches('#').to_lowercase()))
        }
        (Reach::Service, None, Some(name)) => known(name, &Service::ALL.map(Service::name)),
        (Reach::Call, None, Some(name)) => known(name, &odd::places().collect::<Vec<_>>()),
        (Reach::Channel, ..) => Err("it can be for a channel only".to_owned()),
        (Reach::Service | Reach::Call, ..) => Err("it can be for a service only".to_owned()),
        // What is about everybody was always taken with a channel, too.
        (Reach::Nowhere, ..) => Ok(None),
    }
}
