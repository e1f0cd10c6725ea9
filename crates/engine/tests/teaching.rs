//! What editors and users change by verdicts and sensitivity, told in chat.

mod chat;

use chat::Chat;
use cliphound_engine::{
    Cause, Engine, EventTime, Input, Part, Reason, Settings, Teaching, Verdict, VerdictInput,
};

/// Verdicts on forty moments of an earlier run, half of them led by this reason.
fn verdicts(led_by: &str, verdict: Verdict, others: Verdict) -> Vec<VerdictInput> {
    let reason =
        |name: &str| Reason { name: name.to_owned(), value: 9.0, usual: 1.0, text: String::new() };
    let on = |at: i64| VerdictInput {
        trigger: EventTime(at),
        verdict: Some(if at % 2 == 0 { verdict } else { others }),
        cause: Cause::Hype,
        score: 0.7,
        threshold: 0.6,
        reasons: vec![reason("chatters"), reason(if at % 2 == 0 { led_by } else { "sentiment" })],
    };
    (0..40).map(on).collect()
}

#[test]
fn a_kind_that_editors_reject_counts_less_until_they_take_it_back() {
    let found = |told: &[Input]| {
        let mut chat = Chat::new(Settings::default());
        told.iter().for_each(|input| chat.tell(input));
        chat.talk(480);
        chat.burst(30, |_| "KEKW".into());
        chat.moments()[0].clone()
    };
    let untaught = found(&[]);
    let lead = untaught.reasons[1].name.clone();
    let rejected = verdicts(&lead, Verdict::Rejected, Verdict::Kept);
    let taught = found(&[Input::Verdicts(rejected.clone())]);
    assert!(taught.trigger > untaught.trigger, "more people have to react");
    let told = taught.reasons.last().unwrap();
    assert!(told.name == "taught" && told.text.contains("are seldom kept here"), "{told:?}");
    let one_by_one: Vec<Input> = rejected.iter().cloned().map(Input::Verdict).collect();
    assert_eq!(found(&one_by_one), taught);
    let taken_back =
        rejected.into_iter().map(|v| Input::Verdict(VerdictInput { verdict: None, ..v }));
    let undone: Vec<Input> = one_by_one.into_iter().chain(taken_back).collect();
    assert_eq!(found(&undone), untaught);
}

#[test]
fn the_bar_rises_where_nearly_all_is_rejected() {
    let mut chat = Chat::new(Settings::default());
    let all = verdicts("laughter", Verdict::Rejected, Verdict::Rejected);
    chat.tell(&Input::Verdicts(all));
    let teaching = chat.engine.teaching();
    assert_eq!((teaching.kept, teaching.rejected), (0, 40));
    assert!(teaching.threshold_shift > 0.05, "{teaching:?}");
    // It goes on with the model, and can be left out.
    let taught = Chat::with_model(chat.engine.model(), chat.now()).engine;
    let settings = Settings { without: vec![Part::Teaching], ..Settings::default() };
    let untaught = Engine::with_model(settings, chat.engine.model());
    let threshold = |engine: &Engine| engine.status(chat.now()).threshold;
    let shift = threshold(&taught) - threshold(&untaught);
    assert!((shift - teaching.threshold_shift).abs() < 1e-6, "{shift}");
    chat.tell(&Input::Verdicts(Vec::new()));
    assert_eq!(chat.engine.teaching(), Teaching::default());
}

#[test]
fn sensitivity_moves_the_threshold_and_not_the_budget() {
    let threshold = |sensitivity| {
        let settings = Settings { sensitivity, ..Settings::default() };
        Engine::new(settings, 1).status(EventTime(0)).threshold
    };
    let budget = |budget_per_hour| {
        let settings = Settings { budget_per_hour, ..Settings::default() };
        Engine::new(settings, 1).status(EventTime(0)).threshold
    };
    assert_eq!(threshold(0.5), budget(4.0));
    assert_eq!(threshold(2.0), budget(16.0));
    for (nonsense, expected) in [(f32::NAN, 1.0), (0.0, 0.25), (1e9, 4.0), (-1.0, 0.25)] {
        assert_eq!(threshold(nonsense), threshold(expected), "{nonsense}");
    }
}
