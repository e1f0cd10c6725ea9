//! What a server says, fit to be told: one line, not too long, and nothing in it that looks
//! like a token. Pure.
//!
//! A server that repeats in its error what it was sent would put our token into our log.

/// Words are cut at this many characters.
const LONGEST: usize = 300;
/// A word of letters and digits that is so long opens something: Twitch's tokens have 30
/// characters and more, and no sentence of its has such a word.
const SECRET: usize = 20;
/// Stands for it.
const LEFT_OUT: &str = "…";

/// `text` as it may be told.
#[must_use]
pub fn told(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let safe = without_tokens(line.trim());
    safe.chars().take(LONGEST).collect::<String>().trim_end().to_owned()
}

/// `text` without what looks like a token.
#[must_use]
pub fn without_tokens(text: &str) -> String {
    let mut safe = String::new();
    for word in text.split_inclusive(|c| !is_part_of_token(c)) {
        let bare = word.trim_end_matches(|c| !is_part_of_token(c));
        safe.push_str(if bare.len() >= SECRET { LEFT_OUT } else { bare });
        safe.push_str(&word[bare.len()..]);
    }
    safe
}

/// Scopes (`user:write:chat`) and addresses fall apart into short words.
fn is_part_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_like_a_token_is_left_out() {
        for (text, expected) in [
            ("no such id", "no such id"),
            ("<html>\nbusy", "<html> busy"),
            ("Missing scope: user:write:chat, channel:manage:broadcast", ""),
            ("OAuth rfx2uswqe8l4g1mkagrvg5tv0ks3?", "OAuth …?"),
            (r#"{"access_token":"rfx2uswqe8l4g1mkagrvg5tv0ks3"}"#, r#"{"access_token":"…"}"#),
            ("rfx2uswqe8l4g1mkagrvg5tv0ks3", "…"),
            ("  \u{1b}[31m\t", "[31m"),
            ("", ""),
        ] {
            let expected = if expected.is_empty() { text } else { expected };
            assert_eq!(told(text), expected);
        }
        assert_eq!(told(&"word ".repeat(200)).len(), LONGEST - 1);
    }

    proptest! {
        #[test]
        fn no_token_is_told(before in ".{0,40}", token in "[a-z0-9]{30,60}", after in "[^a-zA-Z0-9]?.{0,40}") {
            let told = told(&format!("{before}{token}{after}"));
            prop_assert!(!told.contains(&token), "{}", told);
            prop_assert!(told.chars().count() <= LONGEST && !told.contains(char::is_control));
        }
    }
}
