//! Applications, access tokens and refresh tokens. Pure.

use std::collections::BTreeMap;

use rand::{Rng, RngExt};

use crate::chat::id_of;
use crate::info::TestToken;

/// An access token lives four hours.
pub(crate) const LIFETIME_MS: i64 = 14_400_000;
/// The user behind all tokens.
pub(crate) const USER: &str = "cliphound_tester";
/// Somebody approves a device this long after it asked.
const APPROVED_AFTER_MS: i64 = 5_000;
/// A device may ask this long.
const DEVICE_LIFETIME_MS: i64 = 1_800_000;
/// What the first token may do.
const SCOPES: &[&str] = &[
    "channel:manage:broadcast",
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
    pub login: String,
    pub user_id: u64,
    pub scopes: Vec<String>,
    pub expires_ms: i64,
}

impl Access {
    pub fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|s| s == scope)
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
    Pending,
}

#[derive(Debug, Clone)]
struct Lasting {
    client_id: String,
    scopes: Vec<String>,
}

#[derive(Debug, Clone)]
struct Device {
    client_id: String,
    scopes: Vec<String>,
    asked_ms: i64,
}

pub(crate) struct Tokens {
    /// Client id to its secret; public ones have none.
    clients: BTreeMap<String, Option<String>>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Lasting>,
    devices: BTreeMap<String, Device>,
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
            devices: BTreeMap::new(),
            first: nothing,
            tests: Vec::new(),
        };
        tokens.first = tokens.grant(&confidential, scopes.clone(), now_ms, rng);
        let plans = [
            ("public", &public, scopes.clone(), now_ms),
            ("expired", &confidential, scopes, now_ms - LIFETIME_MS),
            ("no_scopes", &confidential, Vec::new(), now_ms),
        ];
        for (name, client_id, scopes, at_ms) in plans {
            let grant = tokens.grant(client_id, scopes, at_ms, rng);
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
        let Lasting { scopes, .. } = lasting.cloned().ok_or(Refusal::InvalidRefresh)?;
        let mut grant = self.grant(client_id, scopes, now_ms, rng);
        if public {
            self.refresh.remove(refresh);
        } else {
            self.refresh.remove(&grant.refresh);
            refresh.clone_into(&mut grant.refresh);
        }
        Ok(grant)
    }

    /// A device asks for tokens; returns its code.
    pub fn ask(
        &mut self,
        client_id: &str,
        scopes: Vec<String>,
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> Result<String, Refusal> {
        if !self.clients.contains_key(client_id) {
            return Err(Refusal::InvalidClient);
        }
        self.devices.retain(|_, device| now_ms - device.asked_ms < DEVICE_LIFETIME_MS);
        let code = word(rng, 40);
        let client_id = client_id.to_owned();
        self.devices.insert(code.clone(), Device { client_id, scopes, asked_ms: now_ms });
        Ok(code)
    }

    /// Gives the device its tokens, once somebody approved it.
    pub fn device(
        &mut self,
        client_id: &str,
        code: &str,
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> Result<Grant, Refusal> {
        let device = self.devices.get(code).filter(|d| d.client_id == client_id);
        let device = device.cloned().ok_or(Refusal::InvalidDevice)?;
        if now_ms - device.asked_ms < APPROVED_AFTER_MS {
            return Err(Refusal::Pending);
        }
        self.devices.remove(code);
        Ok(self.grant(client_id, device.scopes, now_ms, rng))
    }

    /// Whether the application is a public one.
    fn check_client(&self, client_id: &str, secret: Option<&str>) -> Result<bool, Refusal> {
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
        scopes: Vec<String>,
        now_ms: i64,
        rng: &mut impl Rng,
    ) -> Grant {
        self.access.retain(|_, access| access.expires_ms > now_ms);
        let grant = Grant { access: word(rng, 30), refresh: word(rng, 50), scopes };
        let access = Access {
            client_id: client_id.to_owned(),
            login: USER.to_owned(),
            user_id: id_of(USER),
            scopes: grant.scopes.clone(),
            expires_ms: now_ms + LIFETIME_MS,
        };
        self.access.insert(grant.access.clone(), access);
        let lasting = Lasting { client_id: client_id.to_owned(), scopes: grant.scopes.clone() };
        self.refresh.insert(grant.refresh.clone(), lasting);
        grant
    }
}

/// A word of small letters and digits, as Twitch's ids and tokens are.
fn word(rng: &mut impl Rng, length: usize) -> String {
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
    fn a_device_waits_for_its_approval() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        let mut tokens = Tokens::new(&mut rng, 0);
        let id = tokens.test_tokens()[0].client_id.clone();
        let code = tokens.ask(&id, vec!["clips:edit".to_owned()], 0, &mut rng).unwrap();
        assert_eq!(tokens.device(&id, &code, 4_999, &mut rng).unwrap_err(), Refusal::Pending);
        let grant = tokens.device(&id, &code, 5_000, &mut rng).unwrap();
        assert_eq!(grant.scopes, ["clips:edit"]);
        assert_eq!(tokens.device(&id, &code, 5_000, &mut rng).unwrap_err(), Refusal::InvalidDevice);
    }
}
