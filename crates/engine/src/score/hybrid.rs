//! Rules and forest in one score.

use super::features::Vector;
use crate::{forest::Voter, settings::Scoring};

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

/// Joins the rules' figure with the forest's vote, as `scoring` says. In the hybrid the vote
/// strengthens what the rules see and can't find a moment by itself.
#[must_use]
pub fn join<const D: usize>(
    scoring: Scoring,
    rules: f32,
    voter: Option<&Voter<D>>,
    point: &[f32; D],
) -> Unusual {
    match scoring {
        Scoring::Hybrid => {
            let vote = voter.filter(|_| rules >= LEAST_ASKED).map(|voter| voter.vote(point));
            Unusual { total: rules * (1.0 + FOREST_SHARE * vote.unwrap_or(0.0)), vote }
        }
        Scoring::Rules => Unusual { total: rules, vote: None },
        Scoring::Forest => {
            let vote = voter.map(|voter| voter.vote(point));
            Unusual { total: NATS_A_VOTE * vote.unwrap_or(0.0), vote }
        }
    }
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
    fn each_scoring_takes_its_part() {
        let points: Vec<[f32; 2]> =
            (0..400).map(|i| [(i % 19) as f32 / 19.0, (i % 7) as f32 / 7.0]).collect();
        let voter = Voter::train(&points, 3);
        let far = [5.0, 5.0];
        let total = |scoring, voter: Option<&Voter<2>>| join(scoring, 1.0, voter, &far).total;
        assert_eq!(total(Scoring::Rules, voter.as_ref()), 1.0);
        assert!(total(Scoring::Hybrid, voter.as_ref()) > 1.1);
        assert!(total(Scoring::Forest, voter.as_ref()) > 1.2);
        assert_eq!(join(Scoring::Forest, 1.0, None, &far), Unusual::default());
        // A quiet window is not worth the hybrid's question, but the forest alone is asked.
        assert_eq!(join(Scoring::Hybrid, 0.1, voter.as_ref(), &far).vote, None);
        assert!(join(Scoring::Forest, 0.1, voter.as_ref(), &far).vote.is_some());
    }
}
