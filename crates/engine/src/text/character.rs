//! What matters about a character, looked up once for all who ask.

/// The kinds that a character is of, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind(u8);

impl Kind {
    /// A letter of any script.
    pub const LETTER: Self = Self(1);
    /// A large letter.
    pub const CAPITAL: Self = Self(2);
    /// A letter or a digit: what is said, not how.
    pub const SAID: Self = Self(4);
    /// An exclamation or question mark.
    pub const MARK: Self = Self(8);
    /// A blank.
    pub const BLANK: Self = Self(16);

    /// The kinds of a character.
    #[must_use]
    pub fn of(c: char) -> Self {
        match c {
            '\0'..='\x7f' => ASCII[c as usize],
            // Most characters of Chinese, Japanese and Korean chats, and those that pictures
            // are made of: the tables of all languages need not be asked.
            '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => Self::LETTER.and(Self::SAID),
            '\u{2500}'..='\u{25FF}' => Self(0),
            '！' | '？' => Self::MARK,
            _ => Self::of_other(c),
        }
    }

    /// Whether it is of one of these kinds too.
    #[must_use]
    pub const fn is(self, kinds: Self) -> bool {
        self.0 & kinds.0 != 0
    }

    /// A character of this kind in lower case, unless it is blank.
    #[inline]
    pub fn in_lower_case(self, c: char, mut take: impl FnMut(char)) {
        if self.is(Self::BLANK) {
            return;
        }
        if c.is_ascii() {
            take(c.to_ascii_lowercase());
        } else if self.is(Self::LETTER) && !is_caseless(c) {
            c.to_lowercase().for_each(take);
        } else {
            take(c);
        }
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn of_ascii(c: u8) -> Self {
        match c {
            b'A'..=b'Z' => Self::LETTER.and(Self::SAID).and(Self::CAPITAL),
            b'a'..=b'z' => Self::LETTER.and(Self::SAID),
            b'0'..=b'9' => Self::SAID,
            b'!' | b'?' => Self::MARK,
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => Self::BLANK,
            _ => Self(0),
        }
    }

    fn of_other(c: char) -> Self {
        if c.is_alphabetic() {
            let letter = Self::LETTER.and(Self::SAID);
            if c.is_uppercase() { letter.and(Self::CAPITAL) } else { letter }
        } else if c.is_numeric() {
            Self::SAID
        } else if c.is_whitespace() {
            Self::BLANK
        } else {
            Self(0)
        }
    }
}

static ASCII: [Kind; 128] = {
    let mut kinds = [Kind(0); 128];
    let mut c = 0;
    while c < 128 {
        kinds[c] = Kind::of_ascii(c as u8);
        c += 1;
    }
    kinds
};

/// Signs of Chinese, Japanese and Korean, which are neither large nor small.
#[must_use]
pub fn is_caseless(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7FF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_characters_is_what_their_tables_say() {
        for c in '\0'..=char::MAX {
            let kind = Kind::of(c);
            assert_eq!(kind.is(Kind::LETTER), c.is_alphabetic(), "{c:?}");
            assert_eq!(kind.is(Kind::CAPITAL), c.is_uppercase(), "{c:?}");
            assert_eq!(kind.is(Kind::SAID), c.is_alphanumeric(), "{c:?}");
            assert_eq!(kind.is(Kind::MARK), "!?！？".contains(c), "{c:?}");
            // A vertical tab, which nobody can type, counts as a sign.
            assert_eq!(kind.is(Kind::BLANK), c.is_whitespace() && c != '\u{b}', "{c:?}");
            let mut lower = Vec::new();
            kind.in_lower_case(c, |c| lower.push(c));
            if !kind.is(Kind::BLANK) {
                assert!(c.to_lowercase().eq(lower), "{c:?}");
            }
            assert!(!is_caseless(c) || c.to_lowercase().eq([c]), "{c:?}");
        }
    }
}
