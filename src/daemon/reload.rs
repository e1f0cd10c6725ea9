//! Reads the settings anew when their files change or SIGHUP comes, while the daemon runs.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use cliphound_clock::Clock;
use tokio::sync::{Notify, mpsc};

use super::signals::Hangup;
use crate::{
    config::{Config, ConfigErrors, Origins},
    crew::{blocking, rest},
};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// systemd hands a copy over.
const BUT_NOT_THE_CREDENTIAL: &str = "; what systemd hands over (LoadCredential) is as it was when the service started: for changes there, systemctl restart cliphound";

/// Hands on the settings whenever they may have changed (`changed`: in the dashboard), until nobody takes them. What has
/// mistakes is told and goes no further.
pub async fn watch(
    origins: Origins,
    hangup: &mut Hangup,
    changed: Arc<Notify>,
    clock: Clock,
    out: mpsc::Sender<Config>,
) {
    let files = origins.files();
    // What was written since the files were read at the start is new, too.
    let mut looks = Looks::default();
    loop {
        let next = rest(async {
            tokio::select! {
                () = clock.sleep(LOOK_EVERY) => Why::Time,
                () = hangup.next() => Why::Hangup,
                () = changed.notified() => Why::Dashboard,
            }
        });
        let why = next.await;
        if why == Why::Hangup {
            let but = if origins.has_credential() { BUT_NOT_THE_CREDENTIAL } else { "" };
            tracing::info!("SIGHUP: the settings are read anew{but}");
            // What the files hold now is read now.
            looks.read = Some(stamps(&files).await);
        } else if !looks.is_to_be_read(stamps(&files).await) && why == Why::Time {
            continue;
        }
        let origins = origins.clone();
        match blocking("reading the settings", move || origins.load()).await {
            Ok(Ok(config)) => {
                if out.send(config).await.is_err() {
                    return;
                }
            }
            Ok(Err(errors)) => tell(&errors),
            Err(error) => tracing::error!(%error, "the settings can't be read anew"),
        }
    }
}

/// Why the settings are looked at.
#[derive(PartialEq)]
enum Why {
    Time,
    Hangup,
    Dashboard,
}

fn tell(errors: &ConfigErrors) {
    let mistakes: Vec<String> = errors.mistakes().iter().map(ToString::to_string).collect();
    tracing::error!(
        "the changed settings have a mistake, and the old ones go on until it is mended: {}",
        mistakes.join("; ")
    );
}

/// When each file was changed, and its size; `None` for a file that is not there.
type Stamps = Vec<Option<(SystemTime, u64)>>;

async fn stamps(files: &[PathBuf]) -> Stamps {
    let mut stamps = Vec::with_capacity(files.len());
    for file in files {
        let about = tokio::fs::metadata(file).await.ok();
        stamps.push(about.and_then(|about| Some((about.modified().ok()?, about.len()))));
    }
    stamps
}

/// What the last looks saw. A file that was the same twice is whole: editors write in steps.
#[derive(Default)]
struct Looks {
    /// As they were when they were read.
    read: Option<Stamps>,
    last: Option<Stamps>,
}

impl Looks {
    fn is_to_be_read(&mut self, now: Stamps) -> bool {
        let now = Some(now);
        let is_whole = self.last == now;
        self.last.clone_from(&now);
        if !is_whole || self.read == now {
            return false;
        }
        self.read = now;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_read_once_and_when_it_is_whole() {
        let stamp = |size: u64| vec![Some((SystemTime::UNIX_EPOCH, size)), None];
        let mut looks = Looks::default();
        let mut look = |size| looks.is_to_be_read(stamp(size));
        let told = [1, 1, 1, 0, 5, 5, 5, 1, 5, 5].map(&mut look);
        let expected = [2, 6].map(|nth| nth - 1);
        for (nth, told) in told.into_iter().enumerate() {
            assert_eq!(told, expected.contains(&nth), "look {nth}");
        }
    }
}
