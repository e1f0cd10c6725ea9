//! EventSub's subscriptions: made, listed, ended, refused; with the token of every call.

use std::collections::BTreeSet;

use cliphound_twitch::{
    ChannelLogin,
    eventsub::{Kind, SubscribeError, Subscribed, Subscriptions, Want},
    helix::EventSubApi,
};
use serde_json::json;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{body_json, header, method, path, query_param, query_param_is_missing},
};

use super::support::{CLIENT_ID, NOW_MS, Twitch, bearer, refusal};

const SUBSCRIPTIONS: &str = "/elsewhere/subscriptions";

fn api(twitch: &Twitch) -> EventSubApi {
    EventSubApi::new(twitch.helix(), twitch.url(SUBSCRIPTIONS), "7".to_owned())
}

fn want(kind: Kind) -> Want {
    let channel = ChannelLogin::parse("bea").unwrap();
    Want { kind, channel, broadcaster_id: "1".to_owned() }
}

fn made(cost: u32) -> ResponseTemplate {
    let data = json!([{"id": "sub-1", "status": "enabled", "cost": cost, "new_key": []}]);
    ResponseTemplate::new(202).set_body_json(json!({"data": data, "total": 1}))
}

fn subscribed(cost: u32) -> Result<Subscribed, SubscribeError> {
    Ok(Subscribed { id: "sub-1".to_owned(), cost })
}

#[tokio::test]
async fn a_subscription_says_what_twitch_wants_to_know() {
    let twitch = Twitch::with_user().await;
    let body = json!({
        "type": "channel.chat.message",
        "version": "1",
        "condition": {"broadcaster_user_id": "1", "user_id": "7"},
        "transport": {"method": "websocket", "session_id": "s1"},
    });
    bearer("access-1", SUBSCRIPTIONS)
        .and(method("POST"))
        .and(header("Client-Id", CLIENT_ID))
        .and(header("Content-Type", "application/json"))
        .and(body_json(body))
        .respond_with(made(0))
        .expect(1)
        .mount(&twitch.server)
        .await;
    assert_eq!(api(&twitch).subscribe("s1", &want(Kind::ChatMessage)).await, subscribed(0));
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let twitch = Twitch::with_user().await;
    twitch.refreshes(1).await;
    let expired = refusal(401, "Invalid OAuth token");
    bearer("access-1", SUBSCRIPTIONS).respond_with(expired).mount(&twitch.server).await;
    bearer("access-2", SUBSCRIPTIONS).respond_with(made(1)).mount(&twitch.server).await;
    assert_eq!(api(&twitch).subscribe("s1", &want(Kind::StreamOnline)).await, subscribed(1));
    assert_eq!(twitch.count(SUBSCRIPTIONS).await, 2);
}

#[tokio::test]
async fn too_many_calls_wait_for_the_reset() {
    let twitch = Twitch::with_user().await.in_real_time();
    let reset_s = NOW_MS / 1000 + 30;
    let busy = refusal(429, "Too Many Requests")
        .insert_header("Ratelimit-Remaining", "0")
        .insert_header("Ratelimit-Reset", reset_s.to_string().as_str());
    Mock::given(path(SUBSCRIPTIONS)).respond_with(busy).expect(1).mount(&twitch.server).await;
    let api = api(&twitch);
    let Err(SubscribeError::Later { at_ms: Some(at_ms), .. }) =
        api.subscribe("s1", &want(Kind::StreamOnline)).await
    else {
        panic!("not to be repeated later")
    };
    assert_eq!(at_ms, reset_s * 1000);
}

#[tokio::test]
async fn what_is_dead_and_costs_is_ended_over_all_pages() {
    let twitch = Twitch::with_user().await;
    let page = |id: &str, status: &str, cost: u32, cursor: &str| {
        let data = json!([{"id": id, "status": status, "cost": cost}]);
        let body = json!({"data": data, "pagination": {"cursor": cursor}});
        ResponseTemplate::new(200).set_body_json(body)
    };
    let list = || Mock::given(path(SUBSCRIPTIONS)).and(method("GET"));
    list()
        .and(query_param_is_missing("after"))
        .respond_with(page("alive", "enabled", 1, "p2"))
        .mount(&twitch.server)
        .await;
    list()
        .and(query_param("after", "p2"))
        .respond_with(page("dead", "websocket_disconnected", 1, ""))
        .mount(&twitch.server)
        .await;
    Mock::given(path(SUBSCRIPTIONS))
        .and(method("DELETE"))
        .and(query_param("id", "dead"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&twitch.server)
        .await;
    api(&twitch).forget_dead().await;
    assert_eq!(twitch.count(SUBSCRIPTIONS).await, 3);
    assert_eq!(api(&twitch).alive().await, Some(BTreeSet::from(["alive".to_owned()])));
}

#[tokio::test]
async fn a_success_that_names_no_subscription_is_none() {
    let check = async |status: u16, body: &str| {
        let twitch = Twitch::with_user().await;
        let answer = ResponseTemplate::new(status).set_body_string(body);
        Mock::given(path(SUBSCRIPTIONS)).respond_with(answer).mount(&twitch.server).await;
        let made = api(&twitch).subscribe("s1", &want(Kind::ChatMessage)).await;
        assert!(matches!(made, Err(SubscribeError::Later { at_ms: None, .. })), "{made:?}");
        let none = body.contains("[]").then(BTreeSet::new);
        assert_eq!(api(&twitch).alive().await, none, "{body}: no list is not an empty one");
    };
    check(200, "<!DOCTYPE html><h1>We'll be right back</h1>").await;
    check(202, "").await;
    check(202, "{\"data\": [{\"id\": \"sub").await;
    check(202, "{\"data\": []}").await;
}

#[tokio::test]
async fn one_that_is_there_already_is_found_with_its_id() {
    let listed = |id: &str, status: &str, broadcaster: &str, session: &str| {
        // Twitch names conditions that nobody made, too.
        let condition =
            json!({"broadcaster_user_id": broadcaster, "user_id": "7", "moderator_user_id": ""});
        json!({
            "id": id, "status": status, "cost": 0, "type": "channel.chat.message",
            "condition": condition, "transport": {"method": "websocket", "session_id": session},
        })
    };
    let check = async |data: serde_json::Value, expected: Result<&str, SubscribeError>| {
        let twitch = Twitch::with_user().await;
        let of = |verb| Mock::given(path(SUBSCRIPTIONS)).and(method(verb));
        let exists = refusal(409, "subscription already exists");
        of("POST").respond_with(exists).expect(1).mount(&twitch.server).await;
        of("GET")
            .and(query_param("type", "channel.chat.message"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": data})))
            .expect(1)
            .mount(&twitch.server)
            .await;
        let found = api(&twitch).subscribe("s1", &want(Kind::ChatMessage)).await;
        assert_eq!(found, expected.map(|id| Subscribed { id: id.to_owned(), cost: 0 }));
    };
    let others = json!([
        listed("another channel's", "enabled", "2", "s1"),
        listed("dead", "websocket_disconnected", "1", "s1"),
    ]);
    check(others, Err(SubscribeError::Exists)).await;
    let both = json!([
        listed("ours", "enabled", "1", "s1"),
        listed("another session's", "enabled", "1", "s0"),
    ]);
    check(both, Ok("ours")).await;
    check(json!([listed("moved", "enabled", "1", "s0")]), Ok("moved")).await;
}

#[tokio::test]
async fn it_is_told_whether_one_is_ended() {
    for (status, is_over) in [(204, true), (404, true), (429, false), (503, false)] {
        let twitch = Twitch::with_user().await;
        let answer = if status == 204 { ResponseTemplate::new(204) } else { refusal(status, "no") };
        let delete = Mock::given(path(SUBSCRIPTIONS)).and(method("DELETE"));
        delete.respond_with(answer).mount(&twitch.server).await;
        assert_eq!(api(&twitch).forget("sub-1").await, is_over, "{status}");
    }
}

#[tokio::test]
async fn of_a_list_without_an_end_nothing_is_known() {
    let twitch = Twitch::with_user().await;
    let data = json!([{"id": "a", "status": "enabled", "cost": 0}]);
    let body = json!({"data": data, "pagination": {"cursor": "on"}});
    let list = Mock::given(path(SUBSCRIPTIONS)).and(query_param("status", "enabled"));
    list.respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&twitch.server).await;
    assert_eq!(api(&twitch).alive().await, None);
}
