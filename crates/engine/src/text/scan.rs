//! A line read once, character by character: its tokens, how long, how loud, how brief it is,
//! and what makes it the same as another.

use std::sync::LazyLock;

use cliphound_work::{each, steps};

use super::character::{Counted, Kind};
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

/// What stands between two blanks.
#[derive(Debug, Clone, Copy)]
pub struct Token<'a> {
    /// As typed.
    pub text: &'a str,
    /// The kinds of all its characters.
    pub kinds: Kind,
}

/// Reads a line; its tokens are given to `take` in their order.
#[inline]
pub fn scan<'a>(text: &'a str, mut take: impl FnMut(Token<'a>)) -> Scan {
    let mut reading = Reading::default();
    let (mut start, mut at, mut kinds) = (0, 0, Kind::default());
    while at < text.len() {
        if text.as_bytes()[at].is_ascii() {
            let (length, ascii_kinds) = reading.take_ascii(&text.as_bytes()[at..]);
            at += length;
            kinds = kinds.and(ascii_kinds);
        }
        let Some(c) = text[at..].chars().next() else { break };
        let kind = Kind::of(c);
        reading.take(c, kind);
        let end = at;
        at += c.len_utf8();
        if !kind.is(Kind::BLANK) {
            kinds = kinds.and(kind);
            continue;
        }
        if start < end {
            take(Token { text: &text[start..end], kinds });
        }
        (start, kinds) = (at, Kind::default());
    }
    if start < at {
        take(Token { text: &text[start..], kinds });
    }
    reading.scan(text)
}

/// What is known of a line whose first characters were read.
#[derive(Default)]
struct Reading {
    length: usize,
    loudness: Loudness,
    distinct: Distinct,
    said: Squeezed,
}

impl Reading {
    /// Takes characters up to the first that is a blank or beyond ASCII: how many there are, and
    /// their kinds. Most are of these, and a loop of its own keeps what it counts at hand.
    #[inline]
    fn take_ascii(&mut self, bytes: &[u8]) -> (usize, Kind) {
        let (mut loudness, mut ascii, mut said) = (self.loudness, self.distinct.ascii, self.said);
        let (mut length, mut kinds) = (0, Kind::default());
        for byte in bytes {
            let Some(kind) = Kind::of_byte(*byte) else { break };
            if kind.is(Kind::BLANK) {
                break;
            }
            let c = char::from(*byte);
            let lower = c.to_ascii_lowercase();
            loudness.take(c, kind);
            ascii.take(lower);
            if kind.is(Kind::SAID) {
                said.take(lower);
            }
            kinds = kinds.and(kind);
            length += 1;
        }
        (self.loudness, self.distinct.ascii, self.said) = (loudness, ascii, said);
        steps(length);
        self.length += length;
        (length, kinds)
    }

    #[inline]
    fn take(&mut self, c: char, kind: Kind) {
        steps(1);
        self.length += 1;
        self.loudness.take(c, kind);
        if kind.is(Kind::BLANK) {
            return;
        }
        kind.in_lower_case(c, |lower| {
            self.distinct.take(lower);
            if kind.is(Kind::SAID) {
                self.said.take(lower);
            }
        });
    }

    fn scan(&self, text: &str) -> Scan {
        Scan {
            length: u32::try_from(self.length).unwrap_or(u32::MAX),
            loud: self.loudness.is_loud(),
            brevity: brevity(self.distinct.count()),
            key: self.said.key().or_else(|| key_of_marks(text)).unwrap_or(0),
        }
    }
}

/// The key of a line, or of a word alone.
#[must_use]
pub fn key(text: &str) -> u64 {
    scan(text, |_| ()).key
}

/// The key of a line without letters: few are, so the others do not pay for it.
fn key_of_marks(text: &str) -> Option<u64> {
    let mut marked = Squeezed::default();
    let marks =
        each(text.chars()).map(|c| (Kind::of(c), c)).filter(|(kind, _)| !kind.is(Kind::BLANK));
    marks.for_each(|(kind, c)| kind.in_lower_case(c, |lower| marked.take(lower)));
    marked.key()
}

fn brevity(distinct: usize) -> f32 {
    static TABLE: LazyLock<[f32; MOST_DISTINCT]> =
        LazyLock::new(|| std::array::from_fn(|d| libm::exp2f(-(d as f32) / BREVITY_HALF)));
    if distinct == 0 { 0.0 } else { TABLE[distinct.min(MOST_DISTINCT - 1)] }
}

/// Counts what makes a line loud.
#[derive(Clone, Copy, Default)]
struct Loudness {
    kinds: Counted,
    run: u32,
    longest_run: u32,
    previous: Option<char>,
}

impl Loudness {
    #[inline]
    fn take(&mut self, c: char, kind: Kind) {
        self.kinds.take(kind);
        self.run = if self.previous == Some(c) && kind.is(Kind::SAID) { self.run + 1 } else { 1 };
        self.longest_run = self.longest_run.max(self.run);
        self.previous = Some(c);
    }

    fn is_loud(&self) -> bool {
        // Four letters, so that "OK" and "GG" are not loud; 70 % leaves room for a name.
        let [letters, capitals, marks] = self.kinds.each();
        let shouted = letters >= 4 && capitals * 10 >= letters * 7;
        shouted || marks >= 2 || self.longest_run >= 4
    }
}

/// A set of numbers below 128: the low bits of characters.
#[derive(Clone, Copy, Default)]
struct LowBits([u64; 2]);

impl LowBits {
    #[inline]
    fn take(&mut self, c: char) {
        let (half, bit) = Self::place(c);
        self.0[half] |= bit;
    }

    fn has(self, c: char) -> bool {
        let (half, bit) = Self::place(c);
        self.0[half] & bit != 0
    }

    fn place(c: char) -> (usize, u64) {
        let code = u32::from(c);
        (((code >> 6) & 1) as usize, 1 << (code & 63))
    }

    fn count(self) -> usize {
        self.0.iter().map(|half| half.count_ones() as usize).sum()
    }
}

/// Distinct characters.
struct Distinct {
    ascii: LowBits,
    /// Those of `others`: without them a character is new.
    low_bits: LowBits,
    /// The first `len` of them are known.
    others: [char; MOST_OTHERS],
    len: usize,
}

impl Default for Distinct {
    fn default() -> Self {
        Self {
            ascii: LowBits::default(),
            low_bits: LowBits::default(),
            others: ['\0'; MOST_OTHERS],
            len: 0,
        }
    }
}

impl Distinct {
    fn take(&mut self, c: char) {
        if c.is_ascii() {
            self.ascii.take(c);
        } else if self.len < MOST_OTHERS && (!self.low_bits.has(c) || !self.is_known(c)) {
            self.low_bits.take(c);
            self.others[self.len] = c;
            self.len += 1;
        }
    }

    fn is_known(&self, other: char) -> bool {
        steps(self.len);
        self.others[..self.len].contains(&other)
    }

    fn count(&self) -> usize {
        self.ascii.count() + self.len
    }
}

/// FNV-1a over characters, a run of one character taken as one.
#[derive(Clone, Copy)]
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
    #[inline]
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

    fn scan(text: &str) -> Scan {
        super::scan(text, |_| ())
    }

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
