//! What is known of one token, and how that changes. Pure.

use secrecy::SecretString;

use super::{
    endpoint::Pair,
    stored::{Role, StoredToken, TokenBook, ends_at, fingerprint},
    tokens::{AccessToken, Identity},
};

/// A token, or that there is none.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) access: Option<SecretString>,
    pub(super) refresh: Option<SecretString>,
    pub(super) identity: Option<Identity>,
    /// When the access token ends, RFC 3339, where that is known.
    expires: Option<String>,
    /// The roles of its entry in the file, when it was last read or written.
    roles: Vec<Role>,
    /// The `.env` token that it replaces, or is.
    replaces: Option<String>,
    /// The file holds this token, so it has to follow changes.
    pub(super) is_stored: bool,
    /// The file is behind: the last write failed.
    pub(super) is_behind: bool,
    /// What the file held for the role when it was last read or written: when that is
    /// another one, somebody else has renewed it, logged in or logged out.
    in_file: Option<String>,
}

impl State {
    /// The token of `.env`, while the file holds `entry` for the role.
    pub(super) fn of_env(
        access: SecretString,
        refresh: Option<SecretString>,
        entry: Option<&StoredToken>,
    ) -> Self {
        let replaces = Some(fingerprint(&access, refresh.as_ref()));
        let in_file = entry.map(StoredToken::print);
        Self { access: Some(access), refresh, replaces, in_file, ..Self::default() }
    }

    /// The token of the file.
    pub(super) fn of_file(entry: &StoredToken) -> Self {
        let identity = (!entry.user_id.is_empty()).then(|| Identity {
            login: entry.login.clone(),
            user_id: entry.user_id.clone(),
            scopes: entry.scopes.clone(),
            expires_in_s: None,
        });
        Self {
            access: Some(entry.access_token.clone()),
            refresh: entry.refresh_token.clone(),
            identity,
            expires: entry.expires.clone(),
            roles: entry.roles.clone(),
            replaces: entry.replaces.clone(),
            is_stored: true,
            is_behind: false,
            in_file: Some(entry.print()),
        }
    }

    pub(super) fn token(&self) -> Option<AccessToken> {
        Some(AccessToken { secret: self.access.clone()?, identity: self.identity.clone() })
    }

    /// The state after somebody else changed the file, which now holds `entry` for the
    /// role; `None` when that is what we know.
    pub(super) fn after(&self, entry: Option<&StoredToken>) -> Option<Self> {
        let in_file = entry.map(StoredToken::print);
        if in_file == self.in_file {
            return None;
        }
        match entry {
            Some(entry) => Some(Self::of_file(entry)),
            // A token of `.env` was never in the file.
            None => self.is_stored.then(Self::default),
        }
    }

    /// With what Twitch said at `now_ms` whose it is.
    pub(super) fn known_as(self, identity: Identity, now_ms: i64) -> Self {
        let expires = ends_at(now_ms, identity.expires_in_s);
        Self { identity: Some(identity), expires, ..self }
    }

    /// With the pair that a refresh gave at `now_ms`.
    pub(super) fn renewed(&self, pair: Pair, now_ms: i64) -> Self {
        let expires = ends_at(now_ms, pair.expires_in_s);
        let identity = self.identity.clone().map(|old| Identity {
            scopes: pair.scopes.unwrap_or(old.scopes),
            expires_in_s: pair.expires_in_s,
            ..old
        });
        let refresh = pair.refresh.or_else(|| self.refresh.clone());
        Self { access: Some(pair.access), refresh, identity, expires, ..self.clone() }
    }

    /// After the file was written with `entry`, or was not.
    pub(super) fn written(self, entry: Option<&StoredToken>) -> Self {
        match entry {
            Some(entry) => Self {
                is_stored: true,
                is_behind: false,
                roles: entry.roles.clone(),
                in_file: Some(entry.print()),
                ..self
            },
            None => Self { is_stored: true, is_behind: true, ..self },
        }
    }

    /// Its entry for the file, which holds `book`; with `role` when it has no entry there yet.
    pub(super) fn to_store(
        &self,
        role: Role,
        book: &TokenBook,
        now_ms: i64,
    ) -> Option<StoredToken> {
        let pair = Pair {
            access: self.access.clone()?,
            refresh: self.refresh.clone(),
            scopes: None,
            expires_in_s: None,
        };
        let identity = self.identity.clone();
        let roles = self.roles_in(book, role);
        let entry = StoredToken::new(pair, identity, roles, now_ms, self.replaces.clone());
        Some(StoredToken { expires: self.expires.clone(), ..entry })
    }

    /// The roles that its entry has by now: since it was read, somebody else may have logged
    /// in as one of them, or out, without a change of the token itself.
    fn roles_in(&self, book: &TokenBook, role: Role) -> Vec<Role> {
        if self.roles.is_empty() {
            // A token of `.env` that was never stored: what the file holds is another one.
            return vec![role];
        }
        let entry = book.with_role(role).filter(|e| Some(e.print()) == self.in_file);
        entry.map_or_else(|| self.roles.clone(), |entry| entry.roles.clone())
    }
}
