//! What of a channel's settings is turned most, on its own page.

use askama::Template;
use cliphound_twitch::ChannelLogin;

use crate::web::{App, access::Viewer, settings::Shown};

/// The settings that are on this page, too.
const KNOBS: [&str; 2] = ["clips.budget_per_hour", "clips.sensitivity"];

#[derive(Template)]
#[template(path = "channel/knobs.html")]
struct Knobs<'a> {
    login: &'a ChannelLogin,
    csrf: &'a str,
    knobs: Vec<Shown>,
    is_open: bool,
}

/// The knobs with their values of now, as an element that takes the place of the one before.
#[must_use]
pub fn knobs(app: &App, viewer: &Viewer, login: &ChannelLogin, is_open: bool) -> String {
    let mut knobs = app.settings.of(login);
    knobs.retain(|shown| KNOBS.contains(&shown.key));
    Knobs { login, csrf: &viewer.csrf, knobs, is_open }.render().unwrap_or_default()
}
