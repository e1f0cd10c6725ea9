//! What Helix is asked for and what it answers, in our own words.

/// A Twitch user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// User id.
    pub id: String,
    /// Login, lower case.
    pub login: String,
    /// Name as shown.
    pub display_name: String,
}

/// A stream that is live now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Broadcaster's user id.
    pub user_id: String,
    /// Broadcaster's login.
    pub login: String,
    /// People watching.
    pub viewers: u32,
    /// Category's name.
    pub game: String,
    /// Title of the stream.
    pub title: String,
    /// Start, Unix milliseconds.
    pub started_ms: i64,
}

/// A request for a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateClip {
    /// Broadcaster's user id.
    pub broadcaster_id: String,
    /// Title; empty: Twitch uses the stream's.
    pub title: String,
    /// Length in seconds, 5 to 60, in steps of 0.1.
    pub duration_s: f32,
}

/// Twitch's 202: the clip is being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedClip {
    /// Clip id (slug).
    pub id: String,
    /// Address of the editor, valid 24 hours.
    pub edit_url: String,
}

/// A clip that exists.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// Clip id (slug).
    pub id: String,
    /// Public address.
    pub url: String,
    /// Broadcaster's user id.
    pub broadcaster_id: String,
    /// User id of who made it.
    pub creator_id: String,
    /// Name of who made it, as shown.
    pub creator_name: String,
    /// Title.
    pub title: String,
    /// Instant of creation, Unix milliseconds (Twitch tells whole seconds).
    pub created_ms: i64,
    /// Length in seconds.
    pub duration_s: f32,
    /// Address of a picture of it; empty where Twitch tells none.
    pub thumbnail_url: String,
    /// Where it begins in the VOD, in seconds; unknown for some minutes, and without a VOD.
    pub vod_offset: Option<i64>,
    /// Views so far.
    pub views: i64,
}

/// A request for a clip from a VOD.
#[derive(Debug, Clone, PartialEq)]
pub struct VodClip {
    /// Broadcaster's user id.
    pub broadcaster_id: String,
    /// The VOD.
    pub vod_id: String,
    /// Where the clip ENDS in the VOD, in seconds; not less than its length.
    pub end_s: u64,
    /// Title; Twitch wants one.
    pub title: String,
    /// Length in seconds, 5 to 60, in steps of 0.1.
    pub duration_s: f32,
}

/// A recorded stream (a VOD of the type `archive`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vod {
    /// Video id.
    pub id: String,
    /// Start of the stream, Unix milliseconds (Twitch tells whole seconds).
    pub started_ms: i64,
    /// How much of it there is, in seconds; of a stream that is live it grows.
    pub length_s: i64,
}

/// Where a clip's video can be fetched. The addresses are valid for a while only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipDownload {
    /// Clip id (slug).
    pub clip_id: String,
    /// Address of the wide video, where there is one.
    pub landscape_url: Option<String>,
    /// Address of the upright video, where there is one.
    pub portrait_url: Option<String>,
}

/// Twitch's answer to a chat message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentChat {
    /// The message was sent; otherwise `drop_reason` says why not.
    pub is_sent: bool,
    /// Why the message was dropped.
    pub drop_reason: Option<String>,
}
