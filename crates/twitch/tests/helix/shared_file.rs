//! Several roles and processes over one token file: log-ins elsewhere, and shared tokens.

use cliphound_twitch::oauth::{
    TokenError, Tokens, file,
    stored::{Role, StoredToken},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use wiremock::{Mock, matchers::path};

use super::support::{Twitch, refusal};

fn entry(user: &str, roles: &[&str], access: &str, refresh: &str) -> Value {
    json!({"user_id": user, "login": "ann", "roles": roles, "scopes": ["clips:edit", "user:write:chat"],
        "access_token": access, "refresh_token": refresh, "updated": "2026-11-01T12:00:00Z"})
}

fn write(twitch: &Twitch, entries: &[Value]) {
    let book = json!({"version": 1, "tokens": entries});
    std::fs::write(twitch.file(), book.to_string()).unwrap();
}

async fn access(tokens: &Tokens) -> Option<String> {
    tokens.current().await.map(|t| t.secret.expose_secret().to_owned())
}

#[tokio::test]
async fn a_log_in_elsewhere_is_taken_over_and_a_log_out_too() {
    let twitch = Twitch::start().await;
    let tokens = twitch.tokens_from(None).unwrap();
    let (mut news, mut changes) = (tokens.watch_refusal(), tokens.changes());
    assert_eq!(tokens.refusal(), Some(TokenError::Missing));
    assert!(!tokens.reload().await, "nothing has changed");
    assert!(!news.has_changed().unwrap() && !changes.has_changed().unwrap());

    write(&twitch, &[entry("7", &["clipper"], "access-9", "refresh-9")]);
    assert!(tokens.reload().await);
    assert!(news.has_changed().unwrap() && changes.has_changed().unwrap());
    assert_eq!((access(&tokens).await.as_deref(), tokens.refusal()), (Some("access-9"), None));
    assert_eq!(tokens.identity().unwrap().login, "ann");

    news.mark_unchanged();
    changes.mark_unchanged();
    write(&twitch, &[entry("8", &["bot"], "access-8", "refresh-8")]);
    assert!(tokens.reload().await && news.has_changed().unwrap());
    assert!(changes.has_changed().unwrap());
    assert_eq!((access(&tokens).await, tokens.refusal()), (None, Some(TokenError::Missing)));
}

#[tokio::test]
async fn a_token_of_env_stays_until_somebody_logs_in() {
    let twitch = Twitch::start().await;
    // An old log-in, which .env has overruled since.
    let mut old = entry("7", &["clipper"], "access-0", "refresh-0");
    old["replaces"] = json!("another .env");
    write(&twitch, std::slice::from_ref(&old));
    let tokens = twitch.tokens();
    assert_eq!(access(&tokens).await.as_deref(), Some("access-1"));
    write(&twitch, &[old, entry("8", &["bot"], "access-8", "refresh-8")]);
    assert!(!tokens.reload().await, "somebody else's token");
    write(&twitch, &[entry("7", &["clipper"], "access-9", "refresh-9")]);
    assert!(tokens.reload().await);
    assert_eq!(access(&tokens).await.as_deref(), Some("access-9"));
}

#[tokio::test]
async fn a_damaged_file_changes_nothing_at_run_time() {
    let twitch = Twitch::start().await;
    write(&twitch, &[entry("7", &["clipper"], "access-9", "refresh-9")]);
    let tokens = twitch.tokens_from(None).unwrap();
    std::fs::write(twitch.file(), "{").unwrap();
    assert!(!tokens.reload().await);
    assert_eq!(access(&tokens).await.as_deref(), Some("access-9"));
}

#[tokio::test]
async fn two_roles_of_one_user_share_one_refresh() {
    let twitch = Twitch::start().await;
    twitch.refreshes(1).await;
    write(&twitch, &[entry("7", &["clipper", "bot"], "access-1", "refresh-1")]);
    let clipper = twitch.tokens_from(None).unwrap();
    let bot = clipper.of_role(Role::Bot).unwrap();
    let rejected = "access-1".into();
    let (one, two) = tokio::join!(clipper.refresh(&rejected), bot.refresh(&rejected));
    for token in [one, two] {
        assert_eq!(token.unwrap().secret.expose_secret(), "access-2");
    }
    let book = file::look(&twitch.file()).unwrap().unwrap();
    assert_eq!(book.tokens().len(), 1);
    assert_eq!(book.tokens()[0].roles, [Role::Clipper, Role::Bot]);
}

/// User, roles and access token of every entry.
fn entries(twitch: &Twitch) -> Vec<(String, Vec<Role>, String)> {
    let book = file::look(&twitch.file()).unwrap().unwrap();
    let entry = |t: &StoredToken| {
        (t.user_id.clone(), t.roles.clone(), t.access_token.expose_secret().to_owned())
    };
    book.tokens().iter().map(entry).collect()
}

#[tokio::test]
async fn a_refresh_takes_no_role_from_who_logged_in_meanwhile() {
    for ours in [Role::Clipper, Role::Bot] {
        let twitch = Twitch::start().await;
        twitch.refreshes(1).await;
        write(&twitch, &[entry("7", &["clipper", "bot"], "access-1", "refresh-1")]);
        let tokens = twitch.tokens_from(None).unwrap().of_role(ours).unwrap();
        let theirs = if ours == Role::Bot { Role::Clipper } else { Role::Bot };
        let here = entry("7", &[ours.name()], "access-1", "refresh-1");
        write(&twitch, &[here, entry("8", &[theirs.name()], "access-8", "refresh-8")]);
        assert!(!tokens.reload().await, "its own token is the same");
        tokens.refresh(&"access-1".into()).await.unwrap();
        let kept = ("8".to_owned(), vec![theirs], "access-8".to_owned());
        assert_eq!(entries(&twitch), [kept, ("7".to_owned(), vec![ours], "access-2".to_owned())]);
    }
}

#[tokio::test]
async fn a_refresh_brings_no_role_back_that_was_logged_out() {
    let twitch = Twitch::start().await;
    twitch.refreshes(1).await;
    write(&twitch, &[entry("7", &["clipper", "bot"], "access-1", "refresh-1")]);
    let bot = twitch.tokens_from(None).unwrap().of_role(Role::Bot).unwrap();
    file::update(&twitch.file(), |book| assert!(book.take(Role::Clipper).is_none())).unwrap();
    bot.refresh(&"access-1".into()).await.unwrap();
    assert_eq!(entries(&twitch), [("7".to_owned(), vec![Role::Bot], "access-2".to_owned())]);
}

#[tokio::test]
async fn another_process_may_have_renewed_it() {
    let twitch = Twitch::start().await;
    twitch.refreshes(1).await;
    write(&twitch, &[entry("7", &["clipper"], "access-1", "refresh-1")]);
    let ours = twitch.tokens_from(None).unwrap();
    let theirs = twitch.tokens_from(None).unwrap();
    theirs.refresh(&"access-1".into()).await.unwrap();
    let token = ours.refresh(&"access-1".into()).await.unwrap();
    assert_eq!(token.secret.expose_secret(), "access-2");
}

#[tokio::test]
async fn a_revoked_token_is_told_once_and_ends_with_a_log_in() {
    let twitch = Twitch::start().await;
    Mock::given(path("/oauth2/token"))
        .respond_with(refusal(400, "Invalid refresh token"))
        .expect(1)
        .mount(&twitch.server)
        .await;
    let tokens = twitch.tokens();
    let mut news = tokens.watch_refusal();
    for _ in 0..2 {
        let error = tokens.refresh(&"access-1".into()).await.unwrap_err();
        assert_eq!(error, TokenError::Revoked);
        assert!(error.to_string().contains("run `cliphound login`"), "{error}");
    }
    assert_eq!(*news.borrow_and_update(), Some(TokenError::Revoked));
    assert!(!news.has_changed().unwrap());
    write(&twitch, &[entry("7", &["clipper"], "access-9", "refresh-9")]);
    assert!(tokens.reload().await);
    assert_eq!(tokens.refusal(), None);
}
