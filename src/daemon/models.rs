//! Saves what the channels have learned: every ten minutes and at the end.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use cliphound_clock::Clock;
use cliphound_engine::Model;
use cliphound_twitch::ChannelLogin;
use tokio::{sync::oneshot, task::spawn_blocking};

use super::{channel::ToChannel, inboxes::Inboxes, stats::Stats};
use crate::{
    crew::{beat, rest},
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

/// Saves all models every ten minutes.
pub async fn save_regularly(folder: PathBuf, inboxes: Inboxes, clock: Clock, stats: Arc<Stats>) {
    loop {
        rest(clock.sleep(EVERY)).await;
        // One after the other: there is time, and a model takes some memory.
        for login in inboxes.logins() {
            beat();
            let Some(inbox) = inboxes.get(&login) else { continue };
            let (answer, snapshot) = oneshot::channel();
            let is_asked = inbox.try_send(ToChannel::Model(answer)).is_ok();
            // It may end meanwhile.
            drop(inbox);
            if is_asked && let Ok(snapshot) = snapshot.await {
                let saved = save(&folder, vec![snapshot]).await;
                stats.models_saved.fetch_add(saved as u64, Relaxed);
            }
        }
    }
}

/// Saves models and says how many; one that can't be saved is told and does not hold up the others.
pub async fn save(folder: &Path, snapshots: Vec<Snapshot>) -> usize {
    let folder = folder.to_owned();
    let saving = spawn_blocking(move || {
        snapshots.iter().filter(|snapshot| save_one(&folder, snapshot)).count()
    });
    saving.await.unwrap_or(0)
}

fn save_one(folder: &Path, snapshot: &Snapshot) -> bool {
    let Some(model) = &snapshot.model else { return false };
    let id = snapshot.broadcaster_id.as_deref();
    let saved = model_file::save(folder, &snapshot.login, id, model);
    if let Err(error) = &saved {
        tracing::error!(channel = %snapshot.login, "its model is not saved: {error:#}");
    }
    saved.is_ok()
}
