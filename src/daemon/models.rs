//! Saves what the channels have learned: every ten minutes and at the end.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use cliphound_clock::Clock;
use cliphound_engine::Model;
use cliphound_store::FullDisks;
use cliphound_twitch::ChannelLogin;
use tokio::sync::oneshot;

use super::{channel::ToChannel, inboxes::Inboxes, stats::Stats};
use crate::{
    crew::{beat, blocking, rest},
    records::model_file,
};

/// How often models are saved.
const EVERY: Duration = Duration::from_secs(600);

/// What a channel has learned.
#[derive(Debug)]
pub struct Snapshot {
    /// The channel.
    pub login: ChannelLogin,
    /// Its user id, once known.
    pub broadcaster_id: Option<String>,
    /// `None` before anything was heard.
    pub model: Option<Model>,
}

/// Saves all models every ten minutes. Trouble is said once, and once when it is over: what
/// was learned is not lost by it, it goes into the next save.
pub async fn save_regularly(
    folder: PathBuf,
    inboxes: Inboxes,
    clock: Clock,
    stats: Arc<Stats>,
    disks: FullDisks,
) {
    let mut is_failing = false;
    loop {
        rest(clock.sleep(EVERY)).await;
        let mut round = Round::default();
        // One after the other: there is time, and a model takes some memory.
        for login in inboxes.logins() {
            beat();
            let Some(inbox) = inboxes.get(&login) else { continue };
            let (answer, snapshot) = oneshot::channel();
            let is_asked = inbox.try_send(ToChannel::Model(answer)).is_ok();
            // It may end meanwhile.
            drop(inbox);
            if is_asked && let Ok(snapshot) = rest(snapshot).await {
                round.add(write(&folder, vec![snapshot]).await);
            }
        }
        round.tell(&mut is_failing, disks.are_known(&folder));
        stats.models_saved.fetch_add(round.saved as u64, Relaxed);
    }
}

/// Saves models and says how many; those that can't be saved are told and do not hold up the others.
pub async fn save(folder: &Path, snapshots: Vec<Snapshot>) -> usize {
    let round = write(folder, snapshots).await;
    round.tell(&mut false, false);
    round.saved
}

/// What became of some models.
#[derive(Debug, Default)]
struct Round {
    saved: usize,
    failed: usize,
    /// Why the first one failed.
    why: Option<String>,
}

impl Round {
    fn add(&mut self, other: Self) {
        self.saved += other.saved;
        self.failed += other.failed;
        self.why = self.why.take().or(other.why);
    }

    /// `is_told`: that their disk is full was said already.
    fn tell(&self, is_failing: &mut bool, is_told: bool) {
        if let Some(why) = &self.why {
            if is_told {
                tracing::debug!(models = self.failed, "{why}");
            } else if !std::mem::replace(is_failing, true) {
                tracing::error!(
                    models = self.failed,
                    "{why}; it is tried again with the next save"
                );
            }
        } else if self.saved > 0 && std::mem::take(is_failing) {
            tracing::info!(models = self.saved, "models can be saved again");
        }
    }
}

async fn write(folder: &Path, snapshots: Vec<Snapshot>) -> Round {
    let folder = folder.to_owned();
    let saving = blocking("saving models", move || {
        let mut round = Round::default();
        for snapshot in snapshots {
            let Some(model) = &snapshot.model else { continue };
            let id = snapshot.broadcaster_id.as_deref();
            let saved = model_file::save(&folder, &snapshot.login, id, model);
            round.add(match saved {
                Ok(()) => Round { saved: 1, ..Round::default() },
                Err(error) => Round { failed: 1, why: Some(format!("{error:#}")), saved: 0 },
            });
        }
        round
    });
    saving.await.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn models_that_can_not_be_saved_go_into_the_next_save() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("models");
        let snapshots = || {
            let login = |name| ChannelLogin::parse(name).unwrap();
            let model = || Some(Model::new(1));
            let (broadcaster_id, model) = (None, model());
            vec![
                Snapshot { login: login("ninja"), broadcaster_id: None, model: model.clone() },
                Snapshot { login: login("other"), broadcaster_id, model },
            ]
        };
        std::fs::write(&folder, "in the way").unwrap();
        let round = write(&folder, snapshots()).await;
        assert_eq!((round.saved, round.failed), (0, 2));
        let why = round.why.as_deref().unwrap();
        assert!(why.contains("models") && !why.contains('\n'), "{why}");
        let mut is_failing = false;
        round.tell(&mut is_failing, true);
        assert!(!is_failing, "said by others");
        round.tell(&mut is_failing, false);
        assert!(is_failing);
        std::fs::remove_file(&folder).unwrap();
        let round = write(&folder, snapshots()).await;
        round.tell(&mut is_failing, false);
        assert_eq!((round.saved, round.failed, is_failing), (2, 0, false));
    }
}
