//! What is found after a seed: the database, the records, the models, the log, Twitch's truth.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::Context;
use cliphound::records::model_file;
use cliphound_store::{Intent, IntentKey, MomentRow};
use cliphound_twitch_sim::ClipRecord;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

use crate::{
    daemon::LOG,
    dead::{Dead, Found},
};

/// The name of the database in the daemon's folder.
pub const DATABASE: &str = "cliphound.db";
/// The length of each video of the simulator's, whose bytes go from 0 to 250 again and again.
const VIDEO_BYTES: usize = 300_000;

/// Everything that is compared.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Nothing but kills happened: everything must be clipped.
    pub is_fair: bool,
    /// How much of Twitch's time a real second is.
    pub speed: f64,
    /// Clips that Twitch made for our account.
    pub clips: Vec<ClipRecord>,
    pub moments: Vec<MomentRow>,
    pub intents: Vec<Intent>,
    /// The table `clips`: whose a clip is.
    pub owners: BTreeMap<String, IntentKey>,
    /// Intents that were in the database at some look, and so were accepted.
    pub accepted: BTreeSet<IntentKey>,
    /// Instants of the kills, Twitch's clock.
    pub kills_ms: Vec<i64>,
    /// How often somebody logged in again.
    pub log_ins: usize,
    /// When trouble with the network to Helix began, Twitch's clock.
    pub net_ms: Vec<i64>,
    pub clip_urls: Vec<u8>,
    pub moments_tsv: Vec<u8>,
    /// The log, line by line.
    pub log: Vec<String>,
    /// What SQLite's `integrity_check` complains of.
    pub damage: Vec<String>,
    /// Models that can't be read, or were set aside.
    pub bad_models: Vec<String>,
    /// Videos that are not whole, or are of no clip.
    pub bad_videos: Vec<String>,
    /// Files of the daemon's folder that it has set aside as damaged.
    pub set_aside: Vec<String>,
    /// What each kill left behind, in order.
    pub dead: Vec<Dead>,
}

impl Evidence {
    /// Takes over what lies in a folder whose daemon has ended.
    pub async fn collect(&mut self, dir: &Path) -> anyhow::Result<()> {
        let mut database = Database::open(&dir.join(DATABASE)).await?;
        self.moments = database.moments().await?;
        self.intents = database.intents().await?;
        self.owners = database.owners().await?;
        self.damage = database.damage().await?;
        database.0.close().await?;
        let recordings = dir.join("recordings");
        self.clip_urls = fs::read(recordings.join("clip_urls.txt")).context("clip_urls.txt")?;
        self.moments_tsv = fs::read(recordings.join("moments.tsv")).context("moments.tsv")?;
        let log = fs::read(dir.join(LOG)).context("the log")?;
        self.log = String::from_utf8_lossy(&log).lines().map(str::to_owned).collect();
        self.bad_models = bad_models(&dir.join("models"))?;
        self.bad_videos = bad_videos(&recordings, &self.clips)?;
        self.set_aside = set_aside(dir)?;
        Ok(())
    }

    /// Remembers what a dead daemon has left, and which intents it had accepted.
    pub async fn look_at_dead(&mut self, dir: &Path) -> anyhow::Result<()> {
        let dead = Dead::look(dir).await?;
        if let Found::Whole(intents) = &dead.database {
            self.accepted.extend(intents.iter().cloned());
        }
        self.dead.push(dead);
        Ok(())
    }
}

/// A look at the database beside the daemon.
pub struct Database(SqliteConnection);

impl Database {
    /// The database of a folder in which a daemon runs; none, if there is none yet.
    pub async fn beside(dir: &Path) -> Option<Self> {
        let path = dir.join(DATABASE);
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        options.disable_statement_logging().connect().await.ok().map(Self)
    }

    pub async fn open(path: &Path) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .disable_statement_logging();
        Ok(Self(options.connect().await.context("the database can't be opened")?))
    }

    pub async fn close(self) {
        let _ = self.0.close().await;
    }

    pub async fn intents(&mut self) -> anyhow::Result<Vec<Intent>> {
        let all = sqlx::query_as(
            "SELECT c.broadcaster_id, c.login, i.* FROM intents i JOIN channels c ON c.id = i.channel
             ORDER BY i.trigger_ms, c.broadcaster_id",
        );
        Ok(all.fetch_all(&mut self.0).await?)
    }

    /// Intents that have not ended, and the moments without an intent.
    pub async fn unsettled(&mut self) -> anyhow::Result<i64> {
        let open = "SELECT count(*) FROM intents WHERE state IN
                    ('waiting', 'requested', 'created', 'unknown', 'vod')";
        Ok(sqlx::query_scalar(open).fetch_one(&mut self.0).await?)
    }

    /// The intent with this title: its channel's number here, and its trigger.
    pub async fn titled(&mut self, title: &str) -> anyhow::Result<Option<(i64, i64)>> {
        let key = sqlx::query_as("SELECT channel, trigger_ms FROM intents WHERE title = ?");
        Ok(key.bind(title).fetch_optional(&mut self.0).await?)
    }

    /// The state of an intent.
    pub async fn state(&mut self, (channel, trigger_ms): (i64, i64)) -> anyhow::Result<String> {
        let state =
            sqlx::query_scalar("SELECT state FROM intents WHERE channel = ? AND trigger_ms = ?");
        Ok(state.bind(channel).bind(trigger_ms).fetch_one(&mut self.0).await?)
    }

    async fn moments(&mut self) -> anyhow::Result<Vec<MomentRow>> {
        let all = sqlx::query_as(
            "SELECT c.broadcaster_id, c.login, m.* FROM moments m JOIN channels c ON c.id = m.channel
             ORDER BY m.trigger_ms, c.broadcaster_id",
        );
        Ok(all.fetch_all(&mut self.0).await?)
    }

    async fn owners(&mut self) -> anyhow::Result<BTreeMap<String, IntentKey>> {
        let all: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT k.clip_id, c.broadcaster_id, k.trigger_ms
             FROM clips k JOIN channels c ON c.id = k.channel",
        )
        .fetch_all(&mut self.0)
        .await?;
        let key = |broadcaster_id, trigger_ms| IntentKey { broadcaster_id, trigger_ms };
        Ok(all.into_iter().map(|(clip, channel, at)| (clip, key(channel, at))).collect())
    }

    pub async fn damage(&mut self) -> anyhow::Result<Vec<String>> {
        let told: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut self.0).await?;
        Ok(told.into_iter().filter(|line| line != "ok").collect())
    }
}

/// What is damaged gets a name with `.bad` in it: the database, a file of tokens.
fn set_aside(dir: &Path) -> anyhow::Result<Vec<String>> {
    let names = fs::read_dir(dir)?.map(|file| Ok(file?.file_name().to_string_lossy().into_owned()));
    let names = names.collect::<std::io::Result<Vec<String>>>()?;
    Ok(names.into_iter().filter(|name| name.contains(".bad")).collect())
}

/// A video has its name from the instant on at which it is whole.
fn bad_videos(recordings: &Path, clips: &[ClipRecord]) -> anyhow::Result<Vec<String>> {
    let mut bad = Vec::new();
    for folder in fs::read_dir(recordings)? {
        let folder = folder?.path();
        if !folder.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            let name = path.to_string_lossy();
            if !name.ends_with(".mp4") {
                continue;
            }
            if !clips.iter().any(|clip| name.ends_with(&format!("_{}.mp4", clip.id))) {
                bad.push(format!("{name} is of no clip"));
            }
            let video = fs::read(&path)?;
            let is_whole =
                video.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at % 251);
            if video.len() != VIDEO_BYTES || !is_whole {
                bad.push(format!("{name} is not whole"));
            }
        }
    }
    Ok(bad)
}

fn bad_models(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut bad = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("bin") => {
                if let Err(error) = model_file::load_any(&path) {
                    bad.push(format!("{error:#}"));
                }
            }
            Some("md") => {}
            _ => bad.push(format!("{} lies there", path.display())),
        }
    }
    Ok(bad)
}
