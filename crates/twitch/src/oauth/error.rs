//! What can go wrong with a token, by what the user should do.

/// Why there is no usable token. Each text is one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No token was ever given.
    #[error("nobody is logged in: run `cliphound login`")]
    Missing,
    /// What was given can't be a token; the name of the setting.
    #[error("{0} is not a Twitch token: copy it again, without blanks or quotes")]
    Malformed(&'static str),
    /// The access token is no longer valid and there is nothing to renew it with.
    #[error(
        "Twitch no longer accepts the access token and there is no refresh token to renew it: run `cliphound login`"
    )]
    NoRefreshToken,
    /// Twitch refused the refresh token: used up, withdrawn by the user, or too old.
    #[error(
        "Twitch no longer accepts the token, and it can't be renewed any more: run `cliphound login`"
    )]
    Revoked,
    /// Twitch refused the application, not the token.
    #[error(
        "Twitch refused to renew the token ({0}): check TWITCH_CLIENT_ID and TWITCH_CLIENT_SECRET"
    )]
    Refused(String),
    /// The token was made by another application.
    #[error(
        "the access token belongs to the application {0}: set TWITCH_CLIENT_ID to it, or run `cliphound login`"
    )]
    WrongClient(String),
    /// An app token: it has no user, so it can't make clips.
    #[error("the access token belongs to an application and to no user: run `cliphound login`")]
    NotAUser,
    /// Twitch can't be reached, or gave no usable answer now; a later attempt may work.
    #[error("Twitch's log-in service can't be used now: {0}")]
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

/// Why a log-in gave no token. Each text is one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The user said no.
    #[error("the log-in was refused at Twitch; if that was a slip, run `cliphound login` again")]
    Denied,
    /// Nobody used the code in time.
    #[error("the code has run out before it was used: run `cliphound login` again")]
    Expired,
    /// Somebody else's answer came to our address.
    #[error(
        "an answer came that does not belong to this log-in, and was not used: close other log-in pages and run `cliphound login` again"
    )]
    WrongState,
    /// Twitch refused what we asked for.
    #[error(
        "Twitch refused the log-in ({0}): check TWITCH_CLIENT_ID, TWITCH_CLIENT_SECRET and the app's settings at https://dev.twitch.tv/console/apps"
    )]
    Refused(String),
    /// Twitch can't be reached, or gave no usable answer. Why says what else to do, where one can.
    #[error("Twitch's log-in service can't be used now, try again later: {0}")]
    Unreachable(String),
}

impl TokenError {
    /// Whether it may pass by itself.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_mended_is_told_once() {
        let why = "its name is not known (no such name): look at this machine's network and DNS";
        let expected = format!("Twitch's log-in service can't be used now: {why}");
        assert_eq!(TokenError::Unreachable(why.to_owned()).to_string(), expected);
        let told = LoginError::Unreachable(why.to_owned()).to_string();
        assert!(told.ends_with(&format!(", try again later: {why}")), "{told}");
        assert!(told.matches("look at").count() == 1 && !told.contains("answer"), "{told}");
    }
}
