//! Settings that went away, and what to do instead.

use super::{alerts, raw::variable_of};

/// What went away, each with what to do instead: a key (`("clips.old", "write clips.new")`), a
/// field of a list of tables (`alerts.old`), or a whole section (`old`). It stays here for as long
/// as somebody may still have it.
#[derive(Clone, Copy)]
pub(super) struct Gone(pub(super) &'static [(&'static str, &'static str)]);

/// Of this version: nothing yet.
pub(super) const GONE: Gone = Gone(&[]);

impl Gone {
    /// What to do about a key, a field or a section that a file has.
    pub(super) fn told(self, name: &str) -> Option<String> {
        self.find(|gone| gone == name)
    }

    /// What to do about a variable.
    pub(super) fn told_of_variable(self, name: &str) -> Option<String> {
        self.find(|gone| match gone.split_once('.') {
            None => name.starts_with(&format!("{}__", variable_of(gone))),
            // Between the two stands which of the alerts.
            Some((alerts::LIST, field)) => {
                let field = format!("__{}", field.to_uppercase());
                name.starts_with(alerts::PREFIX) && name.ends_with(&field)
            }
            Some(_) => name == variable_of(gone),
        })
    }

    fn find(self, is_it: impl Fn(&str) -> bool) -> Option<String> {
        let (gone, instead) = self.0.iter().find(|(gone, _)| is_it(gone))?;
        let what = if gone.contains('.') {
            format!("the setting {gone}")
        } else {
            format!("the section [{gone}]")
        };
        Some(format!("{what} went away: {instead}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{
        super::{
            raw::{LISTS, known_keys, known_sections, merge_without},
            sources::{Sources, TextFile},
        },
        *,
    };

    const WENT: Gone = Gone(&[
        ("clips.old", "write clips.title"),
        ("former", "its keys are in [clips]"),
        ("alerts.old", "write url"),
        ("signals.old", "write name"),
    ]);

    /// What is said of a settings file, or a `.env`, or a variable of the environment.
    fn check(toml: &str, dotenv: &str, variable: &str, expected: &[&str]) {
        let file = |name: &str, text: &str| {
            Some(TextFile { name: name.to_owned(), text: text.to_owned() })
        };
        let variable = variable.split_once('=').map(|(name, value)| (name.into(), value.into()));
        let sources = Sources {
            dir: std::path::PathBuf::new(),
            overrides: Vec::new(),
            environment: BTreeMap::from_iter(variable),
            credential: None,
            dotenv: file(".env", dotenv),
            toml: file("cliphound.toml", toml),
        };
        let (_, mistakes) = merge_without(&sources, WENT);
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn what_went_away_says_what_replaced_it() {
        let key = "the setting clips.old went away: write clips.title";
        check("[clips]\nold = 1", "", "", &[&format!("{key} (cliphound.toml, line 2)")]);
        check("", "CLIPHOUND_CLIPS__OLD=1", "", &[&format!("{key} (.env, line 1)")]);
        check(
            "",
            "",
            "CLIPHOUND_CLIPS__OLD=1",
            &[&format!("{key} (environment, CLIPHOUND_CLIPS__OLD)")],
        );
        let section = "the section [former] went away: its keys are in [clips]";
        check("[former]\na = 1\nb = 2", "", "", &[&format!("{section} (cliphound.toml, line 1)")]);
        check("[[former]]\na = 1", "", "", &[&format!("{section} (cliphound.toml, line 1)")]);
        check("", "CLIPHOUND_FORMER__A=1", "", &[&format!("{section} (.env, line 1)")]);
        let field = "the setting alerts.old went away: write url";
        check("[[alerts]]\nold = 1", "", "", &[&format!("{field} (cliphound.toml, line 2)")]);
        let variable = "CLIPHOUND_ALERTS__TEAM__OLD=1";
        check("", variable, "", &[&format!("{field} (.env, line 1)")]);
        let field = "the setting signals.old went away: write name";
        check("[[signals]]\nold = 1", "", "", &[&format!("{field} (cliphound.toml, line 2)")]);
    }

    #[test]
    fn what_is_still_there_did_not_go_away() {
        let fields = LISTS
            .iter()
            .flat_map(|(list, fields)| fields.iter().map(move |field| format!("{list}.{field}")));
        let lists = LISTS.iter().map(|(list, _)| (*list).to_owned());
        let sections = known_sections().into_iter().map(str::to_owned);
        let keys = known_keys().map(str::to_owned);
        for known in keys.chain(sections).chain(lists).chain(fields) {
            assert_eq!(GONE.told(&known), None);
        }
    }
}
