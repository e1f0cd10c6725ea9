//! Is the advice true? Made-up streams are watched, and each miss once more with what was advised.

use std::collections::BTreeMap;

use cliphound_engine::{Effect, Engine, Moment, Settings};
use cliphound_store::WindowRow;
use cliphound_twitch_sim::{ChatForm, MadeStream, make_stream};
use rayon::prelude::*;

use super::{
    By, Compared, Highlight, Known, Mirror, Ours, Record, Remedy, mirror, remedy::Tries,
    seconds::Seconds,
};
use crate::replay::{
    detect::Format,
    event::{Fed, Tally},
    formats,
    lines::Lines,
    seed::seed,
    zero::Zero,
};

/// Length of a stream, minutes.
const MINUTES: u32 = 80;
/// Kinds of channels, each with chat of its own.
const KINDS: [usize; 12] = [0, 1, 3, 5, 7, 9, 11, 13, 15, 17, 20, 22];
/// What holds in them, in turn.
const SET: [Known; 3] = [
    Known { budget_per_hour: 8.0, sensitivity: 1.0, taught: 1.0, cooldown_s: 120 },
    Known { budget_per_hour: 2.0, sensitivity: 1.0, taught: 1.0, cooldown_s: 240 },
    Known { budget_per_hour: 6.0, sensitivity: 0.5, taught: 1.0, cooldown_s: 120 },
];

/// What became of the advice for the misses of a stream.
#[derive(Debug, Default)]
struct Advised {
    /// By the key of the setting: how often it would have caught the miss, and how often not.
    by_key: BTreeMap<&'static str, (usize, usize)>,
    /// Misses for which nothing was advised.
    nothing: usize,
}

#[test]
fn what_is_advised_would_nearly_always_have_caught_the_miss() {
    let advised: Vec<Advised> = KINDS.par_iter().enumerate().map(advised).collect();
    let mut all = Advised::default();
    for one in advised {
        all.nothing += one.nothing;
        for (key, (right, wrong)) in one.by_key {
            let sums = all.by_key.entry(key).or_default();
            *sums = (sums.0 + right, sums.1 + wrong);
        }
    }
    let right: usize = all.by_key.values().map(|(right, _)| right).sum();
    let wrong: usize = all.by_key.values().map(|(_, wrong)| wrong).sum();
    eprintln!("{right} right, {wrong} wrong: {all:?}");
    assert!(right + wrong >= 40, "{right} right, {wrong} wrong: {all:?}");
    assert!(right * 10 >= (right + wrong) * 9, "{right} right, {wrong} wrong: {all:?}");
}

fn advised((nth, number): (usize, &usize)) -> Advised {
    let stream = make_stream(*number, 41, MINUTES);
    let (chat, known) = (chat(&stream), SET[nth % SET.len()]);
    let mut advised = Advised::default();
    let mut tried: Vec<(Remedy, Mirror)> = Vec::new();
    for (highlight, became) in watched(&stream, &chat, known).highlights {
        let Compared::Missed(advice) = became else { continue };
        let Some(remedy) = advice.remedy else {
            advised.nothing += 1;
            continue;
        };
        let known = match remedy {
            Remedy::Budget(budget_per_hour) => Known { budget_per_hour, ..known },
            Remedy::Sensitivity(sensitivity) => Known { sensitivity, ..known },
            Remedy::Cooldown(cooldown_s) => Known { cooldown_s, ..known },
        };
        if !tried.iter().any(|(one, _)| *one == remedy) {
            tried.push((remedy, watched(&stream, &chat, known)));
        }
        let again = tried.iter().find(|(one, _)| *one == remedy).map(|(_, mirror)| mirror);
        let is_missed = again.unwrap().highlights.iter().any(|(one, became)| {
            one.start_ms == highlight.start_ms && matches!(became, Compared::Missed(_))
        });
        let sums = advised.by_key.entry(remedy.key()).or_default();
        *sums = (sums.0 + usize::from(!is_missed), sums.1 + usize::from(is_missed));
        if is_missed {
            eprintln!("{}: {} {:?}", stream.name, highlight.start_ms / 1000, advice);
        }
    }
    advised
}

/// A stored stream decides as the engine did, with the settings that held.
#[test]
fn windows_tell_when_the_engine_triggered() {
    let (mut same, mut all) = (0, 0);
    for (nth, number) in [0, 7, 20].into_iter().enumerate() {
        let stream = make_stream(number, 42, MINUTES);
        let (ours, windows) = watch(&chat(&stream), seed(&stream.name), SET[nth]);
        let record =
            Record { ours: &ours, windows: &windows, known: SET[nth], ..Record::default() };
        let fired = Seconds::of(&record).rehearse(&SET[nth]);
        same +=
            fired.iter().filter(|one| ours.iter().any(|own| own.is_at(one.at_ms, 5_000))).count();
        all += ours.len().max(fired.len());
    }
    assert!(all >= 15 && same * 10 >= all * 9, "{same} of {all}");
}

/// Days of a stream without end are tried within a page's time: it is work of one stream, however
/// many of its highlights were missed.
#[test]
fn each_setting_is_tried_once() {
    let stream = make_stream(0, 43, 20);
    let (ours, windows) = watch(&chat(&stream), seed(&stream.name), SET[1]);
    let record = Record { ours: &ours, windows: &windows, known: SET[1], ..Record::default() };
    let mut tries = Tries::new(&record);
    let silent =
        Highlight { start_ms: -500_000, end_ms: -470_000, clips: Vec::new(), first_made_ms: 0 };
    assert!(tries.least(&silent).is_none() && tries.tried() > 40, "{}", tries.tried());
    let once = tries.tried();
    assert!(once < 90 && tries.least(&silent).is_none() && tries.tried() == once, "{once}");
}

fn chat(stream: &MadeStream) -> Vec<Fed> {
    let format = match stream.form {
        ChatForm::Irc => Format::Irc,
        ChatForm::Nameless => Format::Jsonl,
    };
    let (mut chat, mut tally, mut zero) = (Vec::new(), Tally::default(), Zero::default());
    formats::read_lines(format, &mut Lines::new(stream.chat.as_bytes()), &mut tally, &mut |fed| {
        zero.push(fed, &mut |fed| chat.push(fed));
    });
    assert_eq!(tally, Tally::default(), "{}", stream.name);
    chat
}

/// What viewers would clip of a stream, all that truly happened, beside what was found.
fn watched(stream: &MadeStream, chat: &[Fed], known: Known) -> Mirror {
    let (ours, windows) = watch(chat, seed(&stream.name), known);
    let moments = stream.truth.iter().filter(|truth| !truth.decoy);
    let highlights = moments.map(|truth| Highlight {
        start_ms: truth.start_ms,
        end_ms: truth.end_ms,
        clips: Vec::new(),
        first_made_ms: truth.end_ms + 60_000,
    });
    mirror(
        highlights.collect(),
        &Record { ours: &ours, windows: &windows, known, ..Record::default() },
    )
}

/// The moments and windows of an engine, as the daemon keeps them.
fn watch(chat: &[Fed], seed: u64, known: Known) -> (Vec<Ours>, Vec<WindowRow>) {
    let Known { budget_per_hour, sensitivity, cooldown_s, .. } = known;
    let settings = Settings { budget_per_hour, sensitivity, cooldown_s, ..Settings::default() };
    let mut engine = Engine::new(settings, seed);
    let mut effects = Vec::new();
    for Fed { at, input, .. } in chat {
        while let Some(due) = engine.deadline().filter(|due| due <= at) {
            effects.extend(engine.wake(due));
        }
        effects.extend(engine.handle(*at, input));
    }
    let (mut moments, mut windows) = (Vec::<Ours>::new(), Vec::new());
    for effect in effects {
        match effect {
            Effect::Moment(moment) => moments.push(ours(&moment)),
            Effect::Extended(longer) => {
                if let Some(last) = moments.last_mut() {
                    last.end_ms = longer.end.0;
                }
            }
            Effect::Window(window) => windows.push(WindowRow {
                broadcaster_id: "7".to_owned(),
                login: "ninja".to_owned(),
                end_ms: window.end.0,
                messages: window.messages,
                chatters: window.chatters,
                score: window.score,
                threshold: window.threshold,
                sentiment: window.sentiment,
                viewers: window.viewers,
            }),
            _ => {}
        }
    }
    (moments, windows)
}

fn ours(moment: &Moment) -> Ours {
    Ours {
        trigger_ms: moment.trigger.0,
        start_ms: moment.start.0,
        end_ms: moment.end.0,
        score: moment.score,
        state: None,
        called_ms: None,
        clip_id: None,
        by: By::cause(&moment.cause.to_string()),
    }
}
