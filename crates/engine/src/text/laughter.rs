//! Laughter as it is typed, in many languages.

use cliphound_work::{each, steps};

use super::lexicon::Known;

/// Words that mean laughter and nothing else; the lexicon knows them.
pub const WORDS: &[&str] = &[
    "lawl", "lel", "lmao", "lmfao", "lol", "lole", "loool", "mdr", "ptdr", "rofl", "roflmao",
    "rotfl", "xd", "xdd", "xddd", "jsjs", "jsjsjs", "kek", "kekw", "hhh", "hhhh", "ahah",
];

/// Whether a word (in lower case, without punctuation around it) is laughter: `lol`,
/// `hahaha`, `jajaja`, `kkkk`, `www`, `ㅋㅋㅋ`, `哈哈`, `555`, `233`. `known` is what the lexicon
/// says of it.
#[must_use]
#[inline]
pub fn is_laughter(word: &str, known: &Known) -> bool {
    known.laughs || word.chars().next().is_some_and(|first| is_sound(word, first))
}

/// One or two sounds over and over: `haha`, `jajaj`, `kkkk`, `ㅋㅋ`, `www`, `хахаха`, `哈哈哈`.
/// Most words are let go by their first letter.
#[inline]
fn is_sound(word: &str, first: char) -> bool {
    may_begin(first) && (is_repeated(word, first) || is_number_laughter(word) || is_syllables(word))
}

/// Whether some laughter begins with this.
#[inline]
fn may_begin(first: char) -> bool {
    match BEGINNINGS.get(first as usize) {
        Some(may_begin) => *may_begin,
        None => kinds(first) != 0 || least_repetitions(first).is_some(),
    }
}

/// [`may_begin`] for ASCII.
static BEGINNINGS: [bool; 128] = {
    let mut may_begin = [false; 128];
    let mut c = 0;
    while c < 128 {
        let letter = c as u8 as char;
        may_begin[c] = kinds(letter) != 0
            || least_repetitions(letter).is_some()
            || matches!(letter, '2' | '5');
        c += 1;
    }
    may_begin
};

fn is_repeated(word: &str, first: char) -> bool {
    least_repetitions(first).is_some_and(|least| {
        each(word.chars()).all(|c| c == first) && word.chars().count() >= least
    })
}

/// How often a letter must be repeated to be laughter, if it can be.
const fn least_repetitions(letter: char) -> Option<usize> {
    match letter {
        '草' | '笑' => Some(1),
        'ㅋ' | 'ㅎ' | '哈' | '呵' => Some(2),
        'w' => Some(3),
        'k' => Some(4),
        'x' => Some(6),
        _ => None,
    }
}

/// The kinds of laughter that a letter is part of, as bits.
const fn kinds(letter: char) -> u8 {
    const HA: u8 = 1;
    const JA: u8 = 2;
    const RUSSIAN: u8 = 4;
    const AH: u8 = 8;
    const RS: u8 = 16;
    const KA: u8 = 32;
    match letter {
        'h' => HA | AH,
        'j' => JA,
        'х' | 'а' | 'е' | 'и' | 'о' => RUSSIAN,
        'r' | 's' => RS,
        'k' => KA,
        'a' => HA | JA | AH | KA,
        'e' => HA | JA | KA,
        'i' | 'o' => HA | JA,
        'u' => HA,
        _ => 0,
    }
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'а' | 'е' | 'и' | 'о')
}

/// Four letters and more of one kind of laughter that alternate: a third of them and more
/// change to another letter, not counting one vowel after another.
fn is_syllables(word: &str) -> bool {
    let (mut possible, mut length, mut changes) = (u8::MAX, 0_usize, 0_usize);
    let mut before = None;
    for c in each(word.chars()) {
        possible &= kinds(c);
        if possible == 0 {
            return false;
        }
        length += 1;
        let changed = |b: char| b != c && !(is_vowel(b) && is_vowel(c));
        changes += usize::from(before.is_some_and(changed));
        before = Some(c);
    }
    length >= 4 && changes * 3 >= length
}

/// `555…` (Thai "hahaha") and `233…` (Chinese).
fn is_number_laughter(word: &str) -> bool {
    steps(word.len());
    let fives = word.len() >= 3 && word.bytes().all(|b| b == b'5');
    let threes = word.len() >= 3 && word.starts_with('2') && word[1..].bytes().all(|b| b == b'3');
    fives || threes
}

#[cfg(test)]
mod tests {
    use super::{super::lexicon::look, *};

    #[test]
    fn laughter_is_known_in_many_languages() {
        for token in [
            "lol",
            "hahaha",
            "hahahaha",
            "ahaha",
            "jajaja",
            "kkkkk",
            "wwww",
            "ㅋㅋㅋㅋ",
            "哈哈哈",
            "хахаха",
            "55555",
            "2333",
            "xd",
            "lmao",
            "rsrsrs",
            "hehehe",
            "草",
        ] {
            assert!(is_laughter(token, look(token)), "{token}");
        }
    }

    #[test]
    fn other_words_are_not_laughter() {
        for token in [
            "has", "java", "ok", "k", "ww", "555555x", "23", "haaaa", "ah", "lole?no", "", "www.x",
            "jeeee", "aeae", "ooee",
        ] {
            assert!(!is_laughter(token, look(token)), "{token}");
        }
    }
}
