//! Files that Cliphound makes are for its owner; the one place that tells the system so.

/// From now on, new files are 0600 and new folders 0700. Only who has closed them to others
/// already, as the systemd unit does for its group (`UMask=0027`), keeps what they chose.
/// Call it before there are other threads.
#[cfg(unix)]
pub fn close_to_others() {
    use rustix::{fs::Mode, process::umask};
    let before = umask(Mode::RWXG | Mode::RWXO);
    if before.contains(Mode::RWXO) {
        umask(before);
    }
}

/// Elsewhere, new files have the rights of their folder.
#[cfg(not(unix))]
pub fn close_to_others() {}
