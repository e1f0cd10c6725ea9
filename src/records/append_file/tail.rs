//! The end of a record's file: whose it is, and whether its last line is whole. Pure but for [`read`].

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

/// How much of the end is looked at: for the line that a crash cut short, and for a
/// line that a restart would write a second time. Over a hundred lines fit in.
pub(super) const TAIL_BYTES: u64 = 64 * 1024;

/// The last bytes of a file of this length.
pub(super) fn read(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut tail)?;
    Ok(tail)
}

/// Where the last line begins that has no end; the tail's length where each has one.
pub(super) fn begin_of_last(tail: &[u8]) -> usize {
    tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

/// Whether what ends like this is a record with this header, of a version with fewer columns, empty, or the
/// begin of one. Whoever keeps it in order may have taken the header out, or written a remark into it.
pub(super) fn is_ours(tail: &[u8], header: &str) -> bool {
    let Some(end) = tail.iter().rposition(|byte| *byte == b'\n') else {
        return header.as_bytes().starts_with(tail);
    };
    let text = String::from_utf8_lossy(&tail[..end]);
    text.trim().is_empty() || most_columns(&text) * 2 > columns(header)
}

/// Whether a line without an end has all that a line has: something in each column that the lines before
/// it have.
pub(super) fn is_whole(line: &[u8], before: &[u8], header: &str) -> bool {
    let expected = most_columns(&String::from_utf8_lossy(before)).min(columns(header));
    std::str::from_utf8(line).is_ok_and(|line| {
        let is_filled = |column: &str| !column.trim_matches('\0').is_empty();
        columns(line) >= expected && line.split('\t').all(is_filled)
    })
}

fn most_columns(text: &str) -> usize {
    text.lines().map(columns).max().unwrap_or(0)
}

fn columns(line: &str) -> usize {
    line.split('\t').count()
}
