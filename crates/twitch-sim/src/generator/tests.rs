//! The generator keeps its promises: the same seed, the same lines; truth with its gaps.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::plan::{GAP_MS, QUIET_START_MS};
use super::*;

const HOUR_MS: i64 = 3_600_000;
const START_MS: i64 = 1_700_000_000_000;

fn generator(seed: u64, viewers: u32, partner: Option<u64>) -> Generator {
    let (login, style) = ("tester".to_owned(), Style::default());
    let profile = Profile { login, room_id: 7, viewers, partner, style };
    Generator::new(profile, seed, START_MS)
}

fn people(events: &[(i64, ChatEvent)], from_ms: i64, to_ms: i64) -> usize {
    let authors =
        events.iter().filter(|(at, _)| (from_ms..to_ms).contains(at)).filter_map(|(_, event)| {
            match event {
                ChatEvent::Line(line) => Some(line.author.login.as_str()),
                _ => None,
            }
        });
    authors.collect::<BTreeSet<_>>().len()
}

#[test]
fn the_same_seed_gives_the_same_lines() {
    let whole = generator(5, 800, Some(9)).advance(START_MS + HOUR_MS);
    let mut cut = generator(5, 800, Some(9));
    let mut pieces = Vec::new();
    for step in (0..=HOUR_MS).step_by(777).chain([HOUR_MS]) {
        pieces.extend(cut.advance(START_MS + step));
    }
    assert!(whole.len() > 1000);
    assert!(pieces == whole, "cut into pieces, the lines differ");
    assert!(generator(6, 800, Some(9)).advance(START_MS + HOUR_MS) != whole);
}

#[test]
fn an_evening_holds_every_kind_of_event() {
    let mut generator = generator(3, 12_000, Some(9));
    let events = generator.advance(START_MS + 4 * HOUR_MS);
    let has = |wanted: fn(&ChatEvent) -> bool| events.iter().any(|(_, event)| wanted(event));
    assert!(has(|e| matches!(e, ChatEvent::Line(l) if l.source_room == Some(9))));
    assert!(has(|e| matches!(e, ChatEvent::Line(l) if l.bits > 0)));
    assert!(has(|e| matches!(e, ChatEvent::Line(l) if l.author.login == "nightbot")));
    assert!(has(|e| matches!(e, ChatEvent::Notice(_))));
    assert!(has(|e| matches!(e, ChatEvent::TimedOut { .. })));
    assert!(has(|e| matches!(e, ChatEvent::Deleted { .. })));
    let kinds: BTreeSet<Kind> = generator.truth().iter().map(|t| t.kind).collect();
    assert_eq!(kinds.len(), 19, "{kinds:?}");
}

#[test]
fn more_people_write_in_a_moment() {
    for viewers in [40, 800, 12_000] {
        let mut generator = generator(11, viewers, None);
        let events = generator.advance(START_MS + 2 * HOUR_MS);
        let (mut usually, mut in_moments, mut fewer) = (0, 0, 0);
        for moment in generator.truth().iter().filter(|t| !t.decoy) {
            let before = people(&events, moment.start_ms - 45_000, moment.start_ms);
            let after = people(&events, moment.start_ms + 5_000, moment.start_ms + 50_000);
            // A ripple may come just before.
            fewer += usize::from(moment.strength >= 0.4 && after <= before);
            usually += before;
            in_moments += after;
        }
        assert!(fewer <= 1, "{viewers} viewers: {fewer} moments in which fewer people write");
        assert!(in_moments * 2 > usually * 3, "{viewers} viewers: {usually}, {in_moments}");
    }
}

#[test]
fn one_person_alone_makes_a_flood() {
    let mut generator = generator(2, 800, None);
    let events = generator.advance(START_MS + 4 * HOUR_MS);
    let flood = generator.truth().iter().find(|t| t.kind == Kind::Flood).unwrap();
    let mut lines = std::collections::BTreeMap::<&str, usize>::new();
    for (at, event) in &events {
        if let ChatEvent::Line(line) = event
            && (flood.start_ms..flood.end_ms).contains(at)
        {
            *lines.entry(&line.author.login).or_default() += 1;
        }
    }
    let mut counts: Vec<usize> = lines.into_values().collect();
    counts.sort_unstable();
    let loudest = counts.pop().unwrap();
    assert!(loudest >= 100 && counts.iter().all(|&c| c < 20), "{loudest} {counts:?}");
}

#[test]
fn an_offline_channel_has_no_moments() {
    let mut generator = generator(4, 800, None);
    generator.set_live(false);
    let asleep = generator.advance(START_MS + HOUR_MS).len();
    assert_eq!(generator.truth(), []);
    generator.set_live(true);
    let awake = generator.advance(START_MS + 2 * HOUR_MS).len();
    assert!(awake > asleep * 4, "{asleep} {awake}");
    assert!(generator.truth().iter().all(|t| t.start_ms >= START_MS + HOUR_MS));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn truth_keeps_its_distances(seed: u64, viewers in 1_u32..3_000, shared: bool) {
        let mut generator = generator(seed, viewers, shared.then_some(9));
        let events = generator.advance(START_MS + HOUR_MS);
        prop_assert!(events.is_sorted_by_key(|(at, _)| *at));
        prop_assert!(events.iter().all(|(at, _)| (START_MS..START_MS + HOUR_MS).contains(at)));
        let truth = generator.truth();
        prop_assert!(truth.iter().all(|t| t.start_ms >= START_MS + QUIET_START_MS));
        prop_assert!(truth.iter().all(|t| t.end_ms > t.start_ms && (0.0..=1.0).contains(&t.strength)));
        prop_assert!(truth.windows(2).all(|w| w[1].start_ms - w[0].end_ms >= GAP_MS));
        prop_assert!(truth.iter().all(|t| t.decoy == t.kind.is_decoy()));
        prop_assert!(shared || truth.iter().all(|t| t.kind != Kind::SharedChat));
        let moments = truth.iter().filter(|t| !t.decoy).count();
        prop_assert!((6..=14).contains(&moments), "{moments} moments in an hour");
    }

    #[test]
    fn viewers_stay_near_their_usual_number(seed: u64, minutes in 0_i64..600) {
        let found = generator(seed, 1_000, None).viewers(START_MS + minutes * 60_000);
        prop_assert!((740..=1_260).contains(&found), "{found}");
    }
}
