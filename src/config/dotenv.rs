//! The text of a `.env` file as names and values; the environment is left alone.

use super::origin::{Mistake, Origin};

/// One line that sets something.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) origin: Origin,
}

/// Variables whose values are lists of names: `#name` is a channel there, not a comment.
const LISTS: [&str; 4] = [
    "TWITCH_CHANNELS",
    "CLIPHOUND_TWITCH__CHANNELS",
    "CLIPHOUND_CHAT__COMMAND_USERS",
    "CLIPHOUND_CHAT__IGNORED_USERS",
];

/// Reads a file's text line by line: an open quote spoils its own line only.
/// A mistake never repeats the line, which may hold a secret.
pub(super) fn parse(file: &str, text: &str) -> (Vec<Variable>, Vec<Mistake>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut variables = Vec::new();
    let mut mistakes = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let origin = Origin::File { file: file.to_owned(), line: index + 1 };
        match parse_line(line) {
            Ok(Some((name, value))) => variables.push(Variable { name, value, origin }),
            Ok(None) => {}
            Err(NotUnderstood) => mistakes.push(Mistake::at(
                origin,
                "this line is not understood: write NAME=value, and put a value with blanks in 'single quotes'",
            )),
        }
    }
    (variables, mistakes)
}

struct NotUnderstood;

fn parse_line(line: &str) -> Result<Option<(String, String)>, NotUnderstood> {
    let line = quote_list(line).unwrap_or_else(|| line.to_owned());
    dotenvy::from_read_iter(line.as_bytes()).next().transpose().map_err(|_| NotUnderstood)
}

/// `TWITCH_CHANNELS=a, #b # both` with its value quoted; `None` for every other line.
fn quote_list(line: &str) -> Option<String> {
    let (name, value) = line.split_once('=')?;
    let bare = name.trim().strip_prefix("export ").unwrap_or(name).trim();
    let value = value.trim();
    if !LISTS.contains(&bare) || value.starts_with(['"', '\'']) {
        return None;
    }
    let comment = value.match_indices('#').find(|(at, _)| is_comment(value, *at));
    let list = comment.map_or(value, |(at, _)| &value[..at]);
    Some(format!("{name}='{}'", list.trim().replace('\'', "")))
}

/// In a list, `#` starts a comment only when blanks or the line's end follow.
fn is_comment(value: &str, at: usize) -> bool {
    value[at + 1..].chars().next().is_none_or(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let (variables, mistakes) = parse(".env", text);
        let found: Vec<_> = variables.iter().map(|v| (v.name.as_str(), v.value.as_str())).collect();
        assert_eq!(found, expected, "{text}");
        assert_eq!(mistakes, [], "{text}");
    }

    #[test]
    fn values_are_read_as_dotenvy_reads_them() {
        check("A=1\n# no\n\nexport B = 'x y' # z\r\nC=\n", &[("A", "1"), ("B", "x y"), ("C", "")]);
        check("\u{feff}A=1", &[("A", "1")]);
    }

    #[test]
    fn lists_may_hold_blanks_and_hashes() {
        check("TWITCH_CHANNELS=#a,#B", &[("TWITCH_CHANNELS", "#a,#B")]);
        check("TWITCH_CHANNELS=a, #b c # mine", &[("TWITCH_CHANNELS", "a, #b c")]);
        check("export TWITCH_CHANNELS = \"a, b\"", &[("TWITCH_CHANNELS", "a, b")]);
    }

    #[test]
    fn a_bad_line_is_told_by_number_and_never_repeated() {
        let (variables, mistakes) = parse(".env", "A=1\nTOKEN='hush-hush\nB=2");
        assert_eq!(variables.len(), 2);
        let text = mistakes.iter().map(ToString::to_string).collect::<String>();
        assert!(text.ends_with("(.env, line 2)"), "{text}");
        assert!(!text.contains("hush"), "{text}");
    }
}
