//! What serde says of a value that it can't read, as a sentence for people. Pure.
//!
//! Its messages name the key, what is expected, and for programmers what was found and where; what
//! was found is left out here, for it may be a password. A message that is not known is told
//! without its words.

use axum::extract::path::ErrorKind;
use serde_path_to_error::Error;
use url::form_urlencoded;

/// Letters of a key that are repeated.
const KEY: usize = 40;

/// What can't be read in `whole`, of which `error` tells. `keys`: those of what is sent, or of each
/// item where it is a list.
pub fn told(whole: &str, error: &Error<impl std::fmt::Display>, keys: &[&str]) -> String {
    sentence(whole, &error.path().to_string(), &error.inner().to_string(), keys)
}

/// A browser's token may stand behind the `?` of any address.
const TOKEN: &str = "csrf";

/// Refuses what stands behind the `?` of an address under other keys than these: whoever mistypes
/// one would get what they did not ask for.
pub fn only(query: &str, known: &[&str]) -> Result<(), String> {
    let is_unknown = |name: &str| name != TOKEN && !known.contains(&name);
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    let Some(name) = names.find(|name| is_unknown(name)) else { return Ok(()) };
    let name = short(&name);
    Err(match list(known) {
        Some(known) => format!("nothing is asked for by “{name}” here: use {known}"),
        None => format!("nothing is asked for by “{name}” here: this address takes no query"),
    })
}

/// What can't be read of an address.
pub fn path(kind: &ErrorKind) -> String {
    let (value, expected) = match kind {
        ErrorKind::ParseErrorAtKey { value, expected_type, .. }
        | ErrorKind::ParseErrorAtIndex { value, expected_type, .. }
        | ErrorKind::ParseError { value, expected_type } => (value, *expected_type),
        _ => return "the address has a part that can't be read".to_owned(),
    };
    format!("“{}” in the address must be {}", short(value), kind_of(expected))
}

fn sentence(whole: &str, path: &str, message: &str, keys: &[&str]) -> String {
    let path = if path == "." { "" } else { path };
    let subject = |path: &str| if path.is_empty() { whole.to_owned() } else { quoted(path) };
    if let Some(rest) = message.strip_prefix("missing field ") {
        return format!("{} is missing", below(path, ticked(rest).first().copied()));
    }
    if let Some(rest) = message.strip_prefix("duplicate field ") {
        return format!(
            "{} is there twice: say it once",
            below(path, ticked(rest).first().copied())
        );
    }
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let mut names = ticked(rest).into_iter();
        let unknown = below(parent(path, rest), names.next());
        return match list(&names.collect::<Vec<_>>()) {
            Some(known) => format!("there is no {unknown} here: it can be {known}"),
            None => format!("there is no {unknown} here"),
        };
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        let known = list(ticked(rest).get(1..).unwrap_or_default());
        let known = known.unwrap_or_else(|| "another word".to_owned());
        return format!("{} must be {known}", subject(parent(path, rest)));
    }
    if let Some((_, expected)) = message.rsplit_once(", expected ") {
        let kind = kind_of(expected);
        // Of what lies deeper they are not known.
        let is_whole = path.is_empty() || path.starts_with('[') && path.ends_with(']');
        if kind == OBJECT && is_whole && !keys.is_empty() {
            return format!(
                "{} must be an object with the keys {}",
                subject(path),
                keys.join(", ")
            );
        }
        return format!("{} must be {kind}", subject(path));
    }
    match of_text(message) {
        Some(kind) => format!("{} must be {kind}", subject(path)),
        None => format!("{} can't be read", subject(path)),
    }
}

const OBJECT: &str = "an object with keys";

/// What a value is to be, by serde's name of it.
fn kind_of(expected: &str) -> &'static str {
    let expected = expected.split(" at line ").next().unwrap_or_default();
    match expected {
        "a string" | "str" | "string" | "a borrowed string" | "String" => "text",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" | "bool" => "true or false",
        "a sequence" => "a list",
        "a map" => OBJECT,
        "string or map" | "variant identifier" => "one of the words that the description names",
        other if other.starts_with("struct ") => OBJECT,
        _ => "something else",
    }
}

/// The same of a text that is no number, or none of two words.
fn of_text(message: &str) -> Option<&'static str> {
    let has = |words: &str| message.contains(words);
    if has("digit") || has("integer") || has("number too") {
        return Some("a whole number that is not too large");
    }
    if has("float") {
        return Some("a number");
    }
    has("`true` or `false`").then_some("true or false")
}

/// What stands between backticks.
fn ticked(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// A path without the unknown word at its end, which is counted to it.
fn parent<'a>(path: &'a str, rest: &str) -> &'a str {
    let unknown = ticked(rest).first().copied().unwrap_or_default();
    match path.strip_suffix(unknown) {
        Some(before) if before.is_empty() || before.ends_with('.') => before.trim_end_matches('.'),
        _ => path,
    }
}

/// A key below a path.
fn below(path: &str, key: Option<&str>) -> String {
    let key = key.unwrap_or_default();
    if path.is_empty() { quoted(key) } else { quoted(&format!("{path}.{key}")) }
}

fn quoted(text: &str) -> String {
    format!("“{}”", short(text))
}

/// Somebody's own word, repeated to them: plain, and not too long.
pub fn short(text: &str) -> String {
    let plain = crate::plain::plain(text);
    match plain.char_indices().nth(KEY) {
        Some((end, _)) => format!("{}…", &plain[..end]),
        None => plain,
    }
}

/// `a`, `a or b`, `a, b or c`; nothing of none.
pub fn list(names: &[&str]) -> Option<String> {
    let (last, before) = names.split_last()?;
    Some(if before.is_empty() {
        (*last).to_owned()
    } else {
        format!("{} or {last}", before.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences() {
        let check = |path: &str, message: &str, expected: &str| {
            assert_eq!(sentence("the body", path, message, &["key"]), expected, "{message}");
        };
        check(".", "missing field `confirm` at line 1 column 2", "“confirm” is missing");
        check("[2]", "missing field `key`", "“[2].key” is missing");
        check(".", "unknown field `x`, there are no fields", "there is no “x” here");
        check(
            "[0].x",
            "unknown field `x`, expected `key`",
            "there is no “[0].x” here: it can be key",
        );
        check(
            "scope.all",
            "unknown variant `all`, expected one of `read`, `edit`, `admin`",
            "“scope” must be read, edit or admin",
        );
        check("a", "unknown variant `x`, there are no variants", "“a” must be another word");
        check(
            "now",
            "invalid type: integer `5`, expected a string at line 1 column 9",
            "“now” must be text",
        );
        check(".", "invalid type: map, expected a sequence", "the body must be a list");
        let object = "invalid type: integer `1`, expected struct Change";
        check("[3]", object, "“[3]” must be an object with the keys key");
        check("deep", object, "“deep” must be an object with keys");
        check("x", "words of a later version", "“x” can't be read");
        check(&"k".repeat(99), "?", &format!("“{}…” can't be read", "k".repeat(40)));
    }

    #[test]
    fn parts_of_an_address_are_named() {
        let value = "yesterday\u{202e}".to_owned();
        let wrong = ErrorKind::ParseErrorAtIndex { index: 1, value, expected_type: "i64" };
        assert_eq!(path(&wrong), "“yesterday ” in the address must be a whole number");
        let wrong = ErrorKind::InvalidUtf8InPathParam { key: "key".to_owned() };
        assert_eq!(path(&wrong), "the address has a part that can't be read");
    }
}
