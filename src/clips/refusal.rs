//! What Twitch's refusals mean, in words that a streamer understands.

use cliphound_twitch::helix::HelixError;

/// 404 of Create Clip.
pub const NOT_LIVE: &str = "the channel is not live";
/// Get Streams knew it first.
pub const WENT_OFFLINE: &str = "the channel went off line before the clip could be made";
/// 429.
pub const TOO_MANY: &str = "Twitch takes no more requests for now (too many)";

/// Why Twitch said no; `None` for an error that is no refusal.
#[must_use]
pub fn in_words(error: &HelixError) -> Option<String> {
    Some(match error {
        HelixError::Unauthorized(words) => {
            format!("Twitch does not accept the account's token: log in again ({words})")
        }
        HelixError::Forbidden(words) => format!("{} ({words})", forbidden(words)),
        HelixError::NotFound(_) => NOT_LIVE.to_owned(),
        HelixError::BadRequest(words) => format!("{} ({words})", bad(words)),
        _ => return None,
    })
}

/// Whether a refusal is about the title: another one may do.
#[must_use]
pub fn is_about_the_title(error: &HelixError) -> bool {
    matches!(error, HelixError::BadRequest(words) if has(words, &["automod", "title"]))
}

/// Whether Twitch makes no clips of what is streamed, or none for this account, though the
/// channel is live and the token is good.
#[must_use]
pub fn is_of_the_stream(error: &HelixError) -> bool {
    matches!(error, HelixError::Forbidden(_) | HelixError::BadRequest(_))
}

fn forbidden(words: &str) -> &'static str {
    if has(words, &["banned", "timed out", "suspended"]) {
        "the account is banned or timed out in this channel"
    } else if has(words, &["follow"]) {
        "only followers may make clips of this channel: follow it with the account that clips"
    } else if has(words, &["subscri"]) {
        "only subscribers may make clips of this channel"
    } else if has(words, &["disabled", "turned off"]) {
        "clips are turned off in this channel: its owner can turn them on (Creator Dashboard, Settings, Stream)"
    } else {
        "the channel does not let this account make clips: they are off, or for followers or subscribers only, or the account is banned there"
    }
}

fn bad(words: &str) -> &'static str {
    if has(words, &["category", "game"]) {
        "Twitch makes no clips in the category that is streamed"
    } else if has(words, &["automod", "title"]) {
        "Twitch refuses the clip's title, also a plain one"
    } else {
        "Twitch does not take the request for this clip"
    }
}

fn has(words: &str, any: &[&str]) -> bool {
    let words = words.to_ascii_lowercase();
    any.iter().any(|part| words.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: HelixError, expected: Option<&str>) {
        let words = in_words(&error);
        assert_eq!(words.is_some(), expected.is_some(), "{error:?}");
        assert!(words.unwrap_or_default().contains(expected.unwrap_or_default()), "{error:?}");
    }

    #[test]
    fn refusals_are_explained() {
        let forbidden = |words: &str| HelixError::Forbidden(words.to_owned());
        let bad = |words: &str| HelixError::BadRequest(words.to_owned());
        check(forbidden("User is banned from the channel"), Some("banned or timed out"));
        check(forbidden("Clips are restricted to followers"), Some("only followers"));
        check(forbidden("restricted to subscribers"), Some("only subscribers"));
        check(forbidden("Clips are disabled"), Some("turned off"));
        check(forbidden("no"), Some("does not let this account"));
        check(bad("The category is not clippable"), Some("category"));
        check(bad("odd"), Some("does not take the request for this clip (odd)"));
        check(HelixError::NotFound("x".to_owned()), Some("not live"));
        check(HelixError::Unauthorized("x".to_owned()), Some("log in again"));
        check(HelixError::NotSent("x".to_owned()), None);
        check(HelixError::AnswerLost("x".to_owned()), None);
    }

    #[test]
    fn a_stream_that_is_off_line_and_a_bad_token_are_not_of_the_stream() {
        let error = |of: fn(String) -> HelixError| is_of_the_stream(&of("no".to_owned()));
        assert!(error(HelixError::Forbidden) && error(HelixError::BadRequest));
        for other in [HelixError::NotFound, HelixError::Unauthorized, HelixError::NoToken] {
            assert!(!error(other));
        }
    }

    #[test]
    fn titles_are_what_automod_is_about() {
        let about = |words: &str| is_about_the_title(&HelixError::BadRequest(words.to_owned()));
        assert!(about("The title did not pass AutoMod checks") && about("Bad TITLE"));
        assert!(!about("The category is not clippable"));
        assert!(!is_about_the_title(&HelixError::Forbidden("title".to_owned())));
    }
}
