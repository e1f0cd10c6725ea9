//! A line read once, character by character: how long, how loud, how brief it is, and
//! what makes it the same as another.

use std::sync::LazyLock;

/// Distinct characters that halve a line's brevity. From 3 to 8 the precision on labelled
/// streams is the same within its error; at 16 and without the weighting it is lower, above
/// all where many people paste one long text.
const BREVITY_HALF: f32 = 5.0;
/// Distinct characters counted at most: a line's brevity is nothing long before.
const MOST_DISTINCT: usize = 128;
/// Distinct characters beyond ASCII that are told apart.
const MOST_OTHERS: usize = 64;

/// What the characters of one line say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scan {
    /// Length in characters.
    pub length: u32,
    /// Written in capitals, with stretched letters, or with two and more exclamation or
    /// question marks.
    pub loud: bool,
    /// 2^(-d / 5), d being the distinct characters without blanks and case; 0 for a blank
    /// line. Reactions are brief in every language ("LUL LUL": 2, "哈哈哈": 1), and stretching
    /// or repeating them adds nothing.
    pub brevity: f32,
    /// Hash of the letters and digits in lower case, runs of one character taken together,
    /// so that stretching and punctuation make no difference. A line without letters keeps
    /// its marks.
    pub key: u64,
}

/// Reads a line.
#[must_use]
pub fn scan(text: &str) -> Scan {
    let (mut length, mut loudness, mut distinct) =
        (0_u32, Loudness::default(), Distinct::default());
    let mut said = Squeezed::default();
    for c in text.chars() {
        length = length.saturating_add(1);
        let is_said = is_alphanumeric(c);
        loudness.take(c, is_said);
        in_lower_case(c, |lower| {
            distinct.take(lower);
            if is_said {
                said.take(lower);
            }
        });
    }
    let key = said.key().or_else(|| key_of_marks(text)).unwrap_or(0);
    Scan { length, loud: loudness.is_loud(), brevity: brevity(distinct.count()), key }
}

/// A character in lower case, unless it is blank.
fn in_lower_case(c: char, mut take: impl FnMut(char)) {
    if c.is_ascii() {
        if !c.is_ascii_whitespace() {
            take(c.to_ascii_lowercase());
        }
    } else if is_caseless(c) {
        take(c);
    } else if !c.is_whitespace() {
        c.to_lowercase().for_each(take);
    }
}

/// The key of a line without letters: few are, so the others do not pay for it.
fn key_of_marks(text: &str) -> Option<u64> {
    let mut marked = Squeezed::default();
    text.chars().for_each(|c| in_lower_case(c, |lower| marked.take(lower)));
    marked.key()
}

/// Signs of Chinese, Japanese and Korean, which are neither large nor small: most of
/// their chats' characters, and the tables of all languages need not be asked.
pub(super) fn is_caseless(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7FF}')
}

/// [`char::is_alphanumeric`], without asking its tables about the most frequent of those signs.
fn is_alphanumeric(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}') || c.is_alphanumeric()
}

fn brevity(distinct: usize) -> f32 {
    static TABLE: LazyLock<[f32; MOST_DISTINCT]> =
        LazyLock::new(|| std::array::from_fn(|d| libm::exp2f(-(d as f32) / BREVITY_HALF)));
    if distinct == 0 { 0.0 } else { TABLE[distinct.min(MOST_DISTINCT - 1)] }
}

/// Counts what makes a line loud.
#[derive(Default)]
struct Loudness {
    letters: u32,
    capitals: u32,
    marks: u32,
    run: u32,
    longest_run: u32,
    previous: Option<char>,
}

impl Loudness {
    fn take(&mut self, c: char, is_alphanumeric: bool) {
        let is_caseless = is_caseless(c);
        let is_letter = if is_caseless { is_alphanumeric } else { c.is_alphabetic() };
        self.letters += u32::from(is_letter);
        self.capitals += u32::from(!is_caseless && c.is_uppercase());
        self.marks += u32::from(matches!(c, '!' | '?' | '！' | '？'));
        self.run = if self.previous == Some(c) && is_alphanumeric { self.run + 1 } else { 1 };
        self.longest_run = self.longest_run.max(self.run);
        self.previous = Some(c);
    }

    fn is_loud(&self) -> bool {
        // Four letters, so that "OK" and "GG" are not loud; 70 % leaves room for a name.
        let shouted = self.letters >= 4 && self.capitals * 10 >= self.letters * 7;
        shouted || self.marks >= 2 || self.longest_run >= 4
    }
}

/// Distinct characters.
struct Distinct {
    /// One bit a character.
    ascii: u128,
    /// One bit for the low seven bits of each of `others`: without it a character is new.
    low_bits: u128,
    /// The first `len` of them are known.
    others: [char; MOST_OTHERS],
    len: usize,
}

impl Default for Distinct {
    fn default() -> Self {
        Self { ascii: 0, low_bits: 0, others: ['\0'; MOST_OTHERS], len: 0 }
    }
}

impl Distinct {
    fn take(&mut self, c: char) {
        let bit = 1 << (u32::from(c) & 0x7f);
        if c.is_ascii() {
            self.ascii |= bit;
        } else if self.len < MOST_OTHERS
            && (self.low_bits & bit == 0 || !self.others[..self.len].contains(&c))
        {
            self.low_bits |= bit;
            self.others[self.len] = c;
            self.len += 1;
        }
    }

    fn count(&self) -> usize {
        self.ascii.count_ones() as usize + self.len
    }
}

/// FNV-1a over characters, a run of one character taken as one.
#[derive(Default)]
struct Squeezed {
    hash: Option<u64>,
    previous: char,
}

impl Squeezed {
    fn take(&mut self, c: char) {
        if self.hash.is_none() || self.previous != c {
            let hash = self.hash.unwrap_or(crate::hash::OFFSET);
            self.hash = Some((hash ^ u64::from(u32::from(c))).wrapping_mul(crate::hash::PRIME));
            self.previous = c;
        }
    }

    fn key(&self) -> Option<u64> {
        self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_say_the_same_share_a_key() {
        let same = |a, b| scan(a).key == scan(b).key;
        assert!(same("GOOOO", "go!!"));
        assert!(same("LETS GO", "lets  gooo"));
        assert!(same("???", "??"));
        assert!(same("ÜBER", "über"));
        assert!(!same("???", "!!!"));
        assert!(!same("yes", "no"));
        assert!(!same("ab", "ba"));
    }

    #[test]
    fn what_is_known_of_characters_is_what_their_table_says() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_alphanumeric(c), c.is_alphanumeric(), "{c:?}");
            let is_cased = !c.to_lowercase().eq([c]) || c.is_uppercase();
            assert!(!(is_cased && is_caseless(c)), "{c:?}");
        }
    }

    #[test]
    fn reactions_are_brief() {
        let brevity = |text| scan(text).brevity;
        assert_eq!(brevity("LUL lul"), libm::exp2f(-0.4));
        assert_eq!(brevity("哈哈哈哈"), libm::exp2f(-0.2));
        assert!(brevity("where does he come from, and why?") < 0.3);
        assert_eq!(brevity("  "), 0.0);
        // 丁 and 刁 share their low bits and are two characters all the same.
        assert_eq!(brevity("丁刁丁"), libm::exp2f(-0.4));
    }

    #[test]
    fn loud_lines() {
        for text in
            ["LETS GOOO", "no wayyyy", "what??", "WHAT", "おおおお", "！！", "77777", "NOOOO"]
        {
            assert!(scan(text).loud, "{text}");
        }
    }

    #[test]
    fn ordinary_lines() {
        for text in ["hello there", "GG", "why?", "OK", "", "Nice play!", "he is good at this"] {
            assert!(!scan(text).loud, "{text}");
        }
    }
}
