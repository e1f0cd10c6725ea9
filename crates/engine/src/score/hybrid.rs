//! Rules and forest in one score.

use super::features::Vector;
use crate::{
    forest::Voter,
    settings::{Part, Settings},
};

/// What the forest's whole vote adds, as a share of what the rules say. On labelled streams
/// shares from 0 to 0.2 do the same within the error; with larger ones clips cover less.
const FOREST_SHARE: f32 = 0.1;

/// The forest is not asked about windows that no threshold can be near to: it costs
/// as much as all the rest of a second.
const LEAST_ASKED: f32 = 0.2;

/// How unusual a window is, in nats.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Unusual {
    /// Rules and forest together.
    pub total: f32,
    /// The forest's vote, 0 (usual) to 2; `None` while it learns or is not asked.
    pub vote: Option<f32>,
}

/// A vote in nats, where the forest alone decides. A vote of 1 is as rare as the learned
/// windows' 99th percentile, a few bursts an hour; so rare is about one nat of the rules.
const NATS_A_VOTE: f32 = 1.0;

/// Joins the rules' figure with the forest's vote: the vote strengthens what the rules see
/// and can't find a moment by itself, unless the rules are left out.
#[must_use]
pub fn join<const D: usize>(
    settings: &Settings,
    rules: f32,
    voter: Option<&Voter<D>>,
    point: impl FnOnce() -> [f32; D],
) -> Unusual {
    if !settings.has(Part::Forest) {
        return Unusual { total: rules, vote: None };
    }
    if !settings.has(Part::Rules) {
        let vote = voter.map(|voter| voter.vote(&point()));
        return Unusual { total: NATS_A_VOTE * vote.unwrap_or(0.0), vote };
    }
    let vote = voter.filter(|_| rules >= LEAST_ASKED).map(|voter| voter.vote(&point()));
    Unusual { total: rules * (1.0 + FOREST_SHARE * vote.unwrap_or(0.0)), vote }
}

/// Nats as a score from 0 to 1: the share of the reactions that is above the usual, 1 - e^-x.
#[must_use]
pub fn score(nats: f32) -> f32 {
    1.0 - libm::expf(-nats.max(0.0))
}

/// The features as the forest sees them.
#[must_use]
pub fn point(normalised: &Vector) -> Vector {
    *normalised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_can_be_left_out() {
        let points: Vec<[f32; 2]> =
            (0..400).map(|i| [(i % 19) as f32 / 19.0, (i % 7) as f32 / 7.0]).collect();
        let voter = Voter::train(&points, 3);
        let far = [5.0, 5.0];
        let without = |parts: &[Part]| Settings { without: parts.to_vec(), ..Settings::default() };
        let (both, rules) = (without(&[]), without(&[Part::Forest]));
        let forest = without(&[Part::Rules]);
        let total = |settings: &Settings| join(settings, 1.0, voter.as_ref(), || far).total;
        assert_eq!(total(&rules), 1.0);
        assert!(total(&both) > 1.1);
        assert!(total(&forest) > 1.2);
        assert_eq!(join(&forest, 1.0, None::<&Voter<2>>, || far), Unusual::default());
        // A quiet window is not worth the question, but the forest alone is asked.
        assert_eq!(join(&both, 0.1, voter.as_ref(), || far).vote, None);
        assert!(join(&forest, 0.1, voter.as_ref(), || far).vote.is_some());
    }
}
