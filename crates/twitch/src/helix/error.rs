//! What can go wrong with a Helix call, by what the caller should do.

/// Why a call did not give an answer that can be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HelixError {
    /// There is no token that may do this: nothing was sent.
    #[error("no usable token: {0}")]
    NoToken(String),
    /// 400 and its kin: the request was refused as it stands; a repetition would be too.
    #[error("Twitch refused the request: {0}")]
    BadRequest(String),
    /// 401, and a new token could not be had or did not help: nothing was done.
    #[error("Twitch did not accept the token: {0}")]
    Unauthorized(String),
    /// 403: not allowed in this channel.
    #[error("Twitch does not allow it: {0}")]
    Forbidden(String),
    /// 404: for clips, the channel is not live.
    #[error("not found: {0}")]
    NotFound(String),
    /// 429: nothing was done; try again at this time (Unix milliseconds of our own clock).
    #[error("too many requests; Twitch takes more from {} UTC on", time_of_day(*reset_ms))]
    RateLimited {
        /// When the bucket is full again.
        reset_ms: i64,
    },
    /// 5xx: Twitch says it failed. For Create Clip the clip may still appear.
    #[error("Twitch answered {status}: {message}")]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// Twitch's words.
        message: String,
    },
    /// The request never left, or was refused for a token that can't be renewed right
    /// now: a repetition is safe.
    #[error("Twitch could not be asked: {0}")]
    NotSent(String),
    /// The request left and no whole answer came: it may have worked.
    #[error("the answer was lost: {0}")]
    AnswerLost(String),
    /// An answer that makes no sense; never to a write that Twitch said yes to.
    #[error("Twitch answered something unexpected: {0}")]
    Unexpected(String),
}

fn time_of_day(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    at.strftime("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_with_a_time_that_people_read() {
        let told = HelixError::RateLimited { reset_ms: 1_772_366_400_250 }.to_string();
        assert_eq!(told, "too many requests; Twitch takes more from 12:00:00 UTC on");
        let far = HelixError::RateLimited { reset_ms: i64::MAX }.to_string();
        assert!(far.ends_with("from 00:00:00 UTC on"), "{far}");
    }
}
