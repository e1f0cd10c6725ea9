//! What can go wrong with a token, by what the user should do.

/// Why there is no usable token. Each text is one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No token was ever given.
    #[error("there is no access token: put TWITCH_ACCESS_TOKEN and TWITCH_REFRESH_TOKEN into .env")]
    Missing,
    /// What was given can't be a token; the name of the setting.
    #[error("{0} is not a Twitch token: copy it again, without blanks or quotes")]
    Malformed(&'static str),
    /// The access token is no longer valid and there is nothing to renew it with.
    #[error(
        "the access token is no longer valid and there is no refresh token: put a new TWITCH_ACCESS_TOKEN and TWITCH_REFRESH_TOKEN into .env"
    )]
    NoRefreshToken,
    /// Twitch refused the refresh token: used up, withdrawn by the user, or too old.
    #[error(
        "Twitch no longer accepts the refresh token: put a new TWITCH_ACCESS_TOKEN and TWITCH_REFRESH_TOKEN into .env"
    )]
    Revoked,
    /// Twitch refused the application, not the token.
    #[error(
        "Twitch refused to renew the token ({0}): check TWITCH_CLIENT_ID and TWITCH_CLIENT_SECRET"
    )]
    Refused(String),
    /// The token was made by another application.
    #[error(
        "the access token belongs to the application {0}: set TWITCH_CLIENT_ID to it, or make a token with your own application"
    )]
    WrongClient(String),
    /// An app token: it has no user, so it can't make clips.
    #[error(
        "the access token belongs to no user: make a user access token with the scope clips:edit"
    )]
    NotAUser,
    /// Twitch gave no usable answer now; a later attempt may work.
    #[error("Twitch's log-in service gave no usable answer: {0}")]
    Unreachable(String),
    /// The token file can't be read.
    #[error("{path} can't be read ({reason}): check its owner and rights")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's words.
        reason: String,
    },
}
