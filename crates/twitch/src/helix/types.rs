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
    /// Title.
    pub title: String,
    /// Instant of creation, Unix milliseconds (Twitch tells whole seconds).
    pub created_ms: i64,
    /// Length in seconds.
    pub duration_s: f32,
}

/// Twitch's answer to a chat message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentChat {
    /// The message was sent; otherwise `drop_reason` says why not.
    pub is_sent: bool,
    /// Why the message was dropped.
    pub drop_reason: Option<String>,
}
