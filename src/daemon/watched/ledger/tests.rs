//! Evenings of a channel, and what holds for every one.

use proptest::prelude::*;

use super::*;

fn of(ledger: &Ledger, kind: Kind) -> Vec<(i64, i64, String)> {
    let [live, gaps, held] = ledger.stretches();
    let found = [live, gaps, held].into_iter().find(|(of, _)| *of == kind);
    let stretches = found.map(|(_, stretches)| stretches).unwrap_or_default();
    stretches.into_iter().map(|s| (s.start_ms, s.end_ms, s.word)).collect()
}

fn check(ledger: &Ledger, kind: Kind, expected: &[(i64, i64, &str)]) {
    let found = of(ledger, kind);
    let found: Vec<_> = found.iter().map(|(a, b, word)| (*a, *b, word.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_crash_is_a_gap_from_the_last_sign_of_life() {
    let before = Before { until_ms: 1_000, cause: Cause::Crashed };
    let mut ledger = Ledger::new(9_000, Some(before));
    ledger.joined(9_300);
    ledger.live(9_500, Live::Online, Some(200));
    ledger.tick(20_000);
    check(&ledger, Kind::Live, &[(1_000, 20_000, "online")]);
    check(&ledger, Kind::Gap, &[(1_000, 9_000, "crashed"), (9_000, 9_300, "joining")]);
}

#[test]
fn a_stream_that_began_while_we_were_down_is_missed_since_then() {
    let before = Before { until_ms: 1_000, cause: Cause::Stopped };
    let mut ledger = Ledger::new(9_000, Some(before));
    ledger.joined(9_300);
    ledger.live(9_500, Live::Online, Some(7_000));
    check(&ledger, Kind::Gap, &[(7_000, 9_000, "stopped"), (9_000, 9_300, "joining")]);
}

#[test]
fn what_was_off_line_is_no_gap() {
    let before = Before { until_ms: 1_000, cause: Cause::Stopped };
    let mut ledger = Ledger::new(9_000, Some(before));
    ledger.live(9_500, Live::Offline, None);
    ledger.joined(30_000);
    ledger.tick(40_000);
    check(&ledger, Kind::Live, &[(9_000, 40_000, "offline")]);
    check(&ledger, Kind::Gap, &[]);
}

#[test]
fn a_task_that_failed_is_a_gap_where_there_is_no_other() {
    let mut ledger = Ledger::new(0, None);
    ledger.joined(100);
    ledger.live(200, Live::Online, Some(0));
    ledger.lost(10_000, None, Cause::Reconnect);
    ledger.joined(12_000);
    ledger.failed(20_000, 9_000);
    ledger.tick(30_000);
    let gaps = [
        (0, 100, "joining"),
        (9_000, 10_000, "failed"),
        (10_000, 12_000, "reconnect"),
        (12_000, 20_000, "failed"),
    ];
    check(&ledger, Kind::Gap, &gaps);
}

#[test]
fn silence_counts_from_the_last_sign_of_life() {
    let mut ledger = Ledger::new(0, None);
    ledger.joined(100);
    ledger.live(200, Live::Online, Some(0));
    ledger.lost(80_000, Some(10_000), Cause::Connection);
    ledger.joined(82_000);
    ledger.lost(90_000, None, Cause::Reconnect);
    ledger.tick(95_000);
    check(
        &ledger,
        Kind::Gap,
        &[(0, 100, "joining"), (10_000, 82_000, "connection"), (90_000, 95_000, "reconnect")],
    );
}

#[test]
fn sleep_stays_sleep_though_the_connection_was_dead_after_it() {
    let mut ledger = Ledger::new(0, None);
    ledger.joined(0);
    ledger.live(0, Live::Online, Some(0));
    ledger.tick(10_000);
    ledger.slept(500_000, 10_000);
    ledger.lost(501_000, Some(9_000), Cause::Connection);
    ledger.joined(502_000);
    check(
        &ledger,
        Kind::Live,
        &[(0, 10_000, "online"), (10_000, 500_000, "unknown"), (500_000, 502_000, "online")],
    );
    ledger.live(503_000, Live::Online, Some(-50));
    check(
        &ledger,
        Kind::Gap,
        &[
            (9_000, 10_000, "connection"),
            (10_000, 500_000, "asleep"),
            (500_000, 502_000, "connection"),
        ],
    );
}

#[test]
fn a_refusal_names_the_whole_wait() {
    let mut ledger = Ledger::new(0, None);
    ledger.refused(5_000);
    ledger.tick(9_000);
    check(&ledger, Kind::Gap, &[(0, 9_000, "refused")]);
    check(&ledger, Kind::Live, &[(0, 9_000, "unknown")]);
}

#[test]
fn chat_that_was_left_out_is_a_gap_though_the_channel_is_heard() {
    let mut ledger = Ledger::new(0, None);
    ledger.joined(0);
    for at in [5_000, 5_300, 5_900] {
        ledger.overflowed(at);
    }
    ledger.tick(9_000);
    check(&ledger, Kind::Gap, &[(5_000, 6_900, "overflow")]);
}

#[test]
fn pauses_are_told_and_are_no_gaps() {
    let mut ledger = Ledger::new(0, None);
    ledger.joined(0);
    ledger.held(1_000, true);
    ledger.held(3_000, false);
    ledger.held(4_000, true);
    ledger.tick(5_000);
    check(&ledger, Kind::Held, &[(1_000, 3_000, "held"), (4_000, 5_000, "held")]);
    check(&ledger, Kind::Gap, &[]);
}

#[test]
fn old_stretches_are_cut_and_forgotten() {
    let mut ledger = Ledger::new(0, None);
    ledger.live(0, Live::Online, Some(0));
    ledger.joined(10);
    ledger.tick(KEEP_MS * 2);
    ledger.cut();
    check(&ledger, Kind::Live, &[(0, KEEP_MS, "online"), (KEEP_MS, KEEP_MS * 2, "online")]);
    assert_eq!(ledger.forget(), Some(KEEP_MS));
    check(&ledger, Kind::Live, &[(KEEP_MS, KEEP_MS * 2, "online")]);
    check(&ledger, Kind::Gap, &[]);
    ledger.cut();
    assert_eq!(ledger.forget(), None);
    for at in 0..MOST_STRETCHES as i64 {
        ledger.lost(KEEP_MS * 2 + at * 2, None, Cause::Connection);
        ledger.joined(KEEP_MS * 2 + at * 2 + 1);
    }
    ledger.cut();
    ledger.forget();
    assert!(ledger.heard.count() <= MOST_STRETCHES + 1, "{}", ledger.heard.count());
}

/// What may happen, at or about a time.
#[derive(Debug, Clone)]
enum Happens {
    Joined,
    Lost(i64, Cause),
    Refused,
    Overflow,
    Slept(i64),
    Failed(i64),
    Resumed(i64),
    Online(i64),
    Offline,
    Unknown,
    Held(bool),
    Forget,
}

fn evening() -> impl Strategy<Value = Vec<(i64, Happens)>> {
    let cause = prop::sample::select(super::super::cause::ALL.to_vec());
    let happens = prop_oneof![
        3 => Just(Happens::Joined),
        2 => (0..500_i64, cause).prop_map(|(ago, cause)| Happens::Lost(ago, cause)),
        1 => Just(Happens::Refused),
        1 => Just(Happens::Overflow),
        1 => (0..5_000_i64).prop_map(Happens::Slept),
        1 => (0..5_000_i64).prop_map(Happens::Failed),
        1 => (-9_000..3_000_i64).prop_map(Happens::Resumed),
        2 => (0..5_000_i64).prop_map(Happens::Online),
        1 => Just(Happens::Offline),
        1 => Just(Happens::Unknown),
        1 => any::<bool>().prop_map(Happens::Held),
        1 => Just(Happens::Forget),
    ];
    // Clocks may go back, too.
    prop::collection::vec((-300..2_000_i64, happens), 0..60)
}

proptest! {
    /// Whatever happens in whatever order: the stretches of a kind don't overlap, each gap
    /// lies in a stretch in which the channel was or may have been live, and gaps and
    /// watched time are all of that time.
    #[test]
    fn gaps_and_watched_time_are_the_live_time(
        evening in evening(), before in prop::option::of(-5_000..5_000_i64),
    ) {
        let before = before.map(|until_ms| Before { until_ms, cause: Cause::Crashed });
        let mut ledger = Ledger::new(0, before);
        let mut now_ms = 0;
        for (later, happens) in evening {
            now_ms += later;
            match happens {
                Happens::Joined => ledger.joined(now_ms),
                Happens::Lost(ago, cause) => ledger.lost(now_ms, Some(now_ms - ago), cause),
                Happens::Refused => ledger.refused(now_ms),
                Happens::Overflow => ledger.overflowed(now_ms),
                Happens::Slept(ago) => ledger.slept(now_ms, now_ms - ago),
                Happens::Failed(ago) => ledger.failed(now_ms, now_ms - ago),
                Happens::Resumed(until_ms) => {
                    ledger.resume(Before { until_ms, cause: Cause::Stopped });
                }
                Happens::Online(ago) => ledger.live(now_ms, Live::Online, Some(now_ms - ago)),
                Happens::Offline => ledger.live(now_ms, Live::Offline, None),
                Happens::Unknown => ledger.live(now_ms, Live::Unknown, None),
                Happens::Held(is_held) => ledger.held(now_ms, is_held),
                Happens::Forget => {
                    ledger.cut_ms = Some(ledger.now_ms - 700);
                    ledger.forget();
                }
            }
        }
        for kind in [Kind::Live, Kind::Gap, Kind::Held] {
            let stretches = of(&ledger, kind);
            prop_assert!(stretches.iter().all(|(start, end, _)| start < end));
            prop_assert!(stretches.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{stretches:?}");
        }
        let live: Vec<_> =
            of(&ledger, Kind::Live).into_iter().filter(|(_, _, word)| word != "offline").collect();
        let gaps = of(&ledger, Kind::Gap);
        for (start, end, _) in &gaps {
            prop_assert!(live.iter().any(|(from, to, _)| from <= start && end <= to));
        }
        // Counted by the heard timeline itself, not by the gaps.
        let length = |stretches: &[(i64, i64, String)]| -> i64 {
            stretches.iter().map(|(start, end, _)| end - start).sum()
        };
        let heard = ledger.heard.stretches(ledger.now_ms).filter(|(_, _, gap)| gap.is_none());
        let watched: i64 = heard
            .flat_map(|(from, to, _)| live.iter().map(move |(s, e, _)| (to.min(*e) - from.max(*s)).max(0)))
            .sum();
        prop_assert_eq!(watched + length(&gaps), length(&live));
    }
}
