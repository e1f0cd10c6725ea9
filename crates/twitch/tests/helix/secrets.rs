//! No secret in any text that a log could hold.

use cliphound_twitch::{
    ChannelLogin,
    helix::{CreateClip, HelixError},
    oauth::{
        TokenError, file,
        stored::{Role, TokenBook},
    },
};
use serde_json::json;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{method, path},
};

use super::support::{CLIENT_SECRET, Twitch, new_pair, refusal};

const SECRETS: [&str; 5] = ["access-1", "refresh-1", "access-2", "refresh-2", CLIENT_SECRET];

fn check(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

#[tokio::test]
async fn no_type_shows_a_secret() {
    let twitch = Twitch::with_user().await;
    twitch.refreshes(1).await;
    let tokens = twitch.client(Some(CLIENT_SECRET), Some(("access-1", Some("refresh-1")))).unwrap();
    let first = tokens.current().await.unwrap();
    check("AccessToken", &format!("{first:?}"));
    let second = tokens.refresh(&first.secret).await.unwrap();
    check("AccessToken", &format!("{second:?} {second:#?}"));
    check("Identity", &format!("{:?}", tokens.validate().await));
    check("Tokens", &format!("{tokens:?} {tokens:#?}"));
    let helix = twitch.helix();
    check("Helix", &format!("{helix:?} {helix:#?} {:?}", helix.limits()));
    let book: TokenBook = file::read(&twitch.file()).unwrap();
    check("TokenBook", &format!("{book:?} {book:#?} {:?}", book.with_role(Role::Clipper)));
}

/// Every kind of failure of the token calls, with bodies that hold secrets.
#[tokio::test]
async fn no_token_error_shows_a_secret() {
    let odd = json!({"access_token": ["access-2"], "refresh_token": "refresh-2"});
    for answer in [
        refusal(400, "Invalid refresh token"),
        refusal(403, "invalid client secret"),
        refusal(500, "oops"),
        ResponseTemplate::new(200).set_body_json(odd),
        ResponseTemplate::new(200).set_body_json(json!({"access_token": "access-2 \n"})),
        ResponseTemplate::new(200).set_body_json(json!("access-2")),
    ] {
        let twitch = Twitch::start().await;
        Mock::given(method("POST")).respond_with(answer).expect(1).mount(&twitch.server).await;
        let secret = Some(CLIENT_SECRET);
        let tokens = twitch.client(secret, Some(("access-1", Some("refresh-1")))).unwrap();
        let error = tokens.refresh(&"access-1".into()).await.unwrap_err();
        check("TokenError", &format!("{error} {error:?} {error:#?}"));
    }
    let twitch = Twitch::start().await;
    let error = twitch.tokens_from(Some(("access-1 \u{e9}", None))).unwrap_err();
    assert_eq!(error, TokenError::Malformed("TWITCH_ACCESS_TOKEN"));
    check("Malformed", &format!("{error} {error:?}"));
}

/// Helix failures of each sort, among them an answer that quotes the token.
#[tokio::test]
async fn no_helix_error_shows_a_secret() {
    let request =
        CreateClip { broadcaster_id: "1".to_owned(), title: String::new(), duration_s: 9.0 };
    for answer in [
        refusal(401, "Missing scope"),
        refusal(503, "busy"),
        ResponseTemplate::new(202).set_body_json(new_pair()),
        ResponseTemplate::new(200).set_body_string("Bearer access-1"),
    ] {
        let twitch = Twitch::with_user().await;
        Mock::given(path("/helix/clips")).respond_with(answer.clone()).mount(&twitch.server).await;
        Mock::given(path("/helix/users")).respond_with(answer).mount(&twitch.server).await;
        let helix = twitch.helix();
        let login = ChannelLogin::parse("bea").unwrap();
        let errors: [HelixError; 2] = [
            helix.create_clip(&request).await.unwrap_err(),
            helix.users(&[login]).await.unwrap_err(),
        ];
        for error in errors {
            check("HelixError", &format!("{error} {error:?} {error:#?}"));
        }
    }
}
