//! Laughter as it is typed, in many languages.

/// Words that mean laughter and nothing else; lower case.
const WORDS: &[&str] = &[
    "lawl", "lel", "lmao", "lmfao", "lol", "lole", "loool", "mdr", "ptdr", "rofl", "roflmao",
    "rotfl", "xd", "xdd", "xddd", "jsjs", "jsjsjs", "kek", "kekw", "hhh", "hhhh", "ahah",
];

/// Whether a word (in lower case, without punctuation around it) is laughter: `lol`,
/// `hahaha`, `jajaja`, `kkkk`, `www`, `ㅋㅋㅋ`, `哈哈`, `555`, `233`.
#[must_use]
pub fn is_laughter(word: &str) -> bool {
    WORDS.contains(&word) || is_repeated_sound(word) || is_number_laughter(word)
}

/// One or two sounds over and over: `haha`, `jajaj`, `kkkk`, `ㅋㅋ`, `www`, `хахаха`, `哈哈哈`.
fn is_repeated_sound(word: &str) -> bool {
    /// Letter pairs whose alternation is laughter: consonants, vowels.
    const SYLLABLES: &[(&str, &str)] =
        &[("h", "aeiou"), ("j", "aeio"), ("х", "аеио"), ("a", "h"), ("r", "s"), ("k", "ae")];
    /// Single letters that are laughter when repeated, with the least count.
    const LETTERS: &[(char, usize)] = &[
        ('k', 4),
        ('w', 3),
        ('ㅋ', 2),
        ('ㅎ', 2),
        ('哈', 2),
        ('草', 1),
        ('笑', 1),
        ('呵', 2),
        ('x', 6),
    ];
    let mut chars = word.chars();
    let Some(first) = chars.next() else { return false };
    let length = word.chars().count();
    if word.chars().all(|c| c == first) {
        return LETTERS.iter().any(|(letter, least)| *letter == first && length >= *least);
    }
    length >= 4
        && SYLLABLES.iter().any(|(consonants, vowels)| {
            word.chars().all(|c| consonants.contains(c) || vowels.contains(c))
                && vowel_changes(word, vowels) * 3 >= length
        })
}

/// How often a word goes from vowel to consonant or back.
fn vowel_changes(word: &str, vowels: &str) -> usize {
    let kinds: Vec<bool> = word.chars().map(|c| vowels.contains(c)).collect();
    kinds.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// `555…` (Thai "hahaha") and `233…` (Chinese).
fn is_number_laughter(word: &str) -> bool {
    let fives = word.len() >= 3 && word.bytes().all(|b| b == b'5');
    let threes = word.len() >= 3 && word.starts_with('2') && word[1..].bytes().all(|b| b == b'3');
    fives || threes
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert!(is_laughter(token), "{token}");
        }
    }

    #[test]
    fn other_words_are_not_laughter() {
        for token in [
            "has", "java", "ok", "k", "ww", "555555x", "23", "haaaa", "ah", "lole?no", "", "www.x",
            "jeeee",
        ] {
            assert!(!is_laughter(token), "{token}");
        }
    }
}
