//! Recordings of `run --record`: spoilt ones are survived, whole ones are read back.

use cliphound::replay::{
    Options,
    erasing::Deletion,
    event::Tally,
    lines::Lines,
    recorded,
    recording::{self, Line},
    recording_writer::{DEFAULT_LIMIT, RecordingWriter, Start},
};
use cliphound_engine::{Engine, EventTime, Input, Live, Message, Role, Settings};
use cliphound_twitch::ChannelLogin;
use proptest::{collection::vec, option, prelude::*};

use crate::{
    bytes::spoilt,
    hold::hold,
    models::{evening, models},
};

fn login() -> ChannelLogin {
    ChannelLogin::parse("ninja").unwrap()
}

/// What an engine can be fed, as far as a recording has it.
fn input() -> impl Strategy<Value = Input> {
    let role = prop_oneof![
        Just(Role::Viewer),
        Just(Role::Vip),
        Just(Role::Moderator),
        Just(Role::Broadcaster)
    ];
    let message =
        (option::of("[a-z0-9-]{1,36}"), option::of("[a-z_]{1,25}"), ".{0,60}", role, any::<u32>());
    prop_oneof![
        8 => message.prop_map(|(id, user, text, role, bits)| {
            Input::Message(Message { id, user, text, role, bits, ..Message::default() })
        }),
        1 => ".{0,30}".prop_map(|id| Input::MessageDeleted { id }),
        1 => "[a-z_]{1,25}".prop_map(|user| Input::UserCleared { user }),
        1 => Just(Input::ChatCleared),
        1 => any::<u32>().prop_map(|viewers| Input::Raid { viewers }),
        1 => option::of(any::<u32>()).prop_map(Input::Viewers),
        1 => Just(Input::Live(Live::Offline)),
        1 => (".{0,30}", any::<bool>()).prop_map(|(name, forces)| Input::Signal { name, forces }),
        1 => Just(Input::Settings(Settings::default())),
    ]
}

fn written(inputs: &[(i64, Input)]) -> Vec<u8> {
    let mut writer = RecordingWriter::new(Vec::new(), 5, DEFAULT_LIMIT).unwrap();
    let settings = Settings::default();
    let start = Start { broadcaster_id: Some("7"), seed: 3, settings: &settings, model: None };
    writer.start(&login(), start).unwrap();
    for (at, input) in inputs {
        writer.input(&login(), EventTime(*at), input).unwrap();
    }
    writer.end(&login(), EventTime(9_000_000)).unwrap();
    writer.finish().unwrap()
}

#[test]
fn any_inputs_are_read_back() {
    hold("recordings, there and back", 30, vec((0..9_000_000_i64, input()), 0..12), |inputs| {
        let bytes = written(&inputs);
        let text = String::from_utf8(bytes).unwrap();
        let mut purged = false;
        let mut lines = text.lines().skip(2);
        for (at, input) in inputs {
            let line = lines.next().unwrap();
            let is_purge = matches!(input, Input::UserCleared { .. });
            // Who was purged has another name from then on.
            if !purged && !is_purge {
                let expected = Line::Input { channel: login(), at: EventTime(at), input };
                prop_assert_eq!(recording::parse(line), Some(expected));
            } else {
                prop_assert!(recording::parse(line).is_some(), "{}", line);
            }
            purged |= is_purge;
        }
        Ok(())
    });
}

/// An evening as a run records it: with a model, moments, deletions.
fn recorded_evening() -> Vec<u8> {
    let mut writer = RecordingWriter::new(Vec::new(), 5, DEFAULT_LIMIT).unwrap();
    let (settings, model) = (Settings::default(), models().remove(0));
    let start = Start { broadcaster_id: None, seed: 1, settings: &settings, model: Some(&model) };
    writer.start(&login(), start).unwrap();
    let mut engine = Engine::with_model(Settings::default(), model);
    let at = EventTime(1_790_000_000_000);
    evening(&mut engine, at, 1);
    for second in 0..40 {
        let (user, id) = (Some(format!("user{}", second % 9)), Some(format!("m{second}")));
        let message = Message { id, user, text: "KEKW hello".to_owned(), ..Message::default() };
        writer.input(&login(), at + second * 700, &Input::Message(message)).unwrap();
    }
    for input in [
        Input::MessageDeleted { id: "m3".to_owned() },
        Input::UserCleared { user: "user4".to_owned() },
        Input::Live(Live::Online),
    ] {
        writer.input(&login(), at + 30_000, &input).unwrap();
    }
    writer.end(&login(), at + 40_000).unwrap();
    writer.finish().unwrap()
}

#[test]
fn any_recording_is_replayed_or_refused() {
    let short =
        written(&[(1_000, Input::Message(Message::default())), (2_000, Input::ChatCleared)]);
    let samples = vec![recorded_evening(), short];
    hold("recordings", 15, spoilt(samples, 5), |bytes| {
        let mut tally = Tally::default();
        let options = Options::default();
        let recorded =
            recorded::replay(&mut Lines::new(bytes.as_slice()), &options, None, &mut tally);
        prop_assert!(recorded.problems.len() <= 20);
        Ok(())
    });
}

#[test]
fn any_line_can_be_erased() {
    let samples = recorded_evening();
    let lines: Vec<Vec<u8>> = samples.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    // The line with the model is long and holds no chat.
    let lines = lines.into_iter().filter(|line| line.len() < 2_000 && !line.is_empty()).collect();
    hold("lines to be erased", 60, spoilt(lines, 4), |line| {
        let purge = Input::UserCleared { user: "user3".to_owned() };
        for input in [Input::ChatCleared, purge, Input::MessageDeleted { id: "m3".to_owned() }] {
            let deletion = Deletion::of(&login(), &input, Some("~abcdefg".to_owned())).unwrap();
            let changed = deletion.look(&line).and_then(|seen| seen.changed);
            if let Some(changed) = changed {
                prop_assert_eq!(changed.len(), line.len());
            }
            deletion.clear(&mut line.clone());
        }
        Ok(())
    });
}
