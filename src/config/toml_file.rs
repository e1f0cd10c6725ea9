//! The text of `cliphound.toml` as keys and values with their lines.

use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

use super::{
    gone::Gone,
    origin::{Mistake, Origin, suggest},
    raw::{Entry, LISTS, Value, known_keys, known_sections},
    speed,
    tables::Table,
};

/// Reads the file's text. Unknown sections and keys are mistakes; values are checked later.
pub(super) fn parse(
    file: &str,
    text: &str,
    gone: Gone,
) -> (Vec<(&'static str, Entry)>, Vec<Mistake>) {
    let mut found = Found { file, text, gone, entries: Vec::new(), mistakes: Vec::new() };
    match DeTable::parse(text) {
        Ok(table) => table.get_ref().iter().for_each(|(name, value)| found.section(name, value)),
        Err(error) => {
            let origin = found.origin(error.span().map_or(0, |span| span.start));
            let message = format!("this is not TOML: {}", error.message().replace('\n', ", "));
            found.mistakes.push(Mistake::at(origin, message));
        }
    }
    (found.entries, found.mistakes)
}

struct Found<'a> {
    file: &'a str,
    text: &'a str,
    gone: Gone,
    entries: Vec<(&'static str, Entry)>,
    mistakes: Vec<Mistake>,
}

impl Found<'_> {
    fn origin(&self, offset: usize) -> Origin {
        let before = self.text.as_bytes().iter().take(offset);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        Origin::File { file: self.file.to_owned(), line }
    }

    fn section(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let origin = self.origin(name.span().start);
        let section = name.get_ref().as_ref();
        if let Some((list, fields)) = LISTS.iter().find(|(list, _)| *list == section) {
            self.list(list, fields, origin, value.get_ref());
        } else if let Some((variable, key)) =
            speed::VARIABLES.iter().find(|(_, key)| *key == section)
        {
            let message = format!(
                "{key} can't stand in this file: set {variable} in .env or in the environment; it is for a simulated Twitch alone"
            );
            self.mistakes.push(Mistake::at(origin, message));
        } else if !known_sections().contains(&section) && !is_section(value.get_ref()) {
            let message = self.gone.told(section).unwrap_or_else(|| without_section(section));
            self.mistakes.push(Mistake::at(origin, message));
        } else if !known_sections().contains(&section) {
            let known = known_sections().into_iter().chain(LISTS.iter().map(|(list, _)| *list));
            let hint = suggest(section, "", known);
            let unknown = || format!("there is no section [{section}]{hint}");
            let message = self.gone.told(section).unwrap_or_else(unknown);
            self.mistakes.push(Mistake::at(origin, message));
        } else if let Some(table) = value.get_ref().as_table() {
            for (name, value) in table {
                self.key(section, name, value);
            }
        } else {
            let message = format!("{section} must be a section: write [{section}]");
            self.mistakes.push(Mistake::at(origin, message));
        }
    }

    /// A list of tables: `[[name]]`, once for each.
    fn list(
        &mut self,
        list: &'static str,
        fields: &'static [&'static str],
        origin: Origin,
        value: &DeValue<'_>,
    ) {
        let items = value.as_array().map(|items| items.iter().collect::<Vec<_>>());
        let is_list = |items: &Vec<&Spanned<DeValue<'_>>>| {
            items.iter().all(|item| item.get_ref().as_table().is_some())
        };
        let Some(items) = items.filter(is_list) else {
            let message = format!("{list} is a list: write [[{list}]], once for each");
            self.mistakes.push(Mistake::at(origin, message));
            return;
        };
        let mut tables = Vec::new();
        for item in items {
            if let Some(table) = item.get_ref().as_table() {
                let at = self.origin(item.span().start);
                tables.push(self.table(list, fields, at, table));
            }
        }
        self.entries.push((list, Entry { value: Value::Tables(tables), origin }));
    }

    fn table(
        &mut self,
        list: &str,
        fields: &'static [&'static str],
        origin: Origin,
        table: &DeTable<'_>,
    ) -> Table {
        let mut entries = Vec::new();
        for (name, value) in table {
            let origin = self.origin(name.span().start);
            let written = name.get_ref().as_ref();
            match fields.iter().find(|field| **field == written) {
                Some(field) => {
                    entries.push((*field, Entry { value: read(value.get_ref()), origin }));
                }
                None => {
                    let hint = suggest(written, "", fields.iter().copied());
                    let key = format!("{list}.{written}");
                    let unknown = || format!("there is no setting {key}{hint}");
                    let message = self.gone.told(&key).unwrap_or_else(unknown);
                    self.mistakes.push(Mistake::at(origin, message));
                }
            }
        }
        Table { origin, entries }
    }

    fn key(
        &mut self,
        section: &str,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let origin = self.origin(name.span().start);
        let key = format!("{section}.{}", name.get_ref());
        match known_keys().find(|known| **known == key) {
            Some(known) => {
                self.entries.push((known, Entry { value: read(value.get_ref()), origin }));
            }
            None => {
                let prefix = format!("{section}.");
                let siblings = known_keys().filter(|known| known.starts_with(&prefix));
                let hint = suggest(&key, &prefix, siblings);
                let unknown = || format!("there is no setting {key}{hint}");
                let message = self.gone.told(&key).unwrap_or_else(unknown);
                self.mistakes.push(Mistake::at(origin, message));
            }
        }
    }
}

/// Whether it was written under a name in brackets.
fn is_section(value: &DeValue<'_>) -> bool {
    let is_table = |value: &DeValue<'_>| value.as_table().is_some();
    let is_list = |items: &DeArray<'_>| items.iter().any(|item| is_table(item.get_ref()));
    is_table(value) || value.as_array().is_some_and(is_list)
}

/// What to do about a setting that stands above all sections.
fn without_section(name: &str) -> String {
    let of = |key: &'static str| key.split_once('.').filter(|(_, own)| *own == name);
    let sections: Vec<_> =
        known_keys().filter_map(of).map(|(section, _)| format!("[{section}]")).collect();
    if !sections.is_empty() {
        return format!("{name} belongs under {}", sections.join(" or "));
    }
    let hint = suggest(name, "", known_sections());
    if !hint.is_empty() {
        return format!("there is no section [{name}]{hint}");
    }
    let names = known_keys().filter_map(|key| key.split_once('.')).map(|(_, own)| own);
    let hint = suggest(name, "", names);
    format!("{name} stands under no section, and there is no setting of that name{hint}")
}

fn read(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Number(number.to_string()),
        DeValue::Float(number) => Value::Number(number.to_string()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Array(items) => items
            .iter()
            .map(|item| item.get_ref().as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map_or(Value::Other("a list of something else than text"), Value::List),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Table(_) => Value::Other("a table"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::gone::GONE, *};

    fn mistakes(text: &str) -> Vec<String> {
        parse("cliphound.toml", text, GONE).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn entries_know_their_lines() {
        let (entries, mistakes) =
            parse("cliphound.toml", "# top\n[clips]\nduration_s = 30\n\ntitle = 'x'\n", GONE);
        assert_eq!(mistakes, []);
        let lines: Vec<_> = entries.iter().map(|(k, e)| format!("{k} {}", e.origin)).collect();
        assert_eq!(
            lines,
            ["clips.duration_s cliphound.toml, line 3", "clips.title cliphound.toml, line 5"]
        );
    }

    #[test]
    fn unknown_names_are_told_with_a_suggestion() {
        assert_eq!(
            mistakes("[clips]\ndurration_s = 3\n[clip]\nx = 1\nchat = 3"),
            [
                "there is no section [clip]; did you mean clips? (cliphound.toml, line 3)",
                "there is no setting clips.durration_s; did you mean clips.duration_s? (cliphound.toml, line 2)",
            ]
        );
        assert_eq!(
            mistakes("chat = 3"),
            ["chat must be a section: write [chat] (cliphound.toml, line 1)"]
        );
    }

    #[test]
    fn a_setting_without_its_section_is_told_where_it_belongs() {
        let told = |line: &str| {
            let told = mistakes(line).join(" ");
            told.strip_suffix(" (cliphound.toml, line 1)").map(str::to_owned).unwrap_or(told)
        };
        assert_eq!(told("duration_s = 30"), "duration_s belongs under [clips]");
        assert_eq!(told("channels = ['abc']"), "channels belongs under [twitch]");
        let nothing = "stands under no section, and there is no setting of that name";
        let close = "; did you mean duration_s?";
        assert_eq!(told("durration_s = 3"), format!("durration_s {nothing}{close}"));
        assert_eq!(told("zzz = 3"), format!("zzz {nothing}"));
        assert_eq!(told("chatt = 3"), "there is no section [chatt]; did you mean chat?");
    }

    #[test]
    fn what_only_a_variable_can_set_says_which() {
        let told = mistakes("speed = 10").join(" ");
        assert!(told.starts_with("speed can't stand in this file: set CLIPHOUND_SPEED"), "{told}");
        assert!(told.ends_with("(cliphound.toml, line 1)"), "{told}");
    }

    #[test]
    fn broken_toml_is_told_by_line_without_its_values() {
        let told = mistakes("[twitch]\nclient_secret = hushhush\n").join(" ");
        assert!(told.contains("line 2"), "{told}");
        assert!(!told.contains("hush"), "{told}");
    }
}
