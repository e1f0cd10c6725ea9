//! Receivers of every kind that is reached over HTTP stumble alike, and hear the same.

use super::{Works, receiver::Listening, webhook};
use crate::config::{
    Alert,
    alerts::{Hidden, Receiver},
};

/// What stands in the alert of the clip with that number, in whatever form.
fn number(body: &[u8]) -> String {
    // A form writes a blank as a plus.
    let text = String::from_utf8_lossy(body).replace('+', " ");
    let (_, behind) = text.split_once("number ").expect("an alert tells its clip's title");
    behind.chars().take_while(char::is_ascii_digit).collect()
}

/// An alert of each kind, to a server of its own.
fn alerts(server: impl Fn(usize) -> String) -> Vec<Alert> {
    let hidden = |nth| Hidden::from(server(nth).as_str());
    let sms = Receiver::Sms {
        api: server(3).parse().unwrap(),
        account: "AC1".to_owned(),
        token: Hidden::from("hush"),
        from: "+15550100".to_owned(),
        to: "+15550101".to_owned(),
    };
    let ntfy = Hidden::from(format!("{}/mine", server(2)).as_str());
    let kinds = [
        ("discord", Receiver::Discord { url: hidden(0) }),
        ("slack", Receiver::Slack { url: hidden(1) }),
        ("ntfy", Receiver::Ntfy { url: ntfy, token: None, priority: None }),
        ("sms", sms),
        ("webhook", Receiver::Webhook { url: hidden(4), secret: None }),
    ];
    kinds.into_iter().map(|(name, to)| Alert { to, ..webhook(name, "") }).collect()
}

#[tokio::test]
async fn every_kind_hears_each_once_and_in_order_though_it_stumbles() {
    let dir = tempfile::tempdir().unwrap();
    let mut servers = Vec::new();
    for _ in 0..5 {
        let server = Listening::start().await;
        server.answers(&[(500, "", ""), (429, "1", "slow"), (200, "", "ok"), (503, "", "")]);
        servers.push(server);
    }
    let alerts = alerts(|nth| servers[nth].url.clone());
    let names: Vec<String> = alerts.iter().map(|alert| alert.name.clone()).collect();
    let works = Works::start(&dir.path().join("c.db"), alerts).await;
    for number in [1, 2, 3, 2] {
        works.tell(number);
    }
    for (name, server) in names.iter().zip(&servers) {
        let sum = works.until(name, |sum| sum.sent == 3 || sum.failed > 0).await;
        assert_eq!((sum.sent, sum.failed_error), (3, None), "{name}");
        let heard: Vec<String> = server.heard().iter().map(|heard| number(&heard.body)).collect();
        assert_eq!(heard, ["1", "1", "1", "2", "2", "3"], "{name}");
    }
    works.end().await;
}
