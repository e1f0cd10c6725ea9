//! Clips in figures: by day, channel, trigger, reason and outcome, by the hour of the week, and how
//! often editors agreed. Pure.

mod hours;
mod steps;
mod sums;

use cliphound_store::{Intent, Outcome, Verdict};
use serde::Deserialize;

use crate::clips::stands::Stands;

pub use hours::{Hours, WEEKDAYS};
pub use steps::Step;
pub use sums::{Count, Sums};

/// A moment, as far as figures need it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The channel's login.
    pub login: String,
    /// The instant of the decision, ms since 1970.
    pub trigger_ms: i64,
    /// `hype`, `emote:NAME`, `manual:LOGIN`, `signal:NAME`.
    pub cause: String,
    /// The name of its strongest reason beyond the number of people, such as `laughter`, or
    /// [`PEOPLE_ONLY`]; `None` where it has no reason at all.
    pub reason: Option<String>,
    /// What became of it.
    pub fate: Fate,
    /// What editors said.
    pub judged: Option<Verdict>,
}

/// What became of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// There is a clip: Twitch made it, and has shown it or may still.
    Clipped,
    /// Twitch refused, it came too late, or its clip never appeared.
    Lost,
    /// Somebody has to say yes first, or it is still being made.
    Open,
    /// Somebody said no.
    Rejected,
    /// Nobody asked Twitch: no account, or a dry run.
    NotAsked,
}

impl Item {
    /// From what the database knows.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let fate = fate(outcome.intent.as_ref());
        Self {
            login: outcome.moment.login.clone(),
            trigger_ms: outcome.moment.key.trigger_ms,
            cause: outcome.moment.cause.clone(),
            reason: strongest(&outcome.moment.reasons),
            fate,
            judged: outcome.verdict.or((fate == Fate::Rejected).then_some(Verdict::Rejected)),
        }
    }
}

/// Stands for the reason of a moment of which only the number of people tells.
pub const PEOPLE_ONLY: &str = "people only";
/// Reasons that tell no kind of moment: how many people there were is always told, the others say
/// what speaks against it and what editors have taught.
const OF_EACH: [&str; 3] = ["chatters", "forest", "taught"];

/// The name of the first of the reasons, which are the strongest first, that not each moment has.
fn strongest(reasons: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let reasons: Vec<Named> = serde_json::from_str(reasons).ok()?;
    let has_any = !reasons.is_empty();
    let own = reasons.into_iter().find(|reason| !OF_EACH.contains(&reason.name.as_str()));
    own.map(|reason| reason.name).or_else(|| has_any.then(|| PEOPLE_ONLY.to_owned()))
}

fn fate(intent: Option<&Intent>) -> Fate {
    let stands = Stands::of_intent(intent);
    match stands {
        _ if stands.has_clip() => Fate::Clipped,
        Stands::Unpromised | Stands::Noted | Stands::Covered => Fate::NotAsked,
        Stands::Unconfirmed | Stands::Refused | Stands::Missed => Fate::Lost,
        Stands::Declined | Stands::Rejected => Fate::Rejected,
        _ => Fate::Open,
    }
}

#[cfg(test)]
mod tests {
    use cliphound_store::IntentState;

    use super::*;
    use crate::clips::sample::intent;

    #[test]
    fn what_a_dry_run_ended_is_not_lost() {
        let check = |state, dry, expected| {
            let own = Intent { dry, ..intent("7", 100_000, state) };
            assert_eq!(fate(Some(&own)), expected, "{own:?}");
        };
        check(IntentState::Refused, true, Fate::NotAsked);
        check(IntentState::Refused, false, Fate::Lost);
        check(IntentState::Missed, false, Fate::Lost);
        check(IntentState::Created, false, Fate::Clipped);
        check(IntentState::Vod, false, Fate::Open);
        check(IntentState::Unconfirmed, false, Fate::Lost);
    }

    #[test]
    fn the_strongest_reason_is_the_first_that_not_each_moment_has() {
        let check = |json: &str, expected: Option<&str>| {
            assert_eq!(strongest(json).as_deref(), expected, "{json}");
        };
        let reason = |name: &str| {
            format!(r#"{{"name":"{name}","value":9.0,"usual":1.0,"text":"much of it"}}"#)
        };
        let reasons = |names: &[&str]| {
            format!("[{}]", names.iter().map(|name| reason(name)).collect::<Vec<_>>().join(","))
        };
        check(&reasons(&["chatters", "laughter", "emote"]), Some("laughter"));
        check(&reasons(&["laughter", "chatters"]), Some("laughter"));
        check(&reasons(&["chatters", "forest", "sound", "taught"]), Some("sound"));
        check(&reasons(&["chatters", "forest"]), Some(PEOPLE_ONLY));
        check(&reasons(&["chatters"]), Some(PEOPLE_ONLY));
        check("[]", None);
        check("no JSON", None);
    }
}
