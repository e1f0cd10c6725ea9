//! A line read once, character by character: how long, how loud, how brief it is, and
//! what makes it the same as another.

use std::sync::LazyLock;

/// Distinct characters that halve a line's brevity. From 5 to 16 the precision on labelled
/// streams is the same within its error; without the weighting it is lower, above all
/// where many people paste one long text.
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
    let (mut said, mut marked) = (Squeezed::default(), Squeezed::default());
    for c in text.chars() {
        length = length.saturating_add(1);
        let is_said = c.is_alphanumeric();
        loudness.take(c, is_said);
        let mut take = |lower: char| {
            distinct.take(lower);
            marked.take(lower);
            if is_said {
                said.take(lower);
            }
        };
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
    let key = said.key().or(marked.key()).unwrap_or(0);
    Scan { length, loud: loudness.is_loud(), brevity: brevity(distinct.count()), key }
}

/// Signs of Chinese, Japanese and Korean, which are neither large nor small: most of
/// their chats' characters, and the tables of all languages need not be asked.
fn is_caseless(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7FF}')
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
#[derive(Default)]
struct Distinct {
    /// One bit a character.
    ascii: u128,
    others: Vec<char>,
}

impl Distinct {
    fn take(&mut self, c: char) {
        if c.is_ascii() {
            self.ascii |= 1 << u32::from(c);
        } else if self.others.len() < MOST_OTHERS && !self.others.contains(&c) {
            self.others.push(c);
        }
    }

    fn count(&self) -> usize {
        self.ascii.count_ones() as usize + self.others.len()
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
    fn reactions_are_brief() {
        let brevity = |text| scan(text).brevity;
        assert_eq!(brevity("LUL lul"), libm::exp2f(-0.4));
        assert_eq!(brevity("哈哈哈哈"), libm::exp2f(-0.2));
        assert!(brevity("where does he come from, and why?") < 0.3);
        assert_eq!(brevity("  "), 0.0);
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
