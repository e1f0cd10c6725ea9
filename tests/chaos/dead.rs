//! What a kill left behind, looked at before the next start mends it.

use std::{collections::BTreeSet, fs, io::ErrorKind, path::Path};

use cliphound_store::IntentKey;

use crate::evidence::{DATABASE, Database};

/// What lay there after a kill.
#[derive(Debug, Clone, Default)]
pub struct Dead {
    pub database: Found,
    /// None: there was no such file.
    pub clip_urls: Option<Vec<u8>>,
    pub moments_tsv: Option<Vec<u8>>,
}

/// What a database was found to be.
#[derive(Debug, Clone, Default)]
pub enum Found {
    /// There is none, or one without its tables yet: a start that was cut off left that.
    #[default]
    Nothing,
    /// It is whole; these intents were in it.
    Whole(BTreeSet<IntentKey>),
    /// It can't be read, or SQLite complains of it.
    Damaged(String),
}

impl Dead {
    /// Looks at a folder whose daemon was killed, and changes nothing in it.
    pub async fn look(dir: &Path) -> anyhow::Result<Self> {
        let record = |name: &str| match fs::read(dir.join("recordings").join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        };
        Ok(Self {
            database: database(dir).await?,
            clip_urls: record("clip_urls.txt")?,
            moments_tsv: record("moments.tsv")?,
        })
    }
}

/// Looks at a copy: a look must not mend what the next start has to mend.
async fn database(dir: &Path) -> anyhow::Result<Found> {
    if !dir.join(DATABASE).exists() {
        return Ok(Found::Nothing);
    }
    let copy = tempfile::tempdir()?;
    for end in ["", "-wal", "-journal"] {
        let name = format!("{DATABASE}{end}");
        let from = dir.join(&name);
        if from.exists() {
            fs::copy(from, copy.path().join(&name))?;
        }
    }
    Ok(read(&copy.path().join(DATABASE)).await.unwrap_or_else(Found::Damaged))
}

async fn read(copy: &Path) -> Result<Found, String> {
    let mut database = Database::open(copy).await.map_err(|error| format!("{error:#}"))?;
    let damage = database.damage().await.map_err(|error| format!("{error:#}"))?;
    if !damage.is_empty() {
        return Err(damage.join("; "));
    }
    // What is whole for SQLite and has no such tables was not made to its end.
    let intents = database.intents().await.ok();
    database.close().await;
    let keys = intents.map(|intents| intents.into_iter().map(|intent| intent.key).collect());
    Ok(keys.map_or(Found::Nothing, Found::Whole))
}
