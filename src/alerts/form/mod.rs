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
