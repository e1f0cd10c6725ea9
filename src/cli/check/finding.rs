//! One line of `check`: how it is, about what, and what to do.

use std::fmt;

use crate::plain::{plain, plain_lines};

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Ok,
    Warn,
    Bad,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) level: Level,
    subject: String,
    text: String,
}

impl Finding {
    pub(super) fn ok(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { level: Level::Ok, subject: subject.into(), text: text.into() }
    }

    pub(super) fn warn(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { level: Level::Warn, subject: subject.into(), text: text.into() }
    }

    pub(super) fn bad(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { level: Level::Bad, subject: subject.into(), text: text.into() }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.level == Level::Ok
    }

    pub(super) fn is_bad(&self) -> bool {
        self.level == Level::Bad
    }

    pub(super) fn is_about(&self, subject: &str) -> bool {
        self.subject == subject
    }

    /// For programs.
    pub(super) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({"level": self.level.name(), "about": self.subject, "text": self.text})
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = self.level.name();
        write!(f, "{level:4}  {:12}  {}", plain(&self.subject), plain_lines(&self.text))
    }
}
