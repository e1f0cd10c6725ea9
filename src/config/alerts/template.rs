//! What an alert says: text with placeholders, filled with what is escaped for its receiver.

use std::{fmt, str::FromStr};

/// What the placeholders may be.
pub const PLACEHOLDERS: [&str; 9] = [
    "{channel}",
    "{event}",
    "{title}",
    "{reason}",
    "{score}",
    "{url}",
    "{game}",
    "{cause}",
    "{time}",
];

/// Longest template, in characters.
const LONGEST: usize = 1_500;

/// A checked template: its braces hold known placeholders only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertTemplate(String);

impl AlertTemplate {
    /// The text, with each placeholder (with its braces) replaced by what `value` gives for it.
    #[must_use]
    pub fn fill(&self, value: impl Fn(&str) -> String) -> String {
        let mut filled = String::new();
        let mut rest = self.0.as_str();
        while let Some(open) = rest.find('{') {
            filled.push_str(&rest[..open]);
            let close = rest[open..].find('}').map_or(rest.len(), |at| open + at + 1);
            filled.push_str(&value(&rest[open..close]));
            rest = &rest[close..];
        }
        filled.push_str(rest);
        filled
    }
}

impl fmt::Display for AlertTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AlertTemplate {
    type Err = String;

    /// Checks a template.
    ///
    /// # Errors
    /// When it is empty or too long, or a brace is left open or holds something unknown.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() || text.chars().count() > LONGEST {
            return Err(format!(
                "must be 1 to {LONGEST} characters: leave it out for the usual text"
            ));
        }
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let known = PLACEHOLDERS.iter().find(|known| rest[at..].starts_with(**known));
            let Some(known) = known else {
                let end = rest[at..].find('}').map_or(rest.len(), |end| at + end + 1);
                let wrong: String = rest[at..end].chars().take(40).collect();
                return Err(format!(
                    "has “{wrong}”, which is no placeholder: use {}",
                    PLACEHOLDERS.join(", ")
                ));
            };
            rest = &rest[at + known.len()..];
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn placeholders_are_filled_once() {
        let template: AlertTemplate = "{channel}: {title} {title}!".parse().unwrap();
        let filled = template.fill(|name| format!("<{}>{{title}}", name.trim_matches(['{', '}'])));
        assert_eq!(filled, "<channel>{title}: <title>{title} <title>{title}!");
    }

    #[test]
    fn unknown_placeholders_are_named() {
        for (text, wrong) in [("a {gane}", "“{gane}”"), ("{title", "“{title”"), ("a}", "“}”")]
        {
            let error = text.parse::<AlertTemplate>().unwrap_err();
            assert!(error.contains(wrong), "{error}");
        }
        assert!(" ".parse::<AlertTemplate>().is_err());
    }

    proptest! {
        #[test]
        fn any_template_is_refused_or_filled(text in ".{0,60}|[{}a-z]{0,20}") {
            if let Ok(template) = text.parse::<AlertTemplate>() {
                let filled = template.fill(|_| String::new());
                let braces = filled.matches(['{', '}']).count();
                prop_assert_eq!(braces, 0);
            }
        }
    }
}
