//! Where a moment lies in a VOD. Times are Unix milliseconds on Twitch's clock. Pure.

use cliphound_engine::{Cause, Moment};
use cliphound_twitch::helix::Vod;

use super::life::WAIT_MS;
use crate::config::clips::AFTER_COMMAND_S;

/// A live clip ends so long after the call; one from the VOD shows the same.
pub const AFTER_CALL_MS: i64 = 5_000;
/// What a clip from the VOD shows before the moment at least, where it can be placed so.
const LEAD_MS: i64 = 2_000;
/// Shortest clip, in seconds (Twitch's limit).
const SHORTEST_S: i64 = 5;
/// The VOD of a stream that is live is at most so far behind it; what is further behind
/// belongs to an earlier stream.
const BEHIND_MS: i64 = 900_000;

/// A clip in a VOD.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The VOD.
    pub vod_id: String,
    /// Where the clip ends in it, in seconds.
    pub end_s: u64,
    /// Length in seconds, 5 to 60.
    pub duration_s: f32,
}

/// What the VODs of a channel say about a moment.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It is here.
    Here(Place),
    /// Its VOD does not reach it yet.
    TooShort,
    /// There is no VOD of that time yet.
    NotYet,
    /// A later stream has one, that one has none: it was deleted, or never kept.
    Gone,
}

/// A clip from the VOD has to show so much more of a moment than a live one, to be worth its
/// risks: it comes later, and a VOD can be deleted.
const WORTH_MS: i64 = 5_000;

/// Where the clip of a moment ends: where the live one would have ended, and not before what
/// chat reacted to is over. A short clip ends sooner, so that it does not begin after the
/// moment did: that a live one can't.
#[must_use]
pub fn end_ms(moment: &Moment, is_manual: bool, duration_s: f32) -> i64 {
    if is_manual {
        return moment.trigger.0.max(moment.end.0) + i64::from(AFTER_COMMAND_S) * 1000;
    }
    let as_live = (moment.trigger.0 + WAIT_MS).max(moment.end.0) + AFTER_CALL_MS;
    let from_start = moment.start.0 - LEAD_MS + (duration_s * 1000.0) as i64;
    as_live.min(from_start.max(moment.end.0))
}

/// Why the VOD shows a moment better than a live clip does that is called for in time;
/// `None` where the live one does well enough. A live clip ends 12 s after the trigger,
/// whatever its length: what lies further back than that length is not on it. Who asks for a
/// clip, and a signal that forces one, names no beginning that could be missed.
#[must_use]
pub fn better(moment: &Moment, duration_s: f32) -> Option<String> {
    if !matches!(moment.cause, Cause::Hype | Cause::Emote(_)) {
        return None;
    }
    let length_ms = (duration_s * 1000.0) as i64;
    let (start, end) = (moment.start.0, moment.end.0.max(moment.start.0));
    let not_shown = |ends_ms: i64| {
        let begins_ms = ends_ms - length_ms;
        let before = (begins_ms.min(end) - start).max(0);
        before + (end - ends_ms.max(start)).max(0)
    };
    let live = not_shown(moment.trigger.0 + WAIT_MS + AFTER_CALL_MS);
    let recorded = not_shown(end_ms(moment, false, duration_s));
    (live - recorded > WORTH_MS).then(|| {
        let all = (end - start) / 1000;
        format!("a live clip would not show {} of the moment's {all} s", live / 1000)
    })
}

/// How much later than due a live clip may be called and still show the moment's beginning,
/// milliseconds; negative when none does.
#[must_use]
pub fn shows_when_late_by(moment: &Moment, duration_s: f32) -> i64 {
    let due_ms = moment.trigger.0 + WAIT_MS;
    moment.start.0 + (duration_s * 1000.0) as i64 - AFTER_CALL_MS - due_ms
}

/// Looks for a clip of `duration_s` that ends at `end_ms`. `is_over`: the VODs do not grow
/// any more, so that what they have must do.
#[must_use]
pub fn find(vods: &[Vod], end_ms: i64, duration_s: f32, is_over: bool) -> Found {
    let before = vods.iter().filter(|vod| vod.started_ms <= end_ms);
    let Some(vod) = before.max_by_key(|vod| vod.started_ms) else {
        return if vods.is_empty() { Found::NotYet } else { Found::Gone };
    };
    let is_newest = vods.iter().all(|other| other.started_ms <= vod.started_ms);
    let has_ms = vod.started_ms + vod.length_s * 1000;
    if has_ms + BEHIND_MS < end_ms {
        return if is_newest { Found::NotYet } else { Found::Gone };
    }
    let wanted_s = (end_ms - vod.started_ms + 999).div_euclid(1000);
    if vod.length_s < wanted_s && is_newest && !is_over {
        return Found::TooShort;
    }
    // A moment at the very end of a stream: the VOD ends before the clip would.
    let end_s = wanted_s.min(vod.length_s).max(SHORTEST_S);
    if vod.length_s < SHORTEST_S || (end_ms - has_ms) as f32 > duration_s * 500.0 {
        return if is_newest && !is_over { Found::TooShort } else { Found::Gone };
    }
    let Ok(end) = u64::try_from(end_s) else { return Found::Gone };
    let place =
        Place { vod_id: vod.id.clone(), end_s: end, duration_s: duration_s.min(end_s as f32) };
    Found::Here(place)
}

#[cfg(test)]
mod tests {
    use cliphound_engine::{Cause, EventTime};
    use proptest::prelude::*;

    use super::*;

    fn vod(id: &str, start_s: i64, length_s: i64) -> Vod {
        Vod { id: id.to_owned(), started_ms: start_s * 1000, length_s }
    }

    fn here(id: &str, end_s: u64, duration_s: f32) -> Found {
        Found::Here(Place { vod_id: id.to_owned(), end_s, duration_s })
    }

    #[test]
    fn the_vod_of_that_time_is_taken() {
        let check = |vods: &[Vod], end_s: i64, is_over: bool, expected: Found| {
            assert_eq!(find(vods, end_s * 1000, 60.0, is_over), expected, "{vods:?} {end_s}");
        };
        let two = [vod("new", 10_000, 3_000), vod("old", 1_000, 2_000)];
        check(&two, 11_000, false, here("new", 1_000, 60.0));
        check(&two, 2_500, false, here("old", 1_500, 60.0));
        check(&two, 500, false, Found::Gone);
        check(&[], 500, false, Found::NotYet);
        // Its part is not there yet; or the stream ended before the clip would.
        check(&two, 13_010, false, Found::TooShort);
        check(&two, 13_010, true, here("new", 3_000, 60.0));
        check(&two, 13_100, true, Found::Gone);
        // The end of an earlier stream, and a moment after it.
        check(&two, 3_010, false, here("old", 2_000, 60.0));
        check(&two, 9_000, false, Found::Gone);
        check(&[vod("old", 1_000, 2_000)], 9_000, false, Found::NotYet);
        // Right after the start there is not enough for a whole clip.
        check(&two, 10_030, false, here("new", 30, 30.0));
        check(&two, 10_001, false, here("new", 5, 5.0));
    }

    fn moment() -> Moment {
        Moment {
            trigger: EventTime(100_000),
            start: EventTime(77_000),
            end: EventTime(100_000),
            score: 0.9,
            threshold: 0.6,
            cause: Cause::Hype,
            reasons: Vec::new(),
            learning: false,
            title: None,
        }
    }

    #[test]
    fn it_ends_where_the_live_clip_would_have() {
        let mut moment = moment();
        let ends = |moment: &Moment, is_manual| end_ms(moment, is_manual, 60.0);
        assert_eq!((ends(&moment, false), ends(&moment, true)), (112_000, 107_000));
        moment.end = EventTime(120_000);
        assert_eq!(ends(&moment, false), 125_000);
    }

    #[test]
    fn a_short_clip_shows_the_beginning() {
        let mut moment = moment();
        (moment.start, moment.end) = (EventTime(77_000), EventTime(91_000));
        assert_eq!(end_ms(&moment, false, 30.0), 105_000);
        assert_eq!(end_ms(&moment, false, 10.0), 91_000, "its end comes first");
        let late = |seconds| shows_when_late_by(&moment, seconds);
        assert_eq!((late(60.0), late(40.0), late(30.0)), (25_000, 5_000, -5_000));
    }

    #[test]
    fn the_vod_is_better_only_for_what_a_live_clip_does_not_reach() {
        let check = |(start_s, end_s): (i64, i64), duration_s: f32, expected: Option<&str>| {
            let moment = Moment {
                start: EventTime(100_000 + start_s * 1000),
                end: EventTime(100_000 + end_s * 1000),
                ..moment()
            };
            let why = expected.map(|part| format!("a live clip would not show {part}"));
            assert_eq!(better(&moment, duration_s), why, "{start_s} {end_s} {duration_s}");
        };
        // The usual moment, and one that nearly fits.
        check((-23, 0), 60.0, None);
        check((-23, 0), 30.0, None);
        // It is over before a short live clip begins.
        check((-23, -9), 10.0, Some("14 of the moment's 14 s"));
        // Its beginning lies too far back.
        check((-60, -10), 60.0, Some("12 of the moment's 50 s"));
        check((-54, -10), 60.0, Some("6 of the moment's 44 s"));
        check((-53, -10), 60.0, None);
        // It goes on for long.
        check((-5, 30), 60.0, Some("18 of the moment's 35 s"));
        // Longer than any clip: the VOD shows no more of it.
        check((-60, 12), 60.0, None);
        for cause in [Cause::Manual("mod".to_owned()), Cause::Signal("train".to_owned())] {
            let start = EventTime(0);
            assert_eq!(better(&Moment { cause, start, ..moment() }, 10.0), None);
        }
    }

    proptest! {
        #[test]
        fn twitch_could_take_any_place(
            vods in prop::collection::vec((0..50_000_i64, 0..20_000_i64), 0..5),
            end_ms in 0..60_000_000_i64, duration_s in 5.0..60.0_f32, is_over in any::<bool>(),
        ) {
            let vods: Vec<Vod> = vods.iter().map(|(start, length)| vod("a", *start, *length)).collect();
            if let Found::Here(place) = find(&vods, end_ms, duration_s, is_over) {
                prop_assert!((5.0..=duration_s).contains(&place.duration_s));
                prop_assert!(place.duration_s <= place.end_s as f32);
                prop_assert!(vods.iter().any(|vod| vod.length_s >= i64::try_from(place.end_s).unwrap()));
            }
        }
    }
}
