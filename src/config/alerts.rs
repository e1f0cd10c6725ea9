//! `[[alerts]]`: who is told of clips, streams and trouble, and how.

pub mod quiet;
pub mod reach;
mod receiver;
pub mod secret;
pub mod template;
mod variables;

use std::{fmt, path::PathBuf, str::FromStr};

use cliphound_twitch::ChannelLogin;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use quiet::{QuietHours, Then};
pub use receiver::{Kind, Receiver, Tls};
pub use secret::Hidden;
pub use template::AlertTemplate;
pub(super) use variables::{PREFIX, VARIABLES};

use super::{
    origin::{Mistake, Origin},
    reader::Reader,
    tables::{Fields, Table},
};

/// The list's name in the file.
pub(super) const LIST: &str = "alerts";
/// The keys of each of its tables.
pub(super) const FIELDS: &[&str] = &[
    "name",
    "kind",
    "enabled",
    "events",
    "channels",
    "min_score",
    "template",
    "quiet",
    "zone",
    "in_quiet",
    "allow_private",
    "ca_file",
    "url",
    "secret",
    "token",
    "priority",
    "server",
    "tls",
    "username",
    "password",
    "from",
    "to",
    "account",
];
/// Keys that are secrets: a file that has one is not for everybody.
pub const SECRET_FIELDS: [&str; 4] = ["url", "secret", "token", "password"];

/// So many alerts can be named: each has a task of its own.
const MOST: usize = 50;
/// Longest name, in characters.
const LONGEST_NAME: usize = 40;

/// Somebody who is told of something.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Letters, digits, `-` and `_`; no two alerts have the same, whatever their case.
    pub name: String,
    /// Where it goes, and how.
    pub to: Receiver,
    /// What is told; at least one.
    pub events: Vec<AlertEvent>,
    /// Of which channels; empty: of all.
    pub channels: Vec<ChannelLogin>,
    /// The least score, 0 to 1. What somebody asked for by hand has none, and is told.
    pub min_score: f32,
    /// What it says instead of the usual text.
    pub template: Option<AlertTemplate>,
    /// When it is quiet.
    pub quiet: Option<QuietHours>,
    /// Addresses of this machine and of private networks may be used; plain text goes to this machine only.
    pub allow_private: bool,
    /// A certificate (PEM) that is trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Where it was written.
    pub origin: Origin,
}

/// What an alert can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertEvent {
    /// Twitch shows a clip.
    Clip,
    /// There will be no clip of a moment.
    Failed,
    /// A moment waits for somebody's yes.
    Review,
    /// A stream starts.
    Online,
    /// Something keeps Cliphound from its work, or does no more.
    Trouble,
}

/// All of them.
pub const EVENTS: [AlertEvent; 5] = [
    AlertEvent::Clip,
    AlertEvent::Failed,
    AlertEvent::Review,
    AlertEvent::Online,
    AlertEvent::Trouble,
];

impl AlertEvent {
    /// The word for it in settings, database and payloads.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clip => "clip",
            Self::Failed => "failed",
            Self::Review => "review",
            Self::Online => "online",
            Self::Trouble => "trouble",
        }
    }
}

impl fmt::Display for AlertEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AlertEvent {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = EVENTS.into_iter().find(|event| event.as_str() == text);
        found.ok_or_else(|| {
            let known = EVENTS.map(AlertEvent::as_str).join(", ");
            format!("must be a list of {known}, and “{text}” is none of them")
        })
    }
}

/// The alerts that hold, without those that are turned off.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<Alert> {
    let variables = variables::of(reader);
    let Some((tables, origin)) = reader.tables(LIST) else {
        variables::tell_unknown(reader, &variables, &[]);
        return Vec::new();
    };
    if tables.len() > MOST {
        let message = format!("there are {} alerts: {MOST} can be named", tables.len());
        reader.mistake_at(origin, message);
    }
    let tables: Vec<Table> =
        tables.iter().map(|table| variables::with(table, &variables)).collect();
    variables::tell_unknown(reader, &variables, &tables);
    let mut names = Vec::new();
    tables.iter().filter_map(|table| alert(reader, table, &mut names)).collect()
}

fn alert(reader: &mut Reader<'_>, table: &Table, names: &mut Vec<String>) -> Option<Alert> {
    let mut fields = Fields::new(LIST, table);
    let name = name(&mut fields, names);
    let allow_private = fields.flag("allow_private", false);
    let to = receiver::read(&mut fields, allow_private);
    let events = events(&mut fields);
    let channels = channels(&mut fields);
    let min_score =
        if fields.has("min_score") { fields.decimal("min_score", 0.0..=1.0) } else { Some(0.0) };
    let template = fields.text("template").and_then(|text| {
        text.parse().map_err(|problem: String| fields.mistake("template", &problem)).ok()
    });
    let quiet = quiet(&mut fields);
    let ca_file = fields.text("ca_file").filter(|path| !path.is_empty()).map(PathBuf::from);
    let enabled = fields.flag("enabled", true);
    let is_right = fields.mistakes.is_empty();
    reader.mistakes.append(&mut fields.mistakes);
    let alert = Alert {
        name: name?,
        to: to?,
        events: events?,
        channels: channels?,
        min_score: min_score?,
        template,
        quiet,
        allow_private,
        ca_file,
        origin: table.origin.clone(),
    };
    let off = if enabled { "" } else { " (off)" };
    reader.show(LIST, format!("{alert}{off}"), alert.origin.clone());
    (enabled && is_right).then_some(alert)
}

fn name(fields: &mut Fields<'_>, names: &mut Vec<String>) -> Option<String> {
    if !fields.has("name") {
        fields.mistake("name", "is missing: give it a name, such as name = \"team\"");
    }
    let name = fields.text("name")?;
    let is_sign = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_sign) {
        let problem = format!("must be 1 to {LONGEST_NAME} letters, digits, - and _");
        fields.mistake("name", &problem);
        return None;
    }
    let own = variables::own(name);
    if names.contains(&own) {
        fields.mistake("name", &format!("is “{name}” a second time: give each alert its own"));
        return None;
    }
    names.push(own);
    Some(name.to_owned())
}

/// Clips, where nothing was said.
fn events(fields: &mut Fields<'_>) -> Option<Vec<AlertEvent>> {
    if !fields.has("events") {
        return Some(vec![AlertEvent::Clip]);
    }
    let mut events = Vec::new();
    for word in fields.words("events")? {
        match word.parse::<AlertEvent>() {
            Ok(event) if !events.contains(&event) => events.push(event),
            Ok(_) => {}
            Err(problem) => {
                fields.mistake("events", &problem);
                return None;
            }
        }
    }
    if events.is_empty() {
        fields.mistake("events", "is empty: name one, or write enabled = false");
        return None;
    }
    Some(events)
}

fn channels(fields: &mut Fields<'_>) -> Option<Vec<ChannelLogin>> {
    if !fields.has("channels") {
        return Some(Vec::new());
    }
    let words = fields.words("channels")?;
    let mut logins = Vec::new();
    for word in words {
        match ChannelLogin::typed(&word) {
            Ok(login) => logins.push(login),
            Err(error) => {
                fields.mistake("channels", &format!("can't be read: {error}"));
                return None;
            }
        }
    }
    if logins.is_empty() {
        fields.mistake("channels", "is empty: leave it out for all channels");
        return None;
    }
    Some(logins)
}

fn quiet(fields: &mut Fields<'_>) -> Option<QuietHours> {
    for field in ["zone", "in_quiet"] {
        if fields.has(field) && !fields.has("quiet") {
            fields.mistake(field, "goes with quiet hours: write quiet = \"23:00-08:00\", too");
        }
    }
    let hours = fields.text("quiet")?;
    let zone = match fields.text("zone") {
        None | Some("local") => TimeZone::system(),
        Some(name) => match TimeZone::get(name) {
            Ok(zone) => zone,
            Err(_) => {
                fields.mistake(
                    "zone",
                    &format!("must be a time zone that this machine knows, such as Europe/Berlin, or local, not “{name}”"),
                );
                return None;
            }
        },
    };
    let then = match fields.text("in_quiet") {
        None | Some("wait") => Then::Wait,
        Some("drop") => Then::Drop,
        Some(other) => {
            fields.mistake("in_quiet", &format!("must be wait or drop, not “{other}”"));
            return None;
        }
    };
    let parsed = QuietHours::parse(hours, zone, then);
    parsed.map_err(|problem| fields.mistake("quiet", &problem)).ok()
}

impl Alert {
    /// Whether it is told this of a channel, or of none in particular (an empty `login`), which
    /// concerns them all; `score`: of what nobody asked for by hand.
    #[must_use]
    pub fn wants(&self, event: AlertEvent, login: &str, score: Option<f32>) -> bool {
        let is_its = |own: &ChannelLogin| own.as_str() == login;
        self.events.contains(&event)
            && (login.is_empty() || self.channels.is_empty() || self.channels.iter().any(is_its))
            && score.is_none_or(|score| score >= self.min_score)
    }
}

impl Alert {
    /// What it wants to be told, in words that are the same as long as it does not change.
    #[must_use]
    pub fn wish(&self) -> String {
        let events: Vec<_> = self.events.iter().map(|event| event.as_str()).collect();
        let channels: Vec<_> = self.channels.iter().map(ChannelLogin::as_str).collect();
        format!("{}; {}; {}", events.join(","), channels.join(","), self.min_score)
    }
}

/// Without any secret.
impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events: Vec<_> = self.events.iter().map(|event| event.as_str()).collect();
        write!(f, "{}: {} on {}", self.name, self.to, events.join(", "))?;
        if !self.channels.is_empty() {
            let names: Vec<_> = self.channels.iter().map(ChannelLogin::as_str).collect();
            write!(f, " of {}", names.join(", "))?;
        }
        if self.min_score > 0.0 {
            write!(f, " from {} on", self.min_score)?;
        }
        if let Some(quiet) = &self.quiet {
            write!(f, "; {quiet}")?;
        }
        if self.allow_private {
            f.write_str("; private addresses allowed")?;
        }
        Ok(())
    }
}

/// A mistake about something that stands in no table.
fn mistake(reader: &mut Reader<'_>, origin: Origin, message: String) {
    reader.mistakes.push(Mistake::at(origin, message));
}

#[cfg(test)]
mod tests;
