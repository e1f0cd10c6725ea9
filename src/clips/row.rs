//! A moment as a row of the database and as a line of the records, and back.

use cliphound_engine::{Cause, EventTime, Moment, Reason, Verdict, VerdictInput};
use cliphound_store::{Intent, MomentRow};
use cliphound_twitch::helix::CreatedClip;

use super::{links::clip_url, order::ClipOrder};
use crate::records::Record;

/// The cause in the words of a viewer, for titles.
#[must_use]
pub fn in_words(moment: &Moment) -> String {
    match &moment.cause {
        Cause::Emote(name) => name.clone(),
        Cause::Manual(login) => format!("clipped by {login}"),
        Cause::Signal(name) => name.clone(),
        Cause::Hype => moment.reasons.first().map_or("hype".to_owned(), |r| r.text.clone()),
    }
}

/// The moment of an order as the database keeps it.
#[must_use]
pub fn moment_row(order: &ClipOrder) -> MomentRow {
    let moment = &order.moment;
    MomentRow {
        key: order.key(),
        login: order.login.to_string(),
        start_ms: moment.start.0,
        end_ms: moment.end.0.max(moment.start.0),
        score: moment.score,
        threshold: moment.threshold,
        cause: moment.cause.to_string(),
        reasons: serde_json::to_string(&moment.reasons).unwrap_or_else(|_| "[]".to_owned()),
        learning: moment.learning,
        automatic: !order.is_manual(),
    }
}

/// A verdict on a moment of the database, for the engine of its channel; `None` withdraws it.
#[must_use]
pub fn verdict(row: &MomentRow, verdict: Option<Verdict>) -> VerdictInput {
    VerdictInput {
        trigger: EventTime(row.key.trigger_ms),
        verdict,
        cause: cause(&row.cause),
        score: row.score,
        threshold: row.threshold,
        reasons: serde_json::from_str(&row.reasons).unwrap_or_default(),
    }
}

/// The moment of an intent after a restart; what the database does not know any more is empty.
#[must_use]
pub fn moment(intent: &Intent, stored: Option<MomentRow>) -> Moment {
    let stored = stored.unwrap_or_else(|| MomentRow {
        key: intent.key.clone(),
        login: intent.login.clone(),
        start_ms: intent.start_ms,
        end_ms: intent.end_ms,
        score: 0.0,
        threshold: 0.0,
        cause: "hype".to_owned(),
        reasons: String::new(),
        learning: false,
        automatic: intent.automatic,
    });
    Moment {
        trigger: EventTime(stored.key.trigger_ms),
        start: EventTime(stored.start_ms),
        end: EventTime(stored.end_ms),
        score: stored.score,
        threshold: stored.threshold,
        cause: cause(&stored.cause),
        reasons: serde_json::from_str::<Vec<Reason>>(&stored.reasons).unwrap_or_default(),
        learning: stored.learning,
        title: None,
    }
}

/// The line of a moment; without a call, the trigger is its time.
#[must_use]
pub fn record(order: &ClipOrder, clip: Option<&CreatedClip>, called_ms: Option<i64>) -> Record {
    let moment = &order.moment;
    Record {
        time_ms: called_ms.unwrap_or(moment.trigger.0),
        channel: order.login.to_string(),
        clip_url: clip.map(|clip| clip_url(&clip.id)),
        edit_url: clip.map(|clip| clip.edit_url.clone()).filter(|url| !url.is_empty()),
        start_ms: moment.start.0,
        end_ms: moment.end.0,
        score: Some(moment.score),
        trigger: moment.cause.to_string(),
        title: order.title.clone(),
    }
}

fn cause(words: &str) -> Cause {
    match words.split_once(':') {
        Some(("emote", name)) => Cause::Emote(name.to_owned()),
        Some(("manual", login)) => Cause::Manual(login.to_owned()),
        Some(("signal", name)) => Cause::Signal(name.to_owned()),
        _ => Cause::Hype,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_read_back() {
        let named = [Cause::Emote, Cause::Manual, Cause::Signal].map(|of| of("a:b".to_owned()));
        for cause_ in named.into_iter().chain([Cause::Hype]) {
            assert_eq!(cause(&cause_.to_string()), cause_);
        }
    }
}
