//! Text from elsewhere, made harmless: in a terminal, a record, a table. Pure.

use cliphound_work::each;

/// Whether a character is more than text: control characters, line ends of any kind, and signs
/// that turn or hide what follows. The joiners are text: emoji and some scripts are written
/// with them.
#[must_use]
pub fn is_plain(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // Chat programs put U+E0000 behind a message that is said twice.
    let hides = matches!(c, '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{e0000}');
    !(c.is_control() || turns || hides || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// One line that can do nothing to a terminal: what is no text becomes a blank.
#[must_use]
pub fn plain(text: &str) -> String {
    each(text.chars()).map(|c| if is_plain(c) { c } else { ' ' }).collect()
}

/// The same for a text of several lines, which stay.
#[must_use]
pub fn plain_lines(text: &str) -> String {
    text.chars().map(|c| if is_plain(c) || c == '\n' { c } else { ' ' }).collect()
}

/// Signs that begin a formula in a spreadsheet; the wide ones do where Japanese is written.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// Put before a text that would be one: spreadsheets take it for text then.
const QUOTE: char = '\'';

/// Whether a spreadsheet would calculate with a text, or [`unquoted`] take something from it.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches([' ', QUOTE]).starts_with(FORMULA)
}

/// A column's text that no spreadsheet takes for a formula.
#[must_use]
pub fn quoted(text: &str) -> String {
    if is_formula(text) { format!("{QUOTE}{text}") } else { text.to_owned() }
}

/// The text that [`quoted`] made a column of.
#[must_use]
pub fn unquoted(column: &str) -> &str {
    column.strip_prefix(QUOTE).filter(|text| is_formula(text)).unwrap_or(column)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_text_is_a_blank() {
        for (text, expected) in [
            ("wow \u{1f468}\u{200d}\u{1f469} é", "wow \u{1f468}\u{200d}\u{1f469} é"),
            ("a\u{1b}[2Jb\tc\u{9b}d", "a [2Jb c d"),
            ("a\u{202e}b\u{2066}c\u{feff}\u{2028}", "a b c  "),
        ] {
            assert_eq!(plain(text), expected);
        }
        assert_eq!(plain_lines("a\nb\r\u{7}"), "a\nb  ");
    }

    #[test]
    fn formulas_are_quoted() {
        for (text, expected) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+1", "'+1"),
            (" -1+1", "' -1+1"),
            ("@ann won", "'@ann won"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("'t was nice", "'t was nice"),
            ("what a day = 1", "what a day = 1"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(text in "[ '=+@a-c＝-]{0,6}") {
            let column = quoted(&text);
            prop_assert!(!column.starts_with(FORMULA));
            prop_assert_eq!(unquoted(&column), text.as_str());
        }
    }
}
