//! Alerts from the outbox to receivers that misbehave.

use crate::config::{
    Alert, AlertEvent, Origin,
    alerts::{Hidden, Receiver},
};

/// An alert that goes to a webhook.
pub fn webhook(name: &str, url: &str) -> Alert {
    Alert {
        name: name.to_owned(),
        to: Receiver::Webhook { url: Hidden::from(url), secret: None },
        events: vec![AlertEvent::Clip],
        channels: Vec::new(),
        min_score: 0.0,
        template: None,
        quiet: None,
        allow_private: true,
        ca_file: None,
        origin: Origin::Default,
    }
}
