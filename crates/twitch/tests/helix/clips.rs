//! Create Clip: what each answer means, and that nothing but a 401 is ever repeated.

use std::time::Duration;

use cliphound_twitch::helix::{CreateClip, CreatedClip, HelixError};
use serde_json::json;
use tokio::net::TcpListener;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{header, method, path, query_param, query_param_is_missing},
};

use super::support::{CLIENT_ID, NOW_MS, Twitch, bearer, nobody, one_answer, refusal};

fn request() -> CreateClip {
    CreateClip { broadcaster_id: "1".to_owned(), title: "What a save".to_owned(), duration_s: 47.3 }
}

fn created() -> ResponseTemplate {
    let clip = json!({"id": "Slug", "edit_url": "https://www.twitch.tv/bea/clip/Slug"});
    ResponseTemplate::new(202).set_body_json(json!({"data": [clip]}))
}

fn the_clip() -> CreatedClip {
    CreatedClip {
        id: "Slug".to_owned(),
        edit_url: "https://www.twitch.tv/bea/clip/Slug".to_owned(),
    }
}

/// One attempt that Twitch answers so.
async fn answered(answer: ResponseTemplate) -> Result<CreatedClip, HelixError> {
    let twitch = Twitch::with_user().await.in_real_time();
    Mock::given(path("/helix/clips")).respond_with(answer).expect(1).mount(&twitch.server).await;
    twitch.helix().create_clip(&request()).await
}

#[tokio::test]
async fn a_202_is_a_clip() {
    let twitch = Twitch::with_user().await;
    Mock::given(path("/helix/clips"))
        .and(method("POST"))
        .and(header("Authorization", "Bearer access-1"))
        .and(header("Client-Id", CLIENT_ID))
        .and(header("User-Agent", concat!("cliphound/", env!("CARGO_PKG_VERSION"))))
        .and(query_param("broadcaster_id", "1"))
        .and(query_param("title", "What a save"))
        .and(query_param("duration", "47.3"))
        .respond_with(created())
        .expect(1)
        .mount(&twitch.server)
        .await;
    assert_eq!(twitch.helix().create_clip(&request()).await, Ok(the_clip()));
}

#[tokio::test]
async fn an_empty_title_is_left_out_and_a_long_clip_is_cut() {
    let twitch = Twitch::with_user().await;
    Mock::given(path("/helix/clips"))
        .and(query_param_is_missing("title"))
        .and(query_param("duration", "60"))
        .respond_with(created())
        .expect(1)
        .mount(&twitch.server)
        .await;
    let request = CreateClip { title: String::new(), duration_s: 600.0, ..request() };
    assert_eq!(twitch.helix().create_clip(&request).await, Ok(the_clip()));
}

#[tokio::test]
async fn each_status_ends_the_attempt_with_its_reason() {
    let why = || "why".to_owned();
    let unavailable = |status| HelixError::Unavailable { status, message: "why".to_owned() };
    for (status, expected) in [
        (400, HelixError::BadRequest(why())),
        (403, HelixError::Forbidden(why())),
        (404, HelixError::NotFound(why())),
        (429, HelixError::RateLimited { reset_ms: 0 }),
        (500, unavailable(500)),
        (503, unavailable(503)),
        (302, HelixError::Unexpected("status 302: why".to_owned())),
    ] {
        match (answered(refusal(status, "why")).await, expected) {
            // Without a header the reset is a minute from then on the clock.
            (Err(HelixError::RateLimited { reset_ms }), HelixError::RateLimited { .. }) => {
                assert!(reset_ms >= NOW_MS + 60_000, "{reset_ms}");
            }
            (result, expected) => assert_eq!(result, Err(expected), "{status}"),
        }
    }
}

#[tokio::test]
async fn a_429_tells_when_to_come_back() {
    let reset = NOW_MS / 1000 + 300;
    let answer = refusal(429, "slow down")
        .insert_header("Ratelimit-Reset", reset.to_string().as_str())
        .insert_header("Ratelimit-Helixclipscreation-Remaining", "0");
    let expected = HelixError::RateLimited { reset_ms: reset * 1000 };
    assert_eq!(answered(answer).await, Err(expected));
}

#[tokio::test]
async fn a_202_that_cant_be_read_may_be_a_clip() {
    for body in [
        "",
        "{",
        "null",
        r#"{"data":[]}"#,
        r#"{"data":[{"id":"Slug"}]}"#,
        r#"{"data":null}"#,
        r#"{"error":"Internal","status":500,"message":"odd"}"#,
        "<html>ok</html>",
    ] {
        let result = answered(ResponseTemplate::new(202).set_body_string(body)).await;
        assert!(matches!(result, Err(HelixError::AnswerLost(_))), "{body}: {result:?}");
    }
    let result = answered(ResponseTemplate::new(202).set_body_bytes(b"\xff\xfe".as_slice())).await;
    assert!(matches!(result, Err(HelixError::AnswerLost(_))), "{result:?}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_lost() {
    let twitch = Twitch::with_user().await;
    for answer in [
        b"".as_slice(),
        b"HTTP/1.1 202 Accepted\r\n",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{\"data\":[{",
        b"not HTTP at all\r\n\r\n",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/helix", listener.local_addr().unwrap());
        let helix = twitch.helix_at(base.parse().unwrap());
        let request = request();
        let (result, seen) =
            tokio::join!(helix.create_clip(&request), one_answer(listener, answer));
        assert!(matches!(result, Err(HelixError::AnswerLost(_))), "{answer:?}: {result:?}");
        assert!(seen.starts_with(b"POST /helix/clips?"), "the request had left");
    }
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let twitch = Twitch::with_user().await;
    let base = format!("http://{}/helix", nobody().await);
    let result = twitch.helix_at(base.parse().unwrap()).create_clip(&request()).await;
    assert!(matches!(result, Err(HelixError::NotSent(_))), "{result:?}");
}

#[tokio::test]
async fn a_failed_tls_handshake_sent_nothing() {
    let twitch = Twitch::with_user().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}/helix", listener.local_addr().unwrap());
    let helix = twitch.helix_at(base.parse().unwrap());
    let hang_up = async {
        let (socket, _) = listener.accept().await.unwrap();
        drop(socket);
    };
    let request = request();
    let (result, ()) = tokio::join!(helix.create_clip(&request), hang_up);
    assert!(matches!(result, Err(HelixError::NotSent(_))), "{result:?}");
}

#[tokio::test]
async fn a_401_is_repeated_once_with_a_new_token() {
    let twitch = Twitch::with_user().await.in_real_time();
    twitch.refreshes(1).await;
    let refused = refusal(401, "Invalid OAuth token");
    bearer("access-1", "/helix/clips").respond_with(refused).expect(1).mount(&twitch.server).await;
    bearer("access-2", "/helix/clips")
        .respond_with(created())
        .expect(1)
        .mount(&twitch.server)
        .await;
    assert_eq!(twitch.helix().create_clip(&request()).await, Ok(the_clip()));
}

#[tokio::test]
async fn a_second_401_is_final() {
    let twitch = Twitch::with_user().await.in_real_time();
    twitch.refreshes(1).await;
    let refused = refusal(401, "Invalid OAuth token");
    Mock::given(path("/helix/clips")).respond_with(refused).expect(2).mount(&twitch.server).await;
    let expected = HelixError::Unauthorized("Invalid OAuth token".to_owned());
    assert_eq!(twitch.helix().create_clip(&request()).await, Err(expected));
}

#[tokio::test]
async fn a_401_for_want_of_a_scope_costs_no_refresh() {
    let twitch = Twitch::with_user().await;
    twitch.refreshes(0).await;
    let refused = refusal(401, "Missing scope: clips:edit");
    Mock::given(path("/helix/clips")).respond_with(refused).expect(1).mount(&twitch.server).await;
    let expected = HelixError::Unauthorized("Missing scope: clips:edit".to_owned());
    assert_eq!(twitch.helix().create_clip(&request()).await, Err(expected));
}

#[tokio::test]
async fn a_401_while_log_in_is_down_can_be_repeated_later() {
    let twitch = Twitch::with_user().await;
    let down = refusal(503, "down");
    Mock::given(path("/oauth2/token")).respond_with(down).expect(1).mount(&twitch.server).await;
    let refused = refusal(401, "Invalid OAuth token");
    Mock::given(path("/helix/clips")).respond_with(refused).expect(1).mount(&twitch.server).await;
    let result = twitch.helix().create_clip(&request()).await;
    assert!(matches!(result, Err(HelixError::NotSent(_))), "{result:?}");
}

/// The caller said when it called: a clip that comes much later is of another instant.
#[tokio::test]
async fn a_401_whose_new_token_takes_long_is_not_repeated() {
    let twitch = Twitch::with_user().await;
    // On the fast clock, a quarter of a minute.
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_millis(15));
    let pair = slow.set_body_json(json!({"access_token": "access-2"}));
    Mock::given(path("/oauth2/token")).respond_with(pair).expect(1).mount(&twitch.server).await;
    let refused = refusal(401, "Invalid OAuth token");
    Mock::given(path("/helix/clips")).respond_with(refused).expect(1).mount(&twitch.server).await;
    let result = twitch.helix().create_clip(&request()).await;
    assert!(matches!(result, Err(HelixError::NotSent(_))), "{result:?}");
}

#[tokio::test]
async fn without_the_scope_or_a_token_nothing_is_sent() {
    let twitch = Twitch::start().await;
    let reader = json!({"client_id": CLIENT_ID, "login": "ann", "user_id": "7",
        "scopes": ["user:read:chat"], "expires_in": 0});
    Mock::given(path("/oauth2/validate"))
        .respond_with(ResponseTemplate::new(200).set_body_json(reader))
        .mount(&twitch.server)
        .await;
    let result = twitch.helix().create_clip(&request()).await;
    let expected = "the token of ann lacks the scope clips:edit".to_owned();
    assert_eq!(result, Err(HelixError::NoToken(expected)));
    assert_eq!(twitch.count("/helix/clips").await, 0);
}

#[tokio::test]
async fn calls_can_run_on_any_thread() {
    fn check<T: Send>(_: &T) {}
    let twitch = Twitch::start().await;
    let (helix, request) = (twitch.helix(), request());
    check(&helix.create_clip(&request));
    check(&helix.send_chat("1", "hello"));
    check(&helix.clips_between("1", 0, 1));
    check(&helix.users(&[]));
}
