//! Secrets of alerts by variables: `CLIPHOUND_ALERTS__NAME__URL` is the `url` of the alert
//! called `name`.

use super::{
    super::{origin::suggest, raw::Entry, reader::Reader, tables::Table},
    LIST, SECRET_FIELDS, mistake,
};

/// What their names begin with.
pub(in super::super) const PREFIX: &str = "CLIPHOUND_ALERTS__";
/// Where they lie among what was written.
pub(in super::super) const VARIABLES: &str = "alerts by variables";

/// Variables by what is behind [`PREFIX`].
pub(super) type Variables = Vec<(String, Entry)>;

pub(super) fn of(reader: &Reader<'_>) -> Variables {
    reader.variables(VARIABLES)
}

/// An alert's name as a part of a variable's.
pub(super) fn own(name: &str) -> String {
    let sign = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    name.chars().map(sign).collect()
}

/// The table, with what variables say in place of what it says itself.
pub(super) fn with(table: &Table, variables: &Variables) -> Table {
    let mut table = table.clone();
    let Some(name) = name(&table) else { return table };
    for field in SECRET_FIELDS {
        let wanted = variable(&name, field);
        if let Some((_, entry)) = variables.iter().find(|(own, _)| *own == wanted) {
            table.entries.retain(|(known, _)| *known != field);
            table.entries.push((field, entry.clone()));
        }
    }
    table
}

/// Tells of variables that are of no alert.
pub(super) fn tell_unknown(reader: &mut Reader<'_>, variables: &Variables, tables: &[Table]) {
    let known: Vec<String> = tables
        .iter()
        .filter_map(name)
        .flat_map(|name| SECRET_FIELDS.map(|field| format!("{PREFIX}{}", variable(&name, field))))
        .collect();
    for (own, entry) in variables {
        let name = format!("{PREFIX}{own}");
        if !known.contains(&name) {
            let hint = suggest(&name, PREFIX, known.iter().map(String::as_str));
            let keys = SECRET_FIELDS.map(str::to_uppercase).join(", ");
            let stop = if hint.is_empty() { "." } else { "" };
            let message = format!(
                "{name} is of no alert{hint}{stop} Write {PREFIX}NAME__KEY for an alert of [[{LIST}]], with one of {keys} as the key"
            );
            mistake(reader, entry.origin.clone(), message);
        }
    }
}

fn variable(name: &str, field: &str) -> String {
    format!("{}__{}", own(name), field.to_uppercase())
}

fn name(table: &Table) -> Option<String> {
    let (_, entry) = table.entries.iter().find(|(field, _)| *field == "name")?;
    entry.value.text().ok().map(|text| text.trim().to_owned())
}
