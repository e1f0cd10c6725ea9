//! The detector on made-up streams whose truth is known: 24 kinds of channels, three
//! evenings each. `docs/benchmark.md` says what it is and how to read it; to see its table,
//! run `cargo test --test synthetic_benchmark -- --nocapture`.

#![expect(clippy::unwrap_used, reason = "a test may")]

mod judge;
mod table;

use std::thread;

use cliphound::{
    evaluate::detect::engine,
    replay::{
        detect::Format,
        event::{Fed, Tally},
        formats,
        lines::Lines,
        seed::seed,
        zero::Zero,
    },
};
use cliphound_engine::{EventTime, Input, Moment};
use cliphound_twitch_sim::{ChatForm, MadeStream, make_stream};
use judge::Judged;
use table::Table;

/// Kinds of channels.
const KINDS: usize = 24;
/// Evenings: each has its own chat in every kind of channel.
const SEEDS: [u64; 3] = [11, 12, 13];
/// Length of a stream, minutes.
const MINUTES: u32 = 60;
/// Clips an hour that are asked for: the default.
const BUDGET: f32 = 8.0;

#[test]
fn the_detector_on_made_up_streams() {
    let table = Table::new(&judge_all());
    eprintln!("{table}");
    let wrong = table.wrong();
    assert!(wrong.is_empty(), "{}\n\n{table}", wrong.join("\n"));
}

/// All streams, judged, by seed and number.
fn judge_all() -> Vec<Judged> {
    let streams: Vec<(usize, u64)> =
        SEEDS.iter().flat_map(|&seed| (0..KINDS).map(move |number| (number, seed))).collect();
    let workers = thread::available_parallelism().map_or(2, usize::from);
    let mut judged: Vec<(usize, Judged)> = thread::scope(|scope| {
        let streams = &streams;
        let share_of = |worker: usize| {
            let share = streams.iter().enumerate().skip(worker).step_by(workers);
            share.map(|(at, &(number, seed))| (at, judge(number, seed))).collect::<Vec<_>>()
        };
        let busy: Vec<_> =
            (0..workers).map(|worker| scope.spawn(move || share_of(worker))).collect();
        busy.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    judged.sort_by_key(|(at, _)| *at);
    judged.into_iter().map(|(_, judged)| judged).collect()
}

fn judge(number: usize, seed: u64) -> Judged {
    let stream = make_stream(number, seed, MINUTES);
    let moments = moments(&stream);
    judge::judge(stream, &moments, f64::from(MINUTES) / 60.0)
}

/// The moments that a fresh engine finds, as `replay` and `evaluate` run it. Every second
/// kind of channel knows its viewers, as a channel with an account does.
fn moments(stream: &MadeStream) -> Vec<Moment> {
    let mut chat = Vec::new();
    if stream.viewers.is_multiple_of(2) {
        let viewers = Input::Viewers(Some(stream.viewers));
        chat.push(Fed { at: EventTime(0), channel: None, input: viewers });
    }
    let format = match stream.form {
        ChatForm::Irc => Format::Irc,
        ChatForm::Nameless => Format::Jsonl,
    };
    let (mut tally, mut zero) = (Tally::default(), Zero::default());
    formats::read_lines(format, &mut Lines::new(stream.chat.as_bytes()), &mut tally, &mut |fed| {
        zero.push(fed, &mut |fed| chat.push(fed));
    });
    assert_eq!(tally, Tally::default(), "{}: every line can be read", stream.name);
    engine::run(&chat, seed(&stream.name), &[], BUDGET).moments
}
