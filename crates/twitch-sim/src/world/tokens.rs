//! Applications, access tokens and refresh tokens. Pure.

use std::collections::BTreeMap;

use rand::{Rng, RngExt};

use crate::chat::id_of;
use crate::info::TestToken;

/// An access token lives four hours.
pub(crate) const LIFETIME_MS: i64 = 14_400_000;
/// The user behind the first tokens, who also sits at the browser at first.
pub(crate) const USER: &str = "cliphound_tester";
/// What the first token may do.
const SCOPES: &[&str] = &[
    "bits:read",
    "channel:manage:broadcast",
    "channel:read:ads",
    "channel:read:hype_train",
    "channel:read:polls",
    "channel:read:predictions",
    "channel:read:redemptions",
    "channel:read:subscriptions",
    "chat:edit",
    "chat:read",
    "clips:edit",
    "editor:manage:clips",
    "user:read:chat",
    "user:write:chat",
];

/// What an access token stands for.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub client_id: String,
    /// Empty: it is the application's own token, with no user behind it.
    pub login: String,
    pub user_id: u64,
    pub scopes: Vec<String>,
    pub expires_ms: i64,
    /// The refresh token that was given with it.
    refresh: String,
}

impl Access {
    pub fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|s| s == scope)
    }

    pub fn has_user(&self) -> bool {
        !self.login.is_empty()
    }
}

/// Tokens that were given out together.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub access: String,
    pub refresh: String,
    pub scopes: Vec<String>,
}

/// Why no token was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    InvalidClient,
    MissingSecret,
    InvalidSecret,
    InvalidRefresh,
    InvalidDevice,
    InvalidCode,
    InvalidRedirect,
    Pending,
    Denied,
}

/// What a refresh token stands for.
#[derive(Debug, Clone)]
struct Lasting {
    client_id: String,
    user: String,
    scopes: Vec<String>,
}

pub(crate) struct Tokens {
    /// Client id to its secret; public ones have none.
    clients: BTreeMap<String, Option<String>>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Lasting>,
    /// User ids of those who have another name than at first, or a name that was somebody else's.
    ids: BTreeMap<String, u64>,
    first: Grant,
    tests: Vec<TestToken>,
}

impl Tokens {
    /// Two applications, one of them public, and the tokens of `SimInfo`.
    pub fn new(rng: &mut impl Rng, now_ms: i64) -> Self {
        let (confidential, public) = (word(rng, 30), word(rng, 30));
        let secret = word(rng, 30);
        let scopes: Vec<String> = SCOPES.iter().map(|&s| s.to_owned()).collect();
        let nothing =
            Grant { access: String::new(), refresh: String::new(), scopes: scopes.clone() };
        let mut tokens = Self {
            clients: BTreeMap::from([(confidential.clone(), Some(secret)), (public.clone(), None)]),
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            ids: BTreeMap::new(),
            first: nothing,
            tests: Vec::new(),
        };
        tokens.first = tokens.grant(&confidential, USER, scopes.clone(), now_ms, rng);
        let plans = [
            ("public", &public, scopes.clone(), now_ms),
            ("expired", &confidential, scopes, now_ms - LIFETIME_MS),
            ("no_scopes", &confidential, Vec::new(), now_ms),
        ];
        for (name, client_id, scopes, at_ms) in plans {
            let grant = tokens.grant(client_id, USER, scopes, at_ms, rng);
            tokens.tests.push(TestToken {
                name: name.to_owned(),
                client_id: client_id.clone(),
                access_token: grant.access,
                refresh_token: grant.refresh,
                scopes: grant.scopes,
            });
        }
        tokens
    }

    /// The first application and its secret.
    pub fn first_client(&self) -> (String, String) {
        let with_secret = self.clients.iter().find_map(|(id, secret)| Some((id, secret.as_ref()?)));
        with_secret.map(|(id, secret)| (id.clone(), secret.clone())).unwrap_or_default()
    }

    /// The first tokens.
    pub fn first_grant(&self) -> &Grant {
        &self.first
    }

    /// Tokens for tests.
    pub fn test_tokens(&self) -> &[TestToken] {
        &self.tests
    }

    /// What a token stands for, while it is valid.
    pub fn access(&self, token: &str, now_ms: i64) -> Option<&Access> {
        self.access.get(token).filter(|access| access.expires_ms > now_ms)
    }

    /// Makes all access tokens invalid.
    pub fn expire_all(&mut self) {
        self.access.clear();
    }

    /// Ends a user's tokens, or everybody's: refresh tokens, too.
    pub fn revoke_user(&mut self, login: Option<&str>) {
        self.access.retain(|_, access| login.is_some_and(|login| access.login != login));
        self.refresh.retain(|_, lasting| login.is_some_and(|login| lasting.user != login));
    }

    /// The user id of whoever has a login now.
    pub fn user_id(&self, login: &str) -> u64 {
        self.ids.get(login).copied().unwrap_or_else(|| id_of(login))
    }

    /// A user takes another login: id and tokens stay. Whoever takes the old one is somebody else.
    pub fn rename(&mut self, from: &str, to: &str) {
        let id = self.user_id(from);
        self.ids.insert(to.to_owned(), id);
        self.ids.insert(from.to_owned(), id_of(&format!("{from} after {id}")));
        for access in self.access.values_mut().filter(|access| access.login == from) {
            to.clone_into(&mut access.login);
        }
        for lasting in self.refresh.values_mut().filter(|lasting| lasting.user == from) {
            to.clone_into(&mut lasting.user);
        }
    }

    /// Ends one access token with what renews it. False: there is no such token.
    pub fn revoke(&mut self, client_id: &str, token: &str) -> Result<bool, Refusal> {
        if !self.clients.contains_key(client_id) {
            return Err(Refusal::InvalidClient);
        }
        let Some(access) = self.access.get(token).filter(|a| a.client_id == client_id) else {
            return Ok(false);
        };
        let refresh = access.refresh.clone();
        self.refresh.remove(&refresh);
        self.access.retain(|_, access| access.refresh != refresh);
        Ok(true)
    }

    /// Whether there is such an application.
    pub fn knows_client(&self, client_id: &str) -> bool {
        self.clients.contains_key(client_id)
    }

    /// Gives a new access token for a refresh token. That of a public application works
    /// once: a new one comes with the answer.
    pub fn refresh(
        &mut self,
        client_id: &str,
        secret: Option<&str>,
        refresh: &str,
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> Result<Grant, Refusal> {
        let public = self.check_client(client_id, secret)?;
        let lasting = self.refresh.get(refresh).filter(|l| l.client_id == client_id);
        let Lasting { scopes, user, .. } = lasting.cloned().ok_or(Refusal::InvalidRefresh)?;
        let mut grant = self.grant(client_id, &user, scopes, now_ms, rng);
        if public {
            self.refresh.remove(refresh);
        } else {
            self.refresh.remove(&grant.refresh);
            refresh.clone_into(&mut grant.refresh);
            if let Some(access) = self.access.get_mut(&grant.access) {
                refresh.clone_into(&mut access.refresh);
            }
        }
        Ok(grant)
    }

    /// Gives tokens to a user who logged in. An application with a secret must show it,
    /// unless a device asks.
    pub fn log_in(
        &mut self,
        client_id: &str,
        secret: Option<&str>,
        (user, scopes): (&str, Vec<String>),
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> Result<Grant, Refusal> {
        if secret.is_some() {
            self.check_client(client_id, secret)?;
        }
        Ok(self.grant(client_id, user, scopes, now_ms, rng))
    }

    /// Gives an application a token of its own, which has no user and no scopes, and can't
    /// be refreshed.
    pub fn application(
        &mut self,
        client_id: &str,
        secret: Option<&str>,
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> Result<String, Refusal> {
        if self.check_client(client_id, secret)? {
            return Err(Refusal::MissingSecret);
        }
        self.access.retain(|_, access| access.expires_ms > now_ms);
        let token = word(rng, 30);
        let access = Access {
            client_id: client_id.to_owned(),
            login: String::new(),
            user_id: 0,
            scopes: Vec::new(),
            // Its own, so that a revocation ends no other token.
            refresh: token.clone(),
            expires_ms: now_ms + LIFETIME_MS,
        };
        self.access.insert(token.clone(), access);
        Ok(token)
    }

    /// Whether the application is a public one.
    pub fn check_client(&self, client_id: &str, secret: Option<&str>) -> Result<bool, Refusal> {
        match (self.clients.get(client_id), secret) {
            (None, _) => Err(Refusal::InvalidClient),
            (Some(None), _) => Ok(true),
            (Some(Some(_)), None) => Err(Refusal::MissingSecret),
            (Some(Some(known)), Some(given)) if known != given => Err(Refusal::InvalidSecret),
            (Some(Some(_)), Some(_)) => Ok(false),
        }
    }

    fn grant(
        &mut self,
        client_id: &str,
        user: &str,
        scopes: Vec<String>,
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> Grant {
        self.access.retain(|_, access| access.expires_ms > now_ms);
        let grant = Grant { access: word(rng, 30), refresh: word(rng, 50), scopes };
        let access = Access {
            client_id: client_id.to_owned(),
            login: user.to_owned(),
            user_id: self.user_id(user),
            scopes: grant.scopes.clone(),
            refresh: grant.refresh.clone(),
            expires_ms: now_ms + LIFETIME_MS,
        };
        self.access.insert(grant.access.clone(), access);
        let (client_id, user) = (client_id.to_owned(), user.to_owned());
        let lasting = Lasting { client_id, user, scopes: grant.scopes.clone() };
        self.refresh.insert(grant.refresh.clone(), lasting);
        grant
    }
}

/// A word of small letters and digits, as Twitch's ids and tokens are.
pub(super) fn word(rng: &mut impl Rng, length: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    (0..length).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    #[test]
    fn access_tokens_live_four_hours() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut tokens = Tokens::new(&mut rng, 0);
        let token = tokens.first_grant().access.clone();
        assert!(tokens.access(&token, LIFETIME_MS - 1).is_some_and(|a| a.has("clips:edit")));
        assert!(tokens.access(&token, LIFETIME_MS).is_none());
        let expired = tokens.test_tokens()[1].access_token.clone();
        assert!(tokens.access(&expired, 0).is_none());
        tokens.expire_all();
        assert!(tokens.access(&token, 0).is_none());
    }

    #[test]
    fn a_public_refresh_token_works_once() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut tokens = Tokens::new(&mut rng, 0);
        let public = tokens.test_tokens()[0].clone();
        let mut refresh = |token: &str| tokens.refresh(&public.client_id, None, token, 0, &mut rng);
        let second = refresh(&public.refresh_token).unwrap();
        assert_ne!(second.refresh, public.refresh_token);
        assert_eq!(refresh(&public.refresh_token).unwrap_err(), Refusal::InvalidRefresh);
        assert!(refresh(&second.refresh).is_ok());
    }

    #[test]
    fn a_confidential_one_stays() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut tokens = Tokens::new(&mut rng, 0);
        let ((id, secret), token) = (tokens.first_client(), tokens.first_grant().refresh.clone());
        let mut refresh = |secret| tokens.refresh(&id, secret, &token, 0, &mut rng);
        assert_eq!(refresh(Some(&secret)).unwrap().refresh, token);
        assert_eq!(refresh(Some(&secret)).unwrap().refresh, token);
        assert_eq!(refresh(None).unwrap_err(), Refusal::MissingSecret);
        assert_eq!(refresh(Some("x")).unwrap_err(), Refusal::InvalidSecret);
    }

    #[test]
    fn an_application_with_a_secret_gets_a_token_of_its_own() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut tokens = Tokens::new(&mut rng, 0);
        let ((id, secret), public) = (tokens.first_client(), tokens.test_tokens()[0].clone());
        let token = tokens.application(&id, Some(&secret), 0, &mut rng).unwrap();
        let access = tokens.access(&token, 0).unwrap();
        assert!(!access.has_user() && access.scopes.is_empty());
        let refused = tokens.application(&id, Some("x"), 0, &mut rng);
        assert_eq!(refused, Err(Refusal::InvalidSecret));
        let refused = tokens.application(&public.client_id, None, 0, &mut rng);
        assert_eq!(refused, Err(Refusal::MissingSecret));
    }

    #[test]
    fn a_revoked_token_takes_its_refresh_token_along() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut tokens = Tokens::new(&mut rng, 0);
        let public = tokens.test_tokens()[0].clone();
        let id = public.client_id.as_str();
        assert_eq!(tokens.revoke("nobody", &public.access_token), Err(Refusal::InvalidClient));
        assert_eq!(tokens.revoke(id, &public.access_token), Ok(true));
        assert_eq!(tokens.revoke(id, &public.access_token), Ok(false));
        assert!(tokens.access(&public.access_token, 0).is_none());
        let refused = tokens.refresh(id, None, &public.refresh_token, 0, &mut rng);
        assert_eq!(refused.unwrap_err(), Refusal::InvalidRefresh);
    }

    #[test]
    fn a_renamed_user_keeps_id_and_tokens_and_the_old_name_is_another_ones() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut tokens = Tokens::new(&mut rng, 0);
        let client_id = tokens.test_tokens()[0].client_id.clone();
        let mut log_in = |tokens: &mut Tokens, login: &str| {
            let token = tokens.log_in(&client_id, None, (login, Vec::new()), 0, &mut rng).unwrap();
            tokens.access(&token.access, 0).unwrap().user_id
        };
        let ann = log_in(&mut tokens, "ann");
        tokens.rename("ann", "anna");
        assert_eq!((ann, log_in(&mut tokens, "anna")), (id_of("ann"), ann));
        let other = log_in(&mut tokens, "ann");
        assert!(other != ann && tokens.access.values().any(|access| access.login == "anna"));
        tokens.rename("anna", "ann");
        assert_eq!((log_in(&mut tokens, "ann"), tokens.user_id("ann")), (ann, ann));
        let left = tokens.refresh.values().filter(|lasting| lasting.user == "anna").count();
        assert_eq!(left, 0);
    }

    #[test]
    fn a_users_tokens_can_be_revoked() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut tokens = Tokens::new(&mut rng, 0);
        let public = tokens.test_tokens()[0].clone();
        let ann = ("ann", vec!["clips:edit".to_owned()]);
        let ann = tokens.log_in(&public.client_id, None, ann, 0, &mut rng).unwrap();
        tokens.revoke_user(Some("ann"));
        assert!(tokens.access(&ann.access, 0).is_none());
        let of_tester = tokens.access(&public.access_token, 0).unwrap();
        assert_eq!((of_tester.login.as_str(), of_tester.user_id), (USER, id_of(USER)));
        tokens.revoke_user(None);
        assert!(tokens.access(&public.access_token, 0).is_none());
    }
}
