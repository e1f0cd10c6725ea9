//! Takes checked values out of what was written, and keeps what was wrong with it.

use std::{collections::BTreeSet, fmt::Display, ops::RangeInclusive, str::FromStr};

use cliphound_twitch::ChannelLogin;
use secrecy::SecretString;

use super::{
    origin::{Mistake, Origin, Setting},
    raw::{Entry, Raw, Value},
    tables::Table,
};

/// Reads key after key. A bad value is noted, and the default goes on in its place.
pub(super) struct Reader<'a> {
    raw: &'a Raw,
    pub(super) settings: Vec<Setting>,
    pub(super) mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(raw: &'a Raw, mistakes: Vec<Mistake>) -> Self {
        Self { raw, settings: Vec::new(), mistakes }
    }

    /// A number within a range; `unit` is put after the range in a mistake.
    pub(super) fn number<N>(
        &mut self,
        key: &'static str,
        default: N,
        range: RangeInclusive<N>,
        unit: &str,
    ) -> N
    where
        N: Number,
    {
        let parse = |value: &Value| number(value, &range, unit);
        self.read(key, default, parse, ToString::to_string)
    }

    /// `true` or `false`; in variables also `1`, `0`, `yes`, `no`, `on`, `off`.
    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> bool {
        let parse = |value: &Value| match value {
            Value::Flag(flag) => Ok(*flag),
            Value::Word(word) => match word.trim().to_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Ok(true),
                "false" | "0" | "no" | "off" => Ok(false),
                _ => Err(format!("must be true or false, not {}", value.in_words())),
            },
            _ => Err(format!("must be true or false, not {}", value.in_words())),
        };
        self.read(key, default, parse, ToString::to_string)
    }

    /// Text that means something: a template, an address, one of a few words.
    pub(super) fn parsed<T>(&mut self, key: &'static str, default: T) -> T
    where
        T: FromStr<Err = String> + Display,
    {
        let parse = |value: &Value| value.text()?.trim().parse();
        self.read(key, default, parse, ToString::to_string)
    }

    /// A word or a number, such as a length that may be `auto`.
    pub(super) fn word_or_number<T>(&mut self, key: &'static str, default: T) -> T
    where
        T: FromStr<Err = String> + Display,
    {
        let parse = |value: &Value| match value {
            Value::Number(number) => number.trim().parse(),
            other => other.text()?.trim().parse(),
        };
        self.read(key, default, parse, ToString::to_string)
    }

    /// Text that may be left out.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<String> {
        let parse =
            |value: &Value| Ok(Some(value.text()?.trim().to_owned()).filter(|t| !t.is_empty()));
        self.read(key, None, parse, |text| text.clone().unwrap_or_else(|| "-".to_owned()))
    }

    /// A secret that may be left out; never shown, also not when it is wrong.
    pub(super) fn secret(&mut self, key: &'static str) -> Option<SecretString> {
        let show = |secret: &Option<SecretString>| {
            if secret.is_some() { "(set)".to_owned() } else { "-".to_owned() }
        };
        self.read(key, None, secret, show)
    }

    /// Logins or addresses of channels, each once, in the order given: a list, or words between
    /// commas and blanks.
    pub(super) fn logins(&mut self, key: &'static str) -> Vec<ChannelLogin> {
        let show = |logins: &Vec<ChannelLogin>| {
            let names: Vec<_> = logins.iter().map(ChannelLogin::as_str).collect();
            if names.is_empty() { "-".to_owned() } else { names.join(", ") }
        };
        self.read(key, Vec::new(), logins, show)
    }

    /// Words of a few that there are, each once, in the order given: a list, or words between
    /// commas and blanks.
    pub(super) fn several<T>(&mut self, key: &'static str, default: Vec<T>) -> Vec<T>
    where
        T: FromStr<Err = String> + Display + PartialEq,
    {
        let parse = |value: &Value| {
            let mut found = Vec::new();
            for word in words(value, "words")? {
                let item = word.parse()?;
                if !found.contains(&item) {
                    found.push(item);
                }
            }
            Ok(found)
        };
        let show = |items: &Vec<T>| {
            let words: Vec<_> = items.iter().map(ToString::to_string).collect();
            if words.is_empty() { "-".to_owned() } else { words.join(", ") }
        };
        self.read(key, default, parse, show)
    }

    /// A list of tables and where it begins, where there is one.
    pub(super) fn tables(&self, list: &'static str) -> Option<(&'a [Table], Origin)> {
        let entry = self.raw.get(list)?;
        match &entry.value {
            Value::Tables(tables) => Some((tables, entry.origin.clone())),
            _ => None,
        }
    }

    /// Variables of names that nobody knew beforehand, by their names.
    pub(super) fn variables(&self, key: &'static str) -> Vec<(String, Entry)> {
        match self.raw.get(key).map(|entry| &entry.value) {
            Some(Value::Variables(variables)) => variables.clone(),
            _ => Vec::new(),
        }
    }

    /// Shows a value that was read without the reader.
    pub(super) fn show(&mut self, key: &'static str, value: String, origin: Origin) {
        self.settings.push(Setting { key, value, origin });
    }

    /// Notes a mistake at a place.
    pub(super) fn mistake_at(&mut self, origin: Origin, message: impl Into<String>) {
        self.mistakes.push(Mistake::at(origin, message));
    }

    /// Notes a mistake about a key that has been read.
    pub(super) fn mistake(&mut self, key: &str, message: impl Into<String>) {
        let origin = self.settings.iter().find(|s| s.key == key).map(|s| s.origin.clone());
        self.mistakes.push(match origin {
            Some(origin) => Mistake::at(origin, message),
            None => Mistake::new(message),
        });
    }

    fn read<T>(
        &mut self,
        key: &'static str,
        default: T,
        parse: impl Fn(&Value) -> Result<T, String>,
        show: impl Fn(&T) -> String,
    ) -> T {
        let (value, origin) = match self.raw.get(key) {
            None => (default, Origin::Default),
            Some(entry) => match parse(&entry.value) {
                Ok(value) => (value, entry.origin.clone()),
                Err(problem) => {
                    let message = format!("{key} {problem}");
                    self.mistakes.push(Mistake::at(entry.origin.clone(), message));
                    (default, Origin::Default)
                }
            },
        };
        self.settings.push(Setting { key, value: show(&value), origin });
        value
    }
}

/// A number that a setting can be.
pub(super) trait Number: FromStr + PartialOrd + Display {
    /// What it is called.
    const KIND: &'static str;
}

impl Number for u32 {
    const KIND: &'static str = "a whole number";
}

impl Number for f32 {
    const KIND: &'static str = "a number";
}

impl Number for f64 {
    const KIND: &'static str = "a number";
}

fn number<N: Number>(value: &Value, range: &RangeInclusive<N>, unit: &str) -> Result<N, String> {
    let read = |text: &str| text.trim().parse().ok().filter(|number| range.contains(number));
    let (written, advice) = match value {
        Value::Word(text) | Value::Number(text) => match read(text) {
            Some(number) => return Ok(number),
            None if text.contains(',') => (quoted(text), ": write a point, not a comma"),
            None => (quoted(text), ""),
        },
        Value::Text(text) if read(text).is_some() => {
            (value.in_words(), ": write it without quotes")
        }
        other => (other.in_words(), ""),
    };
    let (kind, low, high) = (N::KIND, range.start(), range.end());
    Err(format!("must be {kind} from {low} to {high}{unit}, not {written}{advice}"))
}

fn quoted(text: &str) -> String {
    format!("“{}”", text.trim())
}

fn secret(value: &Value) -> Result<Option<SecretString>, String> {
    let (Value::Word(text) | Value::Text(text)) = value else {
        return Err("must be text: put it in quotes".to_owned());
    };
    let text = text.trim();
    let bare = text.strip_prefix("oauth:").unwrap_or(text);
    if bare.chars().any(|c| c.is_whitespace() || c.is_control() || !c.is_ascii()) {
        return Err(
            "holds blanks or other signs that no secret of Twitch has: copy it again".to_owned()
        );
    }
    Ok(Some(bare).filter(|bare| !bare.is_empty()).map(SecretString::from))
}

/// A list, or the words between commas and blanks; `of` says what is wanted.
fn words<'v>(value: &'v Value, of: &str) -> Result<Vec<&'v str>, String> {
    match value {
        Value::List(items) => Ok(items.iter().map(String::as_str).collect()),
        Value::Word(text) | Value::Text(text) => Ok(text
            .split(|c: char| c == ',' || c == ';' || c.is_whitespace())
            .filter(|word| !word.is_empty())
            .collect()),
        other => Err(format!("must be a list of {of}, not {}", other.in_words())),
    }
}

fn logins(value: &Value) -> Result<Vec<ChannelLogin>, String> {
    let words = words(value, "names")?;
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut logins = Vec::new();
    for word in words {
        match ChannelLogin::typed(word) {
            Ok(login) if seen.insert(login.clone()) => logins.push(login),
            Ok(_) => {}
            Err(error) => wrong.push(error.to_string()),
        }
    }
    if wrong.is_empty() { Ok(logins) } else { Err(format!("can't be read: {}", wrong.join("; "))) }
}

impl Value {
    pub(super) fn text(&self) -> Result<&str, String> {
        match self {
            Self::Word(text) | Self::Text(text) => Ok(text),
            other => Err(format!("must be text in quotes, not {}", other.in_words())),
        }
    }

    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Word(text) | Self::Text(text) => format!("“{text}”"),
            Self::Number(number) => number.clone(),
            Self::Flag(flag) => flag.to_string(),
            Self::List(_) | Self::Tables(_) | Self::Variables(_) => "a list".to_owned(),
            Self::Other(kind) => (*kind).to_owned(),
        }
    }
}
