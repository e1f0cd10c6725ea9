//! Whether somebody has to say yes before a clip is made, and what was said.

use serde::{Deserialize, Serialize};

/// The review of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Nobody is asked.
    #[default]
    None,
    /// Nobody has answered yet.
    Asked,
    /// Somebody said yes.
    Accepted,
    /// Somebody said no.
    Rejected,
}

const ALL: [Review; 4] = [Review::None, Review::Asked, Review::Accepted, Review::Rejected];

impl Review {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Asked => "asked",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

/// A word that is no review.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no review of an intent")]
pub struct BadReview(String);

impl TryFrom<String> for Review {
    type Error = BadReview;
    fn try_from(word: String) -> Result<Self, BadReview> {
        ALL.into_iter().find(|review| review.as_str() == word).ok_or(BadReview(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_review_is_read_back() {
        for review in ALL {
            assert_eq!(Review::try_from(review.as_str().to_owned()), Ok(review));
        }
        assert!(Review::try_from("maybe".to_owned()).is_err());
    }
}
