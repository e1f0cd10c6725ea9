//! Rules and forest in one score.

use super::features::Vector;
use crate::forest::Voter;

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

/// Joins the rules' figure with the forest's vote. The vote strengthens what the rules
/// see and can't find a moment by itself.
#[must_use]
pub fn join<const D: usize>(rules: f32, voter: Option<&Voter<D>>, point: &[f32; D]) -> Unusual {
    let vote = voter.filter(|_| rules >= LEAST_ASKED).map(|voter| voter.vote(point));
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
