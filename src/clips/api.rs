//! What the life of a clip asks of Twitch, so that tests can answer instead.

use std::future::Future;

use cliphound_twitch::helix::{Clip, CreateClip, CreatedClip, HelixError};

/// Twitch, as far as clips need it.
pub trait ClipApi: Send + Sync + 'static {
    /// User id of the account that makes the clips, `None` until Twitch has told it; or why
    /// there is no account that may, in plain words.
    ///
    /// # Errors
    /// When moments are to be recorded only.
    fn creator(&self) -> Result<Option<String>, String>;

    /// Create Clip. Never repeats a request that may have worked.
    fn create(
        &self,
        clip: &CreateClip,
    ) -> impl Future<Output = Result<CreatedClip, HelixError>> + Send;

    /// Get Clips for one id; `None` when Twitch does not show it (yet).
    fn by_id(&self, id: &str) -> impl Future<Output = Result<Option<Clip>, HelixError>> + Send;

    /// Get Clips of a channel created within these Unix milliseconds on Twitch's clock.
    fn between(
        &self,
        broadcaster_id: &str,
        from_ms: i64,
        to_ms: i64,
    ) -> impl Future<Output = Result<Vec<Clip>, HelixError>> + Send;
}
