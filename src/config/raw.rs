//! All sources laid over each other: for every key, the value of the strongest one.

use std::collections::BTreeMap;

use super::{
    alerts,
    args::Override,
    chat, clips, commands,
    dotenv::{self, Variable},
    emotes, endpoints,
    gone::{GONE, Gone},
    log,
    origin::{CLOSE, Mistake, Origin, suggest},
    signals,
    sources::Sources,
    speed, storage,
    tables::Table,
    toml_file, twitch, web,
};

/// A value as it was written, not yet checked.
#[derive(Clone, PartialEq)]
pub(super) enum Value {
    /// From the command line or a variable: its type is whatever the key wants.
    Word(String),
    /// TOML text.
    Text(String),
    /// TOML number.
    Number(String),
    /// TOML `true` or `false`.
    Flag(bool),
    /// TOML list of texts.
    List(Vec<String>),
    /// TOML list of tables.
    Tables(Vec<Table>),
    /// Variables of a list of tables, by what is behind their common beginning.
    Variables(Vec<(String, Entry)>),
    /// TOML of a kind that no key takes, in words.
    Other(&'static str),
}

/// A value and where it was written. Has no `Debug`: it may be a secret.
#[derive(Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// What was written about each key, by the strongest source.
pub(super) type Raw = BTreeMap<&'static str, Entry>;

/// Every key that a file may set, as `section.key`.
pub(super) fn known_keys() -> impl Iterator<Item = &'static str> {
    [
        twitch::KEYS,
        clips::KEYS,
        chat::KEYS,
        commands::KEYS,
        emotes::KEYS,
        storage::KEYS,
        web::KEYS,
        log::KEYS,
        endpoints::KEYS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Lists of tables, with the keys of each table: the file alone has them.
pub(super) const LISTS: &[(&str, &[&str])] =
    &[(signals::LIST, signals::FIELDS), (alerts::LIST, alerts::FIELDS)];

/// Every section of the settings file.
pub(super) fn known_sections() -> Vec<&'static str> {
    let mut sections: Vec<_> =
        known_keys().filter_map(|key| key.split_once('.')).map(|(section, _)| section).collect();
    sections.dedup();
    sections
}

/// Lays the sources over each other: command line, environment, credential, `.env`, file.
pub(super) fn merge(sources: &Sources) -> (Raw, Vec<Mistake>) {
    merge_without(sources, GONE)
}

/// The same when this went away.
pub(super) fn merge_without(sources: &Sources, gone: Gone) -> (Raw, Vec<Mistake>) {
    let mut layers = Layers { gone, raw: Raw::new(), alerts: Vec::new(), mistakes: Vec::new() };
    layers.lay(sources.overrides.iter().map(from_option).collect());
    let environment = sources.environment.iter().map(|(name, value)| Variable {
        name: name.clone(),
        value: value.clone(),
        origin: Origin::Environment(name.clone()),
    });
    layers.variables(environment.collect(), Place::Environment);
    for file in [&sources.credential, &sources.dotenv].into_iter().flatten() {
        let (variables, mistakes) = dotenv::parse(&file.name, &file.text);
        layers.mistakes.extend(mistakes);
        layers.variables(variables, Place::File);
    }
    if let Some(file) = &sources.toml {
        let (entries, mistakes) = toml_file::parse(&file.name, &file.text, gone);
        layers.mistakes.extend(mistakes);
        layers.lay(entries);
    }
    if let Some((_, first)) = layers.alerts.first() {
        let origin = first.origin.clone();
        let entry = Entry { value: Value::Variables(layers.alerts), origin };
        layers.raw.insert(alerts::VARIABLES, entry);
    }
    (layers.raw, layers.mistakes)
}

fn from_option(given: &Override) -> (&'static str, Entry) {
    let origin = Origin::CommandLine(given.option);
    (given.key, Entry { value: Value::Word(given.value.clone()), origin })
}

/// The variable that sets a key: `CLIPHOUND_CLIPS__DURATION_S`.
#[must_use]
pub fn variable_of(key: &str) -> String {
    format!("CLIPHOUND_{}", key.replace('.', "__").to_uppercase())
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Environment,
    File,
}

struct Layers {
    gone: Gone,
    raw: Raw,
    /// Variables of alerts, the stronger source first.
    alerts: Vec<(String, Entry)>,
    mistakes: Vec<Mistake>,
}

impl Layers {
    /// Puts a source under the ones before it. Two words about one key in one source are a mistake.
    fn lay(&mut self, layer: Vec<(&'static str, Entry)>) {
        let mut own = Raw::new();
        for (key, entry) in layer {
            if let Some(first) = own.get(key) {
                let message = format!("{key} is set twice: here and in {}; keep one", first.origin);
                self.mistakes.push(Mistake::at(entry.origin, message));
            } else {
                own.insert(key, entry);
            }
        }
        for (key, entry) in own {
            self.raw.entry(key).or_insert(entry);
        }
    }

    /// Lays a source of variables. Empty ones count as not set.
    fn variables(&mut self, variables: Vec<Variable>, place: Place) {
        let mut layer = Vec::new();
        for Variable { name, value, origin } in variables {
            match meaning(&name, place, self.gone) {
                Meaning::Key(_) if value.trim().is_empty() => {}
                Meaning::Key(key) => {
                    layer.push((key, Entry { value: Value::Word(value), origin }));
                }
                Meaning::Alert(_) if value.trim().is_empty() => {}
                Meaning::Alert(own) => {
                    if !self.alerts.iter().any(|(known, _)| *known == own) {
                        // As in the file: text.
                        self.alerts.push((own, Entry { value: Value::Text(value), origin }));
                    }
                }
                Meaning::Nothing => {}
                Meaning::Mistake(message) => self.mistakes.push(Mistake::at(origin, message)),
            }
        }
        self.lay(layer);
    }
}

enum Meaning {
    Key(&'static str),
    /// Of an alert: what is behind the prefix.
    Alert(String),
    Nothing,
    Mistake(String),
}

fn meaning(name: &str, place: Place, gone: Gone) -> Meaning {
    if let Some((_, key)) = aliases().find(|(alias, _)| *alias == name) {
        return Meaning::Key(key);
    }
    if let Some(key) = known_keys().find(|key| variable_of(key) == name) {
        return Meaning::Key(key);
    }
    if let Some(message) = gone.told_of_variable(name) {
        return Meaning::Mistake(message);
    }
    if let Some(own) = name.strip_prefix(alerts::PREFIX) {
        return Meaning::Alert(own.to_owned());
    }
    match name {
        "CLIPHOUND_DIR" | "CLIPHOUND_CONFIG" if place == Place::Environment => Meaning::Nothing,
        "CLIPHOUND_DIR" | "CLIPHOUND_CONFIG" => Meaning::Mistake(format!(
            "{name} has no effect in a file that it leads to: set it in the environment or on the command line"
        )),
        _ => unknown(name, place),
    }
}

/// `CLIPHOUND_` is ours alone; `TWITCH_` is shared, so in a file only near misses are told. So are there
/// names that are ours but for the case of their letters, or for the prefix.
fn unknown(name: &str, place: Place) -> Meaning {
    let told =
        |ours: &str| Meaning::Mistake(format!("there is no setting {name}; did you mean {ours}?"));
    if place == Place::File
        && let Some(ours) = meant(name)
    {
        return told(&ours);
    }
    let hint = |prefix: &str| {
        let ours: Vec<String> = known_keys().map(variable_of).collect();
        let all = ours.iter().map(String::as_str).chain(aliases().map(|(alias, _)| alias));
        suggest(name, prefix, all.filter(|known| known.starts_with(prefix)))
    };
    let (prefix, always) = if name.starts_with("CLIPHOUND_") {
        ("CLIPHOUND_", true)
    } else if name.starts_with("TWITCH_") && place == Place::File {
        ("TWITCH_", false)
    } else {
        return Meaning::Nothing;
    };
    match hint(prefix) {
        hint if hint.is_empty() && !always => Meaning::Nothing,
        hint => Meaning::Mistake(format!("there is no setting {name}{hint}")),
    }
}

/// The variable that somebody meant who wrote `cliphound_clips__paused`, `CLIPHOUD_CLIPS__PAUSED` or
/// `CLIPS__PAUSED`.
fn meant(name: &str) -> Option<String> {
    let upper = name.to_uppercase();
    let (before, key) = upper.split_once("__").unwrap_or_default();
    let (program, section) = before.rsplit_once('_').unwrap_or(("", before));
    let is_ours = program.is_empty() || strsim::jaro_winkler(program, "CLIPHOUND") >= CLOSE;
    let with_prefix = format!("CLIPHOUND_{section}__{key}");
    let names = known_keys().map(variable_of).chain(aliases().map(|(alias, _)| alias.to_owned()));
    names
        .filter(|ours| ours != name)
        .find(|ours| *ours == upper || (is_ours && *ours == with_prefix))
}

/// Variables of the environment that look like one of ours with a slip in it, a sentence each.
/// `TWITCH_` is of other programs, too, so it may be right: nothing else is done about it. One
/// whose rightly written twin is set, too, is meant for somebody else.
pub(super) fn near_misses(environment: &BTreeMap<String, String>) -> Vec<String> {
    let ours = || twitch::VARIABLES.iter().map(|(name, _)| *name);
    let is_theirs = |name: &str| name.starts_with("TWITCH_") && !ours().any(|own| own == name);
    environment
        .keys()
        .filter(|name| is_theirs(name))
        .filter_map(|name| {
            let unset = ours().filter(|own| !environment.contains_key(*own));
            let hint = suggest(name, "TWITCH_", unset);
            let told = format!("{name} in the environment is no setting of Cliphound{hint}");
            (!hint.is_empty()).then_some(told)
        })
        .collect()
}

fn aliases() -> impl Iterator<Item = (&'static str, &'static str)> {
    twitch::VARIABLES.iter().chain(speed::VARIABLES).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_case_or_prefix_is_told_in_a_file() {
        for (name, expected) in [
            ("cliphound_clips__paused", Some("CLIPHOUND_CLIPS__PAUSED")),
            ("CLIPHOUD_CLIPS__DRY_RUN", Some("CLIPHOUND_CLIPS__DRY_RUN")),
            ("CLIPS__PUBLISH", Some("CLIPHOUND_CLIPS__PUBLISH")),
            ("twitch_channels", Some("TWITCH_CHANNELS")),
            ("MYAPP_CLIPS__PUBLISH", None),
            ("CLIPHOUND_CLIPS__PUBLISH", None),
            ("PATH", None),
        ] {
            assert_eq!(meant(name).as_deref(), expected, "{name}");
            let is_told = matches!(unknown(name, Place::File), Meaning::Mistake(told) if expected.is_some_and(|ours| told.ends_with(&format!("did you mean {ours}?"))));
            assert_eq!(is_told, expected.is_some(), "{name}");
        }
    }

    #[test]
    fn a_slip_in_a_variable_of_the_environment_is_told() {
        let check = |names: &[&str], expected: &[&str]| {
            let names = names.iter().map(|name| ((*name).to_owned(), "x".to_owned()));
            assert_eq!(near_misses(&names.collect()), expected);
        };
        let told = "TWITCH_CHANELS in the environment is no setting of Cliphound; did you mean TWITCH_CHANNELS?";
        check(&["TWITCH_CHANELS", "CHANELS"], &[told]);
        check(&["TWITCH_CHANELS", "TWITCH_CHANNELS"], &[]);
        check(&["TWITCH_IRC_PASS", "TWITCH_STREAM_QUALITY", "TWITCH_NEVER"], &[]);
    }
}
