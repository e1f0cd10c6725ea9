//! What opens a door by itself: long random words, of which only hashes are kept.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cliphound_store::access::Hash;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A word has this many random bytes: nobody guesses one, so a fast hash of it is enough.
const BYTES: usize = 32;
/// What API tokens begin with, so that people and tools that look for secrets know one.
const TOKEN: &str = "cliphound_";
/// Letters of a word.
const LETTERS: usize = BYTES * 4 / 3 + 1;

/// A new word for a session, a link, or another thing that opens a door.
#[must_use]
pub fn word() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; BYTES]>())
}

/// A new API token.
#[must_use]
pub fn token() -> String {
    format!("{TOKEN}{}", word())
}

/// Whether this may be an API token: others need not be looked for.
#[must_use]
pub fn is_token(text: &str) -> bool {
    text.strip_prefix(TOKEN).is_some_and(is_word)
}

/// Whether this may be a word of ours.
#[must_use]
pub fn is_word(text: &str) -> bool {
    text.len() == LETTERS
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// What is kept of it.
#[must_use]
pub fn hash(word: &str) -> Hash {
    Sha256::digest(word.as_bytes()).into()
}

/// What the forms of a session carry. Whoever knows it does not know the session.
#[must_use]
pub fn csrf(session: &str) -> String {
    let digest = Sha256::new().chain_update(b"csrf ").chain_update(session.as_bytes()).finalize();
    URL_SAFE_NO_PAD.encode(digest)
}

/// Whether two are the same, in a time that tells nothing.
#[must_use]
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_new_and_known_by_their_form() {
        let (one, other) = (word(), word());
        assert!(is_word(&one) && one != other && hash(&one) != hash(&other));
        let token = token();
        assert!(is_token(&token) && !is_word(&token) && !is_token(&one));
        for text in ["", "cliphound_", "cliphound_ä", &format!("{token}x"), &token[..20]] {
            assert!(!is_token(text), "{text}");
        }
    }

    #[test]
    fn what_forms_carry_belongs_to_the_session() {
        let (one, other) = (word(), word());
        assert_eq!(csrf(&one), csrf(&one));
        assert_ne!(csrf(&one), csrf(&other));
        assert!(is_same(b"a", b"a") && !is_same(b"a", b"b") && !is_same(b"a", b"aa"));
    }
}
