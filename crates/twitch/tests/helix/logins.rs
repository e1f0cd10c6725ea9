//! Log-ins: what is sent, what each answer leads to, and that secrets stay secret.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use cliphound_twitch::oauth::{App, DeviceCode, LoginError, Pair, http_client};
use secrecy::ExposeSecret;
use serde_json::json;
use wiremock::{
    Mock, Request, ResponseTemplate,
    matchers::{body_string_contains, method, path},
};

use super::support::{CLIENT_ID, CLIENT_SECRET, Twitch, new_pair, refusal};

fn app(twitch: &Twitch, secret: Option<&str>) -> App {
    let (base, http) = (twitch.url("/oauth2"), http_client(&[&twitch.url("/")]).unwrap());
    App::new(base, CLIENT_ID.to_owned(), secret.map(Into::into), http)
}

fn scopes() -> Vec<String> {
    ["clips:edit", "chat:read"].map(str::to_owned).into()
}

/// A Twitch that gives out a device code.
async fn with_device(expires_in: u64) -> Twitch {
    let twitch = Twitch::start().await;
    let code = json!({"device_code": "very-device-code", "expires_in": expires_in, "interval": 5,
        "user_code": "ABCD", "verification_uri": "https://www.twitch.tv/activate?device-code=ABCD"});
    Mock::given(path("/oauth2/device"))
        .and(method("POST"))
        .and(body_string_contains("client_id=client-1&scopes=clips%3Aedit+chat%3Aread"))
        .respond_with(ResponseTemplate::new(200).set_body_json(code))
        .expect(1)
        .mount(&twitch.server)
        .await;
    twitch
}

/// The answers to one poll after the other; the last one stays.
async fn polls(twitch: &Twitch, answers: Vec<ResponseTemplate>) {
    let count = AtomicUsize::new(0);
    let answer =
        move |_: &Request| answers[count.fetch_add(1, Relaxed).min(answers.len() - 1)].clone();
    Mock::given(path("/oauth2/token"))
        .and(body_string_contains("device_code=very-device-code"))
        .and(body_string_contains("scopes=clips%3Aedit+chat%3Aread"))
        .and(body_string_contains("client_id=client-1"))
        .respond_with(answer)
        .mount(&twitch.server)
        .await;
}

async fn log_in(twitch: &Twitch) -> Result<Pair, LoginError> {
    let app = app(twitch, None);
    let code: DeviceCode = app.ask_device(&scopes()).await.unwrap();
    assert_eq!(code.user_code, "ABCD");
    assert!(!format!("{code:?} {app:?}").contains("very-device-code"));
    app.wait_for_user(&code, &scopes(), &twitch.clock).await
}

#[tokio::test]
async fn a_device_is_patient_until_the_user_says_yes() {
    let twitch = with_device(1800).await;
    let start_ms = twitch.clock.now_ms();
    let yes = ResponseTemplate::new(200).set_body_json(new_pair());
    let answers = vec![
        refusal(400, "authorization_pending"),
        refusal(400, "slow_down"),
        ResponseTemplate::new(503),
        yes,
    ];
    polls(&twitch, answers).await;
    let pair = log_in(&twitch).await.unwrap();
    assert_eq!(pair.access.expose_secret(), "access-2");
    assert_eq!(pair.refresh.unwrap().expose_secret(), "refresh-2");
    assert_eq!(pair.scopes.unwrap(), ["clips:edit", "user:write:chat"]);
    // 5 s twice, then 10 s twice after `slow_down`.
    assert!(twitch.clock.now_ms() - start_ms >= 30_000);
}

#[tokio::test]
async fn a_device_hears_a_no_and_the_end() {
    let check = async |expires_in: u64, answer: ResponseTemplate, expected: LoginError| {
        let twitch = with_device(expires_in).await;
        polls(&twitch, vec![answer]).await;
        assert_eq!(log_in(&twitch).await.unwrap_err(), expected);
    };
    check(1800, refusal(400, "access_denied"), LoginError::Denied).await;
    check(1800, refusal(400, "invalid device code"), LoginError::Expired).await;
    check(12, refusal(400, "authorization_pending"), LoginError::Expired).await;
    let refused = LoginError::Refused("invalid client".to_owned());
    check(1800, refusal(400, "invalid client"), refused).await;
}

#[tokio::test]
async fn a_device_that_is_refused_says_why() {
    let twitch = Twitch::start().await;
    let device = Mock::given(path("/oauth2/device"));
    device.respond_with(refusal(400, "invalid client")).mount(&twitch.server).await;
    let error = app(&twitch, None).ask_device(&scopes()).await.unwrap_err();
    assert_eq!(error, LoginError::Refused("invalid client".to_owned()));
    assert!(error.to_string().contains("check TWITCH_CLIENT_ID"), "{error}");
}

#[tokio::test]
async fn a_browsers_code_is_traded_with_the_secret() {
    let twitch = Twitch::start().await;
    Mock::given(path("/oauth2/token"))
        .and(body_string_contains("grant_type=authorization_code&code=c1"))
        .and(body_string_contains("redirect_uri=http%3A%2F%2Flocalhost%3A3000"))
        .and(body_string_contains(format!("client_secret={CLIENT_SECRET}")))
        .respond_with(ResponseTemplate::new(200).set_body_json(new_pair()))
        .expect(1)
        .mount(&twitch.server)
        .await;
    let app = app(&twitch, Some(CLIENT_SECRET));
    let request = app.ask_code("http://localhost:3000", &scopes()).unwrap();
    assert!(!request.url().as_str().contains(CLIENT_SECRET));
    let pair = app.trade(&request, "c1").await.unwrap();
    assert_eq!(pair.access.expose_secret(), "access-2");
    assert!(!format!("{app:?} {pair:?}").contains("access-2"));
}

#[tokio::test]
async fn a_token_is_revoked() {
    for (answer, expected) in [
        (ResponseTemplate::new(200), Ok(true)),
        (refusal(400, "Invalid token"), Ok(false)),
        (refusal(404, "client does not exist"), Err("client does not exist")),
        (refusal(503, "busy"), Err("it answered 503: busy")),
    ] {
        let twitch = Twitch::start().await;
        Mock::given(path("/oauth2/revoke"))
            .and(body_string_contains("client_id=client-1&token=access-1"))
            .respond_with(answer)
            .expect(1)
            .mount(&twitch.server)
            .await;
        let result = app(&twitch, None).revoke(&"access-1".into()).await;
        match (result, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
    }
}
