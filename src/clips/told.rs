//! What the records tell of a clip that is still open in the database: a crash came between
//! the line of its end and the end itself. People may have read that line, so it holds.

use std::sync::Arc;

use super::{context::Context, links::clip_url, order::ClipOrder, row, state::State};
use crate::{crew::blocking, records::MomentState};

/// Why there is no clip, when only the line is left.
const REASON: &str = "moments.tsv says so; Cliphound ended before it could keep the reason";

/// The end of a clip that moments.tsv tells; `None`: it tells none, or none that could come
/// after what is `stored`. A no in review is none: it is told once it is stored, and a line of
/// before may be older than a yes.
pub async fn end<A>(context: &Context<A>, order: &ClipOrder, stored: &State) -> Option<State> {
    // Without the instant of a call: a line without a clip has none.
    let record = row::record(order, stored.clip(), None);
    let records = Arc::clone(&context.records);
    let fate = blocking("reading a record", move || records.moments.fate_of(&record)).await;
    let fate = fate.map_err(anyhow::Error::from).flatten();
    let fate = fate.unwrap_or_else(|error| {
        tracing::warn!(channel = %order.login, error = format!("{error:#}"), "a moment's line can't be looked for");
        None
    });
    of_fate(fate?, stored)
}

fn of_fate(fate: MomentState, stored: &State) -> Option<State> {
    let reason = REASON.to_owned();
    Some(match (fate, stored) {
        (MomentState::Confirmed, State::Created { clip, called_ms, .. }) => {
            let (clip, called_ms) = (clip.clone(), *called_ms);
            State::Confirmed { url: clip_url(&clip.id), clip, called_ms }
        }
        (MomentState::Unconfirmed, State::Created { clip, called_ms, .. }) => {
            State::Unconfirmed { clip: clip.clone(), called_ms: *called_ms, reason }
        }
        // Twitch made it: what else is told can't be of this intent.
        (_, State::Created { .. }) => return None,
        (MomentState::DryRun, _) => State::DryRun { reason },
        (MomentState::Refused, _) => State::Refused { reason },
        (MomentState::Missed, _) => State::Missed { reason },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use cliphound_twitch::helix::CreatedClip;

    use super::*;
    use crate::clips::looks::Looks;

    fn check(fate: MomentState, stored: &State, expected: Option<&str>) {
        let found = of_fate(fate, stored);
        assert_eq!(found.as_ref().map(State::word), expected, "{fate} {stored:?}");
    }

    #[test]
    fn what_was_told_holds_where_it_can() {
        let waiting = State::Waiting { at_ms: 0, tries: 0 };
        let clip = CreatedClip { id: "A".to_owned(), edit_url: String::new() };
        let created = State::Created { clip, called_ms: 7, looks: Looks::default() };
        check(MomentState::Refused, &waiting, Some("refused"));
        check(MomentState::Missed, &State::Vod { at_ms: 0 }, Some("missed"));
        check(MomentState::DryRun, &waiting, Some("dry_run"));
        check(MomentState::Confirmed, &created, Some("confirmed"));
        check(MomentState::Unconfirmed, &created, Some("unconfirmed"));
        check(MomentState::Rejected, &State::InReview, None);
        check(MomentState::Confirmed, &waiting, None);
        check(MomentState::Missed, &created, None);
        check(MomentState::Overlaps, &waiting, None);
    }
}
