//! Whether the past stays the same when the future is cut off. Pure.

use cliphound_engine::{EventTime, Second};

use super::{detect::engine, stream::Stream};

/// Where a stream is cut, as shares of its length.
const CUTS: [f64; 2] = [0.35, 0.7];

/// Runs the engine on the stream cut short; whether every second before each cut is the same,
/// bit for bit, as in the `whole` run at the same budget.
#[must_use]
pub fn holds(stream: &Stream, whole: &[Second], budget_per_hour: f32) -> bool {
    CUTS.into_iter().all(|share| {
        let cut = EventTime((stream.length_s * share * 1000.0) as i64);
        let before = stream.chat.partition_point(|fed| fed.at < cut);
        let run = engine::run(&stream.chat[..before], stream.seed, &[], budget_per_hour);
        same_past(whole, &run.seconds, cut)
    })
}

/// Whether two runs saw the same until `cut`, as far as the shorter one goes.
fn same_past(whole: &[Second], short: &[Second], cut: EventTime) -> bool {
    let until = short.partition_point(|second| second.end <= cut);
    whole.get(..until).is_some_and(|past| past == &short[..until])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_before_the_cut_are_seen() {
        let run = |scores: &[f32]| -> Vec<Second> {
            let second = |(at, &score): (usize, &f32)| Second {
                end: EventTime::from_secs(at as i64 + 1),
                messages: 1,
                chatters: 1,
                score,
                threshold: 0.5,
                triggered: false,
            };
            scores.iter().enumerate().map(second).collect()
        };
        let check = |whole: &[f32], short: &[f32], expected: bool| {
            let same = same_past(&run(whole), &run(short), EventTime::from_secs(2));
            assert_eq!(same, expected, "{whole:?} {short:?}");
        };
        check(&[0.1, 0.2, 0.3], &[0.1, 0.2], true);
        check(&[0.1, 0.2, 0.3], &[0.1, 0.2, 0.9], true);
        check(&[0.1, 0.2, 0.3], &[0.1, 0.25], false);
        check(&[0.1], &[0.1, 0.2], false);
    }
}
