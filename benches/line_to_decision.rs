//! From a raw tagged chat line to the decision: parse, read, count, and score once a second.

use std::hint::black_box;

use cliphound::feed;
use cliphound_engine::{Engine, EventTime, Settings};
use cliphound_twitch::irc::parse::{Line, parse_line};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// Lines of a lively evening: 40 a second by 900 people, half of them reactions.
fn lines(count: usize) -> Vec<String> {
    const TEXTS: [&str; 8] = [
        "KEKW",
        "does anyone know which song that was",
        "LETS GOOO",
        "I think the last patch changed that, he used to do more damage",
        "LUL LUL",
        "no way",
        "he should have gone to the left side there",
        "PogChamp what a play!!",
    ];
    let line = |i: usize| {
        let user = i * 7919 % 900;
        let at = 1_700_000_000_000_u64 + i as u64 * 25;
        format!(
            "@badge-info=subscriber/12;badges=subscriber/12,premium/1;color=#1E90FF;\
             display-name=Viewer{user};emotes=;first-msg=0;flags=;\
             id=2efa649c-45c5-44b4-9e46-{i:012};mod=0;returning-chatter=0;room-id=1234567;\
             subscriber=1;tmi-sent-ts={at};turbo=0;user-id={};user-type= \
             :viewer{user}!viewer{user}@viewer{user}.tmi.twitch.tv PRIVMSG #channel :{}",
            100_000 + user,
            TEXTS[i * 31 % TEXTS.len()],
        )
    };
    (0..count).map(line).collect()
}

/// One line through everything; the number of effects, so that nothing is optimised away.
fn decide(engine: &mut Engine, line: &str) -> usize {
    let Line::Event { sent_ms, event, .. } = parse_line(line, "justinfan1") else { return 0 };
    let at = EventTime(sent_ms.unwrap_or_default());
    feed::input(event).map_or(0, |input| engine.handle(at, &input).len())
}

fn bench(criterion: &mut Criterion) {
    const LINES: usize = 20_000;
    let lines = lines(LINES);
    let mut group = criterion.benchmark_group("chat");
    group.throughput(Throughput::Elements(LINES as u64)).sample_size(20);
    group.bench_function("raw line to decision", |bencher| {
        bencher.iter_batched(
            || Engine::new(Settings::default(), 1),
            |mut engine| {
                black_box(lines.iter().map(|line| decide(&mut engine, line)).sum::<usize>())
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("parse only", |bencher| {
        bencher.iter(|| lines.iter().for_each(|line| drop(black_box(parse_line(line, "x")))));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
