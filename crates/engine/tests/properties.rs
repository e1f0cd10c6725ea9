//! What must hold for any chat at all.

use cliphound_engine::text::ChannelEmotes;
use cliphound_engine::{
    Cause, Effect, EmoteSet, Engine, Erased, EventTime, Input, Live, Message, Model, Quieting,
    Reason, Role, Settings, Verdict, VerdictInput,
};
use proptest::prelude::*;

fn a_verdict() -> impl Strategy<Value = VerdictInput> {
    let verdict = prop_oneof![
        1 => Just(Some(Verdict::Kept)),
        5 => Just(Some(Verdict::Rejected)),
        1 => Just(None),
    ];
    let names =
        ["chatters", "emote", "repetition", "laughter", "excitement", "taught", "forest", "?"];
    (any::<i64>(), verdict, 0..names.len()).prop_map(move |(trigger, verdict, name)| VerdictInput {
        trigger: EventTime(trigger),
        verdict,
        cause: Cause::Hype,
        score: f32::NAN,
        threshold: 0.6,
        reasons: vec![Reason {
            name: names[name].to_owned(),
            value: f32::INFINITY,
            usual: -1.0,
            text: String::new(),
        }],
    })
}

fn an_input() -> impl Strategy<Value = Input> {
    let text = prop_oneof![
        Just("KEKW".to_owned()),
        Just("LETS GOOO".to_owned()),
        Just("!testclip".to_owned()),
        Just("!cliphound mute 5m".to_owned()),
        Just("!cliphound pause".to_owned()),
        Just("Type POTATO to take part".to_owned()),
        Just("what a nice evening this is".to_owned()),
        ".{0,40}",
    ];
    let user = prop::option::of((0..30_u8).prop_map(|i| format!("user{i}")));
    let role = prop_oneof![9 => Just(Role::Viewer), 1 => Just(Role::Moderator)];
    let message = (user, text, role).prop_map(|(user, text, role)| Message {
        user,
        text,
        role,
        ..Message::default()
    });
    prop_oneof![
        40 => message.prop_map(Input::Message),
        1 => (0..5000_u32).prop_map(|viewers| Input::Raid { viewers }),
        1 => (0..50_u32).prop_map(|count| Input::Gift { count }),
        1 => prop::option::of(0..50_000_u32).prop_map(Input::Viewers),
        1 => prop_oneof![Just(Live::Unknown), Just(Live::Online), Just(Live::Offline)].prop_map(Input::Live),
        1 => Just(Input::ChatCleared),
        1 => Just(Input::UserCleared { user: "user3".into() }),
        1 => Just(Input::Disconnected),
        1 => Just(Input::Reconnected),
        1 => Just(Input::Poll),
        1 => Just(Input::Subscription),
        1 => Just(Input::MessageDeleted { id: "m1".into() }),
        1 => prop_oneof![Just(Quieting::Pause), Just(Quieting::Mute(9)), Just(Quieting::Resume)]
            .prop_map(Input::Quiet),
        1 => (1.0_f32..60.0).prop_map(|budget_per_hour| {
            Input::Settings(Settings { budget_per_hour, ..Settings::default() })
        }),
        1 => prop::option::of("[a-z ]{0,9}")
            .prop_map(|title| Input::Asked { by: "ann".into(), title }),
        1 => a_verdict().prop_map(Input::Verdict),
        1 => prop::collection::vec(a_verdict(), 0..4).prop_map(Input::Verdicts),
        1 => (0.0_f32..9.0).prop_map(|sensitivity| {
            Input::Settings(Settings { sensitivity, ..Settings::default() })
        }),
        1 => Just(Input::AdBreak { seconds: 30 }),
        1 => any::<bool>().prop_map(|forces| Input::Signal { name: "cheer".into(), forces }),
        1 => (-90.0_f32..3.0).prop_map(|level_db| Input::Sound { level_db }),
        1 => any::<(i64, i64)>().prop_map(|(start, end)| Input::Evidence {
            start: EventTime(start),
            end: EventTime(end),
        }),
        1 => Just(Input::Emotes(EmoteSet::new(["nice", "evening", "LETS"]))),
    ]
}

/// Inputs with their times: mostly close together, now and then a pause.
fn a_chat() -> impl Strategy<Value = Vec<(EventTime, Input)>> {
    let step = prop_oneof![20 => 0_i64..900, 2 => 900_i64..20_000, 1 => Just(1_000_000_i64)];
    prop::collection::vec((step, an_input()), 0..400).prop_map(|steps| {
        let mut now = 1_000_000;
        let timed = steps.into_iter().map(|(step, input)| {
            now += step;
            (EventTime(now), input)
        });
        timed.collect()
    })
}

/// All effects and the score of each second.
fn run(engine: &mut Engine, chat: &[(EventTime, Input)]) -> (Vec<Effect>, Vec<String>) {
    let mut effects = Vec::new();
    let mut seconds = Vec::new();
    for (at, input) in chat {
        while let Some(due) = engine.deadline().filter(|due| due <= at) {
            effects.extend(engine.wake(due));
            seconds.push(format!("{:?}", engine.second()));
        }
        effects.extend(engine.handle(*at, input));
    }
    (effects, seconds)
}

fn engine() -> Engine {
    Engine::new(Settings::default(), 5)
}

/// The same chat after its texts were deleted.
fn without_texts(chat: &[(EventTime, Input)]) -> Vec<(EventTime, Input)> {
    let mut emotes = ChannelEmotes::default();
    let erase = |(at, input): &(EventTime, Input)| {
        let input = match input {
            Input::Message(message) => Input::Erased(Erased::of(message, &emotes)),
            input => input.clone(),
        };
        if let Input::Emotes(set) = &input {
            emotes = ChannelEmotes::new(set);
        }
        (*at, input)
    };
    chat.iter().map(erase).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_read_decides_as_the_text_did(chat in a_chat()) {
        let erased = without_texts(&chat);
        for (_, input) in &erased {
            if let Input::Erased(line) = input {
                prop_assert!(line.gist.is_sound());
            }
        }
        prop_assert_eq!(run(&mut engine(), &erased), run(&mut engine(), &chat));
    }

    #[test]
    fn the_score_never_depends_on_what_comes_later(chat in a_chat(), cut in 0.0_f64..1.0) {
        let kept = (chat.len() as f64 * cut) as usize;
        let (whole, all_seconds) = run(&mut engine(), &chat);
        let (part, seconds) = run(&mut engine(), &chat[..kept]);
        prop_assert_eq!(&all_seconds[..seconds.len()], &seconds[..]);
        prop_assert_eq!(&whole[..part.len()], &part[..]);
    }

    #[test]
    fn any_times_are_survived(times in prop::collection::vec(any::<i64>(), 0..20)) {
        let mut engine = engine();
        for at in times {
            let message = Message { text: "KEKW".into(), ..Message::default() };
            engine.handle(EventTime(at), &Input::Message(message));
            engine.wake(EventTime(at.saturating_add(5_000)));
        }
        prop_assert!(engine.model().is_sound());
    }

    #[test]
    fn the_same_chat_gives_the_same_bytes(chat in a_chat()) {
        let first = run(&mut engine(), &chat);
        let second = run(&mut engine(), &chat);
        prop_assert_eq!(first, second);
    }

    #[test]
    fn waking_late_changes_nothing(chat in a_chat()) {
        let (woken, _) = run(&mut engine(), &chat);
        let mut sleeper = engine();
        let slept: Vec<Effect> =
            chat.iter().flat_map(|(at, input)| sleeper.handle(*at, input)).collect();
        prop_assert_eq!(woken, slept);
    }

    #[test]
    fn moments_are_sound_and_apart(chat in a_chat()) {
        let (effects, _) = run(&mut engine(), &chat);
        let mut last: Option<EventTime> = None;
        for effect in effects {
            let Effect::Moment(moment) = effect else { continue };
            prop_assert!((0.0..=1.0).contains(&moment.score));
            prop_assert!(moment.start < moment.end && moment.end <= moment.trigger);
            if moment.reasons.is_empty() {
                continue;
            }
            prop_assert!(moment.score >= moment.threshold);
            let cooldown = i64::from(Settings::default().cooldown_s) * 1000;
            prop_assert!(last.is_none_or(|last| moment.trigger.ms_since(last) >= cooldown));
            last = Some(moment.trigger);
        }
    }

    #[test]
    fn a_model_is_sound_and_goes_on_in_the_same_way(
        chat in a_chat(),
        pause in -1_000_000_000_i64..10_000_000_000,
    ) {
        let mut before = engine();
        run(&mut before, &chat);
        let model: Model = before.model();
        prop_assert!(model.is_sound());
        let stored: Model = postcard::from_bytes(&postcard::to_allocvec(&model).expect("bytes"))
            .expect("the same model");
        let later: Vec<(EventTime, Input)> =
            chat.iter().map(|(at, input)| (*at + 500_000_000 + pause, input.clone())).collect();
        let after = |model| {
            let mut after = Engine::with_model(Settings::default(), model);
            let seen = run(&mut after, &later);
            (seen, after.model().is_sound())
        };
        let (seen, is_sound) = after(model);
        prop_assert!(is_sound);
        prop_assert_eq!(seen, after(stored).0);
    }
}
