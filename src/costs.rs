//! How it is told what a failure of the database costs, without repeating what ails the disk: of
//! that the store says one sentence when it begins and one when it is over.

use std::fmt::Display;

use cliphound_store::StoreError;

/// Says that something can't be done, unless the store says why already.
pub fn tell(error: &StoreError, what: impl Display) {
    if error.is_of_disk() {
        tracing::debug!(%error, "{what}");
    } else {
        tracing::warn!(%error, "{what}");
    }
}
