//! `[storage]`: how long figures are kept.

use super::reader::Reader;

pub(super) const KEYS: &[&str] = &["storage.windows_days"];

/// What the database keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storage {
    /// Days that the figures of each 5 s are kept, 1 to 3650. Moments and clips stay.
    pub windows_days: u32,
}

impl Storage {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { windows_days: reader.number("storage.windows_days", 30, 1..=3650, " days") }
    }
}
