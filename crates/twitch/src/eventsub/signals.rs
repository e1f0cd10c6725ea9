//! EventSub's events beside chat as signals. Pure.

use serde_json::Value;

use super::{
    json::{flag, login, number, some_text, text, time_ms},
    kind::Kind,
};
use crate::chat::signal::{Signal, Stage};

/// What an event of this type tells; `None` for chat's own types.
pub(super) fn read(kind: Kind, event: &Value) -> Option<Signal> {
    Some(match kind {
        Kind::StreamOnline => Signal::Online,
        Kind::StreamOffline => Signal::Offline,
        Kind::ChannelUpdate => Signal::Updated {
            title: text(event, "title").to_owned(),
            category: text(event, "category_name").to_owned(),
        },
        Kind::Raid => Signal::Raid {
            login: login(event, "from_broadcaster_user_login"),
            viewers: number(event, "viewers").unwrap_or(0),
        },
        Kind::HypeTrainBegin => train(Stage::Begin, event),
        Kind::HypeTrainProgress => train(Stage::Progress, event),
        Kind::HypeTrainEnd => train(Stage::End, event),
        Kind::Cheer => Signal::Cheer { login: user(event), bits: amount(event, "bits") },
        Kind::BitsUse => Signal::BitsUsed {
            login: user(event),
            bits: amount(event, "bits"),
            what_for: text(event, "type").to_owned(),
        },
        Kind::Subscribe => Signal::Subscribed {
            login: login(event, "user_login"),
            is_gift: flag(event, "is_gift"),
        },
        Kind::SubscriptionGift => {
            Signal::Gifted { login: user(event), count: number(event, "total").unwrap_or(1) }
        }
        Kind::RedemptionAdd => redemption(event),
        Kind::PollBegin => poll(Stage::Begin, event),
        Kind::PollEnd => poll(Stage::End, event),
        Kind::PredictionBegin => prediction(Stage::Begin, event),
        Kind::PredictionEnd => prediction(Stage::End, event),
        Kind::AdBreakBegin => Signal::AdBreak {
            seconds: amount(event, "duration_seconds"),
            automatic: flag(event, "is_automatic"),
        },
        Kind::ChatMessage
        | Kind::ChatNotification
        | Kind::MessageDelete
        | Kind::ClearUserMessages
        | Kind::ChatClear => return None,
    })
}

fn train(stage: Stage, event: &Value) -> Signal {
    Signal::HypeTrain { stage, level: amount(event, "level"), total: amount(event, "total") }
}

fn redemption(event: &Value) -> Signal {
    let reward = event.get("reward").unwrap_or(&Value::Null);
    Signal::Redemption {
        login: login(event, "user_login"),
        reward_id: text(reward, "id").to_owned(),
        reward: text(reward, "title").to_owned(),
        cost: amount(reward, "cost"),
        input: text(event, "user_input").to_owned(),
    }
}

fn poll(stage: Stage, event: &Value) -> Signal {
    let until = if stage == Stage::End { "ended_at" } else { "ends_at" };
    Signal::Poll { stage, title: text(event, "title").to_owned(), seconds: lasting(event, until) }
}

fn prediction(stage: Stage, event: &Value) -> Signal {
    let until = if stage == Stage::End { "ended_at" } else { "locks_at" };
    let title = text(event, "title").to_owned();
    Signal::Prediction { stage, title, seconds: lasting(event, until) }
}

/// Whole seconds from the start to an end, rounded up.
fn lasting(event: &Value, until: &str) -> Option<u32> {
    let ms = time_ms(event, until)?.checked_sub(time_ms(event, "started_at")?)?;
    u32::try_from(ms.max(0).checked_add(999)? / 1000).ok()
}

/// Who did it; `None` when that is not told.
fn user(event: &Value) -> Option<String> {
    some_text(event, "user_login")
        .filter(|_| !flag(event, "is_anonymous"))
        .map(|login| login.to_ascii_lowercase())
}

fn amount(event: &Value, key: &str) -> u32 {
    number(event, key).unwrap_or(0)
}
