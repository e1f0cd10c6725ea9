//! The format of `tokens.json`: tokens by Twitch user, with the roles the user gave them.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::{
    endpoint::{Pair, is_token},
    tokens::Identity,
};

/// The version that is written and read.
pub const VERSION: u32 = 1;

/// What a token is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Makes clips; the token of `.env` is this one.
    Clipper,
    /// Speaks and moderates.
    Bot,
    /// Belongs to the channel's owner.
    Broadcaster,
}

impl Role {
    /// All of them, the clipper first.
    pub const ALL: [Self; 3] = [Self::Clipper, Self::Bot, Self::Broadcaster];

    /// Its name on the command line and in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clipper => "clipper",
            Self::Bot => "bot",
            Self::Broadcaster => "broadcaster",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Everything in `tokens.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenBook {
    version: u32,
    tokens: Vec<StoredToken>,
}

/// One user's token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredToken {
    /// Twitch user id; empty until the token was validated for the first time.
    #[serde(default)]
    pub user_id: String,
    /// Login; empty as above.
    #[serde(default)]
    pub login: String,
    /// What it is used for.
    pub roles: Vec<Role>,
    /// What it may do.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The access token.
    #[serde(serialize_with = "expose")]
    pub access_token: SecretString,
    /// The refresh token; a public client's works once.
    #[serde(default, serialize_with = "expose_some")]
    pub refresh_token: Option<SecretString>,
    /// When it was stored, RFC 3339.
    pub updated: String,
    /// When the access token ends, RFC 3339; `None` when Twitch did not tell, and of tokens
    /// that an older Cliphound stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// [`fingerprint`] of the `.env` token that this one replaces: when `.env` holds
    /// another one, the user has changed it, and `.env` wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

/// Why a text is no [`TokenBook`]; says nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBook {
    /// Not the JSON we write.
    #[error("line {line}, column {column} is not as expected")]
    Damaged {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// From another version of Cliphound.
    #[error("it has format version {0}, this program knows version {VERSION}")]
    Version(u32),
}

impl Default for TokenBook {
    fn default() -> Self {
        Self { version: VERSION, tokens: Vec::new() }
    }
}

impl TokenBook {
    /// Reads the content of `tokens.json`.
    ///
    /// # Errors
    /// When it is not a book of our version.
    pub fn parse(text: &str) -> Result<Self, BadBook> {
        let book: Self = serde_json::from_str(text)
            .map_err(|e| BadBook::Damaged { line: e.line(), column: e.column() })?;
        if book.version == VERSION { Ok(book) } else { Err(BadBook::Version(book.version)) }
    }

    /// The content of `tokens.json`.
    ///
    /// # Errors
    /// Never in practice: everything in a book can be written as JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The token with a role.
    #[must_use]
    pub fn with_role(&self, role: Role) -> Option<&StoredToken> {
        self.tokens.iter().find(|t| t.roles.contains(&role))
    }

    /// Every entry, oldest first.
    #[must_use]
    pub fn tokens(&self) -> &[StoredToken] {
        &self.tokens
    }

    /// Puts a token in. It takes its roles from whoever had them. An older token of the same
    /// user goes, with its other roles taken over, unless it may do something that the new
    /// one may not: then it stays for those. Entries without a role go.
    pub fn put(&mut self, mut token: StoredToken) {
        let taken = token.roles.clone();
        for old in &mut self.tokens {
            let is_same_user = !token.user_id.is_empty() && old.user_id == token.user_id;
            if is_same_user && old.scopes.iter().all(|scope| token.scopes.contains(scope)) {
                token.roles.extend(old.roles.iter().filter(|r| !taken.contains(r)));
                old.roles.clear();
            }
            old.roles.retain(|r| !taken.contains(r));
        }
        self.tokens.retain(|t| !t.roles.is_empty());
        self.tokens.push(token);
    }

    /// Takes a role from whoever has it. The token comes back if it has no role any more:
    /// then it is out of the book.
    pub fn take(&mut self, role: Role) -> Option<StoredToken> {
        let at = self.tokens.iter().position(|t| t.roles.contains(&role))?;
        self.tokens[at].roles.retain(|r| *r != role);
        self.tokens[at].roles.is_empty().then(|| self.tokens.remove(at))
    }
}

impl StoredToken {
    /// What a log-in gave. `identity` is what Twitch said about it; without that, the user is
    /// learned later. `now_ms` in Unix milliseconds; `replaces` as in the field.
    #[must_use]
    pub fn new(
        pair: Pair,
        identity: Option<Identity>,
        roles: Vec<Role>,
        now_ms: i64,
        replaces: Option<String>,
    ) -> Self {
        let (user_id, login, scopes) = match identity {
            Some(i) => (i.user_id, i.login, i.scopes),
            None => (String::new(), String::new(), pair.scopes.unwrap_or_default()),
        };
        let updated = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default().to_string();
        let expires = ends_at(now_ms, pair.expires_in_s);
        let (access_token, refresh_token) = (pair.access, pair.refresh);
        Self {
            user_id,
            login,
            roles,
            scopes,
            access_token,
            refresh_token,
            updated,
            expires,
            replaces,
        }
    }

    /// When the access token ends, in Unix milliseconds, where that is known.
    #[must_use]
    pub fn ends_ms(&self) -> Option<i64> {
        let at: jiff::Timestamp = self.expires.as_ref()?.parse().ok()?;
        Some(at.as_millisecond())
    }

    /// Whether it can be sent to Twitch: what can't be a token must not reach a header.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        is_token(self.access_token.expose_secret())
    }

    /// Tells it from the token that it was before a refresh or a log-in.
    pub(super) fn print(&self) -> String {
        fingerprint(&self.access_token, self.refresh_token.as_ref())
    }
}

/// When something ends that lives so many seconds from `now_ms` on.
pub(super) fn ends_at(now_ms: i64, lives_s: Option<u64>) -> Option<String> {
    let lives_ms = i64::try_from(lives_s?).ok()?.checked_mul(1000)?;
    let at = jiff::Timestamp::from_millisecond(now_ms.checked_add(lives_ms)?).ok()?;
    Some(at.to_string())
}

/// Which of the kept clipper's token and `initial` (access and refresh token of `.env`) is
/// used: the kept one as long as it replaces just that initial one, or there is none; when
/// the user has changed `.env` since, `None`.
#[must_use]
pub fn kept_instead<'a>(
    book: &'a TokenBook,
    initial: Option<&(SecretString, Option<SecretString>)>,
) -> Option<&'a StoredToken> {
    let print = initial.map(|(access, refresh)| fingerprint(access, refresh.as_ref()));
    let kept = book.with_role(Role::Clipper).filter(|kept| kept.is_usable())?;
    (print.is_none() || print == kept.replaces).then_some(kept)
}

/// Tells one `.env` token from another without keeping it: a checksum of each half.
/// It need not resist an attacker, who could not read the file anyway.
#[must_use]
pub fn fingerprint(access: &SecretString, refresh: Option<&SecretString>) -> String {
    let sum = |secret: &SecretString| crc32fast::hash(secret.expose_secret().as_bytes());
    format!("{:08x}-{:08x}", sum(access), refresh.map_or(0, sum))
}

fn expose<S: Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose_secret())
}

fn expose_some<S: Serializer>(secret: &Option<SecretString>, to: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(ExposeSecret::expose_secret).serialize(to)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(user_id: &str, roles: &[Role], access: &str) -> StoredToken {
        StoredToken {
            user_id: user_id.to_owned(),
            login: "ann".to_owned(),
            roles: roles.to_vec(),
            scopes: vec!["clips:edit".to_owned()],
            access_token: access.into(),
            refresh_token: None,
            updated: "2026-11-01T12:00:00Z".to_owned(),
            expires: None,
            replaces: None,
        }
    }

    #[test]
    fn the_end_of_a_token_is_kept_with_it() {
        let pair =
            Pair { access: "a".into(), refresh: None, scopes: None, expires_in_s: Some(14_400) };
        let stored = StoredToken::new(pair, None, vec![Role::Bot], 1_000_000, None);
        assert_eq!(stored.ends_ms(), Some(15_400_000));
        assert_eq!(token("1", &[Role::Bot], "old").ends_ms(), None);
        assert_eq!(ends_at(0, Some(u64::MAX)), None);
    }

    /// User, roles and access token of every entry.
    fn summary(book: &TokenBook) -> Vec<(String, Vec<Role>, String)> {
        let entry = |t: &StoredToken| {
            (t.user_id.clone(), t.roles.clone(), t.access_token.expose_secret().to_owned())
        };
        book.tokens.iter().map(entry).collect()
    }

    #[test]
    fn a_new_token_of_a_user_keeps_the_other_roles() {
        let mut book = TokenBook::default();
        book.put(token("1", &[Role::Clipper, Role::Bot], "old"));
        book.put(token("1", &[Role::Clipper], "new"));
        let expected = ("1".to_owned(), vec![Role::Clipper, Role::Bot], "new".to_owned());
        assert_eq!(summary(&book), [expected]);
    }

    #[test]
    fn a_token_that_may_less_leaves_the_older_one_its_other_roles() {
        let mut book = TokenBook::default();
        let mut wide = token("1", &[Role::Clipper], "wide");
        wide.scopes.push("chat:read".to_owned());
        book.put(wide.clone());
        book.put(token("1", &[Role::Bot], "narrow"));
        let both = [
            ("1".to_owned(), vec![Role::Clipper], "wide".to_owned()),
            ("1".to_owned(), vec![Role::Bot], "narrow".to_owned()),
        ];
        assert_eq!(summary(&book), both);
        wide.access_token = "wider".into();
        book.put(wide);
        let one = ("1".to_owned(), vec![Role::Clipper, Role::Bot], "wider".to_owned());
        assert_eq!(summary(&book), [one]);
    }

    #[test]
    fn a_token_goes_with_its_last_role() {
        let mut book = TokenBook::default();
        book.put(token("1", &[Role::Clipper, Role::Bot], "both"));
        assert!(book.take(Role::Broadcaster).is_none());
        assert!(book.take(Role::Clipper).is_none());
        assert_eq!(summary(&book), [("1".to_owned(), vec![Role::Bot], "both".to_owned())]);
        assert_eq!(book.take(Role::Bot).unwrap().login, "ann");
        assert!(book.tokens().is_empty());
    }

    #[test]
    fn a_role_belongs_to_one_user() {
        let mut book = TokenBook::default();
        book.put(token("", &[Role::Clipper], "unknown"));
        book.put(token("1", &[Role::Clipper, Role::Bot], "first"));
        book.put(token("2", &[Role::Clipper], "second"));
        let first = ("1".to_owned(), vec![Role::Bot], "first".to_owned());
        let second = ("2".to_owned(), vec![Role::Clipper], "second".to_owned());
        assert_eq!(summary(&book), [first, second]);
    }

    #[test]
    fn the_file_is_as_documented() {
        let mut book = TokenBook::default();
        book.put(token("7", &[Role::Clipper], "abc"));
        let json: serde_json::Value = serde_json::from_str(&book.to_json().unwrap()).unwrap();
        let expected = serde_json::json!({"version": 1, "tokens": [{
            "user_id": "7", "login": "ann", "roles": ["clipper"], "scopes": ["clips:edit"],
            "access_token": "abc", "refresh_token": null, "updated": "2026-11-01T12:00:00Z"}]});
        assert_eq!(json, expected);
    }

    #[test]
    fn what_is_no_book_is_refused_without_quoting_it() {
        for text in ["", "{", "[]", r#"{"version":1,"tokens":[{"access_token":"s3cret"}]}"#] {
            let bad = TokenBook::parse(text).unwrap_err();
            assert!(matches!(bad, BadBook::Damaged { .. }), "{text}");
            assert!(!format!("{bad} {bad:?}").contains("s3cret"));
        }
        assert_eq!(
            TokenBook::parse(r#"{"version":2,"tokens":[]}"#).unwrap_err(),
            BadBook::Version(2)
        );
    }

    #[test]
    fn a_fingerprint_tells_tokens_apart_and_stays_the_same() {
        let print =
            |a: &str, r: Option<&str>| fingerprint(&a.into(), r.map(SecretString::from).as_ref());
        assert_eq!(print("access", Some("refresh")), print("access", Some("refresh")));
        assert_ne!(print("access", Some("refresh")), print("access", Some("other")));
        assert_ne!(print("access", Some("refresh")), print("other", Some("refresh")));
        assert_ne!(print("access", Some("refresh")), print("access", None));
        // "123456789" is the standard check of CRC-32.
        assert_eq!(print("123456789", None), "cbf43926-00000000");
    }

    proptest! {
        #[test]
        fn any_token_survives_the_file(access in ".{0,40}", refresh in proptest::option::of(".{0,40}"),
            login in ".{0,20}") {
            let mut stored = token("9", &[Role::Broadcaster], &access);
            stored.refresh_token = refresh.as_deref().map(SecretString::from);
            stored.login = login.clone();
            let mut book = TokenBook::default();
            book.put(stored);
            let read = TokenBook::parse(&book.to_json().unwrap()).unwrap();
            let back = read.with_role(Role::Broadcaster).unwrap();
            prop_assert_eq!(back.access_token.expose_secret(), access.as_str());
            prop_assert_eq!(back.refresh_token.as_ref().map(ExposeSecret::expose_secret), refresh.as_deref());
            prop_assert_eq!(&back.login, &login);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,200}") {
            let _ = TokenBook::parse(&text);
        }
    }
}
