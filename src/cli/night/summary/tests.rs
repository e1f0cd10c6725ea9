//! Nights, and what is told of them.

use cliphound_store::IntentState;

use super::*;
use crate::clips::sample;

const HOUR: i64 = 3_600_000;

fn at(text: &str) -> Zoned {
    text.parse().unwrap()
}

/// The evening of the tests: 20 November 2026, 18:00 in UTC+1.
fn evening_ms() -> i64 {
    at("2026-11-20T18:00:00+01:00[+01:00]").timestamp().as_millisecond()
}

fn row(login: &str, kind: &str, from_ms: i64, to_ms: i64, word: &str) -> StretchRow {
    StretchRow {
        broadcaster_id: format!("id of {login}"),
        login: login.to_owned(),
        kind: kind.to_owned(),
        start_ms: evening_ms() + from_ms,
        end_ms: evening_ms() + to_ms,
        word: word.to_owned(),
    }
}

fn intent(after_ms: i64, state: IntentState, reason: Option<&str>) -> Intent {
    Intent {
        title: "\u{1b}[2J\u{202e}evil".to_owned(),
        reason: reason.map(str::to_owned),
        ..sample::intent("id of ninja", evening_ms() + after_ms, state)
    }
}

fn moment(intent: &Intent) -> Found {
    let (key, login) = (intent.key.clone(), intent.login.clone());
    Found { key, login, automatic: intent.automatic }
}

/// Eight hours of ninja with two gaps, three moments, and a channel that was off line.
pub fn facts() -> Facts {
    let minute = 60_000;
    let late = Intent {
        clip_id: Some("A".to_owned()),
        called_ms: Some(evening_ms() + HOUR + 7_000 + 12_000),
        ..intent(HOUR, IntentState::Confirmed, None)
    };
    let missed = intent(2 * HOUR, IntentState::Missed, Some("\u{7}too late"));
    let refused = intent(3 * HOUR, IntentState::Refused, Some("the channel does not allow clips"));
    let intents = vec![refused, missed, late];
    let watched = WatchLog {
        runs: vec![Run {
            start_ms: evening_ms() - HOUR,
            end_ms: evening_ms() + 15 * HOUR - 30_000,
            is_clean: false,
        }],
        stretches: vec![
            row("mossy", "live", -HOUR, 14 * HOUR, "offline"),
            row("ninja", "gap", 2 * HOUR, 2 * HOUR + minute, "connection"),
            row("ninja", "gap", 2 * HOUR + minute, 2 * HOUR + 90_000, "connection"),
            row("ninja", "gap", 5 * HOUR, 5 * HOUR + 10_000, "reconnect"),
            row("ninja", "gap", 8 * HOUR, 8 * HOUR + minute, "eventsub"),
            row("ninja", "held", HOUR, HOUR + minute, "held"),
            row("ninja", "live", 0, 8 * HOUR, "online"),
            row("ninja", "live", 8 * HOUR, 9 * HOUR, "unknown"),
            row("ninja", "live", 9 * HOUR, 14 * HOUR, "offline"),
        ],
    };
    let vod = VodRow {
        vod_id: "77".to_owned(),
        broadcaster_id: "id of ninja".to_owned(),
        login: "ninja".to_owned(),
        started_ms: evening_ms(),
        length_s: 4 * 3_600,
    };
    let moments = intents.iter().map(moment).collect();
    Facts { watched, moments, intents, is_cut: false, vods: vec![vod], is_held: None }
}

/// A crash is known at once, and a daemon that can't write its marks is not taken for dead.
#[test]
fn who_holds_the_folder_runs() {
    let check = |now: &str, is_held, expected: bool| {
        let facts = Facts { is_held, ..facts() };
        let since = at("2026-11-20T12:00:00+01:00[+01:00]");
        assert_eq!(
            Night::new(&since, &at(now), 1.0, &facts).running,
            expected,
            "{now} {is_held:?}"
        );
    };
    let (soon, later) = ("2026-11-21T09:00:00+01:00[+01:00]", "2026-11-21T11:00:00+01:00[+01:00]");
    check(soon, None, true);
    check(soon, Some(true), true);
    check(soon, Some(false), false);
    check(later, None, false);
    check(later, Some(true), true);
}

/// However a promise stands, and whether there is one: each moment is in the sum once.
#[test]
fn every_moment_is_in_the_sum() {
    let mut facts = facts();
    let states = [
        IntentState::Waiting,
        IntentState::Requested,
        IntentState::Vod,
        IntentState::Created,
        IntentState::Confirmed,
        IntentState::Unconfirmed,
        IntentState::Unknown,
        IntentState::Refused,
        IntentState::Missed,
        IntentState::Rejected,
    ];
    facts.intents =
        states.iter().zip(1..).map(|(state, hour)| intent(hour * HOUR, *state, None)).collect();
    let alone = intent(20 * HOUR, IntentState::Missed, None);
    facts.moments = facts.intents.iter().chain([&alone]).map(moment).collect();
    let night = night("2026-11-20T12:00:00+01:00[+01:00]", &facts);
    let clips = &night.clips;
    let others: usize = clips.others().iter().map(|(count, _)| count).sum();
    assert_eq!((clips.covered, clips.clips + others), (1, clips.moments));
}

fn night(since: &str, facts: &Facts) -> Night {
    Night::new(&at(since), &at("2026-11-21T09:00:00+01:00[+01:00]"), 1.0, facts)
}

#[test]
fn an_evening_is_summed_up() {
    let night = night("2026-11-20T12:00:00+01:00[+01:00]", &facts());
    assert!(night.running && night.not_running.is_empty());
    let total = Share {
        live_known: true,
        live_s: 8.0 * 3_600.0,
        gap_s: 100.0,
        watched_s: 8.0 * 3_600.0 - 100.0,
        watched_share: Some((8.0 * 3_600.0 - 100.0) / (8.0 * 3_600.0)),
    };
    assert_eq!(night.total, total);
    let ninja = &night.channels[1];
    let gaps: Vec<_> =
        ninja.gaps.iter().map(|gap| (gap.seconds, gap.cause.as_str(), gap.live_known)).collect();
    let expected =
        [(90.0, "connection", true), (10.0, "reconnect", true), (60.0, "eventsub", false)];
    assert_eq!(gaps, expected);
    assert_eq!((ninja.moments, ninja.clips, ninja.held.len()), (3, 1, 1));
    let clips = &night.clips;
    assert_eq!(clips.late.iter().map(|line| line.late_s).collect::<Vec<_>>(), [Some(12.0)]);
    let missed = clips.missed[0].vod_url.as_deref();
    assert_eq!(missed, Some("https://www.twitch.tv/videos/77?t=1h59m55s"));
    assert_eq!((clips.refused[0].count, clips.refused[0].moments[0].late_s), (1, None));
}

#[test]
fn only_what_lies_in_the_time_counts() {
    let night = night("2026-11-20T20:01:00+01:00[+01:00]", &facts());
    assert_eq!((night.total.live_s, night.total.gap_s), (6.0 * 3_600.0 - 60.0, 40.0));
}

#[test]
fn without_an_account_the_time_it_ran_counts() {
    let mut facts = facts();
    facts.watched.stretches = vec![
        row("ninja", "gap", HOUR, HOUR + 36_000, "connection"),
        row("ninja", "live", 0, HOUR * 10, "unknown"),
    ];
    let night = night("2026-11-20T12:00:00+01:00[+01:00]", &facts);
    assert!(!night.total.live_known);
    assert_eq!(night.total.watched_share, Some(0.999));
}

/// A moment in the first minute, before anything is kept of when channels were live.
#[test]
fn a_channel_of_which_nothing_is_known_is_not_called_off_line() {
    let clip = intent(0, IntentState::Confirmed, None);
    let facts = Facts { moments: vec![moment(&clip)], intents: vec![clip], ..Facts::default() };
    let night = night("2026-11-20T12:00:00+01:00[+01:00]", &facts);
    let channel = &night.channels[0];
    assert_eq!((channel.moments, channel.share.live_known), (1, false));
    assert_eq!((night.total.live_known, night.total.watched_share), (false, None));
    let (since, now) =
        (at("2026-11-20T12:00:00+01:00[+01:00]"), at("2026-11-21T09:00:00+01:00[+01:00]"));
    let page = crate::cli::night::page::write(&night, &since, &now);
    assert!(page.contains("Watched: nothing is known yet"), "{page}");
    for wrong in ["off line", "no channel was live", "cliphound login", "in brackets"] {
        assert!(!page.contains(wrong), "{wrong}: {page}");
    }
}

#[test]
fn when_it_did_not_run_is_told() {
    let run = |from: i64, to: i64, is_clean| Run {
        start_ms: evening_ms() + from,
        end_ms: evening_ms() + to,
        is_clean,
    };
    let mut facts = Facts::default();
    facts.watched.runs = vec![
        run(-20 * HOUR, -HOUR, true),
        run(HOUR, 2 * HOUR, false),
        run(3 * HOUR, 4 * HOUR, true),
    ];
    let night = night("2026-11-20T17:30:00+01:00[+01:00]", &facts);
    let downs: Vec<_> = night.not_running.iter().map(|down| (down.seconds, down.stopped)).collect();
    let hour = 3_600.0;
    assert_eq!(downs, [(1.5 * hour, true), (hour, false), (11.0 * hour, true)]);
    assert_eq!((night.running, night.ran_s), (false, 2.0 * hour));
}

/// Nobody knows what was missed since, so the aim is not called reached.
#[test]
fn who_was_live_when_it_ended_is_told() {
    let check = |end: i64, is_held, expected: &[&str]| {
        let mut facts = Facts { is_held: Some(is_held), ..facts() };
        facts.watched.runs[0].end_ms = evening_ms() + end;
        facts.watched.stretches = vec![
            row("mossy", "live", 0, 2 * HOUR, "offline"),
            row("ninja", "live", 0, 2 * HOUR, "online"),
            row("shroud", "live", 0, HOUR, "online"),
        ];
        let night = night("2026-11-20T12:00:00+01:00[+01:00]", &facts);
        assert_eq!(night.live_when_it_ended, expected);
    };
    check(2 * HOUR, false, &["ninja"]);
    check(2 * HOUR, true, &[]);
    check(3 * HOUR, false, &[]);
}
