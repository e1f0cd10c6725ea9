//! What the life of a clip asks of Twitch, so that tests can answer instead.

use std::future::Future;

use cliphound_twitch::helix::{Clip, CreateClip, CreatedClip, HelixError, Vod, VodClip};

/// Why nobody makes clips.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCreator {
    /// There is no account, or it may not: moments are recorded only.
    #[error("{0}")]
    Nobody(String),
    /// There is one, but Twitch takes its token no more: somebody has to log in again.
    #[error("{0}")]
    DeadToken(String),
}

/// Twitch, as far as clips need it.
pub trait ClipApi: Send + Sync + 'static {
    /// User id of the account that makes the clips, `None` until Twitch has told it.
    ///
    /// # Errors
    /// When there is none that may, or none that may now, in plain words.
    fn creator(&self) -> Result<Option<String>, NoCreator>;

    /// Create Clip. Never repeats a request that may have worked.
    fn create(
        &self,
        clip: &CreateClip,
    ) -> impl Future<Output = Result<CreatedClip, HelixError>> + Send;

    /// Whether the account may make clips from VODs, as far as is known: a token of which
    /// Twitch has told nothing yet may.
    fn may_use_vods(&self) -> bool;

    /// Whether Twitch lets the account do what a channel's editors may; `None` when it shows
    /// neither.
    fn edits(
        &self,
        broadcaster_id: &str,
    ) -> impl Future<Output = Result<Option<bool>, HelixError>> + Send;

    /// Get Videos: the newest recorded streams of a channel.
    fn vods(
        &self,
        broadcaster_id: &str,
    ) -> impl Future<Output = Result<Vec<Vod>, HelixError>> + Send;

    /// Create Clip From VOD. Never repeats a request that may have worked.
    fn create_from_vod(
        &self,
        clip: &VodClip,
    ) -> impl Future<Output = Result<CreatedClip, HelixError>> + Send;

    /// Whether the account may set stream markers, as far as is known.
    fn may_mark(&self) -> bool;

    /// Create Stream Marker at this instant.
    fn mark(
        &self,
        broadcaster_id: &str,
        description: &str,
    ) -> impl Future<Output = Result<(), HelixError>> + Send;

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
