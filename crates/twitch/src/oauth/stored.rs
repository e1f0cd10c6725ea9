//! The format of `tokens.json`: tokens by Twitch user, with the roles the user gave them.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::endpoint::is_token;

/// The version that is written and read.
pub const VERSION: u32 = 1;

/// What a token is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Makes clips; the token of `.env` is this one.
    Clipper,
    /// Speaks and moderates.
    Bot,
    /// Belongs to the channel's owner.
    Broadcaster,
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

    /// Puts a token in: it replaces its user's, keeps that one's other roles, and takes
    /// its roles from whoever else had them. Entries without a role go.
    pub fn put(&mut self, mut token: StoredToken) {
        let taken = token.roles.clone();
        for old in &mut self.tokens {
            if !token.user_id.is_empty() && old.user_id == token.user_id {
                token.roles.extend(old.roles.iter().filter(|r| !taken.contains(r)));
                old.roles.clear();
            }
            old.roles.retain(|r| !taken.contains(r));
        }
        self.tokens.retain(|t| !t.roles.is_empty());
        self.tokens.push(token);
    }
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
    let kept = book.with_role(Role::Clipper)?;
    // What can't be a token must not reach a header.
    let fits = is_token(kept.access_token.expose_secret());
    (fits && (print.is_none() || print == kept.replaces)).then_some(kept)
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
            replaces: None,
        }
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
