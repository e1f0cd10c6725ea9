//! SQL of users whose clips are not to come back: their names are not kept, only recognised.

use sha2::{Digest as _, Sha256};
use sqlx::{FromRow, SqliteConnection};

/// Users that are recognised; the oldest go first.
const MOST: u32 = 1_000;

/// Users that were forgotten.
pub struct Forgotten(Vec<Mark>);

/// What is kept of a name.
#[derive(FromRow)]
struct Mark {
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Forgotten {
    /// All of them.
    pub async fn read(conn: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let marks = sqlx::query_as("SELECT salt, hash FROM forgotten_creators").fetch_all(conn);
        Ok(Self(marks.await?))
    }

    /// Whether this is one of them, as Twitch shows their name.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|mark| digest(&mark.salt, name) == mark.hash)
    }
}

/// Recognises a user from now on.
pub async fn add(conn: &mut SqliteConnection, name: &str) -> Result<(), sqlx::Error> {
    if Forgotten::read(&mut *conn).await?.has(name) {
        return Ok(());
    }
    // SQLite's random bytes are those of a cipher that the system seeds.
    let salt: Vec<u8> = sqlx::query_scalar("SELECT randomblob(16)").fetch_one(&mut *conn).await?;
    sqlx::query("INSERT INTO forgotten_creators (salt, hash) VALUES (?, ?)")
        .bind(&salt)
        .bind(digest(&salt, name))
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "DELETE FROM forgotten_creators WHERE id IN (
             SELECT id FROM forgotten_creators ORDER BY id DESC LIMIT -1 OFFSET ?)",
    )
    .bind(MOST)
    .execute(conn)
    .await?;
    Ok(())
}

fn digest(salt: &[u8], name: &str) -> Vec<u8> {
    let name = name.trim().to_lowercase();
    Sha256::new().chain_update(salt).chain_update(name).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::Connections;

    #[tokio::test]
    async fn names_are_recognised_and_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let patience = std::time::Duration::from_secs(5);
        let both = Connections::open(&dir.path().join("a.db"), patience).await.unwrap();
        let mut turn = both.turn().await;
        let conn = both.connection(&mut turn).unwrap();
        for name in ["zoe", "zoe", "ann"] {
            add(conn, name).await.unwrap();
        }
        let forgotten = Forgotten::read(conn).await.unwrap();
        assert_eq!(forgotten.0.len(), 2, "each once");
        assert!(forgotten.has("Zoe") && forgotten.has("ann") && !forgotten.has("bob"));
        assert_ne!(forgotten.0[0].salt, forgotten.0[1].salt);
        for nth in 0..MOST {
            let mark = sqlx::query("INSERT INTO forgotten_creators (salt, hash) VALUES (x'00', ?)");
            mark.bind(nth.to_be_bytes().to_vec()).execute(&mut *conn).await.unwrap();
        }
        add(conn, "bob").await.unwrap();
        let forgotten = Forgotten::read(conn).await.unwrap();
        assert_eq!(forgotten.0.len(), MOST as usize);
        assert!(!forgotten.has("zoe") && forgotten.has("bob"), "the oldest went");
    }
}
