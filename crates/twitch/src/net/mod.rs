//! What connections to Twitch are made of: checked addresses, TCP, TLS and WebSocket, how
//! long to wait before connecting again, and what to do where that can't help.

mod backoff;
mod endpoint;
pub(crate) mod fellows;
mod knock;
mod remedy;
mod stream;
#[cfg(test)]
mod untrusted;

pub(crate) use backoff::{Backoff, GOOD_LIFE};
pub use endpoint::{Endpoint, EndpointError, is_loopback};
pub use knock::knock;
pub use remedy::remedy;
pub(crate) use stream::{CHUNK_BYTES, Dialler, Duplex, Frames, within};
