//! Rules and forest in one score: the rules see how many react, the forest doubts who they are.

use super::crowd::Point;
use crate::{
    forest::Voter,
    settings::{Part, Settings},
};

/// The vote at which doubt begins: the rarest tenth of what was learned. At 1.5 half as many
/// floods are held back.
const DOUBT_FROM: f32 = 1.0;
/// The vote at which nothing is left of what the rules see. At 3 and 5 the figures on labelled
/// streams are the same within the error, and more floods of made-up ones trigger.
const DOUBT_ALL: f32 = 2.0;
/// The forest is not asked about windows below the least threshold: it could only take away.
const LEAST_ASKED: f32 = super::threshold::LEAST;

/// How unusual a window is, in nats.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Unusual {
    /// Rules and forest together.
    pub total: f32,
    /// The rules alone.
    pub rules: f32,
    /// The forest's vote: 0 for a usual crowd, 5 for the oddest; `None` while it is not asked.
    pub vote: Option<f32>,
}

/// A vote in nats, where the forest alone decides.
const NATS_A_VOTE: f32 = 0.5;

/// Joins the rules' figure with the forest's vote on the crowd: an odd crowd takes away from
/// what the rules see. The vote can't find a moment by itself, unless the rules are left out.
#[must_use]
pub fn join(
    settings: &Settings,
    rules: f32,
    voter: Option<&Voter<{ super::crowd::FIGURES }>>,
    point: impl FnOnce() -> Point,
) -> Unusual {
    if !settings.has(Part::Forest) {
        return Unusual { total: rules, rules, vote: None };
    }
    let alone = !settings.has(Part::Rules);
    let asked = voter.filter(|_| alone || rules >= LEAST_ASKED);
    let vote = asked.map(|voter| voter.vote(&point()));
    let total = match vote {
        Some(vote) if alone => NATS_A_VOTE * vote,
        Some(vote) => rules * (1.0 - doubt(vote)),
        None if alone => 0.0,
        None => rules,
    };
    Unusual { total, rules, vote }
}

/// The share that a vote takes away, 0 to 1.
#[must_use]
pub fn doubt(vote: f32) -> f32 {
    ((vote - DOUBT_FROM) / (DOUBT_ALL - DOUBT_FROM)).clamp(0.0, 1.0)
}

/// Nats as a score from 0 to 1: the share of the reactions that is above the usual, 1 - e^-x.
#[must_use]
pub fn score(nats: f32) -> f32 {
    1.0 - libm::expf(-nats.max(0.0))
}

/// The nats of a score.
#[must_use]
pub fn nats(score: f32) -> f32 {
    -libm::logf((1.0 - score).clamp(f32::EPSILON, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: Point = [6.0, 6.0];
    const USUAL: Point = [0.0, 0.0];

    fn without(parts: &[Part]) -> Settings {
        Settings { without: parts.to_vec(), ..Settings::default() }
    }

    #[test]
    fn an_odd_crowd_takes_away_and_a_usual_one_does_not() {
        let voter = Voter::train(&[], 3);
        let total = |point| join(&without(&[]), 1.0, voter.as_ref(), || point).total;
        assert_eq!(total(USUAL), 1.0);
        assert!(total(ODD) < 0.7, "{}", total(ODD));
    }

    #[test]
    fn each_part_can_be_left_out() {
        let voter = Voter::train(&[], 3);
        let join = |parts: &[Part], rules| join(&without(parts), rules, voter.as_ref(), || ODD);
        assert_eq!(join(&[Part::Forest], 1.0), Unusual { total: 1.0, rules: 1.0, vote: None });
        assert!(join(&[Part::Rules], 0.0).total > 0.5);
        // A quiet window is not worth the question.
        assert_eq!(join(&[], 0.1), Unusual { total: 0.1, rules: 0.1, vote: None });
    }

    #[test]
    fn a_score_tells_its_nats() {
        for known in [0.0, 0.3, 1.02, 3.0, 6.0] {
            assert!((nats(score(known)) - known).abs() < 0.001, "{known}: {}", nats(score(known)));
        }
        assert!(nats(1.0).is_finite() && nats(f32::NAN).is_nan());
    }

    #[test]
    fn without_a_forest_the_rules_decide() {
        assert_eq!(join(&without(&[]), 1.0, None, || ODD).total, 1.0);
        assert_eq!(join(&without(&[Part::Rules]), 1.0, None, || ODD).total, 0.0);
    }
}
