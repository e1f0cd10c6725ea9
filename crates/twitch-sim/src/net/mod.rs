//! The network between Twitch and its clients, and its weather.
//!
//! Each service listens on an address of its own that nobody is told. What clients are told is
//! a cable's end ([`cable`]), which carries bytes to and fro and can refuse, break, die, stall
//! or trickle. So no handler knows of the network's faults, nor of TLS, which ends there
//! ([`certificates`]). [`tls`] is an address with a bad certificate, [`hosts`] a file with names
//! that can vanish. Pure: [`cables`] (which cables there are), [`trouble`] (what can go wrong).

mod cable;
mod cables;
mod certificates;
mod hosts;
mod tls;
mod trouble;

pub(crate) use cable::{Line, serve};
pub(crate) use cables::Cables;
pub(crate) use certificates::{Certificates, untrusted};
pub(crate) use hosts::{Hosts, NAME};
pub(crate) use tls::serve_tls;
pub(crate) use trouble::{NetTrouble, Service};
