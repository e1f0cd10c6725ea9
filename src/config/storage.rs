//! `[storage]`: how long figures and chat are kept, and how many videos.

use super::reader::Reader;

pub(super) const KEYS: &[&str] =
    &["storage.windows_days", "storage.downloads_gb", "storage.chat_days"];

/// What the database keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storage {
    /// Days that the figures of each 5 s are kept, 1 to 3650. Moments and clips stay.
    pub windows_days: u32,
    /// GB (10⁹ bytes) that videos of clips may take; then the oldest go. 0: all stay.
    pub downloads_gb: u32,
    /// Days that a few lines of chat around each moment are kept, 1 to 365. 0: none are.
    pub chat_days: u32,
}

impl Storage {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            windows_days: reader.number("storage.windows_days", 30, 1..=3650, " days"),
            downloads_gb: reader.number("storage.downloads_gb", 50, 0..=100_000, " GB"),
            chat_days: reader.number("storage.chat_days", 14, 0..=365, " days"),
        }
    }
}
