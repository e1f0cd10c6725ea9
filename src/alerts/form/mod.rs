//! What each kind of receiver gets: a request as data. Pure; `mail` is made by its library.

pub mod discord;
pub mod ntfy;
pub mod slack;
pub mod sms;
pub mod webhook;

use crate::{
    alerts::News,
    config::{Alert, alerts::Receiver},
};

/// A POST that tells something.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Where to; it may be a secret.
    pub url: String,
    /// Headers besides those of every request; they may be secrets.
    pub headers: Vec<(&'static str, String)>,
    /// What is sent.
    pub body: Vec<u8>,
    /// Its kind.
    pub content_type: &'static str,
    /// User name and password.
    pub login: Option<(String, String)>,
}

const JSON: &str = "application/json";

impl Request {
    fn json(url: String, body: &serde_json::Value) -> Self {
        let (headers, body) = (Vec::new(), body.to_string().into_bytes());
        Self { url, headers, body, content_type: JSON, login: None }
    }
}

/// The request for this alert; `None` for e-mail. `now_s`: Unix seconds, for signatures.
///
/// # Errors
/// When the settings can't be used after all; says what to do.
pub fn request(alert: &Alert, news: &News, now_s: i64) -> Result<Option<Request>, &'static str> {
    let template = alert.template.as_ref();
    Ok(Some(match &alert.to {
        Receiver::Discord { url } => discord::request(url.expose(), template, news),
        Receiver::Slack { url } => slack::request(url.expose(), template, news),
        Receiver::Ntfy { url, token, priority } => {
            let token = token.as_ref().map(|token| token.expose());
            ntfy::request(url.expose(), token, *priority, template, news)
        }
        Receiver::Webhook { url, secret } => {
            let key = secret.as_ref().map(|secret| secret.signing_key()).transpose()?;
            webhook::request(url.expose(), key.as_deref(), alert, news, now_s)
        }
        Receiver::Sms { api, account, token, from, to } => {
            let sender = sms::Sender { account, token: token.expose(), from };
            sms::request(api, &sender, to, template, news)
        }
        Receiver::Email { .. } => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        alerts::story::webhook,
        config::alerts::Hidden,
        trouble::{Kind, Trouble},
    };

    #[test]
    fn each_kind_of_receiver_is_told_of_trouble() {
        let url = || Hidden::from("https://example.org/hush-hush");
        let sms = Receiver::Sms {
            api: "https://api.twilio.com".parse().unwrap(),
            account: "AC1".to_owned(),
            token: Hidden::from("hush"),
            from: "+1".to_owned(),
            to: "+49".to_owned(),
        };
        // The topic of ntfy is in what is sent.
        let mine = Hidden::from("https://example.org/mine");
        let ntfy = Receiver::Ntfy { url: mine, token: None, priority: None };
        let why = "Twitch no longer accepts the token: run `cliphound login`".to_owned();
        let bad = News::of_trouble(&Trouble { kind: Kind::LogInEnded, why }, 5);
        let over = News::of_trouble_over(Kind::LogInEnded, 5);
        let check = |to: Receiver, signs: [&str; 2]| {
            let alert = Alert { to, ..webhook("a", "") };
            for (news, words, sign) in [
                (&bad, ["Twitch has ended", "cliphound login"], signs[0]),
                (&over, ["at Twitch again", "had begun on"], signs[1]),
            ] {
                let body = request(&alert, news, 1).unwrap().unwrap().body;
                let text = String::from_utf8(body).unwrap().replace('+', " ");
                for word in words.iter().chain([&sign]) {
                    assert!(text.contains(word), "{word} in {text}");
                }
                assert!(!text.contains("hush"), "{text}");
            }
        };
        check(Receiver::Discord { url: url() }, ["\"color\":12597547", "\"color\":3055195"]);
        check(Receiver::Slack { url: url() }, ["plain_text", "plain_text"]);
        check(ntfy, ["rotating_light", "white_check_mark"]);
        let webhook = Receiver::Webhook { url: url(), secret: None };
        check(webhook, ["\"is_over\":false", "\"is_over\":true"]);
        check(sms, ["To=", "To="]);
    }
}
