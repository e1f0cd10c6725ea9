//! Who looks, and in which time zone: an extractor for handlers.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use cliphound_twitch::ChannelLogin;

use super::Role;
use crate::{
    trouble::Troubles,
    web::{App, problem::Problem, zone::Zone},
};

/// Somebody who is logged in, or a program with a token.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Their name.
    pub name: String,
    /// What they may do in every channel; `None` in those of `grants` only.
    pub role: Option<Role>,
    /// What they may do in single channels; the higher role counts.
    pub grants: BTreeMap<ChannelLogin, Role>,
    /// What a form of this session carries, so that no other site can send it. Empty for
    /// programs with a token, which send no forms.
    pub csrf: String,
    /// What they came in by; `None` in tests.
    pub pass: Option<Pass>,
    /// In which they read times, and in which their days begin.
    pub zone: Zone,
    /// What keeps Cliphound from its work now: every page says it.
    pub troubles: Arc<Troubles>,
}

/// What somebody came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// The person's id in the database.
    pub person: i64,
    /// The session's id; `None` for a program with a token.
    pub session: Option<i64>,
    /// The token's id; `None` for somebody with a session.
    pub token: Option<i64>,
    /// What its scope allows at most; `None` for somebody with a session.
    pub most: Option<Role>,
    /// Of a token for some channels: what it would allow in all of them, were it for all.
    pub unbound: Option<Role>,
}

impl Viewer {
    /// Somebody who may do everything.
    #[must_use]
    pub fn owner(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            role: Some(Role::Owner),
            grants: BTreeMap::new(),
            csrf: String::new(),
            pass: None,
            zone: Zone::default(),
            troubles: Arc::default(),
        }
    }

    /// Who they are in the database.
    ///
    /// # Errors
    /// 401 for nobody there, as in tests.
    pub fn person(&self) -> Result<i64, Problem> {
        self.pass.map(|pass| pass.person).ok_or_else(Problem::unauthorized)
    }

    /// Lets those go on who typed a password or came from Twitch: what opens further doors is
    /// not for programs, whose token would become more than it says. One that may do everything
    /// may do that, too.
    ///
    /// # Errors
    /// 403 for the others.
    pub fn must_open_doors(&self) -> Result<i64, Problem> {
        let is_session = self.pass.is_some_and(|pass| pass.session.is_some());
        if is_session || self.is_everywhere(Role::Owner) {
            return self.person();
        }
        Err(Problem::new(
            axum::http::StatusCode::FORBIDDEN,
            "only somebody who is logged in may do this, or a token of the scope admin for all channels",
        ))
    }

    /// What they may do in a channel; `None` when they may not even see it.
    #[must_use]
    pub fn role_in(&self, channel: &ChannelLogin) -> Option<Role> {
        self.role.max(self.grants.get(channel).copied())
    }

    /// Whether they see a channel.
    #[must_use]
    pub fn sees(&self, channel: &ChannelLogin) -> bool {
        self.role_in(channel).is_some()
    }

    /// Whether they have a role in a channel, or a higher one. For templates.
    #[must_use]
    pub fn is(&self, least: Role, channel: &ChannelLogin) -> bool {
        self.role_in(channel) >= Some(least)
    }

    /// Whether they have a role everywhere. For templates.
    #[must_use]
    pub fn is_everywhere(&self, least: Role) -> bool {
        self.role >= Some(least)
    }

    /// Lets those go on who have a role in a channel.
    ///
    /// # Errors
    /// 404 for a channel that they may not see, 403 for one in which they may do less.
    pub fn must_be(&self, least: Role, channel: &ChannelLogin) -> Result<(), Problem> {
        match self.role_in(channel) {
            None => Err(Problem::not_found(format!("there is no channel {channel} here"))),
            Some(role) if role < least => Err(self.forbidden(least)),
            Some(_) => Ok(()),
        }
    }

    /// Lets those go on who have a role everywhere.
    ///
    /// # Errors
    /// 403 for the others.
    pub fn must_be_everywhere(&self, least: Role) -> Result<(), Problem> {
        if self.is_everywhere(least) {
            return Ok(());
        }
        let pass = self.pass.filter(|pass| pass.most.is_none_or(|most| most >= least));
        Err(match pass {
            Some(pass) if pass.unbound >= Some(least) => Problem::beyond_channels(),
            _ if self.grants.values().any(|role| *role >= least) => {
                Problem::forbidden_everywhere(least)
            }
            _ => self.forbidden(least),
        })
    }

    /// That more would be needed: of a token whose scope is too little, no other role helps.
    fn forbidden(&self, least: Role) -> Problem {
        match self.pass.and_then(|pass| pass.most) {
            Some(most) if most < least => Problem::beyond_scope(most, least),
            _ => Problem::forbidden(least),
        }
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let viewer: Self = parts.extensions.get().cloned().ok_or_else(Problem::unauthorized)?;
        let zone = Zone::told(&parts.headers).unwrap_or_else(|| viewer.zone.clone());
        Ok(Self { troubles: Arc::clone(&app.live.troubles().borrow()), zone, ..viewer })
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_higher_role_counts() {
        let (ann, ninja) =
            (ChannelLogin::parse("ann").unwrap(), ChannelLogin::parse("ninja").unwrap());
        let mut viewer = Viewer::owner("x");
        viewer.role = None;
        viewer.grants.insert(ann.clone(), Role::Editor);
        let status = |result: Result<(), Problem>| result.err().map(|problem| problem.status);
        assert_eq!(status(viewer.must_be(Role::Editor, &ann)), None);
        assert_eq!(status(viewer.must_be(Role::Owner, &ann)), Some(403));
        assert_eq!(status(viewer.must_be(Role::Viewer, &ninja)), Some(404));
        assert_eq!(status(viewer.must_be_everywhere(Role::Viewer)), Some(403));
        let why = viewer.must_be_everywhere(Role::Editor).unwrap_err().detail;
        assert!(why.contains("only an editor in all of them may do it"), "{why}");
        viewer.role = Some(Role::Viewer);
        assert_eq!(status(viewer.must_be(Role::Editor, &ann)), None);
        assert_eq!(status(viewer.must_be(Role::Editor, &ninja)), Some(403));
        assert!(viewer.sees(&ninja) && !viewer.is(Role::Editor, &ninja));
    }
}
