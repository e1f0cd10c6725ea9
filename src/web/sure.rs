//! What can't be taken back is asked about first: by the script in a dialog, without it on a page. Each
//! question is told here, once for both.

use std::fmt;

use askama::Template;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use url::form_urlencoded;

use super::{
    access::Viewer,
    page::{self, Frame, Tab},
    problem::Problem,
};

/// What is asked, of a form with `data-sure`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is about to be done.
    pub title: String,
    /// What is lost by it, or what stays.
    pub lost: String,
    /// What the button says that does it.
    pub yes: &'static str,
}

impl Question {
    fn new(title: String, lost: impl Into<String>, yes: &'static str) -> Self {
        Self { title, lost: lost.into(), yes }
    }

    /// A channel is not followed any more.
    #[must_use]
    pub fn unfollow(login: &str) -> Self {
        let title = format!("Stop following {login}?");
        Self::new(
            title,
            "Its chat is read no more, and nothing is clipped. What was learned and clipped stays.",
            "Remove",
        )
    }

    /// A model begins anew.
    #[must_use]
    pub fn reset(login: &str) -> Self {
        let title = format!("Forget what was learned of {login} and learn anew?");
        let kept = format!("The old model is kept as models/{login}.bin.before.");
        Self::new(title, kept, "Reset")
    }

    /// A token ends.
    #[must_use]
    pub fn end_token(name: &str) -> Self {
        let title = format!("End the token “{name}”?");
        Self::new(title, "Programs that use it are shut out.", "End it")
    }

    /// All sessions of a person end.
    #[must_use]
    pub fn log_out(name: &str) -> Self {
        let title = format!("Log {name} out everywhere?");
        Self::new(title, "They can log in again; their tokens stay.", "Log out everywhere")
    }

    /// A person may not come in any more.
    #[must_use]
    pub fn remove(name: &str) -> Self {
        Self::new(format!("Remove {name}?"), "Their sessions and tokens end.", "Remove")
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.title, self.lost)
    }
}

/// Whether whoever sends a form has said that they are sure.
#[derive(Debug)]
pub struct Sure {
    is_said: bool,
    /// Where it was sent to.
    action: String,
}

impl Sure {
    /// The page that asks `question`, or nothing once it was answered; `back` leads to where the form
    /// stands.
    ///
    /// # Errors
    /// When the template fails.
    pub fn asks(
        &self,
        viewer: &Viewer,
        tab: Tab,
        question: &Question,
        back: &str,
    ) -> Result<Option<Response>, Problem> {
        if self.is_said {
            return Ok(None);
        }
        let frame = Frame::new(viewer.clone(), tab, &question.title);
        let page = Page { frame, question, action: &self.action, back };
        Ok(Some(page::page(&page)?.into_response()))
    }
}

#[derive(Template)]
#[template(path = "sure.html")]
struct Page<'a> {
    frame: Frame,
    question: &'a Question,
    action: &'a str,
    back: &'a str,
}

impl<S: Send + Sync> FromRequest<S> for Sure {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let action = request.uri().path_and_query().map_or("/", |at| at.as_str()).to_owned();
        let form = Bytes::from_request(request, state).await;
        let form = form.map_err(|error| super::rejected::plain(error.status()))?;
        let is_said =
            form_urlencoded::parse(&form).any(|(name, value)| name == "sure" && value == "yes");
        Ok(Self { is_said, action })
    }
}
