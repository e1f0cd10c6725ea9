//! What an engine learned about its channel, as it is stored between runs.

use serde::{Deserialize, Serialize};

/// What was learned about one channel.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {}

/// Names of the features the model was learned on, in their order; a stored model
/// with other names is not read.
pub const FEATURE_NAMES: &[&str] = &[];
