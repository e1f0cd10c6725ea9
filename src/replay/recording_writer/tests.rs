//! What is written is read; a full recording ends well.

use cliphound_engine::{Live, Message};
use proptest::prelude::*;

use super::*;
use crate::replay::{
    recording::{Line, parse},
    runner::tests::moment,
};

fn ninja() -> ChannelLogin {
    ChannelLogin::parse("ninja").unwrap()
}

fn lines(bytes: &[u8]) -> Vec<Line> {
    String::from_utf8(bytes.to_vec()).unwrap().lines().map(|line| parse(line).unwrap()).collect()
}

fn start<'a>(settings: &'a Settings, model: Option<&'a Model>) -> Start<'a> {
    Start { broadcaster_id: Some("7"), seed: u64::MAX, settings, model }
}

#[test]
fn what_is_written_is_read() {
    let (channel, settings) = (ninja(), Settings::default());
    let message =
        Message { user: Some("ann".into()), text: "hi\n\u{1}".into(), ..Message::default() };
    let (input, found) = (Input::Message(message), moment(EventTime(1000), 0.123_456_79));
    let mut writer = RecordingWriter::new(Vec::new(), 5, DEFAULT_LIMIT).unwrap();
    writer.start(&channel, start(&settings, Some(&Model::new(3)))).unwrap();
    writer.input(&channel, EventTime(-1), &input).unwrap();
    writer.effect(&channel, EventTime(1000), &Effect::Moment(found.clone())).unwrap();
    writer.effect(&channel, EventTime(2000), &Effect::Extended(found.clone())).unwrap();
    writer.effect(&channel, EventTime(2000), &Effect::Learned).unwrap();
    writer.end(&channel, EventTime(9000)).unwrap();
    let model = Some(pack(&Model::new(3)).unwrap());
    let expected = [
        Line::Header(VERSION),
        Line::Start { channel: channel.clone(), seed: u64::MAX, settings, model },
        Line::Input { channel: channel.clone(), at: EventTime(-1), input },
        Line::Effect {
            channel: channel.clone(),
            at: EventTime(1000),
            effect: Effect::Moment(found.clone()),
        },
        Line::Effect {
            channel: channel.clone(),
            at: EventTime(2000),
            effect: Effect::Extended(found),
        },
        Line::End { channel, woken: EventTime(9000) },
    ];
    assert_eq!(lines(&writer.finish().unwrap()), expected);
}

#[test]
fn a_full_recording_ends_well() {
    let channel = ninja();
    let mut writer = RecordingWriter::new(Vec::new(), 5, 1000).unwrap();
    writer.start(&channel, start(&Settings::default(), None)).unwrap();
    for at in 0..1000 {
        writer.input(&channel, EventTime(at), &Input::Live(Live::Online)).unwrap();
    }
    assert!(writer.is_full());
    writer.end(&channel, EventTime(1000)).unwrap();
    let bytes = writer.finish().unwrap();
    let lines = lines(&bytes);
    assert!(bytes.len() < 1300);
    let last = lines.len() as i64 - 4;
    assert_eq!(lines.last(), Some(&Line::End { channel, woken: EventTime(last) }));
}

proptest! {
    #[test]
    fn scores_keep_their_bits(score: f32, text: String) {
        prop_assume!(score.is_finite());
        let mut found = moment(EventTime(1), score);
        found.reasons.push(cliphound_engine::Reason { name: "x".into(), value: score, usual: -score, text });
        let mut writer = RecordingWriter::new(Vec::new(), 5, DEFAULT_LIMIT).unwrap();
        writer.start(&ninja(), start(&Settings::default(), None)).unwrap();
        let effect = Effect::Moment(found);
        writer.effect(&ninja(), EventTime(1), &effect).unwrap();
        let lines = lines(&writer.finish().unwrap());
        prop_assert_eq!(&lines[2], &Line::Effect { channel: ninja(), at: EventTime(1), effect });
    }
}
