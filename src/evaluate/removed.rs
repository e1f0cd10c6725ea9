//! Most chatters removed: how little chat is enough, and for which detector. Pure.

use cliphound_engine::{Input, Part, hash::fnv1a};
use rayon::prelude::*;
use serde::Serialize;

use super::{
    detect::{Decided, Method, engine, log_ratio, series::Series},
    measure::{self, Estimates, Figures, estimates, mean_of_draws},
    metrics::{BUDGETS, DEFAULT},
    paired::{Paired, mean_difference, minus},
    stream::Stream,
};
use crate::replay::event::Fed;

/// Chatters removed, percent.
pub const REMOVED: [u64; 2] = [75, 95];
/// The detectors that see what is left; the engine first, which the others are paired with.
pub const DETECTORS: [Method; 4] =
    [Method::Hybrid, Method::Rules, Method::Forest, Method::LogRatio];
/// Choices of who is left. With one alone, which few people are left decides more than which
/// detector looks at them.
const DRAWS: u64 = 8;

/// All detectors with so many chatters removed.
#[derive(Debug, Serialize)]
pub struct Removed {
    /// Percent of the chatters that are gone.
    pub percent: u64,
    /// Draws of who is left; every figure of a stream is their mean.
    pub draws: u64,
    /// What each detector reached.
    pub detectors: Vec<Row>,
    /// The other detectors minus the engine, in the same streams and draws.
    pub to_hybrid: Vec<Paired>,
}

/// One detector.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Which.
    pub method: &'static str,
    /// Its figures over streams.
    #[serde(flatten)]
    pub figures: Estimates,
}

/// What one detector reached on one stream, in the mean of all draws.
#[derive(Debug, Clone, Copy, Default)]
pub struct Drawn {
    figures: Figures,
    /// Its differences to the engine: each draw is a pair of its own.
    to_hybrid: Figures,
}

/// By [`REMOVED`] and [`DETECTORS`].
pub type OfStream = [[Drawn; DETECTORS.len()]; REMOVED.len()];

/// What each detector reaches on `stream`, in the mean of all draws.
#[must_use]
pub fn figures(stream: &Stream) -> OfStream {
    REMOVED.map(|removed| {
        let draw = |draw: u64| {
            let left = keep_chatters(&stream.chat, 100 - removed, draw);
            DETECTORS.map(|method| {
                let decided = decided(method, &left, stream.seed);
                measure::figures(&decided, &stream.labels, stream.length_s)
            })
        };
        let draws: Vec<[Figures; DETECTORS.len()]> = (0..DRAWS).into_par_iter().map(draw).collect();
        std::array::from_fn(|at| {
            let figures: Vec<Figures> = draws.iter().map(|draw| draw[at]).collect();
            let pairs: Vec<Figures> = draws.iter().map(|draw| minus(&draw[at], &draw[0])).collect();
            Drawn { figures: mean_of_draws(&figures), to_hybrid: mean_of_draws(&pairs) }
        })
    })
}

fn decided(method: Method, chat: &[Fed], seed: u64) -> Decided {
    match method {
        Method::Rules => engine::decided(chat, seed, &[Part::Forest]),
        Method::Forest => engine::decided(chat, seed, &[Part::Rules]),
        Method::LogRatio => {
            let values = log_ratio::values(&Series::new(chat));
            Decided { peaks: values.peaks(10), triggers: values.conformal(BUDGETS[DEFAULT]) }
        }
        _ => engine::decided(chat, seed, &[]),
    }
}

/// Sums up all streams.
#[must_use]
pub fn sum_up(streams: &[&OfStream]) -> Vec<Removed> {
    let at_share = |(share, &percent): (usize, &u64)| {
        let of = |at: usize, value: fn(&Drawn) -> Figures| -> Vec<Figures> {
            streams.iter().map(|stream| value(&stream[share][at])).collect()
        };
        let row = |(at, method): (usize, Method)| Row {
            method: method.name(),
            figures: estimates(of(at, |drawn| drawn.figures).iter()),
        };
        let pair = |(at, method): (usize, Method)| {
            mean_difference(method.name(), &of(at, |drawn| drawn.to_hybrid))
        };
        Removed {
            percent,
            draws: DRAWS,
            detectors: DETECTORS.into_iter().enumerate().map(row).collect(),
            to_hybrid: DETECTORS.into_iter().enumerate().skip(1).map(pair).collect(),
        }
    };
    REMOVED.iter().enumerate().map(at_share).collect()
}

/// Keeps the messages of so many chatters in a hundred, chosen by a hash of the user and the
/// number of the draw. Of messages without a user, as many are kept, chosen by their place.
#[must_use]
pub fn keep_chatters(chat: &[Fed], percent: u64, draw: u64) -> Vec<Fed> {
    let kept = |(index, fed): &(usize, &Fed)| {
        let Input::Message(message) = &fed.input else { return true };
        let hash = match &message.user {
            Some(user) => fnv1a(user.as_bytes()),
            None => fnv1a(&index.to_le_bytes()),
        };
        mixed(hash ^ mixed(draw)) % 100 < percent
    };
    chat.iter().enumerate().filter(kept).map(|(_, fed)| fed.clone()).collect()
}

/// FNV-1a of names that differ in one character differ little: mixed by the golden ratio.
fn mixed(hash: u64) -> u64 {
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd() -> Vec<Fed> {
        let said = |i: i64| Fed::message(i * 500, Some(format!("user{}", i % 1000)), "hi".into());
        (0..4000).map(said).collect()
    }

    #[test]
    fn removed_chatters_are_gone_with_all_their_lines() {
        let chat = crowd();
        for (percent, draw) in [(25, 0), (5, 0), (25, 5), (5, 7)] {
            let kept = keep_chatters(&chat, percent, draw);
            // Each of a thousand people wrote four lines.
            assert_eq!(kept.len() % 4, 0);
            let people = kept.len() as f64 / 4.0;
            assert!((people / 10.0 - percent as f64).abs() < 5.0, "{people}");
        }
    }

    #[test]
    fn draws_choose_others() {
        let chat = crowd();
        let left = |draw| -> Vec<i64> {
            keep_chatters(&chat, 25, draw).iter().map(|fed| fed.at.0).collect()
        };
        assert_eq!(left(1), left(1));
        // A quarter of a quarter is kept in both.
        let (one, two) = (left(1), left(2));
        let both = one.iter().filter(|at| two.contains(at)).count() as f64 / chat.len() as f64;
        assert!((both - 1.0 / 16.0).abs() < 0.03, "{both}");
    }
}
