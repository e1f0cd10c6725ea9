//! Where a value came from, and what is wrong with it, in words for people.

use std::fmt;

use cliphound_twitch::words::without_tokens;

/// Where a setting's value came from, the strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An option of the command line, such as `--log-format`.
    CommandLine(&'static str),
    /// A variable of the process environment.
    Environment(String),
    /// A line of a file: `.env`, the systemd credential or `cliphound.toml`.
    File {
        /// Name of the file as shown to people.
        file: String,
        /// Line, counted from 1.
        line: usize,
    },
    /// Somebody set it in the dashboard.
    Dashboard {
        /// Who.
        by: String,
    },
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine(option) => write!(f, "command line, {option}"),
            Self::Environment(name) => write!(f, "environment, {name}"),
            Self::File { file, line } => write!(f, "{file}, line {line}"),
            Self::Dashboard { by } => write!(f, "dashboard, by {by}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One setting as it holds: for `check` and the dashboard. Secrets are masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Name, such as `clips.duration_s`.
    pub key: &'static str,
    /// Value for people; `-` when there is none, `(set)` for a secret.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// One mistake in the settings: what is wrong, where, and what to do. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    message: String,
    origin: Option<Origin>,
}

impl Mistake {
    /// `message` may quote what was written, which may be a token at a wrong place.
    pub(super) fn at(origin: Origin, message: impl Into<String>) -> Self {
        Self { message: without_tokens(&message.into()), origin: Some(origin) }
    }

    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), origin: None }
    }

    /// What is wrong, without where.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{} ({origin})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// All mistakes of the settings, found in one go. The program ends with exit code 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub(super) Vec<Mistake>);

impl ConfigErrors {
    /// The mistakes, in the order of the sources and sections; at least one.
    #[must_use]
    pub fn mistakes(&self) -> &[Mistake] {
        &self.0
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.0.as_slice() {
            return write!(f, "{only}");
        }
        write!(f, "{} mistakes in the settings:", self.0.len())?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  - {mistake}"))
    }
}

impl std::error::Error for ConfigErrors {}

/// From this likeness (Jaro-Winkler, 0 to 1) on, a name may be a slip in another.
pub(super) const CLOSE: f64 = 0.85;

/// `; did you mean X?` where one of `known` is close to `name`, else nothing. What they
/// share by rule, `prefix`, does not count: it would make everything look close.
pub(crate) fn suggest<'a>(
    name: &str,
    prefix: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> String {
    let own = |name: &str| name.strip_prefix(prefix).unwrap_or(name).to_lowercase();
    let wanted = own(name);
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&wanted, &own(candidate)), candidate))
        .filter(|(closeness, _)| *closeness >= CLOSE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or_else(String::new, |(_, candidate)| format!("; did you mean {candidate}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mistake_is_one_sentence_and_several_are_a_list() {
        let origin = Origin::File { file: ".env".into(), line: 3 };
        let one = Mistake::at(origin, "a must be b");
        assert_eq!(ConfigErrors(vec![one.clone()]).to_string(), "a must be b (.env, line 3)");
        assert_eq!(
            ConfigErrors(vec![one, Mistake::new("no")]).to_string(),
            "2 mistakes in the settings:\n  - a must be b (.env, line 3)\n  - no"
        );
    }

    #[test]
    fn only_close_names_are_suggested() {
        let known = ["clips.duration_s", "clips.title"];
        let check = |name, expected| assert_eq!(suggest(name, "clips.", known), expected);
        check("clips.titel", "; did you mean clips.title?");
        check("clips.duration", "; did you mean clips.duration_s?");
        check("clips.zzz", "");
    }
}
