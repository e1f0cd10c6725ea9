//! Model files: whatever the bytes, a channel starts; and a model that is taken can be used.

use std::fs;

use cliphound::{
    records::model_file::{self, Loaded},
    replay::recording,
};
use cliphound_engine::{Engine, EventTime, Input, Live, Message, Model, Settings};
use cliphound_twitch::ChannelLogin;
use proptest::prelude::*;

use crate::{bytes::spoilt, hold::hold};

/// A quarter of an hour in which much happens, told to an engine from `start` on.
pub fn evening(engine: &mut Engine, start: EventTime, minutes: i64) {
    engine.handle(start, &Input::Live(Live::Online));
    for second in 0..minutes * 60 {
        let now = start + second * 1000;
        while let Some(due) = engine.deadline().filter(|due| *due <= now) {
            engine.wake(due);
        }
        let is_loud = second % 200 > 180;
        for person in 0..if is_loud { 9 } else { 1 + second % 2 } {
            let text = if is_loud { "KEKW LETS GOOO" } else { "what a nice evening" }.to_owned();
            let user = Some(format!("user{}", (second + person * 7) % 40));
            engine.handle(now, &Input::Message(Message { user, text, ..Message::default() }));
        }
        engine.handle(now, &Input::Sound { level_db: if is_loud { -9.0 } else { -30.0 } });
    }
}

/// Fresh and learned models.
pub fn models() -> Vec<Model> {
    let mut engine = Engine::new(Settings::default(), 5);
    evening(&mut engine, EventTime(1_790_000_000_000), 45);
    vec![Model::new(7), engine.model().clone()]
}

/// A model as it lies in its file.
fn framed(model: &Model) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let login = ChannelLogin::parse("ninja").unwrap();
    model_file::save(folder.path(), &login, Some("7"), model).unwrap();
    fs::read(folder.path().join("ninja.bin")).unwrap()
}

/// Whatever a sound model says, an engine lives with it.
fn is_usable(model: Model) -> TestCaseResult {
    let mut engine = Engine::with_model(Settings::default(), model);
    evening(&mut engine, EventTime(1_790_003_000_000), 1);
    evening(&mut engine, EventTime(1_790_400_000_000), 1);
    prop_assert!(engine.model().is_sound());
    Ok(())
}

type TestCaseResult = Result<(), TestCaseError>;

#[test]
fn any_bytes_as_a_model_file() {
    let folder = tempfile::tempdir().unwrap();
    let login = ChannelLogin::parse("ninja").unwrap();
    let samples = models().iter().map(framed).collect();
    hold("model files", 30, spoilt(samples, 3), move |bytes| {
        let path = folder.path().join("ninja.bin");
        fs::write(&path, &bytes).unwrap();
        let any = model_file::load_any(&path).ok();
        match model_file::load(folder.path(), &login, None) {
            Loaded::Found(model) => prop_assert_eq!(Some(*model), any),
            Loaded::SetAside { reason, path } => {
                prop_assert!(any.is_none() && reason.len() < 1_000);
                prop_assert_eq!(fs::read(path).unwrap(), bytes);
            }
            Loaded::None => prop_assert!(false, "a file lay there"),
        }
        Ok(())
    });
}

/// A whole frame around spoilt contents: what somebody made on purpose.
#[test]
fn any_crafted_model() {
    let samples = models().iter().map(|model| postcard::to_stdvec(model).unwrap()).collect();
    hold("crafted models", 30, spoilt(samples, 3), |payload| {
        let Ok((model, [])) = postcard::take_from_bytes::<Model>(&payload) else { return Ok(()) };
        if !model.is_sound() {
            return Ok(());
        }
        let packed = recording::pack(&model).unwrap();
        prop_assert_eq!(recording::unpack(&packed), Some(model.clone()));
        is_usable(model)
    });
}

#[test]
fn any_model_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let login = ChannelLogin::parse("ninja").unwrap();
    for model in models() {
        model_file::save(folder.path(), &login, Some("7"), &model).unwrap();
        let found = model_file::load(folder.path(), &login, Some("7"));
        assert_eq!(found, Loaded::Found(Box::new(model)));
    }
}
