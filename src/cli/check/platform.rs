//! What `check` asks the operating system; the one place of `check` that knows which it is.

#[cfg(unix)]
mod imp {
    use std::{os::unix::fs::PermissionsExt, path::Path};

    /// Bytes that this user can still write at `path`; `None` when it can't be told.
    pub fn free_space(path: &Path) -> Option<u64> {
        let disk = rustix::fs::statvfs(path).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Whether anybody but the owner may read or write the file; `None` when there is no such file.
    pub fn open_to_others(path: &Path) -> Option<bool> {
        let mode = std::fs::metadata(path).ok()?.permissions().mode();
        Some(mode & 0o077 != 0)
    }
}

#[cfg(not(unix))]
mod imp {
    use std::path::Path;

    /// Not known on this system.
    pub fn free_space(_: &Path) -> Option<u64> {
        None
    }

    /// Not known on this system: its rights are not told by modes.
    pub fn open_to_others(_: &Path) -> Option<bool> {
        None
    }
}

pub(super) use imp::{free_space, open_to_others};
