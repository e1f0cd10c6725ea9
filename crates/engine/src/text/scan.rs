//! A line read once, character by character: how long, how loud, how brief it is, and
//! what makes it the same as another.

use std::sync::LazyLock;

use cliphound_work::{each, steps};

use super::character::Kind;
use crate::hash::{OFFSET, PRIME};

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
    for c in each(text.chars()) {
        length = length.saturating_add(1);
        let kind = Kind::of(c);
        loudness.take(c, kind);
        kind.in_lower_case(c, |lower| {
            distinct.take(lower);
            if kind.is(Kind::SAID) {
                said.take(lower);
            }
        });
    }
    let key = said.key().or_else(|| key_of_marks(text)).unwrap_or(0);
    Scan { length, loud: loudness.is_loud(), brevity: brevity(distinct.count()), key }
}

/// The key of a line without letters: few are, so the others do not pay for it.
fn key_of_marks(text: &str) -> Option<u64> {
    let mut marked = Squeezed::default();
    each(text.chars()).for_each(|c| Kind::of(c).in_lower_case(c, |lower| marked.take(lower)));
    marked.key()
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
    fn take(&mut self, c: char, kind: Kind) {
        self.letters += u32::from(kind.is(Kind::LETTER));
        self.capitals += u32::from(kind.is(Kind::CAPITAL));
        self.marks += u32::from(kind.is(Kind::MARK));
        self.run = if self.previous == Some(c) && kind.is(Kind::SAID) { self.run + 1 } else { 1 };
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
    ascii: [u64; 2],
    /// One bit for the low seven bits of each of `others`: without it a character is new.
    low_bits: [u64; 2],
    /// The first `len` of them are known.
    others: [char; MOST_OTHERS],
    len: usize,
}

impl Default for Distinct {
    fn default() -> Self {
        Self { ascii: [0; 2], low_bits: [0; 2], others: ['\0'; MOST_OTHERS], len: 0 }
    }
}

impl Distinct {
    #[inline]
    fn take(&mut self, c: char) {
        let code = u32::from(c);
        let (half, bit) = (((code >> 6) & 1) as usize, 1_u64 << (code & 63));
        if c.is_ascii() {
            self.ascii[half] |= bit;
        } else if self.len < MOST_OTHERS && (self.low_bits[half] & bit == 0 || !self.is_known(c)) {
            self.low_bits[half] |= bit;
            self.others[self.len] = c;
            self.len += 1;
        }
    }

    fn is_known(&self, other: char) -> bool {
        steps(self.len);
        self.others[..self.len].contains(&other)
    }

    fn count(&self) -> usize {
        self.ascii.iter().map(|half| half.count_ones() as usize).sum::<usize>() + self.len
    }
}

/// FNV-1a over characters, a run of one character taken as one.
struct Squeezed {
    hash: u64,
    previous: Option<char>,
}

impl Default for Squeezed {
    fn default() -> Self {
        Self { hash: OFFSET, previous: None }
    }
}

impl Squeezed {
    fn take(&mut self, c: char) {
        if self.previous != Some(c) {
            self.hash = (self.hash ^ u64::from(u32::from(c))).wrapping_mul(PRIME);
            self.previous = Some(c);
        }
    }

    fn key(&self) -> Option<u64> {
        self.previous.map(|_| self.hash)
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
