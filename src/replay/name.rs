//! Names in files: logins out of display names, a channel out of a file's name.

use std::path::Path;

/// The login in `Name`, `Name(login)` or `Name (login)`, in lower case.
#[must_use]
pub fn login(name: &str) -> String {
    let inner = name.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    let login = match inner {
        Some((_, login)) if !login.trim().is_empty() => login,
        _ => name,
    };
    login.trim().to_lowercase()
}

/// A name for the channel of a file that does not tell it: the file's name without
/// its endings, `#` and a date.
#[must_use]
pub fn channel_of_file(path: &str) -> String {
    let name = Path::new(path).file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
    let stem = name.trim_start_matches('.').split('.').next().unwrap_or_default();
    let bare: String = without_date(stem).trim_matches(['#', '-', '_', ' ']).to_lowercase();
    if bare.is_empty() { "unknown".to_owned() } else { bare }
}

/// Loggers put the day before or after the channel: `ninja-2024-05-01`, `2024-05-01_#ninja`.
fn without_date(stem: &str) -> &str {
    let is_date = |part: &str| {
        part.len() == 10
            && part.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    };
    if stem.get(..10).is_some_and(is_date) {
        return stem.get(10..).unwrap_or_default();
    }
    let cut = stem.len().saturating_sub(10);
    if stem.get(cut..).is_some_and(is_date) { stem.get(..cut).unwrap_or_default() } else { stem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_of_display_names() {
        for (name, expected) in [
            ("Ninja", "ninja"),
            ("忍者(ninja)", "ninja"),
            ("忍者 (Ninja)", "ninja"),
            ("()", "()"),
            ("a)", "a)"),
        ] {
            assert_eq!(login(name), expected, "{name}");
        }
    }

    #[test]
    fn channels_of_file_names() {
        for (path, expected) in [
            ("logs/Ninja-2024-05-01.log", "ninja"),
            ("2024-05-01_#ninja.txt", "ninja"),
            ("#ninja.log", "ninja"),
            ("324215198.chat.jsonl.gz", "324215198"),
            ("sing_sing-past.chat.jsonl", "sing_sing-past"),
            ("2024-05-01.log", "unknown"),
            ("-", "unknown"),
            ("..", "unknown"),
            ("кот.txt", "кот"),
        ] {
            assert_eq!(channel_of_file(path), expected, "{path}");
        }
    }
}
