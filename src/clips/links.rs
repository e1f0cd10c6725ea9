//! Where a clip is found and edited.

/// A clip's public address.
#[must_use]
pub fn clip_url(clip_id: &str) -> String {
    format!("https://clips.twitch.tv/{clip_id}")
}

/// The editor's address of a clip whose answer was lost, as Twitch makes it.
#[must_use]
pub fn edit_url(login: &str, clip_id: &str) -> String {
    format!("https://www.twitch.tv/{login}/clip/{clip_id}")
}
