//! What matters about a character, looked up once for all who ask.

/// The kinds that a character is of, as bits. Those that are counted have room above them to be
/// added up (see [`Counted`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kind(u64);

impl Kind {
    /// A letter or a digit: what is said, not how.
    pub const SAID: Self = Self(1);
    /// A blank: it stands between words.
    pub const BLANK: Self = Self(2);
    /// It has another form in lower case.
    pub const CASED: Self = Self(4);
    /// A sign of ASCII, as stands around words.
    pub const SIGN: Self = Self(8);
    /// Beyond ASCII.
    pub const FAR: Self = Self(16);
    /// A letter of any script.
    pub const LETTER: Self = Self(1 << 5);
    /// A large letter.
    pub const CAPITAL: Self = Self(1 << 26);
    /// An exclamation or question mark.
    pub const MARK: Self = Self(1 << 47);

    /// A letter beyond ASCII that is its own lower case.
    const FAR_LETTER: Self = Self::LETTER.and(Self::SAID).and(Self::FAR);

    /// The kinds of a character.
    #[inline]
    #[must_use]
    pub fn of(c: char) -> Self {
        match c {
            '\0'..='\x7f' => ASCII[c as usize],
            // Most of what is not ASCII.
            '\u{4E00}'..='\u{9FFF}' => Self::FAR_LETTER,
            _ => Self::of_far(c),
        }
    }

    #[inline(never)]
    fn of_far(c: char) -> Self {
        match c {
            // Most characters of Chinese, Japanese, Korean, Russian and western chats, and those
            // that pictures are made of: the tables of all languages take long to ask.
            '\u{AC00}'..='\u{D7A3}'
            | '\u{1100}'..='\u{11FF}'
            | '\u{3041}'..='\u{3096}'
            | '\u{30A1}'..='\u{30FA}'
            | '\u{3105}'..='\u{312F}'
            | '\u{3131}'..='\u{318E}'
            | 'а'..='я'
            | 'ß'..='ö'
            | 'ø'..='ÿ' => Self::FAR_LETTER,
            'А'..='Я' | 'À'..='Ö' | 'Ø'..='Þ' => {
                Self::FAR_LETTER.and(Self::CASED).and(Self::CAPITAL)
            }
            '０'..='９' => Self::SAID.and(Self::FAR),
            '！' | '？' => Self::MARK.and(Self::FAR),
            '\u{F3A}'..='\u{F3D}'
            | '\u{2010}'..='\u{2027}'
            | '\u{2190}'..='\u{245F}'
            | '\u{2500}'..='\u{26FF}'
            | '\u{3001}'..='\u{3004}'
            | '\u{3008}'..='\u{3020}'
            | '\u{30FB}'
            | '\u{FF01}'..='\u{FF0F}'
            | '\u{FF1A}'..='\u{FF20}'
            | '\u{FF3B}'..='\u{FF40}'
            | '\u{FFE0}'..='\u{FFE6}'
            | '\u{1F300}'..='\u{1F64F}' => Self::FAR,
            _ => Self::of_other(c),
        }
    }

    /// Whether it is of one of these kinds too.
    #[must_use]
    pub const fn is(self, kinds: Self) -> bool {
        self.0 & kinds.0 != 0
    }

    /// A character of this kind in lower case.
    #[inline]
    pub fn in_lower_case(self, c: char, mut take: impl FnMut(char)) {
        if !self.is(Self::CASED) {
            take(c);
        } else if c.is_ascii() {
            take(c.to_ascii_lowercase());
        } else {
            c.to_lowercase().for_each(take);
        }
    }

    /// A character of ASCII, of this kind, in lower case: large letters differ by one bit.
    #[inline]
    #[must_use]
    pub fn ascii_in_lower_case(self, c: char) -> char {
        let case = (self.0 / (Self::CAPITAL.0 / u64::from(CASE))) & u64::from(CASE);
        char::from(c as u8 | case as u8)
    }

    /// Both kinds.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn of_ascii(c: u8) -> Self {
        match c {
            b'A'..=b'Z' => Self::LETTER.and(Self::SAID).and(Self::CAPITAL).and(Self::CASED),
            b'a'..=b'z' => Self::LETTER.and(Self::SAID),
            b'0'..=b'9' => Self::SAID,
            b'!' | b'?' => Self::MARK.and(Self::SIGN),
            b' ' | b'\t'..=b'\r' => Self::BLANK,
            _ if c.is_ascii_punctuation() => Self::SIGN,
            _ => Self(0),
        }
    }

    #[cold]
    fn of_other(c: char) -> Self {
        if c.is_alphabetic() {
            let cased = if c.to_lowercase().eq([c]) { Self(0) } else { Self::CASED };
            let capital = if c.is_uppercase() { Self::CAPITAL } else { Self(0) };
            Self::FAR_LETTER.and(cased).and(capital)
        } else if c.is_numeric() {
            Self::SAID.and(Self::FAR)
        } else if c.is_whitespace() {
            Self::BLANK.and(Self::FAR)
        } else {
            Self::FAR
        }
    }
}

/// How many characters are letters, capitals and marks: up to two million each, and all three by
/// one addition a character.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted(u64);

impl Counted {
    /// Counts one more character.
    #[inline]
    pub fn take(&mut self, kind: Kind) {
        self.0 = self.0.wrapping_add(kind.0 & !(Kind::LETTER.0 - 1));
    }

    /// Letters, capitals, marks.
    #[must_use]
    pub fn each(self) -> [u64; 3] {
        let from = |kind: Kind| self.0 / kind.0;
        let room = Kind::CAPITAL.0 / Kind::LETTER.0;
        [from(Kind::LETTER) % room, from(Kind::CAPITAL) % room, from(Kind::MARK)]
    }
}

/// The bit that is set in small letters of ASCII, and not in large ones.
const CASE: u8 = 0x20;

static ASCII: [Kind; 128] = {
    let mut kinds = [Kind(0); 128];
    let mut c = 0;
    while c < 128 {
        kinds[c] = Kind::of_ascii(c as u8);
        c += 1;
    }
    kinds
};

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
            assert_eq!(kind.is(Kind::BLANK), c.is_whitespace(), "{c:?}");
            assert_eq!(kind.is(Kind::SIGN), c.is_ascii_punctuation(), "{c:?}");
            assert_eq!(kind.is(Kind::FAR), !c.is_ascii(), "{c:?}");
            assert_eq!(kind.is(Kind::CASED), !c.to_lowercase().eq([c]), "{c:?}");
            let mut lower = Vec::new();
            kind.in_lower_case(c, |c| lower.push(c));
            assert!(c.to_lowercase().eq(lower), "{c:?}");
        }
    }
}
