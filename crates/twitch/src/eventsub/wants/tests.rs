//! What becomes of a connection's subscriptions.

use super::*;

/// These, numbered from 0.
fn numbered(list: Vec<Want>, falls_back: bool) -> Wants {
    let mut wants = Wants::new(falls_back);
    wants.follow(&(0..).zip(list).collect());
    wants
}

fn want(kind: Kind, id: &str) -> Want {
    let channel = ChannelLogin::parse(&format!("channel{id}")).unwrap();
    Want { kind, channel, broadcaster_id: id.to_owned() }
}

fn wants(falls_back: bool) -> Wants {
    let list = vec![
        want(Kind::ChatMessage, "1"),
        want(Kind::ChatNotification, "1"),
        want(Kind::StreamOnline, "1"),
    ];
    numbered(list, falls_back)
}

fn active(id: &str, cost: u32) -> Result<Subscribed, SubscribeError> {
    Ok(Subscribed { id: id.to_owned(), cost })
}

fn kinds_due(wants: &mut Wants, now_ms: i64) -> Vec<(u64, Kind)> {
    std::iter::from_fn(|| wants.ask_next(now_ms)).map(|(n, want)| (n, want.kind)).collect()
}

/// Ends all that is to be ended.
fn ended(wants: &mut Wants) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(id) = wants.end_next(i64::MAX) {
        wants.ended(&id, true, 0);
        ids.push(id);
    }
    ids
}

fn later() -> SubscribeError {
    SubscribeError::Later { why: "503".to_owned(), at_ms: None }
}

#[test]
fn what_belongs_to_chat_follows_its_messages() {
    let mut wants = wants(true);
    assert_eq!(kinds_due(&mut wants, 0), [(0, Kind::ChatMessage), (2, Kind::StreamOnline)]);
    assert_eq!(wants.next_at_ms(), None);
    assert_eq!(wants.answered(0, active("a", 0), 0), Outcome::Active);
    assert_eq!(kinds_due(&mut wants, 0), [(1, Kind::ChatNotification)]);
}

#[test]
fn a_refused_chat_falls_back_with_all_that_belongs_to_it() {
    let mut wants = wants(true);
    wants.ask_next(0);
    wants.answered(0, active("a", 0), 0);
    wants.ask_next(0);
    wants.answered(1, active("b", 0), 0);
    let told = Subscription { id: "a".to_owned(), ..Subscription::default() };
    let (revoked, outcome) = wants.revoked(&told, 0).unwrap();
    assert_eq!(revoked.kind, Kind::ChatMessage);
    assert_eq!(outcome, Outcome::ChatRefused { falls_back: true });
    assert_eq!(ended(&mut wants), ["b"]);
    assert!(wants.any_left(), "the stream is still watched");
    assert_eq!(wants.revoked(&told, 0), None);
    assert_eq!(wants.give_up_chat(), []);
}

#[test]
fn a_channel_that_is_left_is_not_asked_for_again() {
    let mut wants = wants(true);
    wants.ask_next(0);
    wants.answered(0, active("a", 0), 0);
    let late = wants.ask_next(0).unwrap().0;
    assert_eq!(wants.follow(&Target::new()), 1);
    assert_eq!(ended(&mut wants), ["a"]);
    assert_eq!(wants.answered(late, active("b", 0), 0), Outcome::Late);
    assert_eq!(ended(&mut wants), ["b"]);
    assert_eq!(wants.answered(late, Err(later()), 0), Outcome::Late);
    assert_eq!(wants.follow(&Target::new()), 0);
    assert!(!wants.any_left() && wants.ask_next(0).is_none());
}

#[test]
fn what_was_refused_is_asked_for_again_by_a_new_number() {
    let mut wants = numbered(vec![want(Kind::ChatMessage, "1")], true);
    wants.ask_next(0);
    wants.answered(0, Err(SubscribeError::Refused("banned".to_owned())), 0);
    let same = Target::from([(0, want(Kind::ChatMessage, "1"))]);
    assert_eq!(wants.follow(&same), 0);
    assert_eq!(wants.ask_next(0), None);
    let anew = Target::from([(7, want(Kind::ChatMessage, "1"))]);
    assert_eq!(wants.follow(&anew), 0);
    assert_eq!(wants.ask_next(0), Some((7, want(Kind::ChatMessage, "1"))));
}

#[test]
fn without_anything_to_fall_back_on_a_refused_chat_is_tried_again() {
    let mut wants = wants(false);
    wants.ask_next(0);
    let refused = Err(SubscribeError::Refused("banned".to_owned()));
    assert_eq!(wants.answered(0, refused, 0), Outcome::ChatRefused { falls_back: false });
    wants.ask_next(0);
    assert_eq!(wants.next_at_ms(), Some(REFUSED_PAUSE_MS));
}

/// All five of a channel's chat, and its stream, subscribed to.
fn subscribed(falls_back: bool) -> Wants {
    let kinds = Kind::CHAT.into_iter().chain([Kind::StreamOnline]);
    let mut wants = numbered(kinds.map(|kind| want(kind, "1")).collect(), falls_back);
    while let Some((number, want)) = wants.ask_next(0) {
        wants.answered(number, active(want.kind.name(), 0), 0);
    }
    wants
}

/// The end of one whose answer is still on its way.
#[test]
fn an_end_that_comes_before_the_answer_holds() {
    let told = |id: &str| Subscription { id: id.to_owned(), ..Subscription::default() };
    let ended_early = |wants: &mut Wants| {
        let early = wants.ended_early();
        early.iter().map(|told| wants.revoked(told, 0).unwrap().0.kind).collect::<Vec<_>>()
    };
    let mut wants = wants(false);
    wants.ask_next(0);
    wants.ask_next(0);
    assert_eq!(wants.revoked(&told("b"), 0), None);
    assert_eq!(wants.revoked(&told("of another connection"), 0), None);
    wants.answered(0, active("a", 0), 0);
    assert_eq!(ended_early(&mut wants), []);
    wants.answered(2, active("b", 0), 0);
    assert_eq!(ended_early(&mut wants), [Kind::StreamOnline]);
    // Nothing is asked for any more: what came early was not of these.
    wants.answered(2, active("of another connection", 0), 0);
    assert_eq!(ended_early(&mut wants), []);
}

fn revoke(wants: &mut Wants, kind: Kind) -> Outcome {
    let told = Subscription { id: kind.name().to_owned(), ..Subscription::default() };
    wants.revoked(&told, 0).unwrap().1
}

/// What is asked for now, whatever it is, is given.
fn given(wants: &mut Wants, now_ms: i64) -> Vec<Kind> {
    let mut kinds = Vec::new();
    while let Some((number, want)) = wants.ask_next(now_ms) {
        kinds.push(want.kind);
        wants.answered(number, active("new", 0), now_ms);
    }
    kinds
}

#[test]
fn what_was_revoked_without_a_fallback_comes_again_all_of_it() {
    let all = [&Kind::CHAT[..], &[Kind::StreamOnline]].concat();
    // In whatever order Twitch ends them.
    let reversed: Vec<Kind> = all.iter().rev().copied().collect();
    for order in [all.clone(), reversed] {
        let mut wants = subscribed(false);
        for kind in order {
            let whole = Outcome::ChatRefused { falls_back: false };
            let expected = if kind == Kind::ChatMessage { whole } else { Outcome::Again };
            assert_eq!(revoke(&mut wants, kind), expected);
        }
        assert_eq!(given(&mut wants, REFUSED_PAUSE_MS - 1), []);
        assert_eq!(given(&mut wants, REFUSED_PAUSE_MS), all);
    }
}

#[test]
fn what_belongs_to_a_chat_that_is_heard_is_always_tried_again() {
    for falls_back in [false, true] {
        let mut wants = wants(falls_back);
        wants.ask_next(0);
        wants.answered(0, active("a", 0), 0);
        wants.ask_next(0);
        let refused = Err(SubscribeError::Refused("why".to_owned()));
        assert_eq!(wants.answered(1, refused, 0), Outcome::Rests);
        wants.ask_next(0);
        wants.answered(2, active("c", 0), 0);
        assert_eq!(given(&mut wants, REFUSED_PAUSE_MS - 1), []);
        assert_eq!(given(&mut wants, REFUSED_PAUSE_MS), [Kind::ChatNotification]);
    }
}

#[test]
fn what_the_owner_hears_waits_for_a_right_but_not_for_a_bad_moment() {
    let refused = SubscribeError::Refused("scope".to_owned());
    let full = SubscribeError::Full("cost".to_owned());
    let no_token = SubscribeError::NoToken("expired".to_owned());
    for (error, comes_by_itself) in
        [(refused, false), (full, true), (later(), true), (no_token, true)]
    {
        let mut wants =
            numbered(vec![want(Kind::HypeTrainBegin, "1"), want(Kind::PollBegin, "1")], false);
        let (number, _) = wants.ask_next(0).unwrap();
        given(&mut wants, 0);
        let mut now_ms = 0;
        for _ in 0..20 {
            wants.answered(number, Err(error.clone()), now_ms);
            let next = wants.next_at_ms();
            assert_eq!(next.is_some(), comes_by_itself, "{error}");
            let Some(next_ms) = next else { break };
            let pause_ms = next_ms - now_ms;
            assert!((FIRST_PAUSE_MS..=REFUSED_PAUSE_MS).contains(&pause_ms), "{error}: {pause_ms}");
            now_ms = next_ms;
            assert_eq!(wants.ask_next(now_ms - 1), None);
            assert_eq!(wants.ask_next(now_ms).unwrap().0, number);
        }
        wants.disconnect();
        wants.retry_now();
        assert_eq!(given(&mut wants, now_ms).len(), 2, "a log-in asks for all of it at once");
    }
}

#[test]
fn what_waits_or_was_refused_is_asked_for_at_once_when_something_has_changed() {
    let mut wants = subscribed(false);
    revoke(&mut wants, Kind::ChatMessage);
    revoke(&mut wants, Kind::ChatClear);
    wants.retry_now();
    assert_eq!(given(&mut wants, 0), [Kind::ChatMessage, Kind::ChatClear]);

    let mut wants = numbered(vec![want(Kind::StreamOnline, "1")], true);
    wants.ask_next(0);
    wants.answered(0, Err(SubscribeError::Refused("why".to_owned())), 0);
    assert!(!wants.any_left());
    wants.retry_now();
    assert_eq!(given(&mut wants, 0), [Kind::StreamOnline]);

    // IRC reads it by now.
    let mut wants = subscribed(true);
    revoke(&mut wants, Kind::ChatMessage);
    revoke(&mut wants, Kind::StreamOnline);
    wants.retry_now();
    assert_eq!(given(&mut wants, 0), [Kind::StreamOnline]);
}

#[test]
fn trouble_is_waited_out_ever_longer_and_then_chat_falls_back() {
    let mut wants = numbered(vec![want(Kind::ChatMessage, "1")], true);
    let (mut now_ms, mut pauses) = (0, Vec::new());
    loop {
        wants.ask_next(now_ms).unwrap();
        match wants.answered(0, Err(later()), now_ms) {
            Outcome::Again => {}
            outcome => {
                assert_eq!(outcome, Outcome::ChatRefused { falls_back: true });
                break;
            }
        }
        let at_ms = wants.next_at_ms().unwrap();
        pauses.push(at_ms - now_ms);
        now_ms = at_ms;
    }
    assert_eq!(pauses, [2_000, 4_000, 8_000, 16_000]);
}

#[test]
fn a_told_time_is_kept_to() {
    let mut wants = numbered(vec![want(Kind::ChatMessage, "1")], true);
    wants.ask_next(0);
    let error = SubscribeError::Later { why: "429".to_owned(), at_ms: Some(50_000) };
    assert_eq!(wants.answered(0, Err(error), 0), Outcome::Again);
    assert_eq!(wants.next_at_ms(), Some(50_000));
}

#[test]
fn a_limit_rests_what_is_beside_chat_after_some_tries() {
    let mut wants = numbered(vec![want(Kind::StreamOnline, "1")], true);
    let full = || Err(SubscribeError::Full("cost".to_owned()));
    for _ in 1..TRIES_WHEN_FULL {
        wants.ask_next(i64::MAX);
        assert_eq!(wants.answered(0, full(), 0), Outcome::Again);
    }
    wants.ask_next(i64::MAX);
    assert_eq!(wants.answered(0, full(), 0), Outcome::Rests);
    assert!(!wants.any_left(), "no session is kept for it");
    wants.disconnect();
    assert_eq!(wants.wake(REFUSED_PAUSE_MS - 1), Some(REFUSED_PAUSE_MS));
    assert!(!wants.any_left());
    assert_eq!(wants.wake(REFUSED_PAUSE_MS), None);
    assert!(wants.any_left());
    assert_eq!(given(&mut wants, REFUSED_PAUSE_MS), [Kind::StreamOnline]);
}

#[test]
fn a_lost_session_leaves_what_was_heard_and_what_costs() {
    let mut wants = wants(true);
    kinds_due(&mut wants, 0);
    wants.answered(0, active("a", 0), 0);
    wants.answered(2, active("c", 1), 0);
    assert_eq!(wants.disconnect(), [want(Kind::ChatMessage, "1").channel]);
    assert_eq!(ended(&mut wants), ["c"]);
    assert_eq!(kinds_due(&mut wants, 0), [(0, Kind::ChatMessage), (2, Kind::StreamOnline)]);
    assert_eq!(wants.disconnect(), []);
}

#[test]
fn an_answer_that_comes_too_late_is_undone() {
    let mut wants = wants(true);
    wants.ask_next(0);
    assert_eq!(wants.give_up_chat().len(), 1);
    assert_eq!(wants.answered(0, active("late", 0), 0), Outcome::Late);
    assert_eq!(ended(&mut wants), ["late"]);
}

/// It would be there already, and then be ended.
#[test]
fn what_is_on_its_way_out_is_not_asked_for() {
    let anew = |number: u64| Target::from([(number, want(Kind::ChatMessage, "1"))]);
    let mut wants = numbered(vec![want(Kind::ChatMessage, "1")], true);
    wants.ask_next(0);
    wants.answered(0, active("a", 0), 0);
    wants.follow(&Target::new());
    wants.follow(&anew(7));
    assert_eq!((wants.ask_next(0), wants.any_left()), (None, true));
    assert_eq!(wants.end_next(0).as_deref(), Some("a"));
    assert_eq!((wants.ask_next(0), wants.next_at_ms()), (None, None), "nothing spins");
    wants.ended("a", false, 0);
    assert_eq!(wants.next_at_ms(), Some(FIRST_PAUSE_MS));
    assert_eq!((wants.ask_next(1_000), wants.end_next(1_000)), (None, None));
    assert_eq!(ended(&mut wants), ["a"]);
    assert_eq!(wants.ask_next(0).unwrap().0, 7);
    // Left before its answer: that one is to be ended first, too.
    wants.follow(&anew(8));
    assert_eq!((wants.ask_next(0), wants.next_at_ms()), (None, None));
    wants.answered(7, active("b", 0), 0);
    assert_eq!(wants.ask_next(0), None);
    assert_eq!(ended(&mut wants), ["b"]);
    assert_eq!(wants.ask_next(0).unwrap().0, 8);
}

#[test]
fn what_no_token_may_do_keeps_no_session() {
    for falls_back in [false, true] {
        let mut wants = wants(falls_back);
        let no_token = || Err(SubscribeError::NoToken("expired".to_owned()));
        while let Some((number, want)) = wants.ask_next(0) {
            let is_left = falls_back && want.kind.is_chat();
            let expected =
                if is_left { Outcome::ChatRefused { falls_back } } else { Outcome::Rests };
            assert_eq!(wants.answered(number, no_token(), 0), expected);
        }
        assert!(!wants.any_left(), "also with what only follows chat");
        wants.disconnect();
        assert!(!wants.any_left() && wants.ask_next(REFUSED_PAUSE_MS - 1).is_none());
        wants.retry_now();
        assert!(wants.any_left());
    }
}
