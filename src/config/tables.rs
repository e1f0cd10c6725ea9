//! Lists of tables of `cliphound.toml`, such as `[[signals]]`: a table's values, checked.

use std::ops::RangeInclusive;

use super::{
    origin::{Mistake, Origin},
    raw::{Entry, Value},
};

/// One table of a list, as it was written.
#[derive(Clone, PartialEq)]
pub(super) struct Table {
    /// Where its first key, or the list, stands.
    pub(super) origin: Origin,
    /// What was written about each key.
    pub(super) entries: Vec<(&'static str, Entry)>,
}

/// Reads one table's keys, and keeps what was wrong with them.
pub(super) struct Fields<'a> {
    list: &'static str,
    table: &'a Table,
    pub(super) mistakes: Vec<Mistake>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(list: &'static str, table: &'a Table) -> Self {
        Self { list, table, mistakes: Vec::new() }
    }

    /// Whether something was written about a key.
    pub(super) fn has(&self, field: &str) -> bool {
        self.entry(field).is_some()
    }

    /// Text, where there is some.
    pub(super) fn text(&mut self, field: &'static str) -> Option<&'a str> {
        let text = self.entry(field)?.value.text();
        self.keep(field, text).map(str::trim)
    }

    /// A whole number within a range, where there is one; `unit` is put after the range.
    pub(super) fn number(
        &mut self,
        field: &'static str,
        range: RangeInclusive<u32>,
        unit: &str,
    ) -> Option<u32> {
        let value = &self.entry(field)?.value;
        let number = match value {
            Value::Number(text) => text.parse().ok().filter(|number| range.contains(number)),
            _ => None,
        };
        let (low, high) = (range.start(), range.end());
        let problem = || {
            format!("must be a whole number from {low} to {high} {unit}, not {}", value.in_words())
        };
        self.keep(field, number.ok_or_else(problem))
    }

    /// A number with a fraction within a range, where there is one.
    pub(super) fn decimal(
        &mut self,
        field: &'static str,
        range: RangeInclusive<f32>,
    ) -> Option<f32> {
        let value = &self.entry(field)?.value;
        let number = match value {
            Value::Number(text) => text.parse().ok().filter(|number| range.contains(number)),
            _ => None,
        };
        let (low, high) = (range.start(), range.end());
        let problem = || format!("must be a number from {low} to {high}, not {}", value.in_words());
        self.keep(field, number.ok_or_else(problem))
    }

    /// `true` or `false`, or what holds where nothing was said.
    pub(super) fn flag(&mut self, field: &'static str, default: bool) -> bool {
        let Some(entry) = self.entry(field) else { return default };
        let flag = match &entry.value {
            Value::Flag(flag) => Ok(*flag),
            other => Err(format!("must be true or false, not {}", other.in_words())),
        };
        self.keep(field, flag).unwrap_or(default)
    }

    /// Texts: a list, or one.
    pub(super) fn words(&mut self, field: &'static str) -> Option<Vec<String>> {
        let words = match &self.entry(field)?.value {
            Value::List(items) => Ok(items.iter().map(|item| item.trim().to_owned()).collect()),
            Value::Text(text) => Ok(vec![text.trim().to_owned()]),
            other => Err(format!("must be a list of texts, not {}", other.in_words())),
        };
        self.keep(field, words)
    }

    /// Notes what is wrong with a key, or with the table where it has no such key.
    pub(super) fn mistake(&mut self, field: &str, problem: &str) {
        let origin = self.entry(field).map_or(&self.table.origin, |entry| &entry.origin).clone();
        self.mistakes.push(Mistake::at(origin, format!("{}.{field} {problem}", self.list)));
    }

    fn keep<T>(&mut self, field: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.mistake(field, &problem)).ok()
    }

    fn entry(&self, field: &str) -> Option<&'a Entry> {
        let found = self.table.entries.iter().find(|(name, _)| *name == field);
        found.map(|(_, entry)| entry)
    }
}
