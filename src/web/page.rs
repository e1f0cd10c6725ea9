//! What all pages have: a frame around them, and fragments of them for the script.

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
};

use super::{access::Viewer, assets, banner, problem::Problem};

/// Sent by the script, which wants the changed parts of a page and not the page.
pub const FRAGMENT: &str = "x-fragment";

/// What a handler of a page answers.
pub type PageResult = Result<Html<String>, Problem>;

/// What is around a page: the template's field `frame`.
#[derive(Debug)]
pub struct Frame {
    /// Of the page.
    pub title: String,
    /// Which part of the whole it is.
    pub tab: Tab,
    /// Who looks.
    pub viewer: Viewer,
}

impl Frame {
    /// The frame of a page.
    #[must_use]
    pub fn new(viewer: Viewer, tab: Tab, title: impl Into<String>) -> Self {
        Self { title: title.into(), tab, viewer }
    }

    /// Where the script is.
    #[must_use]
    pub fn script(&self) -> &'static str {
        assets::script()
    }

    /// What is wrong.
    #[must_use]
    pub fn banner(&self) -> String {
        banner::drawn(&self.viewer.troubles, &self.viewer)
    }

    /// What can be gone to.
    #[must_use]
    pub fn tabs(&self) -> &'static [Tab] {
        &Tab::ALL
    }
}

/// A part of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// All channels at a glance, and each.
    Live,
    /// Moments to judge.
    Review,
    /// Streams, and what viewers clipped of them.
    Streams,
    /// Clips in figures.
    Analytics,
    /// Channels and their settings.
    Channels,
    /// People, tokens, alerts.
    Settings,
}

impl Tab {
    const ALL: [Self; 6] =
        [Self::Live, Self::Review, Self::Streams, Self::Analytics, Self::Channels, Self::Settings];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Review => "Review",
            Self::Streams => "Streams",
            Self::Analytics => "Analytics",
            Self::Channels => "Channels",
            Self::Settings => "Settings",
        }
    }

    /// Its first page.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Live => "/",
            Self::Review => "/review",
            Self::Streams => "/streams",
            Self::Analytics => "/analytics",
            Self::Channels => "/channels",
            Self::Settings => "/settings",
        }
    }
}

/// A rendered page.
///
/// # Errors
/// When the template fails.
pub fn page(template: &impl Template) -> PageResult {
    Ok(Html(assets::styled(template.render()?)))
}

/// Whether the script asks, which wants fragments.
#[derive(Debug, Clone, Copy)]
pub struct ByScript(pub bool);

impl<S: Sync> FromRequestParts<S> for ByScript {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.headers.contains_key(FRAGMENT)))
    }
}

impl ByScript {
    /// The answer to a form that was carried out: to the script the parts of the page that have
    /// changed (elements with an id), to others the page at `path`.
    #[must_use]
    pub fn done(self, fragments: String, path: &str) -> Response {
        match (self.0, fragments.is_empty()) {
            (true, false) => Html(fragments).into_response(),
            (true, true) => (StatusCode::NO_CONTENT, [("x-location", path)]).into_response(),
            (false, _) => Redirect::to(path).into_response(),
        }
    }
}
