//! Examples of missed highlights.

use super::*;

fn window(end_s: i64, score: f32) -> WindowRow {
    WindowRow {
        broadcaster_id: "7".to_owned(),
        login: "ninja".to_owned(),
        end_ms: end_s * 1000,
        messages: 5,
        chatters: 4,
        score,
        threshold: 0.7,
        sentiment: 0.0,
        viewers: None,
    }
}

const KNOWN: Known = Known {
    start_ms: -3_600_000,
    hours: 2.0,
    budget_per_hour: 4.0,
    sensitivity: 1.0,
    taught: 1.0,
    cooldown_s: 120,
};

fn highlight() -> Highlight {
    let (start_ms, end_ms) = (1_000_000, 1_030_000);
    Highlight { start_ms, end_ms, clips: Vec::new(), first_made_ms: 0 }
}

fn told(windows: &[WindowRow], ours: &[Ours], known: Known) -> Advice {
    advise(&highlight(), ours, windows, &[], known)
}

fn check(windows: &[WindowRow], ours: &[Ours], remedy: Option<Remedy>, words: &str) {
    check_known(KNOWN, windows, ours, remedy, words);
}

fn check_known(
    known: Known,
    windows: &[WindowRow],
    ours: &[Ours],
    remedy: Option<Remedy>,
    words: &str,
) {
    let advice = told(windows, ours, known);
    assert_eq!(advice.remedy, remedy, "{}", advice.text);
    assert!(advice.text.contains(words), "{}", advice.text);
}

fn ours(trigger_s: i64) -> Ours {
    Ours {
        trigger_ms: trigger_s * 1000,
        start_ms: (trigger_s - 20) * 1000,
        end_ms: trigger_s * 1000,
        score: 0.9,
        state: None,
        called_ms: None,
        clip_id: None,
        by: By::Chat,
    }
}

/// As many peaks, the last at the highlight, so far apart.
fn peaks(count: i64, apart_s: i64) -> Vec<WindowRow> {
    (0..count).rev().map(|nth| window(1_040 - nth * apart_s, 0.65)).collect()
}

#[test]
fn a_higher_budget_would_have_caught_what_was_a_little_too_low() {
    check(&peaks(6, 550), &[], Some(Remedy::Budget(6.0)), "0.65 where 0.70");
    check(&peaks(4, 200), &[], None, "others were higher");
    let quiet = Known { budget_per_hour: 0.1, ..KNOWN };
    check_known(quiet, &peaks(1, 200), &[], Some(Remedy::Budget(1.0)), "0.65 where 0.70");
}

#[test]
fn a_budget_that_would_be_spent_by_then_is_not_enough() {
    // Five in ten minutes: five an hour would have been spent after the third.
    let advice = told(&peaks(5, 130), &[], KNOWN);
    let Some(Remedy::Budget(budget)) = advice.remedy else { panic!("{}", advice.text) };
    assert!(budget > 6.0, "{}", advice.text);
    let paid: Vec<i64> = (1..5).map(|nth| 1_040_000 - nth * 130_000).rev().collect();
    assert!(has_room(budget, KNOWN.start_ms, &paid, 1_040_000));
    assert!(!has_room(budget - 1.0, KNOWN.start_ms, &paid, 1_040_000));
}

#[test]
fn sensitivity_and_verdicts_keep_budget_from_being_spent() {
    let cautious = Known { sensitivity: 0.5, ..KNOWN };
    check_known(cautious, &peaks(4, 800), &[], Some(Remedy::Sensitivity(1.0)), "had room");
    let taught = Known { taught: 0.5, ..KNOWN };
    check_known(taught, &peaks(3, 800), &[], Some(Remedy::Sensitivity(1.5)), "editors");
    // More than the budget itself has room for.
    check_known(taught, &peaks(6, 150), &[], Some(Remedy::Budget(12.0)), "editors");
    let eager = Known { sensitivity: 4.0, ..KNOWN };
    check_known(eager, &peaks(6, 150), &[], None, "others were higher");
}

#[test]
fn a_shorter_cooldown_would_have_caught_what_came_too_soon() {
    let fell = [window(1_000, 0.1), window(1_040, 0.8)];
    check(&fell, &[ours(980)], Some(Remedy::Cooldown(59)), "60 s after another");
    check(&[window(1_040, 0.8)], &[ours(1_035)], None, "part of it");
    check(&[window(1_040, 0.8)], &[ours(500)], None, "no time for moments");
    let signal = Ours { by: By::Signal, ..ours(980) };
    check(&fell, &[signal], Some(Remedy::Cooldown(59)), "60 s after another");
}

#[test]
fn what_people_ask_for_begins_no_cooldown() {
    let asked = Ours { by: By::Hand, ..ours(980) };
    check(&[window(1_040, 0.8)], &[asked], None, "no time for moments");
}

#[test]
fn chat_that_stayed_high_is_one_moment() {
    let high: Vec<WindowRow> = (180..209).map(|nth| window(nth * 5, 0.8)).collect();
    check(&high, &[ours(900)], None, "stayed high");
}

#[test]
fn a_budget_that_was_spent_is_told() {
    let spent = [ours(100), ours(300), ours(500), ours(700)];
    let fell = [window(1_000, 0.1), window(1_040, 0.8)];
    check(&fell, &spent, Some(Remedy::Budget(7.0)), "4 moments in the hour");
    let signals = spent.clone().map(|own| Ours { by: By::Signal, ..own });
    check(&fell, &signals, None, "no time for moments");
    let soon = [spent.to_vec(), vec![ours(980)]].concat();
    check(&fell, &soon, None, "neither");
}

#[test]
fn where_chat_is_silent_no_setting_helps() {
    check(&[window(1_040, 0.0)], &[], None, "no setting");
    check(&[window(1_040, 0.25)], &[], None, "no setting");
    check(&[window(1_040, 0.27)], &[], None, "others were higher");
    check(&[window(900, 0.9)], &[], None, "Nothing is known");
}

#[test]
fn what_was_not_heard_says_so() {
    for (kind, words) in [("gap", "not heard"), ("held", "held back")] {
        let row = StretchRow {
            broadcaster_id: "7".to_owned(),
            login: "ninja".to_owned(),
            kind: kind.to_owned(),
            start_ms: 1_010_000,
            end_ms: 1_020_000,
            word: "connection".to_owned(),
        };
        let windows = [window(1_040, 0.9)];
        let advice = advise(&highlight(), &[], &windows, &[row], Known::default());
        assert!(advice.text.contains(words) && advice.remedy.is_none(), "{}", advice.text);
    }
}
