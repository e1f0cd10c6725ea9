//! What only who may mount can do. Without that right a test is skipped, and says so.

use std::path::Path;

use tokio::process::Command;

/// With this in the environment, nothing is skipped: a test that can't mount fails.
const MUST: &str = "TESTS_MUST_MOUNT";

/// Tells that a test is skipped, since `what` can't be mounted.
pub fn skipped(what: &str) {
    assert!(std::env::var_os(MUST).is_none(), "no right to mount {what} here, and {MUST} is set");
    eprintln!("skipped: no right to mount {what} here");
}

/// Starts what follows with this hosts file, and with nobody else to ask for names. `None`, after
/// words, without the right to.
pub async fn with_hosts(hosts: &Path) -> Option<Command> {
    let works = starter(hosts).arg("true").status().await.is_ok_and(|status| status.success());
    if !works {
        skipped("a hosts file");
    }
    works.then(|| starter(hosts))
}

fn starter(hosts: &Path) -> Command {
    // The file below lies beside it, so that nobody has to clean up.
    let lookups = hosts.with_extension("nsswitch");
    std::fs::write(&lookups, "hosts: files\n").unwrap();
    let script = "mount --bind \"$0\" /etc/hosts && \
                  { [ ! -e /etc/nsswitch.conf ] || mount --bind \"$1\" /etc/nsswitch.conf; } && \
                  shift && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]).arg(hosts).arg(lookups);
    command
}
