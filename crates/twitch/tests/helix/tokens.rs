//! Tokens: one refresh at a time, stored before use, and which of two sources wins.

use cliphound_twitch::{
    ChannelLogin,
    oauth::{Identity, TokenError, Tokens},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use wiremock::{
    Mock, Request, ResponseTemplate,
    matchers::{body_string_contains, path},
};

use super::support::{CLIENT_ID, CLIENT_SECRET, Twitch, bearer, new_pair, refusal};

fn ann() -> Identity {
    Identity {
        login: "ann".to_owned(),
        user_id: "7".to_owned(),
        scopes: vec!["clips:edit".to_owned(), "user:write:chat".to_owned()],
        expires_in_s: Some(14_000),
    }
}

async fn access(tokens: &Tokens) -> Option<String> {
    tokens.current().await.map(|t| t.secret.expose_secret().to_owned())
}

/// A refresh of `access-1` that Twitch answers so, and how often it was asked for two tries.
async fn refused(answer: ResponseTemplate) -> (TokenError, usize) {
    let twitch = Twitch::start().await;
    Mock::given(path("/oauth2/token")).respond_with(answer).mount(&twitch.server).await;
    let tokens = twitch.tokens();
    let error = tokens.refresh(&"access-1".into()).await.unwrap_err();
    assert_eq!(tokens.refresh(&"access-1".into()).await.unwrap_err(), error);
    assert_eq!(access(&tokens).await.as_deref(), Some("access-1"));
    (error, twitch.count("/oauth2/token").await)
}

#[tokio::test]
async fn validate_tells_whose_token_it_is() {
    let twitch = Twitch::with_user().await;
    let tokens = twitch.tokens();
    assert!(tokens.identity().is_none() && !tokens.has_scope("clips:edit"));
    assert_eq!(tokens.validate().await, Ok(ann()));
    assert_eq!(tokens.identity(), Some(ann()));
    assert!(tokens.has_scope("clips:edit") && !tokens.has_scope("clips"));
    assert!(!twitch.file().exists(), "what .env holds is not copied");
}

#[tokio::test]
async fn two_refused_calls_share_one_refresh() {
    let twitch = Twitch::start().await;
    twitch.refreshes(1).await;
    let data = ResponseTemplate::new(200).set_body_json(json!({"data": []}));
    bearer("access-1", "/helix/users")
        .respond_with(refusal(401, "Invalid OAuth token"))
        .expect(2)
        .mount(&twitch.server)
        .await;
    bearer("access-2", "/helix/users").respond_with(data).expect(2).mount(&twitch.server).await;
    let helix = twitch.helix();
    let bea = [ChannelLogin::parse("bea").unwrap()];
    let (one, two) = tokio::join!(helix.users(&bea), helix.users(&bea));
    assert_eq!((one, two), (Ok(vec![]), Ok(vec![])));
}

#[tokio::test]
async fn a_new_pair_is_stored_before_it_is_used() {
    let twitch = Twitch::start().await;
    twitch.refreshes(1).await;
    bearer("access-1", "/helix/users")
        .respond_with(refusal(401, "Invalid OAuth token"))
        .mount(&twitch.server)
        .await;
    let file = twitch.file();
    let data_if_stored = move |_: &Request| match std::fs::read_to_string(&file) {
        Ok(text) if text.contains("access-2") && text.contains("refresh-2") => {
            ResponseTemplate::new(200).set_body_json(json!({"data": []}))
        }
        _ => refusal(400, "the new pair is not on the disk"),
    };
    bearer("access-2", "/helix/users").respond_with(data_if_stored).mount(&twitch.server).await;
    let bea = [ChannelLogin::parse("bea").unwrap()];
    assert_eq!(twitch.helix().users(&bea).await, Ok(vec![]));
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_lose_the_new_pair() {
    let twitch = Twitch::start().await;
    twitch.refreshes(1).await;
    let tokens = twitch.tokens();
    // Polled once, then dropped: the request is on its way.
    let rejected = "access-1".into();
    let refresh = tokens.refresh(&rejected);
    tokio::select! {
        biased;
        _ = refresh => unreachable!("the server can't have answered yet"),
        () = std::future::ready(()) => {}
    }
    tokens.settled().await;
    assert_eq!(access(&tokens).await.as_deref(), Some("access-2"));
    assert_eq!(twitch.stored()["tokens"][0]["refresh_token"], "refresh-2");
}

#[tokio::test]
async fn a_token_that_is_another_already_costs_no_request() {
    let twitch = Twitch::start().await;
    twitch.refreshes(0).await;
    let token = twitch.tokens().refresh(&"access-0".into()).await.unwrap();
    assert_eq!(token.secret.expose_secret(), "access-1");
}

#[tokio::test]
async fn the_client_secret_is_sent_where_there_is_one() {
    for (secret, expected) in [(Some(CLIENT_SECRET), true), (None, false), (Some(""), false)] {
        let twitch = Twitch::start().await;
        twitch.refreshes(1).await;
        let tokens = twitch.client(secret, Some(("access-1", Some("refresh-1")))).unwrap();
        tokens.refresh(&"access-1".into()).await.unwrap();
        let sent = twitch.server.received_requests().await.unwrap();
        let body = String::from_utf8(sent[0].body.clone()).unwrap();
        assert_eq!(body.contains("client_secret="), expected, "{secret:?}");
        assert!(body.contains("grant_type=refresh_token") && body.contains("client_id=client-1"));
    }
}

#[tokio::test]
async fn an_answer_without_the_usual_extras_is_good() {
    for pair in [
        json!({"access_token": "access-2"}),
        json!({"access_token": "access-2", "scope": null, "more": 1}),
        json!({"access_token": "access-2", "refresh_token": null}),
    ] {
        let twitch = Twitch::start().await;
        let answer = ResponseTemplate::new(200)
            .set_body_raw(pair.to_string(), "application/json; charset=utf-8");
        Mock::given(path("/oauth2/token")).respond_with(answer).mount(&twitch.server).await;
        let tokens = twitch.tokens();
        tokens.refresh(&"access-1".into()).await.unwrap();
        assert_eq!(access(&tokens).await.as_deref(), Some("access-2"));
        assert_eq!(twitch.stored()["tokens"][0]["refresh_token"], "refresh-1", "{pair}");
    }
}

#[tokio::test]
async fn a_refused_refresh_token_is_not_tried_again() {
    for status in [400, 401] {
        let (error, requests) = refused(refusal(status, "Invalid refresh token")).await;
        assert_eq!((error, requests), (TokenError::Revoked, 1));
    }
}

#[tokio::test]
async fn a_token_that_twitch_called_dead_by_mistake_is_offered_again_when_asked_to() {
    let twitch = Twitch::start().await;
    let dead = refusal(400, "Invalid refresh token");
    Mock::given(path("/oauth2/token"))
        .respond_with(dead)
        .up_to_n_times(1)
        .mount(&twitch.server)
        .await;
    twitch.refreshes(1).await;
    Mock::given(path("/oauth2/validate"))
        .respond_with(refusal(401, "invalid access token"))
        .mount(&twitch.server)
        .await;
    let tokens = twitch.tokens();
    assert_eq!(tokens.validate().await, Err(TokenError::Revoked));
    assert_eq!(tokens.validate().await, Err(TokenError::Revoked));
    assert_eq!(twitch.count("/oauth2/token").await, 1);
    assert!(tokens.validate_again().await.is_err_and(|error| error.may_pass()));
    assert_eq!(access(&tokens).await.as_deref(), Some("access-2"));
    assert_eq!(tokens.refusal(), None);
}

#[tokio::test]
async fn a_new_token_that_is_not_known_yet_is_no_end() {
    let twitch = Twitch::start().await;
    twitch.refreshes(1).await;
    // Neither the old one nor, for a moment, the new one.
    Mock::given(path("/oauth2/validate"))
        .respond_with(refusal(401, "invalid access token"))
        .up_to_n_times(2)
        .mount(&twitch.server)
        .await;
    twitch.validates("access-2").await;
    let tokens = twitch.tokens();
    let error = tokens.validate().await.unwrap_err();
    assert!(error.may_pass() && tokens.refusal().is_none(), "{error:?}");
    assert_eq!(tokens.validate().await, Ok(ann()));
}

#[tokio::test]
async fn trouble_on_the_way_may_pass() {
    for answer in [refusal(503, "x"), refusal(429, "x"), ResponseTemplate::new(200)] {
        let (error, requests) = refused(answer).await;
        assert!(matches!(error, TokenError::Unreachable(_)), "{error:?}");
        assert_eq!(requests, 2);
    }
    let (error, _) = refused(refusal(403, "invalid client secret")).await;
    assert_eq!(error, TokenError::Refused("invalid client secret".to_owned()));
}

#[tokio::test]
async fn without_a_refresh_token_one_sentence_says_so() {
    let twitch = Twitch::start().await;
    let tokens = twitch.tokens_from(Some(("access-1", None))).unwrap();
    let error = tokens.refresh(&"access-1".into()).await.unwrap_err();
    assert_eq!(error, TokenError::NoRefreshToken);
    let none = twitch.tokens_from(None).unwrap();
    assert_eq!(none.validate().await, Err(TokenError::Missing));
    assert_eq!(access(&none).await, None);
}

#[tokio::test]
async fn an_expired_token_is_refreshed_by_validate_and_stored_with_its_user() {
    let twitch = Twitch::start().await;
    twitch.refreshes(1).await;
    twitch.validates("access-2").await;
    Mock::given(path("/oauth2/validate"))
        .respond_with(refusal(401, "invalid access token"))
        .with_priority(9)
        .mount(&twitch.server)
        .await;
    assert_eq!(twitch.tokens().validate().await, Ok(ann()));
    let stored = twitch.stored();
    let mut expected = json!({"user_id": "7", "login": "ann", "roles": ["clipper"],
        "scopes": ["clips:edit", "user:write:chat"], "access_token": "access-2",
        "refresh_token": "refresh-2"});
    for key in ["updated", "expires", "replaces"] {
        expected[key] = stored["tokens"][0][key].clone();
    }
    assert_eq!(stored, json!({"version": 1, "tokens": [expected]}));
    let time = |key: &str| stored["tokens"][0][key].as_str().unwrap().to_owned();
    assert!(time("updated").starts_with("2026-11-01T1"));
    assert!(time("expires") > time("updated"));
}

#[tokio::test]
async fn a_token_that_cant_work_is_named() {
    let check = async |answer: Value, expected: TokenError| {
        let twitch = Twitch::start().await;
        Mock::given(path("/oauth2/validate"))
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .mount(&twitch.server)
            .await;
        assert_eq!(twitch.tokens().validate().await, Err(expected));
    };
    let other = json!({"client_id": "other", "login": "a", "user_id": "7", "expires_in": 9});
    check(other, TokenError::WrongClient("other".to_owned())).await;
    let app = json!({"client_id": CLIENT_ID, "scopes": null, "expires_in": 9});
    check(app, TokenError::NotAUser).await;
    let odd = TokenError::Unreachable("its answer makes no sense".to_owned());
    check(json!({"hello": "there"}), odd).await;
}

/// Refreshes `access-1` once, so that `tokens.json` holds the second pair.
async fn after_a_refresh() -> Twitch {
    let twitch = Twitch::start().await;
    twitch.refreshes(1).await;
    twitch.tokens().refresh(&"access-1".into()).await.unwrap();
    twitch
}

#[tokio::test]
async fn the_stored_token_wins_until_env_changes() {
    let twitch = after_a_refresh().await;
    let check = async |env: Option<(&str, Option<&str>)>, expected: &str| {
        let tokens = twitch.tokens_from(env).unwrap();
        assert_eq!(access(&tokens).await.as_deref(), Some(expected), "{env:?}");
    };
    check(Some(("access-1", Some("refresh-1"))), "access-2").await;
    check(Some((" oauth:access-1\n", Some("refresh-1 "))), "access-2").await;
    check(None, "access-2").await;
    check(Some(("access-9", Some("refresh-1"))), "access-9").await;
    check(Some(("access-1", Some("refresh-9"))), "access-1").await;
    check(Some(("access-1", None)), "access-1").await;
}

#[tokio::test]
async fn a_chain_of_refreshes_still_replaces_the_same_env() {
    let twitch = after_a_refresh().await;
    let third = json!({"access_token": "access-3", "refresh_token": "refresh-3"});
    Mock::given(body_string_contains("refresh_token=refresh-2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(third))
        .expect(1)
        .mount(&twitch.server)
        .await;
    // In between the user has taken the token out of .env.
    let tokens = twitch.tokens_from(None).unwrap();
    tokens.refresh(&"access-2".into()).await.unwrap();
    assert_eq!(access(&twitch.tokens()).await.as_deref(), Some("access-3"));
}

#[tokio::test]
async fn other_users_tokens_stay_in_the_file() {
    let twitch = Twitch::start().await;
    twitch.refreshes(1).await;
    let bot = json!({"user_id": "8", "login": "bot", "roles": ["bot"], "scopes": [],
        "access_token": "b", "refresh_token": null, "updated": "2026-11-01T12:00:00Z"});
    let book = json!({"version": 1, "tokens": [bot]});
    std::fs::write(twitch.file(), book.to_string()).unwrap();
    twitch.tokens().refresh(&"access-1".into()).await.unwrap();
    let stored = twitch.stored();
    assert_eq!(stored["tokens"][0], bot);
    assert_eq!(stored["tokens"][1]["access_token"], "access-2");
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_env_is_used() {
    let twitch = Twitch::start().await;
    std::fs::write(twitch.file(), "{\"version\":1,\"tok").unwrap();
    assert_eq!(access(&twitch.tokens()).await.as_deref(), Some("access-1"));
    assert!(!twitch.file().exists());
    assert!(twitch.folder.path().join("tokens.json.bad").exists());
}

#[tokio::test]
async fn a_token_that_cant_be_stored_still_works_and_is_stored_later() {
    let twitch = Twitch::with_user().await;
    Mock::given(path("/oauth2/token"))
        .respond_with(ResponseTemplate::new(200).set_body_json(new_pair()))
        .expect(1)
        .mount(&twitch.server)
        .await;
    let tokens = twitch.tokens();
    // A folder in the file's place can neither be read nor replaced.
    std::fs::create_dir(twitch.file()).unwrap();
    tokens.refresh(&"access-1".into()).await.unwrap();
    assert_eq!(access(&tokens).await.as_deref(), Some("access-2"));
    std::fs::remove_dir(twitch.file()).unwrap();
    tokens.validate().await.unwrap();
    assert_eq!(twitch.stored()["tokens"][0]["access_token"], "access-2");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let twitch = after_a_refresh().await;
    let mode = std::fs::metadata(twitch.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
