//! Settings of an engine as a user writes them: what differs from those it would have. Pure.

use std::fmt;

use cliphound_engine::{SENSITIVITY, Settings};
use cliphound_twitch::login::ChannelLogin;
use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use toml::{Table, Value};

use crate::config::origin::suggest;

/// Changed settings, checked: they fit any settings that they are laid over.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    written: String,
    pairs: Table,
}

impl Changes {
    /// Reads pairs as in a TOML inline table, such as `budget_per_hour = 4, cooldown_s = 60`.
    /// Nothing at all is no change.
    ///
    /// # Errors
    /// One sentence: what is wrong, and what there is instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let pairs = pairs_for::<Settings>(text)?;
        let changes = Self { written: text.trim().to_owned(), pairs };
        in_range(&changes.over(Settings::default()))?;
        Ok(changes)
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// `settings` with these changes.
    #[must_use]
    pub fn over(&self, settings: Settings) -> Settings {
        if self.is_empty() {
            return settings;
        }
        let mut table = Table::try_from(&settings).unwrap_or_default();
        table.extend(self.pairs.clone());
        // Each pair was read into settings before, on its own; together they can't fail.
        let mut changed: Settings = table.try_into().unwrap_or(settings);
        for logins in [&mut changed.command_users, &mut changed.ignored_users] {
            logins.iter_mut().for_each(|login| login.make_ascii_lowercase());
        }
        changed
    }
}

/// As the user wrote them.
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "the defaults" } else { &self.written })
    }
}

/// The pairs in `text`, each of which `T` takes.
fn pairs_for<T: DeserializeOwned>(text: &str) -> Result<Table, String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let table = format!("{{{text}}}").parse::<Value>().map_err(|error| {
        let why = why_no_table(&text, error.message());
        format!(
            "“{text}” is no list of settings such as budget_per_hour = 4, cooldown_s = 60: {why}"
        )
    })?;
    let Value::Table(pairs) = table else {
        return Err(format!("“{text}” is no list of settings"));
    };
    let known = keys_of::<T>();
    for (key, value) in &pairs {
        if !known.contains(&key.as_str()) {
            return Err(unknown(key, known));
        }
        let alone = Table::from_iter([(key.clone(), value.clone())]);
        if let Err(error) = alone.try_into::<T>() {
            return Err(format!("{key} can't be {value}: {}", in_words(error.message())));
        }
    }
    Ok(pairs)
}

/// What TOML says, or what somebody probably meant who does not know of it.
fn why_no_table(text: &str, message: &str) -> String {
    if !text.contains('=') {
        return "each is NAME = VALUE, and \"\" stands for the defaults".to_owned();
    }
    let values = "a value is a number, true, false, or text in quotes";
    message.replace('\n', ", ").replace("string values must be quoted", values)
}

fn unknown(key: &str, known: &[&str]) -> String {
    let hint = suggest(key, "", known.iter().copied());
    let there_are = if hint.is_empty() { "; there are" } else { " There are" };
    format!("there is no setting {key}{hint}{there_are} {}", known.join(", "))
}

/// What serde says of a value, for people, with a near name where it lists names.
fn in_words(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().unwrap_or_default();
    let hint = suggest(wrong, "", quoted);
    let message = message.lines().next().unwrap_or_default();
    let message = [
        ("expected f32", "expected a number"),
        ("expected u32", "expected a whole number from 0 up"),
        ("expected a sequence", "expected a list such as [\"one\", \"two\"]"),
        ("unknown variant", "there is no"),
    ]
    .iter()
    .fold(message.to_owned(), |words, (from, to)| words.replace(from, to));
    message + &hint
}

/// The same limits as those of the daemon's settings and of `--budget`.
fn in_range(settings: &Settings) -> Result<(), String> {
    let Settings { budget_per_hour, sensitivity, cooldown_s, clip_s, .. } = settings;
    if !(*budget_per_hour > 0.0 && *budget_per_hour <= 60.0) {
        return Err(format!(
            "budget_per_hour can't be {budget_per_hour}: it must be more than 0 and at most 60 clips an hour"
        ));
    }
    if !SENSITIVITY.contains(sensitivity) {
        let (least, most) = (SENSITIVITY.start(), SENSITIVITY.end());
        return Err(format!(
            "sensitivity can't be {sensitivity}: it must be from {least} to {most}, and 1 is usual"
        ));
    }
    for (key, value, range) in
        [("cooldown_s", cooldown_s, 10..=3600), ("clip_s", clip_s, 5..=60_u32)]
    {
        if !range.contains(value) {
            let (least, most) = (range.start(), range.end());
            return Err(format!(
                "{key} can't be {value}: it must be from {least} to {most} seconds"
            ));
        }
    }
    let lists =
        [("command_users", &settings.command_users), ("ignored_users", &settings.ignored_users)];
    for (key, logins) in lists {
        if let Some(wrong) = logins.iter().find(|login| ChannelLogin::parse(login).is_err()) {
            return Err(format!("{key} can't have “{wrong}”: it is no login of Twitch"));
        }
    }
    Ok(())
}

/// The keys of a struct, as serde knows them: also those that are left out when written.
fn keys_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    // Always an error: it is asked for its keys and given nothing.
    let _ = T::deserialize(KeysOnly(&mut keys));
    keys
}

struct KeysOnly<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for KeysOnly<'_> {
    type Error = de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("only the keys are asked for"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Shape {
        without: Vec<Part>,
        rate: f32,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Part {
        Forest,
        Brevity,
        LongWords,
    }

    #[test]
    fn changes_lie_over_what_there_is() {
        let base = Settings { clip_s: 30, cooldown_s: 99, ..Settings::default() };
        let check = |text: &str, expected: Settings| {
            assert_eq!(Changes::parse(text).unwrap().over(base.clone()), expected, "{text}");
        };
        check("", base.clone());
        check("  ", base.clone());
        check("budget_per_hour=4", Settings { budget_per_hour: 4.0, ..base.clone() });
        let both = Settings { budget_per_hour: 0.1, cooldown_s: 60, ..base.clone() };
        check(" cooldown_s = 60, budget_per_hour = 0.1 ,", both);
        let logins = Settings { ignored_users: vec!["ann".into()], ..base.clone() };
        check("ignored_users = [\"Ann\"]", logins);
    }

    #[test]
    fn they_are_told_as_written() {
        for (text, expected) in [("", "the defaults"), (" budget_per_hour=4 ", "budget_per_hour=4")]
        {
            assert_eq!(Changes::parse(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn mistakes_are_one_sentence() {
        let check = |text: &str, parts: &[&str]| {
            let told = Changes::parse(text).unwrap_err();
            assert_eq!(told.lines().count(), 1, "{told}");
            parts.iter().for_each(|part| assert!(told.contains(part), "{part}: {told}"));
        };
        let near = "there is no setting budget; did you mean budget_per_hour? There are budget_per_hour, sensitivity, cooldown_s, ";
        check("budget = 4", &[near]);
        check("zzz = 4", &["there is no setting zzz; there are budget_per_hour, "]);
        check("budget_per_hour = \"four\"", &["budget_per_hour can't be \"four\"", "a number"]);
        check("cooldown_s = -1", &["cooldown_s can't be -1", "a whole number from 0 up"]);
        check("cooldown_s = 1.5", &["cooldown_s can't be 1.5", "a whole number"]);
        check("ignored_users = 3", &["ignored_users can't be 3", "a list"]);
        check("ignored_users = ['a b']", &["ignored_users can't have “a b”"]);
        check("h.txt", &["each is NAME = VALUE, and \"\" stands for the defaults"]);
        check("cooldown_s = many", &["a value is a number, true, false, or text in quotes"]);
        check("clip_s = 61", &["clip_s can't be 61", "from 5 to 60 seconds"]);
        check("sensitivity = 5", &["sensitivity can't be 5", "from 0.25 to 4"]);
        check("sensitivity = nan", &["sensitivity can't be NaN"]);
        for rate in ["0", "nan", "61", "-inf"] {
            check(&format!("budget_per_hour = {rate}"), &["more than 0 and at most 60"]);
        }
        for text in
            ["chat.log", "4", "clip_s=5, clip_s=6", "clip_s=5 # six", "clip_s=5}, {", "a=\n"]
        {
            check(text, &["is no list of settings such as budget_per_hour = 4"]);
        }
    }

    #[test]
    fn names_in_a_list_are_suggested_too() {
        let check = |text: &str, expected: &str| {
            assert_eq!(pairs_for::<Shape>(text).unwrap_err(), expected);
        };
        let names = "expected one of `forest`, `brevity`, `long_words`";
        check(
            "without = ['forst']",
            &format!(
                "without can't be [\"forst\"]: there is no `forst`, {names}; did you mean forest?"
            ),
        );
        check("without = ['x']", &format!("without can't be [\"x\"]: there is no `x`, {names}"));
        check(
            "wihtout = []",
            "there is no setting wihtout; did you mean without? There are without, rate",
        );
        assert!(pairs_for::<Shape>("without = ['long_words'], rate = 1").is_ok());
    }
}
