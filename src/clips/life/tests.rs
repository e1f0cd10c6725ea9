//! The life of a clip: each answer, each restart, and that no call is ever repeated that may have worked.

use proptest::prelude::*;

use super::{
    from_vod::{MAX_RETRY_MS, NO_VOD_MS},
    *,
};
use crate::clips::looks::GIVE_UP_MS;

fn clip(id: &str) -> CreatedClip {
    CreatedClip { id: id.to_owned(), edit_url: String::new() }
}

fn found(id: &str) -> Event {
    Event::Found { clip: clip(id), url: format!("https://clips.twitch.tv/{id}"), thumbnail: None }
}

fn due(twitch_ms: i64) -> Event {
    Event::Due { twitch_ms }
}

fn called(answer: Result<CreatedClip, HelixError>) -> Life {
    let life = Life::promised(10_000).on(10_000, due(10_000));
    assert_eq!(life.action(10_000), Action::Create);
    life.on(10_000, Event::Answer(answer))
}

#[test]
fn a_clip_is_confirmed_when_get_clips_shows_it() {
    let life = Life::promised(10_000);
    assert_eq!(life.action(3_000), Action::Wait { until_ms: 10_000 });
    let life = called(Ok(clip("A")));
    assert_eq!(life.action(10_000), Action::Wait { until_ms: 12_000 });
    assert_eq!(life.action(12_000), Action::FindById("A".to_owned()));
    let life = life.on(12_100, Event::NotFound);
    assert_eq!(life.action(12_100), Action::Wait { until_ms: 15_000 });
    let life = life.on(15_000, found("A"));
    assert_eq!(life.state().word(), "confirmed");
    assert_eq!(life.action(15_000), Action::Done);
}

#[test]
fn every_answer_has_its_consequence() {
    let check = |error: HelixError, word: &str| {
        let life = called(Err(error.clone()));
        assert_eq!(life.state().word(), word, "{error:?}");
    };
    let words = || "x".to_owned();
    check(HelixError::NotSent(words()), "waiting");
    check(HelixError::RateLimited { reset_ms: 20_000 }, "waiting");
    check(HelixError::RateLimited { reset_ms: 60_000 }, "missed");
    check(HelixError::NoToken(words()), "dry_run");
    check(HelixError::Unauthorized(words()), "refused");
    check(HelixError::Forbidden(words()), "refused");
    check(HelixError::NotFound(words()), "refused");
    check(HelixError::BadRequest(words()), "refused");
    check(HelixError::Unavailable { status: 503, message: words() }, "requested");
    check(HelixError::Unavailable { status: 500, message: words() }, "unknown");
    check(HelixError::AnswerLost(words()), "unknown");
    check(HelixError::Unexpected(words()), "unknown");
}

#[test]
fn a_clip_service_that_is_down_is_asked_again_when_no_clip_shows_up() {
    let down =
        || Event::Answer(Err(HelixError::Unavailable { status: 503, message: String::new() }));
    let looked = |life: Life| life.on(12_000, Event::NotFound).on(15_000, Event::NotFound);
    let life = Life::promised(10_000).on(10_000, due(10_000)).on(10_000, down());
    assert_eq!(life.action(12_000), Action::FindByTime { called_ms: 10_000, ended_ms: 10_000 });
    assert_eq!(life.clone().on(12_000, found("A")).state().word(), "created");
    let life = looked(life).on(15_000, due(15_000));
    assert_eq!(life.action(15_000), Action::Create);
    let life = life.on(31_000, down()).on(33_000, Event::NotFound).on(36_000, Event::NotFound);
    assert_eq!(life.state().reason(), Some("Twitch's clip service is down (503)"));
}

#[test]
fn a_clip_found_by_time_is_claimed_before_it_is_confirmed() {
    let life = called(Err(HelixError::AnswerLost(String::new()))).on(12_000, found("A"));
    assert_eq!(life.state().clip(), Some(&clip("A")));
    assert_eq!(life.action(14_000), Action::FindById("A".to_owned()));
    assert_eq!(life.on(14_000, found("A")).state().word(), "confirmed");
}

#[test]
fn a_look_that_could_not_be_made_says_nothing() {
    for answer in [Ok(clip("A")), Err(HelixError::AnswerLost(String::new()))] {
        let (mut life, mut now) = (called(answer), 10_000);
        for _ in 0..20 {
            now = now.max(12_000) + 400_000;
            life = life.on(now, Event::NotAsked);
            assert!(!life.state().is_end(), "{life:?}");
        }
        assert_eq!(life.clone().on(now + 400_000, found("A")).state().clip(), Some(&clip("A")));
        assert!(life.on(10_000 + GIVE_UP_MS, Event::NotAsked).state().is_end());
    }
}

#[test]
fn an_unreachable_twitch_is_tried_until_it_is_too_late() {
    let (mut life, mut now, mut calls) = (Life::promised(0), 0, 0);
    loop {
        match life.action(now) {
            Action::Wait { until_ms } => {
                now = until_ms;
                life = life.on(now, due(now));
            }
            Action::Create => {
                calls += 1;
                life = life.on(now, Event::Answer(Err(HelixError::NotSent("x".to_owned()))));
            }
            _ => break,
        }
    }
    assert_eq!((calls, life.state().word()), (8, "missed"));
    assert!(now <= LATE_MS, "{now}");
}

#[test]
fn a_restart_goes_on_where_it_can() {
    let check = |state: State, now: i64, word: &str, action: Action| {
        let life = Life::resumed(10_000, state, 10_000, now, None).if_late(now);
        assert_eq!((life.state().word(), life.action(now)), (word, action));
    };
    let waiting = || State::Waiting { at_ms: 10_000, tries: 0 };
    check(waiting(), 12_000, "waiting", Action::Wait { until_ms: 10_000 });
    check(waiting(), 31_000, "missed", Action::Done);
    let requested = || State::Requested { called_ms: 10_000, tries: 0, place: None };
    let by_time = Action::FindByTime { called_ms: 10_000, ended_ms: 10_000 };
    check(requested(), 16_000, "unknown", Action::Wait { until_ms: 20_000 });
    check(requested(), 9_000_000, "unknown", by_time);
    let created = State::Created { clip: clip("A"), called_ms: 10_000, looks: Looks::default() };
    check(created, 9_000_000, "created", Action::FindById("A".to_owned()));
}

#[test]
fn a_clip_that_is_due_can_be_held_back() {
    let at_due = |event| Life::promised(0).on(0, event).state().word();
    assert_eq!(at_due(Event::DueDry("dry run".to_owned())), "dry_run");
    assert_eq!(at_due(Event::DueOffline), "refused");
    assert_eq!(Life::promised(0).on(LATE_MS + 1, due(LATE_MS + 1)).state().word(), "missed");
}

fn events() -> impl Strategy<Value = Event> {
    let error = prop_oneof![
        Just(HelixError::NotSent(String::new())),
        Just(HelixError::AnswerLost(String::new())),
        Just(HelixError::Unexpected(String::new())),
        Just(HelixError::Unavailable { status: 500, message: String::new() }),
        (0..60_000_i64).prop_map(|reset_ms| HelixError::RateLimited { reset_ms }),
        Just(HelixError::NotFound(String::new())),
    ];
    prop_oneof![
        Just(due(8_000)),
        Just(Event::NotAsked),
        Just(Event::NotFound),
        Just(Event::NotSaved),
        Just(found("B")),
        Just(Event::Answer(Ok(clip("A")))),
        error.prop_map(|error| Event::Answer(Err(error))),
    ]
}

/// An answer after which a clip may exist.
fn may_have_worked(event: &Event) -> bool {
    match event {
        Event::Answer(Ok(_)) => true,
        Event::Answer(Err(error)) => matches!(
            error,
            HelixError::AnswerLost(_) | HelixError::Unexpected(_) | HelixError::Unavailable { .. }
        ),
        _ => false,
    }
}

fn place() -> Place {
    Place { vod_id: "335".to_owned(), end_s: 640, duration_s: 60.0 }
}

fn placed(twitch_ms: i64) -> Event {
    Event::Placed { place: place(), twitch_ms }
}

#[test]
fn what_a_late_live_clip_would_not_show_is_made_from_the_vod() {
    let late = |life: Life, ms: i64| {
        let now = 10_000 + ms;
        life.on(now, due(now)).state().word()
    };
    let short = || Life::promised(10_000).showing_until(-5_000);
    assert_eq!(late(short().allowing_vod(true), 5_000), "requested");
    assert_eq!(late(short().allowing_vod(true), 5_001), "vod");
    assert_eq!(late(short(), 5_001), "requested", "better than none");
    assert_eq!(
        late(Life::promised(10_000).allowing_vod(true).showing_until(25_000), 20_000),
        "requested"
    );
}

fn missed_live() -> Life {
    let now = 10_000 + LATE_MS + 1;
    Life::promised(10_000).allowing_vod(true).on(now, due(now))
}

#[test]
fn what_the_live_stream_did_not_give_is_made_from_the_vod() {
    let check = |life: Life, now: i64, event: Event| {
        let life = life.allowing_vod(true).on(now, event);
        assert_eq!(life.action(now), Action::FindVod, "{life:?}");
        assert!(life.why_vod().is_some());
    };
    let requested = |now: i64| Life::promised(10_000).on(now, due(now));
    let answer = |error| Event::Answer(Err(error));
    let words = || "x".to_owned();
    check(Life::promised(10_000), 31_000, due(31_000));
    check(Life::promised(10_000), 10_000, Event::DueOffline);
    check(Life::promised(10_000), 10_000, Event::DueBroken);
    check(requested(30_000), 30_000, answer(HelixError::NotSent(words())));
    check(requested(10_000), 10_000, answer(HelixError::RateLimited { reset_ms: 60_000 }));
    check(requested(10_000), 10_000, answer(HelixError::NotFound(words())));
    let late = State::Waiting { at_ms: 10_000, tries: 0 };
    let resumed = Life::resumed(10_000, late, 10_000, 90_000, None).allowing_vod(true);
    assert_eq!(resumed.if_late(90_000).action(90_000), Action::FindVod);
}

#[test]
fn a_lost_answer_goes_to_the_vod_only_after_all_looks() {
    let mut life = called(Err(HelixError::AnswerLost(String::new()))).allowing_vod(true);
    let mut looks = 0;
    let now = loop {
        let Action::Wait { until_ms } = life.action(0) else { panic!("{life:?}") };
        assert_eq!(
            life.action(until_ms),
            Action::FindByTime { called_ms: 10_000, ended_ms: 10_000 }
        );
        life = life.on(until_ms, Event::NotFound);
        looks += 1;
        if life.state().word() == "vod" {
            break until_ms;
        }
    };
    assert_eq!((looks, now), (8, 310_000));
    let life = life.on(now, placed(now));
    assert_eq!(life.action(now), Action::CreateFromVod(place()));
    // Lost again: it is looked up, and that was it.
    let mut life = life.on(now, Event::Answer(Err(HelixError::AnswerLost(String::new()))));
    for look in 1..=8 {
        life = life.on(now + look * 300_000, Event::NotFound);
    }
    assert_eq!(life.state().word(), "missed", "{life:?}");
}

#[test]
fn a_day_without_a_look_is_not_settled() {
    let life = called(Err(HelixError::AnswerLost(String::new()))).allowing_vod(true);
    let life = life.on(10_000 + GIVE_UP_MS, Event::NotAsked);
    assert_eq!(life.state().word(), "missed");
}

#[test]
fn the_vod_is_waited_for() {
    let check = |event: Event, last_ms: i64, reason: &str| {
        let (mut life, mut now) = (missed_live(), 30_001);
        let from = now;
        while life.state().word() == "vod" {
            now = match life.action(now) {
                Action::Wait { until_ms } => until_ms,
                _ => now,
            };
            life = life.on(now, event.clone());
        }
        assert!(life.state().reason().unwrap().contains(reason), "{life:?}");
        assert!((last_ms..=last_ms + MAX_RETRY_MS).contains(&(now - from)), "{}", now - from);
    };
    check(Event::VodGone, 0, "no VOD of that time");
    check(Event::NoVodYet, NO_VOD_MS, "half an hour");
    check(Event::VodTooShort, GIVE_UP_MS, "for a day");
    check(Event::NotAsked, GIVE_UP_MS, "for a day");
    let life = missed_live().on(40_000, placed(40_000));
    assert_eq!(life.state().called_ms(), Some(40_000));
    assert_eq!(life.on(41_000, Event::Answer(Ok(clip("V")))).state().word(), "created");
}

#[test]
fn what_twitch_says_of_a_clip_from_the_vod() {
    let words = || "x".to_owned();
    let check = |error: HelixError, word: &str| {
        let life = missed_live().on(40_000, placed(40_000));
        let life = life.on(40_100, Event::Answer(Err(error.clone())));
        assert_eq!(life.state().word(), word, "{error:?}");
        let reason = life.state().reason();
        assert!(reason.is_none_or(|reason| reason.contains("; from the VOD")), "{reason:?}");
    };
    check(HelixError::NotSent(words()), "vod");
    check(HelixError::RateLimited { reset_ms: 90_000 }, "vod");
    check(HelixError::NotFound(words()), "vod");
    check(HelixError::NoToken(words()), "refused");
    check(HelixError::Forbidden(words()), "refused");
    check(HelixError::BadRequest(words()), "refused");
    check(HelixError::AnswerLost(words()), "unknown");
    check(HelixError::Unavailable { status: 503, message: words() }, "requested");
    let life = missed_live().on(40_000, placed(40_000)).on(40_100, Event::TitleRefused);
    assert_eq!(life.state().word(), "vod");
}

#[test]
fn a_503_of_the_vod_service_is_looked_up_and_tried_again() {
    let down = HelixError::Unavailable { status: 503, message: String::new() };
    let life = missed_live().on(40_000, placed(40_000)).on(40_000, Event::Answer(Err(down)));
    assert_eq!(life.action(42_000), Action::FindByTime { called_ms: 40_000, ended_ms: 40_000 });
    let life = life.on(42_000, Event::NotFound).on(45_000, Event::NotFound);
    assert_eq!(life.state().word(), "vod");
}

#[test]
fn a_stream_that_has_just_begun_is_asked_for_once_more() {
    let life = Life::promised(10_000).on(10_000, due(10_000)).on(10_000, Event::NotLiveYet);
    assert_eq!(life.action(10_000), Action::Wait { until_ms: 15_000 });
    let life = life.on(15_000, due(15_000));
    assert_eq!(life.action(15_000), Action::Create);
    let life = life.on(15_000, Event::Answer(Err(HelixError::NotFound(String::new()))));
    assert_eq!(life.state().reason(), Some("the channel is not live"));
}

#[test]
fn a_title_is_refused_and_another_tried_at_once() {
    let life = Life::promised(10_000).on(10_000, due(10_000)).on(10_100, Event::TitleRefused);
    assert_eq!(life.action(10_100), Action::Wait { until_ms: 10_100 });
    assert_eq!(life.on(10_100, due(10_100)).action(10_100), Action::Create);
}

#[test]
fn in_review_nothing_happens_until_somebody_says_something() {
    let life = || Life::in_review(0).allowing_vod(true);
    assert_eq!((life().action(9_999_999), life().state().word()), (Action::Done, "waiting"));
    assert_eq!(life().on(5, due(5)).action(5), Action::Done);
    assert_eq!(life().on(5, Event::Accepted).action(5), Action::FindVod);
    assert_eq!(life().on(5, Event::Cut).why_vod(), Some("it was cut by hand"));
    assert_eq!(life().on(5, Event::Rejected).state().word(), "rejected");
    assert_eq!(life().on(5, Event::Forgotten).state().word(), "missed");
    let may_not_yet = Life::in_review(0).on(5, Event::Accepted);
    assert_eq!(may_not_yet.state(), &State::InReview);
}

#[test]
fn a_dead_token_is_waited_for_at_the_vod_for_a_day() {
    let dead = || Event::NoToken("log in".to_owned());
    let at_due = Life::promised(10_000).on(10_000, dead());
    let called = Life::promised(10_000).on(10_000, due(10_000)).on(10_000, dead());
    for mut life in [at_due, called] {
        assert_eq!((life.state().word(), life.why_vod()), ("vod", Some("log in")));
        let (mut now, mut pauses) = (10_000, Vec::new());
        while life.state().word() == "vod" {
            now = match life.action(now) {
                Action::Wait { until_ms } => until_ms,
                _ => now,
            };
            let next = life.on(now, dead());
            if let Action::Wait { until_ms } = next.action(now) {
                pauses.push(until_ms - now);
            }
            life = next;
        }
        assert!(pauses.iter().all(|pause| *pause == 30_000));
        assert!(now > 10_000 + GIVE_UP_MS && now < 100_000 + GIVE_UP_MS, "{now}");
        assert!(life.state().reason().unwrap().contains("nobody logged in"), "{life:?}");
    }
    // From the VOD, too: nothing was made.
    let life = missed_live().on(40_000, placed(40_000)).on(40_100, dead());
    assert_eq!(life.action(40_100), Action::Wait { until_ms: 70_100 });
}

#[test]
fn what_the_vod_shows_better_is_made_from_it_where_that_may_be() {
    let better = || Event::DueBetter("it lies far back".to_owned());
    let life = Life::promised(10_000).allowing_vod(true).on(10_000, better());
    assert_eq!((life.action(10_000), life.why_vod()), (Action::FindVod, Some("it lies far back")));
}

fn vod_events() -> impl Strategy<Value = Event> {
    prop_oneof![
        5 => events(),
        2 => Just(placed(9_000)),
        1 => Just(Event::NoVodYet),
        1 => Just(Event::TitleRefused),
        1 => Just(Event::NotLiveYet),
        1 => Just(Event::NoToken(String::new())),
        1 => Just(Event::DueBetter(String::new())),
    ]
}

proptest! {
    #[test]
    fn a_call_is_never_repeated_when_it_may_have_worked(
        steps in prop::collection::vec((vod_events(), 0..90_000_i64, prop::bool::weighted(0.1)), 1..80),
        may_vod in any::<bool>(),
    ) {
        let (mut life, mut now) = (Life::promised(7_000).allowing_vod(may_vod), 0);
        let (mut open, mut settled, mut has_died) = (false, 0, false);
        for (event, pause, restart) in steps {
            now += pause;
            if restart {
                // What was under way when Cliphound ended may have worked.
                open |= matches!(life.state(), State::Requested { .. });
                let why = life.why_vod().map(str::to_owned);
                life = Life::resumed(7_000, life.state().clone(), now, now, why);
                life = life.allowing_vod(may_vod).if_late(now);
            }
            let calling = |life: &Life, now: i64| {
                matches!(life.action(now), Action::Create | Action::CreateFromVod(_))
            };
            let is_calling = calling(&life, now);
            prop_assert!(!(is_calling && open), "a second call");
            if let Action::Wait { until_ms } = life.action(now) {
                now = now.max(until_ms);
            }
            open |= is_calling && may_have_worked(&event);
            has_died |= matches!(event, Event::NoToken(_));
            let next = life.clone().on(now, event);
            if matches!(life.state(), State::Unknown { is_vod: false, .. })
                && matches!(next.state(), State::Vod { .. })
            {
                // All looks were made: the first call has certainly made nothing.
                (open, settled) = (false, settled + 1);
            }
            prop_assert!(settled <= 1, "two lost answers");
            let begins = next.action(now) == Action::Create && !is_calling;
            prop_assert!(!begins || (7_000..=7_000 + LATE_MS).contains(&now), "not in time");
            prop_assert!(may_vod || has_died || next.why_vod().is_none());
            life = next;
        }
    }
}
