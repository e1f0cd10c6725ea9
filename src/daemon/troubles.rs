//! Looks what keeps Cliphound from its work, and tells whoever follows it.

use std::{sync::Arc, time::Duration};

use cliphound_clock::{Clock, Stopwatch};
use tokio::sync::watch;

use super::{account::Clipper, status::Status};
use crate::{
    board::Board,
    clips::{ClipApi, NoCreator, Wishes},
    crew::rest,
    trouble::{Kind, Trouble, Troubles},
    web::Live as _,
};

/// How often it is looked, in real time. A change of the log-in or of the settings is seen at once.
const EVERY: Duration = Duration::from_secs(5);
/// How often it is tried whether the disk takes a write; oftener while it does not.
const DISK_EVERY: Duration = Duration::from_secs(15);
/// Chat that was not heard for so long is not just being connected, in real time.
const DEAF_AFTER: Duration = Duration::from_secs(20);

const DRY_RUN: &str = "take `--dry-run` away, or clips.dry_run out of the settings";

/// Looks what is wrong.
pub struct Lookout {
    /// The account that makes clips.
    pub clipper: Clipper,
    /// What the user wants of clips.
    pub wishes: watch::Receiver<Wishes>,
    /// Chat and the disk.
    pub status: Arc<Status>,
    /// Shows it beside each channel.
    pub board: Board,
    /// Told of each change.
    pub told: watch::Sender<Arc<Troubles>>,
    /// What is kept between two looks.
    pub seen: Seen,
}

/// What is kept between two looks.
#[derive(Debug, Default)]
pub struct Seen {
    deaf: Option<Stopwatch>,
    /// When the disk was tried last, and what was wrong with it.
    disk: Option<(Stopwatch, Option<String>)>,
}

impl Lookout {
    /// Looks for ever.
    pub async fn run(&mut self) {
        let real_time = Clock::system();
        let mut changes = self.clipper.0.as_ref().map(|account| account.changes());
        loop {
            self.wishes.mark_unchanged();
            let now = self.look().await;
            self.board.unclipped(now.unclipped());
            self.told.send_if_modified(|told| {
                let is_new = **told != now;
                if is_new {
                    *told = Arc::new(now);
                }
                is_new
            });
            let changed = async {
                if let Some(changes) = &mut changes
                    && changes.changed().await.is_ok()
                {
                    return;
                }
                std::future::pending().await
            };
            rest(async {
                tokio::select! {
                    () = real_time.sleep(EVERY) => {}
                    () = changed => {}
                    Ok(()) = self.wishes.changed() => {}
                }
            })
            .await;
        }
    }

    async fn look(&mut self) -> Troubles {
        let wishes = self.wishes.borrow().clone();
        let mut found = Troubles::default();
        found.note(Kind::Disk, self.disk().await);
        found.note(Kind::Deaf, self.deaf());
        found.note(Kind::DryRun, wishes.dry_run.as_ref().map(|_| DRY_RUN.to_owned()));
        found.note_log_in(self.clipper.creator(), wishes.vod);
        found
    }

    /// What is wrong with the disk.
    async fn disk(&mut self) -> Option<String> {
        if let Some((at, None)) = &self.seen.disk
            && at.elapsed() < DISK_EVERY
        {
            return None;
        }
        let readiness = self.status.readiness().await;
        let parts = [readiness.database, readiness.folders].into_iter();
        let bad: Vec<_> = parts.filter(|part| !part.ok).map(|part| part.detail).collect();
        let bad = (!bad.is_empty()).then(|| {
            format!(
                "{}. What is new is kept in memory, and written once that works",
                bad.join("; ")
            )
        });
        self.seen.disk = Some((Stopwatch::start(), bad.clone()));
        bad
    }

    /// Why no chat is heard at all.
    fn deaf(&mut self) -> Option<String> {
        let Some(why) = self.status.why_deaf() else {
            self.seen.deaf = None;
            return None;
        };
        let since = self.seen.deaf.get_or_insert_with(Stopwatch::start);
        (since.elapsed() >= DEAF_AFTER).then(|| why.to_owned())
    }
}

impl Troubles {
    /// Notes what is wrong, or that nothing is.
    fn note(&mut self, kind: Kind, why: Option<String>) {
        match why {
            Some(why) => self.all.push(Trouble { kind, why }),
            None => self.well.push(kind),
        }
    }

    /// Notes how it stands with who makes clips.
    fn note_log_in(&mut self, creator: Result<Option<String>, NoCreator>, by_vod: bool) {
        match creator {
            Ok(Some(_)) => self.well.extend([Kind::NoLogIn, Kind::LogInEnded]),
            // Twitch has not said whose it is.
            Ok(None) => {}
            Err(NoCreator::Nobody(why)) => self.note(Kind::NoLogIn, Some(why)),
            Err(NoCreator::DeadToken(why)) => {
                let later = "; moments of the last day are clipped from the VOD after that";
                let later = if by_vod { later } else { "" };
                self.note(Kind::LogInEnded, Some(format!("{why}{later}")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_is_well_once_twitch_has_said_so() {
        let check = |creator, by_vod, bad: Option<(Kind, &str)>, well: &[Kind]| {
            let mut found = Troubles::default();
            found.note_log_in(creator, by_vod);
            let told = found.all.first().map(|trouble| (trouble.kind, trouble.why.as_str()));
            assert_eq!((told, found.well.as_slice()), (bad, well));
        };
        check(Ok(Some("7".to_owned())), true, None, &[Kind::NoLogIn, Kind::LogInEnded]);
        check(Ok(None), true, None, &[]);
        let nobody = || Err(NoCreator::Nobody("run it".to_owned()));
        check(nobody(), true, Some((Kind::NoLogIn, "run it")), &[]);
        let dead = || Err(NoCreator::DeadToken("run it".to_owned()));
        check(dead(), false, Some((Kind::LogInEnded, "run it")), &[]);
        let later = "run it; moments of the last day are clipped from the VOD after that";
        check(dead(), true, Some((Kind::LogInEnded, later)), &[]);
    }
}
