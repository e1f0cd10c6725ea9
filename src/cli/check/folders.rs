//! Whether Cliphound's folders and files can be written, and whether the disk has room.

use std::{
    fs::OpenOptions,
    io::{Error, ErrorKind},
    path::Path,
};

use super::{finding::Finding, platform};
use crate::{config::Config, records::Records};

const MB: u64 = 1_000_000;
/// Less free space than this, and the records of a few days do not fit.
const LITTLE: u64 = 1_000 * MB;
/// Less free space than this, and not even a model is stored safely.
const TOO_LITTLE: u64 = 50 * MB;

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let dir = &config.dir;
    let mut findings = vec![
        home(dir.path()),
        folder("models", &dir.models()),
        folder("recordings", &dir.recordings()),
    ];
    let no_records = Records::why_no_records(&dir.recordings()).into_iter();
    findings.extend(no_records.map(|why| Finding::bad("recordings", why)));
    findings.extend(file("cliphound.db", &dir.database()));
    findings.extend(file("tokens.json", &dir.tokens()));
    findings.extend(disk(dir.path()));
    findings
}

/// Cliphound's folder. One that is not there may be a slip of the keys.
fn home(path: &Path) -> Finding {
    let found = folder("folder", path);
    if path.exists() || !found.is_ok() {
        return found;
    }
    let shown = path.display();
    Finding::warn(
        "folder",
        format!(
            "{shown} does not exist: `cliphound run` makes it and begins anew there, knowing nothing of before; is another one meant, name it with --dir"
        ),
    )
}

fn folder(subject: &str, path: &Path) -> Finding {
    let shown = path.display();
    if path.is_dir() {
        return match probe(path) {
            Ok(()) => Finding::ok(subject, format!("{shown} can be written")),
            Err(error) => Finding::bad(
                subject,
                format!(
                    "{shown} can't be written ({error}): give this user the right to, or name another --dir"
                ),
            ),
        };
    }
    if path.exists() {
        return Finding::bad(
            subject,
            format!("{shown} is not a folder: move it away, or name another --dir"),
        );
    }
    match probe(nearest_folder(path)) {
        Ok(()) => Finding::ok(subject, format!("{shown} will be created")),
        Err(error) => Finding::bad(
            subject,
            format!(
                "{shown} does not exist and can't be created ({error}): create it for this user, or name another --dir"
            ),
        ),
    }
}

/// Creates a file and takes it away again: the only test that knows about mounts, rights and sandboxes.
fn probe(path: &Path) -> std::io::Result<()> {
    tempfile::Builder::new().prefix(".cliphound-check-").tempfile_in(path).map_err(reason)?.close()
}

/// The system's reason without the temporary name in it.
fn reason(error: Error) -> Error {
    Error::from(error.kind())
}

fn nearest_folder(path: &Path) -> &Path {
    let existing = path.ancestors().skip(1).find(|above| above.is_dir());
    existing.filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file that is there must be ours to write; nothing is said about one that is not there yet.
fn file(subject: &str, path: &Path) -> Option<Finding> {
    match OpenOptions::new().append(true).open(path) {
        Ok(_) => None,
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => Some(Finding::bad(
            subject,
            format!(
                "{} can't be written ({}): give it to this user",
                path.display(),
                reason(error)
            ),
        )),
    }
}

fn disk(path: &Path) -> Option<Finding> {
    let place = if path.is_dir() { path } else { nearest_folder(path) };
    Some(room(platform::free_space(place)?))
}

fn room(free: u64) -> Finding {
    let shown = format!("{} MB free", free / MB);
    if free < TOO_LITTLE {
        Finding::bad("disk", format!("{shown}: free at least {} MB", TOO_LITTLE / MB))
    } else if free < LITTLE {
        Finding::warn("disk", format!("{shown}: soon too little for records, free some"))
    } else {
        Finding::ok("disk", shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(finding: &Finding, expected: &str) {
        let line = finding.to_string();
        assert!(line.starts_with(expected), "{line}");
    }

    #[test]
    fn folders_exist_or_can_be_made() {
        let dir = tempfile::tempdir().unwrap();
        check(&folder("x", dir.path()), "ok");
        check(&folder("x", &dir.path().join("a/b")), "ok");
        check(&home(dir.path()), "ok");
        let mistyped = home(&dir.path().join("a"));
        check(&mistyped, "warn");
        assert!(mistyped.to_string().contains(&dir.path().join("a").display().to_string()));
        assert!(!dir.path().join("a").exists(), "check creates nothing");
        std::fs::write(dir.path().join("f"), "").unwrap();
        check(&folder("x", &dir.path().join("f")), "bad");
        check(&folder("x", &dir.path().join("f/below")), "ok");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_must_be_one_when_it_is_there() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(file("x", &dir.path().join("none")), None);
        check(&file("x", dir.path()).unwrap(), "bad");
    }

    #[test]
    fn room_is_told_by_thresholds() {
        check(&room(10 * MB), "bad");
        check(&room(500 * MB), "warn");
        check(&room(5_000 * MB), "ok");
    }
}
