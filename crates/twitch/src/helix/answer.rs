//! From what the crate and the wire report to what the caller should do.

use twitch_api::helix::ClientRequestError;

use super::{error::HelixError, transport::CallError};

/// Whether a call changes something at Twitch: then an unreadable success may have worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// GET: can be repeated.
    Read,
    /// POST: must not be repeated while the first may have worked.
    Write,
}

/// What a failed attempt means.
pub(super) fn classify(error: ClientRequestError<CallError>, kind: Kind) -> HelixError {
    match error {
        ClientRequestError::RequestError(error) => from_call(error),
        // The request could not even be built: a blank in an id, say.
        ClientRequestError::CreateRequestError(e) => HelixError::BadRequest(e.to_string()),
        // A success that can't be read. The crate's text would quote all of it.
        _ if kind == Kind::Write => {
            HelixError::AnswerLost("it said yes, but the rest makes no sense".to_owned())
        }
        _ => HelixError::Unexpected("a success that makes no sense".to_owned()),
    }
}

fn from_call(error: CallError) -> HelixError {
    match error {
        CallError::NotSent(why) => HelixError::NotSent(why),
        CallError::AnswerLost(why) => HelixError::AnswerLost(why),
        CallError::Status { status, message, retry_at_ms } => match status {
            401 => HelixError::Unauthorized(message),
            403 => HelixError::Forbidden(message),
            404 => HelixError::NotFound(message),
            429 => HelixError::RateLimited { reset_ms: retry_at_ms },
            408 | 500..=599 => HelixError::Unavailable { status, message },
            400..=499 => HelixError::BadRequest(message),
            _ => HelixError::Unexpected(format!("status {status}: {message}")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_meaning() {
        let check = |status: u16, expected: HelixError| {
            let message = "why".to_owned();
            let error = CallError::Status { status, message, retry_at_ms: 7 };
            assert_eq!(from_call(error), expected, "{status}");
        };
        let why = || "why".to_owned();
        check(400, HelixError::BadRequest(why()));
        check(401, HelixError::Unauthorized(why()));
        check(403, HelixError::Forbidden(why()));
        check(404, HelixError::NotFound(why()));
        check(408, HelixError::Unavailable { status: 408, message: why() });
        check(422, HelixError::BadRequest(why()));
        check(429, HelixError::RateLimited { reset_ms: 7 });
        check(500, HelixError::Unavailable { status: 500, message: why() });
        check(503, HelixError::Unavailable { status: 503, message: why() });
        check(302, HelixError::Unexpected("status 302: why".to_owned()));
    }
}
