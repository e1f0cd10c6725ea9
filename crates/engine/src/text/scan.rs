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
/// Distinct characters beyond ASCII that are told apart …
const MOST_OTHERS: usize = 64;
/// … and so many of them without memory of their own.
const FIRST_OTHERS: usize = 16;
/// A letter or digit that stands so often in succession is stretched, and loud.
const STRETCHED: u32 = 4;

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
    let mut rest = Some(text);
    while let Some(text) = rest {
        let token;
        (token, rest) = reading.take_token(text);
        if !token.text.is_empty() {
            take(token);
        }
    }
    reading.scan(text)
}

/// What is known of a line whose first characters were read.
#[derive(Default)]
struct Reading {
    length: usize,
    counted: Counted,
    /// A letter or digit stands four times in succession.
    stretched: bool,
    distinct: Distinct,
    said: Squeezed,
}

impl Reading {
    /// Takes characters up to the first blank and it: what stands before it, and what follows.
    /// Not a part of what calls it, so that what is counted stays at hand.
    #[inline(never)]
    fn take_token<'a>(&mut self, text: &'a str) -> (Token<'a>, Option<&'a str>) {
        let (mut counted, mut said) = (self.counted, self.said);
        let (mut kinds, mut length, mut run) = (Kind::default(), 0, 1);
        let (mut before, mut blank) = (' ', None);
        let mut chars = text.chars();
        for c in chars.by_ref() {
            length += 1;
            let kind = Kind::of(c);
            if kind.is(Kind::BLANK) {
                blank = Some(c);
                break;
            }
            counted.take(kind);
            kinds = kinds.and(kind);
            let is_again = if c.is_ascii() {
                let lower = kind.ascii_in_lower_case(c);
                self.distinct.ascii.take(lower);
                kind.is(Kind::SAID) && said.take(lower)
            } else if kind.is(Kind::CASED) {
                said = self.take_large(c, said);
                true
            } else {
                self.distinct.take_other(c);
                kind.is(Kind::SAID) && said.take(c)
            };
            run = if is_again && c == before { run + 1 } else { 1 };
            if run >= STRETCHED {
                self.stretched = true;
            }
            before = c;
        }
        (self.counted, self.said) = (counted, said);
        self.length += length;
        steps(length);
        let rest = chars.as_str();
        let end = text.len() - rest.len() - blank.map_or(0, char::len_utf8);
        (Token { text: &text[..end], kinds }, blank.map(|_| rest))
    }

    /// Takes a large letter beyond ASCII; gives what was said with it.
    #[inline(never)]
    fn take_large(&mut self, c: char, mut said: Squeezed) -> Squeezed {
        for lower in c.to_lowercase() {
            said.take(lower);
            match lower.is_ascii() {
                true => self.distinct.ascii.take(lower),
                false => self.distinct.take_other(lower),
            }
        }
        said
    }

    fn is_loud(&self) -> bool {
        // Four letters, so that "OK" and "GG" are not loud; 70 % leaves room for a name.
        let [letters, capitals, marks] = self.counted.each();
        let shouted = letters >= 4 && capitals * 10 >= letters * 7;
        shouted || marks >= 2 || self.stretched
    }

    fn scan(&self, text: &str) -> Scan {
        Scan {
            length: u32::try_from(self.length).unwrap_or(u32::MAX),
            loud: self.is_loud(),
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
    marks.for_each(|(kind, c)| {
        kind.in_lower_case(c, |lower| {
            marked.take(lower);
        });
    });
    marked.key()
}

fn brevity(distinct: usize) -> f32 {
    static TABLE: LazyLock<[f32; MOST_DISTINCT]> =
        LazyLock::new(|| std::array::from_fn(|d| libm::exp2f(-(d as f32) / BREVITY_HALF)));
    if distinct == 0 { 0.0 } else { TABLE[distinct.min(MOST_DISTINCT - 1)] }
}

/// A set of numbers below 128: the low bits of characters.
#[derive(Default)]
struct LowBits([u64; 2]);

impl LowBits {
    #[inline]
    fn take(&mut self, c: char) {
        let (half, bit) = Self::place(c);
        self.0[half] |= bit;
    }

    #[inline]
    fn has(&self, c: char) -> bool {
        let (half, bit) = Self::place(c);
        self.0[half] & bit != 0
    }

    #[inline]
    fn place(c: char) -> (usize, u64) {
        let code = u32::from(c);
        (((code >> 6) & 1) as usize, 1 << (code & 63))
    }

    fn count(&self) -> usize {
        self.0.iter().map(|half| half.count_ones() as usize).sum()
    }
}

/// Distinct characters.
#[derive(Default)]
struct Distinct {
    ascii: LowBits,
    /// Those of `others`: without them a character is new.
    low_bits: LowBits,
    /// The first `len` beyond ASCII are known.
    others: [char; FIRST_OTHERS],
    len: usize,
    /// Those after them, up to [`MOST_OTHERS`] in all: few lines have any.
    more: Vec<char>,
}

impl Distinct {
    /// Takes a character beyond ASCII.
    #[inline]
    fn take_other(&mut self, c: char) {
        let is_full = self.len + self.more.len() == MOST_OTHERS;
        if !is_full && (!self.low_bits.has(c) || !self.is_known(c)) {
            self.add(c);
        }
    }

    #[inline]
    fn add(&mut self, other: char) {
        self.low_bits.take(other);
        if let Some(place) = self.others.get_mut(self.len) {
            *place = other;
            self.len += 1;
        } else {
            self.more.push(other);
        }
    }

    fn is_known(&self, other: char) -> bool {
        steps(self.len + self.more.len());
        self.others[..self.len].contains(&other) || self.more.contains(&other)
    }

    fn count(&self) -> usize {
        self.ascii.count() + self.len + self.more.len()
    }
}

/// FNV-1a over characters, a run of one character taken as one.
#[derive(Clone, Copy)]
struct Squeezed {
    hash: u64,
    /// [`NOTHING`] before the first.
    previous: u32,
}

/// No character.
const NOTHING: u32 = u32::MAX;

impl Default for Squeezed {
    fn default() -> Self {
        Self { hash: OFFSET, previous: NOTHING }
    }
}

impl Squeezed {
    /// Takes a character; whether it is the one before again.
    #[inline]
    fn take(&mut self, c: char) -> bool {
        let code = u32::from(c);
        let is_again = self.previous == code;
        if !is_again {
            self.hash = (self.hash ^ u64::from(code)).wrapping_mul(PRIME);
            self.previous = code;
        }
        is_again
    }

    fn key(&self) -> Option<u64> {
        (self.previous != NOTHING).then_some(self.hash)
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
