//! Send Chat Message: sent, dropped, refused, lost.

use cliphound_twitch::helix::{HelixError, SentChat};
use serde_json::json;
use tokio::net::TcpListener;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{body_json, method, path},
};

use super::support::{Twitch, bearer, one_answer, refusal};

const MESSAGES: &str = "/helix/chat/messages";

fn sent() -> ResponseTemplate {
    let data = json!({"message_id": "m", "is_sent": true, "drop_reason": null});
    ResponseTemplate::new(200).set_body_json(json!({"data": [data]}))
}

fn is_sent() -> SentChat {
    SentChat { is_sent: true, drop_reason: None }
}

/// One attempt that Twitch answers so.
async fn answered(answer: ResponseTemplate) -> Result<SentChat, HelixError> {
    let twitch = Twitch::with_user().await;
    Mock::given(path(MESSAGES)).respond_with(answer).expect(1).mount(&twitch.server).await;
    twitch.helix().send_chat("1", "clipped!").await
}

#[tokio::test]
async fn the_tokens_user_speaks() {
    let twitch = Twitch::with_user().await;
    let body = json!({"broadcaster_id": "1", "sender_id": "7", "message": "clipped!"});
    Mock::given(path(MESSAGES))
        .and(method("POST"))
        .and(body_json(body))
        .respond_with(sent())
        .expect(1)
        .mount(&twitch.server)
        .await;
    assert_eq!(twitch.helix().send_chat("1", "clipped!").await, Ok(is_sent()));
}

#[tokio::test]
async fn a_dropped_message_says_why() {
    let reason = json!({"code": "a_new_code", "message": "Slow mode is on."});
    let data = json!({"message_id": "", "is_sent": false, "drop_reason": reason});
    let answer = ResponseTemplate::new(200).set_body_json(json!({"data": [data]}));
    let expected = SentChat { is_sent: false, drop_reason: Some("Slow mode is on.".to_owned()) };
    assert_eq!(answered(answer).await, Ok(expected));
}

#[tokio::test]
async fn each_status_ends_the_attempt_with_its_reason() {
    let why = || "why".to_owned();
    for (status, expected) in [
        (400, HelixError::BadRequest(why())),
        (403, HelixError::Forbidden(why())),
        (404, HelixError::NotFound(why())),
        (422, HelixError::BadRequest(why())),
        (500, HelixError::Unavailable { status: 500, message: why() }),
        (503, HelixError::Unavailable { status: 503, message: why() }),
    ] {
        assert_eq!(answered(refusal(status, "why")).await, Err(expected), "{status}");
    }
    let limited = answered(refusal(429, "why")).await;
    assert!(matches!(limited, Err(HelixError::RateLimited { .. })), "{limited:?}");
}

#[tokio::test]
async fn a_yes_that_cant_be_read_may_stand_in_the_chat() {
    for body in ["", "{", r#"{"data":[]}"#] {
        let result = answered(ResponseTemplate::new(200).set_body_string(body)).await;
        assert!(matches!(result, Err(HelixError::AnswerLost(_))), "{body}: {result:?}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_lost() {
    let twitch = Twitch::with_user().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/helix", listener.local_addr().unwrap());
    let helix = twitch.helix_at(base.parse().unwrap());
    let (result, _) = tokio::join!(helix.send_chat("1", "hello"), one_answer(listener, b""));
    assert!(matches!(result, Err(HelixError::AnswerLost(_))), "{result:?}");
}

#[tokio::test]
async fn a_401_is_repeated_once_with_a_new_token() {
    let twitch = Twitch::with_user().await.in_real_time();
    twitch.refreshes(1).await;
    let refused = refusal(401, "Invalid OAuth token");
    bearer("access-1", MESSAGES).respond_with(refused).expect(1).mount(&twitch.server).await;
    bearer("access-2", MESSAGES).respond_with(sent()).expect(1).mount(&twitch.server).await;
    assert_eq!(twitch.helix().send_chat("1", "clipped!").await, Ok(is_sent()));
}
