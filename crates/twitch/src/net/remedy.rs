//! What to do about a connection that fails for its certificate or its name: that, people can mend.
//! Pure.

use std::{error::Error, io, iter::successors};

use tokio_rustls::rustls::{CertificateError, Error as TlsError};

/// What is wrong and what to do, in one sentence about "it", the other side. `None`: the error
/// has another reason.
#[must_use]
pub fn remedy(error: &(dyn Error + 'static)) -> Option<String> {
    causes(error).find_map(|cause| match cause.downcast_ref::<TlsError>() {
        Some(tls) => of_tls(tls),
        None => cause.downcast_ref().map(|Told(words)| words.clone()).or_else(|| of_name(cause)),
    })
}

/// The same error; one that can be mended says how.
pub(super) fn with_remedy(error: io::Error) -> io::Error {
    match remedy(&error) {
        Some(words) => io::Error::new(error.kind(), Told(words)),
        None => error,
    }
}

/// An error that already says how to mend it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Told(String);

/// An error, and what lies below it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| below(*error))
}

fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // What an error of IO holds is not its source: that is the one below.
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(held) => Some(held),
        None => error.source(),
    }
}

fn of_tls(error: &TlsError) -> Option<String> {
    use CertificateError as Bad;
    let (what, advice) = match error {
        TlsError::InvalidCertificate(
            Bad::Expired
            | Bad::ExpiredContext { .. }
            | Bad::NotValidYet
            | Bad::NotValidYetContext { .. },
        ) => ("its certificate is not valid now", "check this machine's clock"),
        TlsError::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            (
                "its certificate is for another name",
                "something else answers in its place, look at DNS, proxy and its address in the settings",
            )
        }
        TlsError::InvalidCertificate(_) => (
            "its certificate is not trusted",
            "update this machine's certificates (ca-certificates), or find out what answers in its place",
        ),
        TlsError::InvalidMessage(_) => (
            "it speaks no TLS",
            "something else answers in its place, look at its address in the settings",
        ),
        _ => return None,
    };
    Some(format!("{what} ({error}): {advice}"))
}

/// Names are looked up by the system, whose error has no type of its own.
fn of_name(error: &(dyn Error + 'static)) -> Option<String> {
    let words = error.to_string();
    let is_it = words.starts_with("failed to lookup address") || words == "dns error";
    is_it.then(|| {
        let why = causes(error).last().map_or(words, ToString::to_string);
        format!("its name is not known ({why}): look at this machine's network and DNS")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: impl Error + Send + Sync + 'static, expected: Option<&str>) {
        let error = with_remedy(with_remedy(io::Error::other(error)));
        let found = remedy(&error);
        let starts = |text: &str| found.as_ref().is_some_and(|found| found.starts_with(text));
        assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
        assert!(expected.is_none_or(starts), "{found:?}");
        assert!(found.is_none_or(|found| found == error.to_string()));
    }

    #[test]
    fn what_can_be_mended_says_how() {
        let bad = TlsError::InvalidCertificate;
        check(
            bad(CertificateError::UnknownIssuer),
            Some(
                "its certificate is not trusted (invalid peer certificate: UnknownIssuer): update",
            ),
        );
        check(
            bad(CertificateError::Expired),
            Some("its certificate is not valid now (invalid peer certificate: Expired): check"),
        );
        let name = "its certificate is for another name (";
        check(bad(CertificateError::NotValidForName), Some(name));
        let name = "failed to lookup address information: Name or service not known";
        let told = "its name is not known (failed to lookup address information: Name or service not known): look";
        check(io::Error::other(name), Some(told));
        check(io::Error::other("connection refused"), None);
        check(TlsError::HandshakeNotComplete, None);
    }
}
