//! A short line as it was typed, for who watches the live page: kept as long as the line is in
//! the window, in no model and no record, and read by nothing that decides.

/// Longer lines are sentences, which hardly two people write alike.
const MOST_BYTES: usize = 31;

/// Up to 31 bytes of text without memory of its own; empty for longer lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wording {
    length: u8,
    bytes: [u8; MOST_BYTES],
}

impl Wording {
    /// Takes the whole of `text`, or nothing. Written where it stays: what is moved at once is
    /// waited for.
    pub fn write(&mut self, text: &str) {
        // Most lines have the room without a look for blanks.
        let text = if text.len() > MOST_BYTES { text.trim() } else { text };
        if let Some(room) = self.bytes.get_mut(..text.len()) {
            room.copy_from_slice(text.as_bytes());
            self.length = text.len() as u8;
        }
    }

    /// What was typed, without blanks around it; empty when nothing is kept of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let typed = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(typed).unwrap_or_default().trim()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lines_are_kept_whole_and_others_not_at_all() {
        for (text, expected) in [
            (" gg wp ", "gg wp"),
            ("", ""),
            ("哈哈哈哈哈哈哈哈哈哈", "哈哈哈哈哈哈哈哈哈哈"),
            ("哈哈哈哈哈哈哈哈哈哈哈", ""),
            ("does anyone know which song it was", ""),
        ] {
            let mut wording = Wording::default();
            wording.write(text);
            assert_eq!(wording.as_str(), expected);
        }
    }
}
